#include <cmath>

#include "autodiff/differences.hpp"
#include "catch.hpp"

// A scalar nested in itself carries second derivatives through log_prob and divergences.

namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

constexpr Index n = testing::dimension, count = testing::point_size;

using Inner = Eigen::AutoDiffScalar<Eigen::Matrix<double, count, 1>>;
using Nested = Eigen::AutoDiffScalar<Eigen::Matrix<Inner, count, 1>>;

/// The number at `index` of `point` as a variable of both levels.
Nested nested_variable(const VectorXd& point, Index index) {
  Nested result(Inner(point(index), count, static_cast<int>(index)));
  for (Index k = 0; k < count; ++k) result.derivatives()(k) = Inner(k == index ? 1 : 0, Inner::DerType::Zero());
  return result;
}

/// The second derivatives of KL(q | p) with respect to the logits of q and p, two names of one distribution.
template <template <class> class Over>
void check_fisher_matrix(const VectorXd& q, const VectorXd& p, const MatrixXd& fisher_matrix,
                         bool& some_value_is_zero) {
  const VectorXd point = testing::joined<double>(q, p);
  Eigen::VectorX<Nested> logits(2 * n);
  for (Index k = 0; k < 2 * n; ++k) logits(k) = nested_variable(point, k);
  using Model = Over<Eigen::VectorX<Nested>>;
  const auto divergence = testing::joined<Nested>(kl_divergence(Model(logits.head(n)), Model(logits.tail(n))));
  MatrixXd hessian = MatrixXd::Zero(2 * n, 2 * n), expected(2 * n, 2 * n);
  for (Index i = 0; i < 2 * n; ++i) {
    const Inner& along = divergence(0).derivatives()(i);
    CHECK(std::abs(along.value()) < 1e-13);
    if (along.derivatives().size() > 0) hessian.row(i) = along.derivatives().head(2 * n).transpose();
  }
  expected << fisher_matrix, -fisher_matrix, -fisher_matrix, fisher_matrix;
  CAPTURE(point.transpose(), hessian, expected);
  CHECK(divergence(0).value().value() >= 0);
  CHECK(testing::close(hessian, expected));
  some_value_is_zero = some_value_is_zero || divergence(0).value().value() == 0;
}

}  // namespace

TEMPLATE_TEST_CASE("Nested autodiff scalars carry second derivatives through log_prob", "", testing::ExpConcreteFamily,
                   testing::ConcreteFamily, testing::LogitBinaryFamily, testing::BinaryFamily) {
  using Model = typename TestType::template Over<Eigen::VectorX<Nested>>;
  const VectorXd point = testing::draw_point<TestType>(181);
  Eigen::VectorX<Nested> logits(n), sample(n);
  for (Index k = 0; k < n; ++k) {
    logits(k) = nested_variable(point, k);
    sample(k) = nested_variable(point, n + 1 + k);
  }
  const Nested log_prob = Model(logits, nested_variable(point, n)).log_prob(sample);

  const VectorXd gradient = testing::analytic_gradient<TestType>(point);
  const MatrixXd expected = testing::jacobian_by_differences(testing::analytic_gradient<TestType>, point);
  for (Index i = 0; i < count; ++i) {
    const Inner& along = log_prob.derivatives()(i);
    CHECK(along.value() == Catch::Approx(gradient(i)).epsilon(1e-13));
    CHECK(testing::close(along.derivatives().transpose(), expected.row(i), testing::difference_error));
  }
}

TEST_CASE("The second derivatives of a divergence of equals are Fisher's matrix, whichever way the value is rounded") {
  testing::Random random(187);
  bool some_value_is_zero = false;
  for (int round = 0; round < 20; ++round) {
    const VectorXd q = random.vector<VectorXd>(n, -2, 2);
    const VectorXd shifted = q.array() + random.uniform(-1, 1), close = q.array() * (1 + 1e-14);
    const VectorXd mass = concrete::Discrete<VectorXd>(q).probabilities();
    check_fisher_matrix<concrete::Discrete>(q, shifted, MatrixXd(mass.asDiagonal()) - mass * mass.transpose(),
                                            some_value_is_zero);
    const VectorXd variances = variance(concrete::Bernoulli<VectorXd>(q));
    check_fisher_matrix<concrete::Bernoulli>(q, close, MatrixXd(variances.asDiagonal()), some_value_is_zero);
  }
  CHECK(some_value_is_zero);
}
