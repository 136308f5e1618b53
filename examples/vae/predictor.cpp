#include "vae/predictor.hpp"

#include <cmath>
#include <limits>
#include <stdexcept>

#include "vae/likelihood.hpp"

namespace vae {

template <class Scalar>
Predictor<Scalar>::Predictor(const ModelShape& shape, const Vector<Scalar>& mean_image)
    : Model<Scalar>(shape),
      mean_image_(mean_image),
      network_(layout_, given(), shape.stochastic_layers, shape.layers, shape.latent),
      decoder_(layout_,
               stack_sizes(shape.layers, network_.latent(0).code_rows(), network_.latent(0).code_rows(), predicted())),
      code_upstream_(static_cast<std::size_t>(shape.stochastic_layers)) {
  if (given() <= 0 || predicted() <= 0) {
    throw std::runtime_error("prediction of the lower half needs images of two rows of pixels or more");
  }
  this->allocate(layout_);
  centres().head(given()) = mean_image.head(given());
}

template <class Scalar>
void Predictor<Scalar>::initialise(Engine& engine) {
  network_.initialise(parameters_, engine);
  decoder_.initialise(parameters_, engine);
  const auto mean = mean_image_.tail(predicted()).array();
  decoder_.output_bias().in(parameters_) = (mean / (1 - mean)).log();
}

template <class Scalar>
double Predictor<Scalar>::estimate_bound(const Matrix<Scalar>& images, const Objective& objective,
                                         concrete::TemperaturePair temperatures, Engine& engine) {
  upper_ = images.topRows(given());
  lower_ = images.bottomRows(predicted());
  if (!network_.sample(parameters_, upper_, temperatures.posterior, objective.samples, engine)) {
    return std::numeric_limits<double>::quiet_NaN();
  }
  const Matrix<Scalar>& codes = network_.codes(network_.layers() - 1);
  Matrix<Scalar>& pixels = decoder_.forward(parameters_, codes);
  log_likelihood_gradient(lower_, pixels, log_likelihood_);
  const Bound<Scalar> bound = importance_weighted_bound<Scalar>(log_likelihood_, {}, images.cols());

  // From here on every upstream is a derivative of the loss, -bound.
  for (Index j = 0; j < pixels.cols(); ++j) pixels.col(j) *= -bound.sample_weights[j];
  for (Matrix<Scalar>& upstream : code_upstream_) upstream.setZero(codes.rows(), codes.cols());
  decoder_.backward(parameters_, codes, pixels, gradient_, &code_upstream_.back());
  network_.backward(parameters_, code_upstream_, gradient_);
  return static_cast<double>(bound.mean);
}

template <class Scalar>
Eigen::Map<const Vector<Scalar>> Predictor<Scalar>::encoder_gradient() const {
  return {gradient_.data(), network_.parameters()};
}

template <class Scalar>
Row<Scalar> Predictor<Scalar>::discrete_log_weights(const Matrix<Scalar>& images, Index samples, Engine& engine) {
  const auto z = network_.sample_discrete(parameters_, images.topRows(given()), samples, engine);
  const Matrix<Scalar> lower = images.bottomRows(predicted());
  log_likelihood(lower, decoder_.forward(parameters_, z.layers.back().codes), log_likelihood_);
  return log_likelihood_;
}

template <class Scalar>
Matrix<Scalar> Predictor<Scalar>::reconstruct(const Matrix<Scalar>& images, Engine& engine) {
  const auto z = network_.sample_discrete(parameters_, images.topRows(given()), 1, engine);
  Matrix<Scalar> pixels(images.rows(), images.cols());
  pixels << images.topRows(given()), decoder_.forward(parameters_, z.layers.back().codes).array().logistic().matrix();
  return pixels;
}

template <class Scalar>
Matrix<Scalar> Predictor<Scalar>::generate(Index count, const Matrix<Scalar>& images, Engine& engine) {
  Matrix<Scalar> given_images(images.rows(), count);
  for (Index j = 0; j < count; ++j) given_images.col(j) = images.col(j % images.cols());
  return reconstruct(given_images, engine);
}

template class Predictor<float>;
template class Predictor<double>;

}  // namespace vae
