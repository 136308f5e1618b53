#include "concrete/distributions/binary_concrete.hpp"

#include <cmath>
#include <limits>
#include <utility>

#include "catch.hpp"
#include "support/limits.hpp"
#include "support/models.hpp"
#include "support/reference.hpp"

namespace {

using Catch::Approx;
using concrete::BinaryConcrete;
using Eigen::Index;
using testing::eps_error;
using testing::identical;
using testing::Random;
using testing::Wide;

template <class T>
using One = Eigen::Matrix<T, 1, 1>;

/// The log-density of a single variable with this logit at x.
template <class T>
T log_prob(double temperature, T logit, T x) {
  return BinaryConcrete<One<T>>(One<T>(logit), temperature).log_prob(One<T>(x));
}

}  // namespace

// ---- Density ----

TEST_CASE("BinaryConcrete: log_prob of the smallest number is finite", "[binary_concrete][log_prob]") {
  CHECK(std::isfinite(log_prob<float>(0.5, 0, std::numeric_limits<float>::denorm_min())));
  CHECK(std::isfinite(log_prob<double>(2, 0, std::numeric_limits<double>::denorm_min())));
}

TEST_CASE("BinaryConcrete: x of a logit is 1 - x of its negative", "[binary_concrete][log_prob]") {
  for (const double temperature : {0.3, 1.0, 4.0}) {
    for (const double x : {0x1p-40, 0.1, 0.25, 0.5, 0.7, 1 - 0x1p-30}) {  // 1 - x is exact, or a rounding off
      CHECK(log_prob(temperature, 1.5, x) == Approx(log_prob(temperature, -1.5, 1 - x)).epsilon(2e-14));
    }
  }
}

// ---- The ends ----

TEMPLATE_TEST_CASE("BinaryConcrete: outside [0, 1] there is no density, whatever the other entries",
                   "[binary_concrete][log_prob]", float, double) {
  using Vector = Eigen::Vector3<TestType>;
  const auto inf = testing::inf<TestType>, nan = testing::quiet_nan<TestType>;
  const TestType above = std::nextafter(TestType(1), TestType(2));
  const BinaryConcrete q(Vector(1, -2, 0), 0.5);

  REQUIRE(q.log_prob(Vector(0, 0.5, 1)) == inf);
  CHECK(q.in_support(Vector(0, 0.5, 1)));
  for (const TestType x : {TestType(-1e-30), TestType(-1), above, TestType(2), inf, -inf}) {
    CAPTURE(x);
    CHECK(q.log_prob(Vector(0, x, 1)) == -inf);
    CHECK(q.log_prob(Vector(x, 0.5, 0.5)) == -inf);
    CHECK_FALSE(q.in_support(Vector(0.5, x, 0.5)));
    const auto gradient = q.log_prob_gradient(Vector(0.5, x, 0.5));
    CHECK(gradient.value == -inf);
    CHECK(gradient.sample(1) == 0);
    CHECK(gradient.logits(1) == 0);
  }
  CHECK(q.log_prob(Vector(0, nan, 0.5)) != q.log_prob(Vector(0, nan, 0.5)));
  CHECK(q.log_prob(Vector(-1, nan, 0.5)) != q.log_prob(Vector(-1, nan, 0.5)));
  CHECK_FALSE(q.in_support(Vector(0.5, nan, 0.5)));

  const BinaryConcrete opposite(Vector(1, -2, 0), 2);
  CHECK(opposite.log_prob(Vector(0, 0.5, 1)) == -inf);
}

TEMPLATE_TEST_CASE("BinaryConcrete: gradients at 0 and 1 are limits", "[binary_concrete][gradient]", float, double) {
  using T = TestType;
  using Vector = Eigen::Vector2<T>;
  const T inf = testing::inf<T>;
  const Vector logits(T(0.8), T(-1.3)), ends(0, 1);

  const auto cold = BinaryConcrete(logits, 0.5).log_prob_gradient(ends, 3);
  CHECK(identical(cold.sample, Vector(-inf, inf)));
  CHECK(identical(cold.logits, Vector(-3, 3)));
  CHECK(cold.temperature == -inf);
  CHECK(identical(BinaryConcrete(logits, 0.5).log_prob_gradient(ends, -3).sample, Vector(inf, -inf)));

  const auto hot = BinaryConcrete(logits, 2).log_prob_gradient(ends, 3);
  CHECK(identical(hot.sample, Vector(inf, -inf)));
  CHECK(identical(hot.logits, Vector(-3, 3)));
  CHECK(hot.temperature == -inf);

  // At temperature 1 the density is smooth up to the ends.
  const auto warm = BinaryConcrete(logits, 1).log_prob_gradient(ends, 3);
  CHECK(eps_error(warm.sample(0), Wide(3 * (2 - 2 * exp(-Wide(logits(0)))))) <= 8);
  CHECK(eps_error(warm.sample(1), Wide(3 * (2 * exp(Wide(logits(1))) - 2))) <= 8);
  CHECK(identical(warm.logits, Vector(-3, 3)));
}

TEST_CASE("BinaryConcrete: the slopes at the ends at temperature 1 are one-sided derivatives",
          "[binary_concrete][gradient]") {
  for (const double logit : {-3.0, 0.0, 0.8}) {
    CAPTURE(logit);
    const BinaryConcrete q(Eigen::Vector2d(logit, logit), 1);
    const auto slopes = q.log_prob_gradient(Eigen::Vector2d(0, 1)).sample;
    // Richardson's extrapolation of one-sided differences: an error of h^3 / 192 times the fourth derivative, which is
    // below 12 e^-4a < 2e6, plus 15 eps |f| / h.
    const auto one_sided = [&](double end, double h) {
      const auto f = [&](double x) { return log_prob(1.0, logit, x); };
      const auto difference = [&](double step) { return (f(end + step) - f(end)) / step; };
      return (8 * difference(h / 4) - 6 * difference(h / 2) + difference(h)) / 3;
    };
    CHECK(slopes(0) == Approx(one_sided(0, 0x1p-12)).epsilon(0).margin(1e-6));
    CHECK(slopes(1) == Approx(one_sided(1, -0x1p-12)).epsilon(0).margin(1e-6));
  }
}

// ---- Gradients ----

TEMPLATE_TEST_CASE("BinaryConcrete: pathwise_gradient stops at samples that have rounded to an end",
                   "[binary_concrete][gradient]", float, double) {
  using Vector = Eigen::Vector3<TestType>;
  const auto inf = testing::inf<TestType>;
  const BinaryConcrete q(Vector(1, -2, 0), 0.5);
  const auto gradient = q.pathwise_gradient(Vector(0, 1, 0.5), Vector(inf, -inf, 2));
  CHECK(identical(gradient.logits, Vector(0, 0, 1)));
  CHECK(gradient.temperature == 0);
}

// ---- Samples with their densities ----

// ---- Relatives ----

TEST_CASE("BinaryConcrete: a Concrete distribution of two classes", "[binary_concrete][log_prob]") {
  for (const double temperature : {0.3, 1.0, 4.0}) {
    const concrete::Concrete pair(Eigen::Vector2d(0.4, -1.1), temperature);
    for (const double x : {1e-12, 0.1, 0.5, 0.9}) {
      CHECK(log_prob(temperature, 1.5, x) == Approx(pair.log_prob(Eigen::Vector2d(x, 1 - x))).epsilon(1e-14));
    }
    CHECK(log_prob(temperature, 1.5, 0.0) == Approx(pair.log_prob(Eigen::Vector2d(0, 1))).epsilon(1e-15));
    CHECK(log_prob(temperature, 1.5, 1.0) == Approx(pair.log_prob(Eigen::Vector2d(1, 0))).epsilon(1e-15));
  }
}

TEMPLATE_TEST_CASE("BinaryConcrete: rounding a sample is the sample of the Bernoulli limit",
                   "[binary_concrete][discrete]", float, double) {
  using Matrix = Eigen::MatrixX<TestType>;
  for (const double temperature : {1e-6, 0.1, 1.0, 10.0}) {
    CAPTURE(temperature);
    const BinaryConcrete<Matrix> q(testing::draw_logits<Matrix>(135, -3, 3, 5, 3), temperature);
    Random relaxed_random(136), limit_random(136);
    const concrete::Bernoulli<Matrix> limit = q.discrete();
    CHECK(identical(limit.logits(), q.logits()));
    CHECK(identical(BinaryConcrete<Matrix>::harden(q.sample(relaxed_random, 40)), limit.sample(limit_random, 40)));
  }
}

TEST_CASE("BinaryConcrete: harden rounds at 1/2", "[binary_concrete][discrete]") {
  const Eigen::Vector4d x(0, 0.5, std::nextafter(0.5, 1.0), 1);
  CHECK(identical(concrete::BinaryConcreteXd::harden(x), Eigen::Vector4d(0, 0, 1, 1)));
  CHECK(std::isnan(concrete::BinaryConcreteXd::harden(One<double>(testing::quiet_nan<>))(0)));
}
