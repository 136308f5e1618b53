#pragma once

#include <vector>

#include "vae/model.hpp"

namespace vae {

/// A variational autoencoder with one stochastic layer or more, z_1 the lowest:
///
///   posterior  q(z_1 | x) q(z_2 | z_1) …,    model  p(x | z_1) p(z_1 | z_2) … p(z_L),    p(z_L) learned.
///
/// Only of the highest layer does the prior depend on no sample drawn above it. So only there can the KL term be a
/// divergence: the treatments that are (is_of_samples) go to the highest layer, and eq. 20 to those below.
template <class Scalar>
class Autoencoder final : public Model<Scalar> {
 public:
  Autoencoder(const ModelShape& shape, const Vector<Scalar>& mean_image);

  void initialise(Engine& engine) override;
  Vector<Scalar>& centres() override { return inference_.centres(); }
  const Vector<Scalar>& centres() const override { return inference_.centres(); }

  double estimate_bound(const Matrix<Scalar>& images, const Objective& objective,
                        concrete::TemperaturePair temperatures, Engine& engine) override;
  Eigen::Map<const Vector<Scalar>> encoder_gradient() const override;

  Row<Scalar> discrete_log_weights(const Matrix<Scalar>& images, Index samples, Engine& engine) override;
  Matrix<Scalar> reconstruct(const Matrix<Scalar>& images, Engine& engine) override;
  Matrix<Scalar> generate(Index count, const Matrix<Scalar>& images, Engine& engine) override;

 private:
  using Model<Scalar>::parameters_;
  using Model<Scalar>::gradient_;

  Index top() const { return inference_.layers() - 1; }
  KlTreatment treatment_of(Index layer, const Objective& objective) const;
  Stack<Scalar>& decoder(Index layer) { return decoders_[static_cast<std::size_t>(layer)]; }

  /// The logits of the prior of a layer, given the codes of the layer above: one column if there is none.
  Matrix<Scalar> prior_logits(Index layer, const Matrix<Scalar>* codes_above);

  Row<Scalar> kl_of(Index layer, const Objective& objective, double temperature);
  void backward(const Objective& objective, const Bound<Scalar>& bound, Index images, Matrix<Scalar>& pixels);
  void backward_through_pixels(const Row<Scalar>& weights, Index images, Matrix<Scalar>& pixels);

  Vector<Scalar> mean_image_;
  Layout layout_;  // before all that takes its place in it
  Chain<Scalar> inference_;
  std::vector<Stack<Scalar>> decoders_;  // from the code of a layer to what is below it
  Block prior_;

  // Kept from step to step for their memory only.
  std::vector<Matrix<Scalar>> code_upstream_;
  Matrix<Scalar> kept_codes_, kept_upstream_;
  Row<Scalar> log_likelihood_;
};

}  // namespace vae
