#pragma once

#include <cstddef>

#include "concrete/detail/refusals.hpp"
#include "concrete/distributions/bernoulli.hpp"
#include "concrete/distributions/discrete.hpp"
#include "concrete/exact/families.hpp"
#include "concrete/exact/moment_batches.hpp"

/// \file
/// Variances and covariances.

namespace concrete {

/// var X of every class of Concrete, by an integral of its own: E X^2 and the mean's square are not subtracted, so the
/// relative precision stays where they are close, as they are at high temperatures.
///
/// \param d  B distributions.
/// \return   n x B, of the type of the logits; 0 for masked classes.
/// \note     Takes about five times as long as the mean.
template <class Logits>
[[nodiscard]] Logits variance(const Concrete<Logits>& d) {
  const auto zero = detail::constant<typename Logits::Scalar>(0);
  return detail::softmax_moments(d, detail::RequestedMoment::variance, zero, zero,
                                 [](auto& moments, const auto&, auto& values) { moments.variance(values); });
}

/// var X of every entry of BinaryConcrete.
/// \param d  B vectors of independent entries.
/// \return   n x B, of the type of the logits.
template <class Logits>
[[nodiscard]] Logits variance(const BinaryConcrete<Logits>& d) {
  return detail::binary_moments(d, [](const auto& moments, const auto& logit) { return moments.variance(logit); });
}

/// var Y of every entry of LogitBinaryConcrete, pi^2 / (3 t^2): that of a Logistic variable of scale 1 / t, whatever
/// the logits.
/// \param d  B vectors of independent entries.
/// \return   n x B, of the type of the logits.
template <class Logits>
[[nodiscard]] Logits variance(const LogitBinaryConcrete<Logits>& d) {
  using Scalar = typename Logits::Scalar;
  const Scalar of_logistic = detail::constant<Scalar>(3.28986813369645287294483033329205037843L);  // pi^2 / 3
  return Logits::Constant(d.dimension(), d.batch_size(), Scalar(of_logistic / d.temperature()) / d.temperature());
}

/// var X of every class of Discrete, p_k (1 - p_k); of the most probable one, 1 - p is the sum of the others.
/// \param d  B distributions.
/// \return   n x B, of the type of the logits; 0 for masked classes.
template <class Logits>
[[nodiscard]] Logits variance(const Discrete<Logits>& d) {
  using Scalar = typename Logits::Scalar;
  Logits result = d.probabilities();
  for (Eigen::Index j = 0; j < d.batch_size(); ++j) {
    auto p = result.col(j);
    const Eigen::Index top = detail::argmax(p);
    const Scalar others = detail::sum<Scalar>(
        d.dimension(), [&](Eigen::Index i) -> Scalar { return i == top ? detail::constant<Scalar>(0) : p(i); });
    for (Eigen::Index k = 0; k < d.dimension(); ++k) {
      p(k) *= k == top ? others : Scalar(detail::PlainScalar<Scalar>(1) - p(k));
    }
  }
  return result;
}

/// var X of every entry of Bernoulli, p (1 - p).
/// \param d  B vectors of independent entries.
/// \return   n x B, of the type of the logits.
template <class Logits>
[[nodiscard]] Logits variance(const Bernoulli<Logits>& d) {
  using Scalar = typename Logits::Scalar;
  return d.logits().unaryExpr([](const Scalar& a) -> Scalar { return detail::sigmoid_slope<Scalar>(a); });
}

namespace detail {

template <class D>
constexpr void check_one_vector() {
  static_assert(is_vector<typename D::Logits>,
                "concrete: covariance is that of one vector: make a distribution of one column, such as logits.col(j)");
}

template <class D>
using CovarianceOf = Eigen::Matrix<typename D::Scalar, D::Logits::RowsAtCompileTime, D::Logits::RowsAtCompileTime, 0,
                                   D::Logits::MaxRowsAtCompileTime, D::Logits::MaxRowsAtCompileTime>;

/// A diagonal matrix.
template <class D>
CovarianceOf<D> diagonal_covariance(const D& d, const typename D::Logits& variances) {
  CovarianceOf<D> result = CovarianceOf<D>::Constant(d.dimension(), d.dimension(), constant<typename D::Scalar>(0));
  for (Index i = 0; i < d.dimension(); ++i) result(i, i) = variances(i);
  return result;
}

}  // namespace detail

/// cov(X_j, X_k) of one Concrete vector.
/// \param d  one distribution, a vector by its type: a batch does not compile.
/// \return   n x n, symmetric, with rows of sum 0; 0 for masked classes.
template <class Logits>
[[nodiscard]] auto covariance(const Concrete<Logits>& d) {
  using Scalar = typename Logits::Scalar;
  using Number = detail::Integrated<Scalar>;
  detail::check_one_vector<Concrete<Logits>>();
  using Result = detail::CovarianceOf<Concrete<Logits>>;
  Result result = Result::Constant(d.dimension(), d.dimension(), detail::constant<Scalar>(0));
  detail::for_each_softmax(
      d, detail::RequestedMoment::variance, [&](auto& moments, const auto& remaining, Eigen::Index) {
        const auto n = static_cast<Eigen::Index>(remaining.m.size());
        if (n == 1) return;
        Eigen::MatrixX<Number> of_remaining(n, n);
        moments.covariance(of_remaining);
        for (Eigen::Index j = 0; j < n; ++j) {
          for (Eigen::Index k = 0; k < n; ++k) {
            result(remaining.classes[static_cast<std::size_t>(j)], remaining.classes[static_cast<std::size_t>(k)]) =
                static_cast<Scalar>(of_remaining(j, k));
          }
        }
      });
  return result;
}

/// cov(X_j, X_k) of one BinaryConcrete vector, whose entries are independent.
/// \param d  one vector by its type: a batch does not compile.
/// \return   n x n, the diagonal matrix of the variances.
template <class Logits>
[[nodiscard]] auto covariance(const BinaryConcrete<Logits>& d) {
  detail::check_one_vector<BinaryConcrete<Logits>>();
  return detail::diagonal_covariance(d, variance(d));
}

/// cov(Y_j, Y_k) of one LogitBinaryConcrete vector, whose entries are independent.
/// \param d  one vector by its type: a batch does not compile.
/// \return   n x n, the diagonal matrix of the variances.
template <class Logits>
[[nodiscard]] auto covariance(const LogitBinaryConcrete<Logits>& d) {
  detail::check_one_vector<LogitBinaryConcrete<Logits>>();
  return detail::diagonal_covariance(d, variance(d));
}

/// cov(X_j, X_k) of one Bernoulli vector, whose entries are independent.
/// \param d  one vector by its type: a batch does not compile.
/// \return   n x n, the diagonal matrix of the variances.
template <class Logits>
[[nodiscard]] auto covariance(const Bernoulli<Logits>& d) {
  detail::check_one_vector<Bernoulli<Logits>>();
  return detail::diagonal_covariance(d, variance(d));
}

/// cov(X_j, X_k) of one Discrete vector, diag(p) - p p^T.
/// \param d  one distribution, a vector by its type: a batch does not compile.
/// \return   n x n; 0 for masked classes.
template <class Logits>
[[nodiscard]] auto covariance(const Discrete<Logits>& d) {
  using Scalar = typename Logits::Scalar;
  detail::check_one_vector<Discrete<Logits>>();
  auto result = detail::diagonal_covariance(d, variance(d));
  const Logits p = d.probabilities();
  for (Eigen::Index j = 0; j < d.dimension(); ++j) {
    for (Eigen::Index k = 0; k < d.dimension(); ++k) {
      if (j != k) result(j, k) = Scalar(-p(j)) * p(k);
    }
  }
  return result;
}

template <detail::AnyDistribution D, class... X>
detail::Refused variance(const D&, const X&...) = delete;  // concrete: not of ExpConcrete; that of exp(y) is Concrete's
template <detail::AnyDistribution D, class... X>
detail::Refused covariance(const D&, const X&...) = delete;  // concrete: not of ExpConcrete; of exp(y) it is Concrete's

}  // namespace concrete
