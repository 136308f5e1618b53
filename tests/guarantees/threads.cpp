#include <Eigen/Core>
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <thread>
#include <vector>

#include "concrete/concrete.hpp"
#include "guarantees/check.hpp"
#include "support/random.hpp"

// Threads share const distributions, with an engine each, and find what one thread alone finds. Where they share out
// the chunks of a batch, each chunk a stream of its own, it does not matter who draws which.

namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::MatrixXf;
using testing::Random;

/// All that one thread does with a relaxed distribution, added up in a number that any difference would change.
template <class Distribution>
double work(const Distribution& q, std::uint64_t seed) {
  Random engine(seed);
  auto [sample, log_prob] = q.sample_and_log_prob(engine, 20);
  const auto gradient = q.log_prob_gradient(sample, log_prob);
  const auto path = q.pathwise_gradient(sample, gradient.sample);
  const auto again = q.reparameterize(q.noise(engine, 20));
  q.sample(engine, sample);
  double total =
      static_cast<double>(gradient.logits.sum() + gradient.temperature + path.logits.sum() + path.temperature);
  total += static_cast<double>(q.log_prob(again).sum() + sample.sum() + log_prob.sum());
  return total + static_cast<double>(q.in_support(sample).count());
}

template <class Distribution>
double work_discrete(const Distribution& q, std::uint64_t seed) {
  Random engine(seed);
  const auto sample = q.sample(engine, 20);
  const auto indices = q.sample_index(engine, 20);
  const auto gradient = kl_divergence_gradient(q, q, entropy(q));
  return static_cast<double>(q.log_prob(sample).sum() + q.probabilities().sum() + gradient.q.logits.sum()) +
         static_cast<double>(indices.sum());
}

template <class Logits>
double work(const concrete::Discrete<Logits>& q, std::uint64_t seed) {
  return work_discrete(q, seed);
}
template <class Logits>
double work(const concrete::Bernoulli<Logits>& q, std::uint64_t seed) {
  return work_discrete(q, seed);
}

template <class Distribution>
void check_threads(const Distribution& shared, const char* name) {
  constexpr std::size_t count = 4;
  std::array<double, count> alone{}, together{};
  for (std::size_t k = 0; k < count; ++k) alone[k] = work(shared, k);
  std::array<std::thread, count> threads;
  for (std::size_t k = 0; k < count; ++k) {
    threads[k] = std::thread([&shared, &together, k] { together[k] = work(shared, k); });
  }
  for (std::thread& thread : threads) thread.join();
  testing::check(alone == together, name);
  testing::check(alone[0] != alone[1], "engines draw different numbers");
}

constexpr Index chunk = 16;

/// `columns` samples of a distribution, chunk by chunk, of which thread t of `count` draws every count-th from t on.
template <class Distribution>
auto parallel_sample(const Distribution& one, Index columns, Index count) {
  const Index chunks = (columns + chunk - 1) / chunk;
  Eigen::Matrix<typename Distribution::Scalar, Eigen::Dynamic, Eigen::Dynamic> out(one.dimension(), columns);
  std::vector<std::thread> threads;
  for (Index t = 0; t < count; ++t) {
    threads.emplace_back([&one, &out, t, chunks, count] {
      for (Index k = t; k < chunks; k += count) {
        concrete::Engine engine(3, static_cast<std::uint64_t>(k));
        one.sample(engine, out.middleCols(k * chunk, std::min(chunk, out.cols() - k * chunk)));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  return out;
}

template <class Distribution>
void check_parallel_sample(const Distribution& one, const char* name) {
  constexpr Index columns = 10 * chunk + 5;
  const auto alone = parallel_sample(one, columns, 1);
  for (const Index count : {2, 7, 11}) testing::check(parallel_sample(one, columns, count) == alone, name);
  // A machine that knows no more than the seed draws the last two chunks.
  auto last = (alone.rightCols(chunk + 5) * 0).eval();
  concrete::Engine ninth(3, 9), tenth(3, 10);
  one.sample(tenth, last.rightCols(5));
  one.sample(ninth, last.leftCols(chunk));
  testing::check(last == alone.rightCols(chunk + 5), name);
  testing::check(alone.leftCols(chunk) != alone.middleCols(chunk, chunk), "streams draw different numbers");
}

}  // namespace

int main() {
  const MatrixXd a = Random(1).matrix<MatrixXd>(5, 3, -2, 2);
  check_threads(concrete::ExpConcrete(a, 0.7), "threads may share an ExpConcrete");
  check_threads(concrete::Concrete(a, 0.7), "threads may share a Concrete");
  check_threads(concrete::LogitBinaryConcrete(a.cast<float>(), 0.7f), "threads may share a LogitBinaryConcrete");
  check_threads(concrete::BinaryConcrete(a.cast<float>(), 0.7f), "threads may share a BinaryConcrete");
  check_threads(concrete::Discrete(a), "threads may share a Discrete");
  check_threads(concrete::Bernoulli(a), "threads may share a Bernoulli");

  const Eigen::VectorXd b = a.col(0);
  check_parallel_sample(concrete::ExpConcrete(b, 0.7), "the threads of an ExpConcrete's batch do not show");
  check_parallel_sample(concrete::Concrete(b.cast<float>(), 0.7f), "the threads of a Concrete's batch do not show");
  check_parallel_sample(concrete::LogitBinaryConcrete(b.cast<float>(), 0.7f),
                        "the threads of a LogitBinaryConcrete's batch do not show");
  check_parallel_sample(concrete::BinaryConcrete(b, 0.7), "the threads of a BinaryConcrete's batch do not show");
  check_parallel_sample(concrete::Discrete(b), "the threads of a Discrete's batch do not show");
  return testing::exit_status();
}
