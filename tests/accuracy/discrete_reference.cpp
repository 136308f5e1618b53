#include "accuracy/reference.hpp"

namespace testing {

namespace {

using Eigen::Index;

Wide sigmoid(const Wide& v) { return 1 / (1 + exp(-v)); }

/// log(1 + e^v) and its conditioning, an eps of v moving it by sigmoid(v) |v|.
Quantity softplus(const Wide& v) {
  const Wide value = (v > 0 ? v : Wide(0)) + log1p(exp(-abs(v)));
  return {value, value + sigmoid(v) * abs(v)};
}

/// The masses of a column of logits. Masked classes have none, and a logarithm of -inf.
struct Masses {
  WideVector mass;
  WideVector log_mass;
  WideVector magnitude;  // of log_mass, and so of the mass relative to itself

  explicit Masses(const WideVector& a) : mass(a.size()), log_mass(a.size()), magnitude(WideVector::Zero(a.size())) {
    const Wide top = a.maxCoeff();
    Wide n = 0, total = 0, weighted = 0;
    for (Index k = 0; k < a.size(); ++k) {
      mass(k) = is_class(a(k)) ? Wide(exp(a(k) - top)) : Wide(0);
      total += mass(k);
      if (is_class(a(k))) n += 1;
      if (is_class(a(k))) weighted += mass(k) * abs(a(k));
    }
    mass /= total;
    for (Index k = 0; k < a.size(); ++k) {
      log_mass(k) = is_class(a(k)) ? Wide(a(k) - top - log(total)) : a(k);
      if (is_class(a(k))) magnitude(k) = abs(a(k)) + weighted / total + log(n);
    }
  }

  static bool is_class(const Wide& a) { return bool(isfinite(a)); }
};

}  // namespace

DiscreteReference discrete_reference(const WideVector& a) {
  const Masses p(a);
  DiscreteReference result;
  Quantity entropy{0, 0};
  for (Index k = 0; k < a.size(); ++k) {
    result.log_mass.push_back({p.log_mass(k), Masses::is_class(a(k)) ? p.magnitude(k) : Wide(1)});
    if (!Masses::is_class(a(k))) continue;
    entropy.value -= p.mass(k) * p.log_mass(k);
    entropy.magnitude += p.mass(k) * p.magnitude(k) * (1 + abs(p.log_mass(k)));
  }
  result.entropy = {entropy};
  return result;
}

DivergenceReference discrete_divergence(const WideVector& a_q, const WideVector& a_p) {
  const Masses q(a_q), p(a_p);
  DivergenceReference result;
  Quantity divergence{0, 0};
  for (Index k = 0; k < a_q.size(); ++k) {
    if (!Masses::is_class(a_q(k))) continue;
    const Wide ratio = q.log_mass(k) - p.log_mass(k);
    divergence.value += q.mass(k) * ratio;
    divergence.magnitude += q.mass(k) * ((1 + abs(ratio)) * q.magnitude(k) + p.magnitude(k));
  }
  for (Index k = 0; k < a_q.size(); ++k) {
    const bool both = Masses::is_class(a_q(k));
    const Wide ratio = both ? Wide(q.log_mass(k) - p.log_mass(k)) : Wide(0);
    const Wide relative = (abs(ratio) + divergence.value) * (1 + q.magnitude(k)) + q.magnitude(k) + p.magnitude(k);
    result.by_q.push_back({q.mass(k) * (ratio - divergence.value), q.mass(k) * (relative + divergence.magnitude)});
    result.by_p.push_back({p.mass(k) - q.mass(k), p.mass(k) * (1 + p.magnitude(k)) + q.mass(k) * (1 + q.magnitude(k))});
  }
  result.divergence = {divergence};
  return result;
}

DiscreteReference bernoulli_reference(const WideVector& a) {
  DiscreteReference result;
  Quantity entropy{0, 0};
  for (Index i = 0; i < a.size(); ++i) {
    const Quantity of_one = softplus(-a(i)), of_zero = softplus(a(i));
    const Wide one = sigmoid(a(i)), zero = sigmoid(-a(i));
    const Wide value = one * of_one.value + zero * of_zero.value;
    result.log_mass.push_back({-of_one.value, of_one.magnitude});
    entropy.value += value;
    entropy.magnitude += value * (1 + abs(a(i)));
  }
  result.entropy = {entropy};
  return result;
}

DivergenceReference bernoulli_divergence(const WideVector& a_q, const WideVector& a_p) {
  DivergenceReference result;
  Quantity divergence{0, 0};
  for (Index i = 0; i < a_q.size(); ++i) {
    const Wide difference = a_q(i) - a_p(i);
    const Wide q = sigmoid(a_q(i)), q_zero = sigmoid(-a_q(i)), p = sigmoid(a_p(i)), p_zero = sigmoid(-a_p(i));
    const Wide of_one = softplus(-a_p(i)).value - softplus(-a_q(i)).value;
    const Wide of_zero = softplus(a_p(i)).value - softplus(a_q(i)).value;
    const Wide logits = abs(a_q(i)) + abs(a_p(i));
    divergence.value += q * of_one + q_zero * of_zero;
    divergence.magnitude += (q * abs(of_one) + q_zero * abs(of_zero)) * (1 + logits);
    result.by_q.push_back({q * q_zero * difference, q * q_zero * logits * (1 + abs(a_q(i)))});
    result.by_p.push_back({p - q, p * (1 + p_zero * abs(a_p(i))) + q * (1 + q_zero * abs(a_q(i)))});
  }
  result.divergence = {divergence};
  return result;
}

}  // namespace testing
