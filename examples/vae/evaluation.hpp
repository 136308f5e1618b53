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
  std::vector<double> variance;    ///< of L_m over repetitions, from the variance of w (delta method)

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
  // Standard errors of `importance`, as an estimate of L_m:
  double error_of_samples = 0;  ///< of these images, from the finite number of samples
  double error_of_images = 0;   ///< of the population that they are from, from the finite number of images
};

/// \throws std::invalid_argument  if no image has been looked at.
Evaluation summary(const Likelihoods& likelihoods);

/// What evaluate() calls meanwhile.
struct EvaluationCalls {
  /// When `likelihoods` has grown, by one thread at a time.
  std::function<void(const Likelihoods&)> progress = [](const Likelihoods&) {};
  /// Whether to stop, leaving images undone. Often, and by several threads at once.
  std::function<bool()> stop = [] { return false; };
};

/// Looks at the images that have not been looked at yet, with max_threads() threads. The result depends neither on
/// their number nor on where an earlier call was stopped.
///
/// \param images  pixels x N, entries 0 or 1
/// \param seed    of the samples, as is `stream`.
/// \return        whether all images are done.
/// \throws Diverged  if a weight is not a number, or infinite.
bool evaluate(const Model<float>& model, const Matrix<float>& images, std::uint64_t seed, Stream stream,
              Likelihoods& likelihoods, const EvaluationCalls& calls = {});

/// All at once.
Evaluation evaluate(const Model<float>& model, const Matrix<float>& images, Index samples, std::uint64_t seed,
                    Stream stream);

/// The log-likelihood, in nats per image, of independent pixels with the probabilities of the mean image: what a model
/// has to beat.
double mean_image_log_likelihood(const Matrix<float>& images, const Vector<float>& mean_image);

}  // namespace vae
