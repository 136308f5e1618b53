#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "vae/model.hpp"
#include "vae/random.hpp"

namespace vae {

/// What m samples of the discrete model say about each of the images, in nats. It takes no more memory for more
/// samples. An image whose bounds are NaN has not been looked at.
struct Likelihoods {
  std::int64_t samples = 0;        ///< m, of each image
  std::vector<double> one_sample;  ///< mean of log w, w = p(x, z) / q(z | x)
  std::vector<double> importance;  ///< log of the mean of w: L_m
  std::vector<double> variance;    ///< of L_m, from the variance of w over the samples (delta method)

  Likelihoods() = default;
  Likelihoods(Index images, Index samples);

  Index done() const;  ///< images looked at

  template <class Archive>
  void serialize(Archive& archive) {
    archive(samples, one_sample, importance, variance);
  }
};

/// Lower bounds on log p(x) of the discrete model, nats per image, averaged over images.
struct Evaluation {
  double one_sample = 0;  ///< E log w
  double importance = 0;  ///< L_m
  double noise = 0;       ///< standard error of `importance` as an estimate of L_m of these images, because of m
  double spread = 0;      ///< standard error of `importance` as an estimate for all images, because they are so few
};

/// \throws std::invalid_argument  if no image has been looked at.
Evaluation summary(const Likelihoods& likelihoods);

/// Looks at the images that have not been looked at yet, with max_threads() threads. The result depends neither on
/// their number nor on where an earlier call was stopped.
///
/// \param images    pixels x N, entries 0 or 1
/// \param seed      of the samples, as is `stream`.
/// \param progress  called now and then, by one thread at a time, when `likelihoods` has grown; false stops the work.
/// \return          whether all images are done.
bool evaluate(const Model<float>& model, const Matrix<float>& images, std::uint64_t seed, Stream stream,
              Likelihoods& likelihoods, const std::function<bool(const Likelihoods&)>& progress);

/// All at once.
Evaluation evaluate(const Model<float>& model, const Matrix<float>& images, Index samples, std::uint64_t seed,
                    Stream stream);

/// The log-likelihood, in nats per image, of independent pixels with the probabilities of the mean image: what a model
/// has to beat.
double mean_image_log_likelihood(const Matrix<float>& images, const Vector<float>& mean_image);

}  // namespace vae
