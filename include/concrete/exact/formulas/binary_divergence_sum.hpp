#pragma once

#include <cstddef>
#include <vector>

#include "concrete/detail/quadrature.hpp"
#include "concrete/detail/reductions.hpp"

// The sums over nodes of binary_divergence.hpp.

namespace concrete::detail {

/// Up to 256 values of delta, and what belongs to them: f_r(delta) - f_r(0), f_r'(delta), and the derivative of
/// f_r(delta) with respect to r.
template <class Scalar>
struct BinaryDivergences {
  static constexpr Index capacity = 8 * sum_lanes;

  Index count = 0;
  Scalar delta[std::size_t{capacity}], rise[std::size_t{capacity}], slope[std::size_t{capacity}],
      ratio_slope[std::size_t{capacity}];

  /// f(i) for every delta; in floating-point types also for the others of the last strip, which are made 0.
  template <class F>
  void for_each(const F& f) {
    if constexpr (ElementaryScalar<Scalar>) {
      for (Index begin = 0; begin < count; begin += sum_lanes) {
        for_each_lane([&](Index lane) { f(begin + lane); });
      }
    } else {
      for (Index i = 0; i < count; ++i) f(i);
    }
  }

  void fill_up_strip() {
    for (Index i = count; i % sum_lanes != 0; ++i) delta[i] = constant<Scalar>(0);
  }
};

/// f_r for r <= 1.
template <class Scalar>
class BinaryDivergenceSum {
 public:
  using Real = PlainScalar<Scalar>;

  explicit BinaryDivergenceSum(const Scalar& ratio) {
    const LogisticNodes<Real> logistic(tail_depth<Real> + (ElementaryScalar<Scalar> ? 0 : 6));
    terms_.reserve(logistic.nodes.size());
    for (std::size_t j = 0; j < logistic.nodes.size(); ++j) {
      const Real node = logistic.nodes[j], weight = 2 * logistic.weights[j];
      const Scalar e = detail::exp<Scalar>(-node * ratio), one_e = Real(1) + e, inverse = e / Scalar(one_e * one_e);
      terms_.push_back({inverse, constant<Scalar>(weight), Scalar(weight * inverse),
                        Scalar(Scalar(weight * node) * Scalar(Scalar(Real(1) - e) / one_e))});
    }
  }

  /// The rise at each delta; its derivatives with respect to |delta| and r.
  CONCRETE_NEVER_INLINE void operator()(BinaryDivergences<Scalar>& at) const {
    // Beyond, the slope has long been 1; and below, e^delta is a number of the type.
    constexpr Real ceiling = sizeof(Real) == sizeof(float) ? 80 : 700;
    Scalar excess[std::size_t{BinaryDivergences<Scalar>::capacity}],
        y[std::size_t{BinaryDivergences<Scalar>::capacity}],
        slope_of_y[std::size_t{BinaryDivergences<Scalar>::capacity}];
    at.for_each([&](Index i) {
      const Scalar size = detail::abs(at.delta[i]), d = smaller(size, ceiling);
      const Scalar m = expm1_of_minus(d), e = loop_exp_normal<Scalar>(-d);
      excess[i] = size - d;
      y[i] = Scalar(m * m) / e;
      slope_of_y[i] = Scalar(-m * Scalar(Real(1) + e)) / e;
      at.rise[i] = at.slope[i] = at.ratio_slope[i] = constant<Scalar>(0);
    });
    for (const Term& term : terms_) {
      at.for_each([&, t = term](Index i) {
        const Scalar z = y[i] * t.inverse, one_z = Real(1) + z, share = Real(1) / one_z;
        at.rise[i] += Scalar(t.weight * loop_log1p<Scalar>(z, one_z, share));
        at.slope[i] += Scalar(t.weighted_inverse * share);
        at.ratio_slope[i] -= Scalar(t.slope * Scalar(z * share));
      });
    }
    at.for_each([&](Index i) {
      at.slope[i] *= slope_of_y[i];
      at.rise[i] += excess[i];
    });
  }

 private:
  /// What node L contributes: t = 1 / (2 + 2 cosh r L), its weight w, w t, and w dlog(1 / t)/dr = w L tanh(r L / 2).
  struct Term {
    Scalar inverse, weight, weighted_inverse, slope;
  };

  CONCRETE_ALWAYS_INLINE static Scalar smaller(const Scalar& x, Real bound) {
    if constexpr (ElementaryScalar<Scalar>) {
      return select(mask_less(x, bound), x, bound);
    } else {
      return x < bound ? x : constant<Scalar>(bound);
    }
  }

  /// e^-d - 1.
  CONCRETE_ALWAYS_INLINE static Scalar expm1_of_minus(const Scalar& d) {
    if constexpr (ElementaryScalar<Scalar>) {
      return loop_expm1(-d);
    } else {
      return expm1_nonpositive<Scalar>(-d);
    }
  }

  std::vector<Term> terms_;
};

/// E log(2 + 2 cosh r L), r <= 1, and its derivative with respect to r. Differences of such numbers may be small: it is
/// computed once, to all digits of double also for float.
template <class Scalar>
struct BinaryDivergenceAtZero {
  Scalar value = constant<Scalar>(0), slope = constant<Scalar>(0);

  explicit BinaryDivergenceAtZero(const Scalar& ratio) {
    using Real = PlainScalar<Scalar>;
    const LogisticNodes<Real> logistic(tail_depth<Real> + 6);
    for (std::size_t j = 0; j < logistic.nodes.size(); ++j) {
      const Real node = logistic.nodes[j], weight = 2 * logistic.weights[j];
      const Scalar score = node * ratio, e = detail::exp<Scalar>(-score);
      value += Scalar(weight * Scalar(score + Scalar(Real(2) * detail::log1p<Scalar>(e))));
      slope += Scalar(Scalar(weight * node) * Scalar(Scalar(Real(1) - e) / Scalar(Real(1) + e)));
    }
  }
};

}  // namespace concrete::detail
