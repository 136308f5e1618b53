#include <cmath>

#include "catch.hpp"
#include "concrete/concrete.hpp"
#include "support/densities.hpp"
#include "support/limits.hpp"
#include "support/models.hpp"
#include "support/random.hpp"

// Propositions 1 and 2 of Maddison, Mnih, Teh (2017). Their (b), on the probabilities of the corners, is in
// statistics/rounding_test.cpp.

namespace {

using concrete::BinaryConcrete;
using concrete::Concrete;
using concrete::ExpConcrete;
using concrete::LogitBinaryConcrete;
using Eigen::Index;
using Eigen::Vector4d;
using Eigen::VectorXd;
using testing::eps_error;
using testing::Random;
using testing::Wide;
using testing::widen;
using WideVector = Eigen::VectorX<Wide>;

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
