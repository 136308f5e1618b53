#include "concrete/distributions/logit_binary_concrete.hpp"

#include <cmath>

#include "catch.hpp"
#include "support/densities.hpp"
#include "support/limits.hpp"
#include "support/models.hpp"

namespace {

using Catch::Approx;
using concrete::LogitBinaryConcrete;
using Eigen::Index;
using testing::eps_error;
using testing::identical;
using testing::Random;
using testing::Wide;
using testing::widen;

template <class T>
using One = Eigen::Matrix<T, 1, 1>;

/// The log-density of a single variable with this logit at y.
template <class T>
T log_prob(double temperature, T logit, T y) {
  return LogitBinaryConcrete<One<T>>(One<T>(logit), temperature).log_prob(One<T>(y));
}

}  // namespace

// ---- Density ----

TEMPLATE_TEST_CASE("LogitBinaryConcrete: log_prob at all temperatures, logits and dimensions",
                   "[logit_binary_concrete][log_prob]", float, double, long double) {
  using Vector = Eigen::VectorX<TestType>;
  const Index n = GENERATE(1, 2, 3, 10, 100);
  const double temperature = GENERATE(1e-6, 1e-3, 0.05, 0.5, 1.0, 5.0, 1e3, 1e6);
  CAPTURE(n, temperature);
  Random random(121);
  for (const double scale : {1e-30, 0.1, 3.0, 50.0, 1e4, 1e6}) {
    if (n == 100 && scale != 3) continue;  // 50 digits are slow
    CAPTURE(scale);
    const LogitBinaryConcrete<Vector> q(random.vector<Vector>(n, -scale, scale), temperature);
    const Vector own_sample = q.sample(random), other_point = random.vector<Vector>(n, -20, 20);
    for (const Vector& y : {own_sample, other_point}) {
      const auto expected = testing::log_density(q, 0, y);
      CHECK(eps_error(q.log_prob(y), expected.value, expected.magnitude) <= 2);
    }
  }
}

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

TEMPLATE_TEST_CASE("LogitBinaryConcrete: log_prob_gradient at all temperatures and logits",
                   "[logit_binary_concrete][gradient]", float, double) {
  using Vector = Eigen::VectorX<TestType>;
  const double temperature = GENERATE(1e-6, 0.05, 1.0, 20.0, 1e6);
  CAPTURE(temperature);
  Random random(123);
  for (const double scale : {0.1, 3.0, 50.0, 1e4}) {
    CAPTURE(scale);
    const LogitBinaryConcrete<Vector> q(random.vector<Vector>(4, -scale, scale), temperature);
    const Vector own_sample = q.sample(random), other_point = random.vector<Vector>(4, -20, 20);
    for (const Vector& point : {own_sample, other_point}) {
      const Wide t(q.temperature());
      const Eigen::VectorX<Wide> a = widen(q.logits()), y = widen(point);
      const auto density = [](const Wide& logit, const Wide& at, const Wide& temperature_at) {
        using OneWide = Eigen::VectorX<Wide>;
        return testing::logit_binary_log_density(OneWide::Constant(1, logit), OneWide::Constant(1, at), temperature_at)
            .value;
      };
      const auto actual = q.log_prob_gradient(point);

      Wide dt = 0, magnitude = 4 / t;
      for (Index i = 0; i < 4; ++i) {
        // The slope of tanh(s/2) is below 1/2, so it moves by half of what the score does.
        const Wide score = 1 + (abs(a(i)) + abs(t * y(i))) / 2;
        const Wide da = testing::wide_derivative([&](const Wide& v) { return density(v, y(i), t); }, a(i));
        const Wide dy = testing::wide_derivative([&](const Wide& v) { return density(a(i), v, t); }, y(i));
        dt += testing::wide_derivative([&](const Wide& v) { return density(a(i), y(i), v); }, t);
        magnitude += abs(y(i)) * score;
        CHECK(eps_error(actual.logits(i), da, score) <= 2);
        CHECK(eps_error(actual.sample(i), dy, t * score) <= 2);
      }
      CHECK(eps_error(actual.temperature, dt, magnitude) <= 2);
    }
  }
}

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
