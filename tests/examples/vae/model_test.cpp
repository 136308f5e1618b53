#include "vae/model.hpp"

#include <cmath>
#include <concrete/concrete.hpp>
#include <limits>
#include <string>
#include <vector>

#include "catch.hpp"
#include "support.hpp"

using vae::Index;
using vae::KlTreatment;
using vae::LatentKind;
using vae::LayerKind;
using vae::Task;
using Matrix = vae::Matrix<double>;
using Row = vae::Row<double>;
using Vector = vae::Vector<double>;

namespace {

constexpr Index pixels = 6, given_pixels = 2, units = 3;
constexpr concrete::TemperaturePair temperatures{0.7, 0.45};

Matrix binary_images(Index count) { return (uniforms(pixels, count, 1).array() < 0.4).cast<double>(); }

Vector made_up_mean() { return Vector::LinSpaced(pixels, 0.2, 0.7); }

using ModelPointer = std::unique_ptr<vae::Model<double>>;

/// A model with no parameter or centre at zero: a wrong gradient might go unnoticed there.
ModelPointer made_up_model(LatentKind kind, LayerKind layers, Index stochastic_layers, Task task = Task::autoencoding) {
  const Index categories = 3;  // two bits a unit, of which one corner stays unused
  auto model = vae::make_model<double>(
      {pixels, {kind, units, categories}, layers, stochastic_layers, task, given_pixels}, made_up_mean());
  vae::Engine engine(2);
  model->initialise(engine);
  const auto move = [](Vector& all, unsigned seed) {
    all += 0.6 * uniforms(all.size(), 1, seed) - Vector::Constant(all.size(), 0.3);
  };
  move(model->parameters(), 3);
  move(model->centres(), 7);
  return model;
}

std::string text(LatentKind kind) { return kind == LatentKind::binary ? "binary" : "categorical"; }
std::string text(LayerKind layers) { return layers == LayerKind::linear ? "linear" : "nonlinear"; }
std::string text(KlTreatment kl) {
  return kl == KlTreatment::exact ? "exact" : "eq. " + std::to_string(20 + static_cast<int>(kl));
}

/// The bound with frozen noise and running means that have just arrived at the given ones: the gradient takes them for
/// constants, but those of a layer follow the codes of the layer below.
class FrozenBound {
 public:
  FrozenBound(vae::Model<double>& model, const vae::Objective& objective)
      : model_(model), objective_(objective), centres_(model.centres()), before_(centres_) {}

  double operator()() {
    for (Index layer = 0; layer <= model_.shape().stochastic_layers; ++layer) {
      vae::Engine frozen(4);
      model_.centres() = before_;
      const double bound = model_.estimate_bound(images_, objective_, temperatures, frozen);
      if ((model_.centres() - centres_).cwiseAbs().maxCoeff() < 1e-13) return bound;
      before_ += (centres_ - model_.centres()) / 0.9;  // with each repetition one layer more gets there
    }
    FAIL("the running means do not arrive");
    return 0;
  }

 private:
  vae::Model<double>& model_;
  vae::Objective objective_;
  Matrix images_ = binary_images(2);
  Vector centres_, before_;
};

void check_gradient(vae::Model<double>& model, const vae::Objective& objective) {
  FrozenBound bound(model, objective);
  bound();
  const Vector gradient = model.loss_gradient();
  REQUIRE(gradient.size() == model.parameters().size());
  REQUIRE(gradient.cwiseAbs().maxCoeff() > 0.1);
  for (Index k = 0; k < gradient.size(); ++k) {
    double& parameter = model.parameters()[k];
    const double here = parameter, h = 1e-5;
    parameter = here + h;
    const double above = bound();
    parameter = here - h;
    const double below = bound();
    parameter = here;
    INFO("parameter " << k);
    CHECK(std::abs((below - above) / (2 * h) - gradient[k]) < 1e-8 * std::max(1.0, std::abs(gradient[k])));
  }
}

}  // namespace

TEST_CASE("model: the gradient against central differences", "[vae][slow]") {
  const auto kind = GENERATE(LatentKind::binary, LatentKind::categorical);
  const auto layers = GENERATE(LayerKind::linear, LayerKind::nonlinear);
  const auto kl = GENERATE(KlTreatment::relaxed, KlTreatment::relaxed_mass, KlTreatment::discrete, KlTreatment::exact);
  const Index samples = GENERATE(1, 5), stochastic_layers = GENERATE(1, 2);
  INFO(text(kind) << ", " << text(layers) << ", " << text(kl) << ", m = " << samples << ", " << stochastic_layers
                  << " stochastic layers");
  // Of all these the one that takes longest, and adds least.
  if (kl == KlTreatment::exact && samples == 5 && stochastic_layers == 2 && layers == LayerKind::nonlinear) return;
  check_gradient(*made_up_model(kind, layers, stochastic_layers), {kl, samples});
}

TEST_CASE("model: the gradient of three stochastic layers", "[vae][slow]") {
  const auto kl = GENERATE(KlTreatment::relaxed, KlTreatment::discrete);
  INFO(text(kl));
  check_gradient(*made_up_model(LatentKind::categorical, LayerKind::nonlinear, 3), {kl, 2});
}

TEST_CASE("model: the gradient where samples have no weight", "[vae][slow]") {
  const auto task = GENERATE(Task::autoencoding, Task::prediction);
  const auto layers = GENERATE(LayerKind::linear, LayerKind::nonlinear);
  const Index stochastic_layers = GENERATE(1, 2), samples = 5;
  INFO((task == Task::prediction ? "prediction, " : "")
       << text(layers) << ", " << stochastic_layers << " stochastic layers");
  const ModelPointer model = made_up_model(LatentKind::binary, layers, stochastic_layers, task);
  const Index inference = model->encoder_gradient().size();
  // Some codes explain an image, others not; fewer pixels must be the surer.
  model->parameters().tail(model->parameters().size() - inference) *= task == Task::prediction ? 60 : 30;
  vae::Engine engine(1);
  const Matrix weights = model->discrete_log_weights(binary_images(2), samples, engine).reshaped(2, samples);
  REQUIRE((weights.rowwise().maxCoeff() - weights.rowwise().minCoeff()).minCoeff() > 40);  // exp(-40) < eps / 10
  FrozenBound bound(*model, {KlTreatment::relaxed, samples});
  bound();
  const Vector gradient = model->loss_gradient();
  for (Index k = 0; k < gradient.size(); ++k) {
    double& parameter = model->parameters()[k];
    const double here = parameter, h = 1e-4;
    const auto at = [&](double offset) {
      parameter = here + offset;
      return bound();
    };
    const double slope = (8 * (at(h) - at(-h)) - (at(2 * h) - at(-2 * h))) / (12 * h);
    parameter = here;
    INFO("parameter " << k);
    CHECK(std::abs(-slope - gradient[k]) < 1e-7 * std::max(1.0, std::abs(gradient[k])));
  }
}

TEST_CASE("model: the gradient of a prediction", "[vae][slow]") {
  const auto kind = GENERATE(LatentKind::binary, LatentKind::categorical);
  const auto layers = GENERATE(LayerKind::linear, LayerKind::nonlinear);
  const Index samples = GENERATE(1, 5), stochastic_layers = GENERATE(1, 2, 3);
  INFO(text(kind) << ", " << text(layers) << ", m = " << samples << ", " << stochastic_layers << " stochastic layers");
  check_gradient(*made_up_model(kind, layers, stochastic_layers, Task::prediction), {KlTreatment::relaxed, samples});
}

namespace {

double sigma(double t) { return 1 / (1 + std::exp(-t)); }

/// log of the density of y = (logit + Logistic noise) / t.
double log_density(double y, double logit, double t) {
  const double p = sigma(logit - t * y);
  return std::log(t * p * (1 - p));
}

double log_mass(double z, double logit) { return z * std::log(sigma(logit)) + (1 - z) * std::log(1 - sigma(logit)); }

/// The KL divergence of such densities, by the trapezoidal rule: of smooth functions that fall off exponentially it
/// gives the integral to the last digits.
double divergence(double logit, double prior_logit) {
  constexpr double h = 0.25;
  double sum = 0;
  for (int k = -180; k <= 180; ++k) {
    const double log_q = log_density(h * k, logit, temperatures.posterior);
    sum += h * std::exp(log_q) * (log_q - log_density(h * k, prior_logit, temperatures.prior));
  }
  return sum;
}

/// Of the units of one layer, that of the sample y.
double spelled_kl(KlTreatment treatment, const Vector& logits, const Vector& prior_logits, const Vector& y) {
  double sum = 0;
  for (Index u = 0; u < logits.size(); ++u) {
    const double a = logits[u], b = prior_logits[u], z = sigma(y[u]), q = sigma(a);
    switch (treatment) {
      case KlTreatment::relaxed:
        sum += log_density(y[u], a, temperatures.posterior) - log_density(y[u], b, temperatures.prior);
        break;
      case KlTreatment::relaxed_mass:
        sum += log_mass(z, a) - log_mass(z, b);
        break;
      case KlTreatment::discrete:
        sum += q * (log_mass(1, a) - log_mass(1, b)) + (1 - q) * (log_mass(0, a) - log_mass(0, b));
        break;
      case KlTreatment::exact:
        sum += divergence(a, b);
    }
  }
  return sum;
}

/// A linear model with binary units, spelled out: one image, one unit, one sample at a time. Its layers lie one after
/// the other in the parameters.
struct Spelled {
  struct Affine {
    Index at, outputs, inputs;
  };
  Vector parameters;
  Index layers;
  Task task;
  std::vector<Affine> encoders, decoders;
  std::vector<Vector> centres;  // of what goes into the encoders

  Spelled(const vae::Model<double>& model, const Vector& old_centres)
      : parameters(model.parameters()), layers(model.shape().stochastic_layers), task(model.shape().task) {
    const Index input = task == Task::prediction ? given_pixels : pixels;
    Index at = 0;
    const auto add = [&at](Index outputs, Index inputs) {
      const Affine layer{at, outputs, inputs};
      at += outputs * (inputs + 1);
      return layer;
    };
    for (Index k = 0; k < layers; ++k) encoders.push_back(add(units, k == 0 ? input : units));
    if (task == Task::prediction) {
      decoders.push_back(add(pixels - input, units));
    } else {
      for (Index k = 0; k < layers; ++k) decoders.push_back(add(k == 0 ? pixels : units, units));
      at += units;  // the prior
    }
    REQUIRE(at == parameters.size());
    Index begin = 0;
    for (const Affine& encoder : encoders) {
      centres.push_back(old_centres.segment(begin, encoder.inputs));
      begin += encoder.inputs;
    }
    REQUIRE(begin == old_centres.size());
  }

  Vector apply(const Affine& layer, const Vector& x) const {
    Vector result(layer.outputs);
    for (Index r = 0; r < layer.outputs; ++r) {
      result[r] = parameters[layer.at + layer.outputs * layer.inputs + r];
      for (Index c = 0; c < layer.inputs; ++c) result[r] += parameters[layer.at + c * layer.outputs + r] * x[c];
    }
    return result;
  }

  /// Of black and white pixels.
  static double log_likelihood(const Vector& x, const Vector& logits) {
    double sum = 0;
    for (Index p = 0; p < x.size(); ++p) sum += std::log(x[p] == 1 ? sigma(logits[p]) : 1 - sigma(logits[p]));
    return sum;
  }

  /// One sample of all layers.
  struct Sample {
    std::vector<Vector> logits, y, codes;
  };

  /// Sample i of image b is entry b + B i; moves the centres on.
  std::vector<Sample> sample(const Matrix& images, Index m, vae::Engine& engine) {
    const Index batch = images.cols();
    std::vector<Sample> samples(static_cast<std::size_t>(batch * m));
    for (std::size_t k = 0; k < encoders.size(); ++k) {
      const auto input = [&](std::size_t j) -> Vector {
        if (k > 0) return samples[j].codes[k - 1];
        return images.col(static_cast<Index>(j) % batch).head(encoders[0].inputs);
      };
      Vector mean = Vector::Zero(encoders[k].inputs);
      for (std::size_t j = 0; j < samples.size(); ++j) mean += input(j) / static_cast<double>(samples.size());
      centres[k] = 0.9 * centres[k] + 0.1 * mean;
      const Index columns = k == 0 ? batch : batch * m;
      const Matrix noise =
          concrete::LogitBinaryConcrete(Matrix(Matrix::Zero(units, columns)), 1).sample(engine, batch * m / columns);
      for (std::size_t j = 0; j < samples.size(); ++j) {
        const Vector a = apply(encoders[k], input(j) - centres[k]);
        const Vector y = (a + noise.col(static_cast<Index>(j))) / temperatures.posterior;
        samples[j].logits.push_back(a);
        samples[j].y.push_back(y);
        samples[j].codes.push_back(y.unaryExpr([](double t) { return 2 * sigma(t) - 1; }));
      }
    }
    return samples;
  }

  Vector prior_logits(const Sample& z, std::size_t layer) const {
    if (layer + 1 == encoders.size()) return parameters.tail(units);
    return apply(decoders[layer + 1], z.codes[layer + 1]);
  }

  double bound(const Matrix& images, const vae::Objective& objective, vae::Engine& engine) {
    const Index batch = images.cols(), m = objective.samples;
    const std::vector<Sample> samples = sample(images, m, engine);
    double sum = 0;
    for (Index b = 0; b < batch; ++b) {
      double weights = 0, plain = 0;
      for (Index i = 0; i < m; ++i) {
        const Sample& z = samples[static_cast<std::size_t>(b + batch * i)];
        double log_weight = 0;
        if (task == Task::prediction) {
          log_weight = log_likelihood(images.col(b).tail(pixels - given_pixels), apply(decoders[0], z.codes.back()));
        } else {
          log_weight = log_likelihood(images.col(b), apply(decoders[0], z.codes[0]));
          for (std::size_t k = 0; k < encoders.size(); ++k) {
            const bool top = k + 1 == encoders.size();
            // A divergence only where no prior depends on a sample.
            const KlTreatment kl = top || vae::is_of_samples(objective.kl) ? objective.kl : KlTreatment::relaxed;
            log_weight -= spelled_kl(kl, z.logits[k], prior_logits(z, k), z.y[k]);
          }
        }
        weights += std::exp(log_weight) / static_cast<double>(m);
        plain += log_weight / static_cast<double>(m);
      }
      const bool weighted = task == Task::prediction || vae::is_of_samples(objective.kl);
      sum += weighted ? std::log(weights) : plain;
    }
    return sum / static_cast<double>(batch);
  }
};

}  // namespace

TEST_CASE("model: the bound is what the paper says", "[vae]") {
  const auto treatment =
      GENERATE(KlTreatment::relaxed, KlTreatment::relaxed_mass, KlTreatment::discrete, KlTreatment::exact);
  const Index samples = GENERATE(1, 5), stochastic_layers = GENERATE(1, 2);
  INFO(text(treatment) << ", m = " << samples << ", " << stochastic_layers << " stochastic layers");
  const ModelPointer model = made_up_model(LatentKind::binary, LayerKind::linear, stochastic_layers);
  Spelled spelled(*model, model->centres());
  const Matrix images = binary_images(2);
  vae::Engine engine(5), same(5);
  const double bound = model->estimate_bound(images, {treatment, samples}, temperatures, engine);
  CHECK(bound == Catch::Approx(spelled.bound(images, {treatment, samples}, same)).epsilon(1e-12));
}

TEST_CASE("model: the bound of a prediction is log (1/m) sum p(lower | z)", "[vae]") {
  const Index samples = GENERATE(1, 5), stochastic_layers = GENERATE(1, 2);
  INFO("m = " << samples << ", " << stochastic_layers << " stochastic layers");
  const ModelPointer model = made_up_model(LatentKind::binary, LayerKind::linear, stochastic_layers, Task::prediction);
  Spelled spelled(*model, model->centres());
  const Matrix images = binary_images(2);
  vae::Engine engine(5), same(5);
  const double bound = model->estimate_bound(images, {KlTreatment::relaxed, samples}, temperatures, engine);
  CHECK(bound == Catch::Approx(spelled.bound(images, {KlTreatment::relaxed, samples}, same)).epsilon(1e-12));
}

TEST_CASE("model: of two layers, the exact KL term leaves the mean of eq. 20", "[vae][slow]") {
  const auto kind = GENERATE(LatentKind::binary, LatentKind::categorical);
  INFO(text(kind));
  const ModelPointer model = made_up_model(kind, LayerKind::linear, 2);
  const Matrix images = binary_images(1).replicate(1, 100);
  const Vector centres = model->centres();
  constexpr int repetitions = 100;
  // Of the same noise, so that only what is integrated differs.
  const auto bounds = [&](KlTreatment treatment) {
    vae::Engine engine(9);
    Vector all(repetitions);
    for (double& bound : all) {
      model->centres() = centres;
      bound = model->estimate_bound(images, {treatment, 1}, temperatures, engine);
    }
    return all;
  };
  const Vector sampled = bounds(KlTreatment::relaxed);
  const auto deviations = [&](KlTreatment treatment) {
    const Vector difference = bounds(treatment) - sampled;
    const double variance = (difference.array() - difference.mean()).square().sum() / (repetitions - 1);
    REQUIRE(variance > 0);
    return std::abs(difference.mean()) / std::sqrt(variance / repetitions);
  };
  CHECK(deviations(KlTreatment::exact) < 4);      // p = 6e-5
  CHECK(deviations(KlTreatment::discrete) > 20);  // the two are told apart
}

TEST_CASE("model: running means of the input and of the codes", "[vae]") {
  const auto task = GENERATE(Task::autoencoding, Task::prediction);
  const ModelPointer model = made_up_model(LatentKind::binary, LayerKind::linear, 3, task);
  const Index input = task == Task::prediction ? given_pixels : pixels;
  REQUIRE(model->centres().size() == input + 2 * units);
  Spelled spelled(*model, model->centres());
  vae::Engine engine(5), same(5);
  for (const Index batch : {4, 2}) {
    const Matrix images = binary_images(batch);
    const Vector before = model->centres();
    model->estimate_bound(images, {KlTreatment::relaxed, 2}, temperatures, engine);
    const auto samples = spelled.sample(images, 2, same);
    Vector mean = Vector::Zero(before.size());
    mean.head(input) = images.topRows(input).rowwise().mean();
    for (const auto& z : samples) {
      mean.segment(input, units) += z.codes[0] / static_cast<double>(samples.size());
      mean.tail(units) += z.codes[1] / static_cast<double>(samples.size());
    }
    CHECK((model->centres() - (0.9 * before + 0.1 * mean)).cwiseAbs().maxCoeff() < 1e-14);
  }
}

TEST_CASE("model: running means begin at the mean image and at zero", "[vae]") {
  const auto task = GENERATE(Task::autoencoding, Task::prediction);
  const auto model = vae::make_model<double>(
      {pixels, {LatentKind::categorical, units, 3}, LayerKind::linear, 2, task, given_pixels}, made_up_mean());
  const Index input = task == Task::prediction ? given_pixels : pixels;
  REQUIRE(model->centres().size() == input + 2 * units);
  CHECK(model->centres().head(input) == made_up_mean().head(input));
  CHECK(model->centres().tail(2 * units).isZero(0));
}

TEST_CASE("model: the encoder's gradient", "[vae]") {
  const Index stochastic_layers = GENERATE(1, 2);
  const auto task = GENERATE(Task::autoencoding, Task::prediction);
  const ModelPointer model = made_up_model(LatentKind::binary, LayerKind::nonlinear, stochastic_layers, task);
  vae::Engine engine(6);
  model->estimate_bound(binary_images(2), {}, temperatures, engine);
  const Index input = task == Task::prediction ? given_pixels : pixels;
  const Index hidden = units * (units + 1);
  // Three layers into three units each, of which the first one takes the input.
  const Index parameters = units * (input + 1) + 2 * hidden + (stochastic_layers - 1) * 3 * hidden;
  REQUIRE(model->encoder_gradient().size() == parameters);
  CHECK(model->encoder_gradient() == model->loss_gradient().head(parameters));
}

TEST_CASE("model: initial output is the mean image", "[vae]") {
  const Index stochastic_layers = GENERATE(1, 2);
  const auto task = GENERATE(Task::autoencoding, Task::prediction);
  const Vector mean = made_up_mean();
  const auto model = vae::make_model<double>(
      {pixels, {LatentKind::binary, 3, 2}, LayerKind::nonlinear, stochastic_layers, task, given_pixels}, mean);
  vae::Engine engine(1);
  model->initialise(engine);
  // Codes are symmetric about 0 and so are tanh and Glorot's weights. Pixels that are given are as the images are.
  const Matrix images = (uniforms(pixels, 20'000, 8).array() < mean.replicate(1, 20'000).array()).cast<double>();
  const Vector average = model->generate(images.cols(), images, engine).rowwise().mean();
  CHECK((average - mean).cwiseAbs().maxCoeff() < 0.1);
}

TEST_CASE("model: a prediction keeps what is given", "[vae]") {
  const ModelPointer model = made_up_model(LatentKind::binary, LayerKind::linear, 2, Task::prediction);
  const Matrix images = binary_images(3);
  vae::Engine engine(1);
  const Matrix reconstructed = model->reconstruct(images, engine);
  CHECK(reconstructed.topRows(given_pixels) == images.topRows(given_pixels));
  const Matrix generated = model->generate(7, images, engine);  // of the images one after the other
  REQUIRE(generated.cols() == 7);
  for (Index j = 0; j < 7; ++j) CHECK(generated.col(j).head(given_pixels) == images.col(j % 3).head(given_pixels));
  for (const Matrix& probabilities : {reconstructed, generated}) {
    CHECK(probabilities.bottomRows(pixels - given_pixels).minCoeff() > 0);
    CHECK(probabilities.bottomRows(pixels - given_pixels).maxCoeff() < 1);
  }
}

TEST_CASE("model: a diverged model says so", "[vae]") {
  const auto kind = GENERATE(LatentKind::binary, LatentKind::categorical);
  const auto task = GENERATE(Task::autoencoding, Task::prediction);
  const Index stochastic_layers = GENERATE(1, 2);
  const ModelPointer model = made_up_model(kind, LayerKind::linear, stochastic_layers, task);
  const Vector centres = model->centres();
  vae::Engine engine(1);
  const auto bound = [&] {
    model->centres() = centres;
    return model->estimate_bound(Matrix::Ones(pixels, 2), {}, temperatures, engine);
  };
  bound();
  const Index encoders = model->encoder_gradient().size(), codes = kind == LatentKind::binary ? units : 2 * units;
  const Index decoder = task == Task::prediction ? model->parameters().size() - encoders : pixels * (codes + 1);
  for (Index where = 0; where < model->parameters().size(); ++where) {
    for (const double bad : {std::nan(""), HUGE_VAL}) {
      INFO(text(kind) << ", " << stochastic_layers << " stochastic layers, parameter " << where << " is " << bad);
      const double good = model->parameters()[where];
      model->parameters()[where] = bad;
      // A pixel can be certain, and wrong.
      const bool can_be_infinite = std::isinf(bad) && where >= encoders && where < encoders + decoder;
      const double result = bound();
      CHECK((std::isnan(result) || (can_be_infinite && result == -HUGE_VAL)));
      model->parameters()[where] = good;
    }
  }
}

TEST_CASE("model: a copy gives the same results", "[vae]") {
  const auto task = GENERATE(Task::autoencoding, Task::prediction);
  const ModelPointer model = made_up_model(LatentKind::categorical, LayerKind::nonlinear, 2, task);
  const ModelPointer copy = vae::copy_of(*model);
  const Matrix images = binary_images(4);
  vae::Engine engine(1), same(1);
  CHECK(copy->discrete_log_weights(images, 3, same) == model->discrete_log_weights(images, 3, engine));
  CHECK(copy->estimate_bound(images, {}, temperatures, same) ==
        model->estimate_bound(images, {}, temperatures, engine));
  CHECK(copy->loss_gradient() == model->loss_gradient());
  CHECK(copy->centres() == model->centres());
  CHECK(copy->generate(3, images, same) == model->generate(3, images, engine));
  copy->parameters()[0] += 1;  // they share nothing
  CHECK(copy->parameters()[0] != model->parameters()[0]);
}
