#include "vae/latent.hpp"

#include <cmath>
#include <concrete/concrete.hpp>
#include <string>

#include "catch.hpp"
#include "support.hpp"

using vae::Index;
using vae::KlTreatment;
using vae::LatentKind;
using Matrix = vae::Matrix<double>;
using Row = vae::Row<double>;
using Vector = vae::Vector<double>;

namespace {

constexpr concrete::TemperaturePair temperatures{0.7, 0.45};

std::string text(LatentKind kind) { return kind == LatentKind::binary ? "binary" : "categorical"; }

}  // namespace

TEST_CASE("latent: the exact KL term is the mean of the relaxed one", "[vae]") {
  const auto kind = GENERATE(LatentKind::binary, LatentKind::categorical);
  INFO(text(kind));
  constexpr Index images = 2, samples = 100'000;
  const auto latent = vae::make_latent<double>({kind, 3, 4});
  const Matrix logits = 6 * uniforms(latent->logit_rows(), images, 1).array() - 3;
  const Matrix prior = 2 * uniforms(latent->logit_rows(), 1, 2).array() - 1;
  vae::Engine engine(3);
  latent->sample(engine, logits, temperatures.posterior, samples);
  const Matrix sampled = latent->kl(KlTreatment::relaxed, prior, temperatures.prior).reshaped(images, samples);
  const Row exact = latent->kl(KlTreatment::exact, prior, temperatures.prior);
  REQUIRE(exact.size() == images);
  for (Index b = 0; b < images; ++b) {
    const double mean = sampled.row(b).mean();
    const double variance = (sampled.row(b).array() - mean).square().mean();
    CHECK(std::abs(mean - exact[b]) < 4 * std::sqrt(variance / static_cast<double>(samples)));
  }
}

TEST_CASE("latent: a prior for every sample, all alike, is the prior for all samples", "[vae]") {
  const auto kind = GENERATE(LatentKind::binary, LatentKind::categorical);
  const auto kl = GENERATE(KlTreatment::relaxed, KlTreatment::relaxed_mass, KlTreatment::discrete, KlTreatment::exact);
  INFO(text(kind) << ", treatment " << static_cast<int>(kl));
  constexpr Index images = 2, samples = 3;
  const auto latent = vae::make_latent<double>({kind, 3, 3});
  const Matrix logits = 2 * uniforms(latent->logit_rows(), images, 1).array() - 1;
  const Matrix prior = 2 * uniforms(latent->logit_rows(), 1, 2).array() - 1;
  const Row weights = uniforms(1, images * samples, 4).row(0);
  const Matrix code_upstream = uniforms(latent->code_rows(), images * samples, 5);

  vae::Engine engine(3), same(3);
  latent->sample(engine, logits, temperatures.posterior, samples);
  const Row one = latent->kl(kl, prior, temperatures.prior);
  const bool of_samples = vae::is_of_samples(kl);
  REQUIRE(one.size() == (of_samples ? images * samples : images));
  // What belongs to an image gets the weight of all its samples.
  const Row one_weights = of_samples ? weights : Row(weights.reshaped(images, samples).rowwise().sum().transpose());
  const Matrix one_prior_gradient = latent->kl_gradient(kl, one_weights);
  const Matrix one_gradient = latent->posterior_gradient(code_upstream);

  latent->sample(same, logits, temperatures.posterior, samples);
  const Row each = latent->kl(kl, prior.replicate(1, images * samples), temperatures.prior);
  REQUIRE(each.size() == images * samples);
  CHECK(each.isApprox(of_samples ? one : Row(one.replicate(1, samples)), 1e-13));
  const Matrix each_prior_gradient = latent->kl_gradient(kl, weights);
  REQUIRE(each_prior_gradient.cols() == images * samples);
  CHECK(each_prior_gradient.rowwise().sum().isApprox(one_prior_gradient, 1e-12));
  CHECK(latent->posterior_gradient(code_upstream).isApprox(one_gradient, 1e-12));
}

TEST_CASE("latent: categories are fed on as corners of a hypercube", "[vae]") {
  CHECK(vae::code_bits({LatentKind::binary, 5, 100}) == 1);
  CHECK(vae::code_bits({LatentKind::categorical, 5, 2}) == 1);
  CHECK(vae::code_bits({LatentKind::categorical, 5, 4}) == 2);
  CHECK(vae::code_bits({LatentKind::categorical, 5, 5}) == 3);
  CHECK(vae::code_bits({LatentKind::categorical, 5, 8}) == 3);

  const auto latent = vae::make_latent<double>({LatentKind::categorical, 2, 4});
  CHECK(latent->logit_rows() == 8);
  CHECK(latent->code_rows() == 4);
  // Units that are certain: category 1 of the first, 2 of the second.
  Vector logits = Vector::Constant(8, -100);
  logits[1] = logits[4 + 2] = 100;
  vae::Engine engine(1);
  const auto sample = latent->sample_discrete(engine, logits, 3);
  REQUIRE(sample.codes.cols() == 3);
  CHECK(sample.codes.col(2) == (Vector(4) << 1, -1, -1, 1).finished());
  CHECK(latent->log_mass(logits, sample.states).isZero(1e-12));
  logits[3] = 100;  // no longer certain
  CHECK(latent->log_mass(logits, sample.states).isApprox(Row::Constant(3, -std::log(2))));
}
