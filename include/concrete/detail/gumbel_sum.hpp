#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <utility>
#include <vector>

#include "concrete/detail/quadrature.hpp"
#include "concrete/detail/reductions.hpp"

// The law of a sum of two independent Gumbel variables, one of them scaled: the only law that exact expectations of
// Concrete distributions need (see expected_maximum.hpp).

namespace concrete::detail {

/// The logarithm of a distribution function F at a point z and three of its derivatives.
template <class Scalar>
struct LogCdf {
  Scalar minus_log;  ///< -log F
  Scalar hazard;     ///< d log F / dz
  Scalar curvature;  ///< hazard + d^2 log F / dz^2, which is a variance (of a sum only)
  Scalar slope;      ///< -d log F / dc
};

/// S = G' + c G, 0 < |c| <= 1, or mirrored, for c > 0, S = c G - G'.
///
/// With x = e^-z e^(c g) and the density w(g) = exp(-g - e^-g) of G,
///
///   sum       F(z) = E exp(-x),             P(G' <= z - c G) = exp(-e^-(z - c G))
///   mirrored  F(z) = -E expm1(-x),          x = e^z e^(-c g)
///
/// and in both  hazard = E x e^-x / F,  slope = E g x e^-x / F.  The integrand over g is analytic in |Im g| < pi / 2.
/// Where F is close to 1, its complement is summed.
template <class ScalarType>
class GumbelSum {
 public:
  using Scalar = ScalarType;
  using Real = PlainScalar<Scalar>;

  /// \param farthest        the largest z that will be asked for, at most 600.
  /// \param with_curvature  whether curvatures will be.
  /// \param tail_depth      how far down tails are followed.
  GumbelSum(const Scalar& c, bool mirrored, Real farthest, bool with_curvature = false,
            double tail_depth = detail::tail_depth<Real>)
      : c_(c),
        mirrored_(mirrored),
        depth_(static_cast<Real>(tail_depth)),
        longest_tail_(longest_tail(farthest, with_curvature ? 2 : 1)) {
    const Real first = -std::log(depth_ + 4), reach = depth_ + longest_tail_;
    strips_.resize(as_size(strips_to(reach - first)));
    Index node = 0;
    for (Strip& strip : strips_) {
      for (Index lane = 0; lane < sum_lanes; ++lane, ++node) {
        const Real g = first + static_cast<Real>(node) * step();
        strip.g[lane] = g;
        strip.weight[lane] = step() * std::exp(-g - std::exp(-g));
        strip.factor[lane] = detail::exp<Scalar>(mirrored ? Scalar(-g * c) : Scalar(g * c));
      }
    }
  }

  const Scalar& c() const { return c_; }
  bool mirrored() const { return mirrored_; }
  Real depth() const { return depth_; }

  /// What 1 - F(z) is of e^-z for large z, E e^(c G); mirrored, of e^-(z / c), E e^-(G / c). And its derivative with
  /// respect to c.
  std::pair<Scalar, Scalar> tail() const {
    std::pair<Scalar, Scalar> result{constant<Scalar>(0), constant<Scalar>(0)};
    for (const Strip& strip : strips_) {
      for (Index lane = 0; lane < sum_lanes; ++lane) {
        const Scalar g = constant<Scalar>(strip.g[lane]);
        const Scalar factor = mirrored_ ? detail::exp<Scalar>(-g / c_) : strip.factor[lane];
        const Scalar slope = mirrored_ ? Scalar(g / Scalar(c_ * c_)) : g;
        result.first += Scalar(strip.weight[lane] * factor);
        result.second += Scalar(strip.weight[lane] * Scalar(slope * factor));
      }
    }
    return result;
  }

  /// F and its derivatives at z; the curvature only if asked for.
  LogCdf<Scalar> at(const Scalar& z, bool with_curvature = false) const {
    const Scalar scale = detail::exp<Scalar>(mirrored_ ? z : Scalar(-z));
    const Index strips = strips_at(static_cast<Real>(value_of(z)));
    // F and its complement: which of them is summed, and by which of e^-x and 1 - e^-x.
    const bool by_complement = !(z < Real(0)), by_exponential = by_complement == mirrored_;
    const Sums sums = by_exponential ? sum_nodes<true>(scale, strips) : sum_nodes<false>(scale, strips);
    LogCdf<Scalar> result;
    result.minus_log =
        by_complement ? Scalar(-detail::log1p<Scalar>(-sums.mass)) : Scalar(-detail::log<Scalar>(sums.mass));
    const Scalar cdf = by_complement ? Scalar(Real(1) - sums.mass) : sums.mass;
    result.hazard = sums.of_x / cdf;
    result.slope = sums.of_gx / cdf;
    result.curvature = constant<Scalar>(0);
    if (with_curvature) {
      result.curvature = sum_squares(scale, result.hazard, strips) / cdf;
    }
    return result;
  }

 private:
  /// 32 nodes of the rule over g, their weights step w(g), and e^(c g), mirrored e^-(c g).
  struct Strip {
    Real g[sum_lanes], weight[sum_lanes];
    Scalar factor[sum_lanes];
  };

  /// What sums over the nodes give: F or its complement, and the means of x e^-x and of g x e^-x over g.
  struct Sums {
    Scalar mass, of_x, of_gx;
  };

  Real step() const { return static_cast<Real>(step_for_strip(1.5, static_cast<double>(depth_))); }
  Index strips_to(Real length) const {
    return static_cast<Index>(std::ceil(length / step() / static_cast<Real>(sum_lanes)));
  }

  /// Strips that count at z: e^-g has to fall below all digits from where x e^-x is largest on.
  Index strips_at(Real z) const {
    const Real end = depth_ + std::clamp(tail_at(z), Real(0), longest_tail_);
    return (std::min)(strips_to(end - strips_.front().g[0]), static_cast<Index>(strips_.size()));
  }

  /// How far to the right of 0 the noise reaches that makes S as extreme as z.
  Real tail_at(Real z) const {
    const Real c = std::abs(static_cast<Real>(value_of(c_)));
    const bool by_small_values = !mirrored_ && static_cast<Real>(value_of(c_)) < 0;
    return (by_small_values ? -z : z) / c;
  }

  /// The same for the most extreme z that matters. In the right tail of a sum, noise counts as e^-(1 - p c) g in the
  /// p-th moment of x, as long as c g < z; elsewhere F or its complement is e^-(|z| / c).
  Real longest_tail(Real farthest, Real power) const {
    const Real c = static_cast<Real>(value_of(c_));
    if (mirrored_ || c < 0) return depth_;
    return (std::min)(depth_ * power * c / (std::max)(1 - power * c, Real(0.01)), (std::max)(farthest, Real(0)) / c);
  }

  /// E (x - mean)^2 e^-x
  Scalar sum_squares(const Scalar& scale, const Scalar& mean, Index strips) const {
    Scalar lanes[sum_lanes];
    for (Scalar& total : lanes) total = constant<Scalar>(0);
    const Scalar own_scale = scale, own_mean = mean;
    for (const Strip *strip = strips_.data(), *end = strip + strips; strip != end; ++strip) {
      for (Index lane = 0; lane < sum_lanes; ++lane) {
        const Scalar x = own_scale * strip->factor[lane], off = x - own_mean;
        lanes[lane] += Scalar(strip->weight[lane] * Scalar(Scalar(off * off) * loop_exp<Scalar>(-x)));
      }
    }
    return sum<Scalar>(sum_lanes, [&](Index lane) -> Scalar { return lanes[lane]; });
  }

  template <bool by_exponential>
  Sums sum_nodes(const Scalar& scale, Index strips) const {
    if constexpr (ElementaryScalar<Scalar>) {
      struct {
        Scalar mass[sum_lanes], of_x[sum_lanes], of_gx[sum_lanes];
      } lanes = {};
      const Scalar own_scale = scale;
      for (const Strip *strip = strips_.data(), *end = strip + strips; strip != end; ++strip) {
        for (Index lane = 0; lane < sum_lanes; ++lane) {
          const Scalar x = own_scale * strip->factor[lane], weight = strip->weight[lane];
          const Scalar minus = by_exponential ? Scalar(0) : loop_expm1(-x);
          const Scalar e = by_exponential ? loop_exp_flushed(-x) : 1 + minus, share = weight * (x * e);
          lanes.mass[lane] += weight * (by_exponential ? e : -minus);
          lanes.of_x[lane] += share;
          lanes.of_gx[lane] += strip->g[lane] * share;
        }
      }
      const std::plus<> add;
      return {fold_lanes(lanes.mass, add), fold_lanes(lanes.of_x, add), fold_lanes(lanes.of_gx, add)};
    } else {
      Sums sums{constant<Scalar>(0), constant<Scalar>(0), constant<Scalar>(0)};
      for (Index i = 0; i < strips; ++i) {
        const Strip& strip = strips_[as_size(i)];
        for (Index lane = 0; lane < sum_lanes; ++lane) {
          const Scalar x = scale * strip.factor[lane], minus_x = -x;
          const Scalar minus = by_exponential ? constant<Scalar>(0) : expm1_nonpositive<Scalar>(minus_x);
          const Scalar e = by_exponential ? loop_exp<Scalar>(minus_x) : Scalar(Real(1) + minus);
          const Scalar share = strip.weight[lane] * Scalar(x * e);
          sums.mass += Scalar(strip.weight[lane] * (by_exponential ? e : Scalar(-minus)));
          sums.of_x += share;
          sums.of_gx += Scalar(strip.g[lane] * share);
        }
      }
      return sums;
    }
  }

  Scalar c_;
  bool mirrored_;
  Real depth_, longest_tail_;
  std::vector<Strip> strips_;
};

}  // namespace concrete::detail
