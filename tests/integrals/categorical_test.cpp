#include <Eigen/Core>
#include <cmath>

#include "catch.hpp"
#include "concrete/distributions/concrete.hpp"
#include "integrals/quadrature.hpp"
#include "support/limits.hpp"

// The densities of 2, 3 and 4 classes, and of 3 beside a masked one.

namespace {

using Catch::Approx;
using concrete::Concrete;
using concrete::ExpConcrete;
using Eigen::Vector2d, Eigen::Vector3d, Eigen::Vector4d;
using testing::inf;
using testing::integral_over_line;
using testing::integral_over_unit;

const Vector2d two_logits(0.4, -1.1);
const Vector3d three_logits(0.4, -1.1, 0.3);
const Vector4d four_logits(0.4, -1.1, 0.3, 0.9), masked_logits(0.4, -inf<>, -1.1, 0.3);

template <class F>
double integral_over_plane(const F& f) {
  return integral_over_line([&](double u) { return integral_over_line([&](double v) { return f(u, v); }); });
}

template <class F>
double integral_over_space(const F& f) {
  return integral_over_line(
      [&](double u) { return integral_over_plane([&](double v, double w) { return f(u, v, w); }); });
}

/// Over the points (b, (1 - b) c, (1 - b)(1 - c)).
template <class F>
double integral_over_triangle(const F& f, double tolerance) {
  const auto outer = [&](double b, double rest) {
    const auto inner = [&](double c, double last) { return f(b, rest * c, rest * last); };
    return rest * integral_over_unit(inner, tolerance);
  };
  return integral_over_unit(outer, tolerance);
}

}  // namespace

TEST_CASE("ExpConcrete: the density integrates to one over the log-ratios") {
  const double t = GENERATE(0.2, 0.5, 1.0, 2.0, 5.0);
  CAPTURE(t);
  // Over t times the log-ratios: there the density falls like e^-|u| for every t.
  const auto density = [t](const auto& q, const auto& u) { return std::exp(q.log_prob(u / t)); };

  const ExpConcrete two(two_logits, t);
  const auto along = [&](double u) { return density(two, Vector2d(u, 0)); };
  CHECK(integral_over_line(along) / t == Approx(1).epsilon(1e-9));

  const ExpConcrete three(three_logits, t);
  const auto at = [&](double u, double v) { return density(three, Vector3d(u, v, 0)); };
  CHECK(integral_over_plane(at) / (t * t) == Approx(1).epsilon(1e-9));

  const ExpConcrete masked(masked_logits, t);
  const auto beside = [&](double u, double v) { return density(masked, Vector4d(u, -inf<>, v, 0)); };
  CHECK(integral_over_plane(beside) / (t * t) == Approx(1).epsilon(1e-9));

  const ExpConcrete four(four_logits, t);
  const auto within = [&](double u, double v, double w) { return density(four, Vector4d(u, v, w, 0)); };
  CHECK(integral_over_space(within) / (t * t * t) == Approx(1).epsilon(1e-9));
}

TEST_CASE("Concrete: the density integrates to one over the simplex") {
  const double t = GENERATE(0.2, 0.5, 1.0, 2.0, 5.0);
  CAPTURE(t);
  const auto density = [](const auto& q, const auto& x) { return std::exp(q.log_prob(x)); };

  const Concrete two(two_logits, t);
  const auto along = [&](double x, double y) { return density(two, Vector2d(x, y)); };
  CHECK(integral_over_unit(along, 1e-6) == Approx(1).epsilon(1e-9));

  const Concrete three(three_logits, t);
  const auto at = [&](double x, double y, double z) { return density(three, Vector3d(x, y, z)); };
  CHECK(integral_over_triangle(at, 1e-6) == Approx(1).epsilon(1e-9));

  const Concrete masked(masked_logits, t);
  const auto beside = [&](double x, double y, double z) { return density(masked, Vector4d(x, 0, y, z)); };
  CHECK(integral_over_triangle(beside, 1e-6) == Approx(1).epsilon(1e-9));

  // By the log-ratios again, x = softmax(u / t), where dx is the product of all coordinates times du / t^3.
  const Concrete four(four_logits, t);
  const auto within = [&](double u, double v, double w) {
    Vector4d x = (Vector4d(u, v, w, 0) / t).array().exp();
    x /= x.sum();
    return std::exp(four.log_prob(x) + x.array().log().sum());
  };
  CHECK(integral_over_space(within) / (t * t * t) == Approx(1).epsilon(1e-9));
}
