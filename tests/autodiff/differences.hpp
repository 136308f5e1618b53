#pragma once

#include <Eigen/Core>
#include <cstdint>

#include "autodiff/setting.hpp"
#include "support/gradient.hpp"
#include "support/random.hpp"

// Second derivatives of log_prob by differences of the analytic gradient.

namespace testing {

/// A point of logits, a temperature and a sample put together.
inline constexpr Eigen::Index dimension = 3, point_size = 2 * dimension + 1;

template <class Family>
Eigen::VectorXd draw_point(std::uint64_t seed) {
  const Eigen::VectorXd logits = Random(seed).vector<Eigen::VectorXd>(dimension, -2, 2);
  const Eigen::Vector3d x(0.2, 0.5, 0.3), y(-1, 0.5, -2);
  return joined<double>(logits, 0.7, Family::is_on_x_scale ? x : y);
}

/// The analytic gradient of log_prob at such a point.
template <class Family>
Eigen::VectorXd analytic_gradient(const Eigen::VectorXd& point) {
  const typename Family::template Over<Eigen::VectorXd> model(point.head(dimension), point(dimension));
  const auto gradient = model.log_prob_gradient(point.tail(dimension));
  return joined<double>(gradient.logits, gradient.temperature, gradient.sample);
}

/// The derivatives of a function of several variables, a row for each value.
template <class F>
Eigen::MatrixXd jacobian_by_differences(const F& f, const Eigen::VectorXd& at) {
  Eigen::MatrixXd result(f(at).size(), at.size());
  for (Eigen::Index i = 0; i < result.rows(); ++i) {
    result.row(i) = gradient([&](const Eigen::VectorXd& moved) { return f(moved)(i); }, at, 0x1p-11).transpose();
  }
  return result;
}

/// Differences over 2^-11 keep 2^11 eps of gradients below 100: 5e-11.
inline constexpr double difference_error = 1e-9;

}  // namespace testing
