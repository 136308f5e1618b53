// What does the whole interface of the four relaxed classes cost at eight fixed sizes?

#include <Eigen/Dense>
#include <concrete/concrete.hpp>
#include <iostream>

namespace {

/// Of all results, so that none is left out: Eigen's own printing would cost more than the library.
double total = 0;

/// Calls what all four classes have.
template <class Distribution>
void use(const Distribution& q, concrete::Engine& engine) {
  using Logits = typename Distribution::Logits;
  using Scalar = typename Distribution::Scalar;
  Logits y = q.sample(engine);
  Scalar log_q = 0;
  q.sample(engine, y);
  q.sample_and_log_prob(engine, y, log_q);
  q.log_prob(y, log_q);
  const auto drawn = q.sample_and_log_prob(engine);
  auto density = q.log_prob_gradient(y);
  q.log_prob_gradient(drawn.sample, 1, density);
  auto pathwise = q.pathwise_gradient(y, density.sample);
  q.pathwise_gradient(drawn.sample, density.sample, pathwise);
  total +=
      static_cast<double>(q(engine).sum() + q.sample(engine, 3).sum() + q.reparameterize(q.noise(engine)).sum() +
                          log_q + q.log_prob(y) + drawn.log_prob + q.sample_and_log_prob(engine, 3).log_prob.sum() +
                          density.value + density.logits.sum() + density.temperature + pathwise.logits.sum() +
                          pathwise.temperature + q.harden(y).sum() + q.discrete().logits().sum());
  total += (q.in_support(y) ? 1 : 0) + (q == q ? 1 : 0);
}

template <class Distribution>
void use_log_class(const Distribution& q, concrete::Engine& engine) {
  const auto y = q.sample(engine);
  const auto x = q.to_concrete(y);
  total += static_cast<double>(x.sum() + q.to_concrete_gradient(y, x).sum());
}

template <class Distribution>
void use_binary_class(const Distribution& q, concrete::Engine& engine) {
  total += static_cast<double>(q.quantile(q.cdf(q.sample(engine))).sum());
}

template <class Scalar, int n>
void use_all(concrete::Engine& engine) {
  using Logits = Eigen::Vector<Scalar, n>;
  const Logits logits = Logits::LinSpaced(n, -1, 1);
  const concrete::ExpConcrete exp_concrete(logits, 0.5);
  const concrete::Concrete concrete(logits, 0.5);
  const concrete::LogitBinaryConcrete logit_binary(logits, 0.5);
  const concrete::BinaryConcrete binary(logits, 0.5);
  use(exp_concrete, engine);
  use(concrete, engine);
  use(logit_binary, engine);
  use(binary, engine);
  use_log_class(exp_concrete, engine);
  use_log_class(logit_binary, engine);
  use_binary_class(logit_binary, engine);
  use_binary_class(binary, engine);
}

}  // namespace

int main() {
  concrete::Engine engine(2017);
  use_all<float, 1>(engine);
  use_all<float, 2>(engine);
  use_all<float, 3>(engine);
  use_all<float, 4>(engine);
  use_all<double, 3>(engine);
  use_all<double, 4>(engine);
  use_all<double, 8>(engine);
  use_all<double, 20>(engine);
  std::cout << total << '\n';
}
