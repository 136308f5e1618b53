#include <concrete/concrete.hpp>
#include <iostream>
#include <random>

int main() {
  std::mt19937_64 engine(2017);
  const concrete::ExpConcrete choice(Eigen::Vector3d(1, 0, -1), 0.5);   // one of three: logits, temperature
  const auto y = choice.sample(engine), x = choice.to_concrete(y);      // x: a point of the simplex; y = log x
  const Eigen::Vector3d dloss_dx = 2 * (x - Eigen::Vector3d::UnitY());  // of the loss |x - (0, 1, 0)|^2
  const auto gradient = choice.pathwise_gradient(y, choice.to_concrete_gradient(y, dloss_dx));
  std::cout << choice << "\nx                   " << x.transpose() << "\nlog-density of y    " << choice.log_prob(y)
            << "\ndloss/dlogits       " << gradient.logits.transpose() << "\ndloss/dtemperature  "
            << gradient.temperature << '\n';
}
