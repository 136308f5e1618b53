// How long does a relaxed sample take, against what one would write with the standard library alone?
//
//   BM_concrete   Concrete::sample(engine, out)
//   BM_naive      a loop over std::extreme_value_distribution, then a softmax
//
// and the same for binary units. Both draw from std::mt19937_64, into memory that is there already. The counter
// "per_entry" is the time of one matrix entry; categories x batch is the shape.

#include <benchmark/benchmark.h>

#include <cmath>
#include <random>

#include "concrete/concrete.hpp"

namespace {

using Eigen::Index;

template <class Scalar>
using Matrix = Eigen::Matrix<Scalar, Eigen::Dynamic, Eigen::Dynamic>;

constexpr double temperature = 0.5;

/// Logits that differ from entry to entry, without randomness.
template <class Scalar>
Matrix<Scalar> some_logits(Index rows, Index cols) {
  return Matrix<Scalar>::NullaryExpr(rows, cols, [](Index i, Index j) {
    return static_cast<Scalar>(std::sin(static_cast<double>(1 + 3 * i + 7 * j)));
  });
}

void report(benchmark::State& state, Index entries) {
  state.counters["per_entry"] = benchmark::Counter(
      static_cast<double>(entries), benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}

template <class Distribution>
void sample_into_existing(benchmark::State& state) {
  const Distribution distribution(some_logits<typename Distribution::Scalar>(state.range(0), state.range(1)),
                                  temperature);
  std::mt19937_64 engine(1);
  typename Distribution::Logits x = distribution.logits();
  for (auto _ : state) {
    distribution.sample(engine, x);
    benchmark::DoNotOptimize(x.data());
    benchmark::ClobberMemory();
  }
  report(state, x.size());
}

template <class Scalar>
void BM_concrete(benchmark::State& state) {
  sample_into_existing<concrete::Concrete<Matrix<Scalar>>>(state);
}

template <class Scalar>
void BM_binary_concrete(benchmark::State& state) {
  sample_into_existing<concrete::BinaryConcrete<Matrix<Scalar>>>(state);
}

template <class Scalar>
void BM_naive(benchmark::State& state) {
  const Matrix<Scalar> logits = some_logits<Scalar>(state.range(0), state.range(1));
  std::mt19937_64 engine(1);
  std::extreme_value_distribution<Scalar> gumbel;
  Matrix<Scalar> x(state.range(0), state.range(1));
  for (auto _ : state) {
    for (Index j = 0; j < x.cols(); ++j) {
      for (Index i = 0; i < x.rows(); ++i) {
        x(i, j) = (logits(i, j) + gumbel(engine)) / static_cast<Scalar>(temperature);
      }
      x.col(j) = (x.col(j).array() - x.col(j).maxCoeff()).exp();
      x.col(j) /= x.col(j).sum();
    }
    benchmark::DoNotOptimize(x.data());
    benchmark::ClobberMemory();
  }
  report(state, x.size());
}

template <class Scalar>
void BM_binary_naive(benchmark::State& state) {
  const Matrix<Scalar> logits = some_logits<Scalar>(state.range(0), state.range(1));
  std::mt19937_64 engine(1);
  std::uniform_real_distribution<Scalar> uniform;
  Matrix<Scalar> x(state.range(0), state.range(1));
  for (auto _ : state) {
    for (Index j = 0; j < x.cols(); ++j) {
      for (Index i = 0; i < x.rows(); ++i) {
        const Scalar u = uniform(engine);
        const Scalar noise = std::log(u) - std::log(1 - u);
        x(i, j) = 1 / (1 + std::exp(-(logits(i, j) + noise) / static_cast<Scalar>(temperature)));
      }
    }
    benchmark::DoNotOptimize(x.data());
    benchmark::ClobberMemory();
  }
  report(state, x.size());
}

void categorical_shapes(benchmark::internal::Benchmark* benchmark) {
  benchmark->Args({10, 1})->Args({2, 20000})->Args({10, 20000})->Args({128, 2000})->Args({1024, 200});
}

void binary_shapes(benchmark::internal::Benchmark* benchmark) { benchmark->Args({200, 64})->Args({1, 20000}); }

BENCHMARK_TEMPLATE(BM_concrete, float)->Apply(categorical_shapes);
BENCHMARK_TEMPLATE(BM_naive, float)->Apply(categorical_shapes);
BENCHMARK_TEMPLATE(BM_concrete, double)->Apply(categorical_shapes);
BENCHMARK_TEMPLATE(BM_naive, double)->Apply(categorical_shapes);
BENCHMARK_TEMPLATE(BM_binary_concrete, float)->Apply(binary_shapes);
BENCHMARK_TEMPLATE(BM_binary_naive, float)->Apply(binary_shapes);
BENCHMARK_TEMPLATE(BM_binary_concrete, double)->Apply(binary_shapes);
BENCHMARK_TEMPLATE(BM_binary_naive, double)->Apply(binary_shapes);

}  // namespace
