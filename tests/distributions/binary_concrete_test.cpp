#include "concrete/distributions/binary_concrete.hpp"

#include <cmath>
#include <limits>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "support/densities.hpp"
#include "support/limits.hpp"
#include "support/models.hpp"

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

/// Points of (0, 1) at all distances from its ends that the scalar can tell.
template <class Vector>
Vector draw_points(Random& random, Index n) {
  using T = typename Vector::Scalar;
  const T eps = std::numeric_limits<T>::epsilon();
  Vector x(n);
  for (Index i = 0; i < n; ++i) {
    const T u = static_cast<T>(random.uniform());
    x(i) = i % 3 == 0 ? u : i % 3 == 1 ? std::exp(-60 * u) : 1 - std::ceil(1000 * u) * eps;
  }
  return x;
}

}  // namespace

// ---- Density ----

TEMPLATE_TEST_CASE("BinaryConcrete: log_prob at all temperatures, logits and dimensions", "[binary_concrete][log_prob]",
                   float, double, long double) {
  using Vector = Eigen::VectorX<TestType>;
  const Index n = GENERATE(1, 2, 3, 10, 100);
  const double temperature = GENERATE(1e-6, 1e-3, 0.05, 0.5, 1.0, 5.0, 1e3, 1e6);
  CAPTURE(n, temperature);
  Random random(131);
  for (const double scale : {1e-30, 0.1, 3.0, 50.0, 1e4, 1e6}) {
    if (n == 100 && scale != 3) continue;  // 50 digits are slow
    CAPTURE(scale);
    const BinaryConcrete<Vector> q(random.vector<Vector>(n, -scale, scale), temperature);
    const Vector x = draw_points<Vector>(random, n);
    const auto expected = testing::log_density(q, 0, x);
    CHECK(eps_error(q.log_prob(x), expected.value, expected.magnitude) <= 2);
  }
}

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

TEMPLATE_TEST_CASE("BinaryConcrete: log_prob_gradient at all temperatures, logits and distances from the ends",
                   "[binary_concrete][gradient]", float, double) {
  using Vector = Eigen::VectorX<TestType>;
  const double temperature = GENERATE(1e-6, 0.05, 1.0, 2.0, 20.0, 1e6);
  CAPTURE(temperature);
  Random random(132);
  for (const double scale : {0.1, 3.0, 50.0, 1e4}) {
    CAPTURE(scale);
    const BinaryConcrete<Vector> q(random.vector<Vector>(6, -scale, scale), temperature);
    const Vector x = draw_points<Vector>(random, 6);
    const auto actual = q.log_prob_gradient(x);
    const Wide t(q.temperature());
    Wide dt = 0, magnitude = 6 / t;
    for (Index i = 0; i < 6; ++i) {
      CAPTURE(x(i), q.logits()(i));
      const Wide a(q.logits()(i)), at(x(i)), y = log(at) - log(1 - at);
      // tanh(s/2) and the logistic functions of +-s, to an eps of the score.
      const Wide score = abs(a) + abs(t * y), s = a - t * y;
      const Wide tanh = 1 - 2 / (1 + exp(s)), upper = 1 / (1 + exp(-s)), lower = 1 / (1 + exp(s));
      dt += 1 / t + y * tanh;
      magnitude += abs(y) * (1 + score / 2);
      CHECK(eps_error(actual.logits(i), -tanh, 1 + score / 2) <= 2);

      const bool is_low = at < Wide(0.5);
      const Wide distance = is_low ? at : Wide(1 - at), share = is_low ? lower : upper;
      const Wide of_sample = (t * tanh - 1 + 2 * at) / (at * (1 - at));
      const Wide sample_magnitude = (abs(t - 1) + 2 * distance + 2 * t * share * (1 + score)) / (at * (1 - at));
      CHECK(eps_error(actual.sample(i), of_sample, sample_magnitude) <= 4);
    }
    CHECK(eps_error(actual.temperature, dt, magnitude) <= 2);
  }
}

TEST_CASE("BinaryConcrete: the formulas of the gradient are derivatives of the density",
          "[binary_concrete][gradient]") {
  using OneWide = Eigen::VectorX<Wide>;
  for (const double temperature : {0.3, 1.0, 5.0}) {
    for (const double x : {1e-10, 0.2, 0.7, 1 - 1e-10}) {
      CAPTURE(temperature, x);
      const auto density = [](const Wide& a, const Wide& at, const Wide& t) {
        return testing::binary_log_density(OneWide::Constant(1, a), OneWide::Constant(1, at), t).value;
      };
      const auto actual = BinaryConcrete(One<double>(0.8), temperature).log_prob_gradient(One<double>(x));
      const Wide a = 0.8, at = x, t = temperature, step = at * (1 - at) * Wide("1e-20");
      const Wide dx = (density(a, at + step, t) - density(a, at - step, t)) / (2 * step);
      CHECK(eps_error(actual.sample(0), dx) <= 64);
      CHECK(eps_error(actual.logits(0), testing::wide_derivative([&](const Wide& v) { return density(v, at, t); }, a),
                      1) <= 16);
      CHECK(eps_error(actual.temperature,
                      testing::wide_derivative([&](const Wide& v) { return density(a, at, v); }, t)) <= 64);
    }
  }
}

TEMPLATE_TEST_CASE("BinaryConcrete: pathwise_gradient at all distances from the ends", "[binary_concrete][gradient]",
                   float, double) {
  using Vector = Eigen::VectorX<TestType>;
  const double temperature = GENERATE(1e-6, 0.05, 1.0, 20.0, 1e6);
  CAPTURE(temperature);
  Random random(133);
  const BinaryConcrete<Vector> q(random.vector<Vector>(9, -3, 3), temperature);
  const Vector x = draw_points<Vector>(random, 9), h = random.vector<Vector>(9, -2, 2);
  const auto actual = q.pathwise_gradient(x, h);
  Wide dt = 0, magnitude = 0;
  for (Index i = 0; i < 9; ++i) {
    // x = sigmoid((a + l) / t), y = logit x: dx/da = x (1 - x) / t, dx/dt = -x (1 - x) y / t.
    const Wide at(x(i)), slope = at * (1 - at) / Wide(q.temperature()), y = log(at) - log(1 - at);
    CHECK(eps_error(actual.logits(i), Wide(h(i)) * slope) <= 3);
    dt -= Wide(h(i)) * slope * y;
    magnitude += abs(Wide(h(i)) * slope * y);
  }
  CHECK(eps_error(actual.temperature, dt, magnitude) <= 3);
}

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

TEMPLATE_TEST_CASE("BinaryConcrete: the density from the noise is exact where x has rounded to an end",
                   "[binary_concrete][sample_and_log_prob]", float, double) {
  using Vector = Eigen::VectorX<TestType>;
  const double temperature = GENERATE(0.001, 0.01, 0.1);
  CAPTURE(temperature);
  Random random(134), logit_random(134);
  const Vector logits = random.vector<Vector>(10, -3, 3);
  logit_random = random;
  const BinaryConcrete q(logits, temperature);
  const concrete::LogitBinaryConcrete of_logit(logits, temperature);
  for (int i = 0; i < 10; ++i) {
    const auto [x, log_prob] = q.sample_and_log_prob(random);
    const auto [y, log_prob_of_logit] = of_logit.sample_and_log_prob(logit_random);
    CHECK(identical(x, concrete::LogitBinaryConcrete<Vector>::to_concrete(y)));
    Wide expected = log_prob_of_logit, magnitude = abs(expected);
    for (const TestType v : y) {
      const Wide log_jacobian = abs(Wide(v)) + 2 * log1p(exp(-Wide(abs(Wide(v)))));
      expected += log_jacobian;
      magnitude += log_jacobian;
    }
    CHECK(eps_error(log_prob, expected, magnitude) <= 3);
  }
}

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
