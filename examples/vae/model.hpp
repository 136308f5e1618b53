#pragma once

#include <concrete/training/temperature.hpp>
#include <memory>

#include "vae/chain.hpp"
#include "vae/objective.hpp"
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
};

/// A model of black and white images with discrete latent variables: independent Bernoulli pixels given the code of the
/// lowest stochastic layer (autoencoding) or of the highest (prediction). For float and double.
template <class Scalar>
class Model {
 public:
  explicit Model(const ModelShape& shape) : shape_(shape) {}
  virtual ~Model() = default;

  const ModelShape& shape() const { return shape_; }

  virtual void initialise(Engine& engine) = 0;

  /// All weights, biases and prior logits.
  Vector<Scalar>& parameters() { return parameters_; }
  const Vector<Scalar>& parameters() const { return parameters_; }

  /// The running means that the inputs of the inference network are centred by. Not learned by gradients, but as much
  /// a part of the model.
  virtual Vector<Scalar>& centres() = 0;
  virtual const Vector<Scalar>& centres() const = 0;

  /// One Monte Carlo estimate of the bound, in nats, averaged over a batch of images with entries 0 or 1. Not
  /// finite once logits are not. Leaves the derivative of -bound in loss_gradient(), and moves the centres on.
  virtual double estimate_bound(const Matrix<Scalar>& images, const Objective& objective,
                                concrete::TemperaturePair temperatures, Engine& engine) = 0;
  Vector<Scalar>& loss_gradient() { return gradient_; }
  const Vector<Scalar>& loss_gradient() const { return gradient_; }
  /// The part of it that is the inference network's.
  virtual Eigen::Map<const Vector<Scalar>> encoder_gradient() const = 0;

  /// log w of the discrete model at m samples of z for each of B images: 1 x mB. The mean of w over samples is an
  /// estimate of p(x) or, of prediction, of p(lower half | upper half).
  virtual Row<Scalar> discrete_log_weights(const Matrix<Scalar>& images, Index samples, Engine& engine) = 0;

  /// Probabilities of the pixels, given a discrete sample of each image's code. A half that is given stays as it is.
  virtual Matrix<Scalar> reconstruct(const Matrix<Scalar>& images, Engine& engine) = 0;

  /// Probabilities of the pixels of samples of the model: of the prior or, of prediction, given the upper halves of the
  /// images, one after the other.
  virtual Matrix<Scalar> generate(Index count, const Matrix<Scalar>& images, Engine& engine) = 0;

 protected:
  /// To be called when the layout is complete.
  void allocate(const Layout& layout) {
    parameters_.setZero(layout.size());
    gradient_.setZero(layout.size());
  }

  ModelShape shape_;
  Vector<Scalar> parameters_, gradient_;
};

/// \param mean_image  entries in (0, 1). Its logit is where the output biases begin, and the image itself is where the
///                    running mean of the input does.
template <class Scalar>
std::unique_ptr<Model<Scalar>> make_model(const ModelShape& shape, const Vector<Scalar>& mean_image);

/// Another of the same shape with the same parameters and centres.
template <class Scalar>
std::unique_ptr<Model<Scalar>> copy_of(const Model<Scalar>& model);

}  // namespace vae
