#pragma once

#include <Eigen/Core>

namespace vae {

/// Eigen's allFinite() looks at one entry at a time.
template <class Derived>
bool all_finite(const Eigen::MatrixBase<Derived>& x) {
  return (0 * x).sum() == 0;  // 0 times an infinity or NaN is NaN
}

}  // namespace vae
