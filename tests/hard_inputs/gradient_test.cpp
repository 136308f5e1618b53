#include <Eigen/Core>
#include <cmath>

#include "catch.hpp"
#include "support/densities.hpp"
#include "support/limits.hpp"
#include "support/models.hpp"

// Gradients where saturated functions have lost theirs.

namespace {

using testing::eps;
using testing::eps_error;
using testing::Random;
using testing::Wide;

}  // namespace

TEMPLATE_TEST_CASE("LogitBinaryConcrete: the gradient of a sample is 1 / temperature however large the logits",
                   "[hard]", float, double) {
  // Elsewhere 0 from logits of 16 on: the location is clamped to 15.94 on either side.
  using Vector = Eigen::Vector4<TestType>;
  const double temperature = GENERATE(0.05, 0.5, 2.0);
  const concrete::LogitBinaryConcrete q(Vector(-20, 20, TestType(-1e4), TestType(1e4)), temperature);
  Random random(441);
  const Vector y = q.sample(random), upstream(1, 1, -3, TestType(0.5));
  const auto gradient = q.pathwise_gradient(y, upstream);
  for (Eigen::Index i = 0; i < 4; ++i) {
    CHECK(eps_error(gradient.logits(i), Wide(upstream(i)) / Wide(q.temperature())) <= 1);
  }
  const auto wide_y = testing::widen(y), wide_upstream = testing::widen(upstream);
  const Wide expected = -wide_upstream.dot(wide_y) / Wide(q.temperature());
  const Wide magnitude = wide_upstream.cwiseAbs().dot(wide_y.cwiseAbs()) / Wide(q.temperature());
  CHECK(eps_error(gradient.temperature, expected, magnitude) <= 2);
}

TEMPLATE_TEST_CASE("LogitBinaryConcrete: to_concrete_gradient at saturated points is not 0 until it underflows",
                   "[hard]", float, double) {
  // y (1 - y) of the rounded sigmoid is 0 from 17 (float) and 37 (double) on.
  using T = TestType;
  using Vector = Eigen::Matrix<T, 1, 1>;
  using Model = concrete::LogitBinaryConcrete<Vector>;
  const auto largest = std::floor(-std::log(std::numeric_limits<T>::min()));
  for (const T y : {T(17), T(37), T(40), T(80), largest}) {
    const Wide e = exp(-Wide(y)), expected = e / ((1 + e) * (1 + e));
    CAPTURE(y);
    // One eps for the exponential, half an eps for each of the sum, its square and the quotient.
    CHECK(eps_error(Model::to_concrete_gradient(Vector(y), Vector(1))(0), expected) <= 2.5);
    CHECK(eps_error(Model::to_concrete_gradient(Vector(-y), Vector(1))(0), expected) <= 2.5);
  }
}

TEMPLATE_TEST_CASE("The sum of all coordinates is constant, and so is its gradient 0 up to rounding", "[hard]", float,
                   double) {
  using T = TestType;
  using Vector = Eigen::VectorX<T>;
  Random random(442);
  for (const double temperature : {1e-3, 0.1, 0.5, 1.0, 10.0}) {
    CAPTURE(temperature);
    const Vector logits = random.vector<Vector>(5, -2, 2);
    const concrete::ExpConcrete in_log(logits, temperature);
    const concrete::Concrete on_simplex(logits, temperature);
    for (int i = 0; i < 20; ++i) {
      const Vector y = in_log.sample(random), x = in_log.to_concrete(y);
      const Vector bound = 4 * eps<T> * x / in_log.temperature();
      const Vector of_log = in_log.pathwise_gradient(y, in_log.to_concrete_gradient(y, Vector::Ones(5).eval())).logits;
      const Vector of_x = on_simplex.pathwise_gradient(x, Vector::Ones(5)).logits;
      CHECK((of_log.array().abs() <= bound.array()).all());
      CHECK((of_x.array().abs() <= bound.array()).all());
    }
  }
}

TEMPLATE_TEST_CASE("A constant gradient of the coordinates vanishes beside the simplex too", "[hard]", float, double) {
  // What rounding leaves of a sum of one must not be taken for a slope; here the sum is far enough from it to be seen.
  using T = TestType;
  using Vector = Eigen::VectorX<T>;
  using Matrix = Eigen::MatrixX<T>;
  Random random(444);
  for (const Eigen::Index n : {5, 20, 100}) {
    const Vector logits = random.vector<Vector>(n, -2, 2);
    const concrete::ExpConcrete in_log(Matrix(logits), 0.5);
    const concrete::Concrete on_simplex(Matrix(logits), 0.5);
    for (const T shift : {T(-2), T(-0.3), T(0.3), T(2)}) {
      CAPTURE(n, shift);
      const Matrix y = (in_log.sample(random, 3).array() + shift).matrix(), x = in_log.to_concrete(y);
      const Matrix ones = Matrix::Ones(n, 3);
      const Vector bound = static_cast<T>(n + 8) * eps<T> * x.rowwise().sum() / in_log.temperature();
      const Vector of_log = in_log.pathwise_gradient(y, in_log.to_concrete_gradient(y, ones)).logits;
      const Vector of_x = on_simplex.pathwise_gradient(x, ones).logits;
      CHECK((of_log.array().abs() <= bound.array()).all());
      CHECK((of_x.array().abs() <= bound.array()).all());
    }
  }
}

TEMPLATE_TEST_CASE("Mass on a masked class leaves the pathwise gradient of the others as it is", "[hard]",
                   concrete::ExpConcreteXf, concrete::ExpConcreteXd) {
  // A point that is no sample: only differences of its unmasked coordinates count.
  using T = typename TestType::Scalar;
  const auto gradient = [](const auto& logits, const auto& y, const auto& upstream) {
    return concrete::ExpConcrete(logits, T(0.5)).pathwise_gradient(y, upstream);
  };
  const Eigen::Vector3<T> logits(T(0.1), -testing::inf<T>, 2), y(-2000, 5, -2001), upstream(1, 2, 3);
  const auto expected =
      gradient(Eigen::Vector2<T>(T(0.1), 2), Eigen::Vector2<T>(-2000, -2001), Eigen::Vector2<T>(1, 3));
  const auto actual = gradient(logits, y, upstream);
  CHECK(actual.logits(0) == expected.logits(0));
  CHECK(actual.logits(1) == 0);
  CHECK(actual.logits(2) == expected.logits(1));
  CHECK(actual.temperature == expected.temperature);
}

TEMPLATE_TEST_CASE("A masked logit has a gradient of 0, and makes no other NaN", "[hard]", concrete::ExpConcreteXf,
                   concrete::ExpConcreteXd, concrete::ConcreteXf, concrete::ConcreteXd) {
  // Elsewhere NaN: tensorflow #11756.
  using Vector = typename TestType::Logits;
  using T = typename TestType::Scalar;
  const Vector logits = Eigen::Vector4<T>(T(0.3), -testing::inf<T>, T(-0.7), 1);
  for (const double temperature : {0.1, 0.5, 2.0}) {
    CAPTURE(temperature);
    const TestType q(logits, temperature);
    Random random(443);
    const Vector y = q.sample(random);
    const auto path = q.pathwise_gradient(y, Vector::Ones(4).eval());
    CHECK(path.logits(1) == 0);
    CHECK(path.logits.allFinite());
    CHECK(std::isfinite(path.temperature));
    const auto gradient = q.log_prob_gradient(y);
    CHECK(gradient.logits(1) == 0);
    CHECK(gradient.sample(1) == 0);
    CHECK(gradient.logits.allFinite());
    CHECK(gradient.sample.allFinite());
    CHECK(std::isfinite(gradient.temperature));
  }
}

TEMPLATE_TEST_CASE("d log p / dt of many columns may be infinite, but is no difference of infinities", "[hard]",
                   concrete::ExpConcreteXXf, concrete::LogitBinaryConcreteXXf) {
  const int n = GENERATE(2, 10, 100);
  constexpr float temperature = 1e-37F;
  const TestType q(Eigen::MatrixXf::Zero(n, 5000), temperature);
  Random random(447);
  const Eigen::MatrixXf y = q.sample(random);
  // Points and temperature on another scale have the same scores.
  constexpr float scale = 1e10F;
  const TestType higher(Eigen::MatrixXf::Zero(n, 5000), scale * temperature);
  const float expected = scale * higher.log_prob_gradient(Eigen::MatrixXf(y / scale)).temperature;
  const float actual = q.log_prob_gradient(y).temperature;
  if (std::isinf(expected)) {
    CHECK(actual == expected);
  } else {
    CHECK(std::abs(actual - expected) <= 0.01F * static_cast<float>(n) / temperature);
  }
}
