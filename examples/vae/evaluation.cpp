#include "vae/evaluation.hpp"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <exception>
#include <limits>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>

#include "vae/error.hpp"
#include "vae/parallel.hpp"

namespace vae {
namespace {

/// Columns that the decoder takes at once: enough for fast matrix products, few enough to stay in the cache.
constexpr Index columns_at_once = 1024;

/// Images of a chunk, whose samples come from one stream: few, so that little is lost by stopping and threads share
/// evenly.
Index images_at_once(Index samples) { return std::clamp<Index>(columns_at_once / samples, 16, columns_at_once); }

/// Sums over the samples of some images, of w relative to the largest so far.
class RunningWeights {
 public:
  explicit RunningWeights(Index images)
      : largest_(Row<double>::Constant(images, -std::numeric_limits<double>::infinity())),
        sum_(Row<double>::Zero(images)),
        squares_(Row<double>::Zero(images)),
        log_sum_(Row<double>::Zero(images)) {}

  /// \param log_weights  1 x mB; column j belongs to image j mod B.
  /// \throws Diverged
  void add(const Row<float>& log_weights) {
    for (Index j = 0; j < log_weights.size(); ++j) {
      const Index i = j % sum_.size();
      constexpr double infinity = std::numeric_limits<double>::infinity();
      const auto log_w = static_cast<double>(log_weights[j]);
      if (!(log_w < infinity)) throw Diverged("the weight of a sample of the discrete model is not a finite number");
      log_sum_[i] += log_w;
      if (log_w == -infinity) continue;  // w = 0
      if (log_w > largest_[i]) {
        const double shrink = std::exp(largest_[i] - log_w);
        sum_[i] *= shrink;
        squares_[i] *= shrink * shrink;
        largest_[i] = log_w;
      }
      const double w = std::exp(log_w - largest_[i]);
      sum_[i] += w;
      squares_[i] += w * w;
    }
  }

  /// Writes the results of the images to places `first`, ….
  void finish(Index first, Likelihoods& out) const {
    const auto m = static_cast<double>(out.samples);
    for (Index i = 0; i < sum_.size(); ++i) {
      const auto place = static_cast<std::size_t>(first + i);
      out.one_sample[place] = log_sum_[i] / m;
      out.importance[place] = largest_[i] + std::log(sum_[i] / m);
      // Var(log mean w) = Var(w) / (m mean(w)^2) but for higher orders, where Var(w) = (sum w^2 - m mean(w)^2) /
      // (m - 1). Of one sample nothing is known.
      const double relative_square = squares_[i] * m / (sum_[i] * sum_[i]);  // mean(w^2) / mean(w)^2
      out.variance[place] = m > 1 ? std::max(0.0, relative_square - 1) / (m - 1) : 0;
    }
  }

 private:
  Row<double> largest_, sum_, squares_, log_sum_;
};

/// \return nothing if stopped
std::optional<RunningWeights> draw_weights(Model<float>& model, const Matrix<float>& images, Index samples,
                                           Engine engine, const std::function<bool()>& stop) {
  const Index samples_at_once = std::max<Index>(1, columns_at_once / images.cols());
  RunningWeights weights(images.cols());
  for (Index begin = 0; begin < samples; begin += samples_at_once) {
    if (stop()) return std::nullopt;
    weights.add(model.discrete_log_weights(images, std::min(samples_at_once, samples - begin), engine));
  }
  return weights;
}

}  // namespace

Likelihoods::Likelihoods(Index images, Index samples_)
    : samples(samples_),
      one_sample(static_cast<std::size_t>(images), std::numeric_limits<double>::quiet_NaN()),
      importance(one_sample),
      variance(one_sample) {}

Index Likelihoods::done() const {
  return std::count_if(importance.begin(), importance.end(), [](double l) { return !std::isnan(l); });
}

Evaluation summary(const Likelihoods& likelihoods) {
  const auto n = static_cast<double>(likelihoods.done());
  if (n == 0) throw std::invalid_argument("summary: no image has been looked at");
  Evaluation mean;
  double square = 0, variance = 0;
  for (std::size_t i = 0; i < likelihoods.importance.size(); ++i) {
    const double l = likelihoods.importance[i];
    if (std::isnan(l)) continue;
    mean.one_sample += likelihoods.one_sample[i] / n;
    mean.importance += l / n;
    variance += likelihoods.variance[i];
  }
  for (const double l : likelihoods.importance) {
    if (!std::isnan(l)) square += (l - mean.importance) * (l - mean.importance);
  }
  mean.error_of_samples = std::sqrt(variance) / n;
  mean.error_of_images = n > 1 ? std::sqrt(square / (n - 1) / n) : 0;
  return mean;
}

bool evaluate(const Model<float>& model, const Matrix<float>& images, std::uint64_t seed, Stream stream,
              Likelihoods& likelihoods, const EvaluationCalls& calls) {
  const auto samples = static_cast<Index>(likelihoods.samples);
  const Index size = images_at_once(samples);
  std::atomic<bool> failed = false;
  std::exception_ptr error;
  std::mutex finishing;
  const auto stopped = [&] { return failed || calls.stop(); };
  const auto look_at = [&](std::unique_ptr<Model<float>>& own, Index first) {
    if (!own) own = copy_of(model);
    const Matrix<float> chunk = images.middleCols(first, std::min(size, images.cols() - first));
    const auto weights =
        draw_weights(*own, chunk, samples, make_engine(seed, stream, static_cast<std::uint64_t>(first)), stopped);
    if (!weights) return;
    const std::lock_guard one_at_a_time(finishing);
    weights->finish(first, likelihoods);
    calls.progress(likelihoods);
  };
#ifdef _OPENMP
#pragma omp parallel num_threads(vae::max_threads())
#endif
  {
    std::unique_ptr<Model<float>> own;  // each thread's: a model keeps the outputs of its layers
#ifdef _OPENMP
#pragma omp for schedule(dynamic)
#endif
    for (Index first = 0; first < images.cols(); first += size) {
      if (stopped() || !std::isnan(likelihoods.importance[static_cast<std::size_t>(first)])) continue;
      try {
        look_at(own, first);
      } catch (...) {  // must not leave the loop
        const std::lock_guard one_at_a_time(finishing);
        error = std::current_exception();
        failed = true;
      }
    }
  }
  if (error) std::rethrow_exception(error);
  return likelihoods.done() == images.cols();
}

Evaluation evaluate(const Model<float>& model, const Matrix<float>& images, Index samples, std::uint64_t seed,
                    Stream stream) {
  Likelihoods likelihoods(images.cols(), samples);
  evaluate(model, images, seed, stream, likelihoods);
  return summary(likelihoods);
}

double mean_image_log_likelihood(const Matrix<float>& images, const Vector<float>& mean_image) {
  const Vector<double> p = mean_image.cast<double>();
  const Vector<double> ink = images.cast<double>().rowwise().mean();
  return (ink.array() * p.array().log() + (1 - ink.array()) * (1 - p.array()).log()).sum();
}

}  // namespace vae
