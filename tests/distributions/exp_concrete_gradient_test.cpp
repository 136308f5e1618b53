#include <cmath>

#include "catch.hpp"
#include "concrete/distributions/exp_concrete.hpp"
#include "support/limits.hpp"
#include "support/models.hpp"
#include "support/reference.hpp"

// Exact laws that the gradients of ExpConcrete obey, its way to the simplex, and its limit.

namespace {

using concrete::ExpConcrete;
using Eigen::Index;
using testing::eps_error;
using testing::identical;
using testing::Random;
using testing::Wide;

}  // namespace

// ---- Exact laws ----

TEMPLATE_TEST_CASE("ExpConcrete: the total derivative of log q at its own sample is (n-1)/t for t and 0 for logits",
                   "[exp_concrete][gradient]", float, double) {
  using Matrix = Eigen::MatrixX<TestType>;
  const double temperature = GENERATE(0.1, 0.7, 3.0);
  CAPTURE(temperature);
  Random random(113);
  const ExpConcrete<Matrix> q(random.matrix<Matrix>(4, 3, -2, 2), temperature);
  const auto y = q.sample(random);
  const auto partial = q.log_prob_gradient(y);
  const auto through_sample = q.pathwise_gradient(y, partial.sample);
  const double eps = double(testing::eps<TestType>);

  // Weights of at most 4 times 4, scores and samples of a magnitude of some 10 / t.
  CHECK(double((partial.logits + through_sample.logits).cwiseAbs().maxCoeff()) <= 16 * 20 * eps);
  CHECK(partial.temperature + through_sample.temperature ==
        Catch::Approx(3 * 3 / temperature).epsilon(20 * 20 * eps / temperature));
}

// ---- To the simplex ----

TEMPLATE_TEST_CASE("ExpConcrete: to_concrete is exp, and its gradient too", "[exp_concrete][to_concrete]", float,
                   double) {
  using Vector = Eigen::Vector4<TestType>;
  using Model = ExpConcrete<Eigen::VectorX<TestType>>;
  const auto inf = testing::inf<TestType>;
  const Vector y(0, TestType(-1.5), -40, -inf), h(2, -3, TestType(0.5), 7);
  const Vector x = Model::to_concrete(y), gradient = Model::to_concrete_gradient(y, h);
  for (Index k = 0; k < 3; ++k) {
    const Wide expected = exp(Wide(y(k)));
    CHECK(eps_error(x(k), expected) <= 1);
    CHECK(eps_error(gradient(k), h(k) * expected) <= 2);
  }
  CHECK(x(3) == 0);
  CHECK(gradient(3) == 0);
  CHECK(Model::to_concrete_gradient(y, Vector(1, 1, 1, inf))(3) == 0);
  CHECK(Model::to_concrete_gradient(y, Vector::Zero()).isZero(0));
  const Vector overflow = Vector::Constant(1000);  // not normalised, and accepted
  CHECK(Model::to_concrete_gradient(overflow, Vector(0, TestType(-0.0), 2, -2)) == Vector(0, 0, inf, -inf));
  static_assert(std::is_same_v<decltype(Model::to_concrete(y)), Vector>);
  static_assert(std::is_same_v<decltype(Model::to_concrete_gradient(y, h)), Vector>);
}

TEST_CASE("ExpConcrete: to_concrete and harden keep the shape of batches and expressions",
          "[exp_concrete][to_concrete]") {
  Random random(115);
  const ExpConcrete q(random.matrix<Eigen::MatrixXd>(3, 4, -1, 1), 0.5);
  const Eigen::MatrixXd y = q.sample(random, 2);
  const Eigen::MatrixXd x = y.unaryExpr([](double v) { return std::exp(v); });
  CHECK(identical(decltype(q)::to_concrete(y), x));
  CHECK(identical(decltype(q)::to_concrete(y.block(0, 1, 3, 2)), x.block(0, 1, 3, 2)));
  CHECK(identical(decltype(q)::to_concrete((1 * y).transpose()), x.transpose()));
  CHECK(identical(decltype(q)::to_concrete_gradient(y, 3 * y), (3 * y).cwiseProduct(x)));
}

// ---- The discrete limit ----

TEMPLATE_TEST_CASE("ExpConcrete: rounding a sample is the sample of the discrete limit", "[exp_concrete][discrete]",
                   float, double) {
  using Matrix = Eigen::MatrixX<TestType>;
  for (const double temperature : {1e-6, 0.1, 1.0, 10.0}) {
    CAPTURE(temperature);
    const ExpConcrete<Matrix> q(testing::draw_logits<Matrix>(116, -3, 3, 5, 3), temperature);
    Random relaxed_random(117), limit_random(117);
    const concrete::Discrete<Matrix> limit = q.discrete();
    CHECK(identical(limit.logits(), q.logits()));
    CHECK(identical(ExpConcrete<Matrix>::harden(q.sample(relaxed_random, 40)), limit.sample(limit_random, 40)));
  }
}

TEST_CASE("ExpConcrete: harden marks the largest entry, the first of equals", "[exp_concrete][discrete]") {
  const Eigen::MatrixXd y = (Eigen::MatrixXd(3, 4) << -1, 0, -testing::inf<>, -1,  //
                             -1, -5, -0.5, testing::quiet_nan<>,                   //
                             -2, 0, -0.4, -2)
                                .finished();
  const Eigen::MatrixXd x = concrete::ExpConcreteXXd::harden(y);
  CHECK(identical(x.leftCols(3), (Eigen::MatrixXd(3, 3) << 1, 1, 0, 0, 0, 0, 0, 0, 1).finished()));
  CHECK(x.col(3).array().isNaN().all());
}
