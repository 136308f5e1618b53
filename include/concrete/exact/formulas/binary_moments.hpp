#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

#include "concrete/detail/quadrature.hpp"

// Moments of one relaxed binary variable, X = sigmoid((a + L) / t), L standard Logistic.
//
// E X is the probability that (a + L) / t + L' > 0 with another Logistic L', and either of the two may be integrated
// away: E sigmoid(a + t L) for t < 1, E sigmoid(a / t + L / t) otherwise, so that the sigmoid is never steep. Nodes
// ± L come in pairs. With b the first and c the second factor, x = c L, u = e^b, D = 1 + 2 u cosh x + u^2,
//
//   sigmoid(b + x) + sigmoid(b - x)    = u (2 cosh x + 2 u) / D
//   sigmoid'(b + x) + sigmoid'(b - x)  = u (2 cosh x + 4 u + 2 u^2 cosh x) / D^2
//   sigmoid'(b + x) - sigmoid'(b - x)  = u 2 sinh x (1 - u^2) / D^2
//
// without a difference for b <= 0. Positive b follow from E X(a) = 1 - E X(-a).

namespace concrete::detail {

template <class Scalar>
class BinaryMoments {
 public:
  using Real = PlainScalar<Scalar>;

  /// \param farthest  the largest |a| that will be asked for.
  BinaryMoments(const Scalar& temperature, Real farthest)
      : above_one_(!(temperature < Real(1))),
        temperature_(temperature),
        scale_(above_one_ ? temperature : constant<Scalar>(1)),
        noise_scale_(above_one_ ? Scalar(Real(1) / temperature) : temperature) {
    const LogisticNodes<Real> logistic(tail_depth<Real> + 3, reach(farthest));
    terms_.reserve(logistic.nodes.size());
    for (std::size_t j = 0; j < logistic.nodes.size(); ++j) {
      const Real node = logistic.nodes[j];
      const Scalar e = detail::exp<Scalar>(node * noise_scale_), inverse = Real(1) / e;
      terms_.push_back({Scalar(e + inverse), Scalar(e - inverse), node, logistic.weights[j]});
    }
  }

  /// E X
  Scalar mean(const Scalar& logit) const {
    const bool positive = logit > Real(0);
    const Scalar rest = lower_mean(positive ? Scalar(-logit) : logit);
    return positive ? Scalar(Real(1) - rest) : rest;
  }

  /// dE X / da
  Scalar slope(const Scalar& logit) const {
    const Scalar u = odds(logit);
    return sum_terms(u,
                     [&](const Term& t, const Scalar& d) -> Scalar {
                       return u * Scalar(Scalar(t.twice_cosh * Scalar(Real(1) + u * u)) + Scalar(Real(4) * u)) /
                              Scalar(d * d);
                     }) /
           scale_;
  }

  /// dE X / dt
  Scalar temperature_slope(const Scalar& logit) const {
    const Scalar u = odds(logit);
    const Scalar towards_zero = sum_terms(u, [&](const Term& t, const Scalar& d) -> Scalar {
      return Scalar(Scalar(t.node * u) * Scalar(t.twice_sinh * Scalar(Real(1) - u * u))) / Scalar(d * d);
    });
    const Scalar of_noise_scale = logit > Real(0) ? Scalar(-towards_zero) : towards_zero;
    if (!above_one_) return of_noise_scale;
    return Scalar(-Scalar(logit * slope(logit)) - Scalar(of_noise_scale / temperature_)) / temperature_;
  }

  /// var X. For t >= 1 E (X - E X)^2; else E X (1 - E X) - E X (1 - X), of which the second is t dE X / da.
  Scalar variance(const Scalar& logit) const {
    const Scalar below = logit > Real(0) ? Scalar(-logit) : logit, mean = lower_mean(below);
    if (!above_one_) return Scalar(mean * Scalar(Real(1) - mean)) - Scalar(temperature_ * slope(below));
    const Scalar u = odds(below);
    Scalar total = constant<Scalar>(0);
    for (const Term& t : terms_) {  // of x = u e / (1 + u e), e = e^(± c L) from its two hyperbolic functions
      for (const Real sign : {Real(-1), Real(1)}) {
        const Scalar share = Scalar(u * Scalar(t.twice_cosh + Scalar(sign * t.twice_sinh))) / Real(2);
        const Scalar off = Scalar(share / Scalar(Real(1) + share)) - mean;
        total += Scalar(t.weight * Scalar(off * off));
      }
    }
    return total;
  }

 private:
  struct Term {
    Scalar twice_cosh, twice_sinh;  // of c L
    Real node, weight;
  };

  /// How far the nodes reach: as far as e^(c L) u matters, where u = e^b, and e^-(1 - c) L does.
  Real reach(Real farthest) const {
    const Real depth = static_cast<Real>(tail_depth<Real>), c = static_cast<Real>(value_of(noise_scale_));
    const Real b = (std::min)(farthest / static_cast<Real>(value_of(scale_)), Real(600));
    return depth + (std::min)(depth * c / (std::max)(1 - c, Real(0.01)), b / c);
  }

  /// e^b with the sign of b taken off.
  Scalar odds(const Scalar& logit) const { return detail::exp<Scalar>(Scalar(-detail::abs<Scalar>(logit)) / scale_); }

  /// E X for a <= 0.
  Scalar lower_mean(const Scalar& logit) const {
    const Scalar u = detail::exp<Scalar>(logit / scale_);
    return sum_terms(u, [&](const Term& t, const Scalar& d) -> Scalar {
      return u * Scalar(t.twice_cosh + Scalar(Real(2) * u)) / d;
    });
  }

  template <class F>
  Scalar sum_terms(const Scalar& u, const F& f) const {
    return sum<Scalar>(static_cast<Index>(terms_.size()), [&](Index j) -> Scalar {
      const Term& t = terms_[static_cast<std::size_t>(j)];
      const Scalar d = Real(1) + Scalar(u * Scalar(t.twice_cosh + u));
      return t.weight * f(t, d);
    });
  }

  bool above_one_;
  Scalar temperature_, scale_, noise_scale_;
  std::vector<Term> terms_;
};

}  // namespace concrete::detail
