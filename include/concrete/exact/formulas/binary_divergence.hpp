#pragma once

#include <cmath>
#include <concepts>
#include <limits>
#include <optional>
#include <type_traits>

#include "concrete/exact/formulas/binary_divergence_sum.hpp"
#include "concrete/exact/formulas/binary_divergence_table.hpp"

// The divergence of one relaxed binary variable from another, a function of one number.
//
// With logits a_q, a_p, temperatures t_q, t_p, r = t_p / t_q, delta = r a_q - a_p and L standard Logistic,
//
//   KL = f_r(delta) = E log(2 cosh r L + 2 cosh delta) - log r - 2,
//
// which is even in delta, and smallest at 0. Nodes come in pairs ± L, so each costs one logarithm for the value and one
// division for the slope. What is summed is the rise above f_r(0), all of whose terms are positive:
//
//   f_r(delta) - f_r(0) = E log1p(y / (2 + 2 cosh r L)),   y = 2 cosh delta - 2 = expm1(-|delta|)^2 / e^-|delta|.
//
// The nodes are those of L as long as r <= 1; otherwise the two variables change places,
//
//   f_r(delta) = r f_{1/r}(delta / r) + 2 (r - 1) - (1 + r) log r.
//
// At r = 1 there is a closed form, f_1(delta) = delta coth(delta / 2) - 2.

namespace concrete::detail {

/// x coth x - 1 for 0 <= x, to full relative precision; by Lambert's continued fraction x^2 / (3 + x^2 / (5 + ...)) as
/// long as x < 2.
template <class Scalar>
CONCRETE_ALWAYS_INLINE Scalar x_coth_x_minus_1(const Scalar& x) {
  using Real = PlainScalar<Scalar>;
  const auto fraction = [](const Scalar& square) {  // numerator and denominator, from the innermost level outwards
    Scalar above = constant<Scalar>(25), below = constant<Scalar>(1);
    for (int level = 23; level >= 3; level -= 2) {
      const Scalar next = Scalar(Real(level) * above) + Scalar(square * below);
      below = above;
      above = next;
    }
    return Scalar(Scalar(square * below) / above);
  };
  if constexpr (ElementaryScalar<Scalar>) {
    const BitsOf<Scalar> is_small = mask_less(x, Scalar(2));
    const Scalar small_x = select(is_small, x, Scalar(1)), large_x = select(is_small, Scalar(2), x);
    const Scalar m = loop_expm1(-2 * large_x);
    return select(is_small, fraction(small_x * small_x), x * ((2 + m) / -m) - 1);
  } else {
    if (x < Real(2)) return fraction(Scalar(x * x));
    const Scalar e = detail::exp<Scalar>(Real(-2) * x);
    return Scalar(x * Scalar(Scalar(Real(1) + e) / Scalar(Real(1) - e))) - Real(1);
  }
}

/// The derivative of x coth x, given w = x coth x - 1: (x^2 - w - w^2) / x, and for large x, where that is a difference
/// of large numbers, coth x - x / sinh^2 x.
template <class Scalar>
CONCRETE_ALWAYS_INLINE Scalar x_coth_x_slope(const Scalar& x, const Scalar& w) {
  using Real = PlainScalar<Scalar>;
  constexpr Real ceiling = 50;  // where the slope has long been 1
  if constexpr (ElementaryScalar<Scalar>) {
    const BitsOf<Scalar> is_small = mask_less(x, Scalar(2));
    const Scalar large_x = select(is_small, Scalar(2), select(mask_less(x, ceiling), x, ceiling)),
                 w_small = select(is_small, w, Scalar(0));
    const Scalar m = loop_expm1(-2 * large_x), small_x = select(is_small, x, Scalar(1));
    const Scalar of_large = ((2 + m) + 4 * large_x * ((1 + m) / m)) / -m;
    const Scalar difference = small_x * small_x - w_small - w_small * w_small;
    const Scalar of_small = difference / (small_x + (std::numeric_limits<Scalar>::min)());
    return select(is_small, of_small, of_large);
  } else {
    if (!(x > Real(0))) return x;
    if (x < Real(2)) return Scalar(Scalar(x * x) - Scalar(w + Scalar(w * w))) / x;
    if (x > ceiling) return constant<Scalar>(1);
    const Scalar e = detail::exp<Scalar>(Real(-2) * x), rest = Real(1) - e;
    return Scalar(Scalar(Real(1) + e) - Scalar(Scalar(Real(4) * x) * Scalar(e / rest))) / rest;
  }
}

/// f_1(delta) = 2 (x coth x - 1), x = |delta| / 2. Exchanging the two variables gives df/dr = (f - delta f') / 2.
template <class Scalar>
CONCRETE_NEVER_INLINE void at_equal_temperatures(BinaryDivergences<Scalar>& at) {
  using Real = PlainScalar<Scalar>;
  at.for_each([&](Index i) {
    const Scalar delta = at.delta[i], x = detail::abs(delta) / Real(2), w = x_coth_x_minus_1<Scalar>(x);
    const Scalar slope = x_coth_x_slope<Scalar>(x, w);
    at.rise[i] = Real(2) * w;
    at.slope[i] = slope;
    at.ratio_slope[i] = w - Scalar(x * slope);
  });
}

/// f_r for any r > 0.
template <class Scalar>
class BinaryDivergenceFunction {
 public:
  using Real = PlainScalar<Scalar>;

  /// \param entries  how many there will be: a table pays from some number on.
  BinaryDivergenceFunction(const Scalar& ratio, Index entries)
      : ratio_(ratio),
        case_(std::floating_point<Scalar> && is_one(ratio) ? Case::equal
              : ratio > Real(1)                            ? Case::exchanged
                                                           : Case::direct) {
    if (case_ == Case::equal) return;
    sum_.emplace(case_ == Case::exchanged ? Scalar(Real(1) / ratio) : ratio);
    if constexpr (has_table) {
      constexpr Index many = 1000;
      if (entries >= many) table_.emplace(*sum_);
    }
    using Precise = Integrated<Scalar>;
    using Number = PlainScalar<Precise>;
    const Precise r = static_cast<Precise>(ratio);
    const BinaryDivergenceAtZero<Precise> at_zero(case_ == Case::exchanged ? Precise(Number(1) / r) : r);
    Precise value = at_zero.value, slope = at_zero.slope;
    if (case_ == Case::exchanged) {
      slope = value - Precise(slope / r);
      value *= r;
    }
    value -= Precise(Number(2) + detail::log<Precise>(r));
    at_zero_ = static_cast<Scalar>(at_least_zero(value));
    at_zero_slope_ = static_cast<Scalar>(slope - Precise(Number(1) / r));
  }

  /// f_r(0), the least value, and its derivative with respect to r.
  const Scalar& at_zero() const { return at_zero_; }
  const Scalar& at_zero_slope() const { return at_zero_slope_; }

  /// From every delta, what f_r(delta) has beyond f_r(0), and its derivatives with respect to delta and r.
  void operator()(BinaryDivergences<Scalar>& at) const {
    if (case_ == Case::equal) {
      at_equal_temperatures(at);
    } else if (case_ == Case::direct) {
      below_one(at);
    } else {
      at.for_each([&, r = ratio_](Index i) { at.delta[i] = at.delta[i] / r; });
      below_one(at);
      at.for_each([&, r = ratio_](Index i) {
        const Scalar along = detail::abs(at.delta[i]) * at.slope[i];
        at.ratio_slope[i] = at.rise[i] - Scalar(along + Scalar(at.ratio_slope[i] / r));
        at.rise[i] *= r;
      });
    }
    at.for_each([&](Index i) { at.slope[i] = with_sign_of<Scalar>(at.slope[i], at.delta[i]); });
  }

 private:
  enum class Case { equal, direct, exchanged };

  void below_one(BinaryDivergences<Scalar>& at) const {
    if constexpr (has_table) {
      if (table_) return (*table_)(at);
    }
    (*sum_)(at);
  }

  /// float's sums are as fast.
  static constexpr bool has_table = std::same_as<Scalar, double> && ElementaryScalar<double>;
  struct Nothing {};

  Scalar ratio_;
  Case case_;
  std::optional<BinaryDivergenceSum<Scalar>> sum_;  // none at equal temperatures
  std::conditional_t<has_table, std::optional<BinaryDivergenceTable>, Nothing> table_;
  Scalar at_zero_ = constant<Scalar>(0), at_zero_slope_ = constant<Scalar>(0);
};

}  // namespace concrete::detail
