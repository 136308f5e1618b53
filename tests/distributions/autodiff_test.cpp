// Autodiff scalars carry the derivatives that the analytic gradients give: Eigen's AutoDiffScalar with derivatives of
// fixed and of dynamic size, with respect to the logits alone, the temperature alone, and both.

#include <Eigen/Core>
#include <unsupported/Eigen/AutoDiff>

#include "catch.hpp"
#include "concrete/concrete.hpp"
#include "support/random.hpp"

using Eigen::Vector3d;
using Eigen::VectorXd;

namespace {

constexpr int n = 3, variables = n + 1;  // the logits, then the temperature

using Fixed = Eigen::AutoDiffScalar<Eigen::Vector4d>;
using Dynamic = Eigen::AutoDiffScalar<VectorXd>;

enum class Active { logits, temperature, both };

const Vector3d logits(0.3, -0.8, 1.1);
constexpr double temperature = 0.6;

template <class Dual>
Eigen::Matrix<Dual, n, 1> dual_logits(Active active) {
  Eigen::Matrix<Dual, n, 1> result;
  for (int k = 0; k < n; ++k) {
    result(k) = active == Active::temperature ? Dual(logits(k)) : Dual(logits(k), variables, k);
  }
  return result;
}

template <class Dual>
Dual dual_temperature(Active active) {
  return active == Active::logits ? Dual(temperature) : Dual(temperature, variables, n);
}

/// The derivatives, where a constant of the dynamic kind has none at all.
template <class Dual>
Eigen::Vector4d derivatives(const Dual& value) {
  if (value.derivatives().size() == 0) return Eigen::Vector4d::Zero();
  return value.derivatives();
}

Eigen::Vector4d expected(Active active, const Vector3d& in_logits, double in_temperature) {
  Eigen::Vector4d result;
  result << (active == Active::temperature ? Vector3d(Vector3d::Zero()) : in_logits),
      (active == Active::logits ? 0 : in_temperature);
  return result;
}

template <template <class> class Class, class DualType>
struct Case {
  using Dual = DualType;
  using Plain = Class<Vector3d>;
  using Differentiable = Class<Eigen::Matrix<Dual, n, 1>>;
};

constexpr double tolerance = 1e-13;  // some tens of roundings of terms up to 10

}  // namespace

TEMPLATE_TEST_CASE("Autodiff through a sample is the pathwise gradient, through log_prob the gradient of the density",
                   "", (Case<concrete::Concrete, Fixed>), (Case<concrete::Concrete, Dynamic>),
                   (Case<concrete::ExpConcrete, Fixed>), (Case<concrete::ExpConcrete, Dynamic>),
                   (Case<concrete::BinaryConcrete, Fixed>), (Case<concrete::BinaryConcrete, Dynamic>),
                   (Case<concrete::LogitBinaryConcrete, Fixed>), (Case<concrete::LogitBinaryConcrete, Dynamic>)) {
  using Dual = typename TestType::Dual;
  const typename TestType::Plain plain(logits, temperature);
  testing::Random engine(1);
  const auto noise = plain.noise(engine);
  const Vector3d y = plain.reparameterize(noise), upstream(0.7, -1.3, 0.4);
  for (const Active active : {Active::logits, Active::temperature, Active::both}) {
    const typename TestType::Differentiable dual(dual_logits<Dual>(active), dual_temperature<Dual>(active));

    const auto dual_y = dual.reparameterize(noise);
    Eigen::Vector4d through_sample = Eigen::Vector4d::Zero();
    for (int k = 0; k < n; ++k) {
      CHECK(dual_y(k).value() == Catch::Approx(y(k)).epsilon(1e-14));
      through_sample += upstream(k) * derivatives(dual_y(k));
    }
    const auto pathwise = plain.pathwise_gradient(y, upstream);
    CHECK((through_sample - expected(active, pathwise.logits, pathwise.temperature)).cwiseAbs().maxCoeff() < tolerance);

    const Dual log_prob = dual.log_prob(Eigen::Matrix<Dual, n, 1>(y.template cast<Dual>()));
    const auto gradient = plain.log_prob_gradient(y);
    CHECK(log_prob.value() == Catch::Approx(gradient.value).epsilon(1e-14));
    CHECK((derivatives(log_prob) - expected(active, gradient.logits, gradient.temperature)).cwiseAbs().maxCoeff() <
          tolerance);
  }
}

TEMPLATE_TEST_CASE("log q of an autodiff sample has the total derivative: nothing by the logits", "",
                   (Case<concrete::ExpConcrete, Fixed>), (Case<concrete::ExpConcrete, Dynamic>),
                   (Case<concrete::LogitBinaryConcrete, Fixed>), (Case<concrete::LogitBinaryConcrete, Dynamic>)) {
  using Dual = typename TestType::Dual;
  constexpr bool categorical = std::is_same_v<typename TestType::Plain, concrete::ExpConcrete<Vector3d>>;
  const typename TestType::Differentiable dual(dual_logits<Dual>(Active::both), dual_temperature<Dual>(Active::both));
  testing::Random engine(2);
  const auto drawn = dual.sample_and_log_prob(engine);
  const double freedom = categorical ? n - 1 : n;
  CHECK((derivatives(drawn.log_prob) - expected(Active::both, Vector3d::Zero(), freedom / temperature))
            .cwiseAbs()
            .maxCoeff() < tolerance);
  CHECK(drawn.log_prob.value() == Catch::Approx(dual.log_prob(drawn.sample).value()).epsilon(1e-13));
}

TEST_CASE("An autodiff scalar draws what double draws, and leaves masked classes without a derivative") {
  using Dual = Dynamic;
  Eigen::Matrix<Dual, n, 1> a = dual_logits<Dual>(Active::both);
  a(1) = Dual(-std::numeric_limits<double>::infinity(), variables, 1);
  const concrete::Concrete dual(a, dual_temperature<Dual>(Active::both));
  const concrete::Concrete plain(Vector3d(logits(0), -std::numeric_limits<double>::infinity(), logits(2)), temperature);
  testing::Random engine(3), same_engine(3);
  const auto x = dual.sample(engine);
  const Vector3d expected_x = plain.sample(same_engine);
  for (int k = 0; k < n; ++k) {
    CHECK(x(k).value() == Catch::Approx(expected_x(k)).epsilon(1e-14));
    CHECK(derivatives(x(k)).allFinite());
    CHECK(derivatives(x(k))(1) == 0);
  }
  CHECK(derivatives(dual.log_prob(x)).allFinite());
}

TEST_CASE("Nested autodiff scalars give second derivatives") {
  using Inner = Eigen::AutoDiffScalar<Eigen::Vector4d>;
  using Outer = Eigen::AutoDiffScalar<Eigen::Matrix<Inner, 4, 1>>;
  // Inner counts derivatives of values, Outer derivatives of both.
  const auto variable = [](double value, int index) {
    Outer result(Inner(value, variables, index));
    for (int k = 0; k < variables; ++k) result.derivatives()(k) = Inner(k == index ? 1 : 0);
    return result;
  };
  Eigen::Matrix<Outer, n, 1> a;
  for (int k = 0; k < n; ++k) a(k) = variable(logits(k), k);
  const concrete::ExpConcrete nested(a, variable(temperature, n));
  const Vector3d y(-0.4, -2.0, -1.6);
  Eigen::Matrix<Outer, n, 1> point;
  for (int k = 0; k < n; ++k) {
    point(k) = Outer(Inner(y(k)));
    for (int v = 0; v < variables; ++v) point(k).derivatives()(v) = Inner(0);
  }
  const Outer log_prob = nested.log_prob(point);

  const auto gradient = [&](const Eigen::Vector4d& parameters) {
    const auto g = concrete::ExpConcrete(Vector3d(parameters.head<3>()), parameters(n)).log_prob_gradient(y);
    return (Eigen::Vector4d() << g.logits, g.temperature).finished();
  };
  const Eigen::Vector4d here(logits(0), logits(1), logits(2), temperature);
  const double h = 1e-5;
  for (int v = 0; v < variables; ++v) {
    const Eigen::Vector4d step = h * Eigen::Vector4d::Unit(v);
    const Eigen::Vector4d column = (gradient(here + step) - gradient(here - step)) / (2 * h);
    CHECK((log_prob.derivatives()(v).derivatives() - column).cwiseAbs().maxCoeff() < 1e-8);
    CHECK(log_prob.derivatives()(v).value() == Catch::Approx(gradient(here)(v)).epsilon(1e-13));
  }
}
