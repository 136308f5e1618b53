#pragma once

#include <concrete/training/temperature.hpp>
#include <memory>
#include <vector>

#include "vae/chain.hpp"
#include "vae/objective.hpp"
#include "vae/pixel_decoder.hpp"
#include "vae/types.hpp"

namespace vae {

enum class Task {
  autoencoding,  ///< p(x) of images, through latent variables that an inference network infers
  prediction,    ///< p(lower half | upper half), the paper's structured prediction
};

struct ModelShape {
  Index pixels = 0;
  LatentShape latent;
  LayerKind layers = LayerKind::linear;
  Index stochastic_layers = 1;
  Task task = Task::autoencoding;
  Index given_pixels = 0;  ///< of prediction: the first of an image, from which the others are predicted

  Index input_pixels() const { return task == Task::prediction ? given_pixels : pixels; }
  Index modelled_pixels() const { return task == Task::prediction ? pixels - given_pixels : pixels; }
};

/// A model of black and white images with discrete latent variables: a chain of stochastic layers upwards from the
/// image, and independent Bernoulli pixels given the code of its lowest layer (autoencoding) or of its highest
/// (prediction). The sources are compiled for the scalar VAE_SCALAR: float in the program, double in its tests.
template <class Scalar>
class Model {
 public:
  virtual ~Model() = default;

  const ModelShape& shape() const { return shape_; }

  virtual void initialise(Engine& engine);

  /// All weights, biases and prior logits.
  Vector<Scalar>& parameters() { return parameters_; }
  const Vector<Scalar>& parameters() const { return parameters_; }

  /// The running means that the inputs of the chain's layers are centred by. Not learned by gradients, but as much a
  /// part of the model.
  Vector<Scalar>& centres() { return chain_.centres(); }
  const Vector<Scalar>& centres() const { return chain_.centres(); }

  /// One Monte Carlo estimate of the bound, in nats, averaged over a batch of images with entries 0 or 1. Not finite
  /// once logits are not. Leaves the derivative of -bound in loss_gradient(), and moves the centres on.
  virtual double estimate_bound(const Matrix<Scalar>& images, const Objective& objective,
                                concrete::TemperaturePair temperatures, Engine& engine) = 0;
  Vector<Scalar>& loss_gradient() { return gradient_; }
  const Vector<Scalar>& loss_gradient() const { return gradient_; }
  /// The part of it that is the chain's.
  auto encoder_gradient() const { return gradient_.head(chain_.parameter_count()); }

  /// log w of the discrete model at m samples of z for each of B images: 1 x mB. The mean of w over samples is an
  /// estimate of p(x) or, of prediction, of p(lower half | upper half).
  virtual Row<Scalar> discrete_log_weights(const Matrix<Scalar>& images, Index samples, Engine& engine) = 0;

  /// Probabilities of the pixels, given a discrete sample of each image's code. A half that is given stays as it is.
  virtual Matrix<Scalar> reconstruct(const Matrix<Scalar>& images, Engine& engine) = 0;

  /// Probabilities of the pixels of samples of the model: of the prior or, of prediction, given the upper halves of the
  /// images, one after the other.
  virtual Matrix<Scalar> generate(Index count, const Matrix<Scalar>& images, Engine& engine) = 0;

 protected:
  /// allocate() has to follow, when the layout is complete.
  Model(const ModelShape& shape, const Vector<Scalar>& mean_image);
  void allocate();

  ModelShape shape_;
  Layout layout_;  // before all that takes its place in it
  Chain<Scalar> chain_;
  PixelDecoder<Scalar> pixels_;
  Vector<Scalar> parameters_, gradient_;
  std::vector<Matrix<Scalar>> code_upstream_;  // of each layer of the chain; kept from step to step for its memory only

 private:
  Vector<Scalar> mean_image_;
};

/// \param mean_image  entries in (0, 1). Its logit is where the output biases begin, and the image itself is where the
///                    running mean of the input does.
template <class Scalar>
std::unique_ptr<Model<Scalar>> make_model(const ModelShape& shape, const Vector<Scalar>& mean_image);

/// Another of the same shape with the same parameters and centres.
template <class Scalar>
std::unique_ptr<Model<Scalar>> copy_of(const Model<Scalar>& model);

}  // namespace vae
