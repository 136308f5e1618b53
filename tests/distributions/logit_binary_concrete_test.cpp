#include "concrete/distributions/logit_binary_concrete.hpp"

#include <cmath>

#include "catch.hpp"
#include "support/limits.hpp"
#include "support/models.hpp"
#include "support/reference.hpp"

namespace {

using Catch::Approx;
using concrete::LogitBinaryConcrete;
using testing::eps_error;
using testing::identical;
using testing::Random;
using testing::Wide;

template <class T>
using One = Eigen::Matrix<T, 1, 1>;

/// The log-density of a single variable with this logit at y.
template <class T>
T log_prob(double temperature, T logit, T y) {
  return LogitBinaryConcrete<One<T>>(One<T>(logit), temperature).log_prob(One<T>(y));
}

}  // namespace

// ---- Density ----

TEMPLATE_TEST_CASE("LogitBinaryConcrete: points at infinity have no density", "[logit_binary_concrete][log_prob]",
                   float, double) {
  const auto inf = testing::inf<TestType>;
  for (const double temperature : {0.5, 1.0, 2.0}) {
    CHECK(log_prob<TestType>(temperature, 3, inf) == -inf);
    CHECK(log_prob<TestType>(temperature, 3, -inf) == -inf);
  }
  using Vector = Eigen::Vector2<TestType>;
  const LogitBinaryConcrete q(Vector(1, 2), 0.5);
  CHECK(q.in_support(Vector(inf, -inf)));
  CHECK_FALSE(q.in_support(Vector(0, testing::quiet_nan<TestType>)));

  const auto gradient = q.log_prob_gradient(Vector(-inf, inf), 2);
  CHECK(identical(gradient.logits, Vector(-2, 2)));
  CHECK(identical(gradient.sample, Vector(1, -1)));
  CHECK(gradient.temperature == -inf);
}

TEST_CASE("LogitBinaryConcrete: entries are scored one by one as columns of their own",
          "[logit_binary_concrete][log_prob]") {
  Random random(122);
  const auto logits = random.matrix<Eigen::MatrixXd>(4, 3, -2, 2);
  const LogitBinaryConcrete together(logits, 0.7), apart(logits.reshaped(1, 12), 0.7);
  const auto y = together.sample(random);
  const Eigen::MatrixXd by_entry = apart.log_prob(y.reshaped(1, 12)).reshaped(4, 3);
  CHECK(by_entry.colwise().sum().isApprox(together.log_prob(y), 1e-15));
}

// ---- Gradients ----

TEMPLATE_TEST_CASE(
    "LogitBinaryConcrete: the total derivative of log q at its own sample is 1/t an entry for t and 0 "
    "for logits",
    "[logit_binary_concrete][gradient]", float, double) {
  using Matrix = Eigen::MatrixX<TestType>;
  const double temperature = GENERATE(0.1, 0.7, 3.0);
  CAPTURE(temperature);
  Random random(125);
  const LogitBinaryConcrete<Matrix> q(random.matrix<Matrix>(4, 3, -2, 2), temperature);
  const auto y = q.sample(random);
  const auto partial = q.log_prob_gradient(y);
  const auto through_sample = q.pathwise_gradient(y, partial.sample);
  const double eps = double(testing::eps<TestType>);
  // t (x / t) and x differ by an eps of at most 1; samples are of a magnitude of 10 / t.
  CHECK(double((partial.logits + through_sample.logits).cwiseAbs().maxCoeff()) <= 2 * eps);
  CHECK(partial.temperature + through_sample.temperature == Approx(12 / temperature).epsilon(20 * eps));
}

// ---- To (0, 1) ----

TEMPLATE_TEST_CASE("LogitBinaryConcrete: to_concrete and its gradient until exp(-|y|) underflows",
                   "[logit_binary_concrete][to_concrete]", float, double) {
  using Model = LogitBinaryConcrete<Eigen::VectorX<TestType>>;
  for (const double value : {-80.0, -40.0, -5.0, -1.0, 0.0, 0.5, 17.0, 40.0, 80.0}) {
    CAPTURE(value);
    const One<TestType> y(static_cast<TestType>(value)), h(TestType(-1.5));
    const Wide x = 1 / (1 + exp(-Wide(value))), slope = x * x * exp(-Wide(value));
    CHECK(eps_error(Model::to_concrete(y)(0), x) <= 2);
    CHECK(eps_error(Model::to_concrete_gradient(y, h)(0), Wide(-1.5) * slope) <= 4);
    CHECK(Model::to_concrete_gradient(y, h)(0) != 0);
  }
  using Vector = Eigen::Vector2<TestType>;
  const auto inf = testing::inf<TestType>;
  CHECK(identical(Model::to_concrete(Vector(-inf, inf)), Vector(0, 1)));
  CHECK(Model::to_concrete_gradient(Vector(-inf, inf), Vector(1, inf)).isZero(0));
  CHECK(Model::to_concrete_gradient(Vector(0, 1), Vector(0, 0)).isZero(0));
}

// ---- The limit ----

TEMPLATE_TEST_CASE("LogitBinaryConcrete: rounding a sample is the sample of the Bernoulli limit",
                   "[logit_binary_concrete][discrete]", float, double) {
  using Matrix = Eigen::MatrixX<TestType>;
  for (const double temperature : {1e-6, 0.1, 1.0, 10.0, 1e6}) {
    CAPTURE(temperature);
    const LogitBinaryConcrete<Matrix> q(testing::draw_logits<Matrix>(126, -3, 3, 5, 3), temperature);
    Random relaxed_random(127), limit_random(127);
    const concrete::Bernoulli<Matrix> limit = q.discrete();
    CHECK(identical(limit.logits(), q.logits()));
    CHECK(identical(LogitBinaryConcrete<Matrix>::harden(q.sample(relaxed_random, 40)), limit.sample(limit_random, 40)));
  }
}

TEST_CASE("LogitBinaryConcrete: harden rounds at y = 0, that is x = 1/2", "[logit_binary_concrete][discrete]") {
  const Eigen::Vector4d y(-1e-300, 0, 1e-300, testing::inf<>);
  CHECK(identical(concrete::LogitBinaryConcreteXd::harden(y), Eigen::Vector4d(0, 0, 1, 1)));
  CHECK(std::isnan(concrete::LogitBinaryConcreteXd::harden(One<double>(testing::quiet_nan<>))(0)));
}
