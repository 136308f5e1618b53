#pragma once

#include <vector>

#include "vae/model.hpp"

namespace vae {

/// A variational autoencoder with one stochastic layer or more, z_1 the lowest:
///
///   posterior  q(z_1 | x) q(z_2 | z_1) …, the chain;    model  p(x | z_1) p(z_1 | z_2) … p(z_L),    p(z_L) learned.
///
/// Only the highest layer's prior depends on no sample of a layer above. So only there can the KL term be a divergence:
/// of an objective with one (not is_of_samples), the layers below have the KL term of eq. 20.
template <class Scalar>
class Autoencoder final : public Model<Scalar> {
 public:
  Autoencoder(const ModelShape& shape, const Vector<Scalar>& mean_image);

  void initialise(Engine& engine) override;
  double estimate_bound(const Matrix<Scalar>& images, const Objective& objective,
                        concrete::TemperaturePair temperatures, Engine& engine) override;
  Row<Scalar> discrete_log_weights(const Matrix<Scalar>& images, Index samples, Engine& engine) override;
  Matrix<Scalar> reconstruct(const Matrix<Scalar>& images, Engine& engine) override;
  Matrix<Scalar> generate(Index count, const Matrix<Scalar>& images, Engine& engine) override;

 private:
  using Model<Scalar>::parameters_;
  using Model<Scalar>::gradient_;
  using Model<Scalar>::chain_;
  using Model<Scalar>::pixels_;
  using Model<Scalar>::code_upstream_;

  Index top() const { return chain_.layers() - 1; }
  KlTreatment treatment_of(Index layer, const Objective& objective) const;

  /// From the code of the layer above to the prior's logits of this one.
  Stack<Scalar>& decoder_of(Index layer) { return decoders_[static_cast<std::size_t>(layer)]; }

  /// The logits of the prior of a layer: one column if it is the highest, else one for each column of
  /// codes_of(layer + 1).
  template <class Codes>
  Matrix<Scalar> prior_logits(Index layer, const Codes& codes_of) {
    if (layer == top()) return prior_.in(parameters_);
    return decoder_of(layer).forward(parameters_, codes_of(layer + 1));
  }

  void backward(const Matrix<Scalar>& images, const Objective& objective, const Bound<Scalar>& bound);

  std::vector<Stack<Scalar>> decoders_;  // of all layers but the highest
  Block prior_;                          // of the highest
};

}  // namespace vae
