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
