#include "vae/autoencoder.hpp"

#include <limits>

#include "vae/finite.hpp"

namespace vae {

template <class Scalar>
Autoencoder<Scalar>::Autoencoder(const ModelShape& shape, const Vector<Scalar>& mean_image)
    : Model<Scalar>(shape, mean_image) {
  for (Index layer = 0; layer < top(); ++layer) {
    const Index above = chain_.latent(layer + 1).code_rows(), logits = chain_.latent(layer).logit_rows();
    decoders_.emplace_back(this->layout_, stack_sizes(shape.layers, above, above, logits));
  }
  prior_ = this->layout_.add(chain_.latent(top()).logit_rows(), 1);
  this->allocate();
}

template <class Scalar>
void Autoencoder<Scalar>::initialise(Engine& engine) {
  Model<Scalar>::initialise(engine);
  for (const Stack<Scalar>& decoder : decoders_) decoder.initialise(parameters_, engine);
  prior_.in(parameters_).setZero();
}

template <class Scalar>
double Autoencoder<Scalar>::estimate_bound(const Matrix<Scalar>& images, const Objective& objective,
                                           concrete::TemperaturePair temperatures, Engine& engine) {
  constexpr double diverged = std::numeric_limits<double>::quiet_NaN();
  if (!chain_.sample(parameters_, images, temperatures.posterior, objective.samples, engine)) return diverged;
  Row<Scalar> log_weights = pixels_.forward(parameters_, images, chain_.codes(0)), divergence;
  for (Index layer = 0; layer <= top(); ++layer) {
    const Matrix<Scalar> prior =
        prior_logits(layer, [&](Index above) -> const Matrix<Scalar>& { return chain_.codes(above); });
    if (!all_finite(prior)) return diverged;
    const KlTreatment treatment = treatment_of(layer, objective);
    const Row<Scalar> kl = chain_.latent(layer).kl(treatment, prior, temperatures.prior);
    if (is_of_samples(treatment)) {
      log_weights -= kl;
    } else {
      divergence = kl;
    }
  }
  const Bound<Scalar> bound = importance_weighted_bound(log_weights, divergence, images.cols());
  backward(images, objective, bound);
  return static_cast<double>(bound.mean);
}

/// Every upstream here is a derivative of the loss, -bound.
template <class Scalar>
void Autoencoder<Scalar>::backward(const Matrix<Scalar>& images, const Objective& objective,
                                   const Bound<Scalar>& bound) {
  pixels_.backward(parameters_, images, chain_.codes(0), bound.sample_weights, gradient_, code_upstream_[0]);
  for (Index layer = 0; layer <= top(); ++layer) {
    const KlTreatment treatment = treatment_of(layer, objective);
    Matrix<Scalar> prior = chain_.latent(layer).kl_gradient(
        treatment, is_of_samples(treatment) ? bound.sample_weights : bound.divergence_weights);
    if (layer == top()) {
      prior_.in(gradient_) = prior;
    } else {
      decoder_of(layer).backward(parameters_, chain_.codes(layer + 1), prior, gradient_,
                                 &code_upstream_[static_cast<std::size_t>(layer + 1)]);
    }
  }
  chain_.backward(parameters_, code_upstream_, gradient_);
}

template <class Scalar>
Row<Scalar> Autoencoder<Scalar>::discrete_log_weights(const Matrix<Scalar>& images, Index samples, Engine& engine) {
  const auto z = chain_.sample_discrete(parameters_, images, samples, engine);
  const auto drawn = [&](Index layer) -> const auto& { return z.layers[static_cast<std::size_t>(layer)]; };
  Row<Scalar> log_weights = pixels_.log_likelihood(parameters_, images, drawn(0).codes) - z.log_q;
  for (Index layer = 0; layer <= top(); ++layer) {
    const Matrix<Scalar> prior =
        prior_logits(layer, [&](Index above) -> const Matrix<Scalar>& { return drawn(above).codes; });
    require_finite(prior, "the prior's logits");
    log_weights += chain_.latent(layer).log_mass(prior, drawn(layer).states);
  }
  return log_weights;
}

template <class Scalar>
Matrix<Scalar> Autoencoder<Scalar>::reconstruct(const Matrix<Scalar>& images, Engine& engine) {
  const auto z = chain_.sample_discrete(parameters_, images, 1, engine);
  return pixels_.probabilities(parameters_, z.layers[0].codes);
}

template <class Scalar>
Matrix<Scalar> Autoencoder<Scalar>::generate(Index count, const Matrix<Scalar>&, Engine& engine) {
  Matrix<Scalar> codes;  // of the layer above
  for (Index layer = top(); layer >= 0; --layer) {
    const Matrix<Scalar> prior = prior_logits(layer, [&](Index) -> const Matrix<Scalar>& { return codes; });
    require_finite(prior, "the prior's logits");
    codes = chain_.latent(layer).sample_discrete(engine, prior, layer == top() ? count : 1).codes;
  }
  return pixels_.probabilities(parameters_, codes);
}

template <class Scalar>
KlTreatment Autoencoder<Scalar>::treatment_of(Index layer, const Objective& objective) const {
  return layer == top() || is_of_samples(objective.kl) ? objective.kl : KlTreatment::relaxed;
}

template class Autoencoder<VAE_SCALAR>;

}  // namespace vae
