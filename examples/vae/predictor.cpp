#include "vae/predictor.hpp"

#include <limits>
#include <stdexcept>

namespace vae {

template <class Scalar>
Predictor<Scalar>::Predictor(const ModelShape& shape, const Vector<Scalar>& mean_image)
    : Model<Scalar>(shape, mean_image) {
  if (shape.given_pixels <= 0 || shape.modelled_pixels() <= 0) {
    throw std::runtime_error("prediction of the lower half needs images of two rows of pixels or more");
  }
  this->allocate();
}

template <class Scalar>
double Predictor<Scalar>::estimate_bound(const Matrix<Scalar>& images, const Objective& objective,
                                         concrete::TemperaturePair temperatures, Engine& engine) {
  if (!chain_.sample(parameters_, upper(images), temperatures.posterior, objective.samples, engine)) {
    return std::numeric_limits<double>::quiet_NaN();
  }
  const Matrix<Scalar> predicted = lower(images);
  const Matrix<Scalar>& codes = chain_.codes(chain_.layers() - 1);
  const Row<Scalar>& log_weights = pixels_.forward(parameters_, predicted, codes);
  const Bound<Scalar> bound = importance_weighted_bound<Scalar>(log_weights, {}, images.cols());
  for (Matrix<Scalar>& upstream : code_upstream_) upstream.setZero(codes.rows(), codes.cols());
  pixels_.backward(parameters_, predicted, codes, bound.sample_weights, this->gradient_, code_upstream_.back());
  chain_.backward(parameters_, code_upstream_, this->gradient_);
  return static_cast<double>(bound.mean);
}

template <class Scalar>
Row<Scalar> Predictor<Scalar>::discrete_log_weights(const Matrix<Scalar>& images, Index samples, Engine& engine) {
  const auto z = chain_.sample_discrete(parameters_, upper(images), samples, engine);
  return pixels_.log_likelihood(parameters_, lower(images), z.layers.back().codes);
}

template <class Scalar>
Matrix<Scalar> Predictor<Scalar>::reconstruct(const Matrix<Scalar>& images, Engine& engine) {
  const auto z = chain_.sample_discrete(parameters_, upper(images), 1, engine);
  Matrix<Scalar> pixels(images.rows(), images.cols());
  pixels << upper(images), pixels_.probabilities(parameters_, z.layers.back().codes);
  return pixels;
}

template <class Scalar>
Matrix<Scalar> Predictor<Scalar>::generate(Index count, const Matrix<Scalar>& images, Engine& engine) {
  Matrix<Scalar> given(images.rows(), count);
  for (Index j = 0; j < count; ++j) given.col(j) = images.col(j % images.cols());
  return reconstruct(given, engine);
}

template class Predictor<VAE_SCALAR>;

}  // namespace vae
