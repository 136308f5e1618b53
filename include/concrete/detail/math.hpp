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

template <class Scalar>
bool equal(const Scalar& x, const Scalar& y) {
  return value_of(x) == value_of(y);
}

template <class Scalar>
bool is_nan(const Scalar& x) {
  return value_of(x) != value_of(x);
}

template <class Scalar>
bool is_infinity(const Scalar& x) {
  return value_of(x) == infinity<PlainScalar<Scalar>>();
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
  return value_of(logit) == -infinity<PlainScalar<Scalar>>();
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

/// log(1 + y) for y > -1, given 1 + y and its reciprocal: what rounding took from 1 + y is given back.
template <class Scalar>
CONCRETE_ALWAYS_INLINE Scalar log1p_in_loop(const Scalar& y, const Scalar& one_y, const Scalar& inverse) {
  if constexpr (ElementaryScalar<Scalar>) {
    return elementary_log_of_normal(one_y) + (y - (one_y - 1)) * inverse;
  } else {
    return detail::log1p<Scalar>(y);
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

/// factor * value, where a factor of 0 wins over an infinite value: x log x at x = 0, a zero upstream at a boundary.
/// The derivatives of a factor that happens to be 0 are multiplied like any others.
template <class Scalar>
CONCRETE_ALWAYS_INLINE Scalar zero_wins(const Scalar& factor, const Scalar& value) {
  if constexpr (std::floating_point<Scalar>) {
    return factor == 0 ? factor : factor * value;
  } else {
    return factor == PlainScalar<Scalar>(0) && !is_finite(value) ? constant<Scalar>(0) : Scalar(factor * value);
  }
}

/// Whether the gradient of `value` need not be computed, since an upstream of 0 multiplies it. The upstream of an
/// autodiff scalar may have derivatives, and counts unless the value is infinite.
template <class Scalar>
bool is_in_vain(const Scalar& upstream, const Scalar& value) {
  return upstream == PlainScalar<Scalar>(0) && (std::floating_point<Scalar> || !is_finite(value));
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

/// e^x of a score, where -inf is a masked class and gives 0, under an autodiff scalar too, whose derivative there is no
/// number.
template <class Scalar>
CONCRETE_ALWAYS_INLINE Scalar exp_of_score(const Scalar& x) {
  if constexpr (std::floating_point<Scalar>) {
    return loop_exp(x);
  } else {
    return is_masked(x) ? constant<Scalar>(0) : detail::exp<Scalar>(x);
  }
}

/// The same of a score that is the largest of its column or below; nothing is left of what would be no normal number.
template <class Scalar>
CONCRETE_ALWAYS_INLINE Scalar exp_below_top(const Scalar& x) {
  if constexpr (std::floating_point<Scalar>) {
    return loop_decay(x);
  } else {
    return exp_of_score(x);
  }
}

/// e^x where it is a normal number, as it is of noise.
template <class Scalar>
CONCRETE_ALWAYS_INLINE Scalar exp_to_normal(const Scalar& x) {
  if constexpr (std::floating_point<Scalar>) {
    return loop_exp_to_normal(x);
  } else {
    return detail::exp<Scalar>(x);
  }
}

/// log x of a sum of exponentials that neither overflows nor underflows: a normal number, or NaN where a term was.
template <class Scalar>
CONCRETE_ALWAYS_INLINE Scalar log_of_total(const Scalar& x) {
  if constexpr (std::floating_point<Scalar>) {
    return loop_log_of_normal_or_nan(x);
  } else {
    return detail::log<Scalar>(x);
  }
}

/// log x, in loops over columns.
template <class Scalar>
CONCRETE_ALWAYS_INLINE Scalar log_in_loop(const Scalar& x) {
  if constexpr (std::floating_point<Scalar>) {
    return loop_log(x);
  } else {
    return detail::log<Scalar>(x);
  }
}

/// The value of a class, but -inf without a derivative where it is masked. (A floating-point number has become -inf by
/// itself.)
template <class Scalar>
CONCRETE_ALWAYS_INLINE Scalar unless_masked(const Scalar& logit, const Scalar& value) {
  if constexpr (std::floating_point<Scalar>) {
    return value;
  } else {
    return is_masked(logit) ? Scalar(-infinity<Scalar>()) : value;
  }
}

/// x, or 0 where the class is masked: a term of a sum over the classes.
template <class Scalar>
CONCRETE_ALWAYS_INLINE Scalar zero_if_masked(const Scalar& logit, const Scalar& x) {
  if constexpr (ElementaryScalar<Scalar>) {
    const BitsOf<Scalar> masked = mask_less(logit, -(std::numeric_limits<Scalar>::max)());
    return std::bit_cast<Scalar>(static_cast<BitsOf<Scalar>>(bits_of(x) & ~masked));
  } else {
    return is_masked(logit) ? constant<Scalar>(0) : x;
  }
}

// The functions of the binary classes, which run over whole columns: for float and double straight-line code.

/// e^-|t|.
template <class Scalar>
CONCRETE_ALWAYS_INLINE Scalar decay(const Scalar& t) {
  if constexpr (std::floating_point<Scalar>) {
    return loop_exp(-std::abs(t));
  } else {
    return detail::exp<Scalar>(-detail::abs(t));
  }
}

/// log(1 + e^-|t|), the part of softplus(t) beyond max(t, 0). The rounding error of 1 + e^-|t| is given back to first
/// order.
template <class Scalar>
CONCRETE_ALWAYS_INLINE Scalar softplus_tail(const Scalar& t) {
  const Scalar e = decay(t);
  if constexpr (ElementaryScalar<Scalar>) {
    const Scalar rounded = 1 + e;
    return loop_log_of_normal(rounded) + (e - (rounded - 1)) / rounded;
  } else {
    return detail::log1p<Scalar>(e);
  }
}

/// log(1 + e^t), without overflow.
template <class Scalar>
CONCRETE_ALWAYS_INLINE Scalar softplus(const Scalar& t) {
  const Scalar tail = softplus_tail(t);
  if constexpr (ElementaryScalar<Scalar>) {
    return select(mask_of_sign(bits_of(t)), Scalar(0), t) + tail;
  } else {
    return t < PlainScalar<Scalar>(0) ? tail : Scalar(t + tail);  // at 0 as abs() takes its derivative there
  }
}

/// The logistic function 1 / (1 + e^-t), with full relative precision as t -> -inf.
template <class Scalar>
CONCRETE_ALWAYS_INLINE Scalar sigmoid(const Scalar& t) {
  using Real = PlainScalar<Scalar>;
  const Scalar e = decay(t), total = Real(1) + e;
  if constexpr (ElementaryScalar<Scalar>) {
    return select(mask_of_sign(bits_of(t)), e, Scalar(1)) / total;
  } else {
    return t < Real(0) ? Scalar(e / total) : Scalar(Real(1) / total);
  }
}

/// sigmoid(t) sigmoid(-t), the slope of the logistic function: nonzero until e^-|t| underflows.
template <class Scalar>
CONCRETE_ALWAYS_INLINE Scalar sigmoid_slope(const Scalar& t) {
  const Scalar e = decay(t), total = PlainScalar<Scalar>(1) + e;
  return e / (total * total);
}

/// tanh(t / 2) = sigmoid(t) - sigmoid(-t), with full relative precision as t -> 0 for floating-point types.
template <class Scalar>
CONCRETE_ALWAYS_INLINE Scalar tanh_half(const Scalar& t) {
  if constexpr (ElementaryScalar<Scalar>) {
    const Scalar minus = elementary_expm1_nonpositive(-std::abs(t));
    return std::copysign(minus / (2 + minus), t);
  } else if constexpr (std::floating_point<Scalar>) {
    return std::tanh(t / 2);
  } else {
    return sigmoid<Scalar>(t) - sigmoid<Scalar>(-t);
  }
}

/// log(x / (1 - x)) on [0, 1]; around 1/2 as log(1 + f) with an f whose numerator is exact there.
template <class Scalar>
CONCRETE_ALWAYS_INLINE Scalar logit(const Scalar& x) {
  using Real = PlainScalar<Scalar>;
  if constexpr (ElementaryScalar<Scalar>) {
    const Scalar f = (x + x - 1) / (1 - x), rounded = 1 + f, lost = (f - (rounded - 1)) / rounded;
    const auto around_half = static_cast<BitsOf<Scalar>>(mask_less(std::abs(x - Scalar(0.5)), Scalar(0.25)));
    const Scalar given_back = select(around_half, lost, Scalar(0));
    return loop_log(select(around_half, rounded, x / (1 - x))) + given_back;
  } else {
    if (x > Real(0.25) && x < Real(0.75)) return detail::log1p<Scalar>((x + x - Real(1)) / (Real(1) - x));
    return detail::log<Scalar>(x) - detail::log1p<Scalar>(-x);
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
