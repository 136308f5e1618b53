#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <type_traits>

#include "catch.hpp"
#include "concrete/exact/entropy.hpp"
#include "concrete/exact/mode.hpp"
#include "concrete/exact/moments.hpp"
#include "exact/cases.hpp"
#include "support/limits.hpp"
#include "support/random.hpp"

// Means, variances, covariances, entropies and modes.

namespace {

using concrete::Bernoulli;
using concrete::BinaryConcrete;
using concrete::Concrete;
using concrete::Discrete;
using concrete::ExpConcrete;
using concrete::LogitBinaryConcrete;
using concrete::probabilities;
using Eigen::Index;
using Eigen::Matrix;
using Eigen::MatrixXd;
using Eigen::Vector2d, Eigen::Vector3d, Eigen::Vector4d, Eigen::VectorXd;
using Eigen::VectorX;
using testing::inf;
using testing::promised;
using testing::relative_error;

template <class T>
using One = Matrix<T, 1, 1>;

const Vector3d logits(0.4, -1, 2);

}  // namespace

TEMPLATE_TEST_CASE("Moments of two to 100 classes agree with 25 digits, each with its own", "", float, double,
                   long double) {
  using T = TestType;
  for (const testing::MomentCase& c : testing::moment_cases) {
    const VectorX<T> a = testing::expanded<T>(c.a, c.repeat);
    if (sizeof(T) > sizeof(double) && a.size() > 2) continue;  // seconds
    CAPTURE(a.size(), c.t, c.a);
    const Concrete<VectorX<T>> d(a, c.t);
    const ExpConcrete<VectorX<T>> y(a, c.t);
    const VectorX<T> means = mean(d), variances = variance(d), log_means = mean(y);
    Index k = 0;
    for (std::size_t i = 0; i < c.a.size(); k += c.repeat[i++]) {
      CHECK(relative_error(means(k), c.mean[i]) <= promised<T>);
      CHECK(relative_error(variances(k), c.variance[i]) <= promised<T>);
      CHECK(relative_error(log_means(k), c.log_mean[i]) <= promised<T>);
    }
    CHECK(relative_error(entropy(d), c.entropy) <= promised<T>);
    CHECK(relative_error(entropy(y), c.log_entropy) <= promised<T>);
    if (c.covariance.empty()) continue;
    const Eigen::MatrixX<T> covariances = covariance(d);
    CHECK(relative_error(covariances(0, 1), c.covariance[0]) <= promised<T>);
    CHECK(relative_error(covariances(2, 0), c.covariance[1]) <= promised<T>);
    CHECK(relative_error(covariances(1, 2), c.covariance[2]) <= promised<T>);
  }
}

TEMPLATE_TEST_CASE("Moments of a binary variable agree with 25 digits", "", float, double, long double) {
  using T = TestType;
  for (const testing::BinaryMomentCase& c : testing::binary_moment_cases) {
    CAPTURE(c.t, c.a);
    const BinaryConcrete<One<T>> d(One<T>(T(c.a)), c.t);
    CHECK(relative_error(mean(d)(0), c.mean) <= promised<T>);
    CHECK(relative_error(variance(d)(0), c.variance) <= promised<T>);
    CHECK(relative_error(entropy(d), c.entropy) <= promised<T>);
  }
}

TEST_CASE("Binary means and entropies of the literature") {
  const auto binary_mean = [](double t, double p) {
    return mean(BinaryConcrete<One<double>>(probabilities(One<double>(p)), t))(0);
  };
  CHECK(std::abs(binary_mean(0.1, 0.8) - .7984374632) < 1e-10);
  CHECK(std::abs(binary_mean(1, 0.8) - .7172025062) < 1e-10);
  CHECK(std::abs(binary_mean(10, 0.8) - .5343249453) < 1e-10);
  CHECK(std::abs(binary_mean(0.5, 0.2) - .2314406922) < 1e-10);
  CHECK(std::abs(entropy(ExpConcrete(logits, 0.7)) - 4.52020270731752) < 1e-14);
  CHECK(entropy(LogitBinaryConcrete(logits, 0.7)) == 3 * (2 - std::log(0.7)));
}

TEMPLATE_TEST_CASE("The logit of a binary variable has the variance of a Logistic variable of scale 1 / t", "", float,
                   double, long double) {
  using T = TestType;
  const T pi_squared = static_cast<T>(9.869604401089358618834490999876151135L);
  const Matrix<T, 3, 2> a = (Matrix<T, 3, 2>() << T(0.4), -1, 2, -10000, 0, 10000).finished();
  for (const double t : {1e-18, 1e-3, 0.3, 1.0, 7.0, 1e18}) {
    CAPTURE(t);
    const T scale = T(1) / T(t), expected = pi_squared / 3 * scale * scale;
    const LogitBinaryConcrete<Matrix<T, 3, 2>> batch(a, t);
    const LogitBinaryConcrete<VectorX<T>> column(a.col(1), t);
    CHECK((variance(batch).array() / expected - 1).abs().maxCoeff() <= 4 * testing::eps<T>);
    CHECK((variance(column).array() / expected - 1).abs().maxCoeff() <= 4 * testing::eps<T>);
    CHECK(variance(column).rows() == 3);
    CHECK(covariance(column).isDiagonal(0));
    CHECK(covariance(column).diagonal() == variance(column));
  }
}

TEST_CASE("The binary mean at temperature 1 has a closed form") {
  for (const double a : {-20.0, -3.0, -0.5, 0.5, 2.0, 20.0}) {
    const double alpha = std::exp(a), m = alpha - 1, expected = alpha / m - alpha * a / (m * m);
    CHECK(std::abs(mean(BinaryConcrete<One<double>>(One<double>(a), 1))(0) / expected - 1) < 1e-13);
  }
}

TEST_CASE("Two classes have the moments of one binary variable") {
  testing::Random random(21);
  for (int round = 0; round < 40; ++round) {
    const double t = std::exp(random.uniform(-3, 4));
    const Vector2d a = random.vector<Vector2d>(2, -5, 5);
    const Concrete<Vector2d> d(a, t);
    const BinaryConcrete<One<double>> binary(One<double>(a(0) - a(1)), t);
    CAPTURE(t, a(0) - a(1));
    CHECK(std::abs(mean(d)(0) / mean(binary)(0) - 1) < 1e-12);
    CHECK(std::abs(variance(d)(1) / variance(binary)(0) - 1) < 1e-11);
    CHECK(std::abs(covariance(d)(0, 1) / variance(binary)(0) + 1) < 1e-11);
    CHECK(std::abs(entropy(d) - entropy(binary)) < 1e-12 * (1 + std::abs(entropy(binary))));
  }
}

TEST_CASE("Means add up to 1 and rows of covariances to 0 at every temperature") {
  testing::Random random(22);
  for (const double t : {1e-6, 0.01, 0.3, 1.0, 5.0, 1e3, 1e6}) {
    const VectorXd a = random.vector<VectorXd>(6, -3, 3);
    const Concrete<VectorXd> d(a, t);
    CAPTURE(t);
    CHECK(std::abs(mean(d).sum() - 1) < 4e-15);
    const MatrixXd c = covariance(d);
    CHECK((c.rowwise().sum()).cwiseAbs().maxCoeff() < 1e-9 * c.maxCoeff());
    CHECK(c == MatrixXd(c.transpose()));
    CHECK(c.diagonal() == variance(d));
    CHECK(c.diagonal().minCoeff() > 0);
  }
}

TEST_CASE("Equal logits have equal means, and at temperature extremes X is one-hot or softmax(a / t)") {
  const VectorXd even = mean(Concrete(VectorXd::Constant(1000, 3.5), 0.4));
  CHECK((even.array() - 1e-3).abs().maxCoeff() < 1e-16);
  const VectorXd cold = mean(Concrete(logits, 1e-6)), p = Discrete<Vector3d>(logits).probabilities();
  CHECK((cold - p).cwiseAbs().maxCoeff() < 1e-11);
  CHECK((covariance(Concrete(logits, 1e-6)) - covariance(Discrete<Vector3d>(logits))).cwiseAbs().maxCoeff() < 1e-5);
  const double hot = 1e5;  // there X = (1 + (a + G) / t) / 3 to first order, and var G is pi^2 / 6
  CHECK(std::abs(variance(Concrete(logits, hot))(1) * hot * hot / (1.6449340668482264 * 2 / 27) - 1) < 1e-4);
}

TEST_CASE("Classes of tiny probability keep their digits") {
  for (const double t : {0.3, 1.0, 4.0}) {
    // Nothing but the top class is ever drawn beside it: E X_2 is proportional to e^(a_2), up to E X_2's own part of it.
    const double far = mean(Concrete(Vector2d(0, -300 * std::max(1.0, t)), t))(1);
    const double farther = mean(Concrete(Vector2d(0, -301 * std::max(1.0, t)), t))(1);
    CHECK(far > 0);
    CHECK(std::abs(std::log(far / farther) - 1) < (t == 1.0 ? 0.01 : 1e-10));  // at t = 1, a_2 e^(a_2)
  }
  CHECK(mean(Concrete(Vector2d(0, -1e6), 1))(1) == 0);
}

TEST_CASE("Masked classes have mean, variance and covariance 0, and a single class is certain") {
  const Vector4d masked(0.4, -inf<>, -1, 2);
  const Vector3d rest(0.4, -1, 2);
  const Concrete<Vector4d> d(masked, 0.5);
  const Concrete<Vector3d> of_rest(rest, 0.5);
  CHECK(mean(d)(1) == 0);
  CHECK(variance(d)(1) == 0);
  CHECK(covariance(d).row(1).isZero(0));
  CHECK(mean(d)(3) == mean(of_rest)(2));
  CHECK(covariance(d)(0, 3) == covariance(of_rest)(0, 2));
  CHECK(entropy(d) == entropy(of_rest));
  CHECK(entropy(ExpConcrete(masked, 0.5)) == entropy(ExpConcrete(rest, 0.5)));
  CHECK(mean(ExpConcrete(masked, 0.5))(1) == -inf<>);
  CHECK(mode(ExpConcrete(masked, 0.5))(1) == -inf<>);
  const Vector2d single(3, -inf<>);
  CHECK(mean(Concrete(single, 0.5)) == Vector2d(1, 0));
  CHECK(variance(Concrete(single, 0.5)) == Vector2d(0, 0));
  CHECK(covariance(Concrete(single, 0.5)).isZero(0));
  CHECK(mean(ExpConcrete(single, 0.5)) == Vector2d(0, -inf<>));
  CHECK(entropy(Concrete(single, 0.5)) == 0);
  CHECK(entropy(ExpConcrete(single, 0.5)) == 0);
}

TEST_CASE("A batch has the moments of its columns") {
  testing::Random random(23);
  const MatrixXd a = random.matrix<MatrixXd>(4, 5, -30, 30);
  for (const double t : {0.5, 2.0}) {
    const MatrixXd means = mean(Concrete(a, t)), variances = variance(Concrete(a, t));
    const Eigen::RowVectorXd entropies = entropy(Concrete(a, t));
    for (Index j = 0; j < 5; ++j) {
      const VectorXd column = a.col(j);
      CHECK((means.col(j) - mean(Concrete(column, t))).cwiseAbs().maxCoeff() < 1e-14);
      CHECK((variances.col(j) - variance(Concrete(column, t))).cwiseAbs().maxCoeff() < 1e-14);
      CHECK(std::abs(entropies(j) - entropy(Concrete(column, t))) < 1e-12 * std::abs(entropies(j)));
    }
  }
}

TEST_CASE("The discrete limits have moments of their own") {
  const Discrete<Vector3d> d(logits);
  const Vector3d p = d.probabilities();
  CHECK(mean(d) == p);
  CHECK((variance(d) - Vector3d(p.array() * (1 - p.array()))).cwiseAbs().maxCoeff() < 1e-16);
  CHECK((covariance(d) - Eigen::Matrix3d(p.asDiagonal()) + p * p.transpose()).cwiseAbs().maxCoeff() < 1e-16);
  CHECK(variance(Discrete<Vector2d>(Vector2d(0, -60)))(0) > 0);
  const Bernoulli<Vector3d> b(logits);
  CHECK(mean(b) == b.probabilities());
  CHECK(std::abs(variance(b)(2) - b.probabilities()(2) * (1 - b.probabilities()(2))) < 2e-16);
  CHECK(covariance(b).isDiagonal(0));
  CHECK(covariance(b).diagonal() == variance(b));
  const BinaryConcrete<Vector3d> relaxed(logits, 0.5);
  CHECK(covariance(relaxed).isDiagonal(0));
  CHECK(covariance(relaxed).diagonal() == variance(relaxed));
}

TEST_CASE("Modes are where the density is largest in its own coordinates") {
  testing::Random random(24);
  const ExpConcrete<Vector3d> q(logits, 0.6);
  const Vector3d top = mode(q);
  CHECK(std::abs(top.array().exp().sum() - 1) < 1e-15);
  CHECK((q.log_prob_gradient(top).sample).cwiseAbs().maxCoeff() < 1e-15);
  const LogitBinaryConcrete<Vector3d> b(logits, 0.6);
  CHECK(mode(b) == Vector3d(logits / 0.6));
  CHECK(mean(b) == mode(b));
  for (int round = 0; round < 20; ++round) {
    const Vector3d off = random.vector<Vector3d>(3, -1, 1);
    CHECK(q.log_prob(top + off) <= q.log_prob(top));
    CHECK(b.log_prob(mode(b) + off) <= b.log_prob(mode(b)));
  }
  CHECK(mode(Discrete<Vector3d>(logits)) == Vector3d(0, 0, 1));
  CHECK(mode(Bernoulli<Vector3d>(logits)) == Vector3d(1, 0, 1));
  CHECK(mode(ExpConcrete(Vector3d(1e6, 0, -inf<>), 1e-6)) == Vector3d(0, -1e12, -inf<>));
}

TEMPLATE_TEST_CASE("What moments are computed with, of parts that refer to each other, stays in its place", "", float,
                   double) {
  STATIC_REQUIRE_FALSE(std::is_move_constructible_v<concrete::detail::SoftmaxMoments<TestType>>);
}
