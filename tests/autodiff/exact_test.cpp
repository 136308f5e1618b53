#include <type_traits>
#include <utility>

#include "autodiff/differences.hpp"
#include "autodiff/setting.hpp"
#include "catch.hpp"

// Exact divergences and moments over scalars that carry derivatives, compared with the analytic gradients and
// differences of what double gives.

namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::Vector2d;
using Eigen::Vector3d;
using Eigen::VectorX;
using Eigen::VectorXd;
using testing::check_close;
using testing::Derivatives;
using testing::inf;
using testing::joined;

/// q and p from a point of the logits of q, those of p, and both temperatures.
template <class Family, class Vector>
auto divide(const Vector& point) {
  using D = typename Family::template Over<VectorX<typename Vector::Scalar>>;
  const Index n = point.size() / 2 - 1;
  return std::pair(D(point.head(n), point(2 * n)), D(point.segment(n, n), point(2 * n + 1)));
}

/// The distribution of a point of logits and a temperature.
template <class Family, class Vector>
auto model(const Vector& point) {
  const Index n = point.size() - 1;
  return typename Family::template Over<VectorX<typename Vector::Scalar>>(point.head(n), point(n));
}

template <class Family, class System>
Derivatives differentiate_kl(const VectorXd& point) {
  using V = VectorX<typename System::Scalar>;
  return System::differentiate(
      [](const V& v) -> V {
        const auto [q, p] = divide<Family>(v);
        return joined<typename System::Scalar>(kl_divergence(q, p));
      },
      point);
}

/// The gradient of KL(q | p) in the order of the point.
template <class Family, class Vector>
auto kl_gradient(const Vector& point) {
  const auto [q, p] = divide<Family>(point);
  const auto gradient = kl_divergence_gradient(q, p);
  return joined<typename Vector::Scalar>(gradient.q.logits, gradient.p.logits, gradient.q.temperature,
                                         gradient.p.temperature);
}

template <class Family>
Derivatives expected_kl(const VectorXd& point) {
  const auto [q, p] = divide<Family>(point);
  return {joined<double>(kl_divergence(q, p)), kl_gradient<Family>(point).transpose()};
}

/// f(d) of the distribution of a point against differences.
template <class Family, class System, class F>
void check_moments(const VectorXd& point, const F& f) {
  using V = VectorX<typename System::Scalar>;
  const auto of_double = [&](const VectorXd& at) { return joined<double>(f(model<Family>(at))); };
  CAPTURE(point.transpose());
  check_close(System::differentiate(
                  [&](const V& v) -> V { return joined<typename System::Scalar>(f(model<Family>(v))); }, point),
              {of_double(point), testing::jacobian_by_differences(of_double, point)}, testing::difference_error);
}

/// Derivatives of sums over some hundred nodes, which double adds up in another order.
constexpr double sums = 1e-11;

const auto mean_of = [](const auto& d) { return mean(d); };
const auto variance_of = [](const auto& d) { return variance(d); };
const auto mode_of = [](const auto& d) { return mode(d); };
const auto entropy_of = [](const auto& d) { return entropy(d); };

}  // namespace

// ---- Divergences ----

TEMPLATE_LIST_TEST_CASE("Exact categorical divergences carry their analytic gradients", "[exact]", testing::Systems) {
  using testing::ConcreteFamily;
  using testing::ExpConcreteFamily;
  const VectorXd colder = joined<double>(Vector2d(0.5, -0.3), Vector2d(-1, 0.2), 0.6, 0.9);
  const VectorXd hotter = joined<double>(Vector2d(0.5, -0.3), Vector2d(-1, 0.2), 1.6, 0.7);
  const VectorXd itself = joined<double>(Vector2d(0.5, -0.3), Vector2d(0.5, -0.3), 0.6, 0.6);
  check_close(differentiate_kl<ExpConcreteFamily, TestType>(colder), expected_kl<ExpConcreteFamily>(colder), sums);
  check_close(differentiate_kl<ConcreteFamily, TestType>(hotter), expected_kl<ConcreteFamily>(hotter), sums);
  check_close(differentiate_kl<ExpConcreteFamily, TestType>(itself), expected_kl<ExpConcreteFamily>(itself), sums);
}

TEMPLATE_LIST_TEST_CASE("Exact binary divergences carry their analytic gradients", "[exact]", testing::Systems) {
  using testing::BinaryFamily;
  using testing::LogitBinaryFamily;
  for (const double t_p : {0.35, 0.6, 1.1}) {
    for (const Vector3d& p : {Vector3d(-1, 0.2, 4), Vector3d(0.5, -0.3, 0)}) {
      const VectorXd point = joined<double>(Vector3d(0.5, -0.3, 0), p, 0.6, t_p);
      CAPTURE(point.transpose());
      check_close(differentiate_kl<LogitBinaryFamily, TestType>(point), expected_kl<LogitBinaryFamily>(point), sums);
      check_close(differentiate_kl<BinaryFamily, TestType>(point), expected_kl<BinaryFamily>(point), sums);
    }
  }
}

TEMPLATE_LIST_TEST_CASE("Gradients of exact divergences carry the second derivatives", "[exact]", testing::Systems) {
  using V = VectorX<typename TestType::Scalar>;
  const auto check = [](const auto& gradient, const VectorXd& point) {
    const auto actual = TestType::differentiate([&](const V& v) -> V { return gradient(v); }, point);
    check_close(actual, {gradient(point), testing::jacobian_by_differences(gradient, point)},
                testing::difference_error);
    CHECK(testing::close(actual.jacobian, actual.jacobian.transpose(), sums));
  };
  const auto binary = [](const auto& v) { return kl_gradient<testing::LogitBinaryFamily>(v); };
  check(binary, joined<double>(Vector2d(0.5, -0.3), Vector2d(-1, 0.2), 0.6, 0.9));
  check(binary, joined<double>(Vector2d(0.5, -0.3), Vector2d(-1, 0.2), 1.6, 0.9));
  check([](const auto& v) { return kl_gradient<testing::ExpConcreteFamily>(v); },
        joined<double>(Vector2d(0.5, -0.3), Vector2d(-1, 0.2), 0.6, 0.9));
}

TEMPLATE_LIST_TEST_CASE("Masked classes have no part in derivatives of exact divergences", "[exact]",
                        testing::Systems) {
  using Family = testing::ExpConcreteFamily;
  const Vector3d masked(0.5, -inf<>, -1), also_masked(-0.2, -inf<>, 0.4), whole(-0.2, 0, 0.4), one(-inf<>, 2, -inf<>);
  const VectorXd equal = joined<double>(masked, also_masked, 0.6, 0.9);
  check_close(differentiate_kl<Family, TestType>(equal), expected_kl<Family>(equal), sums);
  const auto different = differentiate_kl<Family, TestType>(joined<double>(masked, whole, 0.6, 0.9));
  CHECK(different.values(0) == inf<>);
  CHECK(different.jacobian.isZero(0));
  const auto alone = differentiate_kl<Family, TestType>(joined<double>(one, one, 0.6, 0.9));
  CHECK(alone.values(0) == 0);
  CHECK(alone.jacobian.isZero(0));
}

// ---- Moments ----

TEMPLATE_LIST_TEST_CASE("Categorical moments carry their derivatives", "[exact]", testing::Systems) {
  using testing::ConcreteFamily;
  using testing::ExpConcreteFamily;
  const VectorXd cold = joined<double>(Vector2d(0.4, -0.3), 0.6), hot = joined<double>(Vector2d(0.4, -0.3), 1.7);
  check_moments<ConcreteFamily, TestType>(cold, mean_of);
  check_moments<ConcreteFamily, TestType>(hot, mean_of);
  check_moments<ConcreteFamily, TestType>(hot, variance_of);
  check_moments<ConcreteFamily, TestType>(cold, entropy_of);
  check_moments<ExpConcreteFamily, TestType>(hot, mean_of);
  check_moments<ExpConcreteFamily, TestType>(hot, mode_of);
  check_moments<ExpConcreteFamily, TestType>(hot, entropy_of);
}

TEMPLATE_LIST_TEST_CASE("The derivatives of means are their analytic gradients", "[exact]", testing::Systems) {
  const auto check = [](const auto& distribution_at, const VectorXd& point) {
    using V = VectorX<typename TestType::Scalar>;
    const auto actual = TestType::differentiate([&](const V& v) -> V { return mean(distribution_at(v)); }, point);
    for (Index k = 0; k < actual.values.size(); ++k) {
      const VectorXd upstream = VectorXd::Unit(actual.values.size(), k);
      const auto gradient = mean_gradient(distribution_at(point), upstream);
      CAPTURE(point.transpose(), k);
      CHECK(testing::close(actual.jacobian.row(k), joined<double>(gradient.logits, gradient.temperature).transpose(),
                           sums));
    }
  };
  check([](const auto& v) { return model<testing::ConcreteFamily>(v); }, joined<double>(Vector3d(0.4, -0.3, 1), 0.6));
  for (const double t : {0.6, 1.0, 1.7}) {
    check([](const auto& v) { return model<testing::BinaryFamily>(v); }, joined<double>(Vector3d(0.4, -0.3, 5), t));
    check([](const auto& v) { return model<testing::LogitBinaryFamily>(v); },
          joined<double>(Vector3d(0.4, -0.3, 5), t));
  }
}

TEMPLATE_LIST_TEST_CASE("Binary moments carry their derivatives", "[exact]", testing::Systems) {
  using testing::BinaryFamily;
  using testing::LogitBinaryFamily;
  for (const double t : {0.6, 1.0, 1.7}) {
    const VectorXd point = joined<double>(Vector3d(0.4, -0.3, 5), t);
    check_moments<BinaryFamily, TestType>(point, mean_of);
    check_moments<BinaryFamily, TestType>(point, variance_of);
    check_moments<BinaryFamily, TestType>(point, entropy_of);
    check_moments<LogitBinaryFamily, TestType>(point, mean_of);
    check_moments<LogitBinaryFamily, TestType>(point, variance_of);
    check_moments<LogitBinaryFamily, TestType>(point, mode_of);
    check_moments<LogitBinaryFamily, TestType>(point, entropy_of);
  }
}

TEMPLATE_LIST_TEST_CASE("Gradients of means have the values of double", "[exact]", testing::Systems) {
  using V = VectorX<typename TestType::Scalar>;
  const VectorXd point = joined<double>(Vector2d(0.4, -0.3), 0.6), upstream = Vector2d(1, -2);
  const auto gradients = [&](const auto& v) {
    using Scalar = typename std::decay_t<decltype(v)>::Scalar;
    const VectorX<Scalar> u = upstream.cast<Scalar>();
    const auto categorical = mean_gradient(model<testing::ConcreteFamily>(v), u);
    const auto binary = mean_gradient(model<testing::BinaryFamily>(v), u);
    const auto of_logit = mean_gradient(model<testing::LogitBinaryFamily>(v), u);
    const auto discrete = mean_gradient(concrete::Discrete<VectorX<Scalar>>(v.head(2)), u);
    return joined<Scalar>(categorical.logits, categorical.temperature, binary.logits, binary.temperature,
                          of_logit.logits, of_logit.temperature, discrete.logits);
  };
  const auto actual = TestType::differentiate([&](const V& v) -> V { return gradients(v); }, point);
  CHECK(testing::close(actual.values, gradients(point), sums));
  CHECK(testing::close(actual.jacobian.bottomRows(2), testing::jacobian_by_differences(gradients, point).bottomRows(2),
                       testing::difference_error));
}
