#pragma once

#include <functional>
#include <optional>

#include "vae/model.hpp"

namespace vae {

/// Lower bounds on log p(x) of the discrete model, nats per image, averaged over images.
struct Evaluation {
  double one_sample = 0;  ///< E log p(x, z) - log q(z | x), averaged over all samples
  double importance = 0;  ///< L_m, m all samples
};

/// \param images    pixels x N, entries 0 or 1
/// \param samples   m, of each image
/// \param progress  called now and then with the number of images done; false stops the evaluation.
/// \return          nothing if stopped.
std::optional<Evaluation> evaluate(
    Model<float>& model, const Matrix<float>& images, Index samples, Engine& engine,
    const std::function<bool(Index)>& progress = [](Index) { return true; });

/// The log-likelihood, in nats per image, of independent pixels with the probabilities of the mean image: what a model
/// has to beat.
double mean_image_log_likelihood(const Matrix<float>& images, const Vector<float>& mean_image);

}  // namespace vae
