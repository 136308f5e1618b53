#pragma once

#include <boost/multiprecision/cpp_bin_float.hpp>
#include <cmath>
#include <limits>

// Reference values of 50 digits, and how far a result in working precision is from them.

namespace testing {

/// A number of 50 decimal digits whose exponent does not run out. Write textbook formulas in it, with unqualified exp,
/// log, log1p, expm1 ...
using Wide = boost::multiprecision::cpp_bin_float_50;

/// |actual - expected| in units of eps |scale|, where scale is at least the smallest normal number. Equal infinities are
/// 0 apart, a number beyond the type's largest is infinite, NaN is infinitely far from everything.
template <class T>
double eps_error(T actual, const Wide& expected, const Wide& scale) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  const bool overflows = abs(expected) > Wide((std::numeric_limits<T>::max)());
  if (!std::isfinite(actual) && overflows) return Wide(actual) * expected > 0 ? 0 : infinity;
  if (!std::isfinite(actual) || !isfinite(expected)) return infinity;
  const Wide smallest = (std::numeric_limits<T>::min)(), size = abs(scale) > smallest ? Wide(abs(scale)) : smallest;
  return static_cast<double>(Wide(abs(Wide(actual) - expected) / (size * Wide(std::numeric_limits<T>::epsilon()))));
}

/// The relative error in units of eps.
template <class T>
double eps_error(T actual, const Wide& expected) {
  return eps_error(actual, expected, expected);
}

}  // namespace testing
