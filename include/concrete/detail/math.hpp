#pragma once

#include <Eigen/Core>
#include <cmath>
#include <concepts>
#include <limits>
#include <type_traits>

#include "concrete/detail/elementary.hpp"

// Scalar mathematics for float, double, long double and autodiff scalars alike. This is the one place that tells them
// apart: autodiff types lack log1p and expm1, and are reached by argument-dependent lookup only.
//
// Two habits keep generic code right here and in the distributions. Calls are qualified, detail::log<Scalar>(x),
// because Eigen's own log<Derived> would answer to the unqualified name. And an operand of a sum is made a Scalar
// before it is added, Scalar(t * y), because Eigen's AutoDiffScalar with derivatives of dynamic size aligns the sizes
// of plain operands only.

CONCRETE_BEGIN_AS_WRITTEN

namespace concrete::detail {

using Eigen::Index;

/// The plain floating-point type behind a scalar: itself, or double for an autodiff type. Noise has this type.
template <class Scalar>
using PlainScalar = std::conditional_t<std::floating_point<Scalar>, Scalar, double>;

/// A number that carries no derivative, as a Scalar.
template <class Scalar, class Number>
Scalar constant(Number value) {
  return static_cast<Scalar>(static_cast<PlainScalar<Scalar>>(value));
}

template <class Scalar>
Scalar infinity() {
  return constant<Scalar>(std::numeric_limits<PlainScalar<Scalar>>::infinity());
}

template <class Scalar>
Scalar quiet_nan() {
  return constant<Scalar>(std::numeric_limits<PlainScalar<Scalar>>::quiet_NaN());
}

/// The value of a number of a type that hands it out, down to the plain one, else the number itself. Equality is
/// asked of it: some autodiff types decide x == y by x - y, which is NaN for equal infinities.
template <class Scalar>
auto value_of(const Scalar& x) {
  if constexpr (requires { x.value(); }) {
    return value_of(x.value());
  } else if constexpr (requires { x.a, x.v; }) {  // ceres::Jet
    return value_of(x.a);
  } else {
    return x;
  }
}

// Formulas have cases for single numbers: the comparison is meant to be exact.
#if defined(__GNUC__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wfloat-equal"
#endif
template <class X, class Y>
CONCRETE_ALWAYS_INLINE bool equal(const X& x, const Y& y) {
  return value_of(x) == value_of(y);
}
#if defined(__GNUC__)
#pragma GCC diagnostic pop
#endif

template <class Scalar>
CONCRETE_ALWAYS_INLINE bool is_zero(const Scalar& x) {
  return equal(x, PlainScalar<Scalar>(0));
}

template <class Scalar>
CONCRETE_ALWAYS_INLINE bool is_one(const Scalar& x) {
  return equal(x, PlainScalar<Scalar>(1));
}

template <class Scalar>
bool is_nan(const Scalar& x) {
  return !equal(x, x);
}

template <class Scalar>
bool is_infinity(const Scalar& x) {
  return equal(x, infinity<PlainScalar<Scalar>>());
}

template <class Scalar>
CONCRETE_ALWAYS_INLINE Scalar abs(const Scalar& x) {
  if constexpr (std::floating_point<Scalar>) {
    return std::abs(x);
  } else {
    return x < PlainScalar<Scalar>(0) ? Scalar(-x) : x;
  }
}

template <class Scalar>
bool is_finite(const Scalar& x) {
  return detail::abs(x) < infinity<Scalar>();
}

/// A class of probability zero: its logit is -inf (+inf and NaN never get past a constructor).
template <class Scalar>
bool is_masked(const Scalar& logit) {
  return equal(logit, -infinity<PlainScalar<Scalar>>());
}

template <class Scalar>
Scalar exp(const Scalar& x) {
  using std::exp;
  return exp(x);
}

template <class Scalar>
Scalar log(const Scalar& x) {
  using std::log;
  return log(x);
}

/// log(1 + x) for x > -1.
template <class Scalar>
Scalar log1p(const Scalar& x) {
  if constexpr (std::floating_point<Scalar>) {
    return std::log1p(x);
  } else {
    return detail::log<Scalar>(PlainScalar<Scalar>(1) + x);
  }
}

/// e^x - 1 for x <= 0.
template <class Scalar>
Scalar expm1_nonpositive(const Scalar& x) {
  if constexpr (std::floating_point<Scalar>) {
    return std::expm1(x);
  } else {
    if (x < PlainScalar<Scalar>(-0.5)) return detail::exp<Scalar>(x) - PlainScalar<Scalar>(1);
    Scalar series = constant<Scalar>(1);  // 1 + x / 2 (1 + x / 3 (1 + ...))
    for (int k = 16; k > 1; --k) series = PlainScalar<Scalar>(1) + Scalar(Scalar(x * series) / PlainScalar<Scalar>(k));
    return x * series;
  }
}

/// factor * value, but 0 where the factor is, whatever it multiplies: x log x at x = 0, a zero upstream at a boundary.
/// The derivatives of a factor that happens to be 0 are multiplied like any others.
template <class Scalar>
CONCRETE_ALWAYS_INLINE Scalar product_with_zero(const Scalar& factor, const Scalar& value) {
  if constexpr (ElementaryScalar<Scalar>) {
    return cleared_where(mask_zero(factor), Scalar(factor * value));
  } else if constexpr (std::floating_point<Scalar>) {
    return is_zero(factor) ? factor : factor * value;
  } else {
    return is_zero(factor) && !is_finite(value) ? constant<Scalar>(0) : Scalar(factor * value);
  }
}

/// Whether an upstream leaves no gradient of `value`, being 0. The upstream of an
/// autodiff scalar may have derivatives, and counts unless the value is infinite.
template <class Scalar>
bool has_no_effect(const Scalar& upstream, const Scalar& value) {
  return is_zero(upstream) && (std::floating_point<Scalar> || !is_finite(value));
}

/// A number that is below 0 by rounding alone: 0 in its place, with its derivatives.
template <class Scalar>
Scalar at_least_zero(const Scalar& x) {
  if constexpr (std::floating_point<Scalar>) {
    return x < 0 ? Scalar(0) : x;
  } else {
    return x < PlainScalar<Scalar>(0) ? Scalar(x - constant<Scalar>(value_of(x))) : x;
  }
}

/// log((n - 1)!) = log Gamma(n), n >= 1: the product while it is short, then Stirling's series, whose last term here is
/// below 1e-19 of the sum. (std::lgamma writes a global sign: a data race between threads.)
template <std::floating_point T>
T log_gamma(Index n) {
  using Real = std::conditional_t<(sizeof(T) > sizeof(double)), T, double>;
  constexpr Index series_from = 24;
  if (n < series_from) {
    Real product = 1;
    for (Index k = 2; k < n; ++k) product *= static_cast<Real>(k);
    return static_cast<T>(std::log(product));
  }
  constexpr auto half_log_two_pi = static_cast<Real>(0.918938533204672741780329736405617639861L);
  const Real x = static_cast<Real>(n), r = 1 / (x * x);
  const Real series =
      (Real(1) / 12 + r * (-Real(1) / 360 + r * (Real(1) / 1260 + r * (-Real(1) / 1680 + r * (Real(1) / 1188))))) / x;
  return static_cast<T>((x - Real(0.5)) * std::log(x) - x + half_log_two_pi + series);
}

}  // namespace concrete::detail

CONCRETE_END_AS_WRITTEN
