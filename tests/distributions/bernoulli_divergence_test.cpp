#include <Eigen/Core>
#include <cmath>
#include <limits>
#include <type_traits>
#include <unsupported/Eigen/AutoDiff>
#include <vector>

#include "catch.hpp"
#include "concrete/distributions/bernoulli.hpp"
#include "support/gradient.hpp"
#include "support/limits.hpp"
#include "support/random.hpp"
#include "support/reference.hpp"

using concrete::Bernoulli;
using Eigen::Dynamic;
using Eigen::Index;
using Eigen::Matrix;
using Eigen::MatrixXd;
using Eigen::RowVectorXd;
using Eigen::Vector2d;
using Eigen::Vector3d;
using Eigen::VectorXd;
using testing::eps;
using testing::Wide;

namespace {

/// Pairs of logits become the columns of two rows, which are scored entry by entry.
template <class T>
struct Pairs {
  Matrix<T, 1, Dynamic> q, p;
};

template <class T>
Pairs<T> pairs_of(const std::vector<T>& q, const std::vector<T>& p) {
  Pairs<T> pairs;
  const auto count = static_cast<Index>(q.size() * p.size());
  pairs.q.resize(count);
  pairs.p.resize(count);
  Index j = 0;
  for (const T a : q) {
    for (const T b : p) {
      pairs.q(j) = a;
      pairs.p(j++) = b;
    }
  }
  return pairs;
}

Wide softplus(const Wide& t) { return t > 0 ? Wide(t + log1p(exp(-t))) : Wide(log1p(exp(t))); }

/// P log(P / P') + (1 - P) log((1 - P) / (1 - P')).
Wide wide_kl_divergence(const Wide& q, const Wide& p) {
  return (softplus(-p) - softplus(-q)) / (1 + exp(-q)) + (softplus(p) - softplus(q)) / (1 + exp(q));
}

}  // namespace

// ---- Values ----

TEMPLATE_TEST_CASE("Binary entropy is even and keeps relative precision however small", "", float, double,
                   long double) {
  using T = TestType;
  Matrix<T, 1, Dynamic> logits(9);
  logits << 0, T(1e-8), T(0.01), T(0.7), 3, 10, 40, 70, 85;
  const auto entropies = entropy(Bernoulli(logits)), mirrored = entropy(Bernoulli(-logits));
  CHECK(entropies == mirrored);
  for (Index j = 0; j < logits.size(); ++j) {
    const Wide a(logits(j));
    INFO("logit " << a);
    CHECK(testing::eps_error(entropies(j), Wide(softplus(-a) + a / (1 + exp(a)))) <= 3);
  }
  CHECK(entropy(Bernoulli(Vector2d(1e6, -1e6))) == 0);
  CHECK(entropy(Bernoulli(VectorXd::Constant(1, 700))) > 0);
}

TEMPLATE_TEST_CASE("Binary KL divergence keeps precision for close and for far logits", "", float, double,
                   long double) {
  using T = TestType;
  const T huge = sizeof(T) == 4 ? T(85) : T(700);
  const std::vector<T> all{0,        T(1e-3),       T(0.4),         T(-0.4), T(0.9), T(-1.1),      2, T(-2.5), T(-9.5),
                           T(-10.5), T(0.1) * huge, T(-0.2) * huge, huge,    -huge,  huge - T(0.5)};
  const Pairs<T> pairs = pairs_of(all, all);
  const auto result = kl_divergence(Bernoulli(pairs.q), Bernoulli(pairs.p));
  double largest = 0;
  Index where = 0;
  for (Index j = 0; j < result.size(); ++j) {
    const Wide q(pairs.q(j)), p(pairs.p(j)), expected = wide_kl_divergence(q, p);
    // The divergence is what is left of two terms of the size of P |q - p|, P the smaller of the two probabilities.
    const Wide terms = abs(q - p) / (1 + exp(abs(q)));
    const double error = testing::eps_error(result(j), expected, expected + 2 * terms);
    if (!(error <= largest)) {
      largest = error;
      where = j;
    }
    CHECK(result(j) >= 0);
  }
  INFO("logits " << pairs.q(where) << " and " << pairs.p(where));
  CHECK(largest <= 3);
}

TEST_CASE("Binary KL divergence of equal logits is none and of close ones is a square") {
  testing::Random random(1);
  const RowVectorXd a = random.vector<RowVectorXd>(200, -30, 30);
  CHECK(kl_divergence(Bernoulli(a), Bernoulli(a)).isZero(0));
  for (const double step : {1e-3, 1e-5, 1e-7, 1e-10}) {
    const RowVectorXd b = a.array() + step;
    const RowVectorXd result = kl_divergence(Bernoulli(a), Bernoulli(b));
    for (Index j = 0; j < a.size(); ++j) {
      const double exact_step = b(j) - a(j), lesser = 1 / (1 + std::exp(std::abs(a(j))));
      const double square = lesser * (1 - lesser) * exact_step * exact_step / 2;
      CHECK(result(j) >= 0);
      CHECK(std::abs(result(j) - square) <= step * square + 2 * eps<> * lesser * step);
    }
  }
}

TEST_CASE("Binary KL divergence of the largest logits is their difference") {
  const auto kl = [](double q, double p) {
    return kl_divergence(Bernoulli(VectorXd::Constant(1, q)), Bernoulli(VectorXd::Constant(1, p)));
  };
  for (const double sign : {1.0, -1.0}) {
    CHECK(kl(sign * 1e6, -sign * 1e6) == 1e6);
    CHECK(kl(sign * 700, -sign * 700) == 700);
    CHECK(kl(sign * 1e6, sign * 9e5) == 0);
    CHECK(std::abs(kl(0, sign * 1e6) - (5e5 - std::log(2.0))) <= 2e6 * eps<>);
  }
}

TEST_CASE("Binary entropy and divergence are summed over a column") {
  testing::Random random(2);
  const MatrixXd q = random.matrix<MatrixXd>(5, 6, -3, 3), p = random.matrix<MatrixXd>(5, 2, -3, 3);
  const RowVectorXd entropies = entropy(Bernoulli(q)), divergences = kl_divergence(Bernoulli(q), Bernoulli(p));
  for (Index j = 0; j < 6; ++j) {
    const RowVectorXd q_j = q.col(j).transpose(), p_j = p.col(j % 2).transpose();
    CHECK(std::abs(entropies(j) - entropy(Bernoulli(q_j)).sum()) <= 4 * eps<> * entropies(j));
    const double sum = kl_divergence(Bernoulli(q_j), Bernoulli(p_j)).sum();
    CHECK(std::abs(divergences(j) - sum) <= 4 * eps<> * sum);
  }
  const Bernoulli vector(Vector3d(1, 2, 3));
  STATIC_REQUIRE(std::is_same_v<decltype(entropy(vector)), double>);
  STATIC_REQUIRE(std::is_same_v<decltype(kl_divergence(vector, vector)), double>);
}

TEMPLATE_TEST_CASE("Binary divergences whose difference of logits overflows are the larger logit", "", float, double) {
  using T = TestType;
  using Vector = Eigen::Vector2<T>;
  const T large = std::numeric_limits<T>::max() / 4 * 3;
  const Bernoulli<Vector> q(Vector(-large, 0)), p(Vector(large, 0));
  const auto forth = kl_divergence_gradient(q, p), back = kl_divergence_gradient(p, q);
  CHECK(forth.value == large);
  CHECK(back.value == large);
  CHECK(forth.q.logits.isZero(0));
  CHECK(forth.p.logits == Vector(1, 0));
  CHECK(back.p.logits == Vector(-1, 0));
}

// ---- Gradients ----

TEST_CASE("The gradient of the binary divergence is that of central differences") {
  testing::Random random(3);
  for (const double spread : {0.0, 1.0, 12.0}) {
    const MatrixXd q = random.matrix<MatrixXd>(4, 6, -spread, spread),
                   p = random.matrix<MatrixXd>(4, 3, -spread, spread);
    const RowVectorXd w = random.vector<RowVectorXd>(6, -2, 2);
    const auto loss = [&w](const MatrixXd& a_q, const MatrixXd& a_p) {
      return kl_divergence(Bernoulli(a_q), Bernoulli(a_p)).dot(w);
    };
    const auto result = kl_divergence_gradient(Bernoulli(q), Bernoulli(p), w);
    const MatrixXd of_q = testing::gradient([&](const MatrixXd& a) { return loss(a, p); }, q);
    const MatrixXd of_p = testing::gradient([&](const MatrixXd& a) { return loss(q, a); }, p);
    INFO("spread " << spread);
    // The differences themselves miss eps |loss| / step = 3e-14 |loss| and about step^6 = 2e-13.
    const double tolerance = 4e-12 * (1 + spread);
    CHECK((result.q.logits - of_q).cwiseAbs().maxCoeff() <= tolerance);
    CHECK((result.p.logits - of_p).cwiseAbs().maxCoeff() <= tolerance);
    CHECK(result.value == kl_divergence(Bernoulli(q), Bernoulli(p)));
    CHECK(result.q.temperature == 0);
    CHECK(result.p.temperature == 0);
  }
}

TEST_CASE("The gradients of binary entropy and divergence are those of an autodiff scalar") {
  using Dual = Eigen::AutoDiffScalar<Matrix<double, 6, 1>>;
  const Vector3d q(0.3, -2.5, 0), p(-1, 0, 0.7);
  Matrix<Dual, 3, 1> dual_q, dual_p;
  for (int k = 0; k < 3; ++k) {
    dual_q(k) = Dual(q(k), 6, k);
    dual_p(k) = Dual(p(k), 6, 3 + k);
  }
  const Dual kl = kl_divergence(Bernoulli(dual_q), Bernoulli(dual_p));
  const auto result = kl_divergence_gradient(Bernoulli(q), Bernoulli(p));
  CHECK(std::abs(kl.value() - result.value) <= 4 * eps<>);
  CHECK((kl.derivatives().head<3>() - result.q.logits).cwiseAbs().maxCoeff() <= 4 * eps<>);
  CHECK((kl.derivatives().tail<3>() - result.p.logits).cwiseAbs().maxCoeff() <= 4 * eps<>);
  const Dual h = entropy(Bernoulli(dual_q));
  const VectorXd of_entropy = testing::gradient([](const VectorXd& a) { return entropy(Bernoulli(a)); }, VectorXd(q));
  CHECK((h.derivatives().head<3>() - of_entropy).cwiseAbs().maxCoeff() <= 1e-12);
}

TEST_CASE("Binary gradients stay nonzero where probabilities have rounded to one") {
  const auto result = kl_divergence_gradient(Bernoulli(Vector2d(40, -700)), Bernoulli(Vector2d(0, 0)));
  CHECK(std::abs(result.q.logits(0) / (40 * std::exp(-40.0)) - 1) <= 8 * eps<>);
  CHECK(std::abs(result.q.logits(1) / (-700 * std::exp(-700.0)) - 1) <= 8 * eps<>);
  CHECK(result.p.logits == Vector2d(-.5, .5));
}

TEST_CASE("Binary upstreams scale the gradient and a zero is a zero") {
  const Bernoulli q(Vector3d(0.5, 0, -1)), p(Vector3d(0, 1, 2));
  const auto once = kl_divergence_gradient(q, p), thrice = kl_divergence_gradient(q, p, 3);
  CHECK((thrice.q.logits - 3 * once.q.logits).cwiseAbs().maxCoeff() <= 2 * eps<>);
  CHECK((thrice.p.logits - 3 * once.p.logits).cwiseAbs().maxCoeff() <= 2 * eps<>);
  CHECK(thrice.value == once.value);
  CHECK(kl_divergence_gradient(q, p, 0).q.logits.isZero(0));
}
