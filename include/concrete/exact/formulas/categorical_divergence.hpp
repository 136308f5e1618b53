#pragma once

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <optional>
#include <vector>

#include "concrete/detail/expected_maximum.hpp"

// The divergence of one Concrete distribution from another, over the n classes that are not masked.
//
// With r = t_p / t_q, m = a_p - r a_q, H_n the harmonic numbers, G and G' independent standard Gumbel variables,
//
//   KL = n (E max_k (m_k - r G_k + G'_k) - mean m - H_(n-1) + (r - 1) gamma) - (n - 1) log r
//
// and with p_k the probability that k is the largest,
//
//   dKL/da_p = n p - 1,   dKL/da_q = -r (n p - 1),
//   dKL/dr   = -(n-1) / r + n gamma + n dE max/dr - sum_k a_qk (n p_k - 1).
//
// For r > 1 all is divided by r, and the two Gumbel variables change places.
//
// At r = 1 the law of G' - G is logistic, F(z) = 1 / (1 + e^-z). With m of mean 0 and w = e^m, KL is the integral of
// n (prod F(z) - prod F(z - m_k)), which is 0 where all w are 1: it is summed relative to its first factor, so that
// close distributions keep their digits.

namespace concrete::detail {

/// 1 + 1/2 + ... + 1/n.
template <class Real>
Real harmonic_number(Index n) {
  return sum<Real>(n, [](Index k) { return Real(1) / static_cast<Real>(k + 1); });
}

/// KL for one column after another, where t_p / t_q is r. start() takes m = a_p - r a_q less its maximum and returns
/// the value; the gradient is of the column that it was given last.
template <class Scalar>
class UnequalDivergence {
 public:
  using Real = PlainScalar<Scalar>;
  using Law = MaximumLaw<Scalar>;

  /// \param n           the most classes that a column has.
  /// \param range       the most that they are apart.
  /// \param tail_depth  how far down tails are followed.
  UnequalDivergence(const Scalar& ratio, Index n, Real range, bool with_gradient, double tail_depth)
      : farthest_(static_cast<Real>(tail_depth) + 6),
        exchanged_(ratio > Real(1)),
        ratio_(ratio),
        scale_(exchanged_ ? ratio : constant<Scalar>(1)),
        with_gradient_(with_gradient),
        law_(make_maximum_law<Scalar>(exchanged_ ? Scalar(Real(1) / ratio) : Scalar(-ratio), exchanged_, n,
                                      (std::min)(range, farthest_), {.slope = with_gradient, .curvature = false},
                                      tail_depth)),
        maximum_(law_) {}

  Scalar start(const std::vector<Scalar>& m) {
    const auto n = static_cast<Index>(m.size());
    scores_.clear();
    kept_.assign(m.size(), -1);
    Scalar total = constant<Scalar>(0);
    for (std::size_t k = 0; k < m.size(); ++k) {
      const Scalar score = m[k] / scale_;
      total += score;
      if (!(score > -farthest_)) continue;  // never the largest
      kept_[k] = static_cast<Index>(scores_.size());
      scores_.push_back(score);
    }
    maximum_.start(scores_.data(), static_cast<Index>(scores_.size()), {.slope = with_gradient_, .excess = false});
    expectation_ = maximum_.expectation();
    const Real count = static_cast<Real>(n), gamma = static_cast<Real>(euler_gamma);
    const Scalar excess = Scalar(scale_ * Scalar(expectation_ - total / count)) + Scalar(gamma * (ratio_ - Real(1)));
    return Scalar(count * Scalar(excess - constant<Scalar>(harmonic_number<Real>(n - 1)))) -
           Scalar((count - 1) * detail::log<Scalar>(ratio_));
  }

  /// slopes_k <- dKL/dm_k = n p_k - 1; returns dKL/dr at fixed m.
  Scalar gradient(std::vector<Scalar>& slopes) {
    const Real count = static_cast<Real>(slopes.size());
    Scalar mean = constant<Scalar>(0);  // of the largest's score
    for (std::size_t k = 0; k < slopes.size(); ++k) {
      slopes[k] = constant<Scalar>(-1);
      if (kept_[k] < 0) continue;
      const Scalar p = maximum_.probability(kept_[k]);
      slopes[k] += Scalar(count * p);
      mean += Scalar(p * scores_[as_size(kept_[k])]);
    }
    const Scalar slope =
        exchanged_ ? Scalar(Scalar(expectation_ - mean) - maximum_.slope() / ratio_) : Scalar(-maximum_.slope());
    return Scalar(count * Scalar(slope + constant<Scalar>(euler_gamma))) - Scalar(constant<Scalar>(count - 1) / ratio_);
  }

 private:
  Real farthest_;  // scores so much smaller than the largest do not count
  bool exchanged_;
  Scalar ratio_, scale_;
  bool with_gradient_;
  Law law_;
  MaximumIntegral<Law> maximum_;
  std::vector<Scalar> scores_;
  std::vector<Index> kept_;  // places in scores_, or -1
  Scalar expectation_;
};

/// KL for one column after another at equal temperatures, for numbers that are not too far apart: they cost nodes.
///
/// With x = F(-z) and d_k = w_k - 1, each of the n factors F(z - m_k) is F(z) / (1 + d_k x), so their product is
/// F^n e^-rise with  rise = sum_k log1p(d_k x) - m_k x  (the m_k have the sum 0, and the difference is of second
/// order).
template <std::floating_point Real>
class EqualDivergence {
 public:
  EqualDivergence(bool with_gradient, double tail_depth)
      : depth_(static_cast<Real>(tail_depth)), with_gradient_(with_gradient) {}

  /// \param m  less its maximum
  Real start(const std::vector<Real>& m) {
    const auto n = static_cast<Index>(m.size());
    const Real count = static_cast<Real>(n);
    const Real mean = sum<Real>(n, [&](Index k) { return m[as_size(k)]; }) / count;
    centred_.resize(m.size());
    for (std::size_t k = 0; k < m.size(); ++k) centred_[k] = m[k] - mean;
    place_nodes(n);
    for (Index i = 0; i < nodes_; ++i) rise_[as_size(i)] = ratio_terms_[as_size(i)] = 0;
    for (const Real m_k : centred_) add_class(m_k, std::expm1(m_k));
    for (Index i = 0; i < nodes_; ++i) drop_[as_size(i)] = -std::expm1(-rise_[as_size(i)]);
    return count * sum<Real>(nodes_, [&](Index i) { return weights_[as_size(i)] * drop_[as_size(i)]; });
  }

  /// slopes_k <- dKL/dm_k; returns dKL/dr at fixed m. Both are integrals of  prod F(z - m_k) f_k - prod F(z) f  with
  /// f_k = f at m_k = 0: of F^n times e^-rise (f_k - f) - (1 - e^-rise) f.
  ///
  /// f is n times the hazard x, where f_k - f = n x (1 - x) d_k / (1 + d_k x); or the sum of all -dlog F/dr.
  Real gradient(std::vector<Real>& slopes) {
    const Real count = static_cast<Real>(slopes.size());
    const auto rest = [&](Index i) { return weights_[as_size(i)] * drop_[as_size(i)] * x_[as_size(i)]; };
    const Real common = sum<Real>(nodes_, rest);
    const Real of_ratio = sum<Real>(nodes_, [&](Index i) {
      return weights_[as_size(i)] * (1 - drop_[as_size(i)]) * ratio_terms_[as_size(i)] -
             count * rest(i) * (minus_log_[as_size(i)] - psi_2);
    });
    Real* terms = ratio_terms_.data();  // their sum is taken: the memory is free
    for (Index i = 0; i < nodes_; ++i) {
      terms[i] = weights_[as_size(i)] * (1 - drop_[as_size(i)]) * x_[as_size(i)] * (1 - x_[as_size(i)]);
    }
    for (std::size_t k = 0; k < slopes.size(); ++k) {
      const Real d = std::expm1(centred_[k]);
      slopes[k] =
          count * (d * sum<Real>(nodes_, [&](Index i) { return terms[i] / (1 + d * x_[as_size(i)]); }) - common);
    }
    return -count * of_ratio;
  }

 private:
  static constexpr Real psi_2 = 1 - static_cast<Real>(euler_gamma);

  /// What class k adds to the rise, and to the sum of f_k - f, f = x (psi(2) + log F) being -dlog F/dr.
  void add_class(Real m_k, Real d) {
    Real *rise = rise_.data(), *ratio_terms = ratio_terms_.data();
    const Real *x = x_.data(), *minus_log = minus_log_.data();
    const bool with_gradient = with_gradient_;
    for (Index begin = 0; begin < nodes_; begin += sum_lanes) {
      for_each_lane([&](Index lane) {
        const Index i = begin + lane;
        const Real y = d * x[i], one_y = 1 + y, inverse = 1 / one_y, log = loop_log1p<Real>(y, one_y, inverse);
        rise[i] += log - m_k * x[i];
        if (with_gradient) ratio_terms[i] -= x[i] * inverse * ((1 - x[i]) * d * (psi_2 - minus_log[i]) - (1 + d) * log);
      });
    }
  }

  /// From where F^n is above 0 to where all factors are 1, to all digits.
  void place_nodes(Index n) {
    const Real step = static_cast<Real>(step_for_strip(1.8, static_cast<double>(depth_)));
    const Real count = static_cast<Real>(n), top = *std::max_element(centred_.begin(), centred_.end());
    const Real first = -std::log(std::expm1(depth_ / count)), last = std::log(count) + top + depth_ - 2;
    if (n == n_ && last <= first_ + static_cast<Real>(nodes_ - 1) * step) return;
    n_ = n;
    first_ = first;
    nodes_ = (static_cast<Index>((last - first) / step) + sum_lanes) / sum_lanes * sum_lanes;
    for (std::vector<Real>* values : {&x_, &minus_log_, &weights_, &rise_, &drop_, &ratio_terms_}) {
      values->resize(as_size(nodes_));
    }
    for (Index i = 0; i < nodes_; ++i) {
      const Real e = std::exp(-(first + static_cast<Real>(i) * step));
      x_[as_size(i)] = e / (1 + e);
      minus_log_[as_size(i)] = std::log1p(e);
      weights_[as_size(i)] = step * std::exp(-count * minus_log_[as_size(i)]);
    }
  }

  Real depth_;
  bool with_gradient_;
  Index n_ = 0, nodes_ = 0;
  Real first_ = 0;
  std::vector<Real> centred_, x_, minus_log_, weights_, rise_, drop_, ratio_terms_;
};

/// KL for one column after another.
template <class Scalar>
class CategoricalDivergence {
 public:
  using Real = PlainScalar<Scalar>;

  /// The parameters of UnequalDivergence, and
  /// \param columns    how many columns there are: a table pays from some number on.
  CategoricalDivergence(const Scalar& ratio, Index n, Real range, Index columns, bool with_gradient, double tail_depth)
      : equal_(with_gradient, tail_depth) {
    constexpr Index many = 64;
    constexpr Real close = Real(0.25), widest = 30;
    if (is_equal(ratio)) equal_up_to_ = columns >= many ? close : widest;
    if (!is_equal(ratio) || range > equal_up_to_) unequal_.emplace(ratio, n, range, with_gradient, tail_depth);
  }

  /// KL of a column of classes, m = a_p - r a_q less its maximum.
  Scalar start(const std::vector<Scalar>& m) {
    Scalar value = constant<Scalar>(0);
    if (m.size() == 1) return value;
    if constexpr (std::floating_point<Scalar>) {
      is_close_ = -*std::min_element(m.begin(), m.end()) <= equal_up_to_;
      value = is_close_ ? equal_.start(m) : unequal_->start(m);
    } else {
      value = unequal_->start(m);
    }
    return at_least_zero(value);
  }

  /// slopes_k <- dKL/dm_k; returns dKL/dr at fixed m.
  Scalar gradient(std::vector<Scalar>& slopes) {
    if (slopes.size() == 1) return slopes[0] = constant<Scalar>(0);
    if constexpr (std::floating_point<Scalar>) {
      if (is_close_) return equal_.gradient(slopes);
    }
    return unequal_->gradient(slopes);
  }

 private:
  /// Derivatives with respect to the temperatures would be lost in an autodiff scalar.
  static bool is_equal(const Scalar& ratio) { return std::floating_point<Scalar> && is_one(ratio); }

  EqualDivergence<Real> equal_;
  std::optional<UnequalDivergence<Scalar>> unequal_;
  Real equal_up_to_ = -1;  // range; beyond, and if negative, all is left to unequal_
  bool is_close_ = false;
};

}  // namespace concrete::detail
