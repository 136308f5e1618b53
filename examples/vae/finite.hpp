#pragma once

#include <Eigen/Core>
#include <string>

#include "vae/error.hpp"

namespace vae {

/// Eigen's allFinite() looks at one entry at a time.
template <class Derived>
bool all_finite(const Eigen::MatrixBase<Derived>& x) {
  return (0 * x).sum() == 0;  // 0 times an infinity or NaN is NaN
}

/// \throws Diverged  "… are not finite numbers"
template <class Derived>
void require_finite(const Eigen::MatrixBase<Derived>& x, const char* what) {
  if (!all_finite(x)) throw Diverged(std::string(what) + " are not finite numbers");
}

}  // namespace vae
