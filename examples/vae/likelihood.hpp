#pragma once

#include <algorithm>
#include <cmath>

#include "vae/parallel.hpp"
#include "vae/types.hpp"

namespace vae {

namespace detail {

/// sum_p log(1 + exp(-|l_p|)) as logarithms of products: one for a strip of pixels, whose factors are at most 2. What a
/// factor rounds away is below eps, in a sum of nats.
template <class Column>
typename Column::Scalar sum_softplus_tails(const Column& logits) {
  using Scalar = typename Column::Scalar;
  constexpr Index strip = 64;
  Scalar sum = 0;
  for (Index begin = 0; begin < logits.size(); begin += strip) {
    const auto l = logits.segment(begin, std::min(strip, logits.size() - begin)).array();
    sum += std::log((1 + (-l.abs()).exp()).prod());
  }
  return sum;
}

/// Of one image.
template <class Image, class Column>
typename Column::Scalar log_likelihood(const Image& image, const Column& logits) {
  const auto l = logits.array();
  return (image.array() * l - l.max(typename Column::Scalar(0))).sum() - detail::sum_softplus_tails(logits);
}

/// Calls work(j, image) for every column of the logits and the image that it belongs to.
template <class Scalar, class Work>
void for_each_image(const Matrix<Scalar>& images, const Matrix<Scalar>& logits, const Work& work) {
  constexpr Index operations_per_pixel = 200;
  in_parallel(logits.cols(), operations_per_pixel * logits.size(), [&](Index begin, Index size) {
    for (Index j = begin; j < begin + size; ++j) work(j, images.col(j % images.cols()));
  });
}

}  // namespace detail

/// The decoder's log-likelihood of black and white images x, in nats: independent Bernoulli pixels with logits l,
///
///   log p(x | l) = sum_p x_p l_p - softplus(l_p),    softplus(l) = max(l, 0) + log(1 + exp(-|l|)).
///
/// \param images  pixels x B, entries 0 or 1.
/// \param logits  pixels x mB; column j belongs to image j mod B.
/// \param out     1 x mB.
template <class Scalar>
void log_likelihood(const Matrix<Scalar>& images, const Matrix<Scalar>& logits, Row<Scalar>& out) {
  out.resize(logits.cols());
  detail::for_each_image(images, logits,
                         [&](Index j, const auto& image) { out[j] = detail::log_likelihood(image, logits.col(j)); });
}

/// The same, and turns the logits into d log p / dl = x - sigma(l).
template <class Scalar>
void log_likelihood_gradient(const Matrix<Scalar>& images, Matrix<Scalar>& logits, Row<Scalar>& out) {
  out.resize(logits.cols());
  detail::for_each_image(images, logits, [&](Index j, const auto& image) {
    auto l = logits.col(j);
    out[j] = detail::log_likelihood(image, l);
    l.array() = image.array() - l.array().logistic();
  });
}

}  // namespace vae
