#pragma once

#include "concrete/distributions/formulas/logit_binary_concrete.hpp"

namespace concrete::detail {

/// The mathematics of BinaryConcrete, entry by entry of a column: that of LogitBinaryConcrete at y = logit(x), and the
/// ends of [0, 1].
template <class ScalarType>
class BinaryConcreteFormulas {
 public:
  using Scalar = ScalarType;
  using Real = PlainScalar<Scalar>;
  using Parameters = BinaryParameters;
  using Noise = LogisticStrips;
  /// Whether every entry of a sample is made of the noise at its place alone.
  static constexpr bool is_entrywise = true;

  BinaryConcreteFormulas(Index dimension, const Scalar& temperature) : logit_class_(dimension, temperature) {}

  const Scalar& temperature() const { return logit_class_.temperature(); }

  /// In place, x = sigmoid((a + l) / t), for the columns of a tile.
  template <class A, class Z>
  void sample_from_noise(const A& a, Z& z) const {
    logit_class_.sample_from_noise(a, z);
    squash(z);
  }

  /// log p(x(l)) = log p(y(l)) - sum_i log(x_i (1 - x_i)), finite also where x has rounded to an end, a number per
  /// column; then l becomes x(l).
  template <class A, class Z>
  auto sample_and_log_prob_from_noise(const A& a, Z& z, bool = false) const {
    auto result = logit_class_.sample_and_log_prob_from_noise(a, z);
    const auto log_jacobian = z.sum([&](Position at) { return LogClass::log_sigmoid_slope(z(at)); });
    result.for_each([&](Scalar& value, Index j) { value -= log_jacobian[j]; });
    squash(z);
    return result;
  }

  // As in ExpConcreteFormulas, the forms for tiles are for ordinary columns; where a result is not finite, the one of
  // the column counts.

  template <class A, class X>
  auto log_prob_in_tile(const A& a, const X& x) const {
    auto scores = x.blank();
    scores.for_each([&](Position at) { scores(at) = logit<Scalar>(x(at)); });
    scores.for_each([&](Position at) { scores(at) = logit_class_.score(a(at), scores(at)); });
    return log_prob_of_scores(x, scores);
  }

  template <class A, class X, class Values, class GradX, class GradA>
  auto log_prob_gradient_in_tile(const A& a, const X& x, const Values& upstream, GradX& grad_x, GradA& grad_a,
                                 Values& grad_temperature) const {
    auto scores = x.blank();
    auto& tanh = grad_a;
    auto& y = grad_x;
    y.for_each([&](Position at) { y(at) = logit<Scalar>(x(at)); });
    scores.for_each([&](Position at) { scores(at) = logit_class_.score(a(at), y(at)); });
    tanh.for_each([&](Position at) { tanh(at) = tanh_half<Scalar>(scores(at)); });
    grad_temperature = x.sum([&](Position at) { return tanh(at) * y(at) + Real(1) / temperature(); });
    grad_temperature.for_each([&](Scalar& slope, Index j) { slope *= upstream[j]; });
    const auto factor = x.spread(upstream);
    grad_x.for_each([&](Position at) { grad_x(at) = factor[at] * inner_slope(x(at), scores(at)); });
    grad_a.for_each([&](Position at) { grad_a(at) = -(factor[at] * tanh(at)); });
    return log_prob_of_scores(x, scores);
  }

  template <class X, class H, class GradA>
  auto pathwise_gradient_in_tile(const X& x, const H& h, GradA& grad_a) const {
    grad_a.for_each([&, t = temperature()](Position at) { grad_a(at) = h(at) / t; });
    auto slope = x.sum(
        [&](Position at) { return Scalar(x(at) * (Real(1) - x(at))) * Scalar(grad_a(at) * logit<Scalar>(x(at))); });
    grad_a.for_each([&](Position at) { grad_a(at) *= x(at) * (Real(1) - x(at)); });
    slope.for_each([](Scalar& value, Index) { value = -value; });
    return slope;
  }

  /// log p(x) = sum_i log t + s_i - 2 softplus(s_i) - log x_i - log(1 - x_i),  s = a - t logit(x). An entry outside
  /// [0, 1] wins over one that is +inf.
  template <class A, class X>
  Scalar log_prob(const A& a, const X& x) const {
    const Place place = find(x);
    if (place == Place::unknown) return quiet_nan<Scalar>();
    if (place == Place::outside) return -infinity<Scalar>();
    return sum<Scalar>(a.size(), [&](Index i) { return entry_log_prob(a(i), x(i)); });
  }

  /// d/da = -tanh(s/2),  d/dx = (t tanh(s/2) - 1 + 2x) / (x (1 - x)),  d/dt = 1/t + logit(x) tanh(s/2). A column
  /// with an entry outside [0, 1] has no gradient.
  template <class A, class X, class GradX, class GradA>
  Scalar log_prob_gradient(const A& a, const X& x, const Scalar& upstream, GradX&& grad_x, GradA&& grad_a,
                           Scalar& grad_temperature) const {
    const Scalar value = log_prob(a, x);
    if (is_in_vain(upstream, value) || find(x) == Place::outside) return value;
    const Scalar slope = sum<Scalar>(a.size(), [&](Index i) -> Scalar {
      const Scalar y = logit<Scalar>(x(i));
      const Scalar s = logit_class_.score(a(i), y);
      const Scalar tanh = tanh_half(s);
      grad_a(i) -= Scalar(upstream * tanh);
      grad_x(i) = zero_wins<Scalar>(upstream, slope_in_x(a(i), x(i), s));
      return zero_wins<Scalar>(tanh, y) + Scalar(Real(1) / temperature());
    });
    grad_temperature += zero_wins<Scalar>(upstream, slope);
    return value;
  }

  /// dL/da = h x (1 - x) / t,  dL/dt = -sum_i h_i x_i (1 - x_i) logit(x_i) / t,  h = dL/dx.
  template <class A, class X, class H, class GradA>
  void pathwise_gradient(const A& a, const X& x, const H& h, GradA&& grad_a, Scalar& grad_temperature) const {
    // x (1 - x) comes last: it may be subnormal, and what is divided by t or multiplied by logit(x) is an ordinary
    // number.
    const auto rate = [&](Index i) -> Scalar { return h(i) / temperature(); };
    const auto slope = [&](Index i) -> Scalar { return x(i) * (Real(1) - x(i)); };
    grad_temperature -=
        sum<Scalar>(a.size(), [&](Index i) { return zero_wins<Scalar>(slope(i), rate(i) * logit<Scalar>(x(i))); });
    for (Index i = 0; i < a.size(); ++i) grad_a(i) += zero_wins<Scalar>(slope(i), rate(i));
  }

  template <class A, class X>
  bool in_support(const A& a, const X& x) const {
    for (Index i = 0; i < a.size(); ++i) {
      if (is_nan(x(i)) || is_outside(x(i))) return false;
    }
    return true;
  }

  /// sigmoid(t logit(x) - a); 0 below 0 and 1 above 1.
  Scalar cdf(const Scalar& a, const Scalar& x) const {
    if (is_outside(x)) return constant<Scalar>(x > Real(0) ? 1 : 0);
    return logit_class_.cdf(a, logit<Scalar>(x));
  }

  /// sigmoid((logit(u) + a) / t).
  Scalar quantile(const Scalar& a, const Scalar& u) const { return sigmoid<Scalar>(logit_class_.quantile(a, u)); }

 private:
  using LogClass = LogitBinaryConcreteFormulas<Scalar>;

  /// log_prob_in_tile() from scores, which are lost.
  template <class X, class Scores>
  auto log_prob_of_scores(const X& x, Scores& scores) const {
    scores.for_each([&](Position at) { scores(at) = logit_class_.log_prob_at_score(scores(at)); });
    return x.sum([&](Position at) { return scores(at) - log_in_loop<Scalar>(x(at) * (Real(1) - x(at))); });
  }

  /// Where a column lies: an entry that is NaN wins over one outside [0, 1].
  enum class Place { inside, outside, unknown };

  template <class X>
  static Place find(const X& x) {
    Place place = Place::inside;
    for (Index i = 0; i < x.size(); ++i) {
      if (is_nan(x(i))) return Place::unknown;
      if (is_outside(x(i))) place = Place::outside;
    }
    return place;
  }

  static bool is_outside(const Scalar& x) { return x < Real(0) || x > Real(1); }

  /// At the ends the limit: +inf, -logit or +logit, -inf as t is below, at or above 1.
  Scalar entry_log_prob(const Scalar& a, const Scalar& x) const {
    if (x == Real(0) || x == Real(1)) {
      if (temperature() < Real(1)) return infinity<Scalar>();
      if (temperature() > Real(1)) return -infinity<Scalar>();
      return x == Real(0) ? Scalar(-a) : a;
    }
    return inner_log_prob(a, x);
  }

  /// The log-density of one entry between the ends.
  CONCRETE_ALWAYS_INLINE Scalar inner_log_prob(const Scalar& a, const Scalar& x) const {
    const Scalar log_jacobian = log_in_loop<Scalar>(x * (Real(1) - x));
    return logit_class_.entry_log_prob(a, logit<Scalar>(x)) - log_jacobian;
  }

  /// d log p / dx; at an end the limit, which at t = 1 is finite.
  Scalar slope_in_x(const Scalar& a, const Scalar& x, const Scalar& s) const {
    if (!(x == Real(0) || x == Real(1))) return inner_slope(x, s);
    const Real sign = x == Real(0) ? 1 : -1;
    const Scalar excess = temperature() - Real(1);
    const Scalar finite = Real(2) - Scalar(Real(2) * detail::exp<Scalar>(-sign * a));
    return sign * (excess == Real(0) ? finite : zero_wins<Scalar>(excess, infinity<Scalar>()));
  }

  /// d log p / dx between the ends, in the form (t - 1 + 2 (x - t sigmoid(-s))) / (x (1 - x)), which does not cancel as
  /// x -> 0, and its mirror image as x -> 1.
  CONCRETE_ALWAYS_INLINE Scalar inner_slope(const Scalar& x, const Scalar& s) const {
    const Real sign = x + x < Real(1) ? 1 : -1;
    const Scalar distance = sign > 0 ? x : Scalar(Real(1) - x);
    const Scalar remainder = distance - Scalar(temperature() * sigmoid<Scalar>(-sign * s));
    const Scalar numerator = Scalar(temperature() - Real(1)) + Scalar(Real(2) * remainder);
    return sign * numerator / Scalar(distance * (Real(1) - distance));
  }

  template <class Z>
  static void squash(Z& z) {
    z.for_each([&](Position at) { z(at) = sigmoid<Scalar>(z(at)); });
  }

  LogClass logit_class_;
};

}  // namespace concrete::detail
