#include "vae/model.hpp"

#include "vae/autoencoder.hpp"
#include "vae/predictor.hpp"

namespace vae {

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

template std::unique_ptr<Model<float>> make_model(const ModelShape&, const Vector<float>&);
template std::unique_ptr<Model<double>> make_model(const ModelShape&, const Vector<double>&);
template std::unique_ptr<Model<float>> copy_of(const Model<float>&);
template std::unique_ptr<Model<double>> copy_of(const Model<double>&);

}  // namespace vae
