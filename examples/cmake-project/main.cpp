// Learns by trying, in a differentiable way, which of three options costs least.

#include <iostream>

#include "choice.hpp"

int main() {
  const Eigen::Vector3d costs(3.0, 1.0, 2.0);
  concrete::Engine engine(2017);
  const Eigen::ArrayXd weights = learn_choice(costs, 200, engine).array().exp();
  std::cout << "costs          " << costs.transpose() << '\n'
            << "probabilities  " << weights.transpose() / weights.sum() << '\n';
}
