#include <cmath>
#include <tuple>

#include "catch.hpp"
#include "support/autodiff.hpp"
#include "support/limits.hpp"
#include "support/models.hpp"

// The relaxed classes over scalars that carry derivatives, of a number fixed by the type or dynamic: values are those of
// double, derivatives those of the analytic gradients. Nothing here knows a formula.

namespace {

using Eigen::Index;
using Eigen::VectorXd;
using testing::constants;
using testing::derivatives;
using testing::Dual;
using testing::Random;
using testing::variable;
using testing::variables;

constexpr Index n = 3;
constexpr Index logits_at = 0, temperature_at = n, sample_at = n + 1, count = 2 * n + 1;

template <class FamilyType, class DualType>
struct Setting {
  using Family = FamilyType;
  using Scalar = DualType;
};

using Settings =
    std::tuple<Setting<testing::ExpConcreteFamily, Dual<count>>,
               Setting<testing::ExpConcreteFamily, Dual<Eigen::Dynamic>>, Setting<testing::ConcreteFamily, Dual<count>>,
               Setting<testing::ConcreteFamily, Dual<Eigen::Dynamic>>, Setting<testing::LogitBinaryFamily, Dual<count>>,
               Setting<testing::LogitBinaryFamily, Dual<Eigen::Dynamic>>, Setting<testing::BinaryFamily, Dual<count>>,
               Setting<testing::BinaryFamily, Dual<Eigen::Dynamic>>>;

/// Some 40 operations on numbers of a magnitude of 10 (on the x scale 30), in a form that cancels more than the double
/// path does.
constexpr double bound = 1000 * testing::eps<>;

template <class A, class B>
bool close(const Eigen::MatrixBase<A>& actual, const Eigen::MatrixBase<B>& expected) {
  return actual.size() == expected.size() &&
         ((actual - expected).array().abs() <= bound * (1 + expected.array().abs())).all();
}

bool close(double actual, double expected) { return std::abs(actual - expected) <= bound * (1 + std::abs(expected)); }

}  // namespace

TEMPLATE_LIST_TEST_CASE("log_prob carries derivatives of logits, temperature and sample, each alone or all",
                        "[autodiff][log_prob]", Settings) {
  using D = typename TestType::Scalar;
  using Model = typename TestType::Family::template Over<VectorXd>;
  using DualModel = typename TestType::Family::template Over<Eigen::VectorX<D>>;
  const double temperature = GENERATE(0.3, 1.0, 2.5);
  CAPTURE(temperature);
  Random random(171);
  const VectorXd a = random.vector<VectorXd>(n, -2, 2);
  const Model model(a, temperature);
  const VectorXd y = model.sample(random);
  const auto expected = model.log_prob_gradient(y);

  const auto check = [&](const D& log_prob, bool of_logits, bool of_temperature, bool of_sample) {
    const VectorXd actual = derivatives(log_prob, count);
    CHECK(close(log_prob.value(), expected.value));
    CHECK(close(actual.segment(logits_at, n), of_logits ? expected.logits : VectorXd::Zero(n).eval()));
    CHECK(close(actual(temperature_at), of_temperature ? expected.temperature : 0));
    CHECK(close(actual.segment(sample_at, n), of_sample ? expected.sample : VectorXd::Zero(n).eval()));
  };
  const auto dual_a = variables<D>(a, count, logits_at), dual_y = variables<D>(y, count, sample_at);
  const D dual_t = variable<D>(temperature, count, temperature_at);

  check(DualModel(dual_a, dual_t).log_prob(dual_y), true, true, true);
  check(DualModel(dual_a, temperature).log_prob(constants<D>(y)), true, false, false);
  check(DualModel(constants<D>(a), dual_t).log_prob(constants<D>(y)), false, true, false);
  check(DualModel(constants<D>(a), temperature).log_prob(dual_y), false, false, true);
  check(DualModel(constants<D>(a), temperature).log_prob(constants<D>(y)), false, false, false);
}

TEMPLATE_LIST_TEST_CASE("Reparameterize carries derivatives of logits and temperature, each alone or both",
                        "[autodiff][sampling]", Settings) {
  using D = typename TestType::Scalar;
  using Model = typename TestType::Family::template Over<VectorXd>;
  using DualModel = typename TestType::Family::template Over<Eigen::VectorX<D>>;
  const double temperature = GENERATE(0.3, 1.0, 2.5);
  CAPTURE(temperature);
  Random random(172);
  const VectorXd a = random.vector<VectorXd>(n, -2, 2);
  const Model model(a, temperature);
  const VectorXd noise = model.noise(random), y = model.reparameterize(noise);

  const auto check = [&](const Eigen::VectorX<D>& sample, bool of_logits, bool of_temperature) {
    for (Index k = 0; k < n; ++k) {
      const auto expected = model.pathwise_gradient(y, VectorXd::Unit(n, k));
      const VectorXd actual = derivatives(sample(k), count);
      CHECK(close(sample(k).value(), y(k)));
      CHECK(close(actual.segment(logits_at, n), of_logits ? expected.logits : VectorXd::Zero(n).eval()));
      CHECK(close(actual(temperature_at), of_temperature ? expected.temperature : 0));
    }
  };
  const auto dual_a = variables<D>(a, count, logits_at);
  const D dual_t = variable<D>(temperature, count, temperature_at);

  check(DualModel(dual_a, dual_t).reparameterize(noise), true, true);
  check(DualModel(dual_a, temperature).reparameterize(noise), true, false);
  check(DualModel(constants<D>(a), dual_t).reparameterize(noise), false, true);
  check(DualModel(constants<D>(a), temperature).reparameterize(noise), false, false);
}

TEMPLATE_LIST_TEST_CASE("Sampling draws the numbers of double, with their derivatives", "[autodiff][sampling]",
                        Settings) {
  using D = typename TestType::Scalar;
  using Model = typename TestType::Family::template Over<VectorXd>;
  using DualModel = typename TestType::Family::template Over<Eigen::VectorX<D>>;
  const VectorXd a = Random(173).vector<VectorXd>(n, -2, 2);
  const Model model(a, 0.7);
  const DualModel dual(variables<D>(a, count, logits_at), variable<D>(0.7, count, temperature_at));
  static_assert(std::is_same_v<typename DualModel::NoiseScalar, double>);

  Random random(174), again(174), noisy(174);
  const auto expected = model.sample_and_log_prob(random, 4);
  const auto actual = dual.sample_and_log_prob(again, 4);
  const auto through_noise = dual.reparameterize(dual.noise(noisy, 4));
  CHECK(random() == again());
  for (Index j = 0; j < 4; ++j) {
    const VectorXd y = expected.sample.col(j);
    VectorXd total = VectorXd::Zero(count);  // of log q: its parts by the parameters and through the sample
    const auto partial = model.log_prob_gradient(y);
    const auto path = model.pathwise_gradient(y, partial.sample);
    total.segment(logits_at, n) = partial.logits + path.logits;
    total(temperature_at) = partial.temperature + path.temperature;

    CHECK(close(actual.log_prob(j).value(), expected.log_prob(j)));
    CHECK(close(derivatives(actual.log_prob(j), count), total));
    for (Index k = 0; k < n; ++k) {
      CHECK(close(actual.sample(k, j).value(), y(k)));
      CHECK(close(derivatives(actual.sample(k, j), count), derivatives(through_noise(k, j), count)));
    }
  }
}

TEMPLATE_LIST_TEST_CASE("Gradients, limits and roundings exist for scalars that carry derivatives", "[autodiff]",
                        Settings) {
  using D = typename TestType::Scalar;
  using Family = typename TestType::Family;
  using DualModel = typename Family::template Over<Eigen::VectorX<D>>;
  const VectorXd a = Random(175).vector<VectorXd>(n, -2, 2);
  const DualModel dual(variables<D>(a, count, logits_at), variable<D>(0.7, count, temperature_at));
  const typename Family::template Over<VectorXd> model(a, 0.7);
  Random random(176), again(176);
  const VectorXd y = model.sample(random);
  const Eigen::VectorX<D> dual_y = dual.sample(again);

  const auto expected = model.log_prob_gradient(y, 2);
  const auto actual = dual.log_prob_gradient(dual_y, 2);
  CHECK(close(actual.value.value(), expected.value));
  CHECK(close(actual.temperature.value(), expected.temperature));
  const auto expected_path = model.pathwise_gradient(y, expected.sample);
  const auto actual_path = dual.pathwise_gradient(dual_y, actual.sample);
  CHECK(close(actual_path.temperature.value(), expected_path.temperature));
  for (Index k = 0; k < n; ++k) {
    CHECK(close(actual.sample(k).value(), expected.sample(k)));
    CHECK(close(actual.logits(k).value(), expected.logits(k)));
    CHECK(close(actual_path.logits(k).value(), expected_path.logits(k)));
  }
  CHECK(dual.in_support(dual_y));
  CHECK(dual == dual);
  CHECK(dual.discrete().sample(again)(0).value() == model.discrete().sample(random)(0));
  CHECK(DualModel::harden(dual_y)(0).value() == model.harden(y)(0));
  if constexpr (Family::is_binary) {
    CHECK(close(dual.cdf(dual_y)(1).value(), model.cdf(y)(1)));
    CHECK(close(dual.quantile(dual.cdf(dual_y))(1).value(), y(1)));
  }
  if constexpr (!Family::is_on_x_scale) {
    CHECK(close(DualModel::to_concrete(dual_y)(1).value(), model.to_concrete(y)(1)));
    CHECK(close(DualModel::to_concrete_gradient(dual_y, dual_y)(1).value(), model.to_concrete_gradient(y, y)(1)));
  }
}

TEMPLATE_LIST_TEST_CASE("A masked class has derivatives of 0", "[autodiff][masks]", Settings) {
  using D = typename TestType::Scalar;
  using Family = typename TestType::Family;
  if constexpr (!Family::is_binary) {
    using DualModel = typename Family::template Over<Eigen::VectorX<D>>;
    const VectorXd a = Eigen::Vector3d(0.5, -testing::inf<>, -1);
    const DualModel dual(variables<D>(a, count, logits_at), variable<D>(0.7, count, temperature_at));
    Random random(177);
    const auto drawn = dual.sample_and_log_prob(random);
    CHECK(derivatives(drawn.log_prob, count).allFinite());
    CHECK(derivatives(drawn.sample(1), count).isZero(0));
    CHECK(drawn.sample(1).value() == (Family::is_on_x_scale ? 0 : -testing::inf<>));
    for (const Index k : {0, 2}) {
      CHECK(derivatives(drawn.sample(k), count).allFinite());
      CHECK(derivatives(drawn.sample(k), count)(logits_at + 1) == 0);
    }
    const D log_prob = dual.log_prob(drawn.sample);
    CHECK(close(log_prob.value(), drawn.log_prob.value()));
    CHECK(derivatives(log_prob, count).allFinite());
    CHECK(close(derivatives(log_prob, count), derivatives(drawn.log_prob, count)));
  } else {
    SUCCEED("every logit is finite");
  }
}
