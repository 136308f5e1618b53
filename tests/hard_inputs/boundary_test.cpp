#include <Eigen/Core>
#include <cmath>

#include "catch.hpp"
#include "support/densities.hpp"
#include "support/limits.hpp"
#include "support/models.hpp"

// Log-densities on the boundary of the support, where a formula in x gives NaN.

namespace {

using testing::eps_error;
using testing::Wide;

}  // namespace

TEMPLATE_TEST_CASE("BinaryConcrete: at 0 and 1 the log-density is +inf, the logit or -inf, as the temperature says",
                   "[hard]", float, double) {
  using T = TestType;
  using Vector = Eigen::Matrix<T, 1, 1>;
  const T inf = testing::inf<T>, a = T(1.25);
  const auto at = [&](T temperature, T x) {
    return concrete::BinaryConcrete(Vector(a), temperature).log_prob(Vector(x));
  };
  for (const T cold : {T(1e-6), T(0.5), std::nextafter(T(1), T(0))}) {
    CHECK(at(cold, 0) == inf);
    CHECK(at(cold, 1) == inf);
  }
  CHECK(at(1, 0) == -a);
  CHECK(at(1, 1) == a);
  for (const T warm : {std::nextafter(T(1), T(2)), T(2), T(1e6)}) {
    CHECK(at(warm, 0) == -inf);
    CHECK(at(warm, 1) == -inf);
  }
}

TEMPLATE_TEST_CASE("Concrete: a corner has a limit for a log-density, never NaN", "[hard]", float, double) {
  // Two zeros of three coordinates: +inf below a temperature of 2, -inf above it.
  using Vector = Eigen::Vector3<TestType>;
  const auto inf = testing::inf<TestType>;
  const Vector logits(3, 5, TestType(4.4));
  for (Eigen::Index k = 0; k < 3; ++k) {
    const Vector corner = Vector::Unit(k);
    CHECK(concrete::Concrete(logits, 0.1).log_prob(corner) == inf);
    CHECK(concrete::Concrete(logits, 1.9).log_prob(corner) == inf);
    CHECK(concrete::Concrete(logits, 2.1).log_prob(corner) == -inf);
    CHECK(std::isfinite(concrete::Concrete(logits, 2).log_prob(corner)));
    const auto gradient = concrete::Concrete(logits, 0.1).log_prob_gradient(corner);
    CHECK_FALSE(gradient.sample.array().isNaN().any());
    CHECK_FALSE(gradient.logits.array().isNaN().any());
    CHECK_FALSE(std::isnan(gradient.temperature));
  }
}

TEMPLATE_TEST_CASE("Concrete: at the temperature where powers of a vanishing coordinate cancel, the limit is finite",
                   "[hard]", float, double) {
  // One zero of n coordinates at t (n - 1) = 1: (n, t) = (2, 1), (3, 1/2), (5, 1/4).
  using T = TestType;
  using Vector = Eigen::VectorX<T>;
  testing::Random random(432);
  for (const Eigen::Index n : {2, 3, 5}) {
    CAPTURE(n);
    const T t = T(1) / static_cast<T>(n - 1);
    const concrete::Concrete q(random.vector<Vector>(n, -2, 2), t);
    Vector x = Vector::Constant(n, t);
    x(1) = 0;
    // The density at 1e-300 is off by its relative rate of convergence, at most 10 (1e-300)^(1/4).
    Eigen::VectorX<Wide> near = testing::widen(x);
    near(1) = Wide("1e-300");
    const auto expected = testing::concrete_log_density(testing::widen(q.logits()), near, Wide(t));
    // log 1e-300 is no term of the limit: without it the magnitudes are below 10 a coordinate.
    CHECK(eps_error(q.log_prob(x), expected.value, Wide(10 * static_cast<int>(n))) <= 2);
    CHECK(concrete::Concrete(q.logits(), std::nextafter(t, T(0))).log_prob(x) == testing::inf<T>);
    CHECK(concrete::Concrete(q.logits(), std::nextafter(t, T(2))).log_prob(x) == -testing::inf<T>);
  }
}
