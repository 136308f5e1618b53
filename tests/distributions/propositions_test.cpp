#include <boost/math/special_functions/beta.hpp>
#include <cmath>
#include <vector>

#include "catch.hpp"
#include "concrete/concrete.hpp"
#include "support/densities.hpp"
#include "support/limits.hpp"
#include "support/models.hpp"
#include "support/random.hpp"
#include "support/statistics.hpp"

// Propositions 1 and 2 of Maddison, Mnih, Teh (2017), and the laws that tie samplers to densities. Seeds are fixed, sample
// sizes stand with each test, and one fails where its p-value is below testing::improbable.

namespace {

using concrete::BinaryConcrete;
using concrete::Concrete;
using concrete::ExpConcrete;
using concrete::LogitBinaryConcrete;
using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::Vector4d;
using Eigen::VectorXd;
using testing::chi_square_p_value;
using testing::eps_error;
using testing::improbable;
using testing::ks_p_value;
using testing::Random;
using testing::Wide;
using testing::widen;
using WideVector = Eigen::VectorX<Wide>;

template <class Entries>
std::vector<double> to_vector(const Entries& entries) {
  std::vector<double> result;
  for (Index j = 0; j < entries.cols(); ++j) {
    for (Index i = 0; i < entries.rows(); ++i) result.push_back(static_cast<double>(entries(i, j)));
  }
  return result;
}

/// How far f lies below the mean of its neighbours at distance h in this direction, both ways: >= 0 where f is convex.
template <class F>
double second_difference(const F& f, const VectorXd& at, const VectorXd& direction, double h) {
  return (f(at + h * direction) - f(at)) + (f(at - h * direction) - f(at));
}

}  // namespace

// ---- Proposition 1 (a), 2 (a): the reparameterization ----

TEMPLATE_TEST_CASE("Concrete, proposition (a): a sample is softmax((a + G) / t) of its noise", "[propositions]", float,
                   double, long double) {
  using Vector = Eigen::VectorX<TestType>;
  const Index n = GENERATE(1, 2, 3, 20);
  const double temperature = GENERATE(1e-6, 0.05, 1.0, 20.0, 1e6);
  CAPTURE(n, temperature);
  Random random(201);
  for (const double scale : {0.1, 5.0, 1e4}) {
    const Vector a = random.vector<Vector>(n, -scale, scale);
    const ExpConcrete<Vector> log_class(a, temperature);
    const Concrete<Vector> x_class(a, temperature);
    const Vector noise = log_class.noise(random), y = log_class.reparameterize(noise),
                 x = x_class.reparameterize(noise);

    const WideVector z = (widen(a) + widen(noise)) / Wide(log_class.temperature());
    const Wide top = z.maxCoeff();
    Wide sum = 0;
    for (Index k = 0; k < n; ++k) sum += exp(z(k) - top);
    for (Index k = 0; k < n; ++k) {
      const Wide expected = z(k) - top - log(sum);
      // a + G and its distance to the top are rounded before the division, the rest after it.
      const Wide before = (abs(widen(a)(k)) + widen(a).cwiseAbs().maxCoeff() + 30) / Wide(log_class.temperature());
      CHECK(eps_error(y(k), expected, before + abs(expected) + log(Wide(n)) + 1) <= 1);
      CHECK(eps_error(x(k), exp(expected), exp(expected) * (before + abs(expected) + log(Wide(n)) + 2)) <= 2);
    }
  }
}

TEMPLATE_TEST_CASE("BinaryConcrete, proposition (a): a sample is sigmoid((a + L) / t) of its noise", "[propositions]",
                   float, double, long double) {
  using Vector = Eigen::VectorX<TestType>;
  const double temperature = GENERATE(1e-6, 0.05, 1.0, 20.0, 1e6);
  CAPTURE(temperature);
  Random random(202);
  for (const double scale : {0.1, 5.0, 1e4}) {
    const Vector a = random.vector<Vector>(5, -scale, scale);
    const LogitBinaryConcrete<Vector> logit_class(a, temperature);
    const BinaryConcrete<Vector> x_class(a, temperature);
    const Vector noise = logit_class.noise(random), y = logit_class.reparameterize(noise);
    const Vector x = x_class.reparameterize(noise);
    for (Index i = 0; i < 5; ++i) {
      const Wide t(logit_class.temperature()), expected = (Wide(a(i)) + Wide(noise(i))) / t;
      const Wide magnitude = (abs(Wide(a(i))) + abs(Wide(noise(i)))) / t;
      CHECK(eps_error(y(i), expected, magnitude) <= 1);
      CHECK(eps_error(x(i), 1 / (1 + exp(-expected)), (magnitude + 2) / (1 + exp(-expected))) <= 2);
    }
  }
}

TEST_CASE("Concrete: powers and weights of a sample are samples of other temperatures and logits", "[propositions]") {
  Random random(203);
  const VectorXd a = random.vector<VectorXd>(4, -2, 2), log_weights = random.vector<VectorXd>(4, -1, 1);
  const double t = 0.6, power = 1.7;
  const ExpConcrete q(a, t);
  const VectorXd noise = q.noise(random), y = q.reparameterize(noise);
  const auto normalized = [](const VectorXd& z) -> VectorXd { return (z.array() - std::log(z.array().exp().sum())); };
  CHECK(normalized(power * y).isApprox(ExpConcrete(a, t / power).reparameterize(noise), 1e-14));
  CHECK(normalized(y + log_weights).isApprox(ExpConcrete(a + t * log_weights, t).reparameterize(noise), 1e-14));
}

// ---- Proposition 1 (b), 2 (b): the rounding has the probabilities of the discrete limit at every temperature ----

TEMPLATE_TEST_CASE("Concrete, proposition (b): the largest coordinate is k with probability softmax(a)_k",
                   "[propositions]", ExpConcrete<Vector4d>, Concrete<Vector4d>, ExpConcrete<Eigen::Vector4f>,
                   Concrete<Eigen::Vector4f>) {
  using Logits = typename TestType::Logits;
  const double temperature = GENERATE(0.01, 0.5, 1.0, 5.0);
  CAPTURE(temperature);
  constexpr Index draws = 10000;
  const Eigen::Vector4d logits(0.5, -1, 1.5, -2);
  const TestType q(Logits(logits.cast<typename TestType::Scalar>()), temperature);
  Random random(204);
  const auto counts = TestType::harden(q.sample(random, draws)).rowwise().sum().eval();
  const VectorXd expected = logits.array().exp() / logits.array().exp().sum() * double(draws);
  CHECK(chi_square_p_value(to_vector(counts), to_vector(expected)) > improbable);
}

TEMPLATE_TEST_CASE("BinaryConcrete, proposition (b): P(X > 1/2) is alpha / (1 + alpha)", "[propositions]",
                   LogitBinaryConcrete<Eigen::Vector3d>, BinaryConcrete<Eigen::Vector3d>,
                   LogitBinaryConcrete<Eigen::Vector3f>, BinaryConcrete<Eigen::Vector3f>) {
  using Logits = typename TestType::Logits;
  const double temperature = GENERATE(0.01, 0.5, 1.0, 5.0);
  CAPTURE(temperature);
  constexpr Index draws = 10000;
  const Eigen::Vector3d alpha(0.05, 1, 3);
  const TestType q(concrete::odds(Logits(alpha.cast<typename TestType::Scalar>())), temperature);
  Random random(205);
  const auto ones = TestType::harden(q.sample(random, draws)).rowwise().sum().eval();
  for (Index i = 0; i < 3; ++i) {
    CHECK(testing::binomial_p_value(double(ones(i)), double(draws), alpha(i) / (1 + alpha(i))) > improbable);
  }
}

// ---- Proposition 1 (c), 2 (c): the limit of zero temperature ----

TEST_CASE("Concrete, proposition (c): samples tend to the corners of the discrete limit", "[propositions]") {
  constexpr Index draws = 4000;
  const Vector4d logits(0.5, -1, 1.5, -2);
  double last_distance = 5;
  for (const double temperature : {1.0, 0.1, 1e-2, 1e-3}) {
    Random random(206);  // the same noise at each
    const auto x = Concrete(logits, temperature).sample(random, draws);
    const double distance = (1 - x.colwise().maxCoeff().array()).mean();
    CHECK(distance < last_distance / 5);
    last_distance = distance;
  }
  // Off a corner only where two scores come within some t of each other: with a density below 1, 4 t in the mean.
  CHECK(last_distance < 4e-3);

  Random random(207), limit_random(207);
  const concrete::Discrete limit(logits);
  const auto coldest = Concrete(logits, 1e-12).sample(random, draws);
  CHECK((coldest - limit.sample(limit_random, draws)).cwiseAbs().maxCoeff() < 1e-100);
}

TEST_CASE("BinaryConcrete, proposition (c): samples tend to those of the Bernoulli limit", "[propositions]") {
  constexpr Index draws = 4000;
  const Vector4d logits(0.5, -1, 1.5, -2);
  double last_distance = 5;
  for (const double temperature : {1.0, 0.1, 1e-2, 1e-3}) {
    Random random(208);
    const auto x = BinaryConcrete(logits, temperature).sample(random, draws);
    const double distance = x.cwiseMin((1 - x.array()).matrix()).mean();
    CHECK(distance < last_distance / 5);
    last_distance = distance;
  }
  CHECK(last_distance < 1e-3);

  Random random(209), limit_random(209);
  const concrete::Bernoulli limit(logits);
  const auto coldest = BinaryConcrete(logits, 1e-12).sample(random, draws);
  CHECK((coldest - limit.sample(limit_random, draws)).cwiseAbs().maxCoeff() < 1e-100);
}

// ---- Proposition 1 (d), 2 (d): log-convexity at low temperatures ----

TEST_CASE("Concrete, proposition (d): the density is log-convex for t <= 1 / (n - 1), so has no mode inside",
          "[propositions]") {
  const Index n = GENERATE(2, 3, 5);
  Random random(210);
  for (const double share : {0.1, 0.5, 1.0}) {
    const double temperature = share / static_cast<double>(n - 1);
    CAPTURE(n, temperature);
    const Concrete q(random.vector<VectorXd>(n, -2, 2), temperature);
    const auto f = [&](const VectorXd& x) { return q.log_prob(x); };
    for (int trial = 0; trial < 200; ++trial) {
      VectorXd x = random.vector<VectorXd>(n, 0.01, 1), direction = random.vector<VectorXd>(n, -1, 1);
      x /= x.sum();
      direction.array() -= direction.mean();
      direction /= direction.cwiseAbs().maxCoeff();
      const double h = x.minCoeff() * random.uniform(0.01, 0.9);
      // Four values of a magnitude below 100, good to 2 eps each.
      CHECK(second_difference(f, x, direction, h) >= -800 * testing::eps<>);
    }
  }
}

TEST_CASE("Concrete: above that temperature the density need not be log-convex", "[propositions]") {
  const Concrete q(Eigen::Vector3d(0, 0, 0), 0.8);
  const auto f = [&](const VectorXd& x) { return q.log_prob(x); };
  CHECK(second_difference(f, Eigen::Vector3d(0.02, 0.49, 0.49), Eigen::Vector3d(-1, 0.5, 0.5), 0.01) < -0.001);
}

TEST_CASE("BinaryConcrete, proposition (d): the density is log-convex for t <= 1", "[propositions]") {
  Random random(211);
  for (const double temperature : {0.1, 0.5, 1.0}) {
    CAPTURE(temperature);
    const BinaryConcrete q(random.vector<VectorXd>(3, -2, 2), temperature);
    const auto f = [&](const VectorXd& x) { return q.log_prob(x); };
    for (int trial = 0; trial < 200; ++trial) {
      const VectorXd x = random.vector<VectorXd>(3, 0.02, 0.98), direction = random.vector<VectorXd>(3, -1, 1);
      const double h = x.cwiseMin((1 - x.array()).matrix()).minCoeff() * random.uniform(0.01, 0.9);
      CHECK(second_difference(f, x, direction, h) >= -800 * testing::eps<>);
    }
  }
  const BinaryConcrete warmer(VectorXd::Zero(1), 1.2);
  const auto f = [&](const VectorXd& x) { return warmer.log_prob(x); };
  CHECK(second_difference(f, VectorXd::Constant(1, 0.01), VectorXd::Ones(1), 0.005) < -0.001);
}

// ---- Samplers against densities ----

TEMPLATE_TEST_CASE("Binary samples follow their distribution function", "[propositions]",
                   LogitBinaryConcrete<Eigen::Vector3d>, BinaryConcrete<Eigen::Vector3d>,
                   LogitBinaryConcrete<Eigen::Vector3f>, BinaryConcrete<Eigen::Vector3f>) {
  using Logits = typename TestType::Logits;
  using Scalar = typename TestType::Scalar;
  const double temperature = GENERATE(0.5, 1.0, 3.0);  // in float, 0.4 % of the samples at 0.5 round to x = 1
  CAPTURE(temperature);
  const Logits logits(-2, Scalar(0.3), 3);
  const TestType q(logits, temperature);
  Random random(212);
  const auto sample = q.sample(random, 5000);
  for (Index i = 0; i < 3; ++i) {
    const auto cdf = [&](double value) {
      return static_cast<double>(q.cdf(Logits(Logits::Constant(static_cast<Scalar>(value))))(i));
    };
    CHECK(ks_p_value(to_vector(sample.row(i)), cdf) > improbable);
  }
}

TEST_CASE("Softmax(a - t Y) is uniform on the simplex for every n and temperature", "[propositions]") {
  const Index n = GENERATE(2, 3, 10);
  const double temperature = GENERATE(0.1, 1.0, 10.0);
  CAPTURE(n, temperature);
  constexpr Index draws = 3000;
  Random random(213);
  const ExpConcrete q(random.vector<VectorXd>(n, -2, 2), temperature);
  const MatrixXd scores = q.logits().replicate(1, draws) - temperature * q.sample(random, draws);
  MatrixXd v = scores.array().exp();
  v.array().rowwise() /= v.array().colwise().sum().eval();

  // Dirichlet(1, ..., 1): a coordinate is Beta(1, n-1), the sum of two Beta(2, n-2).
  const double others = static_cast<double>(n - 1);
  for (Index k = 0; k < n; ++k) {
    CHECK(ks_p_value(to_vector(v.row(k)), [&](double x) { return 1 - std::pow(1 - x, others); }) > improbable);
  }
  for (Index k = 1; n > 2 && k < n; ++k) {
    const auto cdf = [&](double x) { return boost::math::ibeta(2, others - 1, std::fmin(x, 1)); };
    CHECK(ks_p_value(to_vector(v.row(0) + v.row(k)), cdf) > improbable);
  }
}

TEST_CASE("The log-ratio of two coordinates is a LogitBinaryConcrete variable", "[propositions]") {
  const double temperature = GENERATE(0.2, 1.0, 4.0);
  CAPTURE(temperature);
  Random random(214);
  const Vector4d a(0.5, -1, 1.5, -2);
  const auto y = ExpConcrete(a, temperature).sample(random, 5000);
  for (Index k = 1; k < 4; ++k) {
    const LogitBinaryConcrete pair(VectorXd::Constant(1, a(0) - a(k)), temperature);
    const auto cdf = [&](double value) { return pair.cdf(VectorXd::Constant(1, value))(0); };
    CHECK(ks_p_value(to_vector(y.row(0) - y.row(k)), cdf) > improbable);
  }
}
