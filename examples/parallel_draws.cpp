// A batch is drawn by several threads, and the numbers do not tell by how many: the columns are cut into chunks of
// fixed size, and each chunk has an engine of its own, the stream that its place among the chunks names.

#include <algorithm>
#include <concrete/concrete.hpp>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <thread>
#include <vector>

namespace {

using Eigen::Index;
using Eigen::MatrixXf;

constexpr Index chunk = 1024;  // part of the definition of the numbers, like the seed

void sample_chunk(const MatrixXf& logits, std::uint64_t seed, Index k, MatrixXf& out) {
  const Index begin = k * chunk, count = std::min(chunk, out.cols() - begin);
  concrete::Engine engine(seed, static_cast<std::uint64_t>(k));
  const concrete::ExpConcrete choice(logits.middleCols(begin, count), 0.5f);
  choice.sample(engine, out.middleCols(begin, count));
}

/// A sample of each column's distribution.
MatrixXf sample(const MatrixXf& logits, std::uint64_t seed, Index thread_count) {
  MatrixXf out(logits.rows(), logits.cols());
  std::vector<std::thread> threads;
  for (Index t = 0; t < thread_count; ++t) {
    threads.emplace_back([&, t] {
      for (Index k = t; k * chunk < out.cols(); k += thread_count) sample_chunk(logits, seed, k, out);
    });
  }
  for (std::thread& thread : threads) thread.join();
  return out;
}

}  // namespace

int main() {
  const MatrixXf logits =
      MatrixXf::NullaryExpr(10, 100'000, [](Index i, Index j) { return static_cast<float>((3 * i + 7 * j) % 11) / 4; });
  const MatrixXf alone = sample(logits, 2017, 1);
  bool same = true;
  for (const Index thread_count : {2, 7}) {
    const bool equal = sample(logits, 2017, thread_count) == alone;
    std::cout << thread_count << " threads draw " << (equal ? "the same" : "other") << " numbers as one\n";
    same = same && equal;
  }
  return same ? EXIT_SUCCESS : EXIT_FAILURE;
}
