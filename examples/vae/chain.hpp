#pragma once

#include <memory>
#include <vector>

#include "vae/latent.hpp"
#include "vae/layers.hpp"
#include "vae/types.hpp"

namespace vae {

enum class LayerKind {
  linear,     ///< "–" in the paper: one affine layer
  nonlinear,  ///< "∼": two tanh layers of the size of the code, then an affine one
};

/// Sizes from `input` to `output`, with the hidden layers that the kind asks for.
inline std::vector<Index> stack_sizes(LayerKind kind, Index input, Index hidden, Index output) {
  if (kind == LayerKind::linear) return {input, output};
  return {input, hidden, hidden, output};
}

/// Stochastic layers one upon the other, sampled bottom up: the logits of each come from the input or the code below,
/// less its running mean.
///
/// The inference network of an autoencoder, and all of a network that predicts. Layer 0 is the lowest.
template <class Scalar>
class Chain {
 public:
  /// \param layout  gets places for the parameters of all layers, the lowest first.
  Chain(Layout& layout, Index input, Index layers, LayerKind kind, const LatentShape& shape);

  void initialise(Vector<Scalar>& parameters, Engine& engine) const;

  Index layers() const { return static_cast<Index>(layers_.size()); }
  Latent<Scalar>& latent(Index layer) { return *layer_at(layer).latent; }
  /// Of the latest sample().
  const Matrix<Scalar>& codes(Index layer) const { return *layer_at(layer).codes; }

  /// The running means of the input and of the codes below each layer but the lowest, one after the other. Zero until
  /// set: a mean that is known beforehand is a better start.
  Vector<Scalar>& centres() { return centres_; }
  const Vector<Scalar>& centres() const { return centres_; }

  /// They come first in the layout.
  Index parameter_count() const {
    const Block& last = layers_.back().encoder.output_bias();
    return last.offset + last.rows;
  }

  /// Draws relaxed samples of all layers, m of each input in the lowest, and moves the running means on.
  ///
  /// \return whether all logits were finite; the sample is of no use if not.
  bool sample(const Vector<Scalar>& parameters, const Matrix<Scalar>& input, double temperature, Index samples,
              Engine& engine);

  /// Carries gradients back through the latest sample().
  ///
  /// \param code_upstream  for every layer dL/dcodes by all ways but that through the layers above; spent on the way.
  /// \param gradient       the places of the chain's parameters are set to dL/dparameters.
  void backward(const Vector<Scalar>& parameters, std::vector<Matrix<Scalar>>& code_upstream, Vector<Scalar>& gradient);

  struct DiscreteSample {
    std::vector<typename Latent<Scalar>::DiscreteSample> layers;
    Row<Scalar> log_q;  ///< log-probability of all states given the input, 1 x mB
  };
  /// \throws Diverged  if a logit is not finite.
  DiscreteSample sample_discrete(const Vector<Scalar>& parameters, const Matrix<Scalar>& input, Index samples,
                                 Engine& engine);

 private:
  struct Layer {
    Stack<Scalar> encoder;
    std::unique_ptr<Latent<Scalar>> latent;
    Block centre;
    Matrix<Scalar> input;                   // centred
    const Matrix<Scalar>* codes = nullptr;  // the latent's
  };

  Layer& layer_at(Index layer) { return layers_[static_cast<std::size_t>(layer)]; }
  const Layer& layer_at(Index layer) const { return layers_[static_cast<std::size_t>(layer)]; }

  const Matrix<Scalar>& logits(Layer& layer, const Vector<Scalar>& parameters, const Matrix<Scalar>& input);

  std::vector<Layer> layers_;
  Vector<Scalar> centres_;
  Matrix<Scalar> scratch_;
};

}  // namespace vae
