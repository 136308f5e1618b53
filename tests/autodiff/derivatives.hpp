#pragma once

#include <Eigen/Core>

// What a system of automatic differentiation is to the tests: a struct with
//
//   Scalar                 its numbers
//   differentiate(f, at)   the Derivatives of f at a point, where f maps a column of Scalars to another
//
// The header "system.hpp" of each system's folder lists those that its program tests as testing::Systems.

namespace testing {

/// The values of a function of several variables, and their derivatives: a row for each value.
struct Derivatives {
  Eigen::VectorXd values;
  Eigen::MatrixXd jacobian;
};

/// The most variables that a test has; systems whose numbers fix how many derivatives they carry choose this.
inline constexpr int max_variables = 8;

}  // namespace testing
