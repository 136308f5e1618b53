#include "vae/autoencoder.hpp"

#include <cmath>
#include <limits>

#include "vae/finite.hpp"
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
Autoencoder<Scalar>::Autoencoder(const ModelShape& shape, const Vector<Scalar>& mean_image)
    : Model<Scalar>(shape),
      mean_image_(mean_image),
      inference_(layout_, shape.pixels, shape.stochastic_layers, shape.layers, shape.latent),
      code_upstream_(static_cast<std::size_t>(shape.stochastic_layers)) {
  for (Index layer = 0; layer <= top(); ++layer) {
    const Index codes = inference_.latent(layer).code_rows();
    const Index below = layer == 0 ? shape.pixels : inference_.latent(layer - 1).logit_rows();
    decoders_.emplace_back(layout_, stack_sizes(shape.layers, codes, codes, below));
  }
  prior_ = layout_.add(inference_.latent(top()).logit_rows(), 1);
  this->allocate(layout_);
  centres().head(shape.pixels) = mean_image;
}

template <class Scalar>
void Autoencoder<Scalar>::initialise(Engine& engine) {
  inference_.initialise(parameters_, engine);
  for (const Stack<Scalar>& stack : decoders_) stack.initialise(parameters_, engine);
  decoder(0).output_bias().in(parameters_) = (mean_image_.array() / (1 - mean_image_.array())).log();
  prior_.in(parameters_).setZero();
}

template <class Scalar>
double Autoencoder<Scalar>::estimate_bound(const Matrix<Scalar>& images, const Objective& objective,
                                           concrete::TemperaturePair temperatures, Engine& engine) {
  constexpr double diverged = std::numeric_limits<double>::quiet_NaN();
  if (!all_finite(prior_.in(parameters_))) return diverged;
  if (!inference_.sample(parameters_, images, temperatures.posterior, objective.samples, engine)) return diverged;
  Matrix<Scalar>& pixels = decoder(0).forward(parameters_, inference_.codes(0));
  log_likelihood_gradient(images, pixels, log_likelihood_);
  Row<Scalar> log_weights = log_likelihood_, divergence;
  for (Index layer = 0; layer <= top(); ++layer) {
    const Row<Scalar> kl = kl_of(layer, objective, temperatures.prior);
    if (kl.size() == 0) return diverged;
    if (is_of_samples(treatment_of(layer, objective))) {
      log_weights -= kl;
    } else {
      divergence = kl;
    }
  }
  const Bound<Scalar> bound = importance_weighted_bound(log_weights, divergence, images.cols());
  backward(objective, bound, images.cols(), pixels);
  return static_cast<double>(bound.mean);
}

template <class Scalar>
Row<Scalar> Autoencoder<Scalar>::kl_of(Index layer, const Objective& objective, double temperature) {
  const Matrix<Scalar> logits = prior_logits(layer, layer == top() ? nullptr : &inference_.codes(layer + 1));
  if (!all_finite(logits)) return {};
  return inference_.latent(layer).kl(treatment_of(layer, objective), logits, temperature);
}

/// Every upstream here is a derivative of the loss, -bound.
template <class Scalar>
void Autoencoder<Scalar>::backward(const Objective& objective, const Bound<Scalar>& bound, Index images,
                                   Matrix<Scalar>& pixels) {
  for (Index j = 0; j < pixels.cols(); ++j) pixels.col(j) *= -bound.sample_weights[j];
  backward_through_pixels(bound.sample_weights, images, pixels);
  for (Index layer = 0; layer <= top(); ++layer) {
    const KlTreatment treatment = treatment_of(layer, objective);
    Matrix<Scalar> prior = inference_.latent(layer).kl_gradient(
        treatment, is_of_samples(treatment) ? bound.sample_weights : bound.divergence_weights);
    if (layer == top()) {
      prior_.in(gradient_) = prior;
    } else {
      decoder(layer + 1).backward(parameters_, inference_.codes(layer + 1), prior, gradient_,
                                  &code_upstream_[static_cast<std::size_t>(layer + 1)]);
    }
  }
  inference_.backward(parameters_, code_upstream_, gradient_);
}

/// Most of many samples have weights that vanish beside the sum of their image's. The decoder, where most of a step goes,
/// is spared those.
template <class Scalar>
void Autoencoder<Scalar>::backward_through_pixels(const Row<Scalar>& weights, Index images, Matrix<Scalar>& pixels) {
  const Matrix<Scalar>& codes = inference_.codes(0);
  const std::vector<Index> columns = columns_that_count(weights, images);
  if (static_cast<Index>(columns.size()) == codes.cols()) {
    decoder(0).backward(parameters_, codes, pixels, gradient_, &code_upstream_[0]);
    return;
  }
  decoder(0).keep_columns(columns);  // of the pixels too, which are its output
  kept_codes_.resize(codes.rows(), static_cast<Index>(columns.size()));
  for (std::size_t k = 0; k < columns.size(); ++k) kept_codes_.col(static_cast<Index>(k)) = codes.col(columns[k]);
  decoder(0).backward(parameters_, kept_codes_, pixels, gradient_, &kept_upstream_);
  code_upstream_[0].setZero(codes.rows(), codes.cols());
  for (std::size_t k = 0; k < columns.size(); ++k) {
    code_upstream_[0].col(columns[k]) = kept_upstream_.col(static_cast<Index>(k));
  }
}

template <class Scalar>
Eigen::Map<const Vector<Scalar>> Autoencoder<Scalar>::encoder_gradient() const {
  return {gradient_.data(), inference_.parameters()};
}

template <class Scalar>
Row<Scalar> Autoencoder<Scalar>::discrete_log_weights(const Matrix<Scalar>& images, Index samples, Engine& engine) {
  const auto z = inference_.sample_discrete(parameters_, images, samples, engine);
  log_likelihood(images, decoder(0).forward(parameters_, z.layers[0].codes), log_likelihood_);
  Row<Scalar> log_weights = log_likelihood_ - z.log_q;
  for (Index layer = 0; layer <= top(); ++layer) {
    const auto k = static_cast<std::size_t>(layer);
    const Matrix<Scalar> logits = prior_logits(layer, layer == top() ? nullptr : &z.layers[k + 1].codes);
    log_weights += inference_.latent(layer).log_mass(logits, z.layers[k].states);
  }
  return log_weights;
}

template <class Scalar>
Matrix<Scalar> Autoencoder<Scalar>::reconstruct(const Matrix<Scalar>& images, Engine& engine) {
  const auto z = inference_.sample_discrete(parameters_, images, 1, engine);
  return decoder(0).forward(parameters_, z.layers[0].codes).array().logistic();
}

template <class Scalar>
Matrix<Scalar> Autoencoder<Scalar>::generate(Index count, const Matrix<Scalar>&, Engine& engine) {
  Matrix<Scalar> codes = inference_.latent(top()).sample_discrete(engine, prior_logits(top(), nullptr), count).codes;
  for (Index layer = top(); layer-- > 0;) {
    codes = inference_.latent(layer).sample_discrete(engine, prior_logits(layer, &codes), 1).codes;
  }
  return decoder(0).forward(parameters_, codes).array().logistic();
}

template <class Scalar>
Matrix<Scalar> Autoencoder<Scalar>::prior_logits(Index layer, const Matrix<Scalar>* codes_above) {
  if (layer == top()) return prior_.in(parameters_);
  return decoder(layer + 1).forward(parameters_, *codes_above);
}

template <class Scalar>
KlTreatment Autoencoder<Scalar>::treatment_of(Index layer, const Objective& objective) const {
  return layer == top() || is_of_samples(objective.kl) ? objective.kl : KlTreatment::relaxed;
}

template class Autoencoder<float>;
template class Autoencoder<double>;

}  // namespace vae
