#include "concrete/concrete.hpp"
#include "guarantees/check.hpp"
#include "support/random.hpp"

// Compiled as for a small machine, without exceptions and without streams: a distribution of fixed size needs no heap,
// and nothing of <iostream>.

#if !defined(EIGEN_NO_IO)
#error "this is about a program that has no streams"
#endif

int main() {
  const concrete::ExpConcrete choice(Eigen::Vector3f(1, 0, -1), 0.5f);
  testing::Random engine(1);
  const Eigen::Vector3f y = choice.sample(engine);
  const auto gradient = choice.log_prob_gradient(y);
  const auto path = choice.pathwise_gradient(y, gradient.sample);
  testing::check(choice.in_support(y), "a sample is a point of the support");
  testing::check(gradient.value == choice.log_prob(y), "a gradient brings the value");
  testing::check(gradient.logits.allFinite() && path.logits.allFinite(), "gradients are numbers");
  return testing::exit_status();
}
