#include <cmath>

#include "catch.hpp"
#include "concrete/concrete.hpp"
#include "support/limits.hpp"
#include "support/models.hpp"
#include "support/random.hpp"

// Propositions 1 and 2 of Maddison, Mnih, Teh (2017). Their (a), that samples are made of noise, is also in
// accuracy/accuracy_test.cpp, and (b), on the probabilities of the corners, in statistics/rounding_test.cpp.

namespace {

using concrete::BinaryConcrete;
using concrete::Concrete;
using concrete::ExpConcrete;
using Eigen::Index;
using Eigen::Vector4d;
using Eigen::VectorXd;
using testing::Random;

/// How far f lies below the mean of its neighbours at distance h in this direction, both ways: >= 0 where f is convex.
template <class F>
double second_difference(const F& f, const VectorXd& at, const VectorXd& direction, double h) {
  return (f(at + h * direction) - f(at)) + (f(at - h * direction) - f(at));
}

}  // namespace

// ---- Proposition 1 (a): the reparameterization ----

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
