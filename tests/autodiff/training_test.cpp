#include <cstdint>
#include <type_traits>

#include "autodiff/setting.hpp"
#include "catch.hpp"
#include "support/random.hpp"

// The functions for training over scalars that carry derivatives.

namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::RowVectorXd;
using Eigen::VectorX;
using Eigen::VectorXd;
using testing::check_close;
using testing::Derivatives;
using testing::joined;
using testing::Random;

constexpr Index n = 3;
constexpr std::uint64_t seed = 201;

/// f(q, p, y, log q(y)) of a posterior and a prior, each with its logits and its temperature among the variables, and
/// of one sample of the posterior.
template <class Setting, class F>
Derivatives differentiate(const VectorXd& at, const F& f) {
  using Scalar = typename Setting::System::Scalar;
  using V = VectorX<Scalar>;
  using Model = typename Setting::Family::template Over<V>;
  return Setting::System::differentiate(
      [&](const V& v) {
        const Model q(v.head(n), v(n)), p(v.segment(n + 1, n), v(2 * n + 1));
        Random random(seed);
        const auto [y, log_q] = q.sample_and_log_prob(random);
        return joined<Scalar>(f(q, p, y, log_q));
      },
      at);
}

}  // namespace

TEMPLATE_LIST_TEST_CASE("Each treatment of the divergence carries its total gradient", "[kl]", testing::LogSettings) {
  using Model = typename TestType::Family::template Over<VectorXd>;
  const VectorXd q_logits = Eigen::Vector3d(0.3, -0.5, 0.9), p_logits = Eigen::Vector3d(-0.2, 1.1, 0);
  const VectorXd at = joined<double>(q_logits, 0.6, p_logits, 0.4);
  const Model q(q_logits, 0.6), p(p_logits, 0.4);
  Random random(seed);
  const auto [y, log_q] = q.sample_and_log_prob(random);

  const auto expected = [](const auto& result, const auto& path) -> Derivatives {
    const VectorXd total =
        joined<double>(VectorXd(result.q.logits + path.logits), result.q.temperature + path.temperature,
                       result.p.logits, result.p.temperature);
    return {joined<double>(result.value), total.transpose()};
  };
  const auto by_density = relaxed_kl_gradient(q, p, y, log_q);
  const Derivatives of_density = expected(by_density, q.pathwise_gradient(y, by_density.sample));
  check_close(
      differentiate<TestType>(at, [](auto& r, auto& s, auto& z, auto& log_r) { return relaxed_kl(r, s, z, log_r); }),
      of_density);
  check_close(differentiate<TestType>(at, [](auto& r, auto& s, auto& z, auto&) { return relaxed_kl(r, s, z); }),
              of_density);
  const auto by_mass = relaxed_mass_kl_gradient(q, p, y);
  check_close(differentiate<TestType>(at, [](auto& r, auto& s, auto& z, auto&) { return relaxed_mass_kl(r, s, z); }),
              expected(by_mass, q.pathwise_gradient(y, by_mass.sample)));
  const auto by_limit = discrete_kl_gradient(q, p);
  check_close(differentiate<TestType>(at, [](auto& r, auto& s, auto&, auto&) { return discrete_kl(r, s); }),
              expected(by_limit, q.pathwise_gradient(y, VectorXd::Zero(n))));
}

TEMPLATE_LIST_TEST_CASE("Gradients of divergences have the values of double under other scalars", "[kl]",
                        testing::LogSettings) {
  using Model = typename TestType::Family::template Over<VectorXd>;
  const VectorXd q_logits = Eigen::Vector3d(0.3, -0.5, 0.9), p_logits = Eigen::Vector3d(-0.2, 1.1, 0);
  const auto all_of = [](const auto& q, const auto& p, const auto& y, const auto& log_q) {
    using S = typename std::decay_t<decltype(q)>::Scalar;
    const auto density = relaxed_kl_gradient(q, p, y, log_q, 2), mass = relaxed_mass_kl_gradient(q, p, y, 2);
    return joined<S>(density.sample, density.q.temperature, density.p.logits, density.p.temperature, mass.sample,
                     mass.q.logits, mass.p.logits);
  };
  const Model q(q_logits, 0.6), p(p_logits, 0.4);
  Random random(seed);
  const auto [y, log_q] = q.sample_and_log_prob(random);
  const auto actual = differentiate<TestType>(joined<double>(q_logits, 0.6, p_logits, 0.4), all_of);
  CHECK(testing::close(actual.values, all_of(q, p, y, log_q)));
}

TEMPLATE_LIST_TEST_CASE("An upstream of 0 carries its derivatives through gradients of divergences", "[kl]",
                        testing::LogSettings) {
  using V = VectorX<typename TestType::System::Scalar>;
  const VectorXd q_logits = Eigen::Vector3d(0.3, -0.5, 0.9), p_logits = Eigen::Vector3d(-0.2, 1.1, 0);
  const VectorXd y = Eigen::Vector3d(-0.4, -2.1, -1.3);
  const auto gradients = [&](const auto& upstream) {
    using S = std::decay_t<decltype(upstream)>;
    using Model = typename TestType::Family::template Over<VectorX<S>>;
    const Model q(q_logits.cast<S>(), S(0.6)), p(p_logits.cast<S>(), S(0.4));
    const VectorX<S> point = y.cast<S>();
    const auto density = relaxed_kl_gradient(q, p, point, q.log_prob(point), upstream);
    const auto mass = relaxed_mass_kl_gradient(q, p, point, upstream);
    return joined<S>(density.sample, density.q.temperature, density.p.logits, density.p.temperature, mass.sample,
                     mass.q.logits, mass.p.logits);
  };
  const auto actual = TestType::System::differentiate([&](const V& v) { return gradients(v(0)); }, VectorXd::Zero(1));
  CHECK(actual.values.isZero(0));
  CHECK(testing::close(actual.jacobian, gradients(1.0)));  // they are linear in it
}

TEMPLATE_LIST_TEST_CASE("An importance-weighted bound carries its weights, and they their own derivatives", "",
                        testing::Systems) {
  using Scalar = typename TestType::Scalar;
  const VectorXd log_weights = Random(202).vector<VectorXd>(4, -3, 3);
  const auto expected = concrete::importance_weighted(log_weights.transpose(), 1);
  const RowVectorXd w = expected.weights;
  MatrixXd jacobian(9, 4);
  jacobian.row(0) = w;
  jacobian.middleRows(1, 4) = MatrixXd(w.asDiagonal()) - w.transpose() * w;
  jacobian.bottomRows(4) = 2 * w.asDiagonal() * jacobian.middleRows(1, 4);  // of their squares
  const auto actual = TestType::differentiate(
      [](const VectorX<Scalar>& v) {
        const auto bound = concrete::importance_weighted(v.transpose(), 1);
        return joined<Scalar>(bound.bound, bound.weights, concrete::doubly_reparameterized_weights(bound.weights));
      },
      log_weights);
  check_close(actual, {joined<double>(expected.bound, w, w.cwiseAbs2()), jacobian});
}
