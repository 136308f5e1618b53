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
// Two habits keep generic code right here and in the distributions. Calls are qualified, detail::log<Scalar>(x), because
// Eigen's own log<Derived> would answer to the unqualified name. And an operand of a sum is made a Scalar before it is
// added, Scalar(t * y), because Eigen's AutoDiffScalar with derivatives of dynamic size aligns the sizes of plain
// operands only.

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

/// The value of a number of a type that hands it out, down to the plain one, else the number itself. Equality is asked of
/// it: some autodiff types decide x == y by x - y, which is NaN for equal infinities.
template <class Scalar>
auto value_of(const Scalar& x) {
  if constexpr (requires { x.value(); }) {
    return value_of(x.value());
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

template <class Scalar>
Scalar abs(const Scalar& x) {
  if constexpr (std::floating_point<Scalar>) {
    return std::abs(x);
  } else {
    return x < PlainScalar<Scalar>(0) ? Scalar(-x) : x;
  }
}

/// factor * value, where a factor of 0 wins over an infinite value: x log x at x = 0, a zero upstream at a boundary.
template <class Scalar>
Scalar zero_wins(const Scalar& factor, const Scalar& value) {
  return factor == PlainScalar<Scalar>(0) ? factor : Scalar(factor * value);
}

/// e^x of a score, where -inf is a masked class and gives 0, under an autodiff scalar too, whose derivative there is no
/// number.
template <class Scalar>
Scalar exp_of_score(const Scalar& x) {
  if constexpr (std::floating_point<Scalar>) {
    return loop_exp(x);
  } else {
    return is_masked(x) ? constant<Scalar>(0) : detail::exp<Scalar>(x);
  }
}

// The functions of the binary classes, which run over whole columns: for float and double straight-line code.

/// e^-|t|.
template <class Scalar>
Scalar decay(const Scalar& t) {
  if constexpr (std::floating_point<Scalar>) {
    return loop_exp(-std::abs(t));
  } else {
    return detail::exp<Scalar>(-detail::abs(t));
  }
}

/// log(1 + e^-|t|), the part of softplus(t) beyond max(t, 0). The rounding error of 1 + e^-|t| is given back to first
/// order.
template <class Scalar>
Scalar softplus_tail(const Scalar& t) {
  const Scalar e = decay(t);
  if constexpr (ElementaryScalar<Scalar>) {
    const Scalar rounded = 1 + e;
    return loop_log(rounded) + (e - (rounded - 1)) / rounded;
  } else {
    return detail::log1p<Scalar>(e);
  }
}

/// log(1 + e^t), without overflow.
template <class Scalar>
Scalar softplus(const Scalar& t) {
  const Scalar tail = softplus_tail(t);
  if constexpr (ElementaryScalar<Scalar>) {
    return select(mask_of_sign(bits_of(t)), Scalar(0), t) + tail;
  } else {
    return t < PlainScalar<Scalar>(0) ? tail : Scalar(t + tail);  // at 0 as abs() takes its derivative there
  }
}

/// The logistic function 1 / (1 + e^-t), with full relative precision as t -> -inf.
template <class Scalar>
Scalar sigmoid(const Scalar& t) {
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
Scalar sigmoid_slope(const Scalar& t) {
  const Scalar e = decay(t), total = PlainScalar<Scalar>(1) + e;
  return e / (total * total);
}

/// tanh(t / 2) = sigmoid(t) - sigmoid(-t), with full relative precision as t -> 0 for floating-point types.
template <class Scalar>
Scalar tanh_half(const Scalar& t) {
  if constexpr (ElementaryScalar<Scalar>) {
    const Scalar minus = elementary_expm1_nonpositive(-std::abs(t));
    return std::copysign(minus / (2 + minus), t);
  } else if constexpr (std::floating_point<Scalar>) {
    return std::tanh(t / 2);
  } else {
    return sigmoid<Scalar>(t) - sigmoid<Scalar>(-t);
  }
}

/// log(x / (1 - x)) on [0, 1]; around 1/2 through log1p of a difference that is exact there.
template <class Scalar>
Scalar logit(const Scalar& x) {
  using Real = PlainScalar<Scalar>;
  if (x > Real(0.25) && x < Real(0.75)) return detail::log1p<Scalar>((x + x - Real(1)) / (Real(1) - x));
  return detail::log<Scalar>(x) - detail::log1p<Scalar>(-x);
}

/// How many running sums or maxima a reduction keeps: enough for a vector register.
inline constexpr Index reduction_lanes = 8;

/// Sum of term(begin) ... term(end - 1): running sums in a block, the blocks pairwise, so that the rounding error grows
/// with the logarithm of the count and the loop vectorises. `term` returns a Scalar.
template <class Scalar, class Term>
Scalar sum(Index begin, Index end, const Term& term) {
  constexpr Index block = 16 * reduction_lanes;
  if (end - begin > block) {
    const Index middle = begin + (end - begin) / 2;
    return sum<Scalar>(begin, middle, term) + sum<Scalar>(middle, end, term);
  }
  Scalar total = constant<Scalar>(0);
  if constexpr (std::floating_point<Scalar>) {
    Scalar running[reduction_lanes] = {};
    for (; end - begin >= reduction_lanes; begin += reduction_lanes) {
      for (Index lane = 0; lane < reduction_lanes; ++lane) running[lane] += term(begin + lane);
    }
    total = ((running[0] + running[4]) + (running[2] + running[6])) +
            ((running[1] + running[5]) + (running[3] + running[7]));
  }
  for (; begin < end; ++begin) total += term(begin);
  return total;
}

template <class Scalar, class Term>
Scalar sum(Index count, const Term& term) {
  return sum<Scalar>(Index{0}, count, term);
}

/// The largest entry of a column that is not empty. NaN is passed over unless it comes first.
template <class Column>
auto maximum(const Column& column) {
  using Scalar = typename Column::Scalar;
  Scalar largest = column(0);
  Index k = 1;
  if constexpr (std::floating_point<Scalar>) {
    Scalar running[reduction_lanes];
    for (Scalar& value : running) value = largest;
    for (; column.size() - k >= reduction_lanes; k += reduction_lanes) {
      for (Index lane = 0; lane < reduction_lanes; ++lane) {
        const Scalar value = column(k + lane);
        running[lane] = running[lane] < value ? value : running[lane];
      }
    }
    for (const Scalar value : running) largest = largest < value ? value : largest;
  }
  for (; k < column.size(); ++k) {
    if (largest < column(k)) largest = column(k);
  }
  return largest;
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

/// The logarithm of a sum of exponentials in two parts, top + log(total), with total >= 1.
template <class Scalar>
struct LogSumExp {
  Scalar top;
  Scalar total;
  Scalar value() const { return top + detail::log<Scalar>(total); }
};

/// log sum_k exp(column_k); -inf entries add nothing. The value is -inf if there are no others, +inf or NaN where one is.
template <class Column>
auto log_sum_exp(const Column& column) {
  using Scalar = typename Column::Scalar;
  const Scalar top = maximum(column);
  if (!(detail::abs(top) < infinity<Scalar>())) {
    for (Index k = 0; k < column.size(); ++k) {
      if (is_nan(column(k))) return LogSumExp<Scalar>{column(k), constant<Scalar>(1)};
    }
    return LogSumExp<Scalar>{top, constant<Scalar>(1)};
  }
  const Scalar total = sum<Scalar>(column.size(), [&](Index k) { return exp_of_score<Scalar>(column(k) - top); });
  return LogSumExp<Scalar>{top, total};
}

}  // namespace concrete::detail
