#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <cstddef>

#include "catch.hpp"
#include "concrete/exact/kl_divergence.hpp"
#include "concrete/exact/moments.hpp"
#include "exact/cases.hpp"
#include "support/gradient.hpp"
#include "support/limits.hpp"
#include "support/random.hpp"

// Gradients of divergences and means: against central differences of 50-digit values, of the functions themselves, and
// what must not depend on how a batch is cut.

namespace {

using concrete::Bernoulli;
using concrete::BinaryConcrete;
using concrete::Concrete;
using concrete::Discrete;
using concrete::ExpConcrete;
using concrete::LogitBinaryConcrete;
using Eigen::Index;
using Eigen::Matrix;
using Eigen::MatrixXd;
using Eigen::RowVectorXd;
using Eigen::Vector2d, Eigen::Vector3d, Eigen::VectorXd;
using Eigen::VectorX;
using testing::inf;
using testing::relative_error;

template <class T>
using One = Matrix<T, 1, 1>;

/// Gradients are sums of both signs: relative to at least 1.
template <class T>
inline constexpr double promised_slope = sizeof(T) == sizeof(float) ? 4e-6 : 1e-12;

}  // namespace

TEMPLATE_TEST_CASE("Gradients of KL divergences agree with 50-digit differences", "", float, double, long double) {
  using T = TestType;
  for (const testing::KlGradientCase& c : testing::kl_gradient_cases) {
    const VectorX<T> a_q = testing::as_vector<T>(c.a_q), a_p = testing::as_vector<T>(c.a_p);
    if (sizeof(T) > sizeof(double) && a_q.size() > 2) continue;  // seconds
    CAPTURE(a_q.size(), c.t_q, c.t_p);
    const auto gradient = kl_divergence_gradient(ExpConcrete(a_q, c.t_q), ExpConcrete(a_p, c.t_p));
    for (Index k = 0; k < a_q.size(); ++k) {
      CHECK(relative_error(gradient.q.logits(k), c.d_a_q[std::size_t(k)], 1) <= promised_slope<T>);
      CHECK(relative_error(gradient.p.logits(k), c.d_a_p[std::size_t(k)], 1) <= promised_slope<T>);
    }
    CHECK(relative_error(gradient.q.temperature, c.d_t_q, 1) <= promised_slope<T>);
    CHECK(relative_error(gradient.p.temperature, c.d_t_p, 1) <= promised_slope<T>);
    CHECK(gradient.value == kl_divergence(ExpConcrete(a_q, c.t_q), ExpConcrete(a_p, c.t_p)));
  }
}

TEMPLATE_TEST_CASE("Slopes of binary divergences agree with 50-digit differences", "", float, double, long double) {
  using T = TestType;
  for (const testing::BinaryKlCase& c : testing::binary_kl_cases) {
    CAPTURE(c.delta, c.r);
    const LogitBinaryConcrete<One<T>> q(One<T>(T(0)), 1), p(One<T>(T(-c.delta)), c.r);
    const auto gradient = kl_divergence_gradient(q, p);
    CHECK(relative_error(T(-gradient.p.logits(0)), c.d_delta) <= promised_slope<T>);
    CHECK(relative_error(T(gradient.q.logits(0) / T(c.r)), c.d_delta) <= promised_slope<T>);
    // For r > 1 a difference of terms of the size of delta / r.
    CHECK(relative_error(gradient.p.temperature, c.d_r, 1 + std::abs(c.delta) / c.r) <= promised_slope<T>);
    CHECK(std::abs(gradient.q.temperature + T(c.r) * gradient.p.temperature) <=
          4 * testing::eps<T> * std::abs(gradient.q.temperature));
  }
}

TEMPLATE_TEST_CASE("Gradients of means agree with 50-digit differences", "", float, double, long double) {
  using T = TestType;
  for (const testing::MeanGradientCase& c : testing::mean_gradient_cases) {
    const VectorX<T> a = testing::as_vector<T>(c.a), u = testing::as_vector<T>(c.u);
    if (sizeof(T) > sizeof(double) && a.size() > 2) continue;  // seconds
    CAPTURE(a.size(), c.t);
    const auto gradient = mean_gradient(Concrete(a, c.t), u);
    for (Index k = 0; k < a.size(); ++k) {
      CHECK(relative_error(gradient.logits(k), c.d_a[std::size_t(k)], 1e-3) <= promised_slope<T>);
    }
    CHECK(relative_error(gradient.temperature, c.d_t, 1e-3) <= promised_slope<T>);
  }
}

TEST_CASE("Binary means have the slopes of their differences") {
  testing::Random random(31);
  for (const double t : {0.1, 0.7, 1.0, 1.5, 20.0}) {
    const MatrixXd a = random.matrix<MatrixXd>(3, 4, -6, 6), u = random.matrix<MatrixXd>(3, 4, -2, 2);
    const auto loss = [&](const MatrixXd& logits, double temperature) {
      return mean(BinaryConcrete(logits, temperature)).cwiseProduct(u).sum();
    };
    const auto gradient = mean_gradient(BinaryConcrete(a, t), u);
    const MatrixXd differences = testing::gradient([&](const MatrixXd& logits) { return loss(logits, t); }, a);
    CAPTURE(t);
    CHECK((gradient.logits - differences).cwiseAbs().maxCoeff() < 1e-11);
    const double slope = testing::derivative([&](double log_t) { return loss(a, std::exp(log_t)); }, std::log(t));
    CHECK(std::abs(t * gradient.temperature - slope) < 1e-10);
  }
}

TEST_CASE("Means of logits have the slopes of their differences") {
  testing::Random random(35);
  for (const double t : {0.1, 0.7, 20.0}) {
    const MatrixXd a = random.matrix<MatrixXd>(3, 4, -6, 6), u = random.matrix<MatrixXd>(3, 4, -2, 2);
    const auto loss = [&](const MatrixXd& logits, double temperature) {
      return mean(LogitBinaryConcrete(logits, temperature)).cwiseProduct(u).sum();
    };
    const auto gradient = mean_gradient(LogitBinaryConcrete(a, t), u);
    const MatrixXd differences = testing::gradient([&](const MatrixXd& logits) { return loss(logits, t); }, a);
    CAPTURE(t);
    CHECK(t * (gradient.logits - differences).cwiseAbs().maxCoeff() < 1e-10);
    const double slope = testing::derivative([&](double log_t) { return loss(a, std::exp(log_t)); }, std::log(t));
    CHECK(std::abs(t * (t * gradient.temperature - slope)) < 1e-9);
  }
}

TEST_CASE("Means of the discrete limits have the slopes of their differences") {
  testing::Random random(32);
  const MatrixXd a = random.matrix<MatrixXd>(4, 3, -3, 3), u = random.matrix<MatrixXd>(4, 3, -2, 2);
  const MatrixXd of_discrete = testing::gradient(
      [&](const MatrixXd& logits) { return mean(Discrete<MatrixXd>(logits)).cwiseProduct(u).sum(); }, a);
  CHECK((mean_gradient(Discrete<MatrixXd>(a), u).logits - of_discrete).cwiseAbs().maxCoeff() < 1e-11);
  const MatrixXd of_bernoulli = testing::gradient(
      [&](const MatrixXd& logits) { return mean(Bernoulli<MatrixXd>(logits)).cwiseProduct(u).sum(); }, a);
  CHECK((mean_gradient(Bernoulli<MatrixXd>(a), u).logits - of_bernoulli).cwiseAbs().maxCoeff() < 1e-11);
  CHECK(mean_gradient(Bernoulli<MatrixXd>(a), u).temperature == 0);
}

TEST_CASE("Upstreams weigh columns, a shared prior's gradient is a sum, and a zero is a zero") {
  testing::Random random(33);
  const MatrixXd q = random.matrix<MatrixXd>(4, 6, -2, 2), p = random.matrix<MatrixXd>(4, 2, -2, 2);
  RowVectorXd w = random.vector<RowVectorXd>(6, -2, 2);
  w(3) = 0;
  for (const double t_p : {0.4, 0.6, 1.5}) {
    const auto check = [&](const auto& batch, const auto& gradient_of_column) {
      MatrixXd of_p = MatrixXd::Zero(4, 2);
      double of_t_q = 0, of_t_p = 0;
      for (Index j = 0; j < 6; ++j) {
        const auto one = gradient_of_column(VectorXd(q.col(j)), VectorXd(p.col(j % 2)), w(j));
        CHECK((batch.q.logits.col(j) - one.q.logits).cwiseAbs().maxCoeff() < 1e-12);
        of_p.col(j % 2) += one.p.logits;
        of_t_q += one.q.temperature;
        of_t_p += one.p.temperature;
      }
      CHECK(batch.q.logits.col(3).isZero(0));
      CHECK((batch.p.logits - of_p).cwiseAbs().maxCoeff() < 1e-12);
      CHECK(std::abs(batch.q.temperature - of_t_q) < 1e-11);
      CHECK(std::abs(batch.p.temperature - of_t_p) < 1e-11);
    };
    check(kl_divergence_gradient(ExpConcrete(q, 0.6), ExpConcrete(p, t_p), w),
          [&](const VectorXd& a_q, const VectorXd& a_p, double upstream) {
            return kl_divergence_gradient(ExpConcrete(a_q, 0.6), ExpConcrete(a_p, t_p), upstream);
          });
    check(kl_divergence_gradient(LogitBinaryConcrete(q, 0.6), LogitBinaryConcrete(p, t_p), w),
          [&](const VectorXd& a_q, const VectorXd& a_p, double upstream) {
            return kl_divergence_gradient(LogitBinaryConcrete(a_q, 0.6), LogitBinaryConcrete(a_p, t_p), upstream);
          });
  }
}

TEST_CASE("At a distribution's own place the gradient of the divergence is 0") {
  testing::Random random(34);
  const MatrixXd a = random.matrix<MatrixXd>(5, 3, -4, 4);
  for (const double t : {0.1, 1.0, 10.0}) {
    const auto of_classes = kl_divergence_gradient(ExpConcrete(a, t), ExpConcrete(a, t));
    CHECK(of_classes.q.logits.cwiseAbs().maxCoeff() == 0);
    CHECK(of_classes.p.logits.cwiseAbs().maxCoeff() == 0);
    CHECK(of_classes.q.temperature == 0);
    const auto of_units = kl_divergence_gradient(LogitBinaryConcrete(a, t), LogitBinaryConcrete(a, t));
    CHECK(of_units.q.logits.cwiseAbs().maxCoeff() == 0);
    CHECK(of_units.q.temperature == 0);
  }
}

TEST_CASE("Close distributions have gradients to full relative precision") {
  // To first order the divergence of binary variables at equal temperature is delta^2 / 6.
  const double delta = std::ldexp(1.0, -20);
  const auto binary = kl_divergence_gradient(LogitBinaryConcrete<One<double>>(One<double>(delta), 0.5),
                                             LogitBinaryConcrete<One<double>>(One<double>(0), 0.5));
  CHECK(std::abs(binary.q.logits(0) / (delta / 3) - 1) < 1e-12);
  const auto classes = kl_divergence_gradient(ExpConcrete(Vector2d(delta, 0), 0.5), ExpConcrete(Vector2d(0, 0), 0.5));
  CHECK(std::abs(classes.q.logits(0) / (delta / 3) - 1) < 1e-9);
  CHECK(std::abs(classes.value / (delta * delta / 6) - 1) < 1e-9);
}

TEST_CASE("Masked classes and infinite divergences have gradient 0") {
  const Vector3d q(0.5, -inf<>, 1), p(0, -inf<>, 2), other(0, 1, -inf<>);
  const auto shared = kl_divergence_gradient(ExpConcrete(q, 0.5), ExpConcrete(p, 0.7));
  CHECK(shared.q.logits(1) == 0);
  CHECK(shared.p.logits(1) == 0);
  CHECK(shared.q.logits(0) != 0);
  const auto apart = kl_divergence_gradient(ExpConcrete(q, 0.5), ExpConcrete(other, 0.7));
  CHECK(apart.value == inf<>);
  CHECK(apart.q.logits.isZero(0));
  CHECK(apart.p.logits.isZero(0));
  CHECK(apart.q.temperature == 0);
  CHECK(mean_gradient(Concrete(q, 0.5), Vector3d(1, 5, 2)).logits(1) == 0);
  const auto single = mean_gradient(Concrete(Vector2d(3, -inf<>), 0.5), Vector2d(1, 2));
  CHECK(single.logits.isZero(0));
  CHECK(single.temperature == 0);
}

TEST_CASE("Many entries take polynomials in place of sums, and agree with them") {
  for (const double r : {0.05, 0.75, 0.99, 1.01, 20.0}) {
    const RowVectorXd a = RowVectorXd::LinSpaced(4001, -60 / std::min(1.0, r), 60 / std::min(1.0, r));
    const LogitBinaryConcrete<One<double>> p(One<double>(0.25), r);
    const auto many = kl_divergence_gradient(LogitBinaryConcrete<RowVectorXd>(a, 1), p);
    double of_ratio = 0;
    for (Index begin = 0; begin < a.size(); begin += 500) {
      const RowVectorXd part = a.segment(begin, std::min<Index>(500, a.size() - begin));
      const auto few = kl_divergence_gradient(LogitBinaryConcrete<RowVectorXd>(part, 1), p);
      of_ratio += few.p.temperature;
      const auto same = [&](const RowVectorXd& of_many, const RowVectorXd& of_few, double scale) {
        return (of_many.segment(begin, part.size()) - of_few).cwiseAbs().maxCoeff() <= 1e-12 * scale;
      };
      CAPTURE(r, begin);
      CHECK(same(many.value, few.value, 1 + few.value.maxCoeff()));
      CHECK(same(many.q.logits, few.q.logits, r));
    }
    CHECK(std::abs(many.p.temperature / of_ratio - 1) < 1e-12);
  }
}

namespace {

/// The largest error of the gradient of a Discrete mean, relative to p_j sum_i p_i |u_j - u_i|, in units of eps.
template <class T>
double error_of_mean_gradient(const VectorX<T>& logits, const VectorX<T>& u) {
  using Long = VectorX<long double>;
  const Discrete<VectorX<T>> d(logits);
  const VectorX<T> gradient = mean_gradient(d, u).logits;
  const Long p = d.probabilities().template cast<long double>();
  double worst = 0;
  for (Index j = 0; j < u.size(); ++j) {
    const Long from_others = static_cast<long double>(u(j)) - u.template cast<long double>().array();
    const long double error = std::abs(gradient(j) - p(j) * p.dot(from_others));
    const long double scale = p(j) * p.dot(from_others.cwiseAbs());
    if (error > 0) worst = std::max(worst, static_cast<double>(error / (scale * testing::eps<T>)));
  }
  return worst;
}

}  // namespace

TEMPLATE_TEST_CASE("The gradient of a Discrete mean has the precision of the pairwise form", "", float, double) {
  using V = VectorX<TestType>;
  testing::Random random(37);
  const auto numbers = [&](double size) {
    return random.vector<VectorXd>(300, -size, size).template cast<TestType>().eval();
  };
  for (const double spread : {0.01, 3.0, 30.0}) {
    const V logits = numbers(spread);
    CAPTURE(spread);
    CHECK(error_of_mean_gradient<TestType>(logits, numbers(1)) < 8);
    CHECK(error_of_mean_gradient<TestType>(logits, V(numbers(1).array() + TestType(1000))) < 8);
    CHECK(error_of_mean_gradient<TestType>(logits, V(numbers(3).array().exp())) < 8);
    Index top = 0;
    logits.maxCoeff(&top);
    V far_off = numbers(1);
    far_off(top) = TestType(1e8);
    CHECK(error_of_mean_gradient<TestType>(logits, far_off) < 8);
    CHECK(error_of_mean_gradient<TestType>(logits, V::Constant(300, TestType(0.1))) == 0);
  }
  const V certain = V::Unit(300, 7) * TestType(60);
  CHECK(error_of_mean_gradient<TestType>(certain, V(numbers(1).array() + TestType(1000))) < 8);
}

TEST_CASE("Moments of 100000 classes, with a gradient") {
  constexpr Index n = 100000;
  VectorXd logits = VectorXd::Zero(n), u = VectorXd::Zero(n);
  logits(7) = std::log(static_cast<double>(n - 1));  // half of all mass
  u(7) = 1;
  u(8) = 3;
  const Discrete<VectorXd> d(logits);
  const double small = 0.5 / (n - 1), mean_of_u = 0.5 + 3 * small;
  const VectorXd gradient = mean_gradient(d, u).logits, variances = variance(d);
  CHECK(std::abs(gradient(7) / (0.5 * (1 - mean_of_u)) - 1) < 1e-13);
  CHECK(std::abs(gradient(8) / (small * (3 - mean_of_u)) - 1) < 1e-13);
  CHECK(std::abs(gradient(n - 1) / (-small * mean_of_u) - 1) < 1e-13);
  CHECK(std::abs(variances(7) / 0.25 - 1) < 1e-13);
  CHECK(std::abs(variances(n - 1) / (small * (1 - small)) - 1) < 1e-13);
}

TEST_CASE("What a masked class of a Discrete distribution is told does not count") {
  const Discrete<Vector3d> d(Vector3d(0.5, -inf<>, -1));
  const Vector3d gradient = mean_gradient(d, Vector3d(1, inf<>, 2)).logits;
  const Vector2d of_rest = mean_gradient(Discrete<Vector2d>(Vector2d(0.5, -1)), Vector2d(1, 2)).logits;
  CHECK(gradient == Vector3d(of_rest(0), 0, of_rest(1)));
}
