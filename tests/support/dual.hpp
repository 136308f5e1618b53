#pragma once

#include <Eigen/Core>
#include <unsupported/Eigen/AutoDiff>

namespace testing {

/// A value with its derivative with respect to one variable: a scalar that knows neither log1p nor expm1.
using Dual = Eigen::AutoDiffScalar<Eigen::Matrix<double, 1, 1>>;

inline Dual variable(double value) { return Dual(value, 1, 0); }

}  // namespace testing
