#pragma once

#include <algorithm>
#include <cmath>
#include <concepts>
#include <type_traits>
#include <vector>

#include "concrete/detail/gumbel_sum_table.hpp"

// Why sums of Gumbel variables: by the Gumbel-max trick, for fixed scores s_k and independent Gumbel G'_k,
//
//   log sum_k e^(s_k) = E max_k (s_k + G'_k) - gamma,      softmax(s)_k = P(s_k + G'_k is the largest).
//
// In a Concrete distribution the scores are random themselves, s_k = m_k + c G_k, so that an expected log-sum-exp is an
// expected maximum of independent variables, the mean of a softmax is the probability of a largest one, and both are
// integrals over one number:
//
//   M = max_k (m_k + S_k),   S_k = G'_k + c G_k,   P(M <= z) = prod_k F(z - m_k)
//   E M = ∫ (R(z) - P(M <= z)) dz + E of R,        for any R that is a distribution function
//   P(k is the largest) = ∫ P(M <= z) h(z - m_k) dz,   h = d log F / dz.

namespace concrete::detail {

/// Whether the right tail of S is a power of e^-z, and not of the order of z e^-z, nor too steep for a sum's nodes.
inline bool has_simple_tail(bool mirrored, double c) { return mirrored ? c >= 0.5 : c < 0; }

/// The step for a maximum over n terms. A sum's F is at most 1 in size in |Im z| < pi / 2, and so is any power of it. A
/// mirrored one (c = 1 / r) is so for pi / 2r only; beyond, |1 - exp(-e^z)|^n grows where |e^z| passes pi / sin Im z,
/// unless exp(-|e^z| cos Im z) has fallen below 1 / n by then: hence the arc tangent. The factor before it was found by
/// trial.
inline double step_of_maximum(bool mirrored, double c, Index n, double tail_depth) {
  const double step = step_for_strip(1.5, tail_depth);
  if (!mirrored || has_simple_tail(mirrored, c)) return mirrored ? step * c : step;
  const double log_n = std::log(static_cast<double>(n)), excess = log_n - 1;
  const double strip = excess > 0 ? std::atan(pi / excess) : pi / 2;
  return (std::max)(step * c, (std::max)(0.16 - 0.006 * log_n, 0.05) * strip * 37 / tail_depth);
}

/// The law of S for double, or for any other scalar.
template <class Scalar>
using MaximumLaw =
    std::conditional_t<std::same_as<Scalar, double> && ElementaryScalar<double>, GumbelSumTable, GumbelSumRows<Scalar>>;

/// Numbers less the largest of them, which is returned.
template <class Scalar>
Scalar subtract_maximum(std::vector<Scalar>& numbers) {
  Scalar top = numbers.front();
  for (const Scalar& number : numbers) {
    if (top < number) top = number;
  }
  for (Scalar& number : numbers) number -= top;
  return top;
}

/// How far the smallest of numbers whose largest is 0 lies below it.
template <class Scalar>
PlainScalar<Scalar> range_of(const std::vector<Scalar>& numbers) {
  PlainScalar<Scalar> result = 0;
  for (const Scalar& number : numbers) {
    result = (std::max)(result, static_cast<PlainScalar<Scalar>>(value_of(Scalar(-number))));
  }
  return result;
}

/// M of numbers m_0 ... m_(n-1), of which the largest is 0, under one law of S; for one column of numbers after
/// another.
///
/// A Law has step(), c(), mirrored(), tail() and rows of its functions: see gumbel_sum_table.hpp.
template <class Law>
class MaximumIntegral {
 public:
  using Scalar = typename Law::Scalar;
  using Real = PlainScalar<Scalar>;

  /// \param law  is referred to, so whoever owns both does not copy either.
  explicit MaximumIntegral(const Law& law) : law_(law) {}
  explicit MaximumIntegral(const Law&&) = delete;
  MaximumIntegral(const MaximumIntegral&) = delete;
  MaximumIntegral& operator=(const MaximumIntegral&) = delete;

  struct Requested {
    bool slope = false, excess = false;
  };

  /// The largest z at which n numbers ask for the law, were they all 0; an m < 0 adds -m.
  static Real reach(bool mirrored, Real c, Index n, Real step, Real depth = static_cast<Real>(tail_depth<Real>)) {
    const Real log_n = std::log(static_cast<Real>(n)), rate = rate_of(step, depth);
    const Real centre = is_matched(mirrored, c) ? log_n / rate : mirrored ? Real(0) : log_n;
    return last_node(mirrored, c, log_n, centre, rate, depth) + 9 * step;
  }

  /// Places the nodes, and computes P(M <= z) there. The numbers have to stay where they are.
  ///
  /// \param requested  which of slope() and excess() will be called.
  void start(const Scalar* m, Index n, Requested requested = {}) {
    m_ = m;
    n_ = n;
    place_nodes(requested.excess);
    others_.assign(as_size(count_), constant<Scalar>(0));
    top_.resize(as_size(count_));
    slopes_.assign(as_size(count_), constant<Scalar>(0));
    weights_.resize(as_size(count_));
    reference_.resize(as_size(count_));
    row_.resize(as_size(count_));
    Scalar *others = others_.data(), *top = top_.data(), *slopes = slopes_.data();
    const Index top_place = place_of_top();
    for (Index k = 0; k < n; ++k) {
      const auto row = row_of(k);
      if (k == top_place) {
        law_.minus_log(row, count_, [top](Index i, const Scalar& value) { top[i] = value; });
      } else {
        law_.minus_log(row, count_, [others](Index i, const Scalar& value) { others[i] += value; });
      }
      if (requested.slope) law_.slope(row, count_, [slopes](Index i, const Scalar& value) { slopes[i] += value; });
    }
    for (Index i = 0; i < count_; ++i) {
      weights_[as_size(i)] = law_.step() * loop_exp<Scalar>(Scalar(-others[i]) - top[i]);
    }
    if (matched()) weigh_tail();
  }

  /// E M. The reference R is exp(-x), x = e^-rate (z - centre), with the mean centre + gamma / rate.
  Scalar expectation() {
    if (!matched()) {
      for (Index i = 0; i < count_; ++i) reference_[as_size(i)] = loop_exp<Scalar>(-reference_score(i));
    }
    const Scalar difference = sum_nodes(
        [&](Index i) -> Scalar { return Scalar(law_.step() * reference_[as_size(i)]) - weights_[as_size(i)]; });
    return mean_of_reference() + difference;
  }

  /// E M - E S, to full relative precision, for sums: ∫ F(z) (1 - prod of the other factors) dz, with the first the
  /// factor of the largest number.
  Scalar excess() const {
    return sum_nodes([&](Index i) -> Scalar {
      const Scalar of_others = expm1_nonpositive<Scalar>(-others_[as_size(i)]);
      return Scalar(law_.step() * loop_exp<Scalar>(-top_[as_size(i)])) * Scalar(-of_others);
    });
  }

  /// P(m_k + S_k is the largest).
  Scalar probability(Index k) {
    hazards(k, row_.data());
    const Scalar total = integral_of(row_.data());
    return matched() ? Scalar(total + Scalar(share_of_tail(k) * missing_)) : total;
  }

  /// dE M / dc at fixed m.
  Scalar slope() const {
    const Scalar total = integral_of(slopes_.data());
    return matched() ? Scalar(total + slope_of_tail()) : total;
  }

  // For integrands made of several rows: a row has a number for each of count() nodes.

  Index count() const { return count_; }

  /// -dlog F/dc at z - m_k, node by node.
  void slopes(Index k, Scalar* row) const {
    law_.slope(row_of(k), count_, [row](Index i, const Scalar& value) { row[i] = value; });
  }

  /// h(z - m_k), node by node.
  void hazards(Index k, Scalar* row) const {
    law_.hazard(row_of(k), count_, [row](Index i, const Scalar& value) { row[i] = value; });
  }

  /// h + dh/dz at z - m_k, node by node.
  void curvatures(Index k, Scalar* row) const {
    law_.curvature(row_of(k), count_, [row](Index i, const Scalar& value) { row[i] = value; });
  }

  /// ∫ P(M <= z) row(z) dz.
  Scalar integral_of(const Scalar* row) const {
    return sum_nodes([&](Index i) -> Scalar { return weights_[as_size(i)] * row[i]; });
  }

 private:
  /// Where the tail of S is simple, R is given the tail of M, and the density of R, in shares of the tails, stands for
  /// all integrands beyond the last node: what they differ by dies away twice as fast.
  bool matched() const { return is_matched(law_.mirrored(), static_cast<Real>(value_of(law_.c()))); }
  static bool is_matched(bool mirrored, Real c) { return has_simple_tail(mirrored, static_cast<double>(c)); }

  /// How fast e^(m_k) counts in the tail: 1, mirrored 1 / c.
  Scalar tail_rate() const { return law_.mirrored() ? Scalar(Real(1) / law_.c()) : constant<Scalar>(1); }

  Scalar share_of_tail(Index k) const { return detail::exp<Scalar>(Scalar(tail_rate() * m_[k]) - log_total_); }

  /// missing_ and missing_mean_ <- ∫ of the density of R, and z times it, beyond the last node.
  void weigh_tail() {
    for (Index i = 0; i < count_; ++i) {
      const Scalar x = reference_score(i);
      reference_[as_size(i)] = loop_exp<Scalar>(-x);
      row_[as_size(i)] = Scalar(law_.step() * rate_) * Scalar(x * reference_[as_size(i)]);
    }
    missing_ = Real(1) - sum_nodes([&](Index i) -> Scalar { return row_[as_size(i)]; });
    if (law_.mirrored()) {
      missing_mean_ = mean_of_reference() - sum_nodes([&](Index i) -> Scalar { return node(i) * row_[as_size(i)]; });
    }
  }

  /// -dlog F/dc of a tail b e^-z is b'/b times it; of b e^-(z / c) there is z / c^2 beside it.
  Scalar slope_of_tail() const {
    const Scalar of_factor = Scalar(law_.tail().second / law_.tail().first) * missing_;
    if (!law_.mirrored()) return of_factor;
    Scalar mean = constant<Scalar>(0);
    for (Index k = 0; k < n_; ++k) mean += Scalar(share_of_tail(k) * m_[k]);
    return Scalar(of_factor * law_.c()) + Scalar(missing_mean_ - mean * missing_) / law_.c();
  }

  static Real rate_of(Real step, Real depth) {
    return static_cast<Real>(step_for_strip(1.5, static_cast<double>(depth))) / step;
  }

  /// Beyond, both P(M <= z) and R are 1 to all digits, or as good as each other. `log_total` is log sum_k e^(m_k).
  static Real last_node(bool mirrored, Real c, Real log_total, Real centre, Real rate, Real depth) {
    const Real end = depth - 3;
    if (is_matched(mirrored, c)) return centre + depth / 2 / rate;
    const Real of_maximum =
        mirrored ? c * (end + log_total + std::log(end) / c) : log_total + end - std::log((std::max)(1 - c, 1 / end));
    return (std::max)(of_maximum, centre + end / rate);
  }

  void place_nodes(bool for_excess) {
    const Real step = law_.step(), c = static_cast<Real>(value_of(law_.c()));
    const Scalar tail_rate = this->tail_rate();
    rate_ = matched() ? tail_rate : constant<Scalar>(rate_of(step, law_.depth()));
    log_total_ = detail::log<Scalar>(
        sum<Scalar>(n_, [&](Index k) -> Scalar { return loop_exp<Scalar>(Scalar(tail_rate * m_[k])); }));
    centre_ = law_.mirrored() ? constant<Scalar>(0) : log_total_;
    if (matched()) centre_ = Scalar(log_total_ + detail::log<Scalar>(law_.tail().first)) / tail_rate;
    const Real centre = static_cast<Real>(value_of(centre_)), log_total = static_cast<Real>(value_of(log_total_));
    const Real rate = rate_of(step, law_.depth());
    const Real last = last_node(law_.mirrored(), c, log_total, centre, rate, law_.depth());
    first_ = (std::min)(lowest_node(for_excess), centre - 4 / rate);
    count_ = (static_cast<Index>((last - first_) / step) + 8) / 8 * 8;
  }

  Index place_of_top() const {
    Index top = 0;
    for (Index k = 1; k < n_; ++k) {
      if (m_[top] < m_[k]) top = k;
    }
    return top;
  }

  /// Below, P(M <= z) is 0 to all digits; or the factor of the largest number alone.
  Real lowest_node(bool of_top) const {
    const auto is_lowest = [&](Real z) {
      if (of_top) return law_.rough_minus_log(z) >= law_.depth();
      Real total = 0;
      for (Index k = 0; k < n_ && total < law_.depth(); ++k) {
        total += law_.rough_minus_log(z - static_cast<Real>(value_of(m_[k])));
      }
      return total >= law_.depth();
    };
    Real z = 0;
    while (!is_lowest(z)) z -= 1;
    return z;
  }

  /// The arguments z - m_k.
  auto row_of(Index k) const { return law_.row_from(Scalar(constant<Scalar>(first_) - m_[k])); }

  Scalar mean_of_reference() const { return centre_ + Scalar(constant<Scalar>(euler_gamma) / rate_); }

  CONCRETE_ALWAYS_INLINE Real node(Index i) const { return first_ + static_cast<Real>(i) * law_.step(); }

  CONCRETE_ALWAYS_INLINE Scalar reference_score(Index i) const {
    return loop_exp<Scalar>(Scalar(rate_ * Scalar(centre_ - constant<Scalar>(node(i)))));
  }

  template <class Term>
  Scalar sum_nodes(const Term& term) const {
    return sum<Scalar>(count_, term);
  }

  const Law& law_;
  const Scalar* m_ = nullptr;
  Index n_ = 0, count_ = 0;
  Real first_ = 0;
  Scalar rate_, log_total_, centre_, missing_, missing_mean_;
  std::vector<Scalar> top_, others_, slopes_, weights_, reference_, row_;
};

/// The law of a maximum of up to n numbers, the smallest of which is `range` below the largest.
template <class Scalar>
MaximumLaw<Scalar> make_maximum_law(const Scalar& c, bool mirrored, Index n, PlainScalar<Scalar> range,
                                    LawContents contents, double tail_depth = detail::tail_depth<PlainScalar<Scalar>>) {
  using Real = PlainScalar<Scalar>;
  const double plain_c = static_cast<double>(value_of(c));
  const Real step = static_cast<Real>(step_of_maximum(mirrored, plain_c, n, tail_depth));
  const Real reach = MaximumIntegral<MaximumLaw<Scalar>>::reach(mirrored, static_cast<Real>(value_of(c)), n, step,
                                                                static_cast<Real>(tail_depth)) +
                     range;
  if constexpr (std::same_as<MaximumLaw<Scalar>, GumbelSumTable>) {
    return GumbelSumTable(GumbelSum<double>(c, mirrored, reach, contents.curvature, tail_depth), step, reach, contents);
  } else {
    return GumbelSumRows<Scalar>(c, mirrored, step, reach, contents, tail_depth);
  }
}

}  // namespace concrete::detail
