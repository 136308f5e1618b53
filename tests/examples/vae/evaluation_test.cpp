#include "vae/evaluation.hpp"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <concrete/noise/uniform.hpp>
#include <limits>
#include <memory>
#include <stdexcept>
#include <vector>

#include "catch.hpp"
#include "vae/error.hpp"
#include "vae/parallel.hpp"

using Catch::Matchers::ContainsSubstring;
using vae::Index;
using vae::LatentKind;
using vae::Stream;
using vae::Task;

namespace {

constexpr Index pixels = 5, given_pixels = 2;
using Vector = vae::Vector<double>;
using Matrix = vae::Matrix<double>;

/// A linear model small enough to sum over the codes of all its layers, in plain double arithmetic.
struct Enumerated {
  Index units, categories, bits, layers;
  Task task;
  std::unique_ptr<vae::Model<float>> model;

  Enumerated(LatentKind kind, Index layers_, Task task_)
      : units(kind == LatentKind::binary ? 3 : 2),
        categories(kind == LatentKind::binary ? 2 : 3),
        bits(kind == LatentKind::binary ? 1 : 2),
        layers(layers_),
        task(task_),
        model(vae::make_model<float>(
            {pixels, {kind, units, categories}, vae::LayerKind::linear, layers, task, given_pixels},
            vae::Vector<float>::Constant(pixels, 0.5F))) {
    vae::Engine engine(8);
    concrete::fill_uniform(engine, model->parameters());
    model->parameters() = 4 * model->parameters().array() - 2;
    concrete::fill_uniform(engine, model->centres());
  }

  Index input() const { return task == Task::prediction ? given_pixels : pixels; }
  Index logits() const { return bits == 1 ? units : units * categories; }
  Index codes() const { return bits * units; }

  /// The result of the affine layer that begins at `at`, which is moved on to the next.
  Vector affine(Index& at, Index outputs, const Vector& x) const {
    const Vector all = model->parameters().cast<double>();
    const Matrix weight = all.segment(at, outputs * x.size()).reshaped(outputs, x.size());
    const Vector bias = all.segment(at + weight.size(), outputs);
    at += weight.size() + outputs;
    return weight * x + bias;
  }

  /// log p(z) or log q(z | x) of one code from logits as they lie in the parameters.
  double log_mass(const Vector& a, const std::vector<Index>& z) const {
    double sum = 0;
    for (Index u = 0; u < units; ++u) {
      const Index k = z[static_cast<std::size_t>(u)];
      if (bits == 1) {
        sum -= std::log(1 + std::exp(k == 1 ? -a[u] : a[u]));
      } else {
        sum += a[categories * u + k] - std::log(a.segment(categories * u, categories).array().exp().sum());
      }
    }
    return sum;
  }

  /// All states of one layer.
  std::vector<std::vector<Index>> states() const {
    std::vector<std::vector<Index>> all;
    std::vector<Index> z(static_cast<std::size_t>(units), 0);
    for (;;) {
      all.push_back(z);
      std::size_t u = 0;  // the next code, as an odometer
      while (u < z.size() && ++z[u] == categories) z[u++] = 0;
      if (u == z.size()) return all;
    }
  }

  Vector code(const std::vector<Index>& z) const {
    Vector code(codes());
    for (Index u = 0; u < units; ++u) {
      for (Index b = 0; b < bits; ++b) code[bits * u + b] = (z[static_cast<std::size_t>(u)] >> b & 1) != 0 ? 1 : -1;
    }
    return code;
  }

  static double log_likelihood(const Vector& x, const Vector& l) {
    double sum = 0;
    for (Index p = 0; p < x.size(); ++p) sum -= std::log(1 + std::exp(x[p] == 1 ? -l[p] : l[p]));
    return sum;
  }

  struct Terms {
    double log_q, log_weight;  // log w = log p(x, z) - log q(z | x), or log p(lower half | z)
  };

  std::vector<Terms> all_terms(const Vector& x) const {
    const Vector centres = model->centres().cast<double>();
    std::vector<Terms> terms;
    Index second = 0;
    const Vector a1 = affine(second, logits(), x.head(input()) - centres.head(input()));
    for (const auto& z1 : states()) {
      const Vector code1 = code(z1);
      const double log_q1 = log_mass(a1, z1);
      Index at = second;
      if (layers == 1) {
        terms.push_back({log_q1, log_weight(x, at, {z1}, log_q1)});
        continue;
      }
      const Vector a2 = affine(at, logits(), code1 - centres.tail(codes()));
      for (const auto& z2 : states()) {
        const double log_q = log_q1 + log_mass(a2, z2);
        terms.push_back({log_q, log_weight(x, at, {z1, z2}, log_q)});
      }
    }
    return terms;
  }

  /// The decoders begin at `at`.
  double log_weight(const Vector& x, Index at, const std::vector<std::vector<Index>>& z, double log_q) const {
    if (task == Task::prediction) {
      const Vector lower = x.tail(pixels - given_pixels);
      return log_likelihood(lower, affine(at, lower.size(), code(z.back())));
    }
    double log_p = log_likelihood(x, affine(at, pixels, code(z[0])));
    if (layers == 2) log_p += log_mass(affine(at, logits(), code(z[1])), z[0]);
    log_p += log_mass(model->parameters().tail(logits()).cast<double>(), z.back());
    REQUIRE(at + logits() == model->parameters().size());
    return log_p - log_q;
  }
};

vae::Matrix<float> some_images() {
  vae::Matrix<float> images(pixels, 3);
  images << 1, 0, 1, 0, 0, 1, 1, 1, 1, 0, 1, 0, 0, 0, 1;
  return images;
}

/// Images enough for several chunks.
vae::Matrix<float> many_images(Index count) {
  vae::Engine engine(3);
  vae::Matrix<float> images(pixels, count);
  concrete::fill_uniform(engine, images);
  return (images.array() < 0.5F).cast<float>();
}

constexpr double unknown = std::numeric_limits<double>::quiet_NaN();

bool same(const vae::Likelihoods& a, const vae::Likelihoods& b) {
  return a.samples == b.samples && a.one_sample == b.one_sample && a.importance == b.importance &&
         a.variance == b.variance;
}

}  // namespace

TEST_CASE("evaluation: against the sum over all codes", "[vae]") {
  const auto kind = GENERATE(LatentKind::binary, LatentKind::categorical);
  const Index layers = GENERATE(1, 2);
  const auto task = GENERATE(Task::autoencoding, Task::prediction);
  INFO("kind " << static_cast<int>(kind) << ", " << layers << " layers, task " << static_cast<int>(task));
  const Enumerated exact(kind, layers, task);
  const vae::Matrix<float> images = some_images();
  const Index m = 4000, n = images.cols();
  const vae::Evaluation found = vae::evaluate(*exact.model, images, m, 9, Stream::evaluation);

  double log_p = 0, elbo = 0, elbo_variance = 0, log_p_variance = 0;
  for (Index i = 0; i < n; ++i) {
    double q = 0, p = 0, p2 = 0, mean = 0, square = 0;
    for (const auto& t : exact.all_terms(images.col(i).cast<double>())) {
      q += std::exp(t.log_q);
      p += std::exp(t.log_q + t.log_weight);
      p2 += std::exp(t.log_q + 2 * t.log_weight);
      mean += std::exp(t.log_q) * t.log_weight;
      square += std::exp(t.log_q) * t.log_weight * t.log_weight;
    }
    REQUIRE(q == Catch::Approx(1));
    log_p += std::log(p) / static_cast<double>(n);
    elbo += mean / static_cast<double>(n);
    elbo_variance += (square - mean * mean) / static_cast<double>(m * n * n);
    log_p_variance += (p2 / (p * p) - 1) / static_cast<double>(m * n * n);
  }
  // Five standard deviations, p = 6e-7; the bias of L_m is half its variance.
  CHECK(std::abs(found.one_sample - elbo) < 5 * std::sqrt(elbo_variance));
  CHECK(std::abs(found.importance - log_p) < 5 * std::sqrt(log_p_variance) + log_p_variance);
  CHECK(log_p - elbo > 15 * std::sqrt(elbo_variance));  // the two are told apart
}

TEST_CASE("evaluation: the model generates what it gives a probability to", "[vae]") {
  const auto kind = GENERATE(LatentKind::binary, LatentKind::categorical);
  const Index layers = GENERATE(1, 2);
  const auto task = GENERATE(Task::autoencoding, Task::prediction);
  INFO("kind " << static_cast<int>(kind) << ", " << layers << " layers, task " << static_cast<int>(task));
  const Enumerated exact(kind, layers, task);
  // All images, or all with the same upper half.
  const Index first = task == Task::prediction ? given_pixels : 0;
  vae::Matrix<float> image = vae::Matrix<float>::Zero(pixels, 1);
  image(0) = 1;
  Vector mean = Vector::Zero(pixels);
  double all = 0;
  for (int bits = 0; bits < 1 << (pixels - first); ++bits) {
    Vector x = image.col(0).cast<double>();
    for (Index p = first; p < pixels; ++p) x[p] = bits >> (p - first) & 1;
    double probability = 0;
    for (const auto& t : exact.all_terms(x)) probability += std::exp(t.log_q + t.log_weight);
    all += probability;
    mean += probability * x;
  }
  CHECK(all == Catch::Approx(1).epsilon(1e-5));
  constexpr Index n = 40'000;
  vae::Engine engine(4);
  const Vector found = exact.model->generate(n, image, engine).cast<double>().rowwise().mean();
  // Five standard deviations of numbers between 0 and 1.
  CHECK((found - mean).cwiseAbs().maxCoeff() < 5 * 0.5 / std::sqrt(static_cast<double>(n)));
}

TEST_CASE("evaluation: every image has samples of its own", "[vae]") {
  const Enumerated exact(LatentKind::binary, 1, Task::autoencoding);
  const vae::Matrix<float> images = vae::Matrix<float>::Ones(pixels, 40);
  vae::Likelihoods likelihoods(images.cols(), 100);  // 16 images at once
  REQUIRE(vae::evaluate(*exact.model, images, 1, Stream::evaluation, likelihoods));
  std::vector<double> sorted = likelihoods.importance;
  std::sort(sorted.begin(), sorted.end());
  CHECK(std::adjacent_find(sorted.begin(), sorted.end()) == sorted.end());
}

TEST_CASE("evaluation: more samples give a better bound, one gives the same", "[vae]") {
  const Enumerated exact(LatentKind::binary, 1, Task::autoencoding);
  const vae::Matrix<float> images = vae::Matrix<float>::Ones(pixels, 50);
  const vae::Evaluation one = vae::evaluate(*exact.model, images, 1, 1, Stream::evaluation);
  CHECK(one.importance == Catch::Approx(one.one_sample).epsilon(1e-12));
  CHECK(one.error_of_samples == 0);  // of one sample nothing is known
  const vae::Evaluation many = vae::evaluate(*exact.model, images, 500, 1, Stream::evaluation);
  CHECK(many.importance > many.one_sample);
}

TEST_CASE("evaluation: the noise is that of evaluations repeated", "[vae][slow]") {
  Enumerated exact(LatentKind::categorical, 1, Task::autoencoding);
  exact.model->parameters() *= 0.3F;  // weights that differ little: the delta method is for small errors
  const vae::Matrix<float> images = many_images(8);
  constexpr int repetitions = 500;
  Vector found(repetitions);
  double noise = 0;
  for (int k = 0; k < repetitions; ++k) {
    const auto seed = static_cast<std::uint64_t>(k);
    const vae::Evaluation evaluation = vae::evaluate(*exact.model, images, 100, seed, Stream::evaluation);
    found[k] = evaluation.importance;
    noise += evaluation.error_of_samples / repetitions;
  }
  const double deviation = std::sqrt((found.array() - found.mean()).square().sum() / (repetitions - 1));
  // The deviation is known to 1 / sqrt(2 * repetitions) = 3.2%: four times that. The delta method neglects terms of the
  // order of the relative variance of an image's mean weight, here below 2%.
  REQUIRE(8 * deviation * deviation < 0.02);
  CHECK(noise == Catch::Approx(deviation).epsilon(0.15));
}

TEST_CASE("evaluation: the spread is the standard error of the mean over images", "[vae]") {
  vae::Likelihoods likelihoods(4, 10);
  CHECK(likelihoods.done() == 0);
  CHECK_THROWS_AS(vae::summary(likelihoods), std::invalid_argument);
  likelihoods.one_sample = {-4, -3, unknown, -8};
  likelihoods.importance = {-3, -2, unknown, -7};
  likelihoods.variance = {0.25, 0.5, unknown, 0.25};
  CHECK(likelihoods.done() == 3);
  const vae::Evaluation evaluation = vae::summary(likelihoods);
  CHECK(evaluation.one_sample == Catch::Approx(-5));
  CHECK(evaluation.importance == Catch::Approx(-4));
  CHECK(evaluation.error_of_samples == Catch::Approx(1.0 / 3));
  CHECK(evaluation.error_of_images == Catch::Approx(std::sqrt((1.0 + 4 + 9) / 2 / 3)));
}

TEST_CASE("evaluation: of nothing there is no summary", "[vae]") {
  CHECK_THROWS_AS(vae::summary({}), std::invalid_argument);
  CHECK_THROWS_AS(vae::summary(vae::Likelihoods(0, 5)), std::invalid_argument);
}

TEST_CASE("evaluation: stopped and continued, with however many threads", "[vae]") {
  const Enumerated exact(LatentKind::binary, 2, Task::autoencoding);
  const vae::Matrix<float> images = many_images(134);
  const Index samples = 100;
  vae::set_threads(1);
  vae::Likelihoods whole(images.cols(), samples);
  std::vector<Index> seen;
  const auto note = [&](const vae::Likelihoods& so_far) { seen.push_back(so_far.done()); };
  REQUIRE(vae::evaluate(*exact.model, images, 5, Stream::evaluation, whole, {.progress = note}));
  CHECK(seen == std::vector<Index>{16, 32, 48, 64, 80, 96, 112, 128, 134});
  CHECK(whole.done() == images.cols());

  vae::Likelihoods other_seed(images.cols(), samples), other_stream(images.cols(), samples);
  REQUIRE(vae::evaluate(*exact.model, images, 6, Stream::evaluation, other_seed));
  REQUIRE(vae::evaluate(*exact.model, images, 5, Stream::validation, other_stream));
  CHECK(other_seed.importance != whole.importance);
  CHECK(other_stream.importance != whole.importance);

  for (const int threads : {1, 2, 3}) {
    if (!vae::set_threads(threads)) continue;
    INFO(threads << " threads");
    vae::Likelihoods at_once(images.cols(), samples), parts(images.cols(), samples);
    REQUIRE(vae::evaluate(*exact.model, images, 5, Stream::evaluation, at_once));
    CHECK(same(at_once, whole));
    std::atomic<bool> enough = false;
    const auto until_32 = [&](const vae::Likelihoods& so_far) { enough = so_far.done() >= 32; };
    const auto stop = [&] { return enough.load(); };
    REQUIRE_FALSE(vae::evaluate(*exact.model, images, 5, Stream::evaluation, parts, {until_32, stop}));
    const Index done = parts.done();
    CHECK((done >= 32 && done <= 32 + 16 * (threads - 1)));  // the other threads may finish what they have begun
    if (threads == 1) CHECK(done == 32);
    const auto check_new = [&](const vae::Likelihoods& so_far) { CHECK(so_far.done() > done); };  // nothing done again
    REQUIRE(vae::evaluate(*exact.model, images, 5, Stream::evaluation, parts, {.progress = check_new}));
    CHECK(same(parts, whole));
  }
  vae::set_threads(1);
}

TEST_CASE("evaluation: an exception of the progress reaches the caller", "[vae]") {
  const Enumerated exact(LatentKind::binary, 1, Task::autoencoding);
  const vae::Matrix<float> images = many_images(40);
  for (const int threads : {1, 2}) {
    if (!vae::set_threads(threads)) continue;
    vae::Likelihoods likelihoods(images.cols(), 100);
    const auto fail = [](const vae::Likelihoods&) { throw std::runtime_error("disk full"); };
    CHECK_THROWS_WITH(vae::evaluate(*exact.model, images, 1, Stream::evaluation, likelihoods, {.progress = fail}),
                      "disk full");
  }
  vae::set_threads(1);
}

TEST_CASE("evaluation: is stopped among the samples of an image", "[vae]") {
  const Enumerated exact(LatentKind::binary, 1, Task::autoencoding);
  const vae::Matrix<float> images = many_images(16);
  vae::set_threads(1);
  int asked = 0;
  const auto stop = [&] { return ++asked == 5; };
  vae::Likelihoods likelihoods(images.cols(), 1'000'000);
  CHECK_FALSE(vae::evaluate(*exact.model, images, 1, Stream::evaluation, likelihoods, {.stop = stop}));
  CHECK(asked == 5);
  CHECK(likelihoods.done() == 0);
}

TEST_CASE("evaluation: a model that has diverged is no result", "[vae]") {
  Enumerated exact(LatentKind::binary, 1, Task::autoencoding);
  const vae::Matrix<float> images = some_images();
  const auto evaluate = [&] { return vae::evaluate(*exact.model, images, 10, 1, Stream::evaluation); };
  vae::Vector<float>& parameters = exact.model->parameters();
  const vae::Vector<float> good = parameters;
  parameters.head(3 * pixels).setConstant(HUGE_VALF);  // the encoder's
  CHECK_THROWS_WITH(evaluate(), ContainsSubstring("the posterior's logits are not finite numbers"));
  parameters = good;
  parameters.tail(3).setConstant(HUGE_VALF);  // the prior's
  CHECK_THROWS_AS(evaluate(), vae::Diverged);
  parameters = good;
  parameters.segment(3 * pixels + 3, pixels * 3).setConstant(NAN);  // the decoder's
  CHECK_THROWS_AS(evaluate(), vae::Diverged);
}

TEST_CASE("evaluation: samples of weight zero", "[vae]") {
  Enumerated exact(LatentKind::binary, 1, Task::autoencoding);
  // A prior that forbids all codes but that of no unit: two units are beyond float.
  exact.model->parameters().tail(3).setConstant(-3e38F);
  const vae::Matrix<float> images = some_images();
  vae::Likelihoods likelihoods(images.cols(), 4000);
  REQUIRE(vae::evaluate(*exact.model, images, 2, Stream::evaluation, likelihoods));
  for (Index i = 0; i < images.cols(); ++i) {
    const auto terms = exact.all_terms(images.col(i).cast<double>());
    const double log_p = terms[0].log_q + terms[0].log_weight;  // of the code that is left
    const auto k = static_cast<std::size_t>(i);
    // w is binomial: p(x) / q with probability q.
    const double variance = (1 / std::exp(terms[0].log_q) - 1) / 4000;
    CHECK(std::abs(likelihoods.importance[k] - log_p) < 5 * std::sqrt(variance) + variance);
    CHECK(likelihoods.variance[k] == Catch::Approx(variance).epsilon(5 * std::sqrt(variance) + variance));
    CHECK(std::isinf(likelihoods.one_sample[k]));
  }
  CHECK(std::isfinite(vae::summary(likelihoods).importance));
  CHECK(std::isfinite(vae::summary(likelihoods).error_of_images));

  // All weights zero: a bound of minus infinity, but one that is known.
  exact.model->parameters().tail(3).setConstant(3e38F);
  exact.model->parameters().segment(3 * pixels, 3).setConstant(-50);
  vae::Likelihoods none(images.cols(), 20);
  CHECK(vae::evaluate(*exact.model, images, 2, Stream::evaluation, none));
  for (const double bound : none.importance) CHECK((std::isinf(bound) && bound < 0));
  for (const double variance : none.variance) CHECK(variance == 0);
}

TEST_CASE("evaluation: what the mean image is worth", "[vae]") {
  vae::Matrix<float> images(2, 2);
  images << 1, 0, 1, 1;
  vae::Vector<float> mean(2);
  mean << 0.25F, 0.75F;
  CHECK(vae::mean_image_log_likelihood(images, mean) ==
        Catch::Approx((std::log(0.25) + std::log(0.75)) / 2 + std::log(0.75)).epsilon(1e-7));
}
