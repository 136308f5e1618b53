// Propositions 1 and 2 of Maddison, Mnih, Teh (2017), The Concrete Distribution, a test for each part.

#include <Eigen/Core>
#include <cmath>
#include <limits>

#include "catch.hpp"
#include "concrete/concrete.hpp"
#include "support/random.hpp"
#include "support/statistics.hpp"

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

namespace {

/// What is fixed throughout: a distribution over four categories, and how often to draw from it.
const Eigen::Vector4d logits(0.5, -1.2, 1.0, 0.1);
constexpr Index draws = 100'000;

VectorXd softmax(const VectorXd& a) {
  const VectorXd e = (a.array() - a.maxCoeff()).exp();
  return e / e.sum();
}

/// A bound on a binomial proportion's deviation that noise alone exceeds with probability below 1e-6: 5 standard errors.
double five_standard_errors(double p) { return 5 * std::sqrt(p * (1 - p) / static_cast<double>(draws)); }

}  // namespace

TEST_CASE("Proposition 1a: softmax((a + G) / t) is Concrete, its pairs being binary Concrete") {
  // X_i / (X_i + X_j) has the logit (y_i - y_j), whose distribution function is known: a test against the law itself.
  testing::Random engine(1);
  const double temperature = 0.7;
  const MatrixXd y = concrete::ExpConcrete(logits, temperature).sample(engine, draws);
  for (const auto& [i, j] : {std::pair{0, 1}, std::pair{2, 3}, std::pair{1, 2}}) {
    const concrete::LogitBinaryConcrete pair(Eigen::Matrix<double, 1, 1>(logits(i) - logits(j)), temperature);
    const Eigen::RowVectorXd u = pair.cdf(y.row(i) - y.row(j));
    const double mean = u.mean(), variance = (u.array() - mean).square().mean();
    const double n = static_cast<double>(draws);
    CHECK(std::abs(mean - 0.5) < 5 * std::sqrt(1 / (12 * n)));
    CHECK(std::abs(variance - 1.0 / 12) < 5 * std::sqrt(1 / (180 * n)));
  }
}

TEST_CASE("Proposition 1b: a coordinate is the largest with its class's probability, at every temperature") {
  const VectorXd p = softmax(logits);
  for (const double temperature : {1e-3, 0.1, 0.5, 1.0, 5.0, 1e3}) {
    CAPTURE(temperature);
    testing::Random engine(2);
    const auto one_hot =
        concrete::ExpConcreteXd::harden(concrete::ExpConcrete(logits, temperature).sample(engine, draws));
    const VectorXd frequency = one_hot.rowwise().mean();
    for (Index k = 0; k < p.size(); ++k) {
      CAPTURE(k);
      CHECK(std::abs(frequency(k) - p(k)) < five_standard_errors(p(k)));
    }
  }
}

TEST_CASE("Proposition 1c: as the temperature goes to 0 the sample goes to that of the discrete distribution") {
  testing::Random engine(3);
  const auto noise = concrete::Concrete(logits, 1.0).noise(engine, 1000);
  const concrete::Concrete cold(logits, 1e-6);
  const MatrixXd x = cold.reparameterize(noise);
  CHECK((x - cold.discrete().reparameterize(noise)).cwiseAbs().maxCoeff() < 1e-12);

  double previous = std::numeric_limits<double>::infinity();
  for (const double temperature : {1.0, 0.5, 0.1, 0.02}) {
    const concrete::Concrete relaxed(logits, temperature);
    const double distance =
        (relaxed.reparameterize(noise) - relaxed.discrete().reparameterize(noise)).cwiseAbs().mean();
    CHECK(distance < previous);
    previous = distance;
  }
}

TEST_CASE("Proposition 1d: at a temperature of at most 1 / (n - 1) the log-density is convex") {
  testing::Random random(4);
  const auto interior = [&random] { return softmax(random.vector<VectorXd>(4, -2, 2)); };
  const auto least_second_difference = [&](double temperature) {
    const concrete::Concrete density(logits, temperature);
    double least = std::numeric_limits<double>::infinity();
    for (int trial = 0; trial < 2000; ++trial) {
      const VectorXd x = interior(), y = interior();
      const double middle = density.log_prob(Eigen::Vector4d(0.5 * (x + y)));
      const double ends = density.log_prob(Eigen::Vector4d(x)) + density.log_prob(Eigen::Vector4d(y));
      least = std::min(least, ends - 2 * middle);
    }
    return least;
  };
  CHECK(least_second_difference(1.0 / 3) > -1e-12);
  CHECK(least_second_difference(0.2) > -1e-12);
  CHECK(least_second_difference(2.0) < -0.1);  // far above the bound it is not
}

TEST_CASE("Proposition 2: a binary Concrete variable is above 1/2 with probability alpha / (1 + alpha)") {
  const double alpha = 2.5, p = alpha / (1 + alpha);
  for (const double temperature : {1e-3, 0.3, 1.0, 10.0}) {
    CAPTURE(temperature);
    testing::Random engine(5);
    const concrete::BinaryConcrete gate(concrete::odds(Eigen::Matrix<double, 1, 1>(alpha)), temperature);
    const auto hard = concrete::BinaryConcreteXd::harden(gate.sample(engine, draws));
    CHECK(std::abs(hard.mean() - p) < five_standard_errors(p));
    CHECK(gate.cdf(Eigen::Matrix<double, 1, 1>(0.5))(0) == Catch::Approx(1 - p).epsilon(1e-14));
  }
}

TEST_CASE("Proposition 2: its limit at temperature 0 is Bernoulli, from the same noise") {
  testing::Random engine(6);
  const concrete::BinaryConcrete cold(VectorXd::LinSpaced(5, -2, 2), 1e-6);
  const auto noise = cold.noise(engine, 200);
  CHECK((cold.reparameterize(noise) - cold.discrete().reparameterize(noise)).cwiseAbs().maxCoeff() < 1e-12);
}

TEST_CASE("Proposition 2: at a temperature of at most 1 the binary log-density is convex") {
  const auto least_second_difference = [](double temperature) {
    const concrete::BinaryConcrete density(Eigen::Matrix<double, 1, 1>(0.7), temperature);
    const auto at = [&](double x) { return density.log_prob(Eigen::Matrix<double, 1, 1>(x)); };
    double least = std::numeric_limits<double>::infinity();
    for (double x = 0.02; x < 0.975; x += 0.005) least = std::min(least, at(x - 0.01) + at(x + 0.01) - 2 * at(x));
    return least;
  };
  CHECK(least_second_difference(1.0) > -1e-12);
  CHECK(least_second_difference(0.4) > -1e-12);
  CHECK(least_second_difference(1.5) < 0);
}
