#include "concrete/training/importance_weighted.hpp"

#include <Eigen/Core>
#include <cmath>
#include <type_traits>
#include <unsupported/Eigen/AutoDiff>

#include "catch.hpp"
#include "support/gradient.hpp"
#include "support/limits.hpp"
#include "support/random.hpp"
#include "support/reference.hpp"

using concrete::doubly_reparameterized_weights;
using concrete::importance_weighted;
using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::RowVectorXd;
using testing::eps;
using testing::inf;
using testing::quiet_nan;
using testing::Wide;

namespace {

/// m log-weights of each of B points, sample i of point b in column b + B i.
RowVectorXd random_log_weights(Index samples, Index batch, double spread) {
  testing::Random random(1);
  return random.vector<RowVectorXd>(samples * batch, -spread, spread);
}

}  // namespace

TEST_CASE("With one sample the bound is the log-weight itself") {
  const RowVectorXd w = random_log_weights(1, 6, 100);
  const auto result = importance_weighted(w, 6);
  CHECK(result.bound == w);
  CHECK(result.weights == RowVectorXd::Ones(6));
}

TEST_CASE("The bound is the logarithm of the mean weight of the columns b + B i") {
  constexpr Index samples = 5, batch = 3;
  for (const double spread : {0.1, 3.0, 500.0}) {
    const RowVectorXd w = random_log_weights(samples, batch, spread);
    const auto result = importance_weighted(w, batch);
    REQUIRE(result.bound.cols() == batch);
    REQUIRE(result.weights.cols() == samples * batch);
    for (Index b = 0; b < batch; ++b) {
      Wide total = 0;
      for (Index i = 0; i < samples; ++i) total += exp(Wide(w(b + batch * i)));
      INFO("spread " << spread << " point " << b);
      CHECK(testing::eps_error(result.bound(b), Wide(log(total / samples)), Wide(1 + spread)) <= 2);
      for (Index i = 0; i < samples; ++i) {
        const Index j = b + batch * i;
        CHECK(testing::eps_error(result.weights(j), Wide(exp(Wide(w(j))) / total), Wide(1)) <= 2);
      }
    }
  }
}

TEST_CASE("The weights are the gradient of the bound") {
  const RowVectorXd w = random_log_weights(5, 3, 2);
  const RowVectorXd upstream(Eigen::RowVector3d(1, -2, 0.5));
  const auto loss = [&](const RowVectorXd& log_weights) {
    return importance_weighted(log_weights, 3).bound.dot(upstream);
  };
  const RowVectorXd analytic = importance_weighted(w, 3).weights.cwiseProduct(upstream.replicate(1, 5));
  CHECK((analytic - testing::gradient(loss, w)).cwiseAbs().maxCoeff() <= 1e-12);
}

TEST_CASE("The gradient flows through autodiff log-weights") {
  using Dual = Eigen::AutoDiffScalar<Eigen::Vector3d>;
  const Eigen::RowVector3d plain(0.3, -1, 2);
  Eigen::Matrix<Dual, 1, 3> w;
  for (int i = 0; i < 3; ++i) w(i) = Dual(plain(i), 3, i);
  const auto result = importance_weighted(w, 1);
  const auto expected = importance_weighted(plain, 1);
  CHECK(std::abs(result.bound(0).value() - expected.bound(0)) <= eps<>);
  CHECK((result.bound(0).derivatives().transpose() - expected.weights).cwiseAbs().maxCoeff() <= eps<>);
}

TEST_CASE("A bound does not depend on the order and grows by what all weights grow") {
  const RowVectorXd w = random_log_weights(7, 1, 3);
  const double bound = importance_weighted(w, 1).bound(0);
  CHECK(std::abs(importance_weighted(w.reverse(), 1).bound(0) - bound) <= 2 * eps<> * (1 + std::abs(bound)));
  const RowVectorXd higher = w.array() + 1024;
  CHECK(std::abs(importance_weighted(higher, 1).bound(0) - (bound + 1024)) <= 2 * 1024 * eps<>);
  CHECK(importance_weighted(RowVectorXd::Constant(4, -1e4).eval(), 1).bound(0) == -1e4);
}

TEST_CASE("A sample of weight zero has no gradient") {
  const Eigen::RowVector4d w(1, -inf<>, 1, -inf<>);
  const auto result = importance_weighted(w, 1);
  CHECK(std::abs(result.bound(0) - (1 - std::log(2.0))) <= eps<>);
  CHECK(result.weights == Eigen::RowVector4d(.5, 0, .5, 0));
}

TEST_CASE("A point without any weight has a bound of -inf and equal gradients") {
  RowVectorXd w = random_log_weights(4, 2, 1);
  for (Index i = 0; i < 4; ++i) w(2 * i) = -inf<>;
  const auto result = importance_weighted(w, 2);
  CHECK(result.bound(0) == -inf<>);
  CHECK(std::isfinite(result.bound(1)));
  for (Index i = 0; i < 4; ++i) CHECK(result.weights(2 * i) == 0.25);
}

TEST_CASE("Samples of infinite weight have a bound of +inf and equal gradients, and the others none") {
  Eigen::RowVectorXd w(12);  // three points: one, two and all of their samples have an infinite weight
  w << 1, inf<>, inf<>, inf<>, -1e30, inf<>, -inf<>, 1e30, inf<>, 2, inf<>, inf<>;
  const auto result = importance_weighted(w, 3);
  CHECK(result.bound == Eigen::RowVector3d::Constant(inf<>));
  Eigen::RowVectorXd expected(12);
  expected << 0, .5, .25, 1, 0, .25, 0, 0, .25, 0, .5, .25;
  CHECK(result.weights == expected);
  CHECK(importance_weighted(w.cast<float>(), 3).weights == expected.cast<float>());
}

TEST_CASE("A log-weight of NaN is a bound and weights of NaN whatever is beside it") {
  for (const double beside : {0.0, -inf<>, inf<>}) {
    for (Index place = 0; place < 3; ++place) {
      RowVectorXd w = RowVectorXd::Constant(3, beside);
      w(place) = quiet_nan<>;
      INFO("NaN at " << place << " beside " << beside);
      const auto result = importance_weighted(w, 1);
      CHECK(std::isnan(result.bound(0)));
      CHECK(result.weights.array().isNaN().all());
    }
  }
}

TEST_CASE("Log-weights may be any row expression") {
  const RowVectorXd w = random_log_weights(5, 2, 1);
  const auto expected = importance_weighted(w, 2);
  const MatrixXd as_matrix = w;
  CHECK(importance_weighted(as_matrix, 2).bound == expected.bound);
  CHECK(importance_weighted(2 * w - w, 2).bound == expected.bound);
  CHECK(importance_weighted(Eigen::VectorXd(w).transpose(), 2).weights == expected.weights);
  const auto in_float = importance_weighted(w.cast<float>(), 2);
  STATIC_REQUIRE(std::is_same_v<decltype(in_float.bound), Eigen::RowVectorXf>);
  CHECK((in_float.bound.cast<double>() - expected.bound).cwiseAbs().maxCoeff() <= 4 * static_cast<double>(eps<float>));
}

TEST_CASE("Doubly reparameterised weights are the squares") {
  const auto result = importance_weighted(random_log_weights(5, 3, 2), 3);
  const auto squares = doubly_reparameterized_weights(result.weights);
  STATIC_REQUIRE(std::is_same_v<decltype(squares), const RowVectorXd>);
  CHECK(squares == result.weights.cwiseAbs2());
}
