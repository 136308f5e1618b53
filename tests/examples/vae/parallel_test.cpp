#include "vae/parallel.hpp"

#include <algorithm>
#include <cstddef>
#include <vector>

#include "catch.hpp"

using vae::Index;

TEST_CASE("parallel: ranges cover everything once", "[vae]") {
  constexpr Index plenty = 1'000'000'000;
  for (const int threads : {1, 2, 3, 7}) {
    if (!vae::set_threads(threads)) continue;
    for (const Index count : {0, 1, 16, 17, 100, 5000}) {
      CAPTURE(threads, count);
      std::vector<int> visits(static_cast<std::size_t>(count), 0);
      vae::in_parallel(count, plenty, [&](Index begin, Index size) {
        for (Index k = begin; k < begin + size; ++k) ++visits[static_cast<std::size_t>(k)];
      });
      CHECK(visits == std::vector<int>(static_cast<std::size_t>(count), 1));
    }
  }
  vae::set_threads(1);
}

TEST_CASE("parallel: ranges are the same for any number of threads", "[vae]") {
  constexpr Index plenty = 1'000'000'000;
  const auto ends = [](int threads) {
    vae::set_threads(threads);
    std::vector<Index> end(100, 0);  // of the range that begins there
    vae::in_parallel(100, plenty,
                     [&](Index begin, Index size) { end[static_cast<std::size_t>(begin)] = begin + size; });
    return end;
  };
  const std::vector<Index> expected = ends(1);
  CHECK(std::count(expected.begin(), expected.end(), 0) == 96);  // four ranges
  for (const int threads : {2, 3, 7}) CHECK(ends(threads) == expected);
  vae::set_threads(1);
}

TEST_CASE("parallel: little work stays in one thread", "[vae]") {
  vae::set_threads(4);
  int calls = 0;
  vae::in_parallel(1000, 1000, [&](Index begin, Index size) {
    ++calls;
    CHECK(begin == 0);
    CHECK(size == 1000);
  });
  CHECK(calls == 1);
  vae::set_threads(1);
}
