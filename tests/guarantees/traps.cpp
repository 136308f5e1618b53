#include <cfenv>
#include <cstdint>
#include <limits>
#include <utility>

#include "concrete/concrete.hpp"
#include "guarantees/check.hpp"

// No call raises a floating-point exception at ordinary points: what programs that trap invalid operations, divisions
// by zero and overflows rely on. Neither does what lies around on the stack, here signalling NaNs.

namespace {

using Eigen::Index;

[[gnu::noinline]] void fill_stack() {
  volatile std::uint64_t words[1 << 16];
  for (volatile std::uint64_t& word : words) word = 0x7ff4'0000'0000'0001;  // of floats every other one
}

template <class F>
[[gnu::noinline]] void check_quiet(const char* what, const F& call) {
  fill_stack();
  std::feclearexcept(FE_ALL_EXCEPT);
  call();
  testing::check(std::fetestexcept(FE_INVALID | FE_DIVBYZERO | FE_OVERFLOW) == 0, what);
}

template <class Q>
concept OnLogScale = requires(const Q& q, const typename Q::Logits& y) {
  q.to_concrete(y);
};

/// The results of calls are of no interest, but must not be known to be so: nothing of them is optimised away.
template <class... Results>
[[gnu::noipa]] void drop(const Results&...) {}

template <class D>
void check_construction(const D& d) {
  check_quiet("a constructor", [&] {
    if constexpr (requires { d.temperature(); }) {
      drop(D(d.logits(), d.temperature()));
    } else {
      drop(D(d.logits()));
    }
  });
}

template <class D>
void check_sampling(const D& d, Index count) {
  concrete::Engine engine(1);
  check_construction(d);
  check_quiet("sample", [&] { drop(d.sample(engine), d.sample(engine, count)); });
  const auto noise = d.noise(engine, count);
  check_quiet("noise", [&] { drop(d.noise(engine), d.noise(engine, count)); });
  check_quiet("reparameterize", [&] { drop(d.reparameterize(noise)); });
  check_quiet("==", [&] { drop(d == d); });
}

template <class D>
void check_discrete(const D& d, Index count) {
  check_sampling(d, count);
  concrete::Engine engine(2);
  const auto x = d.sample(engine, count);
  check_quiet("log_prob of a discrete class", [&] { drop(d.log_prob(x)); });
  check_quiet("entropy of a discrete class", [&] { drop(concrete::entropy(d)); });
  check_quiet("moments of a discrete class",
              [&] { drop(concrete::mean(d), concrete::variance(d), concrete::mean_gradient(d, d.logits())); });
  check_quiet("kl_divergence of a discrete class", [&] { drop(concrete::kl_divergence(d, d)); });
  check_quiet("kl_divergence_gradient of a discrete class", [&] { drop(concrete::kl_divergence_gradient(d, d)); });
}

template <class Q>
void check_relaxed(const Q& q, Index count) {
  using Scalar = typename Q::Scalar;
  check_sampling(q, count);
  concrete::Engine engine(3);
  const Eigen::MatrixX<Scalar> y = q.sample(engine, count), ones = Eigen::MatrixX<Scalar>::Ones(y.rows(), y.cols());
  check_quiet("sample_and_log_prob", [&] { drop(q.sample_and_log_prob(engine, count)); });
  check_quiet("log_prob", [&] { drop(q.log_prob(y)); });
  check_quiet("pathwise_gradient", [&] { drop(q.pathwise_gradient(y, ones)); });
  check_quiet("in_support, harden", [&] { drop(q.in_support(y), q.harden(y)); });
  check_quiet("entropy", [&] { drop(concrete::entropy(q)); });
  check_quiet("log_prob_gradient", [&] { drop(q.log_prob_gradient(y)); });
  if constexpr (OnLogScale<Q>) {
    const Q p(typename Q::Logits(q.logits() / 2), 1.5);
    const Eigen::MatrixX<Scalar> log_q = q.log_prob(y);
    check_quiet("to_concrete", [&] { drop(Q::to_concrete(y), Q::to_concrete_gradient(y, ones)); });
    check_quiet("kl_divergence", [&] { drop(concrete::kl_divergence(q, p)); });
    check_quiet("kl_divergence_gradient", [&] { drop(concrete::kl_divergence_gradient(q, p)); });
    check_quiet("relaxed_kl", [&] { drop(concrete::relaxed_kl(q, p, y)); });
    check_quiet("relaxed_kl_gradient", [&] { drop(concrete::relaxed_kl_gradient(q, p, y, log_q)); });
    check_quiet("relaxed_mass_kl", [&] { drop(concrete::relaxed_mass_kl(q, p, y)); });
    check_quiet("relaxed_mass_kl_gradient", [&] { drop(concrete::relaxed_mass_kl_gradient(q, p, y)); });
    check_quiet("discrete_kl", [&] { drop(concrete::discrete_kl(q, p), concrete::discrete_kl_gradient(q, p)); });
    if constexpr (requires { q.cdf(y); }) {
      check_quiet("cdf, quantile", [&] { drop(q.cdf(y), q.quantile(ones / 3)); });
    } else {
      check_quiet("mode", [&] { drop(concrete::mode(q)); });
    }
  } else if (q.logits().size() < 100) {
    check_quiet("mean, variance", [&] { drop(concrete::mean(q), concrete::variance(q)); });
    check_quiet("mean_gradient", [&] { drop(concrete::mean_gradient(q, q.logits().cwiseAbs().cwiseMin(1))); });
  }
}

template <class Scalar>
void check_scalar() {
  using Matrix = Eigen::MatrixX<Scalar>;
  for (const auto& [n, columns] :
       {std::pair<Index, Index>{1, 1}, {2, 8}, {3, 1}, {3, 70}, {10, 8}, {40, 5}, {1100, 2}}) {
    const Matrix logits = Matrix::Random(n, columns);
    Matrix masked = logits;
    for (Index j = 0; j < columns; ++j) masked(j % n, j) = -std::numeric_limits<Scalar>::infinity();
    for (const Index count : {1, 3}) {
      check_relaxed(concrete::Concrete(logits, 1), count);
      check_relaxed(concrete::ExpConcrete(logits, 0.5), count);
      check_relaxed(concrete::BinaryConcrete(logits, 1), count);
      check_relaxed(concrete::LogitBinaryConcrete(logits, 0.5), count);
      check_discrete(concrete::Discrete(logits), count);
      check_discrete(concrete::Bernoulli(logits), count);
      if (n < 3) continue;
      check_sampling(concrete::Discrete(masked), count);
      check_construction(concrete::Concrete(masked, 1));
      check_construction(concrete::ExpConcrete(masked, 0.5));
    }
  }
}

}  // namespace

int main() {
  check_scalar<double>();
  check_scalar<float>();
  return testing::exit_status();
}
