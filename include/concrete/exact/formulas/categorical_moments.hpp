#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

#include "concrete/detail/expected_maximum.hpp"

// Moments of X = softmax((a + G) / t), G standard Gumbel, over the n classes that are not masked.
//
// E X_k is the probability that (a_k + G_k) / t + G'_k is the largest, with G' Gumbel noise of its own. In the notation
// of detail/expected_maximum.hpp m = a / t and c = 1 / t; for t < 1 all is multiplied by t, and c = t. With P(M <= z)
// before dz left out, h_k and q_k the hazard and curvature at z - m_k, H and Q their sums over all classes,
//
//   E X_k = ∫ h_k,   E X_j X_k = ∫ h_j h_k (j != k),   E X_k^2 = ∫ h_k^2 + q_k.
//
// Since the X_k add up to 1, so do ∫ H and ∫ H^2 + Q; with these, and mu = E X,
//
//   cov(X_j, X_k) = ∫ (h_j - mu_j H) (h_k - mu_k H) - mu_j q_k - mu_k q_j + mu_j mu_k Q + [j = k] q_k,
//   var(X_k)      = ∫ (h_k - mu_k H)^2 + (1 - mu_k)^2 q_k + mu_k^2 (Q - q_k),
//
// which do not subtract squares of means: variances keep their digits at high temperatures too. Of the class with the
// largest logit, whose mean may be next to 1, 1 - mu is the sum of the others.

namespace concrete::detail {

/// What of the law of X is asked for.
enum class RequestedMoment { excess, mean, mean_gradient, variance };

/// Moments for one column after another.
template <class Scalar>
class SoftmaxMoments {
 public:
  using Real = PlainScalar<Scalar>;
  using Law = MaximumLaw<Scalar>;

  /// \param n           the most classes that a column has.
  /// \param range       the most that they are apart.
  /// \param smallest    means below e^-smallest count as 0; at most 600.
  /// \param tail_depth  how far down tails are followed.
  SoftmaxMoments(const Scalar& temperature, Index n, Real range, RequestedMoment requested, Real smallest,
                 double tail_depth)
      : farthest_(smallest),
        above_one_(temperature > Real(1)),
        requested_(requested),
        temperature_(temperature),
        scale_(above_one_ ? temperature : constant<Scalar>(1)),
        law_(make_maximum_law<Scalar>(
            above_one_ ? Scalar(Real(1) / temperature) : temperature, false, n,
            (std::min)(range / static_cast<Real>(value_of(scale_)), farthest_),
            {.slope = requested == RequestedMoment::mean_gradient, .curvature = requested == RequestedMoment::variance},
            tail_depth)),
        maximum_(law_) {}

  /// \param m  logits less their maximum
  void start(const std::vector<Scalar>& m) {
    scores_.clear();
    kept_.clear();
    for (std::size_t k = 0; k < m.size(); ++k) {
      const Scalar score = m[k] / scale_;
      if (!(score > -farthest_)) continue;
      kept_.push_back(k);
      scores_.push_back(score);
    }
    maximum_.start(
        scores_.data(), count(),
        {.slope = requested_ == RequestedMoment::mean_gradient, .excess = requested_ == RequestedMoment::excess});
  }

  /// E log sum_k e^(z_k - z_top), z = (a + G) / t, where a_top is the largest logit.
  Scalar excess() const { return above_one_ ? maximum_.excess() : Scalar(maximum_.excess() / temperature_); }

  /// result_k <- E X_k
  void mean(std::vector<Scalar>& result) {
    std::fill(result.begin(), result.end(), constant<Scalar>(0));
    for (Index k = 0; k < count(); ++k) {
      const Scalar p = maximum_.probability(k);
      result[kept_[as_size(k)]] = p > Real(1) ? Scalar(p - constant<Scalar>(value_of(p) - 1)) : p;  // rounding
    }
  }

  /// The gradient of L = sum_k upstream_k E X_k: result_k <- dL/da_k; returns dL/dt. With U = sum_k upstream_k h_k,
  ///
  ///   dL/dm_k = ∫ h_k (upstream_k H - U),   dL/dc = ∫ sum_k s_k (upstream_k H - U),   s_k = -dlog F/dc at z - m_k.
  Scalar mean_gradient(const std::vector<Scalar>& upstream, std::vector<Scalar>& result) {
    start_sums();
    const Index nodes = maximum_.count();
    std::vector<Scalar> weighted(as_size(nodes), constant<Scalar>(0)), sum_of_slopes = weighted;
    for (Index k = 0; k < count(); ++k) {
      maximum_.hazards(k, row(0));
      add(row(0), hazard_, nullptr);
      const Scalar u = upstream[kept_[as_size(k)]];
      for (Index i = 0; i < nodes; ++i) weighted[as_size(i)] += Scalar(u * row(0)[i]);
    }
    std::fill(result.begin(), result.end(), constant<Scalar>(0));
    Scalar along = constant<Scalar>(0);
    for (Index k = 0; k < count(); ++k) {
      maximum_.hazards(k, row(0));
      maximum_.slopes(k, row(1));
      const Scalar u = upstream[kept_[as_size(k)]];
      for (Index i = 0; i < nodes; ++i) {
        const Scalar factor = Scalar(u * hazard_[as_size(i)]) - weighted[as_size(i)];
        row(0)[i] *= factor;
        sum_of_slopes[as_size(i)] += Scalar(row(1)[i] * factor);
      }
      const Scalar slope = maximum_.integral_of(row(0));
      along += Scalar(slope * scores_[as_size(k)]);
      result[kept_[as_size(k)]] = slope / scale_;
    }
    const Scalar of_c = maximum_.integral_of(sum_of_slopes.data());
    return above_one_ ? Scalar(Scalar(-along - Scalar(of_c / temperature_)) / temperature_) : of_c;
  }

  /// result_k <- var X_k
  void variance(std::vector<Scalar>& result) {
    std::fill(result.begin(), result.end(), constant<Scalar>(0));
    means_and_sums();
    for (Index k = 0; k < count(); ++k) result[kept_[as_size(k)]] = variance_of(k);
  }

  /// result(j, k) <- cov(X_j, X_k)
  template <class Matrix>
  void covariance(Matrix& result) {
    result.setConstant(constant<Scalar>(0));
    means_and_sums();
    const Index nodes = maximum_.count();
    std::vector<Scalar> off(as_size(nodes * count())), curved(off);
    for (Index k = 0; k < count(); ++k) {
      deviations(k, off.data() + k * nodes);
      curvatures(k, curved.data() + k * nodes);
    }
    for (Index j = 0; j < count(); ++j) {
      const auto row_j = static_cast<Index>(kept_[as_size(j)]);
      result(row_j, row_j) = variance_of(j);
      for (Index k = 0; k < j; ++k) {
        const auto row_k = static_cast<Index>(kept_[as_size(k)]);
        const Scalar mu_j = means_[as_size(j)], mu_k = means_[as_size(k)];
        const Scalar *off_j = off.data() + j * nodes, *off_k = off.data() + k * nodes;
        const Scalar *q_j = curved.data() + j * nodes, *q_k = curved.data() + k * nodes;
        for (Index i = 0; i < nodes; ++i) {
          const Scalar shared = Scalar(mu_j * q_k[i]) + Scalar(mu_k * q_j[i]);
          row(0)[i] = Scalar(unit() * Scalar(off_j[i] * off_k[i])) +
                      Scalar(Scalar(Scalar(mu_j * mu_k) * curvature_[as_size(i)]) - shared);
        }
        result(row_j, row_k) = result(row_k, row_j) = maximum_.integral_of(row(0));
      }
    }
  }

 private:
  Index count() const { return static_cast<Index>(scores_.size()); }
  Scalar* row(std::size_t which) { return rows_[which].data(); }

  /// In multiples of z, m = a / t: dz is 1 / unit times the step, hazards are unit times those of the law.
  Scalar unit() const { return above_one_ ? constant<Scalar>(1) : temperature_; }

  /// unit^-1 q: from the law's q_0 = h_0 + h_0', q = unit h_0 + unit^2 h_0'.
  void curvatures(Index k, Scalar* result) {
    maximum_.curvatures(k, result);
    if (above_one_) return;
    maximum_.hazards(k, row(2));
    const Scalar rest = Real(1) - temperature_;
    for (Index i = 0; i < maximum_.count(); ++i) {
      result[i] = Scalar(temperature_ * result[i]) + Scalar(rest * row(2)[i]);
    }
  }

  /// Makes room for the rows, and sets hazard_ to 0.
  void start_sums() {
    const auto nodes = as_size(maximum_.count());
    for (auto& values : rows_) values.assign(nodes, constant<Scalar>(0));
    hazard_.assign(nodes, constant<Scalar>(0));
  }

  /// hazard_ <- sum of all hazards, curvature_ of all curvatures; other_ without the largest class.
  void collect() {
    start_sums();
    other_hazard_ = curvature_ = other_curvature_ = hazard_;
    top_ = static_cast<Index>(std::max_element(scores_.begin(), scores_.end()) - scores_.begin());
    for (Index k = 0; k < count(); ++k) {
      maximum_.hazards(k, row(0));
      add(row(0), hazard_, k == top_ ? nullptr : &other_hazard_);
      curvatures(k, row(1));
      add(row(1), curvature_, k == top_ ? nullptr : &other_curvature_);
    }
  }

  static void add(const Scalar* values, std::vector<Scalar>& total, std::vector<Scalar>* others) {
    for (std::size_t i = 0; i < total.size(); ++i) {
      total[i] += values[i];
      if (others != nullptr) (*others)[i] += values[i];
    }
  }

  void means_and_sums() {
    collect();
    means_.resize(scores_.size());
    top_complement_ = constant<Scalar>(0);
    for (Index k = 0; k < count(); ++k) {
      means_[as_size(k)] = maximum_.probability(k);
      if (k != top_) top_complement_ += means_[as_size(k)];
    }
  }

  /// 1 - E X_k
  Scalar complement(Index k) const { return k == top_ ? top_complement_ : Scalar(Real(1) - means_[as_size(k)]); }

  Scalar variance_of(Index k) {
    deviations(k, row(0));
    curvatures(k, row(1));
    const Scalar mean = means_[as_size(k)], rest = complement(k), own = rest * rest, others = mean * mean;
    for (Index i = 0; i < maximum_.count(); ++i) {
      const Scalar of_others = k == top_ ? other_curvature_[as_size(i)] : Scalar(curvature_[as_size(i)] - row(1)[i]);
      row(0)[i] =
          Scalar(unit() * Scalar(row(0)[i] * row(0)[i])) + Scalar(Scalar(own * row(1)[i]) + Scalar(others * of_others));
    }
    return maximum_.integral_of(row(0));
  }

  /// h_k - mu_k H
  void deviations(Index k, Scalar* result) {
    maximum_.hazards(k, result);
    const Scalar mean = means_[as_size(k)];
    for (Index i = 0; i < maximum_.count(); ++i) {
      result[i] = k == top_ ? Scalar(Scalar(top_complement_ * result[i]) - Scalar(mean * other_hazard_[as_size(i)]))
                            : Scalar(result[i] - Scalar(mean * hazard_[as_size(i)]));
    }
  }

  Real farthest_;
  bool above_one_;
  RequestedMoment requested_;
  Scalar temperature_, scale_;
  Law law_;
  MaximumIntegral<Law> maximum_;
  std::vector<Scalar> scores_;
  std::vector<std::size_t> kept_;  // whose scores they are
  Index top_ = 0;
  Scalar top_complement_;
  std::vector<Scalar> means_, hazard_, other_hazard_, curvature_, other_curvature_, rows_[3];
};

}  // namespace concrete::detail
