#include "choice.hpp"

#include <concrete/concrete.hpp>

Estimate estimate_cost(const Eigen::VectorXd& logits, double temperature, const Eigen::VectorXd& costs,
                       concrete::Engine& engine) {
  const concrete::ExpConcrete choice(logits, temperature);
  const Eigen::VectorXd y = choice.sample(engine);  // the logarithm of a point of the simplex
  const Eigen::VectorXd dcost_dy = choice.to_concrete_gradient(y, costs);
  return {costs.dot(choice.to_concrete(y)), choice.pathwise_gradient(y, dcost_dy).logits};
}

Eigen::VectorXd learn_choice(const Eigen::VectorXd& costs, int steps, concrete::Engine& engine) {
  const double temperature = 0.5, rate = 0.2;
  Eigen::VectorXd logits = Eigen::VectorXd::Zero(costs.size());
  for (int step = 0; step < steps; ++step) logits -= rate * estimate_cost(logits, temperature, costs, engine).logits;
  return logits;
}
