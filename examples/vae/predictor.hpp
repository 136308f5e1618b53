#pragma once

#include "vae/model.hpp"

namespace vae {

/// A stochastic network that predicts the lower part of an image from the upper one (the paper's structured
/// prediction): p(x_lower | z_L) p(z_L | z_{L-1}) … p(z_1 | x_upper), its layers the chain. Samples come from the model
/// itself, so there is no inference network and no KL term, and log w = log p(x_lower | z_L).
///
/// Of the temperatures the posterior's is that of all layers.
template <class Scalar>
class Predictor final : public Model<Scalar> {
 public:
  Predictor(const ModelShape& shape, const Vector<Scalar>& mean_image);

  double estimate_bound(const Matrix<Scalar>& images, const Objective& objective,
                        concrete::TemperaturePair temperatures, Engine& engine) override;
  Row<Scalar> discrete_log_weights(const Matrix<Scalar>& images, Index samples, Engine& engine) override;
  Matrix<Scalar> reconstruct(const Matrix<Scalar>& images, Engine& engine) override;
  Matrix<Scalar> generate(Index count, const Matrix<Scalar>& images, Engine& engine) override;

 private:
  using Model<Scalar>::parameters_;
  using Model<Scalar>::chain_;
  using Model<Scalar>::pixels_;
  using Model<Scalar>::code_upstream_;

  Matrix<Scalar> upper(const Matrix<Scalar>& images) const { return images.topRows(this->shape_.given_pixels); }
  Matrix<Scalar> lower(const Matrix<Scalar>& images) const { return images.bottomRows(this->shape_.modelled_pixels()); }
};

}  // namespace vae
