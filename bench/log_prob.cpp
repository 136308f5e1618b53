// How long does the log-density of points take?
//
//   concrete  this library, which returns a row of densities
//   eigen     Eigen's array expressions
//   loop      std::exp, std::log and loops over the columns
//
// log_prob: ExpConcrete; binary_log_prob: LogitBinaryConcrete, summed over each column.

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

template <class Distribution>
auto some_points(const Distribution& distribution) {
  std::mt19937_64 engine(1);
  return distribution.sample(engine);
}

template <class Distribution>
auto library(Shape shape) {
  const Distribution distribution(some_logits<typename Distribution::Logits>(shape), some_temperature);
  const auto y = some_points(distribution);
  return [distribution, y, result = distribution.log_prob(y)]() mutable { result = distribution.log_prob(y); };
}

template <class Distribution, class Expressions>
auto eigen(Shape shape) {
  const Distribution distribution(some_logits<typename Distribution::Logits>(shape), some_temperature);
  return [expressions = Expressions(distribution.logits(), some_temperature),
          y = typename Expressions::Array(some_points(distribution).array()),
          result = typename Expressions::Row(shape.batch)]() mutable { expressions.log_prob(y, result); };
}

template <class Distribution, class Row>
auto loop(Shape shape, void log_prob(const typename Distribution::Logits&, typename Distribution::Scalar,
                                     const typename Distribution::Logits&, Row&)) {
  const Distribution distribution(some_logits<typename Distribution::Logits>(shape), some_temperature);
  return [log_prob, distribution, y = some_points(distribution), result = Row(shape.batch)]() mutable {
    log_prob(distribution.logits(), distribution.temperature(), y, result);
  };
}

[[maybe_unused]] const bool registered = bench::register_for_scalars([]<class Scalar>() {
  using Row = Eigen::RowVectorX<Scalar>;
  bench::for_each_categorical<Scalar>([]<class Logits>(std::type_identity<Logits>, Shape shape) {
    using Distribution = concrete::ExpConcrete<Logits>;
    bench::add<Scalar>("log_prob", "concrete", shape, library<Distribution>);
    bench::add<Scalar>("log_prob", "eigen", shape, eigen<Distribution, bench::EigenExpConcrete<Logits>>);
    bench::add<Scalar>("log_prob", "loop", shape,
                       [](Shape s) { return loop<Distribution, Row>(s, bench::loop_log_prob); });
  });
  bench::for_each_binary<Scalar>([]<class Logits>(std::type_identity<Logits>, Shape shape) {
    using Distribution = concrete::LogitBinaryConcrete<Logits>;
    bench::add<Scalar>("binary_log_prob", "concrete", shape, library<Distribution>);
    bench::add<Scalar>("binary_log_prob", "eigen", shape, eigen<Distribution, bench::EigenLogitBinaryConcrete<Logits>>);
    bench::add<Scalar>("binary_log_prob", "loop", shape,
                       [](Shape s) { return loop<Distribution, Row>(s, bench::loop_binary_log_prob); });
  });
});

}  // namespace
