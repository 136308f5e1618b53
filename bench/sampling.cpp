// How long does a relaxed sample take, beside what one could write or use instead?
//
//   concrete      this library into memory that is there already, by its own engine
//   mt19937_64    the same by std::mt19937_64
//   eigen         Eigen's array expressions, by std::mt19937_64
//   eigen_engine  the same by the library's engine
//   eigen_random  the same by Eigen's own random numbers
//   loop          std::extreme_value_distribution (binary: std::uniform_real_distribution) and std::exp, std::log
//
// sample: ExpConcrete; binary_sample: LogitBinaryConcrete; binary_sample_count: a batch of samples of one vector of it.

#include <random>
#include <type_traits>

#include "concrete/concrete.hpp"
#include "harness.hpp"
#include "peers/eigen_expressions.hpp"
#include "peers/standard_loop.hpp"

namespace {

using bench::Shape;
using bench::some_logits;
using bench::some_temperature;

template <class Distribution, class Engine>
auto library(Shape shape) {
  using Logits = typename Distribution::Logits;
  return [distribution = Distribution(some_logits<Logits>(shape), some_temperature), engine = Engine(1),
          y = Logits(shape.n, shape.batch)]() mutable { distribution.sample(engine, y); };
}

/// A vector of logits for all columns.
template <class Scalar>
auto library_count(Shape shape) {
  using Logits = Eigen::VectorX<Scalar>;
  using Distribution = concrete::LogitBinaryConcrete<Logits>;
  return
      [distribution = Distribution(some_logits<Logits>({shape.n, 1}), some_temperature), engine = concrete::Engine(1),
       y = Eigen::MatrixX<Scalar>(shape.n, shape.batch)]() mutable { distribution.sample(engine, y); };
}

template <class Expressions, class Engine>
auto eigen(Shape shape) {
  using Logits = typename Expressions::Logits;
  return [expressions = Expressions(some_logits<Logits>(shape), some_temperature), engine = Engine{},
          y = typename Expressions::Array(shape.n, shape.batch)]() mutable { expressions.sample(engine, y); };
}

template <class Logits>
auto loop(Shape shape, void sample(const Logits&, typename Logits::Scalar, std::mt19937_64&, Logits&)) {
  return [sample, logits = some_logits<Logits>(shape), engine = std::mt19937_64(1),
          y = Logits(shape.n, shape.batch)]() mutable {
    sample(logits, static_cast<typename Logits::Scalar>(some_temperature), engine, y);
  };
}

[[maybe_unused]] const bool registered = bench::register_for_scalars([]<class Scalar>() {
  bench::for_each_categorical<Scalar>([]<class Logits>(std::type_identity<Logits>, Shape shape) {
    using Distribution = concrete::ExpConcrete<Logits>;
    using Expressions = bench::EigenExpConcrete<Logits>;
    bench::add<Scalar>("sample", "concrete", shape, library<Distribution, concrete::Engine>);
    bench::add<Scalar>("sample", "mt19937_64", shape, library<Distribution, std::mt19937_64>);
    bench::add<Scalar>("sample", "eigen", shape, eigen<Expressions, std::mt19937_64>);
    bench::add<Scalar>("sample", "eigen_engine", shape, eigen<Expressions, concrete::Engine>);
    bench::add<Scalar>("sample", "eigen_random", shape, eigen<Expressions, bench::EigenRandom>);
    bench::add<Scalar>("sample", "loop", shape, [](Shape s) { return loop<Logits>(s, bench::loop_sample); });
  });
  bench::for_each_binary<Scalar>([]<class Logits>(std::type_identity<Logits>, Shape shape) {
    using Distribution = concrete::LogitBinaryConcrete<Logits>;
    using Expressions = bench::EigenLogitBinaryConcrete<Logits>;
    bench::add<Scalar>("binary_sample", "concrete", shape, library<Distribution, concrete::Engine>);
    bench::add<Scalar>("binary_sample", "mt19937_64", shape, library<Distribution, std::mt19937_64>);
    bench::add<Scalar>("binary_sample", "eigen", shape, eigen<Expressions, std::mt19937_64>);
    bench::add<Scalar>("binary_sample", "eigen_engine", shape, eigen<Expressions, concrete::Engine>);
    bench::add<Scalar>("binary_sample", "eigen_random", shape, eigen<Expressions, bench::EigenRandom>);
    bench::add<Scalar>("binary_sample", "loop", shape,
                       [](Shape s) { return loop<Logits>(s, bench::loop_binary_sample); });
  });
  for (const Shape shape : {Shape{1, 20000}, Shape{12, 2000}, Shape{200, 128}}) {
    bench::add<Scalar>("binary_sample_count", "concrete", shape, library_count<Scalar>);
  }
});

}  // namespace
