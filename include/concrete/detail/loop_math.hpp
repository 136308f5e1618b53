#pragma once

#include <bit>
#include <cmath>
#include <concepts>
#include <limits>

#include "concrete/detail/elementary.hpp"
#include "concrete/detail/math.hpp"

CONCRETE_BEGIN_AS_WRITTEN

namespace concrete::detail {

// Functions of inner loops. For float and double they are straight-line code that is vectorised (elementary.hpp); here
// for all other scalars. A single call of std::exp is as fast, so everything outside of loops uses that.

/// e^x; 0 at -inf, the score of a masked class, under an autodiff scalar too, whose derivative there is no number.
template <class Scalar>
requires(!ElementaryScalar<Scalar>) Scalar loop_exp(const Scalar& x) {
  return is_masked(x) ? constant<Scalar>(0) : detail::exp<Scalar>(x);
}

/// e^x for x <= 0, as a term of a sum whose largest is 1.
template <class Scalar>
requires(!ElementaryScalar<Scalar>) Scalar loop_exp_flushed(const Scalar& x) { return loop_exp<Scalar>(x); }

/// e^x where it is a normal number, as it is of noise.
template <class Scalar>
requires(!ElementaryScalar<Scalar>) Scalar loop_exp_normal(const Scalar& x) { return detail::exp<Scalar>(x); }

template <class Scalar>
requires(!ElementaryScalar<Scalar>) Scalar loop_log(const Scalar& x) { return detail::log<Scalar>(x); }

/// log x of a normal number x > 0.
template <class Scalar>
requires(!ElementaryScalar<Scalar>) Scalar loop_log_normal(const Scalar& x) { return detail::log<Scalar>(x); }

/// log(1 + y) for y > -1, given 1 + y and its reciprocal: what rounding took from 1 + y is given back.
template <class Scalar>
CONCRETE_ALWAYS_INLINE Scalar loop_log1p(const Scalar& y, const Scalar& one_y, const Scalar& inverse) {
  if constexpr (ElementaryScalar<Scalar>) {
    return loop_log_normal(one_y) + (y - (one_y - 1)) * inverse;
  } else {
    return detail::log1p<Scalar>(y);
  }
}

/// log(1 + e) for 0 <= e <= 1.
template <class Scalar>
CONCRETE_ALWAYS_INLINE Scalar loop_log1p(const Scalar& e) {
  const Scalar rounded = PlainScalar<Scalar>(1) + e;
  return loop_log1p<Scalar>(e, rounded, Scalar(PlainScalar<Scalar>(1) / rounded));
}

/// log((1 + e) m) for 0 <= e <= 1 and a number m around 1.
template <class Scalar>
CONCRETE_ALWAYS_INLINE Scalar loop_log1p_times(const Scalar& e, const Scalar& m) {
  if constexpr (ElementaryScalar<Scalar>) {
    const Scalar rounded = 1 + e;
    return loop_log_normal(rounded * m) + (e - (rounded - 1)) / rounded;
  } else {
    return detail::log1p<Scalar>(e) + detail::log<Scalar>(m);
  }
}

/// log x of a sum of exponentials that neither overflows nor underflows: a normal number, or NaN where a term was.
template <class Scalar>
CONCRETE_ALWAYS_INLINE Scalar log_of_total(const Scalar& x) {
  if constexpr (ElementaryScalar<Scalar>) {
    return loop_log_normal(x) + (x - x);
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
    return cleared_where(mask_masked(logit), x);
  } else {
    return is_masked(logit) ? constant<Scalar>(0) : x;
  }
}

/// a == b ? if_equal : otherwise, for infinite or other numbers whose bits tell.
template <class Scalar>
CONCRETE_WRAPS CONCRETE_ALWAYS_INLINE Scalar choose_equal(const Scalar& a, const Scalar& b, const Scalar& if_equal,
                                                          const Scalar& otherwise) {
  if constexpr (ElementaryScalar<Scalar>) {
    const auto difference = static_cast<BitsOf<Scalar>>(bits_of(a) ^ bits_of(b));
    return select(mask_of_sign(static_cast<BitsOf<Scalar>>((difference - 1) & ~difference)), if_equal, otherwise);
  } else {
    return equal(a, b) ? if_equal : otherwise;
  }
}

/// The score of a masked class: -inf where the log-coordinate y is, as it has to be, else NaN, which tells that the
/// point lies outside.
template <class Scalar>
CONCRETE_ALWAYS_INLINE Scalar masked_score(const Scalar& y) {
  return choose_equal<Scalar>(y, -infinity<Scalar>(), -infinity<Scalar>(), quiet_nan<Scalar>());
}

/// a - t y, but masked_score(y) for a masked class.
template <class Scalar>
CONCRETE_ALWAYS_INLINE Scalar score_unless_masked(const Scalar& a, const Scalar& y, const Scalar& t) {
  if constexpr (ElementaryScalar<Scalar>) {
    return select(mask_masked(a), masked_score(y), a - t * y);
  } else {
    return is_masked(a) ? masked_score(y) : Scalar(a - Scalar(t * y));
  }
}

/// x, or 0 where `other` is 0.
template <class Scalar>
CONCRETE_ALWAYS_INLINE Scalar unless_zero(const Scalar& other, const Scalar& x) {
  if constexpr (ElementaryScalar<Scalar>) {
    return cleared_where(mask_zero(other), x);
  } else {
    return is_zero(other) ? constant<Scalar>(0) : x;
  }
}

/// a > b ? if_greater : otherwise
template <class Scalar>
CONCRETE_ALWAYS_INLINE Scalar choose_greater(const Scalar& a, const Scalar& b, const Scalar& if_greater,
                                             const Scalar& otherwise) {
  if constexpr (ElementaryScalar<Scalar>) {
    return select(mask_less(b, a), if_greater, otherwise);
  } else {
    return a > b ? if_greater : otherwise;
  }
}

/// x / t as a function of x. Divisions are slow: floating-point numbers are multiplied by 1 / t instead, in two factors
/// where it is too large for one.
template <class Scalar>
class DivisionBy {
 public:
  explicit DivisionBy(const Scalar& t) : divisor_(t) {
    if constexpr (std::floating_point<Scalar>) {
      scale_ = t > 1 / (std::numeric_limits<Scalar>::max)() ? Scalar(1) : Scalar(0x1p64);
      inverse_ = 1 / (scale_ * t);
    }
  }
  CONCRETE_ALWAYS_INLINE Scalar operator()(const Scalar& x) const {
    if constexpr (std::floating_point<Scalar>) {
      return x * scale_ * inverse_;
    } else {
      return x / divisor_;
    }
  }

 private:
  Scalar divisor_, scale_ = constant<Scalar>(1), inverse_ = constant<Scalar>(1);
};

// The functions of the binary classes, which run over whole columns: for float and double straight-line code.

/// log(1 + e^-|t|), the part of softplus(t) beyond max(t, 0).
template <class Scalar>
CONCRETE_ALWAYS_INLINE Scalar softplus_tail(const Scalar& t) {
  return loop_log1p<Scalar>(loop_exp<Scalar>(-detail::abs(t)));
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
  const Scalar e = loop_exp<Scalar>(-detail::abs(t)), total = Real(1) + e;
  if constexpr (ElementaryScalar<Scalar>) {
    return select(mask_of_sign(bits_of(t)), e, Scalar(1)) / total;
  } else {
    return t < Real(0) ? Scalar(e / total) : Scalar(Real(1) / total);
  }
}

/// sigmoid(t) sigmoid(-t), the slope of the logistic function: nonzero until e^-|t| underflows.
template <class Scalar>
CONCRETE_ALWAYS_INLINE Scalar sigmoid_slope(const Scalar& t) {
  const Scalar e = loop_exp<Scalar>(-detail::abs(t)), total = PlainScalar<Scalar>(1) + e;
  return e / (total * total);
}

/// log(sigmoid(t) sigmoid(-t)) = t - 2 softplus(t), the log-density of Logistic noise, where e = e^-|t| is known. It is
/// even in t: taken at -|t|, it cannot overflow.
template <class Scalar>
CONCRETE_ALWAYS_INLINE Scalar log_sigmoid_slope(const Scalar& t, const Scalar& e) {
  return -Scalar(detail::abs(t) + Scalar(PlainScalar<Scalar>(2) * loop_log1p<Scalar>(e)));
}

template <class Scalar>
CONCRETE_ALWAYS_INLINE Scalar log_sigmoid_slope(const Scalar& t) {
  return log_sigmoid_slope<Scalar>(t, loop_exp<Scalar>(-detail::abs(t)));
}

/// e^x, for float and double 0 below the smallest normal number, and e^x - 1, for floating-point numbers to full
/// relative precision.
template <class Scalar>
struct ExpPair {
  Scalar exp, expm1;
};

/// For x <= 0.
template <class Scalar>
CONCRETE_ALWAYS_INLINE ExpPair<Scalar> loop_exp_pair(const Scalar& x) {
  if constexpr (ElementaryScalar<Scalar>) {
    constexpr Scalar lowest = Elementary<Scalar>::log_smallest_normal;
    const auto too_low = mask_less(-lowest, Scalar(std::abs(x)));  // not of a NaN, which has no sign there
    const Scalar inside = select(too_low, lowest, x), nan = cleared_where(too_low, Scalar(x - x));  // else 0
    const SplitExponential<Scalar> e = split_exp(inside);
    const Scalar scale = power_of_two<Scalar>(e.biased_k);
    return {cleared_where(too_low, loop_exp_normal(inside)) + nan, (scale - 1) + scale * e.p + nan};
  } else if constexpr (std::floating_point<Scalar>) {
    return {std::exp(x), std::expm1(x)};
  } else {
    const Scalar e = loop_exp<Scalar>(x);
    return {e, e - PlainScalar<Scalar>(1)};
  }
}

/// x with the sign of t, where x >= 0.
template <class Scalar>
CONCRETE_ALWAYS_INLINE Scalar with_sign_of(const Scalar& x, const Scalar& t) {
  if constexpr (std::floating_point<Scalar>) {
    return std::copysign(x, t);
  } else {
    return t < PlainScalar<Scalar>(0) ? Scalar(-x) : x;
  }
}

/// log(x / (1 - x)) on [0, 1]; around 1/2 as log(1 + f) with an f whose numerator is exact there.
template <class Scalar>
CONCRETE_ALWAYS_INLINE Scalar logit(const Scalar& x) {
  using Real = PlainScalar<Scalar>;
  if constexpr (ElementaryScalar<Scalar>) {
    const auto around_half = static_cast<BitsOf<Scalar>>(mask_less(std::abs(x - Scalar(0.5)), Scalar(0.25)));
    const Scalar ratio = select(around_half, x + x - 1, x) / (1 - x), rounded = 1 + ratio;
    const Scalar given_back = select(around_half, (ratio - (rounded - 1)) / rounded, Scalar(0));
    return loop_log(select(around_half, rounded, ratio)) + given_back;
  } else {
    if (x > Real(0.25) && x < Real(0.75)) return detail::log1p<Scalar>((x + x - Real(1)) / (Real(1) - x));
    return detail::log<Scalar>(x) - detail::log1p<Scalar>(-x);
  }
}

// Those of them that run over whole blocks, as types.

struct Exp {
  template <class T>
  CONCRETE_ALWAYS_INLINE T operator()(const T& x) const {
    return loop_exp<T>(x);
  }
};
struct ExpOfNoise {  // e^-x
  template <class T>
  CONCRETE_ALWAYS_INLINE T operator()(const T& x) const {
    return loop_exp_normal<T>(-x);
  }
};
struct Log {
  template <class T>
  CONCRETE_ALWAYS_INLINE T operator()(const T& x) const {
    return loop_log<T>(x);
  }
};
struct Logit {
  template <class T>
  CONCRETE_ALWAYS_INLINE T operator()(const T& x) const {
    return logit<T>(x);
  }
};
struct Sigmoid {
  template <class T>
  CONCRETE_ALWAYS_INLINE T operator()(const T& x) const {
    return sigmoid<T>(x);
  }
};
struct LogSigmoidSlope {
  template <class T>
  CONCRETE_ALWAYS_INLINE T operator()(const T& x) const {
    return log_sigmoid_slope<T>(x);
  }
};
struct ProductWithZero {
  template <class T>
  CONCRETE_ALWAYS_INLINE T operator()(const T& factor, const T& value) const {
    return product_with_zero<T>(factor, value);
  }
};
struct ZeroIfMasked {
  template <class T>
  CONCRETE_ALWAYS_INLINE T operator()(const T& logit, const T& x) const {
    return zero_if_masked<T>(logit, x);
  }
};

}  // namespace concrete::detail

CONCRETE_END_AS_WRITTEN
