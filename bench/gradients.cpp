// How long do the gradients of training take?
//
// train: the gradient with respect to the logits of  sum_j log q(y_j) + sum_jk x_jk^2  through a sample y of q, x being
// its point of the simplex (binary: between 0 and 1).
//
//   concrete        sample, log_prob_gradient and pathwise_gradient, as the chain rule has it
//   concrete_fused  sample_and_log_prob and pathwise_gradient: log q(y) of a sample does not depend on the logits
//   eigen_engine    Eigen's array expressions, by the library's engine
//
// pathwise_gradient, log_prob_gradient: these functions alone.

#include <random>
#include <string>
#include <type_traits>

#include "concrete/concrete.hpp"
#include "harness.hpp"
#include "peers/eigen_expressions.hpp"

namespace {

using bench::Shape;
using bench::some_logits;
using bench::some_temperature;

/// d x^2 / dy of a categorical sample: x = exp(y).
struct SquaredExponential {
  template <class Y, class Out>
  void operator()(const Y& y, Out&& out) const {
    out = 2 * (2 * y).exp();
  }
};

/// d x^2 / dy of a binary sample: x = 1 / (1 + exp(-y)).
struct SquaredLogistic {
  template <class Y, class Out>
  void operator()(const Y& y, Out&& out) const {
    out = y.logistic();
    out *= 2 * out * (1 - out);
  }
};

template <class Distribution, class Loss>
auto train(Shape shape) {
  using Logits = typename Distribution::Logits;
  const Logits logits = some_logits<Logits>(shape);
  return [q = Distribution(logits, some_temperature), engine = concrete::Engine(1), y = logits, upstream = logits,
          log_q = typename Distribution::template LogProbGradientAt<Logits>(),
          gradient = concrete::ParameterGradient<Logits>()]() mutable {
    q.sample(engine, y);
    q.log_prob_gradient(y, 1, log_q);
    Loss()(y.array(), upstream.array());
    upstream += log_q.sample;
    q.pathwise_gradient(y, upstream, gradient);
    gradient.logits += log_q.logits;
  };
}

template <class Distribution, class Loss>
auto train_fused(Shape shape) {
  using Logits = typename Distribution::Logits;
  const Logits logits = some_logits<Logits>(shape);
  return [q = Distribution(logits, some_temperature), engine = concrete::Engine(1), y = logits, upstream = logits,
          log_q = Eigen::RowVectorX<typename Distribution::Scalar>(shape.batch),
          gradient = concrete::ParameterGradient<Logits>()]() mutable {
    q.sample_and_log_prob(engine, y, log_q);
    Loss()(y.array(), upstream.array());
    q.pathwise_gradient(y, upstream, gradient);
  };
}

template <class Expressions, class Loss>
auto train_by_eigen(Shape shape) {
  using Array = typename Expressions::Array;
  const auto logits = some_logits<typename Expressions::Logits>(shape);
  const Array zeros = Array::Zero(shape.n, shape.batch);
  return [q = Expressions(logits, some_temperature), engine = concrete::Engine(1), y = zeros, upstream = zeros,
          log_q_by_logits = zeros, by_logits = zeros, log_q = typename Expressions::Row(shape.batch)]() mutable {
    q.sample(engine, y);
    q.log_prob_gradient(y, log_q, log_q_by_logits);
    Loss()(y, upstream);
    upstream -= static_cast<typename Expressions::Scalar>(some_temperature) * log_q_by_logits;
    q.pathwise_gradient(y, upstream, by_logits);
    by_logits += log_q_by_logits;
  };
}

/// Of a distribution, with a sample and a gradient to carry back.
template <class Distribution>
auto pathwise_gradient(Shape shape) {
  using Logits = typename Distribution::Logits;
  const Distribution q(some_logits<Logits>(shape), some_temperature);
  std::mt19937_64 engine(1);
  return [q, y = q.sample(engine), upstream = q.logits(), gradient = concrete::ParameterGradient<Logits>()]() mutable {
    q.pathwise_gradient(y, upstream, gradient);
  };
}

template <class Distribution>
auto log_prob_gradient(Shape shape) {
  const Distribution q(some_logits<typename Distribution::Logits>(shape), some_temperature);
  std::mt19937_64 engine(1);
  const auto y = q.sample(engine);
  return [q, y, gradient = q.log_prob_gradient(y)]() mutable { q.log_prob_gradient(y, 1, gradient); };
}

template <class Distribution, class Expressions, class Loss>
void add_all(const std::string& prefix, Shape shape) {
  using Scalar = typename Distribution::Scalar;
  bench::add<Scalar>(prefix + "train", "concrete", shape, train<Distribution, Loss>);
  bench::add<Scalar>(prefix + "train", "concrete_fused", shape, train_fused<Distribution, Loss>);
  bench::add<Scalar>(prefix + "train", "eigen_engine", shape, train_by_eigen<Expressions, Loss>);
  bench::add<Scalar>(prefix + "pathwise_gradient", "concrete", shape, pathwise_gradient<Distribution>);
  bench::add<Scalar>(prefix + "log_prob_gradient", "concrete", shape, log_prob_gradient<Distribution>);
}

[[maybe_unused]] const bool registered = bench::register_for_scalars([]<class Scalar>() {
  bench::for_each_categorical<Scalar>([]<class Logits>(std::type_identity<Logits>, Shape shape) {
    add_all<concrete::ExpConcrete<Logits>, bench::EigenExpConcrete<Logits>, SquaredExponential>("", shape);
  });
  bench::for_each_binary<Scalar>([]<class Logits>(std::type_identity<Logits>, Shape shape) {
    add_all<concrete::LogitBinaryConcrete<Logits>, bench::EigenLogitBinaryConcrete<Logits>, SquaredLogistic>("binary_",
                                                                                                             shape);
  });
});

}  // namespace
