#include "concrete/distributions/exp_concrete.hpp"

#include <cmath>
#include <limits>

#include "catch.hpp"
#include "support/densities.hpp"
#include "support/limits.hpp"
#include "support/models.hpp"

namespace {

using Catch::Approx;
using concrete::ExpConcrete;
using Eigen::Index;
using Eigen::Vector2d, Eigen::Vector3d;
using testing::eps_error;
using testing::identical;
using testing::Random;
using testing::Wide;

// Each term of a log-density is rounded twice, by half an eps of its magnitude each time, before the sums, whose own
// roundings are of the same size.
constexpr double density_bound = 2;

/// One distribution with a temperature, in any scalar.
template <class T>
ExpConcrete<Eigen::VectorX<T>> draw_model(Random& random, Index n, double scale, double temperature) {
  return {random.vector<Eigen::VectorX<T>>(n, -scale - 1e-30, scale + 1e-30), temperature};
}

}  // namespace

// ---- Density ----

TEMPLATE_TEST_CASE("ExpConcrete: log_prob does not depend on where logits and points are", "[exp_concrete][log_prob]",
                   float, double) {
  using Vector = Eigen::VectorX<TestType>;
  Random random(102);
  const auto q = draw_model<TestType>(random, 5, 3, 0.7);
  const Vector y = q.sample(random);
  const auto expected = testing::log_density(q, 0, y);
  for (const double shift : {-1e4, -20.0, 3.0, 1e4}) {
    CAPTURE(shift);
    const Vector shifts = Vector::Constant(5, static_cast<TestType>(shift));
    const ExpConcrete<Vector> moved(q.logits() + shifts, 0.7);
    // The shifted numbers are rounded, so half an eps of the shift belongs to each of the 2 n terms.
    const Wide magnitude = expected.magnitude + 10 * Wide(std::abs(shift));
    CHECK(eps_error(moved.log_prob(y), expected.value, magnitude) <= density_bound);
    CHECK(eps_error(q.log_prob(Vector(y + shifts)), expected.value, magnitude) <= density_bound);
  }
}

TEST_CASE("ExpConcrete: two classes are one LogitBinaryConcrete variable", "[exp_concrete][log_prob]") {
  const Vector2d logits(0.4, -1.1);
  for (const double temperature : {0.05, 0.7, 1.0, 4.0}) {
    const ExpConcrete q(logits, temperature);
    const concrete::LogitBinaryConcrete binary(Eigen::Matrix<double, 1, 1>(1.5), temperature);
    for (const double u : {-30.0, -1.0, 0.0, 0.5, 8.0}) {
      const double log_prob = binary.log_prob(Eigen::Matrix<double, 1, 1>(u));
      CHECK(q.log_prob(Vector2d(u, 0)) == Approx(log_prob).epsilon(1e-14));
    }
  }
}

// ---- The border of the support ----

TEMPLATE_TEST_CASE("ExpConcrete: points at infinity", "[exp_concrete][log_prob]", float, double) {
  using Vector = Eigen::Vector3<TestType>;
  const TestType inf = testing::inf<TestType>;
  const ExpConcrete<Vector> q(Vector(TestType(0.3), TestType(-0.5), TestType(0.9)), 0.5);
  CHECK(q.log_prob(Vector(-inf, 0, 0)) == -inf);
  CHECK(q.log_prob(Vector(-inf, -inf, 0)) == -inf);
  CHECK(q.log_prob(Vector(-inf, -inf, -inf)) == -inf);
  CHECK(q.log_prob(Vector(inf, 0, 0)) == -inf);
  CHECK(q.log_prob(Vector(inf, -inf, inf)) == -inf);

  // Towards a face the slopes tend to limits: those of the lost coordinates alone carry weight.
  const auto gradient = q.log_prob_gradient(Vector(-inf, 0, -1), 2);
  CHECK(identical(gradient.logits, 2 * Vector(-2, 1, 1)));
  CHECK(identical(gradient.sample, 2 * Vector(1, TestType(-0.5), TestType(-0.5))));
  CHECK(gradient.temperature == -inf);
  const auto outside = q.log_prob_gradient(Vector(inf, 0, 0), 2);
  CHECK(outside.logits.isZero(0));
  CHECK(outside.sample.isZero(0));
  CHECK(outside.temperature == 0);
}

TEMPLATE_TEST_CASE("ExpConcrete: points whose scores all overflow have no density, and a gradient of numbers",
                   "[exp_concrete][log_prob]", float, double) {
  using Vector = Eigen::Vector3<TestType>;
  const TestType max = std::numeric_limits<TestType>::max(), inf = testing::inf<TestType>;
  const ExpConcrete<Vector> q(Vector(TestType(0.3), TestType(-0.5), TestType(0.9)), 1e6);
  for (const TestType y : {max, -max}) {
    const auto gradient = q.log_prob_gradient(Vector(y, y, y));
    CHECK(gradient.value == -inf);
    CHECK(gradient.logits.allFinite());
    CHECK(gradient.sample.allFinite());
    CHECK(gradient.temperature == -inf);
  }
}

TEMPLATE_TEST_CASE("ExpConcrete: a sum of points that overflows makes no gradient infinite", "[exp_concrete][log_prob]",
                   float, double) {
  // Only differences of the points matter. These are 0, and so far out that the logits are lost beside them.
  using Vector = Eigen::VectorX<TestType>;
  for (const Index n : {3, 40}) {
    CAPTURE(n);
    const ExpConcrete<Vector> q(Vector(Vector::Zero(n)), 0.5);
    const auto gradient = q.log_prob_gradient(Vector(Vector::Constant(n, -std::numeric_limits<TestType>::max() / 2)));
    CHECK(gradient.value == Approx(q.log_prob(Vector(Vector::Zero(n)))));
    CHECK(gradient.logits.isZero());
    CHECK(gradient.sample.isZero());
    CHECK(gradient.temperature == Approx(2 * (n - 1)));
  }
}

TEST_CASE("ExpConcrete: in_support is a sum of one, up to rounding", "[exp_concrete][in_support]") {
  const ExpConcrete q(Vector3d(0.3, -0.5, 0.9), 0.5);
  const double third = -std::log(3.0);
  CHECK(q.in_support(Vector3d(third, third, third)));
  CHECK(q.in_support(Vector3d(0, -testing::inf<>, -testing::inf<>)));
  CHECK(q.in_support(Vector3d(0, -800, -2000)));
  CHECK_FALSE(q.in_support(Vector3d(third, third, third + 1e-13)));
  CHECK_FALSE(q.in_support(Vector3d(third, third, third - 1e-13)));
  CHECK_FALSE(q.in_support(Vector3d(0, 0, 0)));
  CHECK_FALSE(q.in_support(Vector3d(testing::inf<>, 0, 0)));
  CHECK_FALSE(q.in_support(Vector3d(testing::quiet_nan<>, 0, -testing::inf<>)));
  CHECK_FALSE(q.in_support(Vector3d(-testing::inf<>, -testing::inf<>, -testing::inf<>)));
}

// ---- Many classes ----

TEMPLATE_TEST_CASE("ExpConcrete: a hundred thousand classes", "[exp_concrete][log_prob]", float, double) {
  using Vector = Eigen::VectorX<TestType>;
  const Index n = 100000;
  Random random(106);
  const auto q = draw_model<TestType>(random, n, 2, 0.5);
  const auto [y, log_prob] = q.sample_and_log_prob(random);
  CHECK(q.in_support(y));

  const auto widest = [](const Vector& v) -> Eigen::VectorX<long double> { return v.template cast<long double>(); };
  const long double expected = ExpConcrete(widest(q.logits()), q.temperature()).log_prob(widest(y));
  const double terms = double(q.logits().cwiseAbs().sum()) + 0.5 * double(y.cwiseAbs().sum());
  const double magnitude = 2 * terms + 2 * double(n) * std::log(double(n));
  CHECK(eps_error(q.log_prob(y), Wide(expected), Wide(magnitude)) <= density_bound);
  CHECK(eps_error(log_prob, Wide(expected), Wide(magnitude)) <= density_bound);
}
