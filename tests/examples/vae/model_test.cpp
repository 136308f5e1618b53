#include "vae/model.hpp"

#include <cmath>
#include <concrete/concrete.hpp>
#include <string>

#include "catch.hpp"
#include "vae/likelihood.hpp"

using vae::Index;
using vae::KlTreatment;
using vae::LatentKind;
using vae::LayerKind;
using Matrix = vae::Matrix<double>;
using Row = vae::Row<double>;
using Vector = vae::Vector<double>;

namespace {

constexpr Index pixels = 6;
constexpr concrete::TemperaturePair temperatures{0.7, 0.45};

Matrix uniforms(Index rows, Index cols, unsigned seed) {
  vae::Engine engine(seed);
  Matrix out(rows, cols);
  concrete::fill_uniform(engine, out);
  return out;
}

Matrix binary_images(Index count) { return (uniforms(pixels, count, 1).array() < 0.4).cast<double>(); }

/// A model with no parameter at zero: a wrong gradient might go unnoticed there.
vae::Model<double> made_up_model(LatentKind kind, LayerKind layers) {
  const Index units = 3, categories = 3;  // two bits a unit, of which one corner stays unused
  vae::Model<double> model({pixels, {kind, units, categories}, layers}, Vector::LinSpaced(pixels, 0.2, 0.7));
  vae::Engine engine(2);
  model.initialise(engine);
  model.parameters() +=
      0.6 * uniforms(model.parameters().size(), 1, 3) - Vector::Constant(model.parameters().size(), 0.3);
  return model;
}

std::string text(LatentKind kind) { return kind == LatentKind::binary ? "binary" : "categorical"; }
std::string text(LayerKind layers) { return layers == LayerKind::linear ? "linear" : "nonlinear"; }
std::string text(KlTreatment kl) {
  return kl == KlTreatment::exact ? "exact" : "eq. " + std::to_string(20 + static_cast<int>(kl));
}

}  // namespace

TEST_CASE("model: the gradient against central differences", "[vae]") {
  const auto kind = GENERATE(LatentKind::binary, LatentKind::categorical);
  const auto layers = GENERATE(LayerKind::linear, LayerKind::nonlinear);
  const auto kl = GENERATE(KlTreatment::relaxed, KlTreatment::relaxed_mass, KlTreatment::discrete, KlTreatment::exact);
  const Index samples = GENERATE(1, 5);
  INFO(text(kind) << ", " << text(layers) << ", " << text(kl) << ", m = " << samples);

  vae::Model<double> model = made_up_model(kind, layers);
  const Matrix images = binary_images(2);
  const auto bound = [&] {
    vae::Engine frozen(4);
    return model.estimate_bound(images, {kl, samples}, temperatures, frozen);
  };
  bound();
  const Vector gradient = model.loss_gradient();
  REQUIRE(gradient.size() == model.parameters().size());
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

namespace {

double sigma(double t) { return 1 / (1 + std::exp(-t)); }

/// The bound of a linear model with binary units, spelled out: one image, one unit, one sample at a time.
struct Spelled {
  Index units = 3;
  Vector parameters;
  Vector mean = Vector::LinSpaced(pixels, 0.2, 0.7);

  double encoder(const Vector& x, Index u) const {
    double sum = parameters[units * pixels + u];
    for (Index p = 0; p < pixels; ++p) sum += parameters[p * units + u] * (x[p] - mean[p]);
    return sum;
  }
  double prior(Index u) const { return parameters[parameters.size() - units + u]; }

  double log_likelihood(const Vector& x, const Vector& z) const {
    const double* weight = parameters.data() + units * (pixels + 1);
    double sum = 0;
    for (Index p = 0; p < pixels; ++p) {
      double logit = weight[units * pixels + p];
      for (Index u = 0; u < units; ++u) logit += weight[u * pixels + p] * (2 * z[u] - 1);
      sum += std::log(x[p] == 1 ? sigma(logit) : 1 - sigma(logit));
    }
    return sum;
  }

  /// log of the density of y = (logit + Logistic noise) / t.
  static double log_density(double y, double logit, double t) {
    const double p = sigma(logit - t * y);
    return std::log(t * p * (1 - p));
  }
  static double log_mass(double z, double logit) {
    return z * std::log(sigma(logit)) + (1 - z) * std::log(1 - sigma(logit));
  }

  /// The KL divergence of such densities, by the trapezoidal rule: of smooth functions that fall off exponentially it
  /// gives the integral to the last digits.
  static double divergence(double logit, double prior_logit) {
    constexpr double h = 0.25;
    double sum = 0;
    for (int k = -180; k <= 180; ++k) {
      const double log_q = log_density(h * k, logit, temperatures.posterior);
      sum += h * std::exp(log_q) * (log_q - log_density(h * k, prior_logit, temperatures.prior));
    }
    return sum;
  }

  double kl(KlTreatment treatment, const Vector& x, const Vector& y) const {
    double sum = 0;
    for (Index u = 0; u < units; ++u) {
      const double a = encoder(x, u), z = sigma(y[u]), q = sigma(a);
      switch (treatment) {
        case KlTreatment::relaxed:
          sum += log_density(y[u], a, temperatures.posterior) - log_density(y[u], prior(u), temperatures.prior);
          break;
        case KlTreatment::relaxed_mass:
          sum += log_mass(z, a) - log_mass(z, prior(u));
          break;
        case KlTreatment::discrete:
          sum += q * (log_mass(1, a) - log_mass(1, prior(u))) + (1 - q) * (log_mass(0, a) - log_mass(0, prior(u)));
          break;
        case KlTreatment::exact:
          sum += divergence(a, prior(u));
      }
    }
    return sum;
  }
};

}  // namespace

TEST_CASE("model: the bound is what the paper says", "[vae]") {
  const auto treatment =
      GENERATE(KlTreatment::relaxed, KlTreatment::relaxed_mass, KlTreatment::discrete, KlTreatment::exact);
  const Index samples = GENERATE(1, 5), batch = 2;
  INFO(text(treatment) << ", m = " << samples);
  vae::Model<double> model = made_up_model(LatentKind::binary, LayerKind::linear);
  const Matrix images = binary_images(batch);
  vae::Engine engine(5), same(5);
  const double bound = model.estimate_bound(images, {treatment, samples}, temperatures, engine);

  Spelled spelled;
  spelled.parameters = model.parameters();
  const Matrix noise =
      concrete::LogitBinaryConcrete(Matrix(Matrix::Zero(spelled.units, batch)), 1).sample(same, samples);
  double expected = 0;
  for (Index b = 0; b < batch; ++b) {
    double weights = 0, likelihoods = 0, kl = 0;
    for (Index i = 0; i < samples; ++i) {
      Vector y(spelled.units), z(spelled.units);
      for (Index u = 0; u < spelled.units; ++u) {
        y[u] = (spelled.encoder(images.col(b), u) + noise(u, b + batch * i)) / temperatures.posterior;
        z[u] = sigma(y[u]);
      }
      kl = spelled.kl(treatment, images.col(b), y);
      likelihoods += spelled.log_likelihood(images.col(b), z);
      weights += std::exp(spelled.log_likelihood(images.col(b), z) - kl);
    }
    const auto m = static_cast<double>(samples);
    expected += (vae::is_of_samples(treatment) ? std::log(weights / m) : likelihoods / m - kl) / 2;
  }
  CHECK(bound == Catch::Approx(expected).epsilon(1e-12));
}

TEST_CASE("model: the exact KL term is the mean of the relaxed one", "[vae]") {
  const auto kind = GENERATE(LatentKind::binary, LatentKind::categorical);
  INFO(text(kind));
  constexpr Index images = 2, samples = 100'000;
  const auto latent = vae::make_latent<double>({kind, 3, 4});
  const Matrix logits = 6 * uniforms(latent->posterior_rows(), images, 1).array() - 3;
  const Vector prior = 2 * uniforms(latent->prior_size(), 1, 2).array() - 1;
  vae::Engine engine(3);
  latent->sample(engine, logits, prior, temperatures, samples);
  const Matrix sampled = latent->kl(KlTreatment::relaxed).reshaped(images, samples);
  const Row exact = latent->kl(KlTreatment::exact);
  REQUIRE(exact.size() == images);
  for (Index b = 0; b < images; ++b) {
    const double mean = sampled.row(b).mean();
    const double variance = (sampled.row(b).array() - mean).square().mean();
    CHECK(std::abs(mean - exact[b]) < 4 * std::sqrt(variance / static_cast<double>(samples)));
  }
}

TEST_CASE("model: the encoder's gradient", "[vae]") {
  vae::Model<double> model = made_up_model(LatentKind::binary, LayerKind::nonlinear);
  vae::Engine engine(6);
  model.estimate_bound(binary_images(2), {}, temperatures, engine);
  const Index parameters = 3 * (pixels + 1) + 2 * 3 * (3 + 1);  // three layers into three units each
  REQUIRE(model.encoder_gradient().size() == parameters);
  CHECK(model.encoder_gradient() == model.loss_gradient().head(parameters));
}

TEST_CASE("model: initial output is the mean image", "[vae]") {
  const Vector mean = Vector::LinSpaced(pixels, 0.2, 0.7);
  vae::Model<double> model({pixels, {LatentKind::binary, 3, 2}, LayerKind::nonlinear}, mean);
  vae::Engine engine(1);
  model.initialise(engine);
  // Codes are symmetric about 0 and so are tanh and Glorot's weights.
  const Vector average = model.generate(20'000, engine).rowwise().mean();
  CHECK((average - mean).cwiseAbs().maxCoeff() < 0.1);
}

TEST_CASE("model: a diverged model says so", "[vae]") {
  vae::Model<double> model = made_up_model(LatentKind::categorical, LayerKind::linear);
  vae::Engine engine(1);
  const Index last = model.parameters().size() - 1;
  for (const Index where : {Index{0}, last}) {
    for (const double bad : {std::nan(""), HUGE_VAL}) {
      const double good = model.parameters()[where];
      model.parameters()[where] = bad;
      CHECK(std::isnan(model.estimate_bound(binary_images(2), {}, temperatures, engine)));
      model.parameters()[where] = good;
    }
  }
}

TEST_CASE("model: categories are fed on as corners of a hypercube", "[vae]") {
  CHECK(vae::code_bits({LatentKind::binary, 5, 100}) == 1);
  CHECK(vae::code_bits({LatentKind::categorical, 5, 2}) == 1);
  CHECK(vae::code_bits({LatentKind::categorical, 5, 4}) == 2);
  CHECK(vae::code_bits({LatentKind::categorical, 5, 5}) == 3);
  CHECK(vae::code_bits({LatentKind::categorical, 5, 8}) == 3);

  const auto latent = vae::make_latent<double>({LatentKind::categorical, 2, 4});
  CHECK(latent->posterior_rows() == 8);
  CHECK(latent->code_rows() == 4);
  // A prior that is certain: category 1 of the first unit, 2 of the second.
  Vector prior = Vector::Constant(8, -100);
  prior[1] = prior[4 + 2] = 100;
  vae::Engine engine(1);
  const Matrix codes = latent->sample_prior(engine, prior, 3);
  REQUIRE(codes.cols() == 3);
  CHECK(codes.col(2) == (Vector(4) << 1, -1, -1, 1).finished());
}
