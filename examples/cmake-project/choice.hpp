#pragma once

#include <Eigen/Core>
#include <concrete/noise/engine.hpp>

/// What a sample tells of an expected cost, and of its gradient with respect to the logits.
struct Estimate {
  double cost;
  Eigen::VectorXd logits;
};

/// The cost of a relaxed choice among options of the given costs, by one sample.
Estimate estimate_cost(const Eigen::VectorXd& logits, double temperature, const Eigen::VectorXd& costs,
                       concrete::Engine& engine);

/// Logits that prefer what costs least: found by stochastic gradient descent, from all options alike.
Eigen::VectorXd learn_choice(const Eigen::VectorXd& costs, int steps, concrete::Engine& engine);
