#include <cmath>
#include <iostream>

#include "choice.hpp"

namespace {

const Eigen::Vector3d costs(3.0, 1.0, 2.0);

// The same noise makes a sample a smooth function of the logits.
bool gradient_is_difference_quotient() {
  const double h = 1e-6;
  const Eigen::Vector3d logits(0.5, -0.5, 0.0);
  const auto estimate = [](const Eigen::VectorXd& at) {
    concrete::Engine engine(1);
    return estimate_cost(at, 0.5, costs, engine);
  };
  const Eigen::VectorXd gradient = estimate(logits).logits;
  for (int k = 0; k < 3; ++k) {
    const Eigen::Vector3d step = h * Eigen::Vector3d::Unit(k);
    const double quotient = (estimate(logits + step).cost - estimate(logits - step).cost) / (2 * h);
    if (!(std::abs(gradient[k] - quotient) < 1e-7)) return false;
  }
  return true;
}

bool learns_what_costs_least() {
  concrete::Engine engine(2);
  Eigen::Index best;
  learn_choice(costs, 200, engine).maxCoeff(&best);
  return best == 1;
}

}  // namespace

int main() {
  const bool gradient = gradient_is_difference_quotient(), learns = learns_what_costs_least();
  std::cout << "gradient is the difference quotient: " << gradient << "\nlearns what costs least: " << learns << '\n';
  return gradient && learns ? 0 : 1;
}
