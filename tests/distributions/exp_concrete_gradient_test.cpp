#include <algorithm>
#include <cmath>

#include "catch.hpp"
#include "concrete/distributions/exp_concrete.hpp"
#include "support/densities.hpp"
#include "support/limits.hpp"
#include "support/models.hpp"

// The gradients of ExpConcrete against derivatives of 50 digits, in ordinary and extreme regimes, and the exact laws that
// they obey.

namespace {

using concrete::ExpConcrete;
using Eigen::Index;
using Eigen::Vector3d, Eigen::Vector3f, Eigen::VectorXd;
using testing::eps_error;
using testing::identical;
using testing::Random;
using testing::Wide;
using testing::widen;
using WideVector = Eigen::VectorX<Wide>;

/// f(v) at v with entry k replaced by its argument.
template <class F>
auto along(const WideVector& v, Index k, const F& f) {
  return [v, k, f](const Wide& value) {
    WideVector moved = v;
    moved(k) = value;
    return f(moved);
  };
}

/// n softmax(a - t y) and the largest magnitude of a score: an eps in each score moves a weight by as much relatively.
struct Weights {
  WideVector n_weights;
  Wide score;

  Weights(const WideVector& a, const WideVector& y, const Wide& t) : n_weights(a.size()), score(1) {
    Wide sum = 0;
    for (Index k = 0; k < a.size(); ++k) {
      n_weights(k) = exp(a(k) - t * y(k));
      sum += n_weights(k);
      score = (std::max)(score, Wide(abs(a(k)) + abs(t * y(k))));
    }
    n_weights *= Wide(a.size()) / sum;
  }
};

}  // namespace

TEMPLATE_TEST_CASE("ExpConcrete: log_prob_gradient at all temperatures, logits and dimensions",
                   "[exp_concrete][gradient]", float, double) {
  using Vector = Eigen::VectorX<TestType>;
  const Index n = GENERATE(2, 3, 6);
  const double temperature = GENERATE(1e-6, 0.05, 1.0, 20.0, 1e6);
  CAPTURE(n, temperature);
  Random random(111);
  for (const double scale : {0.1, 50.0, 1e4}) {
    CAPTURE(scale);
    const ExpConcrete<Vector> q(random.vector<Vector>(n, -scale, scale), temperature);
    const Vector own_sample = q.sample(random), other_point = random.vector<Vector>(n, -8, 0);
    for (const Vector& point : {own_sample, other_point}) {
      const WideVector a = widen(q.logits()), y = widen(point);
      const Wide t(q.temperature());
      const Weights at(a, y, t);
      const auto actual = q.log_prob_gradient(point);

      // A weight is a quotient of exponentials of scores: 4 roundings beside those of the scores.
      for (Index k = 0; k < n; ++k) {
        const Wide magnitude = 1 + at.n_weights(k) * (2 + at.score);
        const auto of_logit = [&](const WideVector& v) { return testing::exp_concrete_log_density(v, y, t).value; };
        const auto of_point = [&](const WideVector& v) { return testing::exp_concrete_log_density(a, v, t).value; };
        const Wide da = testing::wide_derivative(along(a, k, of_logit), a(k));
        const Wide dy = testing::wide_derivative(along(y, k, of_point), y(k));
        CHECK(eps_error(actual.logits(k), da, magnitude) <= 2);
        CHECK(eps_error(actual.sample(k), dy, t * magnitude) <= 2);
      }

      Index heaviest = 0;
      at.n_weights.maxCoeff(&heaviest);
      Wide magnitude = (n - 1) / t;
      for (Index k = 0; k < n; ++k) {
        magnitude += (1 + at.n_weights(k) * (2 + at.score)) * abs(y(k) - y(heaviest));
      }
      const auto of_temperature = [&](const Wide& v) { return testing::exp_concrete_log_density(a, y, v).value; };
      const Wide dt = testing::wide_derivative(of_temperature, t);
      CHECK(eps_error(actual.temperature, dt, magnitude) <= 2);
    }
  }
}

TEMPLATE_TEST_CASE("ExpConcrete: pathwise_gradient at all temperatures", "[exp_concrete][gradient]", float, double) {
  using Vector = Eigen::VectorX<TestType>;
  const Index n = GENERATE(1, 2, 3, 6);
  const double temperature = GENERATE(1e-6, 0.05, 1.0, 20.0, 1e6);
  CAPTURE(n, temperature);
  Random random(112);
  for (const double scale : {0.1, 50.0, 1e4}) {
    CAPTURE(scale);
    const ExpConcrete<Vector> q(random.vector<Vector>(n, -scale, scale), temperature);
    const Vector y = q.sample(random), upstream = random.vector<Vector>(n, -2, 2);
    const auto actual = q.pathwise_gradient(y, upstream);

    // The noise that the sample implies, up to a constant that drops out: t y - a.
    const Wide t(q.temperature());
    const WideVector a = widen(q.logits()), g = widen(upstream), noise = t * widen(y) - a;
    const auto loss = [&](const WideVector& logits, const Wide& at) {
      WideVector z = (logits + noise) / at;
      Wide sum = 0;
      for (Index k = 0; k < n; ++k) sum += exp(z(k) - z.maxCoeff());
      const Wide lse = z.maxCoeff() + log(sum);
      return g.dot(z) - g.sum() * lse;
    };
    // x is good to an eps of y's magnitude.
    const Wide y_scale = 2 + widen(y).cwiseAbs().maxCoeff(), g_scale = g.cwiseAbs().sum();
    for (Index k = 0; k < n; ++k) {
      const auto of_logits = [&](const WideVector& v) { return loss(v, t); };
      const Wide x = exp(Wide(y(k)));
      CHECK(eps_error(actual.logits(k), testing::wide_derivative(along(a, k, of_logits), a(k)),
                      (abs(g(k)) + x * y_scale * g_scale) / t) <= 2);
    }
    const Wide spread = g.cwiseAbs().dot(widen(y).cwiseAbs());
    const Wide dt = testing::wide_derivative([&](const Wide& v) { return loss(a, v); }, t);
    CHECK(eps_error(actual.temperature, dt, (spread + g_scale * y_scale) / t) <= 2);
  }
}

// ---- Exact laws ----

TEMPLATE_TEST_CASE("ExpConcrete: the total derivative of log q at its own sample is (n-1)/t for t and 0 for logits",
                   "[exp_concrete][gradient]", float, double) {
  using Matrix = Eigen::MatrixX<TestType>;
  const double temperature = GENERATE(0.1, 0.7, 3.0);
  CAPTURE(temperature);
  Random random(113);
  const ExpConcrete<Matrix> q(random.matrix<Matrix>(4, 3, -2, 2), temperature);
  const auto y = q.sample(random);
  const auto partial = q.log_prob_gradient(y);
  const auto through_sample = q.pathwise_gradient(y, partial.sample);
  const double eps = double(testing::eps<TestType>);

  // Weights of at most 4 times 4, scores and samples of a magnitude of some 10 / t.
  CHECK(double((partial.logits + through_sample.logits).cwiseAbs().maxCoeff()) <= 16 * 20 * eps);
  CHECK(partial.temperature + through_sample.temperature ==
        Catch::Approx(3 * 3 / temperature).epsilon(20 * 20 * eps / temperature));
}

// ---- To the simplex ----

TEMPLATE_TEST_CASE("ExpConcrete: to_concrete is exp, and its gradient too", "[exp_concrete][to_concrete]", float,
                   double) {
  using Vector = Eigen::Vector4<TestType>;
  using Model = ExpConcrete<Eigen::VectorX<TestType>>;
  const auto inf = testing::inf<TestType>;
  const Vector y(0, TestType(-1.5), -40, -inf), h(2, -3, TestType(0.5), 7);
  const Vector x = Model::to_concrete(y), gradient = Model::to_concrete_gradient(y, h);
  for (Index k = 0; k < 3; ++k) {
    const Wide expected = exp(Wide(y(k)));
    CHECK(eps_error(x(k), expected) <= 1);
    CHECK(eps_error(gradient(k), h(k) * expected) <= 2);
  }
  CHECK(x(3) == 0);
  CHECK(gradient(3) == 0);
  CHECK(Model::to_concrete_gradient(y, Vector(1, 1, 1, inf))(3) == 0);
  CHECK(Model::to_concrete_gradient(y, Vector::Zero()).isZero(0));
  static_assert(std::is_same_v<decltype(Model::to_concrete(y)), Vector>);
  static_assert(std::is_same_v<decltype(Model::to_concrete_gradient(y, h)), Vector>);
}

TEST_CASE("ExpConcrete: to_concrete and harden keep the shape of batches and expressions",
          "[exp_concrete][to_concrete]") {
  Random random(115);
  const ExpConcrete q(random.matrix<Eigen::MatrixXd>(3, 4, -1, 1), 0.5);
  const Eigen::MatrixXd y = q.sample(random, 2);
  const Eigen::MatrixXd x = y.unaryExpr([](double v) { return std::exp(v); });
  CHECK(identical(decltype(q)::to_concrete(y), x));
  CHECK(identical(decltype(q)::to_concrete(y.block(0, 1, 3, 2)), x.block(0, 1, 3, 2)));
  CHECK(identical(decltype(q)::to_concrete((1 * y).transpose()), x.transpose()));
  CHECK(identical(decltype(q)::to_concrete_gradient(y, 3 * y), (3 * y).cwiseProduct(x)));
}

// ---- The discrete limit ----

TEMPLATE_TEST_CASE("ExpConcrete: rounding a sample is the sample of the discrete limit", "[exp_concrete][discrete]",
                   float, double) {
  using Matrix = Eigen::MatrixX<TestType>;
  for (const double temperature : {1e-6, 0.1, 1.0, 10.0}) {
    CAPTURE(temperature);
    const ExpConcrete<Matrix> q(testing::draw_logits<Matrix>(116, -3, 3, 5, 3), temperature);
    Random relaxed_random(117), limit_random(117);
    const concrete::Discrete<Matrix> limit = q.discrete();
    CHECK(identical(limit.logits(), q.logits()));
    CHECK(identical(ExpConcrete<Matrix>::harden(q.sample(relaxed_random, 40)), limit.sample(limit_random, 40)));
  }
}

TEST_CASE("ExpConcrete: harden marks the largest entry, the first of equals", "[exp_concrete][discrete]") {
  const Eigen::MatrixXd y = (Eigen::MatrixXd(3, 4) << -1, 0, -testing::inf<>, -1,  //
                             -1, -5, -0.5, testing::quiet_nan<>,                   //
                             -2, 0, -0.4, -2)
                                .finished();
  const Eigen::MatrixXd x = concrete::ExpConcreteXXd::harden(y);
  CHECK(identical(x.leftCols(3), (Eigen::MatrixXd(3, 3) << 1, 1, 0, 0, 0, 0, 0, 0, 1).finished()));
  CHECK(x.col(3).array().isNaN().all());
}
