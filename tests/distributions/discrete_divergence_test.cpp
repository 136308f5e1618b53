#include <Eigen/Core>
#include <cmath>
#include <type_traits>
#include <unsupported/Eigen/AutoDiff>

#include "catch.hpp"
#include "concrete/distributions/discrete.hpp"
#include "support/gradient.hpp"
#include "support/limits.hpp"
#include "support/random.hpp"
#include "support/reference.hpp"

using concrete::Discrete;
using Eigen::Dynamic;
using Eigen::Index;
using Eigen::Matrix;
using Eigen::MatrixXd;
using Eigen::RowVectorXd;
using Eigen::Vector2d;
using Eigen::Vector3d;
using Eigen::VectorXd;
using testing::eps;
using testing::inf;
using testing::Wide;

namespace {

/// Textbook sums over the classes of one column, and the size of what they add up.
struct Sum {
  Wide value = 0;
  Wide magnitude = 0;
};

template <class Column>
Matrix<Wide, Dynamic, 1> wide_log_probabilities(const Column& logits) {
  Wide total = 0;
  for (Index k = 0; k < logits.size(); ++k) total += exp(Wide(logits(k)));
  Matrix<Wide, Dynamic, 1> result(logits.size());
  for (Index k = 0; k < logits.size(); ++k) result(k) = Wide(logits(k)) - log(total);
  return result;
}

template <class Column>
Sum wide_entropy(const Column& logits) {
  const auto log_p = wide_log_probabilities(logits);
  Sum sum;
  for (Index k = 0; k < logits.size(); ++k) {
    const Wide weight = exp(log_p(k));
    sum.value -= weight * log_p(k);
    sum.magnitude += weight * (1 + abs(log_p(k)));
  }
  return sum;
}

template <class Q, class P>
Sum wide_kl_divergence(const Q& q_logits, const P& p_logits) {
  const auto log_q = wide_log_probabilities(q_logits), log_p = wide_log_probabilities(p_logits);
  Sum sum;
  for (Index k = 0; k < q_logits.size(); ++k) {
    const Wide weight = exp(log_q(k));
    sum.value += weight * (log_q(k) - log_p(k));
    sum.magnitude += weight * (1 + abs(log_q(k)) + abs(log_p(k)));
  }
  return sum;
}

}  // namespace

// ---- Values ----

TEMPLATE_TEST_CASE("Entropy and KL divergence are those of the textbook", "", float, double, long double) {
  using T = TestType;
  using M = Matrix<T, Dynamic, Dynamic>;
  testing::Random random(1);
  for (const double spread : {0.001, 1.0, 8.0, 60.0}) {
    for (const Index n : {1, 2, 5, 30}) {
      const M q = random.matrix<M>(n, 4, -spread, spread), p = random.matrix<M>(n, 4, -spread, spread);
      const auto entropies = entropy(Discrete(q));
      const auto divergences = kl_divergence(Discrete(q), Discrete(p));
      for (Index b = 0; b < 4; ++b) {
        const Sum h = wide_entropy(q.col(b)), kl = wide_kl_divergence(q.col(b), p.col(b));
        INFO("n " << n << " spread " << spread << " column " << b);
        CHECK(testing::eps_error(entropies(b), h.value, h.magnitude) <= 4);
        CHECK(testing::eps_error(divergences(b), kl.value, kl.magnitude) <= 4);
        CHECK(divergences(b) >= 0);
      }
    }
  }
}

TEST_CASE("Entropy and KL divergence do not depend on what is added to all logits") {
  testing::Random random(2);
  const VectorXd q = random.vector<VectorXd>(9, -4, 4), p = random.vector<VectorXd>(9, -4, 4);
  const VectorXd far = p.array() + 1e6;
  // The shift itself rounds the logits by 1e6 eps / 4.
  CHECK(std::abs(entropy(Discrete(far)) - entropy(Discrete(p))) <= 1e6 * eps<>);
  CHECK(std::abs(kl_divergence(Discrete(q), Discrete(far)) - kl_divergence(Discrete(q), Discrete(p))) <= 1e6 * eps<>);
}

TEST_CASE("Entropy lies between none and log n") {
  CHECK(entropy(Discrete(VectorXd::Constant(1, -7))) == 0);
  CHECK(entropy(Discrete(Vector3d(-inf<>, 4, -inf<>))) == 0);
  CHECK(entropy(Discrete(Vector3d(0, 1e4, -1e4))) == 0);
  CHECK(std::abs(entropy(Discrete(VectorXd::Constant(1000, 3))) - std::log(1000.0)) <= 8 * eps<> * std::log(1000.0));
  CHECK(std::abs(entropy(Discrete(Vector3d(1, -inf<>, 1))) - std::log(2.0)) <= eps<>);
}

TEST_CASE("A divergence from itself is none whatever is added") {
  testing::Random random(3);
  const MatrixXd logits = random.matrix<MatrixXd>(20, 30, -5, 5);
  CHECK(kl_divergence(Discrete(logits), Discrete(logits)).isZero(0));
  // Rounding must not make it negative either.
  const MatrixXd nearby = logits + random.matrix<MatrixXd>(20, 30, -1e-9, 1e-9);
  const RowVectorXd divergences = kl_divergence(Discrete(logits), Discrete(nearby));
  CHECK(divergences.minCoeff() >= 0);
  CHECK(divergences.maxCoeff() <= 1e-17 + 4 * eps<>);
}

TEST_CASE("A divergence is infinite only where q has a class that p masks") {
  const auto kl = [](const Vector3d& q, const Vector3d& p) { return kl_divergence(Discrete(q), Discrete(p)); };
  const Vector3d full(0.5, 0, -1), masked(0.5, -inf<>, -1);
  CHECK(kl(full, masked) == inf<>);
  CHECK(kl(Vector3d(0, -1e5, 0), masked) == inf<>);
  CHECK(kl(masked, masked) == 0);
  CHECK(kl(masked, Vector3d(-inf<>, 0.5, -1)) == inf<>);
  // q on two classes of three: log of the mass that p leaves to them.
  const Vector3d p = Discrete(full).probabilities();
  CHECK(std::abs(kl(masked, full) + std::log(p(0) + p(2))) <= 2 * eps<>);
  CHECK(std::abs(kl(masked, Vector3d(0, -inf<>, 0)) -
                 kl_divergence(Discrete(Vector2d(.5, -1)), Discrete(Vector2d(0, 0)))) <= eps<>);
}

TEST_CASE("Entropy and divergence are numbers for vectors by type and rows otherwise") {
  const Discrete vector(Vector3d(1, 2, 3));
  const Discrete batch(MatrixXd::Zero(3, 4).eval());
  STATIC_REQUIRE(std::is_same_v<decltype(entropy(vector)), double>);
  STATIC_REQUIRE(std::is_same_v<decltype(entropy(batch)), RowVectorXd>);
  STATIC_REQUIRE(std::is_same_v<decltype(kl_divergence(vector, vector)), double>);
  STATIC_REQUIRE(std::is_same_v<decltype(kl_divergence(batch, vector)), RowVectorXd>);
  CHECK(entropy(batch).cols() == 4);
}

TEST_CASE("One prior serves many posteriors") {
  testing::Random random(4);
  const MatrixXd q = random.matrix<MatrixXd>(3, 6, -2, 2), p = random.matrix<MatrixXd>(3, 2, -2, 2);
  const RowVectorXd result = kl_divergence(Discrete(q), Discrete(p));
  for (Index j = 0; j < 6; ++j) {
    CHECK(result(j) == kl_divergence(Discrete(VectorXd(q.col(j))), Discrete(VectorXd(p.col(j % 2)))));
  }
}

// ---- Gradients ----

TEST_CASE("The gradient of the divergence is that of central differences") {
  testing::Random random(5);
  for (const double spread : {0.0, 1.0, 12.0}) {
    const MatrixXd q = random.matrix<MatrixXd>(4, 6, -spread, spread),
                   p = random.matrix<MatrixXd>(4, 3, -spread, spread);
    const RowVectorXd w = random.vector<RowVectorXd>(6, -2, 2);
    const auto loss = [&w](const MatrixXd& a_q, const MatrixXd& a_p) {
      return kl_divergence(Discrete(a_q), Discrete(a_p)).dot(w);
    };
    const auto result = kl_divergence_gradient(Discrete(q), Discrete(p), w);
    const MatrixXd of_q = testing::gradient([&](const MatrixXd& a) { return loss(a, p); }, q);
    const MatrixXd of_p = testing::gradient([&](const MatrixXd& a) { return loss(q, a); }, p);
    INFO("spread " << spread);
    // The differences themselves miss eps |loss| / step = 3e-14 |loss| and about step^6 = 2e-13.
    const double tolerance = 2e-12 * (1 + spread);
    CHECK((result.q.logits - of_q).cwiseAbs().maxCoeff() <= tolerance);
    CHECK((result.p.logits - of_p).cwiseAbs().maxCoeff() <= tolerance);
    CHECK(result.value == kl_divergence(Discrete(q), Discrete(p)));
    CHECK(result.q.temperature == 0);
    CHECK(result.p.temperature == 0);
  }
}

TEST_CASE("The gradient of the divergence is that of an autodiff scalar") {
  using Dual = Eigen::AutoDiffScalar<Matrix<double, 6, 1>>;
  const Vector3d q(0.3, -0.5, 2), p(-1, 0.7, 0.1);
  Matrix<Dual, 3, 1> dual_q, dual_p;
  for (int k = 0; k < 3; ++k) {
    dual_q(k) = Dual(q(k), 6, k);
    dual_p(k) = Dual(p(k), 6, 3 + k);
  }
  const Dual kl = kl_divergence(Discrete(dual_q), Discrete(dual_p));
  const auto result = kl_divergence_gradient(Discrete(q), Discrete(p));
  CHECK(std::abs(kl.value() - result.value) <= 2 * eps<>);
  CHECK((kl.derivatives().head<3>() - result.q.logits).cwiseAbs().maxCoeff() <= 2 * eps<>);
  CHECK((kl.derivatives().tail<3>() - result.p.logits).cwiseAbs().maxCoeff() <= 2 * eps<>);
  const Dual h = entropy(Discrete(dual_q));
  const VectorXd of_entropy = testing::gradient([](const VectorXd& a) { return entropy(Discrete(a)); }, VectorXd(q));
  CHECK((h.derivatives().head<3>() - of_entropy).cwiseAbs().maxCoeff() <= 1e-12);
}

TEST_CASE("Masked classes have no gradient and an infinite divergence none at all") {
  MatrixXd q(3, 3), p(3, 3);
  q << 0.5, 0.5, 0.5, 0, -inf<>, -inf<>, -1, -1, -1;
  p << 0.1, 0.1, 0.1, -inf<>, 0.4, -inf<>, 0.2, 0.2, 0.2;
  const auto result = kl_divergence_gradient(Discrete(q), Discrete(p));
  CHECK(result.value(0) == inf<>);
  CHECK(result.q.logits.col(0).isZero(0));
  CHECK(result.p.logits.col(0).isZero(0));
  CHECK(result.q.logits(1, 1) == 0);
  CHECK(std::abs(result.p.logits(1, 1) - Discrete(p).probabilities()(1, 1)) <= eps<>);
  CHECK(result.q.logits(1, 2) == 0);
  CHECK(result.p.logits(1, 2) == 0);
  const auto loss = [](const MatrixXd& a_q, const MatrixXd& a_p) {
    return kl_divergence(Discrete(a_q), Discrete(a_p)).tail(2).sum();
  };
  const MatrixXd of_q = testing::gradient([&](const MatrixXd& a) { return loss(a, p); }, q);
  const MatrixXd of_p = testing::gradient([&](const MatrixXd& a) { return loss(q, a); }, p);
  CHECK((result.q.logits - of_q).rightCols(2).cwiseAbs().maxCoeff() <= 1e-12);
  CHECK((result.p.logits - of_p).rightCols(2).cwiseAbs().maxCoeff() <= 1e-12);
}

TEST_CASE("Upstreams scale the gradient and a zero is a zero") {
  const Discrete q(Vector3d(0.5, 0, -1)), p(Vector3d(0, 1, 2)), masked(Vector3d(0, -inf<>, 2));
  const auto once = kl_divergence_gradient(q, p), thrice = kl_divergence_gradient(q, p, 3);
  CHECK((thrice.q.logits - 3 * once.q.logits).cwiseAbs().maxCoeff() <= eps<>);
  CHECK((thrice.p.logits - 3 * once.p.logits).cwiseAbs().maxCoeff() <= eps<>);
  CHECK(thrice.value == once.value);
  const auto none = kl_divergence_gradient(q, masked, 0.0);
  CHECK(none.value == inf<>);
  CHECK(none.q.logits.isZero(0));
  CHECK(none.p.logits.isZero(0));
}
