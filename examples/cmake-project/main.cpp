// Draws a point of the simplex, scores it and asks how the score changes with the parameters.

#include <iostream>
#include <random>

#include <Eigen/Core>
#include <concrete/concrete.hpp>

int main() {
  const Eigen::Vector3d logits(1.0, 0.0, -1.0);  // log alpha, unnormalised
  const double temperature = 0.5;
  const concrete::ExpConcrete distribution(logits, temperature);

  std::mt19937_64 engine(2017);
  const Eigen::Vector3d y = distribution.sample(engine);  // the logarithm of a point of the simplex
  const auto gradient = distribution.log_prob_gradient(y);

  std::cout << "sample                      " << distribution.to_concrete(y).transpose() << '\n'
            << "its logarithm               " << y.transpose() << '\n'
            << "log-density                 " << gradient.value << '\n'
            << "gradient, sample            " << gradient.sample.transpose() << '\n'
            << "gradient, logits            " << gradient.logits.transpose() << '\n'
            << "gradient, temperature       " << gradient.temperature << '\n';
}
