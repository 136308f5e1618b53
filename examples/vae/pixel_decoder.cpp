#include "vae/pixel_decoder.hpp"

#include <vector>

#include "vae/likelihood.hpp"

namespace vae {
namespace {

/// Those whose weight is not lost in the rounding of their image's sum of weights, 1 / images.
template <class Scalar>
std::vector<Index> columns_that_count(const Row<Scalar>& weights, Index images) {
  const Scalar least = Eigen::NumTraits<Scalar>::epsilon() / static_cast<Scalar>(images);
  std::vector<Index> columns;
  for (Index j = 0; j < weights.size(); ++j) {
    if (weights[j] >= least) columns.push_back(j);
  }
  return columns;
}

}  // namespace

template <class Scalar>
void PixelDecoder<Scalar>::initialise(Vector<Scalar>& parameters, const Vector<Scalar>& mean, Engine& engine) const {
  stack_.initialise(parameters, engine);
  stack_.output_bias().in(parameters) = (mean.array() / (1 - mean.array())).log();
}

template <class Scalar>
Row<Scalar> PixelDecoder<Scalar>::log_likelihood(const Vector<Scalar>& parameters, const Matrix<Scalar>& images,
                                                 const Matrix<Scalar>& codes) {
  Row<Scalar> result;
  vae::log_likelihood(images, stack_.forward(parameters, codes), result);
  return result;
}

template <class Scalar>
const Row<Scalar>& PixelDecoder<Scalar>::forward(const Vector<Scalar>& parameters, const Matrix<Scalar>& images,
                                                 const Matrix<Scalar>& codes) {
  pixels_ = &stack_.forward(parameters, codes);
  log_likelihood_gradient(images, *pixels_, log_likelihood_);
  return log_likelihood_;
}

template <class Scalar>
void PixelDecoder<Scalar>::backward(const Vector<Scalar>& parameters, const Matrix<Scalar>& images,
                                    const Matrix<Scalar>& codes, const Row<Scalar>& weights, Vector<Scalar>& gradient,
                                    Matrix<Scalar>& code_upstream) {
  for (Index j = 0; j < weights.size(); ++j) pixels_->col(j) *= -weights[j];
  const std::vector<Index> columns = columns_that_count(weights, images.cols());
  if (static_cast<Index>(columns.size()) == codes.cols()) {
    stack_.backward(parameters, codes, *pixels_, gradient, &code_upstream);
    return;
  }
  stack_.keep_columns(columns);  // of the pixels too
  kept_codes_.resize(codes.rows(), static_cast<Index>(columns.size()));
  for (std::size_t k = 0; k < columns.size(); ++k) kept_codes_.col(static_cast<Index>(k)) = codes.col(columns[k]);
  stack_.backward(parameters, kept_codes_, *pixels_, gradient, &kept_upstream_);
  code_upstream.setZero(codes.rows(), codes.cols());
  for (std::size_t k = 0; k < columns.size(); ++k) {
    code_upstream.col(columns[k]) = kept_upstream_.col(static_cast<Index>(k));
  }
}

template <class Scalar>
Matrix<Scalar> PixelDecoder<Scalar>::probabilities(const Vector<Scalar>& parameters, const Matrix<Scalar>& codes) {
  return stack_.forward(parameters, codes).array().logistic();
}

template class PixelDecoder<VAE_SCALAR>;

}  // namespace vae
