#include <Eigen/Core>
#include <cmath>
#include <cstdint>
#include <random>
#include <type_traits>
#include <unsupported/Eigen/AutoDiff>

#include "catch.hpp"
#include "concrete/training/relaxed_kl.hpp"
#include "support/gradient.hpp"
#include "support/limits.hpp"
#include "support/random.hpp"

// The contract of the three treatments, by three routes: the total derivative of a whole objective with frozen noise,
//
//   loss = sum_j w_j value_j(q, p, y) + sum_kj c_kj y_kj,      y = q.reparameterize(noise)
//
// where the second sum stands for a decoder, is result.q + q.pathwise_gradient(y, result.sample + c) for q and result.p
// for p.

using concrete::discrete_kl;
using concrete::discrete_kl_gradient;
using concrete::ExpConcrete;
using concrete::LogitBinaryConcrete;
using concrete::relaxed_kl;
using concrete::relaxed_kl_gradient;
using concrete::relaxed_mass_kl;
using concrete::relaxed_mass_kl_gradient;
using Eigen::Index;
using Eigen::Matrix;
using Eigen::MatrixXd;
using Eigen::RowVectorXd;
using Eigen::Vector3d;
using testing::eps;
using testing::inf;

namespace {

struct Categorical {
  template <class Logits, class Temperature>
  static auto make(const Logits& logits, const Temperature& temperature) {
    return ExpConcrete(logits, temperature);
  }
};

struct Binary {
  template <class Logits, class Temperature>
  static auto make(const Logits& logits, const Temperature& temperature) {
    return LogitBinaryConcrete(logits, temperature);
  }
};

/// Everything that an objective depends on.
struct Parameters {
  MatrixXd q_logits;
  double q_temperature;
  MatrixXd p_logits;
  double p_temperature;
};

/// Central differences of an objective with respect to all of them, with steps in proportion to the temperature, which
/// is the length on which a sample changes.
template <class Loss>
Parameters differences(const Loss& loss, const Parameters& at) {
  const auto with = [&](auto Parameters::*which) {
    return [&loss, &at, which](const auto& value) {
      Parameters moved = at;
      moved.*which = value;
      return loss(moved);
    };
  };
  const double q_step = at.q_temperature / 256, p_step = at.p_temperature / 256;
  return {testing::gradient(with(&Parameters::q_logits), at.q_logits, q_step),
          testing::derivative(with(&Parameters::q_temperature), at.q_temperature, q_step),
          testing::gradient(with(&Parameters::p_logits), at.p_logits, p_step),
          testing::derivative(with(&Parameters::p_temperature), at.p_temperature, p_step)};
}

template <class Result, class Path>
Parameters total_of(const Result& result, const Path& path) {
  return {result.q.logits + path.logits, result.q.temperature + path.temperature, result.p.logits,
          result.p.temperature};
}

/// Differences miss the larger of (step / temperature)^6 = 4e-15 of the gradient and eps |loss| / step.
void check_close(const Parameters& analytic, const Parameters& expected, double loss, double temperature) {
  const auto check = [&](const auto& a, const auto& b) {
    const double size = b.cwiseAbs().maxCoeff();
    CHECK((a - b).cwiseAbs().maxCoeff() <= 1e-10 * size + 256 * 8 * eps<> * (1 + std::abs(loss)) / temperature);
  };
  const auto number = [](double x) { return MatrixXd::Constant(1, 1, x); };
  check(analytic.q_logits, expected.q_logits);
  check(number(analytic.q_temperature), number(expected.q_temperature));
  check(analytic.p_logits, expected.p_logits);
  check(number(analytic.p_temperature), number(expected.p_temperature));
}

struct Regime {
  const char* name;
  double spread;
  double q_temperature;
  double p_temperature;
};

constexpr Regime regimes[] = {
    {"ordinary", 2, 0.7, 0.4}, {"near zero", 1e-3, 1, 1}, {"cold", 3, 0.1, 0.15}, {"hot", 3, 5, 2}};

constexpr Index rows = 3, batch = 4, samples = 3;

Parameters draw_parameters(const Regime& regime, Index prior_batch) {
  testing::Random random(11);
  return {random.matrix<MatrixXd>(rows, batch, -regime.spread, regime.spread), regime.q_temperature,
          random.matrix<MatrixXd>(rows, prior_batch, -regime.spread, regime.spread), regime.p_temperature};
}

/// Runs a check for every regime, with one prior for all posteriors, one for every second, and one for each.
template <class Check>
void in_every_regime(const Check& check) {
  for (const Regime& regime : regimes) {
    for (const Index prior_batch : {1, 2, 4}) {
      INFO(regime.name << " with " << prior_batch << " priors");
      check(draw_parameters(regime, prior_batch));
    }
  }
}

}  // namespace

// ---- Central differences ----

TEMPLATE_TEST_CASE("relaxed_kl has the total gradient of the objective", "", Categorical, Binary) {
  testing::Random random(12);
  const RowVectorXd w = random.vector<RowVectorXd>(batch * samples, -1, 2);
  const MatrixXd c = random.matrix<MatrixXd>(rows, batch * samples, -1, 1);
  in_every_regime([&](const Parameters& at) {
    const auto q = TestType::make(at.q_logits, at.q_temperature), p = TestType::make(at.p_logits, at.p_temperature);
    std::mt19937_64 engine(1), same_engine(1);
    const MatrixXd noise = q.noise(engine, samples);
    const auto loss = [&](const Parameters& moved) {
      const auto moved_q = TestType::make(moved.q_logits, moved.q_temperature);
      const MatrixXd y = moved_q.reparameterize(noise);
      const RowVectorXd value = relaxed_kl(moved_q, TestType::make(moved.p_logits, moved.p_temperature), y);
      return value.dot(w) + y.cwiseProduct(c).sum();
    };
    const auto [y, log_q] = q.sample_and_log_prob(same_engine, samples);
    const auto result = relaxed_kl_gradient(q, p, y, log_q, w);
    CHECK(result.q.logits.isZero(0));
    check_close(total_of(result, q.pathwise_gradient(y, result.sample + c)), differences(loss, at), loss(at),
                std::min(at.q_temperature, at.p_temperature));
  });
}

TEMPLATE_TEST_CASE("relaxed_mass_kl has the total gradient of the objective", "", Categorical, Binary) {
  testing::Random random(13);
  const RowVectorXd w = random.vector<RowVectorXd>(batch * samples, -1, 2);
  const MatrixXd c = random.matrix<MatrixXd>(rows, batch * samples, -1, 1);
  in_every_regime([&](const Parameters& at) {
    const auto q = TestType::make(at.q_logits, at.q_temperature), p = TestType::make(at.p_logits, at.p_temperature);
    std::mt19937_64 engine(2);
    const MatrixXd noise = q.noise(engine, samples);
    const auto loss = [&](const Parameters& moved) {
      const auto moved_q = TestType::make(moved.q_logits, moved.q_temperature);
      const MatrixXd y = moved_q.reparameterize(noise);
      const RowVectorXd value = relaxed_mass_kl(moved_q, TestType::make(moved.p_logits, moved.p_temperature), y);
      return value.dot(w) + y.cwiseProduct(c).sum();
    };
    const MatrixXd y = q.reparameterize(noise);
    const auto result = relaxed_mass_kl_gradient(q, p, y, w);
    CHECK(result.q.temperature == 0);
    CHECK(result.p.temperature == 0);
    check_close(total_of(result, q.pathwise_gradient(y, result.sample + c)), differences(loss, at), loss(at),
                std::min(at.q_temperature, at.p_temperature));
  });
}

TEMPLATE_TEST_CASE("discrete_kl has the total gradient of the objective", "", Categorical, Binary) {
  const RowVectorXd w = testing::Random(14).vector<RowVectorXd>(batch, -1, 2);
  in_every_regime([&](const Parameters& at) {
    const auto loss = [&](const Parameters& moved) {
      const RowVectorXd value = discrete_kl(TestType::make(moved.q_logits, moved.q_temperature),
                                            TestType::make(moved.p_logits, moved.p_temperature));
      return value.dot(w);
    };
    const auto result = discrete_kl_gradient(TestType::make(at.q_logits, at.q_temperature),
                                             TestType::make(at.p_logits, at.p_temperature), w);
    const Parameters analytic{result.q.logits, result.q.temperature, result.p.logits, result.p.temperature};
    check_close(analytic, differences(loss, at), loss(at), std::min(at.q_temperature, at.p_temperature));
  });
}

TEST_CASE("Masked classes take no part in any gradient") {
  Parameters at = draw_parameters(regimes[0], 2);
  at.q_logits.row(1).setConstant(-inf<>);
  at.p_logits.row(1).setConstant(-inf<>);
  const auto make = [](const MatrixXd& logits, double temperature) { return ExpConcrete(logits, temperature); };
  const auto q = make(at.q_logits, at.q_temperature), p = make(at.p_logits, at.p_temperature);
  std::mt19937_64 engine(3);
  const MatrixXd noise = q.noise(engine, samples), y = q.reparameterize(noise);
  const auto check = [&](const auto& value, const auto& result) {
    const auto loss = [&](const Parameters& moved) {
      const auto moved_q = make(moved.q_logits, moved.q_temperature);
      return value(moved_q, make(moved.p_logits, moved.p_temperature), moved_q.reparameterize(noise)).sum();
    };
    const Parameters total = total_of(result, q.pathwise_gradient(y, result.sample));
    check_close(total, differences(loss, at), loss(at), at.p_temperature);
    CHECK(total.q_logits.row(1).isZero(0));
    CHECK(total.p_logits.row(1).isZero(0));
    CHECK(result.sample.row(1).isZero(0));
  };
  check([](const auto& r, const auto& s, const auto& z) { return relaxed_kl(r, s, z); },
        relaxed_kl_gradient(q, p, y, q.log_prob(y)));
  check([](const auto& r, const auto& s, const auto& z) { return relaxed_mass_kl(r, s, z); },
        relaxed_mass_kl_gradient(q, p, y));
}

// ---- Autodiff ----

TEMPLATE_TEST_CASE("An autodiff scalar finds the same total gradients", "", Categorical, Binary) {
  using Dual = Eigen::AutoDiffScalar<Matrix<double, 8, 1>>;
  using DualVector = Matrix<Dual, 3, 1>;
  const Vector3d q_logits(0.3, -0.5, 0.9), p_logits(-0.2, 1.1, 0);
  DualVector dual_q_logits, dual_p_logits;
  for (int k = 0; k < 3; ++k) {
    dual_q_logits(k) = Dual(q_logits(k), 8, k);
    dual_p_logits(k) = Dual(p_logits(k), 8, 4 + k);
  }
  const auto dual_q = TestType::make(dual_q_logits, Dual(0.6, 8, 3));
  const auto dual_p = TestType::make(dual_p_logits, Dual(0.4, 8, 7));
  const auto q = TestType::make(q_logits, 0.6), p = TestType::make(p_logits, 0.4);
  std::mt19937_64 engine(4), same_engine(4);
  const auto [dual_y, dual_log_q] = dual_q.sample_and_log_prob(engine);
  const auto [y, log_q] = q.sample_and_log_prob(same_engine);

  const auto check = [](const Dual& dual, const auto& result, const auto& path) {
    Matrix<double, 8, 1> total;
    total << result.q.logits + path.logits, result.q.temperature + path.temperature, result.p.logits,
        result.p.temperature;
    CHECK(std::abs(dual.value() - result.value) <= 64 * eps<>);
    CHECK((dual.derivatives() - total).cwiseAbs().maxCoeff() <= 64 * eps<>);
  };
  const auto by_density = relaxed_kl_gradient(q, p, y, log_q);
  check(relaxed_kl(dual_q, dual_p, dual_y, dual_log_q), by_density, q.pathwise_gradient(y, by_density.sample));
  check(relaxed_kl(dual_q, dual_p, dual_y), by_density, q.pathwise_gradient(y, by_density.sample));
  const auto by_mass = relaxed_mass_kl_gradient(q, p, y);
  check(relaxed_mass_kl(dual_q, dual_p, dual_y), by_mass, q.pathwise_gradient(y, by_mass.sample));
  const auto analytic = discrete_kl_gradient(q, p);
  check(discrete_kl(dual_q, dual_p), analytic, q.pathwise_gradient(y, Vector3d::Zero()));
}

// ---- Upstreams ----

TEMPLATE_TEST_CASE("An upstream of zero is a gradient of zero", "", Categorical, Binary) {
  const Parameters at = draw_parameters(regimes[0], 2);
  const auto q = TestType::make(at.q_logits, at.q_temperature), p = TestType::make(at.p_logits, at.p_temperature);
  std::mt19937_64 engine(5);
  const auto [y, log_q] = q.sample_and_log_prob(engine, samples);
  const auto check = [](const auto& result) {
    CHECK(result.q.logits.isZero(0));
    CHECK(result.p.logits.isZero(0));
    CHECK(result.q.temperature == 0);
    CHECK(result.p.temperature == 0);
  };
  check(relaxed_kl_gradient(q, p, y, log_q, 0));
  CHECK(relaxed_kl_gradient(q, p, y, log_q, 0).sample.isZero(0));
  check(relaxed_mass_kl_gradient(q, p, y, 0));
  CHECK(relaxed_mass_kl_gradient(q, p, y, 0).sample.isZero(0));
  check(discrete_kl_gradient(q, p, 0));

  // A column of its own: the others keep their gradient.
  RowVectorXd w = RowVectorXd::Ones(y.cols());
  w(3) = 0;
  const auto by_density = relaxed_kl_gradient(q, p, y, log_q, w), by_mass = relaxed_mass_kl_gradient(q, p, y, w);
  for (Index j = 0; j < y.cols(); ++j) {
    CHECK(by_density.sample.col(j).isZero(0) == (j == 3));
    CHECK(by_mass.sample.col(j).isZero(0) == (j == 3));
  }
}

TEST_CASE("An upstream of zero is a gradient of zero where the value is infinite") {
  const ExpConcrete q(Vector3d(0.5, 0, -1), 0.6), p(Vector3d(0.1, -inf<>, 0.2), 0.4);
  std::mt19937_64 engine(6);
  const auto [y, log_q] = q.sample_and_log_prob(engine);
  const auto by_density = relaxed_kl_gradient(q, p, y, log_q, 0.0);
  CHECK(by_density.value == inf<>);
  CHECK(by_density.sample.isZero(0));
  CHECK(by_density.q.temperature == 0);
  const auto by_mass = relaxed_mass_kl_gradient(q, p, y, 0.0);
  CHECK(by_mass.value == inf<>);
  CHECK(by_mass.sample.isZero(0));
  CHECK(by_mass.q.logits.isZero(0));
}

TEST_CASE("The gradient of the relaxed mass survives where x has rounded to one") {
  const LogitBinaryConcrete q(Vector3d(1, 2, 3), 0.5), p(Vector3d(0, 0, 0), 0.5);
  const Vector3d y(40, -40, 700);
  const auto result = relaxed_mass_kl_gradient(q, p, y);
  const Vector3d expected(std::exp(-40.0), 2 * std::exp(-40.0), 3 * std::exp(-700.0));
  CHECK((result.sample.cwiseQuotient(expected) - Vector3d::Ones()).cwiseAbs().maxCoeff() <= 4 * eps<>);
}
