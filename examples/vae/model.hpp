#pragma once

#include <memory>

#include "vae/latent.hpp"
#include "vae/layers.hpp"
#include "vae/types.hpp"

namespace vae {

enum class LayerKind {
  linear,     ///< "–" in the paper: one affine layer
  nonlinear,  ///< "∼": two tanh layers of the size of the code, then an affine one
};

struct ModelShape {
  Index pixels = 0;
  LatentShape latent;
  LayerKind layers = LayerKind::linear;
};

struct Objective {
  KlTreatment kl = KlTreatment::relaxed;
  Index samples = 1;  ///< m of the bound L_m
};

/// A variational auto-encoder with one stochastic layer: posterior q(z | x), learned prior p(z), Bernoulli pixels
/// p(x | z). For float and double.
template <class Scalar>
class Model {
 public:
  /// \param mean_image  entries in (0, 1). Its logit is where the decoder's output bias begins, and the encoder sees
  ///                    images less this mean, which stays fixed (Maddison et al. follow it by a running mean).
  Model(const ModelShape& shape, const Vector<Scalar>& mean_image);

  void initialise(Engine& engine);

  /// All weights, biases and prior logits.
  Vector<Scalar>& parameters() { return parameters_; }
  const Vector<Scalar>& parameters() const { return parameters_; }

  /// One Monte Carlo estimate of the bound, in nats, averaged over a batch of images with entries 0 or 1. NaN once the
  /// encoder's output or the prior is no longer finite. Leaves the derivative of -bound in loss_gradient().
  double estimate_bound(const Matrix<Scalar>& images, const Objective& objective,
                        concrete::TemperaturePair temperatures, Engine& engine);
  const Vector<Scalar>& loss_gradient() const { return gradient_; }
  /// The part of it that is the encoder's.
  auto encoder_gradient() const {
    const Block& last = encoder_.output_bias();
    return gradient_.head(last.offset + last.rows);
  }

  /// The posterior's logits for each image.
  Matrix<Scalar> encode(const Matrix<Scalar>& images);

  /// log p(x, z) - log q(z | x) of the discrete model at m samples of z for each of B images: 1 x mB.
  Row<Scalar> discrete_log_weights(const Matrix<Scalar>& images, const Matrix<Scalar>& posterior_logits, Index samples,
                                   Engine& engine);

  /// Probabilities of the pixels given a discrete sample of z, from each image's posterior or from the prior.
  Matrix<Scalar> reconstruct(const Matrix<Scalar>& images, Engine& engine);
  Matrix<Scalar> generate(Index count, Engine& engine);

 private:
  /// The objective's value and its derivatives, signs as they stand in log p(x | z) - KL.
  struct Bound {
    Scalar mean;
    Row<Scalar> likelihood_weights;  ///< 1 x mB
    Row<Scalar> kl_weights;          ///< of the KL term's shape
  };
  static Bound bound(const Objective& objective, const Row<Scalar>& log_likelihood, const Row<Scalar>& kl, Index batch);

  const Matrix<Scalar>& centre(const Matrix<Scalar>& images);

  Vector<Scalar> mean_image_;
  std::unique_ptr<Latent<Scalar>> latent_;
  Layout layout_;  // before all that takes its place in it
  Stack<Scalar> encoder_, decoder_;
  Block prior_;
  Vector<Scalar> parameters_, gradient_;

  // Kept from step to step for their memory only.
  Matrix<Scalar> centred_, code_upstream_;
  Row<Scalar> log_likelihood_;
};

}  // namespace vae
