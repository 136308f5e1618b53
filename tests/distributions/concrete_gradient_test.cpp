#include <cmath>

#include "catch.hpp"
#include "concrete/distributions/concrete.hpp"
#include "support/limits.hpp"
#include "support/models.hpp"
#include "support/reference.hpp"

// The gradients of Concrete inside the simplex and on its faces, its samples that have underflowed, and its limit.

namespace {

using Catch::Approx;
using concrete::Concrete;
using Eigen::Index;
using Eigen::Vector2d, Eigen::Vector3d, Eigen::VectorXd;
using testing::eps_error;
using testing::identical;
using testing::Random;
using testing::Wide;

}  // namespace

// ---- Inside the simplex ----

TEST_CASE("Concrete: near a face at the critical temperature the slope keeps its digits", "[concrete][gradient]") {
  const Concrete q(Vector2d(0.3, -0.5), 1);
  for (const double tiny : {1e-3, 1e-9, 1e-15, 1e-18, 1e-30, 1e-300}) {
    CAPTURE(tiny);
    // w_2 = (1/x_2) / (e^0.8/x_1 + 1/x_2), slope -2 w_2 / x_1.
    const Wide x = tiny, rest = 1 - tiny;
    const Wide slope = -2 / (exp(Wide(0.3) - Wide(-0.5)) * rest + x);
    // w_2 is good to an eps of its score, log x_1 at most.
    const double bound = 4 - std::log(tiny);
    CHECK(eps_error(q.log_prob_gradient(Vector2d(tiny, 1 - tiny)).sample(0), slope) <= bound);
  }
}

TEMPLATE_TEST_CASE("Concrete: pathwise_gradient stops at coordinates that have underflowed", "[concrete][gradient]",
                   float, double) {
  using Vector = Eigen::Vector4<TestType>;
  const auto inf = testing::inf<TestType>;
  const Concrete q(Vector(1, -2, 0, 1), 0.5);
  const auto corner = q.pathwise_gradient(Vector(0, 1, 0, 0), Vector(inf, 2, -inf, 1));
  CHECK(corner.logits.isZero(0));
  CHECK(corner.temperature == 0);

  const auto edge = q.pathwise_gradient(Vector(0, TestType(0.5), 0, TestType(0.5)), Vector(inf, 2, -inf, 1));
  CHECK(identical(edge.logits, Vector(0, TestType(0.5), 0, TestType(-0.5))));
  CHECK(edge.temperature == 0);
}

// ---- On a face ----

TEMPLATE_TEST_CASE("Concrete: gradients on a face are limits, with one coordinate of 0",
                   "[concrete][gradient][boundary]", float, double) {
  using T = TestType;
  using Vector = Eigen::Vector3<T>;
  const T inf = testing::inf<T>;
  const Vector logits(T(0.3), T(-0.9), T(0.5)), x(T(0.4), 0, T(0.6));
  const double upstream = GENERATE(1.0, -2.0);
  const T u = static_cast<T>(upstream);

  for (const double temperature : {0.25, 0.5, 0.75}) {
    CAPTURE(temperature, upstream);
    const auto gradient = Concrete(logits, temperature).log_prob_gradient(x, upstream);
    // The lost coordinate alone carries weight.
    CHECK(identical(gradient.logits, u * Vector(1, -2, 1)));
    CHECK(gradient.temperature == -u * inf);
    const T t = static_cast<T>(temperature);
    CHECK(gradient.sample(0) == Approx(-u * (1 + t) / x(0)).epsilon(4 * testing::eps<T>));
    CHECK(gradient.sample(2) == Approx(-u * (1 + t) / x(2)).epsilon(4 * testing::eps<T>));
    // (2 t - 1) / x_2; at 1/2 the limit of -(3/2) (...) x_2^(-1/2).
    CHECK(gradient.sample(1) == (temperature > 0.5 ? u * inf : -u * inf));
  }
}

TEMPLATE_TEST_CASE("Concrete: gradients on a face are limits, with several coordinates of 0",
                   "[concrete][gradient][boundary]", float, double) {
  using T = TestType;
  using Vector = Eigen::Vector4<T>;
  const T inf = testing::inf<T>;
  // Among the lost ones, weights 1/4 and 3/4: n w = 1 and 3.
  const Vector logits(0, T(std::log(3.0)), T(0.5), 2), x(0, 0, T(0.4), T(0.6));
  const auto at = [&](double temperature) { return Concrete(logits, temperature).log_prob_gradient(x); };
  const T eps = testing::eps<T>;

  for (const double temperature : {0.25, 0.75, 1.0, 3.0}) {
    CAPTURE(temperature);
    const auto gradient = at(temperature);
    CHECK((gradient.logits - Vector(0, -2, 1, 1)).cwiseAbs().maxCoeff() <= 8 * eps);
    CHECK(gradient.temperature == -inf);
    CHECK(gradient.sample(2) == Approx(-(1 + temperature) / 0.4).epsilon(4 * eps));
    CHECK(gradient.sample(0) == -inf);                              // t (1 - 1) - 1 < 0
    CHECK(gradient.sample(1) == (temperature > 0.5 ? inf : -inf));  // t (3 - 1) - 1
  }
}

TEST_CASE("Concrete: of two classes at temperature 1 the slopes at the ends are finite",
          "[concrete][gradient][boundary]") {
  for (const double logit : {-2.0, 0.0, 0.8}) {
    CAPTURE(logit);
    const Concrete q(Vector2d(logit, 0), 1);
    // log p = a - 2 log(alpha x_2 + x_1) with both coordinates free.
    const double alpha = std::exp(logit);
    const auto at_zero = q.log_prob_gradient(Vector2d(0, 1), 3);
    CHECK(at_zero.sample(0) == Approx(3 * -2 / alpha).epsilon(1e-15));
    CHECK(at_zero.sample(1) == Approx(3 * -2).epsilon(1e-15));
    const auto at_one = q.log_prob_gradient(Vector2d(1, 0), 3);
    CHECK(at_one.sample(0) == Approx(3 * -2).epsilon(1e-15));
    CHECK(at_one.sample(1) == Approx(3 * -2 * alpha).epsilon(1e-15));

    // One-sided differences, extrapolated: an error of h^3 / 192 times the fourth derivative, 12 e^-4a < 4e4, plus
    // 15 eps |f| / h.
    const auto one_sided = [&](const Vector2d& end, const Vector2d& direction) {
      const auto difference = [&](double h) { return (q.log_prob(end + h * direction) - q.log_prob(end)) / h; };
      constexpr double h = 0x1p-13;
      return (8 * difference(h / 4) - 6 * difference(h / 2) + difference(h)) / 3;
    };
    CHECK(at_zero.sample(0) == Approx(3 * one_sided({0, 1}, {1, 0})).epsilon(0).margin(1e-8));
    CHECK(at_one.sample(1) == Approx(3 * one_sided({1, 0}, {0, 1})).epsilon(0).margin(1e-8));
  }
}

TEST_CASE("Concrete: at the critical temperature a slope's sign follows its upstream, however that rounds",
          "[concrete][gradient][boundary]") {
  for (const Index n : {3, 4, 5, 6, 7, 8, 11, 51}) {
    const double temperature = 1.0 / static_cast<double>(n - 1);
    if (temperature * static_cast<double>(n - 1) != 1) continue;
    VectorXd x = VectorXd::Constant(n, temperature);
    x(1) = 0;
    const Concrete q(VectorXd::LinSpaced(n, -1, 1), temperature);
    for (const double upstream : {1.0, 1.9, 3.0, 0.1, -0.7, 5.0, 1.1}) {
      CAPTURE(n, upstream);
      const auto gradient = q.log_prob_gradient(x, upstream);
      CHECK(std::isfinite(gradient.value));
      CHECK(gradient.sample(1) == -upstream * testing::inf<>);
    }
  }
}

TEST_CASE("Concrete: no gradient on any face is NaN", "[concrete][gradient][boundary]") {
  Random random(155);
  const auto has_no_nan = [](const auto& v) { return (v.array() == v.array()).all(); };
  for (const Index n : {2, 3, 4, 5}) {
    for (unsigned zeros = 1; zeros < (1u << n); ++zeros) {
      VectorXd x = random.vector<VectorXd>(n, 0.1, 1);
      for (Index k = 0; k < n; ++k) {
        if ((zeros >> k & 1u) != 0) x(k) = 0;
      }
      if (x.sum() > 0) x /= x.sum();
      for (const double temperature : {1e-6, 0.25, 1. / 3, 0.5, 1.0, 2.0, 3.0, 4.0, 1e6}) {
        const Concrete q(random.vector<VectorXd>(n, -3, 3), temperature);
        const double upstream = random.uniform(-2, 2);
        const auto gradient = q.log_prob_gradient(x, upstream);
        CAPTURE(n, zeros, temperature, upstream);
        CHECK(gradient.value == gradient.value);
        CHECK(has_no_nan(gradient.sample));
        CHECK(has_no_nan(gradient.logits));
        CHECK(gradient.temperature == gradient.temperature);
      }
    }
  }
}

// ---- Samples with their densities ----

// ---- The discrete limit ----

TEMPLATE_TEST_CASE("Concrete: rounding a sample is the sample of the discrete limit", "[concrete][discrete]", float,
                   double) {
  using Matrix = Eigen::MatrixX<TestType>;
  for (const double temperature : {1e-6, 0.1, 1.0, 10.0}) {
    CAPTURE(temperature);
    const Concrete<Matrix> q(testing::draw_logits<Matrix>(158, -3, 3, 5, 3), temperature);
    Random relaxed_random(159), limit_random(159);
    const concrete::Discrete<Matrix> limit = q.discrete();
    CHECK(identical(limit.logits(), q.logits()));
    CHECK(identical(Concrete<Matrix>::harden(q.sample(relaxed_random, 40)), limit.sample(limit_random, 40)));
  }
}

TEST_CASE("Concrete: harden marks the largest coordinate, the first of equals", "[concrete][discrete]") {
  CHECK(identical(concrete::ConcreteXd::harden(Vector3d(0.2, 0.5, 0.3)), Vector3d(0, 1, 0)));
  CHECK(identical(concrete::ConcreteXd::harden(Vector3d(0.4, 0.4, 0.2)), Vector3d(1, 0, 0)));
  CHECK(concrete::ConcreteXd::harden(Vector3d(0.4, testing::quiet_nan<>, 0.2)).array().isNaN().all());
}
