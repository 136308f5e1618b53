#pragma once

#include <benchmark/benchmark.h>

#include <Eigen/Core>
#include <cmath>
#include <concepts>
#include <initializer_list>
#include <string>
#include <type_traits>

namespace bench {

using Eigen::Index;

constexpr double some_temperature = 0.5;

/// n categories, or binary units, in each of `batch` columns.
struct Shape {
  Index n, batch;
};

/// Logits that differ from entry to entry, without randomness.
template <class Logits>
Logits some_logits(Shape shape) {
  return Logits::NullaryExpr(shape.n, shape.batch, [](Index i, Index j) {
    return static_cast<typename Logits::Scalar>(std::sin(static_cast<double>(1 + 3 * i + 7 * j)));
  });
}

/// Times `make(shape)()`: all that `make` sets up belongs to one benchmark. Its name is work/by/scalar/n x batch, then
/// the suffix; the counters "per_entry" and "per_column" have the processor time of one matrix entry and of one column,
/// in seconds.
template <class Scalar, class Make>
void add(const std::string& work, const std::string& by, Shape shape, const Make& make,
         const std::string& suffix = "") {
  const std::string name = work + '/' + by + '/' + (std::same_as<Scalar, float> ? "float/" : "double/") +
                           std::to_string(shape.n) + 'x' + std::to_string(shape.batch) + suffix;
  benchmark::RegisterBenchmark(name.c_str(), [shape, make](benchmark::State& state) {
    auto call = make(shape);
    benchmark::DoNotOptimize(&call);  // so that each ClobberMemory() may have changed what it reads
    for (auto _ : state) {
      call();
      benchmark::ClobberMemory();
    }
    const auto time_of_one = [](Index count) {
      return benchmark::Counter(static_cast<double>(count),
                                benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
    };
    state.counters["per_entry"] = time_of_one(shape.n * shape.batch);
    state.counters["per_column"] = time_of_one(shape.batch);
  });
}

/// Calls visit(std::type_identity<Logits>, shape) for every shape that the categorical benchmarks ask about: three
/// categories in a fixed-size vector, a single dynamic vector, a mini-batch, a batch that leaves the caches, and
/// vocabularies.
template <class Scalar, class Visit>
void for_each_categorical(const Visit& visit) {
  visit(std::type_identity<Eigen::Vector3<Scalar>>(), Shape{3, 1});
  for (const Index n : {2, 10, 128, 1024}) {
    visit(std::type_identity<Eigen::VectorX<Scalar>>(), Shape{n, 1});
    for (const Index batch : {128, 2000, 20000}) {
      const bool is_asked = batch == 128 || (n < 128) == (batch == 20000);
      if (is_asked) visit(std::type_identity<Eigen::MatrixX<Scalar>>(), Shape{n, batch});
    }
  }
  for (const Shape vocabulary : {Shape{10000, 20}, Shape{50000, 4}}) {
    visit(std::type_identity<Eigen::MatrixX<Scalar>>(), vocabulary);
  }
}

/// The same for binary units: the latent variables of a mini-batch, and a million of them.
template <class Scalar, class Visit>
void for_each_binary(const Visit& visit) {
  visit(std::type_identity<Eigen::MatrixX<Scalar>>(), Shape{200, 64});
  visit(std::type_identity<Eigen::MatrixX<Scalar>>(), Shape{1, 1000000});
}

/// Registers what `visit.operator()<Scalar>()` adds for float and double; the result only makes it an initialiser.
template <class AddAll>
bool register_for_scalars(const AddAll& add_all) {
  add_all.template operator()<float>();
  add_all.template operator()<double>();
  benchmark::AddCustomContext("compiler", CONCRETE_BENCH_COMPILER);
  benchmark::AddCustomContext("flags", CONCRETE_BENCH_FLAGS);
  benchmark::AddCustomContext("eigen", std::to_string(EIGEN_WORLD_VERSION) + '.' + std::to_string(EIGEN_MAJOR_VERSION) +
                                           '.' + std::to_string(EIGEN_MINOR_VERSION));
  return true;
}

}  // namespace bench
