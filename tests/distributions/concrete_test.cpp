#include "concrete/distributions/concrete.hpp"

#include <cmath>
#include <vector>

#include "catch.hpp"
#include "support/densities.hpp"
#include "support/limits.hpp"
#include "support/models.hpp"

// The density of Concrete, inside the simplex and on its faces. Gradients and samples stand in
// concrete_gradient_test.cpp.

namespace {

using Catch::Approx;
using concrete::Concrete;
using Eigen::Index;
using Eigen::Vector3d, Eigen::VectorXd;
using testing::draw_simplex_point;
using testing::eps_error;
using testing::Random;
using testing::Wide;
using testing::widen;
using WideVector = Eigen::VectorX<Wide>;

}  // namespace

// ---- Inside the simplex ----

TEMPLATE_TEST_CASE("Concrete: log_prob does not depend on where the logits are", "[concrete][log_prob]", float,
                   double) {
  using Vector = Eigen::VectorX<TestType>;
  Random random(142);
  const Concrete<Vector> q(random.vector<Vector>(5, -3, 3), 0.7);
  const Vector x = draw_simplex_point<Vector>(random, 5);
  const auto expected = testing::log_density(q, 0, x);
  for (const double shift : {-1e4, -20.0, 3.0, 1e4}) {
    CAPTURE(shift);
    const Concrete<Vector> moved((q.logits().array() + static_cast<TestType>(shift)).matrix(), 0.7);
    // Rounding the shifted logits adds half an eps of the shift to each of the 2 n terms.
    CHECK(eps_error(moved.log_prob(x), expected.value, expected.magnitude + 10 * Wide(std::abs(shift))) <= 2);
  }
}

TEST_CASE("Concrete: log_prob is that of ExpConcrete at log x, less the Jacobian", "[concrete][log_prob]") {
  Random random(143);
  for (const double temperature : {0.1, 1.0, 5.0}) {
    const auto logits = random.vector<VectorXd>(4, -2, 2);
    const VectorXd x = draw_simplex_point<VectorXd>(random, 4), y = x.array().log();
    CHECK(Concrete(logits, temperature).log_prob(x) ==
          Approx(concrete::ExpConcrete(logits, temperature).log_prob(y) - y.sum()).epsilon(1e-14));
  }
}

// ---- On a face: m coordinates of 0 that vanish alike, against t (n - m) ----

namespace {

/// The point with its zeros replaced by `tiny`.
WideVector lifted(const VectorXd& x, const Wide& tiny) {
  WideVector result = widen(x);
  for (Index k = 0; k < x.size(); ++k) result(k) = x(k) == 0 ? tiny : result(k);
  return result;
}

struct Face {
  const char* description;
  VectorXd logits;
  VectorXd point;
  double critical_temperature;  // m / (n - m), exact
};

std::vector<Face> faces() {
  const auto v = [](std::initializer_list<double> entries) {
    return VectorXd(Eigen::Map<const VectorXd>(entries.begin(), static_cast<Index>(entries.size())));
  };
  return {
      {"n = 2, m = 1", v({0.3, -0.9}), v({0, 1}), 1},
      {"n = 2, m = 1, the other", v({0.3, -0.9}), v({1, 0}), 1},
      {"n = 3, m = 1", v({0.3, -0.9, 0.5}), v({0.4, 0, 0.6}), 0.5},
      {"n = 5, m = 1", v({0.3, -0.9, 0.5, 1, -2}), v({0.1, 0.3, 0.4, 0.2, 0}), 0.25},
      {"n = 3, m = 2", v({3, 5, 4.4}), v({0, 1, 0}), 2},
      {"n = 4, m = 2", v({0.3, -0.9, 0.5, 1}), v({0.25, 0, 0, 0.75}), 1},
      {"n = 6, m = 2", v({0.3, -0.9, 0.5, 1, -1, 0}), v({0.25, 0, 0.25, 0, 0.25, 0.25}), 0.5},
      {"n = 6, m = 3", v({0.3, -0.9, 0.5, 1, -1, 0}), v({0, 0.5, 0.25, 0, 0.25, 0}), 1},
      {"n = 5, m = 4", v({0.3, -0.9, 0.5, 1, -1}), v({0, 0, 0, 0, 1}), 4},
  };
}

}  // namespace

TEMPLATE_TEST_CASE("Concrete: log_prob on a face at the critical temperature is the finite limit",
                   "[concrete][log_prob][boundary]", float, double) {
  using Vector = Eigen::VectorX<TestType>;
  for (const Face& face : faces()) {
    CAPTURE(face.description);
    const Concrete<Vector> q(face.logits.cast<TestType>(), face.critical_temperature);
    const Vector x = face.point.cast<TestType>();
    // Off the face by e, the density is off by e^t: 50 digits and more.
    const auto expected = testing::concrete_log_density(
        widen(q.logits()), lifted(x.template cast<double>(), Wide("1e-300")), Wide(q.temperature()));
    REQUIRE(isfinite(expected.value));
    const Wide magnitude = 5 + (widen(q.logits()).cwiseAbs().sum()) * 2 + abs(expected.value);
    CHECK(eps_error(q.log_prob(x), expected.value, magnitude) <= 2);
    CHECK(q.in_support(x));
  }
}

TEMPLATE_TEST_CASE("Concrete: log_prob on a face is +inf below the critical temperature, -inf above it",
                   "[concrete][log_prob][boundary]", float, double) {
  using Vector = Eigen::VectorX<TestType>;
  const auto inf = testing::inf<TestType>;
  for (const Face& face : faces()) {
    CAPTURE(face.description);
    const Vector logits = face.logits.cast<TestType>(), x = face.point.cast<TestType>();
    const auto critical = static_cast<TestType>(face.critical_temperature);
    const auto at = [&](TestType temperature) { return Concrete<Vector>(logits, temperature).log_prob(x); };

    CHECK(at(std::nextafter(critical, TestType(0))) == inf);
    CHECK(at(critical / 4) == inf);
    CHECK(at(TestType(1e-6)) == inf);
    CHECK(at(std::nextafter(critical, inf)) == -inf);
    CHECK(at(critical * 4) == -inf);
    CHECK(at(TestType(1e6)) == -inf);

    // And the density tends there.
    const auto tends = [&](double temperature) {
      const auto log_density = [&](const char* tiny) {
        return testing::concrete_log_density(widen(face.logits), lifted(face.point, Wide(tiny)), temperature).value;
      };
      return static_cast<double>(log_density("1e-400") - log_density("1e-200"));
    };
    CHECK(tends(face.critical_temperature / 4) > 100);
    CHECK(tends(face.critical_temperature * 4) < -100);
  }
}

TEST_CASE("Concrete: masked classes count neither among the classes nor among the zeros",
          "[concrete][log_prob][boundary]") {
  const Eigen::Vector4d logits(0.3, -testing::inf<>, -0.9, 0.5);
  const Eigen::Vector4d point(0.4, 0, 0, 0.6);
  const Vector3d rest_logits(0.3, -0.9, 0.5), rest_point(0.4, 0, 0.6);
  CHECK(Concrete(logits, 0.5).log_prob(point) ==
        Approx(Concrete(rest_logits, 0.5).log_prob(rest_point)).epsilon(1e-15));
  CHECK(Concrete(logits, 0.4).log_prob(point) == testing::inf<>);
  CHECK(Concrete(logits, 0.6).log_prob(point) == -testing::inf<>);
  CHECK(Concrete(logits, 0.4).in_support(point));
}

// ---- Outside the support ----

TEMPLATE_TEST_CASE("Concrete: no density outside the simplex", "[concrete][log_prob][in_support]", float, double) {
  using Vector = Eigen::Vector3<TestType>;
  const auto inf = testing::inf<TestType>, nan = testing::quiet_nan<TestType>;
  for (const double temperature : {0.1, 0.5, 3.0}) {
    CAPTURE(temperature);
    const Concrete q(Vector(1, 0, -1), temperature);
    for (const Vector& x : {Vector(-0.25, 0.75, 0.5), Vector(TestType(-1e-30), 0, 1), Vector(0, 0, 0),
                            Vector(inf, 0, 0), Vector(-inf, 1, 0), Vector(-1, -1, -1)}) {
      CHECK(q.log_prob(x) == -inf);
      CHECK_FALSE(q.in_support(x));
      const auto gradient = q.log_prob_gradient(x, 2);
      CHECK(gradient.value == -inf);
      CHECK(gradient.sample.isZero(0));
      CHECK(gradient.logits.isZero(0));
      CHECK(gradient.temperature == 0);
    }
    for (const Vector& x : {Vector(nan, 0.5, 0.5), Vector(0, nan, 0), Vector(-1, 0, nan), Vector(nan, nan, nan)}) {
      CHECK(q.log_prob(x) != q.log_prob(x));
      CHECK_FALSE(q.in_support(x));
    }
  }
}

TEST_CASE("Concrete: in_support is a sum of one, up to rounding", "[concrete][in_support]") {
  const Concrete q(Vector3d(1, 0, -1), 0.5);
  CHECK(q.in_support(Vector3d(0.2, 0.3, 0.5)));
  CHECK(q.in_support(Vector3d(1, 0, 0)));
  CHECK(q.in_support(Vector3d(1. / 3, 1. / 3, 1. / 3)));
  CHECK_FALSE(q.in_support(Vector3d(0.2, 0.3, 0.5 + 1e-14)));
  CHECK_FALSE(q.in_support(Vector3d(0.2, 0.3, 0.5 - 1e-14)));
  CHECK_FALSE(q.in_support(Vector3d(-1e-20, 0.5, 0.5)));
  CHECK_FALSE(q.in_support(Vector3d(1, 1, 1)));

  const Concrete batch(Eigen::MatrixXd::Zero(2, 2), 0.5);
  const Eigen::MatrixXd x = (Eigen::MatrixXd(2, 4) << 0.5, 0.6, 1, -1, 0.5, 0.6, 0, 2).finished();
  CHECK(testing::identical(batch.in_support(x), Eigen::RowVector4<bool>(true, false, true, false)));
}
