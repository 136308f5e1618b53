#include "vae/chain.hpp"

#include <utility>

#include "vae/finite.hpp"

namespace vae {

template <class Scalar>
Chain<Scalar>::Chain(Layout& layout, Index input, Index layers, LayerKind kind, const LatentShape& shape) {
  Layout centres;
  for (Index k = 0; k < layers; ++k) {
    auto latent = make_latent<Scalar>(shape);
    const Index below = k == 0 ? input : latent->code_rows();
    Stack<Scalar> encoder(layout, stack_sizes(kind, below, latent->code_rows(), latent->logit_rows()));
    layers_.push_back({std::move(encoder), std::move(latent), centres.add(below, 1), {}});
  }
  centres_.setZero(centres.size());
}

template <class Scalar>
void Chain<Scalar>::initialise(Vector<Scalar>& parameters, Engine& engine) const {
  for (const Layer& layer : layers_) layer.encoder.initialise(parameters, engine);
}

template <class Scalar>
bool Chain<Scalar>::sample(const Vector<Scalar>& parameters, const Matrix<Scalar>& input, double temperature,
                           Index samples, Engine& engine) {
  constexpr auto old = Scalar(0.9), fresh = Scalar(0.1);  // Maddison et al.'s decay
  const Matrix<Scalar>* below = &input;
  for (Layer& layer : layers_) {
    auto centre = layer.centre.in(centres_);
    centre = old * centre + fresh * below->rowwise().mean();
    const Matrix<Scalar>& a = logits(layer, parameters, *below);
    if (!all_finite(a)) return false;
    layer.codes = &layer.latent->sample(engine, a, temperature, samples);
    below = layer.codes;
    samples = 1;  // those of the lowest layer are the inputs of the next
  }
  return true;
}

template <class Scalar>
void Chain<Scalar>::backward(const Vector<Scalar>& parameters, std::vector<Matrix<Scalar>>& code_upstream,
                             Vector<Scalar>& gradient) {
  for (std::size_t k = layers_.size(); k-- > 0;) {
    Layer& layer = layers_[k];
    Matrix<Scalar> upstream = layer.latent->posterior_gradient(code_upstream[k]);
    layer.encoder.backward(parameters, layer.input, upstream, gradient, k == 0 ? nullptr : &scratch_);
    if (k > 0) code_upstream[k - 1] += scratch_;  // the centre is taken as a constant
  }
}

template <class Scalar>
typename Chain<Scalar>::DiscreteSample Chain<Scalar>::sample_discrete(const Vector<Scalar>& parameters,
                                                                      const Matrix<Scalar>& input, Index samples,
                                                                      Engine& engine) {
  DiscreteSample result;
  const Matrix<Scalar>* below = &input;
  result.layers.reserve(layers_.size());  // `below` points into it
  for (Layer& layer : layers_) {
    const Matrix<Scalar>& a = logits(layer, parameters, *below);
    require_finite(a, "the posterior's logits");
    const auto& drawn = result.layers.emplace_back(layer.latent->sample_discrete(engine, a, samples));
    const Row<Scalar> log_q = layer.latent->log_mass(a, drawn.states);
    if (result.log_q.size() == 0) {
      result.log_q = log_q;
    } else {
      result.log_q += log_q;
    }
    below = &drawn.codes;
    samples = 1;
  }
  return result;
}

template <class Scalar>
const Matrix<Scalar>& Chain<Scalar>::logits(Layer& layer, const Vector<Scalar>& parameters,
                                            const Matrix<Scalar>& input) {
  layer.input = input.colwise() - layer.centre.in(centres_).col(0);
  return layer.encoder.forward(parameters, layer.input);
}

template class Chain<VAE_SCALAR>;

}  // namespace vae
