#include <cstdlib>
#include <limits>

#include "concrete/concrete.hpp"
#include "guarantees/check.hpp"
#include "support/random.hpp"

// Compiled without exceptions and without RTTI: everything works, and a violated precondition prints its message and
// aborts. With an argument, the program constructs distributions that are not allowed to be.

#if defined(__cpp_exceptions) || defined(__cpp_rtti)
#error "this is about a program that has neither"
#endif

namespace {

using testing::check;
using testing::near;

constexpr double inf = std::numeric_limits<double>::infinity();

template <class Distribution>
void use(const Distribution& q) {
  testing::Random engine(1);
  const auto [y, log_prob] = q.sample_and_log_prob(engine);
  check(near(q.log_prob(y), log_prob, 1000.0), "a sample has the density that it was drawn with");
  const auto gradient = q.log_prob_gradient(y);
  const auto path = q.pathwise_gradient(y, gradient.sample);
  check(gradient.value == q.log_prob(y), "a gradient brings the value");
  check(gradient.logits.allFinite() && path.logits.allFinite(), "gradients are numbers");
  check(q.discrete().sample(engine).sum() >= 0, "the limit samples");
}

void misuse() {
  const Eigen::Vector3d logits(0.3, -0.5, 0.9);
  const double zero = logits(0) - 0.3;
  if (zero == 0) concrete::ExpConcrete(logits, zero - 0.5);
}

}  // namespace

int main(int argc, char**) {
  if (argc > 1) {
    misuse();
    return EXIT_SUCCESS;
  }
  const Eigen::Vector3d logits(0.3, -0.5, 0.9);
  use(concrete::ExpConcrete(logits, 0.7));
  use(concrete::Concrete(logits, 0.7));
  use(concrete::LogitBinaryConcrete(logits, 0.7));
  use(concrete::BinaryConcrete(logits, 0.7));
  use(concrete::ExpConcrete(Eigen::Vector3d(0.3, -inf, 0.9), 0.7));
  return testing::exit_status();
}
