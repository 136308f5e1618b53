#include <Eigen/Core>
#include <cmath>
#include <type_traits>
#include <utility>

#include "catch.hpp"
#include "concrete/exact/kl_divergence.hpp"
#include "exact/cases.hpp"
#include "support/limits.hpp"
#include "support/random.hpp"

// Values of divergences; their gradients are in kl_gradient_test.cpp.

namespace {

using concrete::BinaryConcrete;
using concrete::Concrete;
using concrete::ExpConcrete;
using concrete::LogitBinaryConcrete;
using Eigen::Matrix;
using Eigen::MatrixXd;
using Eigen::RowVectorXd;
using Eigen::Vector2d, Eigen::Vector3d, Eigen::VectorXd;
using Eigen::VectorX;
using testing::eps;
using testing::inf;
using testing::promised;
using testing::relative_error;

template <class T>
using One = Matrix<T, 1, 1>;

}  // namespace

TEMPLATE_TEST_CASE("KL divergences of two and up to 100 classes agree with 25 digits", "", float, double, long double) {
  using T = TestType;
  for (const testing::KlCase& c : testing::kl_cases) {
    const VectorX<T> a_q = testing::expanded<T>(c.a_q, c.repeat), a_p = testing::expanded<T>(c.a_p, c.repeat);
    if (sizeof(T) > sizeof(double) && a_q.size() > 3) continue;  // seconds
    CAPTURE(a_q.size(), c.t_q, c.t_p, c.value);
    const T value = kl_divergence(ExpConcrete(a_q, c.t_q), ExpConcrete(a_p, c.t_p));
    CHECK(relative_error(value, c.value, 1) <= promised<T>);
    if (sizeof(T) == sizeof(double)) CHECK(relative_error(value, c.value) <= 1e-9);  // of the smallest, 1e-13, too
    CHECK(value == kl_divergence(Concrete(a_q, c.t_q), Concrete(a_p, c.t_p)));
  }
}

TEMPLATE_TEST_CASE("Binary KL divergences agree with 25 digits", "", float, double, long double) {
  using T = TestType;
  for (const testing::BinaryKlCase& c : testing::binary_kl_cases) {
    CAPTURE(c.delta, c.r);
    const LogitBinaryConcrete<One<T>> q(One<T>(T(0)), 1), p(One<T>(T(-c.delta)), c.r);
    const T value = kl_divergence(q, p);
    CHECK(relative_error(value, c.value) <= promised<T>);
    CHECK(value == kl_divergence(BinaryConcrete<One<T>>(q.logits(), 1), BinaryConcrete<One<T>>(p.logits(), c.r)));
  }
}

TEST_CASE("KL divergences of the literature") {
  const Vector3d q(.3, -.5, .9), p(-.2, 1.1, 0);
  CHECK(std::abs(kl_divergence(ExpConcrete(q, .4), ExpConcrete(p, .4)) - 1.40293929108423) < 2e-14);
  CHECK(std::abs(kl_divergence(LogitBinaryConcrete<One<double>>(One<double>(3), 1),
                               LogitBinaryConcrete<One<double>>(One<double>(0), 1)) -
                 1.31437417894754) < 2e-14);
}

TEST_CASE("The divergence of a distribution from itself is exactly 0") {
  testing::Random random(11);
  for (const double t : {1e-6, 0.05, 1.0, 3.7, 1e6}) {
    const MatrixXd a = random.matrix<MatrixXd>(7, 80, -20, 20);
    CHECK((kl_divergence(ExpConcrete(a, t), ExpConcrete(a, t)).array() == 0).all());
    CHECK((kl_divergence(LogitBinaryConcrete(a, t), LogitBinaryConcrete(a, t)).array() == 0).all());
    CHECK(kl_divergence(Concrete(a.col(0), t), Concrete(a.col(0), t)) == 0);
  }
}

TEST_CASE("Divergences are not negative however close the distributions") {
  testing::Random random(12);
  for (int round = 0; round < 200; ++round) {
    const VectorXd a = random.vector<VectorXd>(4, -3, 3);
    const double t = random.uniform(0.1, 3), near = t * (1 + std::ldexp(1.0, -30 - round % 20));
    CHECK(kl_divergence(ExpConcrete(a, t), ExpConcrete(a, near)) >= 0);
    CHECK(kl_divergence(LogitBinaryConcrete(a, t), LogitBinaryConcrete(a, near)) >= 0);
    const VectorXd b = a + random.vector<VectorXd>(4, -1e-9, 1e-9);
    CHECK(kl_divergence(ExpConcrete(a, t), ExpConcrete(b, t)) > 0);
    CHECK(kl_divergence(ExpConcrete(a, t), ExpConcrete(b, t)) < 1e-16);
  }
}

TEST_CASE("Divergences do not change when a number is added to all logits") {
  testing::Random random(13);
  for (const auto& [t_q, t_p] : {std::pair(0.5, 0.5), std::pair(0.75, 0.5), std::pair(0.5, 4.0)}) {
    const VectorXd q = random.vector<VectorXd>(6, -3, 3), p = random.vector<VectorXd>(6, -3, 3);
    const double value = kl_divergence(ExpConcrete(q, t_q), ExpConcrete(p, t_p));
    const VectorXd up = q.array() + 128, down = p.array() - 64;
    CHECK(std::abs(kl_divergence(ExpConcrete(up, t_q), ExpConcrete(down, t_p)) - value) <= 1e-12 * (1 + value));
  }
}

TEST_CASE("Two classes are one binary variable") {
  testing::Random random(14);
  for (int round = 0; round < 60; ++round) {
    const double t_q = std::exp(random.uniform(-3, 3)), t_p = t_q * std::exp(random.uniform(-3, 3));
    const Vector2d q = random.vector<Vector2d>(2, -4, 4), p = random.vector<Vector2d>(2, -4, 4);
    const LogitBinaryConcrete<One<double>> binary_q(One<double>(q(0) - q(1)), t_q),
        binary_p(One<double>(p(0) - p(1)), t_p);
    CAPTURE(t_q, t_p);
    const double expected = kl_divergence(binary_q, binary_p);
    CHECK(std::abs(kl_divergence(ExpConcrete(q, t_q), ExpConcrete(p, t_p)) - expected) <= 1e-12 * (1 + expected));
  }
}

TEST_CASE("A flat prior's divergence is minus the entropy and what its density is") {
  // As t_p goes to 0 the density of p becomes (n-1)! t_p^(n-1) / n^n everywhere; binary, t_p / 4.
  const double t_p = 1e-7, t_q = 0.7;
  const Vector3d a(0.4, -1, 0.3), zeros = Vector3d::Zero();
  const double log_density = std::log(2.0) + 2 * std::log(t_p) - 3 * std::log(3.0);
  const double entropy = 4.52020270731752;  // of three classes at 0.7
  CHECK(std::abs(kl_divergence(ExpConcrete(a, t_q), ExpConcrete(zeros, t_p)) - (-entropy - log_density)) < 1e-11);
  const double binary_entropy = 2 - std::log(t_q), log_quarter = std::log(t_p / 4);
  CHECK(std::abs(kl_divergence(LogitBinaryConcrete(a, t_q), LogitBinaryConcrete(zeros, t_p)) -
                 3 * (-binary_entropy - log_quarter)) < 1e-11);
}

TEST_CASE("Column j of q is compared with column j mod B of p") {
  testing::Random random(15);
  const MatrixXd q = random.matrix<MatrixXd>(5, 6, -3, 3), p = random.matrix<MatrixXd>(5, 2, -3, 3);
  for (const double t_p : {0.4, 0.6, 2.0}) {
    const RowVectorXd batch = kl_divergence(ExpConcrete(q, 0.6), ExpConcrete(p, t_p));
    const RowVectorXd binary = kl_divergence(LogitBinaryConcrete(q, 0.6), LogitBinaryConcrete(p, t_p));
    for (Eigen::Index j = 0; j < 6; ++j) {
      const VectorXd a_q = q.col(j), a_p = p.col(j % 2);
      CHECK(std::abs(batch(j) - kl_divergence(ExpConcrete(a_q, 0.6), ExpConcrete(a_p, t_p))) <= 1e-13 * (1 + batch(j)));
      CHECK(std::abs(binary(j) - kl_divergence(LogitBinaryConcrete(a_q, 0.6), LogitBinaryConcrete(a_p, t_p))) <=
            1e-13 * (1 + binary(j)));
    }
  }
}

TEST_CASE("Many columns at equal temperatures take a table, and agree with few that do without") {
  testing::Random random(16);
  const MatrixXd q = random.matrix<MatrixXd>(5, 100, -2, 2), p = random.matrix<MatrixXd>(5, 1, -2, 2);
  const RowVectorXd many = kl_divergence(ExpConcrete(q, 0.6), ExpConcrete(p, 0.6));
  const RowVectorXd few = kl_divergence(ExpConcrete(q.leftCols(9), 0.6), ExpConcrete(p, 0.6));
  CHECK((many.head(9) - few).cwiseAbs().maxCoeff() <= 5e-14);  // n 1e-14
}

TEST_CASE("Close columns at equal temperatures keep their digits in large batches too") {
  testing::Random random(18);
  const MatrixXd p = random.matrix<MatrixXd>(5, 100, -2, 2);
  MatrixXd q = p;
  q.row(2).array() += std::ldexp(1.0, -20);
  q.col(99).array() += 3 * p.col(98).array();  // one that is not close
  const RowVectorXd batch = kl_divergence(ExpConcrete(q, 0.6), ExpConcrete(p, 0.6));
  for (const Eigen::Index j : {0, 50, 98}) {
    const VectorXd a_q = q.col(j), a_p = p.col(j);
    CHECK(batch(j) == kl_divergence(ExpConcrete(a_q, 0.6), ExpConcrete(a_p, 0.6)));
    CHECK(batch(j) > 0);
  }
}

TEST_CASE("Masked classes are left out, and masks that differ make the divergence infinite") {
  const Eigen::Vector4d q(0.3, -inf<>, -0.5, 0.9), p(-0.2, -inf<>, 1.1, 0), other(-inf<>, -0.2, 1.1, 0);
  const Vector3d rest_q(0.3, -0.5, 0.9), rest_p(-0.2, 1.1, 0);
  for (const double t_p : {0.5, 0.7, 3.0}) {
    const double of_rest = kl_divergence(ExpConcrete(rest_q, 0.5), ExpConcrete(rest_p, t_p));
    CHECK(std::abs(kl_divergence(ExpConcrete(q, 0.5), ExpConcrete(p, t_p)) - of_rest) <= 3e-14 * (1 + of_rest));
    CHECK(kl_divergence(ExpConcrete(q, 0.5), ExpConcrete(other, t_p)) == inf<>);
    CHECK(kl_divergence(ExpConcrete(q, 0.5), ExpConcrete(Eigen::Vector4d(1, 2, 3, 4), t_p)) == inf<>);
    CHECK(kl_divergence(ExpConcrete(Eigen::Vector4d(1, 2, 3, 4), 0.5), ExpConcrete(p, t_p)) == inf<>);
  }
  const Vector2d single(1, -inf<>);
  CHECK(kl_divergence(ExpConcrete(single, 0.5), ExpConcrete(single, 7)) == 0);
}

TEST_CASE("Binary divergences of rows, columns and blocks of many sizes are sums over their entries") {
  testing::Random random(17);
  for (const Eigen::Index n : {1, 2, 31, 32, 257, 600}) {
    const MatrixXd q = random.matrix<MatrixXd>(n, 3, -5, 5), p = random.matrix<MatrixXd>(n, 3, -5, 5);
    const RowVectorXd sums = kl_divergence(LogitBinaryConcrete(q, 0.6), LogitBinaryConcrete(p, 0.5));
    const RowVectorXd entries =
        kl_divergence(LogitBinaryConcrete(q.reshaped(1, 3 * n), 0.6), LogitBinaryConcrete(p.reshaped(1, 3 * n), 0.5));
    const RowVectorXd added = entries.reshaped(n, 3).colwise().sum();
    CHECK((sums - added).cwiseAbs().maxCoeff() <= 1e-14 * sums.maxCoeff());
    const RowVectorXd one_prior =
        kl_divergence(LogitBinaryConcrete(q.reshaped(1, 3 * n), 0.6), LogitBinaryConcrete(p.topLeftCorner(1, 1), 0.5));
    const One<double> last(q(n - 1, 2));
    CHECK(std::abs(one_prior(3 * n - 1) - kl_divergence(LogitBinaryConcrete<One<double>>(last, 0.6),
                                                        LogitBinaryConcrete<One<double>>(One<double>(p(0, 0)), 0.5))) <=
          1e-14 * one_prior.maxCoeff());
  }
}

TEMPLATE_TEST_CASE("What a divergence is computed with, of parts that refer to each other, stays in its place", "",
                   float, double) {
  STATIC_REQUIRE_FALSE(std::is_move_constructible_v<concrete::detail::UnequalDivergence<TestType>>);
  STATIC_REQUIRE_FALSE(std::is_move_constructible_v<concrete::detail::CategoricalDivergence<TestType>>);
}
