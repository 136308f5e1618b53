#include "concrete/distributions/bernoulli.hpp"

#include <Eigen/Core>
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <type_traits>
#include <unsupported/Eigen/AutoDiff>
#include <utility>

#include "catch.hpp"
#include "support/engines.hpp"
#include "support/limits.hpp"
#include "support/reference.hpp"
#include "support/statistics.hpp"

using concrete::Bernoulli;
using concrete::odds;
using concrete::probabilities;
using Eigen::Dynamic;
using Eigen::Index;
using Eigen::Matrix;
using Eigen::MatrixXd;
using Eigen::RowVectorXd;
using Eigen::Vector2d;
using Eigen::Vector3d;
using Eigen::VectorXd;
using testing::eps;
using testing::improbable;
using testing::inf;
using testing::quiet_nan;
using testing::Wide;

namespace {

using Indices = Matrix<Index, Dynamic, Dynamic>;
using Dual = Eigen::AutoDiffScalar<Vector3d>;

template <class A, class B>
constexpr bool same = std::is_same_v<A, B>;

/// Two distributions over vectors of three entries.
MatrixXd two_distributions() {
  MatrixXd logits(3, 2);
  logits << 0.3, 1, -2.5, 4, 0, -0.2;
  return logits;
}

}  // namespace

// ---- Construction ----

TEST_CASE("Bernoulli deduces the plain type of any logits") {
  const VectorXd v = Vector3d(1, 2, 3);
  const MatrixXd m = two_distributions();
  STATIC_REQUIRE(same<decltype(Bernoulli(v)), Bernoulli<VectorXd>>);
  STATIC_REQUIRE(same<decltype(Bernoulli(2 * v)), Bernoulli<VectorXd>>);
  STATIC_REQUIRE(same<decltype(Bernoulli(VectorXd(v))), Bernoulli<VectorXd>>);
  STATIC_REQUIRE(same<decltype(Bernoulli(m.col(0))), Bernoulli<VectorXd>>);
  STATIC_REQUIRE(same<decltype(Bernoulli(m.reshaped(1, 6))), Bernoulli<MatrixXd>>);
  STATIC_REQUIRE(same<decltype(Bernoulli(Eigen::RowVector3f())), Bernoulli<Eigen::RowVector3f>>);
  STATIC_REQUIRE(same<decltype(Bernoulli(probabilities(v / 6))), Bernoulli<VectorXd>>);
  STATIC_REQUIRE(same<decltype(Bernoulli(odds(m))), Bernoulli<MatrixXd>>);
  STATIC_REQUIRE(same<decltype(Bernoulli(Bernoulli(v))), Bernoulli<VectorXd>>);
  STATIC_REQUIRE(same<concrete::BernoulliXd, Bernoulli<VectorXd>>);
  STATIC_REQUIRE(same<concrete::BernoulliXf, Bernoulli<Eigen::VectorXf>>);
  STATIC_REQUIRE(same<concrete::BernoulliXXd, Bernoulli<MatrixXd>>);
  STATIC_REQUIRE(same<concrete::BernoulliXXf, Bernoulli<Eigen::MatrixXf>>);
  STATIC_REQUIRE_FALSE(std::is_convertible_v<VectorXd, Bernoulli<VectorXd>>);

  const Bernoulli batch(2 * m);
  CHECK(batch.logits() == 2 * m);
  CHECK(batch.dimension() == 3);
  CHECK(batch.batch_size() == 2);
}

TEST_CASE("Bernoulli takes over the memory of logits that are moved in") {
  VectorXd logits = Vector3d(1, 2, 3);
  const double* memory = logits.data();
  const Bernoulli d(std::move(logits));
  CHECK(d.logits().data() == memory);
}

TEST_CASE("Bernoulli takes probabilities and odds for what they are") {
  const Vector3d p(.2, .5, .9);
  const Bernoulli by_probability(probabilities(p));
  CHECK((by_probability.probabilities() - p).cwiseAbs().maxCoeff() <= 2 * eps<>);
  const Bernoulli by_odds(odds(Vector3d(.25, 1, 9)));
  CHECK((by_odds.probabilities() - p).cwiseAbs().maxCoeff() <= 2 * eps<>);
  CHECK((by_odds.logits() - by_probability.logits()).cwiseAbs().maxCoeff() <= 8 * eps<>);
}

TEST_CASE("Bernoulli distributions are equal if sizes and logits are") {
  const Bernoulli d(two_distributions());
  CHECK(d == Bernoulli(two_distributions()));
  CHECK(d != Bernoulli(MatrixXd(two_distributions().leftCols(1))));
  CHECK(d != Bernoulli(MatrixXd(two_distributions().topRows(2))));
  MatrixXd other = two_distributions();
  other(2, 1) += 1e-15;
  CHECK(d != Bernoulli(other));
}

// ---- Sampling ----

TEST_CASE("All ways to sample zeros and ones agree from the same engine state") {
  const Bernoulli d(two_distributions());
  std::mt19937_64 engine(1), other(1);
  const auto again = [&other] { other.seed(1); };

  const auto sample = d.sample(engine, 50);
  STATIC_REQUIRE(same<decltype(sample), const MatrixXd>);
  REQUIRE(sample.cols() == 100);
  CHECK((sample.array() == 0 || sample.array() == 1).all());
  const auto integers = d.sample_index(other, 50);
  STATIC_REQUIRE(same<decltype(integers), const Indices>);
  CHECK(integers.cast<double>() == sample);
  CHECK(engine == other);

  again();
  CHECK(d.reparameterize(d.noise(other, 50)) == sample);
  CHECK(engine == other);

  again();
  CHECK(d.sample(other) == sample.leftCols(2));
  CHECK(d(other) == sample.middleCols(2, 2));
  CHECK(d.sample_index(other) == integers.middleCols(4, 2));
  MatrixXd out(3, 94);
  d.sample(other, out);
  CHECK(out == sample.rightCols(94));
  CHECK(engine == other);
}

TEST_CASE("A vector by type gives vectors of zeros and ones") {
  const Bernoulli d(Eigen::Vector3f(1, 2, -3));
  std::mt19937 engine(2);
  STATIC_REQUIRE(same<decltype(d.sample(engine)), Eigen::Vector3f>);
  STATIC_REQUIRE(same<decltype(d.sample(engine, 5)), Matrix<float, 3, Dynamic>>);
  STATIC_REQUIRE(same<decltype(d.sample_index(engine)), Matrix<Index, 3, 1>>);
  STATIC_REQUIRE(same<decltype(d.sample_index(engine, 5)), Matrix<Index, 3, Dynamic>>);
  CHECK(d.sample_index(engine, 0).cols() == 0);
}

TEST_CASE("Ones come as often as their probabilities say") {
  // Binomial with n = 40 000 for each of six entries.
  const Bernoulli d(two_distributions());
  std::mt19937_64 engine(3);
  constexpr Index n = 40'000;
  const MatrixXd sample = d.sample(engine, n);
  MatrixXd count = MatrixXd::Zero(3, 2);
  for (Index j = 0; j < 2 * n; ++j) count.col(j % 2) += sample.col(j);
  for (Index i = 0; i < count.size(); ++i) {
    INFO("entry " << i);
    CHECK(testing::binomial_p_value(count(i), static_cast<double>(n), d.probabilities()(i)) > improbable);
  }
}

TEST_CASE("An outcome twenty nats down can still come in float") {
  constexpr auto ones = std::numeric_limits<std::uint32_t>::max();
  const Bernoulli d(Eigen::Vector2f(-20, 20));
  testing::Scripted32 unlikely({ones, 0}), likely({0, ones});
  CHECK(d.sample(unlikely) == Eigen::Vector2f(1, 0));
  CHECK(d.sample_index(likely) == Matrix<Index, 2, 1>(0, 1));
}

// ---- Mass ----

TEST_CASE("The log-mass of a column is the sum over its entries") {
  const Bernoulli d(two_distributions());
  MatrixXd x(3, 4);
  x << 1, 0, 0, 1, 1, 0, 0, 1, 0, 1, 0, 1;
  const RowVectorXd result = d.log_prob(x);
  const RowVectorXd by_integers = d.log_prob(x.cast<int>());
  const MatrixXd one = d.log_probabilities(), zero = Bernoulli(-d.logits()).log_probabilities();
  for (Index j = 0; j < 4; ++j) {
    double expected = 0;
    for (Index i = 0; i < 3; ++i) expected += (x(i, j) == 1 ? one : zero)(i, j % 2);
    INFO("column " << j);
    CHECK(std::abs(result(j) - expected) <= 4 * eps<> * std::abs(expected));
    CHECK(by_integers(j) == result(j));
  }
  CHECK(d.log_prob(x.cast<std::uint8_t>()) == result);
  CHECK(d.log_prob(x.cast<bool>()) == result);
}

TEST_CASE("A vector scores a vector as a number") {
  const Bernoulli d(Vector2d(0.5, -1));
  STATIC_REQUIRE(same<decltype(d.log_prob(Vector2d())), double>);
  STATIC_REQUIRE(same<decltype(d.log_prob(Eigen::Vector2i())), double>);
  STATIC_REQUIRE(same<decltype(d.log_prob(MatrixXd())), RowVectorXd>);
  const double expected = -std::log1p(std::exp(-.5)) - std::log1p(std::exp(-1.0));
  CHECK(std::abs(d.log_prob(Vector2d(1, 0)) - expected) <= 2 * eps<>);
  CHECK(d.log_prob(Eigen::Vector2i(1, 0)) == d.log_prob(Vector2d(1, 0)));
}

TEST_CASE("What is neither zero nor one has no mass and NaN has NaN") {
  const Bernoulli d(Vector2d(0.5, -1));
  for (const double x : {0.5, -1.0, 2.0, 1e-300, 1 - eps<>, inf<>, -inf<>}) {
    INFO(x);
    CHECK(d.log_prob(Vector2d(1, x)) == -inf<>);
    CHECK(std::isnan(d.log_prob(Vector2d(quiet_nan<>, x))));
  }
  CHECK(d.log_prob(Eigen::Vector2i(1, 2)) == -inf<>);
  CHECK(d.log_prob(Eigen::Vector2i(-1, 0)) == -inf<>);
  CHECK(d.log_prob(Vector2d(-0.0, 1)) == d.log_prob(Vector2d(0, 1)));
}

TEMPLATE_TEST_CASE("Binary probabilities and their logarithms are accurate however small", "", float, double,
                   long double) {
  using T = TestType;
  using Row = Matrix<T, 1, Dynamic>;
  Row logits(10);
  logits << 0, T(1e-6), T(0.3), T(-0.3), 5, -5, 40, -40, 85, -85;
  const Bernoulli d(logits);
  const Row p = d.probabilities(), log_p = d.log_probabilities();
  for (Index j = 0; j < logits.size(); ++j) {
    const Wide expected = 1 / (1 + exp(-Wide(logits(j))));
    INFO("logit " << logits(j));
    CHECK(testing::eps_error(p(j), expected) <= 2);
    CHECK(testing::eps_error(log_p(j), Wide(-log1p(exp(-Wide(logits(j)))))) <= 2);
    CHECK(testing::eps_error(d.log_prob(Row::Ones(10))(j), Wide(-log1p(exp(-Wide(logits(j)))))) <= 2);
    CHECK(testing::eps_error(d.log_prob(Row::Zero(10))(j), Wide(-log1p(exp(Wide(logits(j)))))) <= 2);
  }
}

TEST_CASE("Binary log-masses of huge logits neither overflow nor vanish") {
  const Bernoulli d(Vector2d(1e6, -1e6));
  CHECK(d.log_prob(Vector2d(1, 0)) == 0);
  CHECK(d.log_prob(Vector2d(0, 1)) == -2e6);
  CHECK(d.probabilities() == Vector2d(1, 0));
  CHECK(d.log_probabilities() == Vector2d(0, -1e6));
}

TEST_CASE("An autodiff scalar carries the gradient of the binary log-mass: x minus probability") {
  const Vector3d a(0.4, -3, 0);  // logits of exactly 0 are where training starts
  Matrix<Dual, 3, 1> logits;
  for (int i = 0; i < 3; ++i) logits(i) = Dual(a(i), 3, i);
  const Bernoulli d(logits);
  const Vector3d p = Bernoulli(a).probabilities();
  for (const Vector3d& x : {Vector3d(1, 0, 1), Vector3d(0, 1, 0)}) {
    const Dual log_mass = d.log_prob(x.cast<Dual>());
    CHECK(std::abs(log_mass.value() - Bernoulli(a).log_prob(x)) <= 4 * eps<>);
    CHECK((log_mass.derivatives() - (x - p)).cwiseAbs().maxCoeff() <= 2 * eps<>);
  }
  std::mt19937 engine(4);
  for (const Dual& sampled : d.sample(engine)) CHECK(sampled.derivatives().isZero(0));
}

// ---- Rounding ----

TEST_CASE("Hardening rounds upwards only above one half") {
  const MatrixXd x = (MatrixXd(2, 3) << 0.2, 0.5, std::nextafter(0.5, 1.0), 1, 0, quiet_nan<>).finished();
  const MatrixXd hard = Bernoulli<MatrixXd>::harden(x);
  CHECK(hard.row(0) == Eigen::RowVector3d(0, 0, 1));
  CHECK(hard.row(1).head(2) == Eigen::RowVector2d(1, 0));
  CHECK(std::isnan(hard(1, 2)));
  STATIC_REQUIRE(same<decltype(Bernoulli<MatrixXd>::harden(Vector3d())), Vector3d>);
}
