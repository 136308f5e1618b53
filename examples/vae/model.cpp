#include "vae/model.hpp"

#include "vae/autoencoder.hpp"
#include "vae/predictor.hpp"

namespace vae {

template <class Scalar>
Model<Scalar>::Model(const ModelShape& shape, const Vector<Scalar>& mean_image)
    : shape_(shape),
      chain_(layout_, shape.input_pixels(), shape.stochastic_layers, shape.layers, shape.latent),
      pixels_(layout_, stack_sizes(shape.layers, chain_.latent(0).code_rows(), chain_.latent(0).code_rows(),
                                   shape.modelled_pixels())),
      code_upstream_(static_cast<std::size_t>(shape.stochastic_layers)),
      mean_image_(mean_image) {
  centres().head(shape.input_pixels()) = mean_image.head(shape.input_pixels());
}

template <class Scalar>
void Model<Scalar>::allocate() {
  parameters_.setZero(layout_.size());
  gradient_.setZero(layout_.size());
}

template <class Scalar>
void Model<Scalar>::initialise(Engine& engine) {
  chain_.initialise(parameters_, engine);
  pixels_.initialise(parameters_, mean_image_.tail(shape_.modelled_pixels()), engine);
}

template <class Scalar>
std::unique_ptr<Model<Scalar>> make_model(const ModelShape& shape, const Vector<Scalar>& mean_image) {
  if (shape.task == Task::prediction) return std::make_unique<Predictor<Scalar>>(shape, mean_image);
  return std::make_unique<Autoencoder<Scalar>>(shape, mean_image);
}

template <class Scalar>
std::unique_ptr<Model<Scalar>> copy_of(const Model<Scalar>& model) {
  auto copy = make_model<Scalar>(model.shape(), Vector<Scalar>::Constant(model.shape().pixels, Scalar(0.5)));
  copy->parameters() = model.parameters();
  copy->centres() = model.centres();
  return copy;
}

template class Model<VAE_SCALAR>;
template std::unique_ptr<Model<VAE_SCALAR>> make_model(const ModelShape&, const Vector<VAE_SCALAR>&);
template std::unique_ptr<Model<VAE_SCALAR>> copy_of(const Model<VAE_SCALAR>&);

}  // namespace vae
