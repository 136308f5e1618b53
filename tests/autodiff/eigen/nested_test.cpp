#include "autodiff/differences.hpp"
#include "catch.hpp"

// A scalar nested in itself carries second derivatives through log_prob.

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
