// How long do exact divergences and moments take, and the samples that they replace?
//
//   exact          at temperatures 2/3 of the posterior and 1/2 of the prior
//   exact_equal    at 2/3 and 2/3
//   exact_swapped  at 1/2 and 2/3
//   sampled        sample_and_log_prob, relaxed_kl_gradient and pathwise_gradient of one sample, at 2/3 and 1/2
//
// kl, kl_gradient: ExpConcrete; binary_kl, binary_kl_gradient: LogitBinaryConcrete; the columns share one prior.
// mean, mean_gradient, variance: Concrete; binary_mean: BinaryConcrete; at temperature 1/2.
//
// Of categorical distributions, the counter "per_column" tells most. The time of a single column is mostly a table's, which
// a batch makes once.

#include <benchmark/benchmark.h>

#include <string>
#include <type_traits>

#include "concrete/concrete.hpp"
#include "harness.hpp"

namespace {

using bench::Shape;
using bench::some_logits;
using bench::some_temperature;

struct Temperatures {
  double posterior, prior;
};

constexpr Temperatures unequal{2.0 / 3, 1.0 / 2}, equal{2.0 / 3, 2.0 / 3}, swapped{1.0 / 2, 2.0 / 3};

template <class Distribution>
Distribution posterior(Shape shape, Temperatures temperatures) {
  using Scalar = typename Distribution::Scalar;
  return {some_logits<typename Distribution::Logits>(shape), static_cast<Scalar>(temperatures.posterior)};
}

template <class Distribution>
Distribution uniform_prior(Shape shape, Temperatures temperatures) {
  using Scalar = typename Distribution::Scalar;
  return {Distribution::Logits::Zero(shape.n, 1), static_cast<Scalar>(temperatures.prior)};
}

template <class Distribution>
auto kl(Temperatures temperatures) {
  return [=](Shape shape) {
    const auto q = posterior<Distribution>(shape, temperatures);
    const auto p = uniform_prior<Distribution>(shape, temperatures);
    return [q, p, result = kl_divergence(q, p)]() mutable { result = kl_divergence(q, p); };
  };
}

template <class Distribution>
auto kl_gradient(Temperatures temperatures) {
  return [=](Shape shape) {
    const auto q = posterior<Distribution>(shape, temperatures);
    const auto p = uniform_prior<Distribution>(shape, temperatures);
    return [q, p, result = kl_divergence_gradient(q, p)]() mutable { result = kl_divergence_gradient(q, p); };
  };
}

template <class Distribution>
auto sampled_kl_gradient(Shape shape) {
  using Logits = typename Distribution::Logits;
  return [q = posterior<Distribution>(shape, unequal), p = uniform_prior<Distribution>(shape, unequal),
          engine = concrete::Engine(1), y = Logits(shape.n, shape.batch),
          log_q = Eigen::RowVectorX<typename Distribution::Scalar>(shape.batch),
          gradient = concrete::ParameterGradient<Logits>()]() mutable {
    q.sample_and_log_prob(engine, y, log_q);
    const auto kl = concrete::relaxed_kl_gradient(q, p, y, log_q);
    q.pathwise_gradient(y, kl.sample, gradient);
  };
}

/// f(distribution), which returns a matrix of the logits' type or a gradient.
template <class Distribution, class F>
auto moment(const F& f) {
  return [f](Shape shape) {
    const Distribution d(some_logits<typename Distribution::Logits>(shape), some_temperature);
    return [f, d, result = f(d)]() mutable { result = f(d); };
  };
}

template <class Scalar>
void add_binary(Shape shape) {
  using Logits = Eigen::MatrixX<Scalar>;
  using Distribution = concrete::LogitBinaryConcrete<Logits>;
  bench::add<Scalar>("binary_kl", "exact", shape, kl<Distribution>(unequal));
  bench::add<Scalar>("binary_kl", "exact_equal", shape, kl<Distribution>(equal));
  bench::add<Scalar>("binary_kl_gradient", "exact", shape, kl_gradient<Distribution>(unequal));
  bench::add<Scalar>("binary_kl_gradient", "exact_equal", shape, kl_gradient<Distribution>(equal));
  bench::add<Scalar>("binary_kl_gradient", "sampled", shape, sampled_kl_gradient<Distribution>);
  bench::add<Scalar>("binary_mean", "exact", shape,
                     moment<concrete::BinaryConcrete<Logits>>([](const auto& d) { return mean(d); }));
}

template <class Scalar>
void add_divergences(Shape shape) {
  using Distribution = concrete::ExpConcrete<Eigen::MatrixX<Scalar>>;
  bench::add<Scalar>("kl", "exact", shape, kl<Distribution>(unequal));
  bench::add<Scalar>("kl", "exact_equal", shape, kl<Distribution>(equal));
  bench::add<Scalar>("kl", "exact_swapped", shape, kl<Distribution>(swapped));
  bench::add<Scalar>("kl_gradient", "exact", shape, kl_gradient<Distribution>(unequal));
  bench::add<Scalar>("kl_gradient", "exact_equal", shape, kl_gradient<Distribution>(equal));
  bench::add<Scalar>("kl_gradient", "exact_swapped", shape, kl_gradient<Distribution>(swapped));
  bench::add<Scalar>("kl_gradient", "sampled", shape, sampled_kl_gradient<Distribution>);
}

template <class Scalar>
void add_moments(Shape shape) {
  using Distribution = concrete::Concrete<Eigen::MatrixX<Scalar>>;
  const auto add = [&](const std::string& work, const auto& f) {
    bench::add<Scalar>(work, "exact", shape, moment<Distribution>(f));
  };
  add("mean", [](const auto& d) { return mean(d); });
  add("mean_gradient", [](const auto& d) { return mean_gradient(d, d.logits()); });
  add("variance", [](const auto& d) { return variance(d); });
}

[[maybe_unused]] const bool registered = bench::register_for_scalars([]<class Scalar>() {
  bench::for_each_binary<Scalar>([](auto, Shape shape) { add_binary<Scalar>(shape); });
  for (const Shape shape : {Shape{10, 1}, {2, 2000}, {10, 2000}, {128, 128}}) add_divergences<Scalar>(shape);
  for (const Shape shape : {Shape{10, 1}, {10, 2000}, {128, 128}}) add_moments<Scalar>(shape);
});

}  // namespace
