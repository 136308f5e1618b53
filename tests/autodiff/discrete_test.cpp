#include <type_traits>

#include "autodiff/setting.hpp"
#include "catch.hpp"
#include "support/random.hpp"

// The discrete limits over scalars that carry derivatives, compared with textbook derivatives and the analytic
// gradients.

namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorX;
using Eigen::VectorXd;
using testing::check_close;
using testing::Derivatives;
using testing::inf;
using testing::joined;

constexpr Index n = 3;

/// f of one distribution with these logits.
template <template <class> class Over, class System, class F>
Derivatives differentiate(const VectorXd& a, const F& f) {
  using V = VectorX<typename System::Scalar>;
  return System::differentiate([&](const V& v) -> V { return f(Over<V>(v)); }, a);
}

/// KL(q | p), of which the first half of the variables are the logits of q.
template <template <class> class Over, class System>
Derivatives differentiate_kl(const VectorXd& q, const VectorXd& p) {
  using V = VectorX<typename System::Scalar>;
  return System::differentiate(
      [](const V& v) { return joined<typename System::Scalar>(kl_divergence(Over<V>(v.head(n)), Over<V>(v.tail(n)))); },
      joined<double>(q, p));
}

template <template <class> class Over>
Derivatives expected_kl(const VectorXd& q, const VectorXd& p) {
  const auto gradient = kl_divergence_gradient(Over<VectorXd>(q), Over<VectorXd>(p));
  return {joined<double>(gradient.value), joined<double>(gradient.q.logits, gradient.p.logits).transpose()};
}

const VectorXd a = testing::Random(191).vector<VectorXd>(n, -2, 2);
const VectorXd other = testing::Random(192).vector<VectorXd>(n, -2, 2);
const VectorXd zeros = VectorXd::Zero(n);

}  // namespace

TEMPLATE_LIST_TEST_CASE("The categorical log-mass carries one-hot minus probabilities", "[log_prob]",
                        testing::Systems) {
  using Scalar = typename TestType::Scalar;
  using concrete::Discrete;
  const Discrete<VectorXd> model(a);
  const VectorXd probabilities = model.probabilities();
  const MatrixXd identity = MatrixXd::Identity(n, n);
  const MatrixXd of_log_masses = identity - VectorXd::Ones(n) * probabilities.transpose();
  check_close(differentiate<Discrete, TestType>(a,
                                                [&](const auto& q) {
                                                  const VectorX<Scalar> one_hot = identity.col(1).cast<Scalar>();
                                                  return joined<Scalar>(q.log_prob(0), q.log_prob(one_hot),
                                                                        q.log_prob(2));
                                                }),
              {model.log_probabilities(), of_log_masses});
  check_close(differentiate<Discrete, TestType>(a, [](const auto& q) { return q.log_probabilities(); }),
              {model.log_probabilities(), of_log_masses});
  check_close(differentiate<Discrete, TestType>(a, [](const auto& q) { return q.probabilities(); }),
              {probabilities, probabilities.asDiagonal() * of_log_masses});
}

TEMPLATE_LIST_TEST_CASE("The binary log-mass carries outcome minus probability", "[log_prob]", testing::Systems) {
  using Scalar = typename TestType::Scalar;
  using concrete::Bernoulli;
  const VectorXd logits = GENERATE(0, 1) == 0 ? a : zeros, outcome = Eigen::Vector3d(1, 0, 1);
  const Bernoulli<VectorXd> model(logits);
  const VectorXd p = model.probabilities();
  check_close(differentiate<Bernoulli, TestType>(
                  logits, [&](const auto& q) { return joined<Scalar>(q.log_prob(outcome.cast<Scalar>())); }),
              {joined<double>(model.log_prob(outcome)), (outcome - p).transpose()});
  check_close(differentiate<Bernoulli, TestType>(logits, [](const auto& q) { return q.log_probabilities(); }),
              {model.log_probabilities(), MatrixXd((1 - p.array()).matrix().asDiagonal())});
  check_close(differentiate<Bernoulli, TestType>(logits, [](const auto& q) { return q.probabilities(); }),
              {p, MatrixXd((p.array() * (1 - p.array())).matrix().asDiagonal())});
}

TEMPLATE_LIST_TEST_CASE("Entropies carry their derivatives", "[entropy]", testing::Systems) {
  using Scalar = typename TestType::Scalar;
  using concrete::Bernoulli;
  using concrete::Discrete;
  const VectorXd logits = GENERATE(0, 1) == 0 ? a : zeros;
  const auto entropy_of = [](const auto& q) { return joined<Scalar>(entropy(q)); };

  // dH/da_k = -p_k (log p_k + H)
  const Discrete<VectorXd> categorical(logits);
  const double h = entropy(categorical);
  const VectorXd slope = -categorical.probabilities().array() * (categorical.log_probabilities().array() + h);
  check_close(differentiate<Discrete, TestType>(logits, entropy_of), {joined<double>(h), slope.transpose()});

  // dH/da = -a p (1 - p)
  const Bernoulli<VectorXd> binary(logits);
  const VectorXd p = binary.probabilities(), binary_slope = -logits.array() * p.array() * (1 - p.array());
  check_close(differentiate<Bernoulli, TestType>(logits, entropy_of),
              {joined<double>(entropy(binary)), binary_slope.transpose()});
}

TEMPLATE_LIST_TEST_CASE("Divergences carry their analytic gradients", "[kl]", testing::Systems) {
  using concrete::Bernoulli;
  using concrete::Discrete;
  const VectorXd near = a.array() + 1e-3;
  for (const VectorXd& p : {other, zeros, near}) {
    CAPTURE(p.transpose());
    check_close(differentiate_kl<Discrete, TestType>(a, p), expected_kl<Discrete>(a, p));
    check_close(differentiate_kl<Bernoulli, TestType>(a, p), expected_kl<Bernoulli>(a, p));
  }
}

TEMPLATE_LIST_TEST_CASE("Gradients of divergences have the values of double", "[kl]", testing::Systems) {
  using V = VectorX<typename TestType::Scalar>;
  const auto actual = TestType::differentiate(
      [](const V& v) {
        const auto categorical =
            kl_divergence_gradient(concrete::Discrete<V>(v.head(n)), concrete::Discrete<V>(v.tail(n)));
        const auto binary =
            kl_divergence_gradient(concrete::Bernoulli<V>(v.head(n)), concrete::Bernoulli<V>(v.tail(n)));
        return joined<typename TestType::Scalar>(categorical.q.logits, categorical.p.logits, binary.q.logits,
                                                 binary.p.logits);
      },
      joined<double>(a, other));
  const auto categorical = expected_kl<concrete::Discrete>(a, other),
             binary = expected_kl<concrete::Bernoulli>(a, other);
  CHECK(testing::close(actual.values, joined<double>(categorical.jacobian.transpose().reshaped(),
                                                     binary.jacobian.transpose().reshaped())));
}

TEMPLATE_LIST_TEST_CASE("An upstream of 0 carries its derivatives through gradients of divergences", "[kl]",
                        testing::Systems) {
  using Scalar = typename TestType::Scalar;
  using V = VectorX<Scalar>;
  const auto check = [](const auto& gradient_of) {
    const auto actual = TestType::differentiate(
        [&](const V& v) {
          const auto gradient = gradient_of(a.cast<Scalar>().eval(), other.cast<Scalar>().eval(), v(0));
          return joined<Scalar>(gradient.q.logits, gradient.q.temperature, gradient.p.logits, gradient.p.temperature);
        },
        VectorXd::Zero(1));
    const auto expected = gradient_of(a, other, 1.0);
    const VectorXd slopes =
        joined<double>(expected.q.logits, expected.q.temperature, expected.p.logits, expected.p.temperature);
    check_close(actual, {VectorXd::Zero(slopes.size()), slopes}, 1e-11);
  };
  check([](const auto& q, const auto& p, const auto& upstream) {
    return kl_divergence_gradient(concrete::Discrete(q), concrete::Discrete(p), upstream);
  });
  check([](const auto& q, const auto& p, const auto& upstream) {
    return kl_divergence_gradient(concrete::Bernoulli(q), concrete::Bernoulli(p), upstream);
  });
  check([](const auto& q, const auto& p, const auto& upstream) {
    return kl_divergence_gradient(concrete::ExpConcrete(q, 0.6), concrete::ExpConcrete(p, 0.9), upstream);
  });
  check([](const auto& q, const auto& p, const auto& upstream) {
    return kl_divergence_gradient(concrete::LogitBinaryConcrete(q, 0.6), concrete::LogitBinaryConcrete(p, 0.9),
                                  upstream);
  });
}

TEMPLATE_LIST_TEST_CASE("A class that is masked has no part in any derivative", "[masks]", testing::Systems) {
  using Scalar = typename TestType::Scalar;
  using concrete::Discrete;
  const VectorXd masked = Eigen::Vector3d(0.5, -inf<>, -1), rest = Eigen::Vector2d(0.5, -1);
  const auto without = [](const VectorXd& row) { return VectorXd(Eigen::Vector2d(row(0), row(2))); };

  const auto of_entropy =
      differentiate<Discrete, TestType>(masked, [](const auto& q) { return joined<Scalar>(entropy(q)); });
  const auto of_two = differentiate<Discrete, TestType>(rest, [](const auto& q) { return joined<Scalar>(entropy(q)); });
  check_close({of_entropy.values, without(of_entropy.jacobian.row(0).transpose()).transpose()}, of_two);
  CHECK(of_entropy.jacobian(1) == 0);

  const auto of_log_mass = differentiate<Discrete, TestType>(
      masked, [](const auto& q) { return joined<Scalar>(q.log_prob(0), q.log_prob(1)); });
  CHECK(of_log_mass.values(1) == -inf<>);
  CHECK(of_log_mass.jacobian.row(0).allFinite());
  CHECK(of_log_mass.jacobian(0, 1) == 0);
  CHECK(of_log_mass.jacobian.row(1).isZero(0));

  const VectorXd p = Eigen::Vector3d(-0.2, -inf<>, 0.4);
  check_close(differentiate_kl<Discrete, TestType>(masked, p), expected_kl<Discrete>(masked, p));
  check_close(differentiate_kl<Discrete, TestType>(masked, other), expected_kl<Discrete>(masked, other));
  const auto infinite = differentiate_kl<Discrete, TestType>(other, masked);
  CHECK(infinite.values(0) == inf<>);
  CHECK(infinite.jacobian.isZero(0));
}
