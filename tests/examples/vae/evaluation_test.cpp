#include "vae/evaluation.hpp"

#include <cmath>
#include <concrete/noise/uniform.hpp>
#include <vector>

#include "catch.hpp"

using vae::Index;
using vae::LatentKind;

namespace {

constexpr Index pixels = 5;
using Vector = vae::Vector<double>;
using Matrix = vae::Matrix<double>;

/// A linear model small enough to sum over all its codes, in plain double arithmetic.
struct Enumerated {
  Index units, categories, bits;
  vae::Model<float> model;

  Enumerated(LatentKind kind, Index units_, Index categories_, Index bits_)
      : units(units_),
        categories(categories_),
        bits(bits_),
        model({pixels, {kind, units, categories}, vae::LayerKind::linear}, vae::Vector<float>::Constant(pixels, 0.5F)) {
    vae::Engine engine(8);
    concrete::fill_uniform(engine, model.parameters());
    model.parameters() = 4 * model.parameters().array() - 2;
  }

  Index logits() const { return bits == 1 ? units : units * categories; }

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

  struct Terms {
    double log_q, log_weight;  // log w = log p(x, z) - log q(z | x)
  };

  std::vector<Terms> all_terms(const Vector& x) const {
    const Vector parameters = model.parameters().cast<double>();
    const Index n = logits(), codes = bits * units;
    const Matrix encoder = parameters.segment(0, n * pixels).reshaped(n, pixels);
    const Vector a = encoder * (x.array() - 0.5).matrix() + parameters.segment(n * pixels, n);
    const Index at = n * (pixels + 1);
    const Matrix decoder = parameters.segment(at, pixels * codes).reshaped(pixels, codes);
    const Vector bias = parameters.segment(at + pixels * codes, pixels), prior = parameters.tail(n);
    std::vector<Terms> terms;
    std::vector<Index> z(static_cast<std::size_t>(units), 0);
    for (;;) {
      Vector code(codes);
      for (Index u = 0; u < units; ++u) {
        for (Index b = 0; b < bits; ++b) code[bits * u + b] = (z[static_cast<std::size_t>(u)] >> b & 1) != 0 ? 1 : -1;
      }
      const Vector l = decoder * code + bias;
      double log_p = log_mass(prior, z);
      for (Index p = 0; p < pixels; ++p) log_p -= std::log(1 + std::exp(x[p] == 1 ? -l[p] : l[p]));
      const double log_q = log_mass(a, z);
      terms.push_back({log_q, log_p - log_q});
      Index u = 0;  // the next code, as an odometer
      while (u < units && ++z[static_cast<std::size_t>(u)] == categories) z[static_cast<std::size_t>(u++)] = 0;
      if (u == units) return terms;
    }
  }
};

}  // namespace

TEST_CASE("evaluation: against the sum over all codes", "[vae]") {
  const bool binary = GENERATE(true, false);
  Enumerated exact = binary ? Enumerated(LatentKind::binary, 3, 2, 1) : Enumerated(LatentKind::categorical, 2, 3, 2);
  vae::Matrix<float> images(pixels, 3);
  images << 1, 0, 1, 0, 0, 1, 1, 1, 1, 0, 1, 0, 0, 0, 1;
  const Index m = 4000, n = images.cols();
  vae::Engine engine(9);
  const vae::Evaluation found = *vae::evaluate(exact.model, images, m, engine);

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
  CHECK(log_p - elbo > 20 * std::sqrt(elbo_variance));  // the two are told apart
}

TEST_CASE("evaluation: more samples give a better bound, one gives the same", "[vae]") {
  Enumerated exact(LatentKind::binary, 3, 2, 1);
  const vae::Matrix<float> images = vae::Matrix<float>::Ones(pixels, 50);
  vae::Engine engine(1);
  const vae::Evaluation one = *vae::evaluate(exact.model, images, 1, engine);
  CHECK(one.importance == Catch::Approx(one.one_sample).epsilon(1e-6));
  const vae::Evaluation many = *vae::evaluate(exact.model, images, 500, engine);
  CHECK(many.importance > many.one_sample);
}

TEST_CASE("evaluation: can be stopped", "[vae]") {
  Enumerated exact(LatentKind::binary, 3, 2, 1);
  const vae::Matrix<float> images = vae::Matrix<float>::Ones(pixels, 50);
  vae::Engine engine(1);
  std::vector<Index> seen;
  const auto stop_at_32 = [&](Index done) {
    seen.push_back(done);
    return done < 32;
  };
  CHECK_FALSE(vae::evaluate(exact.model, images, 100, engine, stop_at_32).has_value());
  CHECK(seen == std::vector<Index>{16, 32});
}

TEST_CASE("evaluation: what the mean image is worth", "[vae]") {
  vae::Matrix<float> images(2, 2);
  images << 1, 0, 1, 1;
  vae::Vector<float> mean(2);
  mean << 0.25F, 0.75F;
  CHECK(vae::mean_image_log_likelihood(images, mean) ==
        Catch::Approx((std::log(0.25) + std::log(0.75)) / 2 + std::log(0.75)).epsilon(1e-7));
}
