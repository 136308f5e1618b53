#include "concrete/training/relaxed_kl.hpp"

#include <Eigen/Core>
#include <cmath>
#include <random>
#include <type_traits>

#include "catch.hpp"
#include "support/densities.hpp"
#include "support/limits.hpp"
#include "support/random.hpp"
#include "support/reference.hpp"
#include "support/statistics.hpp"

using concrete::discrete_kl;
using concrete::discrete_kl_gradient;
using concrete::ExpConcrete;
using concrete::LogitBinaryConcrete;
using concrete::relaxed_kl;
using concrete::relaxed_kl_gradient;
using concrete::relaxed_mass_kl;
using concrete::relaxed_mass_kl_gradient;
using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::RowVectorXd;
using Eigen::Vector3d;
using Eigen::VectorXd;
using testing::eps;
using testing::inf;
using testing::Wide;

namespace {

/// Either log class, made of logits and a temperature.
struct Categorical {
  template <class Logits>
  static auto make(const Logits& logits, double temperature) {
    return ExpConcrete(logits, temperature);
  }
};

struct Binary {
  template <class Logits>
  static auto make(const Logits& logits, double temperature) {
    return LogitBinaryConcrete(logits, temperature);
  }
};

MatrixXd random_logits(std::uint64_t seed, Index rows, Index cols) {
  return testing::Random(seed).matrix<MatrixXd>(rows, cols, -2, 2);
}

/// sum_k x_k (log q_k - log p_k) at x = exp(y).
template <class Q, class P, class Y>
Wide wide_mass_ratio(const ExpConcrete<Q>& q, Index b, const ExpConcrete<P>& p, Index c, const Y& y) {
  Wide total_q = 0, total_p = 0, sum = 0;
  for (Index k = 0; k < y.size(); ++k) {
    total_q += exp(Wide(q.logits()(k, b)));
    total_p += exp(Wide(p.logits()(k, c)));
  }
  for (Index k = 0; k < y.size(); ++k) {
    sum += exp(Wide(y(k))) * ((Wide(q.logits()(k, b)) - log(total_q)) - (Wide(p.logits()(k, c)) - log(total_p)));
  }
  return sum;
}

/// sum_i x_i log(q_i / p_i) + (1 - x_i) log((1 - q_i) / (1 - p_i)) at x = sigmoid(y).
template <class Q, class P, class Y>
Wide wide_mass_ratio(const LogitBinaryConcrete<Q>& q, Index b, const LogitBinaryConcrete<P>& p, Index c, const Y& y) {
  const auto log_sigmoid = [](const Wide& t) { return Wide(-log(1 + exp(-t))); };
  Wide sum = 0;
  for (Index i = 0; i < y.size(); ++i) {
    const Wide x = 1 / (1 + exp(-Wide(y(i)))), a_q(q.logits()(i, b)), a_p(p.logits()(i, c));
    sum += x * (log_sigmoid(a_q) - log_sigmoid(a_p)) + (1 - x) * (log_sigmoid(-a_q) - log_sigmoid(-a_p));
  }
  return sum;
}

}  // namespace

// ---- Values ----

TEMPLATE_TEST_CASE("Each treatment is its definition column by column", "", Categorical, Binary) {
  const auto q = TestType::make(random_logits(1, 3, 4), 0.6);
  std::mt19937_64 engine(1);
  const auto [y, log_q] = q.sample_and_log_prob(engine, 3);
  for (const Index prior_batch : {1, 2, 4}) {
    const auto p = TestType::make(random_logits(2, 3, prior_batch), 0.4);
    const RowVectorXd by_density = relaxed_kl(q, p, y), by_noise = relaxed_kl(q, p, y, log_q);
    const RowVectorXd by_mass = relaxed_mass_kl(q, p, y), analytic = discrete_kl(q, p);
    REQUIRE(by_density.cols() == 12);
    REQUIRE(by_mass.cols() == 12);
    REQUIRE(analytic.cols() == 4);
    CHECK(analytic == kl_divergence(q.discrete(), p.discrete()));
    for (Index j = 0; j < 12; ++j) {
      const Index b = j % 4, c = j % prior_batch;
      const auto of_q = testing::log_density(q, b, y.col(j)), of_p = testing::log_density(p, c, y.col(j));
      const Wide difference = of_q.value - of_p.value, size = of_q.magnitude + of_p.magnitude;
      INFO("column " << j << " prior batch " << prior_batch);
      CHECK(testing::eps_error(by_density(j), difference, size) <= 2);
      // The sample has been rounded since its density was taken from the noise.
      CHECK(testing::eps_error(by_noise(j), difference, size) <= 4);
      CHECK(testing::eps_error(by_mass(j), wide_mass_ratio(q, b, p, c, y.col(j)), Wide(4)) <= 2);
    }
  }
}

TEMPLATE_TEST_CASE("The gradient functions give the values of the plain ones", "", Categorical, Binary) {
  const auto q = TestType::make(random_logits(3, 5, 2), 0.6), p = TestType::make(random_logits(4, 5, 1), 0.4);
  std::mt19937_64 engine(2);
  const auto [y, log_q] = q.sample_and_log_prob(engine, 4);
  CHECK(relaxed_kl_gradient(q, p, y, log_q).value == relaxed_kl(q, p, y, log_q));
  CHECK(relaxed_mass_kl_gradient(q, p, y).value == relaxed_mass_kl(q, p, y));
  CHECK(discrete_kl_gradient(q, p).value == discrete_kl(q, p));
}

TEMPLATE_TEST_CASE("Vectors by type have numbers for values", "", Categorical, Binary) {
  const auto q = TestType::make(Vector3d(1, 2, 3), 0.6);
  const auto p = TestType::make(VectorXd(Vector3d(0, 1, 0)), 0.4);
  const Vector3d y(-1, -0.5, -3);
  const double log_q = q.log_prob(y);
  STATIC_REQUIRE(std::is_same_v<decltype(relaxed_kl(q, p, y)), double>);
  STATIC_REQUIRE(std::is_same_v<decltype(relaxed_mass_kl(q, p, y)), double>);
  STATIC_REQUIRE(std::is_same_v<decltype(discrete_kl(q, p)), double>);
  STATIC_REQUIRE(std::is_same_v<decltype(relaxed_kl(q, p, MatrixXd(y))), RowVectorXd>);
  CHECK(relaxed_kl(q, p, y, log_q) == relaxed_kl(q, p, y));
  CHECK(relaxed_kl(q, p, y, 0) == -p.log_prob(y));
  CHECK(relaxed_kl(q, p, MatrixXd(y), q.log_prob(MatrixXd(y)))(0) == relaxed_kl(q, p, y));
}

TEMPLATE_TEST_CASE("Samples and their log-densities may be expressions", "", Categorical, Binary) {
  const auto q = TestType::make(random_logits(8, 5, 2), 0.6), p = TestType::make(random_logits(9, 5, 1), 0.4);
  const MatrixXd half = testing::Random(10).matrix<MatrixXd>(5, 6, -2, -1), y = 2 * half;
  const RowVectorXd log_q = q.log_prob(y), half_log_q = log_q / 2, w = RowVectorXd::LinSpaced(6, -1, 1);
  CHECK(relaxed_kl(q, p, 2 * half, 2 * half_log_q) == relaxed_kl(q, p, y, log_q));
  CHECK(relaxed_mass_kl(q, p, 2 * half) == relaxed_mass_kl(q, p, y));
  CHECK(relaxed_kl_gradient(q, p, 2 * half, 2 * half_log_q, 2 * w).sample ==
        relaxed_kl_gradient(q, p, y, log_q, (2 * w).eval()).sample);
  CHECK(relaxed_mass_kl_gradient(q, p, 2 * half, 2 * w).sample ==
        relaxed_mass_kl_gradient(q, p, y, (2 * w).eval()).sample);
}

TEMPLATE_TEST_CASE("A distribution has no divergence from itself", "", Categorical, Binary) {
  const auto q = TestType::make(random_logits(5, 4, 3), 0.5);
  std::mt19937_64 engine(3);
  const MatrixXd y = q.sample(engine, 5);
  CHECK(relaxed_kl(q, q, y).isZero(0));
  CHECK(relaxed_mass_kl(q, q, y).isZero(0));
  CHECK(discrete_kl(q, q).isZero(0));
}

// ---- Expectations ----

namespace {

/// The mean of relaxed_kl over n = 100 000 samples, within five standard errors of the expected value.
template <class Q, class P>
void check_mean(const Q& q, const P& p, double expected) {
  std::mt19937_64 engine(4);
  const auto [y, log_q] = q.sample_and_log_prob(engine, 100'000);
  const RowVectorXd values = relaxed_kl(q, p, y, log_q);
  const auto [mean, standard_error] = testing::sample_mean({values.begin(), values.end()});
  INFO("mean " << mean << " expected " << expected << " standard error " << standard_error);
  CHECK(standard_error < 0.01 * expected);
  CHECK(std::abs(mean - expected) < 5 * standard_error);
}

/// -2 - log r + d + 2 E softplus(-d - r L), with r the prior's temperature over the posterior's and d = r a_q - a_p; the
/// expectation by the trapezoidal rule over the Logistic density.
double binary_kl_divergence(double a_q, double a_p, double r) {
  const double d = r * a_q - a_p, step = 0.01;
  double expectation = 0;
  for (double l = -45; l < 45; l += step) {
    const double decay = std::exp(-std::abs(l)), t = -d - r * l;
    const double softplus = std::max(t, 0.0) + std::log1p(std::exp(-std::abs(t)));
    expectation += step * softplus * decay / ((1 + decay) * (1 + decay));
  }
  return -2 - std::log(r) + d + 2 * expectation;
}

}  // namespace

TEST_CASE("The mean of the relaxed divergence is the exact categorical one") {
  // By numerical integration of E log sum_k exp(m_k) E_k over independent standard exponentials E_k.
  constexpr double expected = 1.40293929108;
  const Vector3d a_q(.3, -.5, .9), a_p(-.2, 1.1, 0);
  check_mean(ExpConcrete(a_q, 0.7), ExpConcrete(a_p, 0.7), expected);
  check_mean(ExpConcrete(a_q, 0.1), ExpConcrete(a_p, 0.1), expected);
}

TEST_CASE("The mean of the relaxed divergence is the exact binary one") {
  constexpr double expected = 1.31437417894754;  // 3 coth(3/2) - 2
  CHECK(std::abs(binary_kl_divergence(3, 0, 1) - expected) < 1e-12);
  check_mean(LogitBinaryConcrete(VectorXd::Constant(1, 3).eval(), 0.5),
             LogitBinaryConcrete(VectorXd::Constant(1, 0).eval(), 0.5), expected);
  check_mean(LogitBinaryConcrete(VectorXd::Constant(1, 1.5).eval(), 0.8),
             LogitBinaryConcrete(VectorXd::Constant(1, -0.5).eval(), 0.4), binary_kl_divergence(1.5, -0.5, 0.5));
}

// ---- Masks ----

TEST_CASE("A class that both mask is left out") {
  const Vector3d a_q(0.5, -inf<>, -1), a_p(0.1, -inf<>, 0.2);
  const ExpConcrete q(a_q, 0.6), p(a_p, 0.4);
  const ExpConcrete q_rest(Eigen::Vector2d(.5, -1), 0.6), p_rest(Eigen::Vector2d(.1, .2), 0.4);
  std::mt19937_64 engine(5);
  const auto [y, log_q] = q.sample_and_log_prob(engine, 20);
  MatrixXd y_rest(2, y.cols());
  y_rest << y.row(0), y.row(2);
  CHECK((relaxed_kl(q, p, y, log_q) - relaxed_kl(q_rest, p_rest, y_rest, log_q)).cwiseAbs().maxCoeff() <= 16 * eps<>);
  CHECK((relaxed_mass_kl(q, p, y) - relaxed_mass_kl(q_rest, p_rest, y_rest)).cwiseAbs().maxCoeff() <= 4 * eps<>);
  CHECK(discrete_kl(q, p) == discrete_kl(q_rest, p_rest));
}

TEST_CASE("A class that only the prior masks makes the divergence infinite without a gradient of NaN") {
  const ExpConcrete q(Vector3d(0.5, 0, -1), 0.6), p(Vector3d(0.1, -inf<>, 0.2), 0.4);
  std::mt19937_64 engine(6);
  const auto [y, log_q] = q.sample_and_log_prob(engine, 4);
  const auto check = [&](const auto& result, const auto& total) {
    CHECK((result.value.array() == inf<>).all());
    CHECK(result.sample.isZero(0));
    CHECK(result.p.logits.isZero(0));
    CHECK(result.p.temperature == 0);
    CHECK(total.logits.isZero(0));
    CHECK(total.temperature == 0);
  };
  const auto by_density = relaxed_kl_gradient(q, p, y, log_q), by_mass = relaxed_mass_kl_gradient(q, p, y);
  check(by_density, q.pathwise_gradient(y, by_density.sample));
  check(by_mass, q.pathwise_gradient(y, by_mass.sample));
  CHECK(by_mass.q.logits.isZero(0));
  CHECK(discrete_kl(q, p) == inf<>);
}

TEST_CASE("A class that only the posterior masks costs what the prior gave to it") {
  const ExpConcrete q(Vector3d(0.5, -inf<>, -1), 0.6), p(Vector3d(0.1, 0.7, 0.2), 0.4);
  std::mt19937_64 engine(7);
  const auto [y, log_q] = q.sample_and_log_prob(engine, 4);
  // The relaxed prior has no density on a face of the simplex.
  CHECK((relaxed_kl(q, p, y, log_q).array() == inf<>).all());
  const RowVectorXd by_mass = relaxed_mass_kl(q, p, y);
  const VectorXd log_ratio = q.discrete().log_probabilities() - p.discrete().log_probabilities();
  for (Index j = 0; j < 4; ++j) {
    const double expected = std::exp(y(0, j)) * log_ratio(0) + std::exp(y(2, j)) * log_ratio(2);
    CHECK(std::abs(by_mass(j) - expected) <= 4 * eps<>);
  }
  CHECK(std::isfinite(discrete_kl(q, p)));
}

TEST_CASE("One class is no divergence") {
  const ExpConcrete q(VectorXd::Constant(1, 3).eval(), 0.6), p(VectorXd::Constant(1, -1).eval(), 0.4);
  const VectorXd y = VectorXd::Zero(1);
  CHECK(relaxed_kl(q, p, y) == 0);
  CHECK(relaxed_mass_kl(q, p, y) == 0);
  CHECK(discrete_kl(q, p) == 0);
  const auto result = relaxed_kl_gradient(q, p, y, 0.0);
  CHECK(result.q.temperature == 0);
  CHECK(result.p.temperature == 0);
  CHECK(result.p.logits(0) == 0);
}
