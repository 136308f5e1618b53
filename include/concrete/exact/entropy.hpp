#pragma once

#include <cstddef>

#include "concrete/exact/kl_divergence.hpp"
#include "concrete/exact/moments.hpp"

/// \file
/// Entropies of the relaxed classes; those of Discrete and Bernoulli stand with them.

namespace concrete {

namespace detail {

/// Entropy over the log-ratios of n classes, n H_(n-1) - log (n-1)! - (n-1) log t, whatever the logits.
template <class Scalar>
Scalar log_ratio_entropy(Index n, const Scalar& temperature) {
  using Real = PlainScalar<Scalar>;
  const Real count = static_cast<Real>(n);
  const Real constant_part = count * harmonic_number<Real>(n - 1) - log_gamma<Real>(n);
  return constant<Scalar>(constant_part) - Scalar((count - 1) * detail::log<Scalar>(temperature));
}

/// f(column) for every column of d.
template <class D, class F>
auto per_column_of(const D& d, const F& f) {
  using Logits = typename D::Logits;
  auto result = uninitialised_per_column<PerColumn<typename D::Scalar, Logits, Logits>>(d.batch_size());
  for (Index j = 0; j < d.batch_size(); ++j) entry(result, j) = f(j);
  return result;
}

}  // namespace detail

/// Entropy of ExpConcrete in nats, with respect to the log-ratios y_k - y_n (k < n), as its density is:
/// n H_(n-1) - log (n-1)! - (n-1) log t, H the harmonic numbers and n the number of classes that are not masked. It
/// does not depend on the logits, and falls below 0 at high temperatures.
///
/// \param d  B distributions.
/// \return   a Scalar if the logits are a vector by type, else 1 x B; 0 for a single class.
template <class Logits>
[[nodiscard]] auto entropy(const ExpConcrete<Logits>& d) {
  return detail::per_column_of(d, [&](Eigen::Index j) {
    return detail::log_ratio_entropy(detail::count_classes(d.logits().col(j)), d.temperature());
  });
}

/// Entropy of Concrete in nats, with respect to x_1 … x_{n-1}, as its density is: that of ExpConcrete plus
/// E sum_k log X_k.
///
/// \param d  B distributions.
/// \return   a Scalar if the logits are a vector by type, else 1 x B; 0 for a single class.
/// \note     Costs a third of the mean.
template <class Logits>
[[nodiscard]] auto entropy(const Concrete<Logits>& d) {
  using Scalar = typename Logits::Scalar;
  using Number = detail::Integrated<Scalar>;
  auto result = detail::uninitialised_per_column<detail::PerColumn<Scalar, Logits, Logits>>(d.batch_size());
  const Number temperature = static_cast<Number>(d.temperature());
  detail::for_each_softmax(
      d, detail::RequestedMoment::excess, [&](auto& moments, const auto& remaining, Eigen::Index j) {
        const auto n = static_cast<Eigen::Index>(remaining.m.size());
        Number value = detail::log_ratio_entropy(n, temperature);
        if (n > 1) {
          const Number total = detail::sum<Number>(
              n, [&](Eigen::Index k) -> Number { return remaining.m[static_cast<std::size_t>(k)]; });
          const auto count = static_cast<detail::PlainScalar<Number>>(n);
          value += Number(total / temperature) - Number(count * moments.excess());
        }
        detail::entry(result, j) = static_cast<Scalar>(value);
      });
  return result;
}

/// Entropy of LogitBinaryConcrete in nats, with respect to y: 2 - log t for each entry, whatever the logits.
///
/// \param d  B vectors of independent entries.
/// \return   the sum over each column: a Scalar if the logits are a vector by type, else 1 x B.
template <class Logits>
[[nodiscard]] auto entropy(const LogitBinaryConcrete<Logits>& d) {
  using Scalar = typename Logits::Scalar;
  using Real = detail::PlainScalar<Scalar>;
  return detail::per_column_of(d, [&](Eigen::Index) -> Scalar {
    return static_cast<Real>(d.dimension()) * Scalar(Real(2) - detail::log<Scalar>(d.temperature()));
  });
}

/// Entropy of BinaryConcrete in nats, with respect to x: at most 0, being minus the divergence from the uniform law on
/// (0, 1), which is BinaryConcrete with logit 0 and temperature 1.
///
/// \param d  B vectors of independent entries.
/// \return   the sum over each column: a Scalar if the logits are a vector by type, else 1 x B.
template <class Logits>
[[nodiscard]] auto entropy(const BinaryConcrete<Logits>& d) {
  using Scalar = typename Logits::Scalar;
  using Column = Eigen::Matrix<Scalar, Logits::RowsAtCompileTime, 1, 0, Logits::MaxRowsAtCompileTime, 1>;
  const BinaryConcrete<Column> uniform(Column::Constant(d.dimension(), 1, detail::constant<Scalar>(0)), 1);
  auto divergence = kl_divergence(d, uniform);
  return detail::per_column_of(d, [&](Eigen::Index j) -> Scalar { return -detail::entry(divergence, j); });
}

}  // namespace concrete
