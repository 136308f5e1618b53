#pragma once

#include <vector>

#include "vae/model.hpp"

namespace vae {

/// A stochastic network that predicts the lower part of an image from the upper one (the paper's structured
/// prediction): p(x_lower | z_L) p(z_L | z_{L-1}) … p(z_1 | x_upper). Samples come from the model itself, so there is no
/// inference network and no KL term, and log w = log p(x_lower | z_L).
///
/// Of the temperatures the posterior's is that of all layers.
template <class Scalar>
class Predictor final : public Model<Scalar> {
 public:
  Predictor(const ModelShape& shape, const Vector<Scalar>& mean_image);

  void initialise(Engine& engine) override;
  Vector<Scalar>& centres() override { return network_.centres(); }
  const Vector<Scalar>& centres() const override { return network_.centres(); }

  double estimate_bound(const Matrix<Scalar>& images, const Objective& objective,
                        concrete::TemperaturePair temperatures, Engine& engine) override;
  Eigen::Map<const Vector<Scalar>> encoder_gradient() const override;

  Row<Scalar> discrete_log_weights(const Matrix<Scalar>& images, Index samples, Engine& engine) override;
  Matrix<Scalar> reconstruct(const Matrix<Scalar>& images, Engine& engine) override;
  Matrix<Scalar> generate(Index count, const Matrix<Scalar>& images, Engine& engine) override;

 private:
  using Model<Scalar>::parameters_;
  using Model<Scalar>::gradient_;

  Index given() const { return this->shape_.given_pixels; }
  Index predicted() const { return this->shape_.pixels - given(); }

  Vector<Scalar> mean_image_;
  Layout layout_;  // before all that takes its place in it
  Chain<Scalar> network_;
  Stack<Scalar> decoder_;  // from the code of the highest layer

  // Kept from step to step for their memory only.
  Matrix<Scalar> upper_, lower_;
  std::vector<Matrix<Scalar>> code_upstream_;
  Row<Scalar> log_likelihood_;
};

}  // namespace vae
