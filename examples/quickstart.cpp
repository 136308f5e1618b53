#include <concrete/concrete.hpp>
#include <iostream>
#include <random>

int main() {
  std::mt19937_64 engine(2017);

  // A choice between three categories, by their unnormalised log-probabilities, relaxed at temperature 0.5.
  const Eigen::Vector3d logits(1, 0, -1);
  const concrete::ExpConcrete choice(logits, 0.5);

  // 1. Sample: three numbers that add up to 1, almost all of it on one category. y is their logarithm.
  const Eigen::Vector3d y = choice.sample(engine);
  const Eigen::Vector3d x = choice.to_concrete(y);
  std::cout << "x              " << x.transpose() << '\n';

  // 2. Score: the log-density of a sample.
  std::cout << "log-density    " << choice.log_prob(y) << '\n';

  // 3. Gradient: how a loss of the sample, here |x - (0, 1, 0)|^2, changes with the logits.
  const Eigen::Vector3d dloss_dx = 2 * (x - Eigen::Vector3d(0, 1, 0));
  const Eigen::Vector3d dloss_dy = choice.to_concrete_gradient(y, dloss_dx);
  const auto gradient = choice.pathwise_gradient(y, dloss_dy);
  std::cout << "dloss/dlogits  " << gradient.logits.transpose() << '\n';
}
