#include <Eigen/Core>
#include <cmath>
#include <limits>
#include <string>
#include <type_traits>

#include "catch.hpp"
#include "support/densities.hpp"
#include "support/failure.hpp"
#include "support/limits.hpp"
#include "support/models.hpp"

// Arguments that are taken for something else, or overflow on the way, elsewhere.

namespace {

using testing::eps_error;
using testing::failure;
using testing::identical;
using testing::Random;

}  // namespace

TEMPLATE_TEST_CASE("A temperature of 0 or below, NaN or inf is refused rather than inverted", "[hard]",
                   concrete::ExpConcreteXf, concrete::ExpConcreteXd, concrete::LogitBinaryConcreteXf,
                   concrete::LogitBinaryConcreteXd) {
  // Elsewhere NaN, or a sample whose order is turned round: pytorch #184031.
  using T = typename TestType::Scalar;
  const auto refused = [](T temperature, const char* text) {
    CHECK(failure([&] { TestType(TestType::Logits::Zero(3).eval(), temperature); }) ==
          std::string("temperature must be finite and > 0, but was ") + text);
  };
  refused(0, "0");
  refused(-1, "-1");
  refused(testing::quiet_nan<T>, "nan");
  refused(testing::inf<T>, "inf");
  refused(-testing::inf<T>, "-inf");
}

TEMPLATE_TEST_CASE("A temperature whose reciprocal overflows: samples are corners and densities finite", "[hard]",
                   float, double) {
  using T = TestType;
  using Vector = Eigen::Vector3<T>;
  const T temperature = std::is_same_v<T, float> ? T(1e-39) : T(1e-309), far = 1 / (8 * std::numeric_limits<T>::min());
  REQUIRE(temperature > 0);
  REQUIRE(1 / temperature == testing::inf<T>);
  const concrete::ExpConcrete q(Vector(T(0.3), T(-0.5), T(0.9)), temperature);
  Random random(451), again(451);
  for (int i = 0; i < 20; ++i) {
    const auto [y, log_prob] = q.sample_and_log_prob(random);
    CHECK(identical(q.harden(y), q.discrete().sample(again)));
    CHECK(y.maxCoeff() == 0);
    CHECK(std::isfinite(log_prob));
  }
  // A point as near to the corner as the scores a - t y can tell.
  const Vector y(0, -far, -2 * far);
  const auto expected = testing::log_density(q, 0, y);
  CHECK(eps_error(q.log_prob(y), expected.value, expected.magnitude) <= 2);
}

TEMPLATE_TEST_CASE("A temperature whose reciprocal overflows: coordinates are right, and so is their density", "[hard]",
                   float, double) {
  using T = TestType;
  using Vector = Eigen::Vector3<T>;
  const T temperature = std::is_same_v<T, float> ? T(1e-39) : T(1e-309), mask = -testing::inf<T>;
  const concrete::ExpConcrete q(Vector(T(0.3), T(-0.5), mask), temperature);
  const Vector noise(T(0.1), T(0.8), T(-0.5)), far(T(0.1), 100, 2);
  const T gap = T(T(-0.5) + noise(1)) - T(T(0.3) + noise(0));  // -0.1
  const Vector y(0, static_cast<T>(testing::Wide(gap) / testing::Wide(temperature)), mask);
  CHECK(identical(q.reparameterize(noise), y));
  CHECK(identical(q.reparameterize(far), Vector(mask, 0, mask)));
  const Eigen::Matrix3X<T> batch = q.reparameterize(noise.replicate(1, 100));
  CHECK(identical(batch, y.replicate(1, 100).eval()));

  Random random(452);
  const auto [samples, log_prob] = q.sample_and_log_prob(random, 400);
  int finite = 0;
  for (Eigen::Index j = 0; j < samples.cols(); ++j) {
    const auto sample = samples.col(j);
    if (sample.template head<2>().allFinite()) {
      ++finite;
      CHECK(q.log_prob(sample) == Catch::Approx(log_prob(j)).epsilon(8 * double(testing::eps<T>)));
    } else {
      CHECK(q.log_prob(sample) == -testing::inf<T>);
    }
    CHECK(std::isfinite(log_prob(j)));
  }
  CHECK(finite > 10);  // those of a gap below t times the largest number, 0.34 or 0.18: of probability 0.08 or more
}

TEMPLATE_TEST_CASE("A temperature whose reciprocal overflows: gradients without one are 0, and others divided",
                   "[hard]", float, double) {
  using T = TestType;
  using Matrix = Eigen::Matrix2X<T>;
  const T temperature = std::is_same_v<T, float> ? T(1e-39) : T(1e-309);
  const concrete::ExpConcrete q(Eigen::Vector2<T>(0, 0), temperature);
  const Matrix y = Eigen::Vector2<T>(T(-0.5), -1).replicate(1, 50);
  const auto none = q.pathwise_gradient(y, Matrix::Zero(2, 50));
  CHECK(none.logits.isZero(0));
  CHECK(none.temperature == 0);
  const auto some = q.pathwise_gradient(y.col(0), Eigen::Vector2<T>(T(1e-3), 0));
  const auto expected =
      static_cast<T>(testing::Wide(T(1e-3)) / testing::Wide(temperature) * (1 - 1 / (1 + exp(testing::Wide(-0.5)))));
  CHECK(some.logits(0) == Catch::Approx(expected).epsilon(8 * double(testing::eps<T>)));
  CHECK(q.log_prob_gradient(y).temperature == testing::inf<T>);
  const concrete::ExpConcrete one(Eigen::Vector<T, 1>(0), temperature);
  CHECK(one.log_prob_gradient(Eigen::Vector<T, 1>(0)).temperature == 0);
}

TEMPLATE_TEST_CASE("Own samples of 4096 classes are in the support", "[hard]", concrete::ExpConcreteXf,
                   concrete::ExpConcreteXd, concrete::ConcreteXf, concrete::ConcreteXd) {
  // Elsewhere a fixed tolerance of 1e-6 rejects them: pytorch #18133, #87468.
  Random random(452);
  for (const double temperature : {1e-6, 0.01, 0.3, 1.0, 100.0}) {
    CAPTURE(temperature);
    const TestType q(random.vector<typename TestType::Logits>(4096, -2, 2), temperature);
    CHECK(q.in_support(q.sample(random, 3)).all());
  }
}

TEST_CASE("Probabilities, odds and logits are told apart by name", "[hard]") {
  // Elsewhere one is taken for the other: TensorFlow Probability #1674, pytorch #6700.
  const Eigen::Vector3d p(0.2, 0.3, 0.5);
  const concrete::Discrete of_probabilities(concrete::probabilities(p)), of_logits(p);
  CHECK((of_probabilities.probabilities() - p).cwiseAbs().maxCoeff() <= testing::eps<>);
  CHECK((of_logits.probabilities() - p).cwiseAbs().maxCoeff() > 0.05);

  const Eigen::Vector3d alpha = p.array() / (1 - p.array());
  for (const auto& b : {concrete::Bernoulli(concrete::probabilities(p)), concrete::Bernoulli(concrete::odds(alpha))}) {
    CHECK((b.probabilities() - p).cwiseAbs().maxCoeff() <= testing::eps<>);
  }
  CHECK((concrete::Bernoulli(concrete::odds(p)).probabilities() - p).cwiseAbs().maxCoeff() > 0.03);
}

TEMPLATE_TEST_CASE("The same seed draws the same for adjacent blocks of columns as for one call over both", "[hard]",
                   concrete::ExpConcreteXXf, concrete::ExpConcreteXXd, concrete::BinaryConcreteXXf,
                   concrete::BinaryConcreteXXd) {
  // Elsewhere the draws depend on the shape asked for: jax #25749.
  const auto q = testing::draw_model<TestType>(453);  // 3 x 4
  Random whole(454), parts(454);
  const auto together = q.sample(whole, 5);
  auto apart = together;
  apart.setZero();
  q.sample(parts, apart.leftCols(8));
  q.sample(parts, apart.rightCols(12));
  CHECK(identical(apart, together));
  CHECK(whole() == parts());
}
