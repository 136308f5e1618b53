#pragma once

#include <utility>

#include "concrete/detail/refusals.hpp"
#include "concrete/distributions/bernoulli.hpp"
#include "concrete/distributions/discrete.hpp"
#include "concrete/exact/families.hpp"

/// \file
/// Modes.
///
/// Concrete and BinaryConcrete have none in general: at temperatures below 1 / (n - 1), binary 1, their density is
/// unbounded at the corners.

namespace concrete {

/// Where the density of ExpConcrete over the log-ratios is largest, log_softmax(a / t).
/// \param d  B distributions.
/// \return   n x B, of the type of the logits; -inf for masked classes.
template <class Logits>
[[nodiscard]] Logits mode(const ExpConcrete<Logits>& d) {
  using Scalar = typename Logits::Scalar;
  Logits scores = d.logits();
  for (Eigen::Index j = 0; j < d.batch_size(); ++j) {
    const Scalar top = detail::maximum(d.logits().col(j));  // before the division, which may overflow
    for (Eigen::Index k = 0; k < d.dimension(); ++k) {
      scores(k, j) = detail::unless_masked<Scalar>(scores(k, j), Scalar(scores(k, j) - top) / d.temperature());
    }
  }
  return Discrete<Logits>(std::move(scores)).log_probabilities();
}

/// Where the density of LogitBinaryConcrete over y is largest, a / t.
/// \param d  B vectors of independent entries.
/// \return   n x B, of the type of the logits.
template <class Logits>
[[nodiscard]] Logits mode(const LogitBinaryConcrete<Logits>& d) {
  using Scalar = typename Logits::Scalar;
  return d.logits().unaryExpr([&](const Scalar& a) -> Scalar { return a / d.temperature(); });
}

/// The most probable one-hot vector of Discrete, the first of equals.
/// \param d  B distributions.
/// \return   n x B, of the type of the logits.
template <class Logits>
[[nodiscard]] Logits mode(const Discrete<Logits>& d) {
  return Discrete<Logits>::harden(d.logits());
}

/// The more probable value of every entry of Bernoulli, 1 where the logit is positive, else 0.
/// \param d  B vectors of independent entries.
/// \return   n x B, of the type of the logits.
template <class Logits>
[[nodiscard]] Logits mode(const Bernoulli<Logits>& d) {
  using Scalar = typename Logits::Scalar;
  return d.logits().unaryExpr(
      [](const Scalar& a) -> Scalar { return detail::step<Scalar>(a, detail::constant<Scalar>(0)); });
}

template <detail::AnyDistribution D, class... X>
detail::Refused mode(const D&, const X&...) = delete;  // concrete: not of Concrete, BinaryConcrete: unbounded densities

}  // namespace concrete
