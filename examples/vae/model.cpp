#include "vae/model.hpp"

#include <cmath>
#include <concrete/training/importance_weighted.hpp>
#include <limits>
#include <vector>

#include "vae/likelihood.hpp"

namespace vae {
namespace {

/// Sizes from `input` to `output`, with the hidden layers that the kind asks for.
std::vector<Index> stack_sizes(LayerKind kind, Index input, Index hidden, Index output) {
  if (kind == LayerKind::linear) return {input, output};
  return {input, hidden, hidden, output};
}

/// Eigen's allFinite() looks at one entry at a time.
template <class Derived>
bool all_finite(const Eigen::MatrixBase<Derived>& x) {
  return (0 * x).sum() == 0;  // 0 times an infinity or NaN is NaN
}

}  // namespace

template <class Scalar>
Model<Scalar>::Model(const ModelShape& shape, const Vector<Scalar>& mean_image)
    : mean_image_(mean_image),
      latent_(make_latent<Scalar>(shape.latent)),
      encoder_(layout_, stack_sizes(shape.layers, shape.pixels, latent_->code_rows(), latent_->posterior_rows())),
      decoder_(layout_, stack_sizes(shape.layers, latent_->code_rows(), latent_->code_rows(), shape.pixels)),
      prior_(layout_.add(latent_->prior_size(), 1)),
      parameters_(Vector<Scalar>::Zero(layout_.size())),
      gradient_(Vector<Scalar>::Zero(layout_.size())) {}

template <class Scalar>
void Model<Scalar>::initialise(Engine& engine) {
  encoder_.initialise(parameters_, engine);
  decoder_.initialise(parameters_, engine);
  decoder_.output_bias().in(parameters_) = (mean_image_.array() / (1 - mean_image_.array())).log();
  prior_.in(parameters_).setZero();
}

template <class Scalar>
double Model<Scalar>::estimate_bound(const Matrix<Scalar>& images, const Objective& objective,
                                     concrete::TemperaturePair temperatures, Engine& engine) {
  const Matrix<Scalar>& input = centre(images);
  const Matrix<Scalar>& logits = encoder_.forward(parameters_, input);
  if (!all_finite(logits) || !all_finite(prior_.in(parameters_))) return std::numeric_limits<double>::quiet_NaN();
  const Matrix<Scalar>& codes =
      latent_->sample(engine, logits, prior_.in(parameters_), temperatures, objective.samples);
  Matrix<Scalar>& pixels = decoder_.forward(parameters_, codes);
  log_likelihood_gradient(images, pixels, log_likelihood_);
  const Bound bound = Model::bound(objective, log_likelihood_, latent_->kl(objective.kl), images.cols());

  // From here on every upstream is a derivative of the loss, -bound.
  for (Index j = 0; j < pixels.cols(); ++j) pixels.col(j) *= -bound.likelihood_weights[j];
  decoder_.backward(parameters_, codes, pixels, gradient_, &code_upstream_);
  auto upstream = latent_->gradient(objective.kl, bound.kl_weights, code_upstream_);
  encoder_.backward(parameters_, input, upstream.posterior, gradient_, nullptr);
  prior_.in(gradient_) = upstream.prior;
  return static_cast<double>(bound.mean);
}

template <class Scalar>
typename Model<Scalar>::Bound Model<Scalar>::bound(const Objective& objective, const Row<Scalar>& log_likelihood,
                                                   const Row<Scalar>& kl, Index batch) {
  const auto images = static_cast<Scalar>(batch);
  if (!is_of_samples(objective.kl)) {
    // A divergence belongs to no one sample: taken into every log-weight, it would leave weights p(x | z) exp(-KL),
    // whose mean is no estimate of p(x). So the objective is the plain mean of the m one-sample bounds.
    const auto columns = static_cast<Scalar>(log_likelihood.size());
    return {log_likelihood.mean() - kl.mean(), Row<Scalar>::Constant(log_likelihood.size(), 1 / columns),
            Row<Scalar>::Constant(kl.size(), 1 / images)};
  }
  const Row<Scalar> log_weights = log_likelihood - kl;
  const auto weighted = concrete::importance_weighted(log_weights, batch);
  const Row<Scalar> weights = weighted.weights / images;
  return {weighted.bound.mean(), weights, weights};
}

template <class Scalar>
Matrix<Scalar> Model<Scalar>::encode(const Matrix<Scalar>& images) {
  return encoder_.forward(parameters_, centre(images));
}

template <class Scalar>
Row<Scalar> Model<Scalar>::discrete_log_weights(const Matrix<Scalar>& images, const Matrix<Scalar>& posterior_logits,
                                                Index samples, Engine& engine) {
  const auto z = latent_->sample_discrete(engine, posterior_logits, prior_.in(parameters_), samples);
  log_likelihood(images, decoder_.forward(parameters_, z.codes), log_likelihood_);
  return log_likelihood_ + z.log_ratio;
}

template <class Scalar>
Matrix<Scalar> Model<Scalar>::reconstruct(const Matrix<Scalar>& images, Engine& engine) {
  const auto z = latent_->sample_discrete(engine, encode(images), prior_.in(parameters_), 1);
  return decoder_.forward(parameters_, z.codes).array().logistic();
}

template <class Scalar>
Matrix<Scalar> Model<Scalar>::generate(Index count, Engine& engine) {
  const Matrix<Scalar> codes = latent_->sample_prior(engine, prior_.in(parameters_), count);
  return decoder_.forward(parameters_, codes).array().logistic();
}

template <class Scalar>
const Matrix<Scalar>& Model<Scalar>::centre(const Matrix<Scalar>& images) {
  return centred_ = images.colwise() - mean_image_;
}

template class Model<float>;
template class Model<double>;

}  // namespace vae
