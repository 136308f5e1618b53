#pragma once

#include "concrete/detail/matrix.hpp"
#include "concrete/detail/reductions.hpp"

/// \file
/// Lower bounds by several samples.

namespace concrete {

/// The importance-weighted bound of each of B data points, and its gradient with respect to the log-weights.
/// \tparam Scalar  that of the log-weights.
template <class Scalar>
struct ImportanceWeighted {
  Eigen::Matrix<Scalar, 1, Eigen::Dynamic> bound;    ///< 1 x B, nats
  Eigen::Matrix<Scalar, 1, Eigen::Dynamic> weights;  ///< 1 x mB = d bound / d log_weights; the m of a point sum to one
};

/// The multi-sample lower bound on log p(x) from m log-weights log p(x, z_i) - log q(z_i | x) per data point:
///
///   L_m = log 1/m sum_i exp(w_i),      dL_m / dw_i = softmax(w)_i
///
/// \param log_weights  1 x mB, as log_prob returns them: column j belongs to data point j mod B. -inf is a sample of
///                     weight 0; where all m are, the bound is -inf and they share the gradient equally. Where some
///                     are +inf, as log-densities on faces of the simplex may be, the bound is +inf and those share
///                     it equally. NaN makes bound and weights of its data point NaN.
/// \param batch_size   B > 0.
/// \return             {bound, weights}: 1 x B in nats, and 1 x mB.
/// \throws             std::invalid_argument if log_weights is no row of a positive multiple of B columns.
/// \see Burda, Grosse, Salakhutdinov (2016), Importance Weighted Autoencoders, eq. 8; Maddison, Mnih, Teh (2017), eq. 6.
template <class W>
[[nodiscard]] auto importance_weighted(const W& log_weights, Eigen::Index batch_size) {
  using Scalar = typename detail::MatrixOr<W>::Scalar;
  using Eigen::Index;
  const auto given = detail::read<Scalar>(log_weights);
  if (batch_size <= 0) detail::fail("batch_size must be > 0, but was ", batch_size);
  if (given.cols() == 0) detail::fail("log_weights must not be empty");
  detail::check_shape(given, "log_weights", Index{1}, batch_size);
  const Index samples = given.cols() / batch_size;
  const Scalar log_samples = detail::log<Scalar>(detail::constant<Scalar>(samples));
  ImportanceWeighted<Scalar> result;
  result.bound.resize(batch_size);
  result.weights.resize(given.cols());
  for (Index b = 0; b < batch_size; ++b) {
    const auto point = given(0, Eigen::seqN(b, samples, batch_size));
    const auto norm = detail::log_sum_exp(point);
    if (detail::is_masked(norm.top) || detail::is_infinity(norm.top)) {  // not exp(inf - inf)
      const auto is_largest = [&](Index i) { return detail::equal(point(i), norm.top); };
      Index largest = 0;
      for (Index i = 0; i < samples; ++i) largest += is_largest(i) ? 1 : 0;
      const Scalar share = detail::constant<Scalar>(1) / detail::constant<Scalar>(largest);
      for (Index i = 0; i < samples; ++i) {
        result.weights(b + batch_size * i) = is_largest(i) ? share : detail::constant<Scalar>(0);
      }
    } else {
      for (Index i = 0; i < samples; ++i) {
        result.weights(b + batch_size * i) = detail::exp<Scalar>(point(i) - norm.top) / norm.total;
      }
    }
    result.bound(b) = norm.value() - log_samples;
  }
  return result;
}

/// The weights that the doubly reparameterised gradient gives to d log_weights / dz: the squares of the bound's
/// weights. With them, and without log q's own gradient with respect to its parameters, the encoder's gradient does
/// not lose signal as m grows.
///
/// \param weights  1 x mB, as importance_weighted() returns them.
/// \return         1 x mB, entry by entry w^2.
/// \see Tucker, Lawson, Gu, Maddison (2019), Doubly Reparameterized Gradient Estimators for Monte Carlo Objectives, eq. 8.
template <class W>
[[nodiscard]] auto doubly_reparameterized_weights(const W& weights) {
  using Scalar = typename detail::MatrixOr<W>::Scalar;
  return detail::entrywise<Scalar>(weights, [](const Scalar& w) -> Scalar { return w * w; });
}

}  // namespace concrete
