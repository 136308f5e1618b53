#pragma once

#include <vector>

#include "vae/layers.hpp"
#include "vae/types.hpp"

namespace vae {

/// From codes to independent Bernoulli pixels, p(x | z).
template <class Scalar>
class PixelDecoder {
 public:
  PixelDecoder(Layout& layout, const std::vector<Index>& sizes) : stack_(layout, sizes) {}

  /// \param mean  of the pixels, entries in (0, 1). Its logit is where the output biases begin.
  void initialise(Vector<Scalar>& parameters, const Vector<Scalar>& mean, Engine& engine) const;

  /// log p(x | z), in nats: 1 x mB.
  ///
  /// \param images  pixels x B, entries 0 or 1.
  /// \param codes   rows x mB; column j belongs to image j mod B.
  Row<Scalar> log_likelihood(const Vector<Scalar>& parameters, const Matrix<Scalar>& images,
                             const Matrix<Scalar>& codes);

  /// The same, and remembers what backward() needs. The result stays valid until the next call.
  const Row<Scalar>& forward(const Vector<Scalar>& parameters, const Matrix<Scalar>& images,
                             const Matrix<Scalar>& codes);

  /// Carries the gradient of a loss back through the latest forward(), of the same images and codes.
  ///
  /// \param weights        minus dL / d log p, at least 0, adding up to 1 / B for each image. Most of many samples have
  ///                       weights that are lost in the rounding of that sum: they are skipped.
  /// \param gradient       its places of the decoder's parameters are set to dL/dparameters.
  /// \param code_upstream  set to dL/dcodes.
  void backward(const Vector<Scalar>& parameters, const Matrix<Scalar>& images, const Matrix<Scalar>& codes,
                const Row<Scalar>& weights, Vector<Scalar>& gradient, Matrix<Scalar>& code_upstream);

  /// Of the pixels to be 1.
  Matrix<Scalar> probabilities(const Vector<Scalar>& parameters, const Matrix<Scalar>& codes);

 private:
  Stack<Scalar> stack_;
  Matrix<Scalar>* pixels_ = nullptr;  // the stack's output, turned into d log p / dlogits by forward()

  // Kept from step to step for their memory only.
  Row<Scalar> log_likelihood_;
  Matrix<Scalar> kept_codes_, kept_upstream_;
};

}  // namespace vae
