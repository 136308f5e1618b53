#include <cmath>

#include "catch.hpp"
#include "support/autodiff.hpp"
#include "support/gradient.hpp"
#include "support/models.hpp"

// Second derivatives, by the two ways that autodiff scalars offer: a scalar nested in itself through log_prob, and a plain
// one through log_prob_gradient. Both are held against differences of the analytic gradient.

namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;
using testing::derivatives;
using testing::Dual;
using testing::Random;

constexpr Index n = 3, count = 2 * n + 1;  // logits, the temperature, the sample

using Inner = Dual<count>;
using Nested = Eigen::AutoDiffScalar<Eigen::Matrix<Inner, count, 1>>;

/// The number at `index` of `point` as a variable of both levels.
Nested nested_variable(const VectorXd& point, Index index) {
  Nested result(testing::variable<Inner>(point(index), count, index));
  for (Index k = 0; k < count; ++k) result.derivatives()(k) = Inner(k == index ? 1 : 0, Inner::DerType::Zero());
  return result;
}

/// The analytic gradient of log_prob at logits, temperature and sample put together.
template <class Family>
VectorXd analytic_gradient(const VectorXd& point) {
  const typename Family::template Over<VectorXd> model(point.head(n), point(n));
  const auto gradient = model.log_prob_gradient(point.tail(n));
  VectorXd result(count);
  result << gradient.logits, gradient.temperature, gradient.sample;
  return result;
}

template <class Family>
MatrixXd hessian_by_differences(const VectorXd& point) {
  MatrixXd result(count, count);
  for (Index i = 0; i < count; ++i) {
    for (Index k = 0; k < count; ++k) {
      const auto entry = [&](double value) {
        VectorXd moved = point;
        moved(k) = value;
        return analytic_gradient<Family>(moved)(i);
      };
      result(i, k) = testing::derivative(entry, point(k), 0x1p-11);
    }
  }
  return result;
}

template <class Family>
VectorXd draw_point(std::uint64_t seed) {
  VectorXd point(count);
  point.head(n) = Random(seed).vector<VectorXd>(n, -2, 2);
  point(n) = 0.7;
  if (Family::is_on_x_scale) {
    point.tail(n) << 0.2, 0.5, 0.3;
  } else {
    point.tail(n) << -1, 0.5, -2;
  }
  return point;
}

// Differences over 2^-11 keep 2^11 eps of gradients below 100: 5e-11.
constexpr double bound = 1e-9;

}  // namespace

TEMPLATE_TEST_CASE("Nested autodiff scalars carry second derivatives through log_prob", "[autodiff]",
                   testing::ExpConcreteFamily, testing::ConcreteFamily, testing::LogitBinaryFamily,
                   testing::BinaryFamily) {
  using Model = typename TestType::template Over<Eigen::VectorX<Nested>>;
  const VectorXd point = draw_point<TestType>(181);
  Eigen::VectorX<Nested> logits(n), sample(n);
  for (Index k = 0; k < n; ++k) {
    logits(k) = nested_variable(point, k);
    sample(k) = nested_variable(point, n + 1 + k);
  }
  const Nested log_prob = Model(logits, nested_variable(point, n)).log_prob(sample);

  const VectorXd gradient = analytic_gradient<TestType>(point);
  const MatrixXd expected = hessian_by_differences<TestType>(point);
  for (Index i = 0; i < count; ++i) {
    CHECK(log_prob.derivatives()(i).value() == Catch::Approx(gradient(i)).epsilon(1e-13));
    const VectorXd row = log_prob.derivatives()(i).derivatives();
    CHECK((row.transpose() - expected.row(i)).cwiseAbs().maxCoeff() <= bound);
  }
}

TEMPLATE_TEST_CASE("log_prob_gradient carries derivatives, the second ones of log_prob", "[autodiff]",
                   testing::ExpConcreteFamily, testing::ConcreteFamily, testing::LogitBinaryFamily,
                   testing::BinaryFamily) {
  using D = Dual<Eigen::Dynamic>;
  using Model = typename TestType::template Over<Eigen::VectorX<D>>;
  const VectorXd point = draw_point<TestType>(182);
  const Model model(testing::variables<D>(point.head(n), count, 0), testing::variable<D>(point(n), count, n));
  const auto gradient = model.log_prob_gradient(testing::variables<D>(point.tail(n), count, n + 1));

  const MatrixXd expected = hessian_by_differences<TestType>(point);
  const auto check = [&](const D& entry, Index i) {
    CHECK((derivatives(entry, count).transpose() - expected.row(i)).cwiseAbs().maxCoeff() <= bound);
  };
  for (Index k = 0; k < n; ++k) {
    check(gradient.logits(k), k);
    check(gradient.sample(k), n + 1 + k);
  }
  check(gradient.temperature, n);
  CHECK((expected - expected.transpose()).cwiseAbs().maxCoeff() <= 2 * bound);
}

TEMPLATE_TEST_CASE("pathwise_gradient carries derivatives of its own", "[autodiff]", testing::ExpConcreteFamily,
                   testing::ConcreteFamily, testing::LogitBinaryFamily, testing::BinaryFamily) {
  using D = Dual<Eigen::Dynamic>;
  const VectorXd point = draw_point<TestType>(183);
  const VectorXd noise = Random(184).vector<VectorXd>(n, -1, 2), upstream = Random(185).vector<VectorXd>(n, -1, 1);
  const auto gradient_of = [&](const auto& logits, const auto& temperature, const auto& g) {
    using Logits = std::decay_t<decltype(logits)>;
    const typename TestType::template Over<Logits> model(logits, temperature);
    return model.pathwise_gradient(model.reparameterize(noise), g);
  };
  const Eigen::VectorX<D> logits = testing::variables<D>(point.head(n), n + 1, 0);
  const auto actual = gradient_of(logits, testing::variable<D>(point(n), n + 1, n), testing::constants<D>(upstream));

  for (Index k = 0; k <= n; ++k) {
    const auto along = [&](double value) {
      VectorXd moved = point.head(n + 1);
      moved(k) = value;
      return gradient_of(VectorXd(moved.head(n)), moved(n), upstream);
    };
    for (Index i = 0; i < n; ++i) {
      const auto entry = [&](double value) { return along(value).logits(i); };
      const double expected = testing::derivative(entry, point(k), 0x1p-11);
      CHECK(std::abs(derivatives(actual.logits(i), n + 1)(k) - expected) <= bound);
    }
    const auto entry = [&](double value) { return along(value).temperature; };
    const double expected = testing::derivative(entry, point(k), 0x1p-11);
    CHECK(std::abs(derivatives(actual.temperature, n + 1)(k) - expected) <= bound);
  }
}
