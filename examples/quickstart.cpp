#include <concrete/concrete.hpp>
#include <iostream>
#include <random>

int main() {
  const Eigen::Vector3d logits(1.0, 0.0, -1.0), target(0.0, 1.0, 0.0);
  const concrete::ExpConcrete choice(logits, 0.5);  // a relaxed choice of one in three, at temperature 0.5

  std::mt19937_64 engine(2017);
  const Eigen::Vector3d y = choice.sample(engine);  // log-probabilities: exact where probabilities round to 0
  const Eigen::Vector3d x = choice.to_concrete(y);  // a point of the simplex, almost one-hot

  const Eigen::Vector3d dloss_dx = 2 * (x - target);  // of loss = |x - target|^2
  const auto gradient = choice.pathwise_gradient(y, choice.to_concrete_gradient(y, dloss_dx));

  std::cout << "sample               " << x.transpose() << "\nlog-density          " << choice.log_prob(y)
            << "\ndloss/dlogits        " << gradient.logits.transpose() << "\ndloss/dtemperature   "
            << gradient.temperature << '\n';
}
