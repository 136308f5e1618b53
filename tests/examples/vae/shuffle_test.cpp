#include "vae/shuffle.hpp"

#include <algorithm>

#include "catch.hpp"

using vae::Index;

TEST_CASE("shuffle: every image once an epoch, in an order that changes", "[vae]") {
  vae::Shuffle shuffle(10, vae::Engine(5));
  std::vector<Index> seen, batch(4);
  for (int k = 0; k < 5; ++k) {  // two epochs: the third batch reaches over the end of the first
    shuffle.next(batch);
    seen.insert(seen.end(), batch.begin(), batch.end());
  }
  const std::vector<Index> first(seen.begin(), seen.begin() + 10), second(seen.begin() + 10, seen.end());
  CHECK(first != second);
  for (std::vector<Index> epoch : {first, second}) {
    std::sort(epoch.begin(), epoch.end());
    CHECK(epoch == std::vector<Index>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9});
  }
}

TEST_CASE("shuffle: all orders are equally likely", "[vae]") {
  vae::Shuffle shuffle(3, vae::Engine(6));
  std::vector<Index> order(3);
  const int n = 6000;
  double counts[27] = {};
  for (int k = 0; k < n; ++k) {
    shuffle.next(order);
    ++counts[9 * order[0] + 3 * order[1] + order[2]];
  }
  double chi2 = 0;
  for (const int code : {0 + 3 + 2, 0 + 6 + 1, 9 + 0 + 2, 9 + 6 + 0, 18 + 0 + 1, 18 + 3 + 0}) {
    chi2 += (counts[code] - n / 6.0) * (counts[code] - n / 6.0) / (n / 6.0);
  }
  CHECK(chi2 < 25.7);  // 5 degrees of freedom, p = 1e-4
}
