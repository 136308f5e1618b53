#include "vae/evaluation.hpp"

#include <algorithm>
#include <concrete/training/importance_weighted.hpp>

#include "vae/likelihood.hpp"

namespace vae {
namespace {

/// Columns that the decoder takes at once: enough for fast matrix products, few enough to stay in the cache.
constexpr Index columns_at_once = 1024;

/// 1 x mB: all samples of a few images.
Row<float> log_weights(Model<float>& model, const Matrix<float>& images, Index samples, Engine& engine) {
  const Index batch = images.cols();
  const Index samples_at_once = std::max<Index>(1, columns_at_once / batch);
  const Matrix<float> logits = model.encode(images);
  Row<float> weights(batch * samples);
  for (Index begin = 0; begin < samples; begin += samples_at_once) {
    const Index count = std::min(samples_at_once, samples - begin);
    weights.segment(begin * batch, count * batch) = model.discrete_log_weights(images, logits, count, engine);
  }
  return weights;
}

}  // namespace

std::optional<Evaluation> evaluate(Model<float>& model, const Matrix<float>& images, Index samples, Engine& engine,
                                   const std::function<bool(Index)>& progress) {
  const Index images_at_once = std::clamp<Index>(columns_at_once / samples, 16, columns_at_once);
  Evaluation sum;
  for (Index begin = 0; begin < images.cols(); begin += images_at_once) {
    const Index count = std::min(images_at_once, images.cols() - begin);
    const Row<float> weights = log_weights(model, images.middleCols(begin, count), samples, engine);
    sum.one_sample += weights.cast<double>().sum() / static_cast<double>(samples);
    sum.importance += concrete::importance_weighted(weights, count).bound.template cast<double>().sum();
    if (!progress(begin + count)) return std::nullopt;
  }
  const auto n = static_cast<double>(images.cols());
  return Evaluation{sum.one_sample / n, sum.importance / n};
}

double mean_image_log_likelihood(const Matrix<float>& images, const Vector<float>& mean_image) {
  const Vector<double> p = mean_image.cast<double>();
  const Vector<double> ink = images.cast<double>().rowwise().mean();
  return (ink.array() * p.array().log() + (1 - ink.array()) * (1 - p.array()).log()).sum();
}

}  // namespace vae
