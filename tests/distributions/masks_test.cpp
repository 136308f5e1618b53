#include <type_traits>

#include "catch.hpp"
#include "concrete/distributions/concrete.hpp"
#include "concrete/distributions/exp_concrete.hpp"
#include "support/densities.hpp"
#include "support/limits.hpp"
#include "support/models.hpp"

// What ExpConcrete and Concrete promise of masked classes, logits of -inf, alike: the distribution is that of the
// remaining classes, and a single class left has nothing to be random about.

namespace {

using Eigen::Index;
using testing::eps_error;
using testing::identical;
using testing::Random;

/// Different masks in each column, of which the last has one class left.
template <class Matrix>
Matrix masked_logits() {
  const auto mask = -testing::inf<typename Matrix::Scalar>;
  auto logits = testing::draw_logits<Matrix>(61, -2, 2, 5, 4);
  logits(0, 0) = logits(3, 1) = logits(4, 1) = mask;
  logits.col(3).setConstant(mask);
  logits(2, 3) = 3;
  return logits;
}

/// The coordinate of a class without mass, and of one with all of it.
template <class D>
typename D::Scalar no_mass() {
  return static_cast<typename D::Scalar>(testing::is_on_x_scale<D> ? 0 : -testing::inf<>);
}
template <class D>
typename D::Scalar all_mass() {
  return static_cast<typename D::Scalar>(testing::is_on_x_scale<D> ? 1 : 0);
}

/// The entries of `column` whose classes are not masked in `logits`.
template <class A, class Y>
Eigen::VectorX<typename Y::Scalar> remaining(const A& logits, const Y& column) {
  Eigen::VectorX<typename Y::Scalar> result(column.size());
  Index count = 0;
  for (Index k = 0; k < column.size(); ++k) {
    if (logits(k) > -testing::inf<typename A::Scalar>) result(count++) = column(k);
  }
  return result.head(count);
}

/// The distribution of the remaining classes of column b.
template <class D>
auto unmasked(const D& model, Index b) {
  const auto whole = testing::single(model, b);
  return decltype(whole)(remaining(whole.logits(), whole.logits()), whole.temperature());
}

}  // namespace

TEMPLATE_TEST_CASE("Masked classes are sampled as no mass at all", "[masks]", concrete::ExpConcreteXXf,
                   concrete::ExpConcreteXXd, concrete::ConcreteXXf, concrete::ConcreteXXd) {
  using Scalar = typename TestType::Scalar;
  const TestType model(masked_logits<typename TestType::Logits>(), 0.7);
  Random random(62), again(62);
  const auto sample = model.sample(random, 10);
  const auto drawn = model.sample_and_log_prob(again, 10);

  CHECK(identical(drawn.sample, sample));
  CHECK(drawn.log_prob.allFinite());
  CHECK(model.in_support(sample).all());
  for (Index j = 0; j < sample.cols(); ++j) {
    for (Index k = 0; k < sample.rows(); ++k) {
      const bool is_masked = model.logits()(k, j % 4) == -testing::inf<Scalar>;
      CHECK((sample(k, j) == no_mass<TestType>()) == is_masked);
    }
  }
}

TEMPLATE_TEST_CASE("With masks, densities and gradients are those of the remaining classes", "[masks]",
                   concrete::ExpConcreteXXf, concrete::ExpConcreteXXd, concrete::ConcreteXXf, concrete::ConcreteXXd) {
  using Matrix = typename TestType::Logits;
  using Scalar = typename TestType::Scalar;
  const TestType model(masked_logits<Matrix>(), 0.7);
  Random random(63);
  const auto drawn = model.sample_and_log_prob(random, 3);
  const auto& sample = drawn.sample;
  const auto log_prob = model.log_prob(sample);
  const Matrix upstream = random.matrix<Matrix>(5, sample.cols(), -1, 1);  // also where classes are masked

  for (Index j = 0; j < 12; ++j) {
    CAPTURE(j);
    const Index b = j % 4;
    const auto rest = unmasked(model, b);
    const auto whole = testing::single(model, b);
    const auto& a = whole.logits();
    const Eigen::VectorX<Scalar> y = sample.col(j), g = upstream.col(j);

    if (rest.dimension() > 1) {
      const auto expected = testing::log_density(model, b, y);
      CHECK(eps_error(log_prob(j), expected.value, expected.magnitude) <= 2);
      CHECK(eps_error(drawn.log_prob(j), expected.value, expected.magnitude) <= 2);
    } else {
      CHECK(log_prob(j) == 0);
    }
    const auto actual = whole.log_prob_gradient(y);
    const auto expected = rest.log_prob_gradient(remaining(a, y));
    CHECK(actual.value == log_prob(j));
    CHECK(remaining(a, actual.logits).isApprox(expected.logits, 16 * testing::eps<Scalar>));
    CHECK(remaining(a, actual.sample).isApprox(expected.sample, 16 * testing::eps<Scalar>));
    CHECK(actual.temperature == Catch::Approx(expected.temperature).epsilon(64 * testing::eps<Scalar>));

    const auto path = whole.pathwise_gradient(y, g);
    const auto expected_path = rest.pathwise_gradient(remaining(a, y), remaining(a, g));
    CHECK(remaining(a, path.logits).isApprox(expected_path.logits, 16 * testing::eps<Scalar>));
    // The sum of -log x_k dL/da_k, whose terms have both signs: it is as accurate as they are.
    const Eigen::VectorX<Scalar> coordinates = remaining(a, y);
    const Eigen::ArrayX<Scalar> log_x =
        testing::is_on_x_scale<TestType> ? coordinates.array().log().eval() : coordinates.array().eval();
    const Scalar terms = (log_x * expected_path.logits.array()).abs().sum();
    CHECK(eps_error(path.temperature, expected_path.temperature, terms) <= 8);
    for (Index k = 0; k < 5; ++k) {
      if (a(k) > -testing::inf<Scalar>) continue;
      CHECK(actual.logits(k) == 0);
      CHECK(actual.sample(k) == 0);
      CHECK(path.logits(k) == 0);
    }
  }
}

TEMPLATE_TEST_CASE("Mass on a masked class is outside the support", "[masks]", concrete::ExpConcreteXf,
                   concrete::ExpConcreteXd, concrete::ConcreteXf, concrete::ConcreteXd) {
  using Vector = typename TestType::Logits;
  using Scalar = typename TestType::Scalar;
  const auto inf = testing::inf<Scalar>;
  const TestType model(Vector(Eigen::Vector3<Scalar>(1, -inf, 2)), 0.5);
  Random random(64);
  Vector y = model.sample(random);
  REQUIRE(std::isfinite(model.log_prob(y)));
  y(1) = static_cast<Scalar>(testing::is_on_x_scale<TestType> ? 1e-30 : -70);

  CHECK(model.log_prob(y) == -inf);
  CHECK_FALSE(model.in_support(y));
  const auto gradient = model.log_prob_gradient(y);
  CHECK(gradient.value == -inf);
  CHECK(gradient.sample.isZero(0));
  CHECK(gradient.logits.isZero(0));
  CHECK(gradient.temperature == 0);
  CHECK(model.pathwise_gradient(y, Vector(Eigen::Vector3<Scalar>(1, 2, -1))).logits(1) == 0);

  y(1) = testing::quiet_nan<Scalar>;
  CHECK(model.log_prob(y) != model.log_prob(y));
  CHECK_FALSE(model.in_support(y));
}

TEMPLATE_TEST_CASE("All mass on masked classes is outside the support", "[masks]", concrete::ExpConcreteXd,
                   concrete::ConcreteXd) {
  const TestType model(Eigen::VectorXd(Eigen::Vector3d(1, -testing::inf<>, 2)), 0.5);
  Eigen::VectorXd y = Eigen::VectorXd::Constant(3, no_mass<TestType>());
  CHECK(model.log_prob(y) == -testing::inf<>);
  y(1) = all_mass<TestType>();
  CHECK(model.log_prob(y) == -testing::inf<>);
  CHECK(model.log_prob_gradient(y).logits.isZero(0));
}

// ---- One class ----

namespace {

/// A sample, density and gradients of a distribution that has one class left, number k.
template <class D>
void check_certainty(const D& model, Index k) {
  using Vector = typename D::Logits;
  Vector corner = Vector::Constant(model.dimension(), no_mass<D>());
  corner(k) = all_mass<D>();
  Random random(65), again(65);

  CHECK(identical(model.sample(random), corner));
  const auto drawn = model.sample_and_log_prob(again);
  CHECK(identical(drawn.sample, corner));
  CHECK(drawn.log_prob == 0);
  CHECK(model.log_prob(corner) == 0);
  CHECK(model.in_support(corner));

  const auto gradient = model.log_prob_gradient(corner, 3);
  CHECK(gradient.value == 0);
  CHECK(gradient.sample.isZero(0));
  CHECK(gradient.logits.isZero(0));
  CHECK(gradient.temperature == 0);
  const auto pathwise = model.pathwise_gradient(corner, Vector::Constant(model.dimension(), 3));
  CHECK(pathwise.logits.isZero(0));
  CHECK(pathwise.temperature == 0);
}

}  // namespace

TEMPLATE_TEST_CASE("A single class is certain", "[masks]", concrete::ExpConcreteXf, concrete::ExpConcreteXd,
                   concrete::ConcreteXf, concrete::ConcreteXd) {
  using Vector = typename TestType::Logits;
  using Scalar = typename TestType::Scalar;
  const auto mask = -testing::inf<Scalar>;
  for (const double temperature : {1e-6, 0.5, 1.0, 1e6}) {
    CAPTURE(temperature);
    check_certainty(TestType(Vector(Eigen::Vector3<Scalar>(mask, Scalar(0.3), mask)), temperature), 1);
    check_certainty(TestType(Vector::Constant(1, Scalar(-2)), temperature), 0);
  }
}

TEST_CASE("A single class by its type is certain", "[masks]") {
  const Eigen::Matrix<double, 1, 1> logit(0.3);
  check_certainty(concrete::ExpConcrete(logit, 0.5), 0);
  check_certainty(concrete::Concrete(logit, 0.5), 0);
}
