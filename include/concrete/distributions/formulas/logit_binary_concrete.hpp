#pragma once

#include "concrete/detail/single_column.hpp"
#include "concrete/distributions/parameters.hpp"
#include "concrete/noise/logistic.hpp"

namespace concrete::detail {

/// The mathematics of LogitBinaryConcrete, entry by entry of a column: logit a, temperature t, score s = a - t y.
template <class ScalarType>
class LogitBinaryConcreteFormulas {
 public:
  using Scalar = ScalarType;
  using Real = PlainScalar<Scalar>;
  using Parameters = BinaryParameters;
  using Noise = LogisticStrips;
  /// Whether every entry of a sample is made of the noise at its place alone.
  static constexpr bool is_entrywise = true;

  LogitBinaryConcreteFormulas(Index, const Scalar& temperature)
      : temperature_(temperature), log_temperature_(detail::log<Scalar>(temperature)) {}

  const Scalar& temperature() const { return temperature_; }

  /// In place, y = (a + l) / t, for the columns of a tile.
  template <class A, class Z>
  void sample_from_noise(const A& a, Z& z) const {
    z.for_each([&, t = temperature_](Position at) { z(at) = Scalar(a(at) + z(at)) / t; });
  }

  /// log p(y(l)) = sum_i log t - l_i - 2 softplus(-l_i), a number per column; then l becomes y(l).
  template <class A, class Z>
  auto sample_and_log_prob_from_noise(const A& a, Z& z, bool = false) const {
    const auto result = z.sum([&](Position at) -> Scalar { return log_prob_at_score(z(at)); });
    sample_from_noise(a, z);
    return result;
  }

  // As in ExpConcreteFormulas, the forms for tiles are for ordinary columns; where a result is not finite, the one of
  // the column counts.

  template <class A, class Y>
  auto log_prob_in_tile(const A& a, const Y& y) const {
    return y.sum([&](Position at) { return entry_log_prob(a(at), y(at)); });
  }

  template <class A, class Y, class Values, class GradY, class GradA>
  auto log_prob_gradient_in_tile(const A& a, const Y& y, const Values& upstream, GradY& grad_y, GradA& grad_a,
                                 Values& grad_temperature) const {
    auto& tanh = grad_a;
    tanh.for_each([&](Position at) { tanh(at) = tanh_half<Scalar>(score(a(at), y(at))); });
    grad_temperature = y.sum([&](Position at) { return tanh(at) * y(at) + Real(1) / temperature_; });
    grad_temperature.for_each([&](Scalar& slope, Index j) { slope *= upstream[j]; });
    const auto factor = y.spread(upstream);
    grad_y.for_each([&, t = temperature_](Position at) { grad_y(at) = t * (factor[at] * tanh(at)); });
    grad_a.for_each([&](Position at) { grad_a(at) = -factor[at] * tanh(at); });
    return log_prob_in_tile(a, y);
  }

  template <class Y, class G, class GradA>
  auto pathwise_gradient_in_tile(const Y& y, const G& g, GradA& grad_a) const {
    auto slope = y.sum([&](Position at) { return g(at) * y(at); });
    slope.for_each([&](Scalar& value, Index) { value /= -temperature_; });
    grad_a.for_each([&, t = temperature_](Position at) { grad_a(at) = g(at) / t; });
    return slope;
  }

  /// log p(y) = sum_i log t + s_i - 2 softplus(s_i).
  template <class A, class Y>
  Scalar log_prob(const A& a, const Y& y) const {
    return sum<Scalar>(a.size(), [&](Index i) { return entry_log_prob(a(i), y(i)); });
  }

  /// d/da = -tanh(s/2),  d/dy = t tanh(s/2),  d/dt = 1/t + y tanh(s/2).
  template <class A, class Y, class GradY, class GradA>
  Scalar log_prob_gradient(const A& a, const Y& y, const Scalar& upstream, GradY&& grad_y, GradA&& grad_a,
                           Scalar& grad_temperature) const {
    const Scalar value = log_prob(a, y);
    if (is_in_vain(upstream, value)) return value;
    for (Index i = 0; i < a.size(); ++i) grad_y(i) = tanh_half(score(a(i), y(i)));
    const Scalar slope = sum<Scalar>(a.size(), [&](Index i) -> Scalar {
      return zero_wins<Scalar>(grad_y(i), y(i)) + Scalar(Real(1) / temperature_);
    });
    grad_temperature += Scalar(upstream * slope);
    for (Index i = 0; i < a.size(); ++i) {
      const Scalar grad = upstream * grad_y(i);
      grad_a(i) -= grad;
      grad_y(i) = temperature_ * grad;
    }
    return value;
  }

  /// dL/da = g / t,  dL/dt = -sum_i g_i y_i / t,  g = dL/dy.
  template <class A, class Y, class G, class GradA>
  void pathwise_gradient(const A& a, const Y& y, const G& g, GradA&& grad_a, Scalar& grad_temperature) const {
    const Scalar slope = sum<Scalar>(a.size(), [&](Index i) { return zero_wins<Scalar>(g(i), y(i)); });
    grad_temperature -= Scalar(slope / temperature_);
    for (Index i = 0; i < a.size(); ++i) grad_a(i) += Scalar(g(i) / temperature_);
  }

  template <class A, class Y>
  bool in_support(const A& a, const Y& y) const {
    for (Index i = 0; i < a.size(); ++i) {
      if (is_nan(y(i))) return false;
    }
    return true;
  }

  /// log(sigmoid(s) sigmoid(-s)) = s - 2 softplus(s), the log-density of noise. It is even in s: taken at -|s|, it
  /// cannot overflow.
  CONCRETE_ALWAYS_INLINE static Scalar log_sigmoid_slope(const Scalar& s) {
    return -Scalar(detail::abs(s) + Scalar(Real(2) * softplus_tail(s)));
  }

  /// log t + s - 2 softplus(s).
  CONCRETE_ALWAYS_INLINE Scalar log_prob_at_score(const Scalar& s) const {
    return log_temperature_ + log_sigmoid_slope(s);
  }

  /// The same of one entry.
  CONCRETE_ALWAYS_INLINE Scalar entry_log_prob(const Scalar& a, const Scalar& y) const {
    return log_prob_at_score(score(a, y));
  }

  /// s = a - t y of one entry.
  CONCRETE_ALWAYS_INLINE Scalar score(const Scalar& a, const Scalar& y) const { return a - Scalar(temperature_ * y); }

  /// sigmoid(t y - a).
  Scalar cdf(const Scalar& a, const Scalar& y) const { return sigmoid<Scalar>(-score(a, y)); }

  /// (logit(u) + a) / t.
  Scalar quantile(const Scalar& a, const Scalar& u) const { return Scalar(logit(u) + a) / temperature_; }

 private:
  Scalar temperature_;
  Scalar log_temperature_;
};

}  // namespace concrete::detail
