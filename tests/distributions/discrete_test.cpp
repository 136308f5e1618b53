#include "concrete/distributions/discrete.hpp"

#include <Eigen/Core>
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <type_traits>
#include <unsupported/Eigen/AutoDiff>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "support/engines.hpp"
#include "support/limits.hpp"
#include "support/random.hpp"
#include "support/reference.hpp"
#include "support/statistics.hpp"

using concrete::Discrete;
using concrete::probabilities;
using Eigen::Dynamic;
using Eigen::Index;
using Eigen::Matrix;
using Eigen::MatrixXd;
using Eigen::RowVectorXd;
using Eigen::Vector3d;
using Eigen::Vector4d;
using Eigen::VectorXd;
using testing::eps;
using testing::improbable;
using testing::inf;
using testing::quiet_nan;
using testing::Wide;

namespace {

using Indices = Matrix<Index, 1, Dynamic>;
using Dual = Eigen::AutoDiffScalar<Vector3d>;

template <class A, class B>
constexpr bool same = std::is_same_v<A, B>;

/// Two distributions over four classes, one of them with a mask.
MatrixXd two_distributions() {
  MatrixXd logits(4, 2);
  logits << 0.3, 1, -0.5, -inf<>, 1.2, 0, 0, -1;
  return logits;
}

/// The index of the one in every column; -1 for a column that is not one-hot.
Indices ones_of(const MatrixXd& sample) {
  Indices result(sample.cols());
  for (Index j = 0; j < sample.cols(); ++j) {
    const bool one_hot = sample.col(j).sum() == 1 && sample.col(j).squaredNorm() == 1;
    result(j) = one_hot ? concrete::detail::argmax(sample.col(j)) : -1;
  }
  return result;
}

}  // namespace

// ---- Construction ----

TEST_CASE("Discrete deduces the plain type of any logits") {
  const VectorXd v = Vector3d(1, 2, 3);
  const MatrixXd m = two_distributions();
  STATIC_REQUIRE(same<decltype(Discrete(v)), Discrete<VectorXd>>);
  STATIC_REQUIRE(same<decltype(Discrete(2 * v)), Discrete<VectorXd>>);
  STATIC_REQUIRE(same<decltype(Discrete(VectorXd(v))), Discrete<VectorXd>>);
  STATIC_REQUIRE(same<decltype(Discrete(m.col(0))), Discrete<VectorXd>>);
  STATIC_REQUIRE(same<decltype(Discrete(m.transpose())), Discrete<Matrix<double, Dynamic, Dynamic, Eigen::RowMajor>>>);
  STATIC_REQUIRE(same<decltype(Discrete(m.reshaped(2, 4))), Discrete<MatrixXd>>);
  STATIC_REQUIRE(same<decltype(Discrete(Eigen::Vector3f())), Discrete<Eigen::Vector3f>>);
  STATIC_REQUIRE(same<decltype(Discrete(probabilities(v / 6))), Discrete<VectorXd>>);
  STATIC_REQUIRE(same<decltype(Discrete(Discrete(v))), Discrete<VectorXd>>);
  STATIC_REQUIRE(same<concrete::DiscreteXd, Discrete<VectorXd>>);
  STATIC_REQUIRE(same<concrete::DiscreteXf, Discrete<Eigen::VectorXf>>);
  STATIC_REQUIRE(same<concrete::DiscreteXXd, Discrete<MatrixXd>>);
  STATIC_REQUIRE(same<concrete::DiscreteXXf, Discrete<Eigen::MatrixXf>>);
  STATIC_REQUIRE_FALSE(std::is_convertible_v<VectorXd, Discrete<VectorXd>>);

  const Discrete batch(2 * m);
  CHECK(batch.logits() == 2 * m);
  CHECK(batch.dimension() == 4);
  CHECK(batch.batch_size() == 2);
  CHECK(Discrete<VectorXd>(m.col(0)).logits() == m.col(0));
}

TEST_CASE("Discrete takes over the memory of logits that are moved in") {
  VectorXd logits = Vector3d(1, 2, 3);
  const double* memory = logits.data();
  const Discrete d(std::move(logits));
  CHECK(d.logits().data() == memory);
  CHECK(d.logits() == Vector3d(1, 2, 3));
}

TEST_CASE("Discrete takes probabilities as their logarithms") {
  const Discrete d(probabilities(Vector3d(2, 0, 6)));
  CHECK(d.logits() == Vector3d(std::log(2.0), -inf<>, std::log(6.0)));
  CHECK((d.probabilities() - Vector3d(.25, 0, .75)).cwiseAbs().maxCoeff() <= 2 * eps<>);
}

TEST_CASE("Discrete distributions are equal if sizes and logits are") {
  const Discrete d(two_distributions());
  CHECK(d == Discrete(two_distributions()));
  CHECK_FALSE(d != Discrete(two_distributions()));
  CHECK(d != Discrete(MatrixXd(two_distributions().leftCols(1))));
  CHECK(d != Discrete(MatrixXd(two_distributions().topRows(3))));
  MatrixXd other = two_distributions();
  other(1, 1) = -1e308;
  CHECK(d != Discrete(other));
}

// ---- Sampling ----

TEST_CASE("All ways to sample agree from the same engine state") {
  const Discrete d(two_distributions());
  std::mt19937_64 engine(1), other(1);
  const auto again = [&other] { other.seed(1); };

  const auto sample = d.sample(engine, 50);
  STATIC_REQUIRE(same<decltype(sample), const MatrixXd>);
  REQUIRE(sample.cols() == 100);
  const auto indices = d.sample_index(other, 50);
  STATIC_REQUIRE(same<decltype(indices), const Indices>);
  CHECK(indices == ones_of(sample));
  CHECK(engine == other);

  again();
  CHECK(d.reparameterize(d.noise(other, 50)) == sample);
  CHECK(engine == other);

  again();
  CHECK(d.sample(other) == sample.leftCols(2));
  CHECK(d(other) == sample.middleCols(2, 2));
  CHECK(d.sample_index(other) == indices.segment(4, 2));
  MatrixXd out(4, 94);
  d.sample(other, out);
  CHECK(out == sample.rightCols(94));
  CHECK(engine == other);
}

TEST_CASE("A vector by type gives a vector and an index") {
  const Discrete d(Vector3d(1, 2, 3));
  std::mt19937 engine(2), other(2);
  STATIC_REQUIRE(same<decltype(d.sample(engine)), Vector3d>);
  STATIC_REQUIRE(same<decltype(d.sample(engine, 5)), Matrix<double, 3, Dynamic>>);
  STATIC_REQUIRE(same<decltype(d.sample_index(engine)), Index>);
  for (int i = 0; i < 20; ++i) CHECK(d.sample(engine)(d.sample_index(other)) == 1);
}

TEST_CASE("A count of none is an empty sample") {
  const Discrete d(two_distributions());
  std::mt19937 engine(3);
  CHECK(d.sample(engine, 0).cols() == 0);
  CHECK(d.sample_index(engine, 0u).cols() == 0);
}

TEST_CASE("Classes come as often as their probabilities say and masked ones never") {
  // Chi-square with n = 40 000 for each of two distributions.
  const Discrete d(two_distributions());
  std::mt19937_64 engine(4);
  constexpr Index n = 40'000;
  const Indices indices = d.sample_index(engine, n);
  MatrixXd counts = MatrixXd::Zero(4, 2);
  for (Index j = 0; j < 2 * n; ++j) ++counts(indices(j), j % 2);
  CHECK(counts(1, 1) == 0);
  const MatrixXd expected = n * d.probabilities();
  for (Index b = 0; b < 2; ++b) {
    std::vector<double> seen, awaited;
    for (Index k = 0; k < 4; ++k) {
      if (expected(k, b) == 0) continue;
      seen.push_back(counts(k, b));
      awaited.push_back(expected(k, b));
    }
    CHECK(testing::chi_square_p_value(seen, awaited) > improbable);
  }
}

TEST_CASE("A class twenty nats down can still win in float") {
  constexpr auto ones = std::numeric_limits<std::uint32_t>::max();
  const Discrete d(Eigen::Vector2f(0, 20));
  testing::Scripted32 engine({ones, 0}), same_words({ones, 0});
  CHECK(d.sample_index(engine) == 0);
  CHECK(d.sample(same_words) == Eigen::Vector2f(1, 0));
}

TEST_CASE("Equal scores go to the first class in every way to sample") {
  const Discrete d(Vector4d(-inf<>, 1, 1, 1));
  testing::Scripted64 engine({12345}), same_words({12345});
  CHECK(d.sample_index(engine) == 1);
  CHECK(d.sample(same_words) == Vector4d(0, 1, 0, 0));
}

TEST_CASE("One class or one unmasked class is always drawn") {
  std::mt19937 engine(5);
  CHECK(Discrete(VectorXd::Constant(1, -3)).sample_index(engine) == 0);
  CHECK(Discrete(VectorXd::Constant(1, -3)).sample(engine) == VectorXd::Ones(1));
  const Discrete d(Vector3d(-inf<>, -1e5, -inf<>));
  for (int i = 0; i < 10; ++i) CHECK(d.sample(engine) == Vector3d(0, 1, 0));
  CHECK((d.sample_index(engine, 10).array() == 1).all());
}

// ---- Mass ----

TEST_CASE("The log-mass of one-hot vectors and of indices are the log-probabilities") {
  const Discrete d(two_distributions());
  const MatrixXd log_p = d.log_probabilities();
  const MatrixXd one_hot = MatrixXd::Identity(4, 4);
  const RowVectorXd result = d.log_prob(one_hot);
  const RowVectorXd by_index = d.log_prob(Eigen::RowVector4i(0, 1, 2, 3));
  for (Index j = 0; j < 4; ++j) {
    CHECK(result(j) == log_p(j, j % 2));
    CHECK(by_index(j) == log_p(j, j % 2));
  }
  STATIC_REQUIRE(same<decltype(d.log_prob(one_hot)), RowVectorXd>);
  STATIC_REQUIRE(same<decltype(d.log_prob(Eigen::RowVector4i())), Eigen::RowVector4d>);
  CHECK(d.log_prob(Matrix<std::uint8_t, 1, 2>(3, 3)) == log_p.row(3));
}

TEST_CASE("A vector scores a vector or an index as a number") {
  const Discrete d(Vector3d(0.5, -inf<>, -1));
  const Vector3d log_p = d.log_probabilities();
  STATIC_REQUIRE(same<decltype(d.log_prob(Vector3d())), double>);
  STATIC_REQUIRE(same<decltype(d.log_prob(0)), double>);
  CHECK(d.log_prob(Vector3d(1, 0, 0)) == log_p(0));
  CHECK(d.log_prob(2) == log_p(2));
  CHECK(d.log_prob(std::size_t{2}) == log_p(2));
  CHECK(d.log_prob(1) == -inf<>);
  for (const Index outside :
       {Index{-1}, Index{3}, std::numeric_limits<Index>::min(), std::numeric_limits<Index>::max()}) {
    CHECK(d.log_prob(outside) == -inf<>);
  }
  CHECK(d.log_prob(std::numeric_limits<std::uint64_t>::max()) == -inf<>);
  const MatrixXd many = MatrixXd::Identity(3, 3).replicate(1, 4);
  CHECK(d.log_prob(many) == log_p.transpose().replicate(1, 4));
}

TEST_CASE("What is not one-hot has no mass and NaN has NaN") {
  const Discrete d(Vector3d(0.5, -inf<>, -1));
  for (const Vector3d& x :
       {Vector3d(0, 1, 0), Vector3d(0, 0, 0), Vector3d(1, 0, 1), Vector3d(.5, 0, .5), Vector3d(2, 0, 0),
        Vector3d(1, 0, -1), Vector3d(1, 1e-300, 0), Vector3d(inf<>, 0, 0), Vector3d(-inf<>, 1, 0)}) {
    INFO(x.transpose());
    CHECK(d.log_prob(x) == -inf<>);
  }
  for (const Vector3d& x : {Vector3d(quiet_nan<>, 0, 1), Vector3d(1, quiet_nan<>, 0), Vector3d(1, 0, quiet_nan<>)}) {
    CHECK(std::isnan(d.log_prob(x)));
  }
}

TEMPLATE_TEST_CASE("Probabilities sum to one and their logarithms are accurate", "", float, double) {
  using T = TestType;
  using M = Matrix<T, Dynamic, Dynamic>;
  testing::Random random(6);
  for (const double spread : {0.01, 3.0, 300.0}) {
    for (const Index n : {1, 2, 7, 100}) {
      M logits = random.matrix<M>(n, 3, -spread, spread);
      if (n > 2) logits(1, 1) = -inf<T>;
      const Discrete d(logits);
      const M log_p = d.log_probabilities(), p = d.probabilities();
      INFO("n " << n << " spread " << spread);
      CHECK((p.colwise().sum().array() - 1).abs().maxCoeff() <= (4 + static_cast<T>(spread)) * eps<T>);
      CHECK((log_p.array() <= 0).all());
      if (n > 2) CHECK((log_p(1, 1) == -inf<T> && p(1, 1) == 0));
      double largest = 0;
      for (Index b = 0; b < 3; ++b) {
        Wide total = 0;
        for (Index k = 0; k < n; ++k) total += exp(Wide(logits(k, b)));
        for (Index k = 0; k < n; ++k) {
          const Wide expected = Wide(logits(k, b)) - log(total);
          if (logits(k, b) == -inf<T>) continue;
          largest = std::max(largest, testing::eps_error(log_p(k, b), expected, 1 + abs(expected)));
        }
      }
      CHECK(largest <= 2.5);
    }
  }
}

TEST_CASE("An autodiff scalar carries the gradient of the log-mass: one-hot minus probabilities") {
  Matrix<Dual, 3, 1> logits;
  for (int k = 0; k < 3; ++k) logits(k) = Dual(0.4 * k, 3, k);
  const Discrete d(logits);
  const Vector3d p = Discrete(Vector3d(0, .4, .8)).probabilities();
  const Dual log_mass = d.log_prob(2);
  CHECK(std::abs(log_mass.value() - std::log(p(2))) <= 2 * eps<>);
  CHECK((log_mass.derivatives() - (Vector3d(0, 0, 1) - p)).cwiseAbs().maxCoeff() <= 2 * eps<>);
  std::mt19937 engine(7);
  const Matrix<Dual, 3, 1> sample = d.sample(engine);
  for (const Dual& x : sample) CHECK(x.derivatives().isZero(0));
  CHECK(d.log_prob(sample).value() <= 0);
}

// ---- Rounding ----

TEST_CASE("Hardening rounds every column to its largest entry and the first of equals") {
  MatrixXd x(3, 4);
  x << 0.2, 0.4, 0, quiet_nan<>, 0.5, 0.4, -inf<>, 0, 0.3, 0.2, -1e300, 1;
  const MatrixXd hard = Discrete<MatrixXd>::harden(x);
  CHECK(hard.leftCols(3) == (MatrixXd(3, 3) << 0, 1, 1, 1, 0, 0, 0, 0, 0).finished());
  CHECK(hard.col(3).array().isNaN().all());
  STATIC_REQUIRE(same<decltype(Discrete<MatrixXd>::harden(Eigen::Vector3d())), Vector3d>);
  CHECK(Discrete<VectorXd>::harden(2 * x.col(0)) == Vector3d(0, 1, 0));
  CHECK(Discrete<Eigen::VectorXf>::harden(Eigen::Vector2f(-1, -2)) == Eigen::Vector2f(1, 0));
}
