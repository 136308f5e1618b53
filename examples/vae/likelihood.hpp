#pragma once

#include "vae/types.hpp"

namespace vae {

/// The decoder's log-likelihood of black and white images x, in nats: independent Bernoulli pixels with logits l,
///
///   log p(x | l) = sum_p x_p l_p - softplus(l_p),    softplus(l) = max(l, 0) + log1p(exp(-|l|)).
///
/// \param images  pixels x B, entries 0 or 1.
/// \param logits  pixels x kB; column j belongs to image j mod B.
/// \param out     1 x kB.
template <class Scalar>
void log_likelihood(const Matrix<Scalar>& images, const Matrix<Scalar>& logits, Row<Scalar>& out) {
  out.resize(logits.cols());
  for (Index j = 0; j < logits.cols(); ++j) {
    const auto x = images.col(j % images.cols()).array();
    const auto l = logits.col(j).array();
    out[j] = (x * l - l.max(Scalar(0)) - (-l.abs()).exp().log1p()).sum();
  }
}

/// The same, and turns the logits into d log p / dl = x - sigma(l).
template <class Scalar>
void log_likelihood_gradient(const Matrix<Scalar>& images, Matrix<Scalar>& logits, Row<Scalar>& out) {
  log_likelihood(images, logits, out);
  for (Index j = 0; j < logits.cols(); ++j) {
    const auto x = images.col(j % images.cols()).array();
    auto l = logits.col(j).array();
    l = x - l.logistic();
  }
}

}  // namespace vae
