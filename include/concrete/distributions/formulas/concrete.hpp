#pragma once

#include "concrete/distributions/formulas/exp_concrete.hpp"

namespace concrete::detail {

/// The mathematics of Concrete for one column: that of ExpConcrete at y = log x, and the faces of the simplex, where
/// coordinates are 0. Masked classes (a = -inf) are left out of every sum and not counted in n.
template <class ScalarType>
class ConcreteFormulas {
 public:
  using Scalar = ScalarType;
  using Real = PlainScalar<Scalar>;
  using Parameters = CategoricalParameters;
  using Noise = GumbelStrips;
  /// Whether every entry of a sample is made of the noise at its place alone.
  static constexpr bool is_entrywise = false;

  ConcreteFormulas(Index dimension, const Scalar& temperature) : log_class_(dimension, temperature) {}

  const Scalar& temperature() const { return log_class_.temperature(); }

  /// In place, x = softmax((a + g) / t), for the columns of a tile.
  template <class A, class Z>
  void sample_from_noise(const A& a, Z& z) const {
    log_class_.sample_from_noise(a, z);
    exponentiate(z);
  }

  /// log p(x(g)) = log p(y(g)) - sum_k y_k, finite also where x has underflowed, a number per column; then g becomes
  /// x(g).
  template <class A, class Z>
  auto sample_and_log_prob_from_noise(const A& a, Z& z, bool may_have_masks) const {
    auto result = log_class_.sample_and_log_prob_from_noise(a, z, may_have_masks);
    const auto log_jacobian =
        may_have_masks ? z.sum([&](Position at) -> Scalar { return zero_if_masked<Scalar>(a(at), z(at)); }) : z.sum();
    result.for_each([&](Scalar& value, Index j) { value -= log_jacobian[j]; });
    exponentiate(z);
    return result;
  }

  // As in ExpConcreteFormulas, the forms for tiles are for ordinary columns; where a result is not finite, the one of
  // the column counts.

  template <class A, class X>
  auto log_prob_in_tile(const A& a, const X& x) const {
    auto y = x.blank();
    log_in_tile(x, y);
    auto value = log_class_.log_prob_in_tile(a, y);
    remove_jacobian(value, y);
    return value;
  }

  template <class A, class X, class Values, class GradX, class GradA>
  auto log_prob_gradient_in_tile(const A& a, const X& x, const Values& upstream, GradX& grad_x, GradA& grad_a,
                                 Values& grad_temperature) const {
    auto y = x.blank(), scores = x.blank(), masses = x.blank();
    log_in_tile(x, y);
    log_class_.lower_scores(a, y, scores, masses);
    auto value = log_class_.parameter_gradient_in_tile(y, scores, masses, upstream, grad_a, grad_temperature);
    remove_jacobian(value, y);
    slopes_in_tile(x, masses, upstream, grad_x);
    return value;
  }

  template <class X, class H, class GradA>
  auto pathwise_gradient_in_tile(const X& x, const H& h, GradA& grad_a) const {
    const auto mass = x.sum();
    auto sum_of_h = x.sum([&](Position at) { return x(at) * h(at); });
    sum_of_h.for_each([&](Scalar& total, Index j) { total /= mass[j]; });
    const auto mean = x.spread(sum_of_h);
    grad_a.for_each([&, t = temperature()](Position at) { grad_a(at) = (h(at) - mean[at]) / t; });
    auto slope = x.sum([&](Position at) { return x(at) * Scalar(grad_a(at) * log_in_loop<Scalar>(x(at))); });
    slope.for_each([](Scalar& total, Index) { total = -total; });
    grad_a.for_each([&](Position at) { grad_a(at) *= x(at); });
    return slope;
  }

  /// log p(x) = log (n-1)! + (n-1) log t + sum_k (s_k - log x_k) - n lse(s),  s = a - t log x.
  template <class A, class X>
  Scalar log_prob(const A& a, const X& x) const {
    return log_prob(a, x, examine(a, x));
  }

  /// With w = softmax(s):  d/da_k = 1 - n w_k,  d/dx_k = (n t w_k - t - 1) / x_k,
  /// d/dt = (n-1)/t + sum_k (n w_k - 1) log x_k. grad_x comes in as zeros.
  template <class A, class X, class GradX, class GradA>
  Scalar log_prob_gradient(const A& a, const X& x, const Scalar& upstream, GradX&& grad_x, GradA&& grad_a,
                           Scalar& grad_temperature) const {
    const Point point = examine(a, x);
    const Scalar value = log_prob(a, x, point);
    if (is_in_vain(upstream, value)) return value;
    if (point.has_nan) {
      grad_x.setConstant(value);
      grad_a.setConstant(value);
      grad_temperature = value;
    } else if (!point.outside && point.classes > 1) {
      log_class_.add_parameter_gradient(a, Logarithm<X>{x}, upstream, grad_x, grad_a, grad_temperature);
      weights_to_gradient(a, x, point, upstream, grad_x);
    }
    return value;
  }

  /// dL/da_j = x_j (h_j - sum_k h_k x_k) / t,  dL/dt = -1/t sum_k x_k (h_k - sum_j h_j x_j) log x_k,  h = dL/dx.
  /// The mean is divided by sum_k x_k, so that a constant h gives 0.
  template <class A, class X, class H, class GradA>
  void pathwise_gradient(const A& a, const X& x, const H& h, GradA&& grad_a, Scalar& grad_temperature) const {
    const Scalar mass = sum_over_classes(a, [&](Index k) -> Scalar { return x(k); });
    const Scalar mean = sum_over_classes(a, [&](Index k) { return zero_wins<Scalar>(x(k), h(k)); }) / mass;
    // x comes last: it may be subnormal, and what is divided by t or multiplied by log x is then an ordinary number.
    const auto rate = [&](Index k) -> Scalar { return Scalar(h(k) - mean) / temperature(); };
    grad_temperature -=
        sum_over_classes(a, [&](Index k) { return zero_wins<Scalar>(x(k), rate(k) * detail::log<Scalar>(x(k))); });
    for (Index k = 0; k < a.size(); ++k) {
      if (!is_masked(a(k))) grad_a(k) += zero_wins<Scalar>(x(k), rate(k));
    }
  }

  template <class A, class X>
  bool in_support(const A& a, const X& x) const {
    return is_on_simplex(a, [&](Index k) -> Scalar { return x(k); });
  }

 private:
  /// log x, entry by entry, as a column that is not stored.
  template <class X>
  struct Logarithm {
    using Scalar = ScalarType;
    const X& x;
    Scalar operator()(Index k) const { return detail::log<Scalar>(x(k)); }
  };

  /// What a look at all coordinates tells about a point.
  struct Point {
    Index classes = 0;  // not masked
    Index zeros = 0;    // of them, with a coordinate of 0
    bool has_nan = false;
    bool outside = false;  // a negative coordinate, mass on a masked class, or no mass at all
  };

  template <class A, class X>
  static Point examine(const A& a, const X& x) {
    const Real zero = 0;
    Point point;
    for (Index k = 0; k < a.size(); ++k) {
      point.has_nan = point.has_nan || is_nan(x(k));
      point.outside = point.outside || x(k) < zero || (is_masked(a(k)) && x(k) > zero) || is_infinity(x(k));
      if (is_masked(a(k))) continue;
      ++point.classes;
      if (x(k) == zero) ++point.zeros;
    }
    point.outside = point.outside || point.zeros == point.classes;
    return point;
  }

  template <class A, class X>
  Scalar log_prob(const A& a, const X& x, const Point& point) const {
    if (point.has_nan) return quiet_nan<Scalar>();
    if (point.outside) return -infinity<Scalar>();
    if (point.classes == 1) return constant<Scalar>(0);
    if (point.zeros > 0) return log_prob_on_face(a, x, point);
    const Logarithm<X> y{x};
    return log_class_.log_prob(a, y) - sum_over_classes(a, y);
  }

  /// The limit for m coordinates vanishing at one rate: of e^m log p, the power of e that remains is m - t (n - m).
  template <class A, class X>
  Scalar log_prob_on_face(const A& a, const X& x, const Point& point) const {
    const Real zeros = Real(point.zeros);
    const Scalar others = temperature() * Real(point.classes - point.zeros);
    if (others < zeros) return infinity<Scalar>();
    if (others > zeros) return -infinity<Scalar>();
    const Scalar lse = log_sum_exp_of_zeros(a, x);
    const Scalar power = temperature() + Real(1);
    return log_class_.log_normalizer(point.classes) + sum_over_classes(a, [&](Index k) -> Scalar {
             const Scalar lowered = a(k) - lse;
             return x(k) > Real(0) ? Scalar(lowered - Scalar(power * detail::log<Scalar>(x(k)))) : lowered;
           });
  }

  template <class A, class X>
  static Scalar log_sum_exp_of_zeros(const A& a, const X& x) {
    const auto at_zero = [&](Index k) -> Scalar { return x(k) > Real(0) ? Scalar(-infinity<Scalar>()) : Scalar(a(k)); };
    Scalar top = at_zero(0);
    for (Index k = 1; k < a.size(); ++k) top = top < at_zero(k) ? at_zero(k) : top;
    const Scalar total = sum_over_classes(a, [&](Index k) { return detail::exp<Scalar>(at_zero(k) - top); });
    return top + detail::log<Scalar>(total);
  }

  /// w_k <- upstream d log p / dx_k. On the way to a face the weight of one class tends to 1, and n t w_k - t - 1 would
  /// cancel: there it has the form (t (n-1) - 1) - n t (1 - w_k), with 1 - w_k as the sum of the other weights.
  template <class A, class X, class Weights>
  void weights_to_gradient(const A& a, const X& x, const Point& point, const Scalar& upstream, Weights& w) const {
    const Real n = Real(point.classes);
    const Index largest = argmax(w);
    const bool dominates = w(largest) > Real(0.5);
    const Scalar others =
        sum_over_classes(a, [&](Index k) -> Scalar { return k == largest ? constant<Scalar>(0) : Scalar(w(k)); });
    const Scalar excess = Scalar(temperature() * Real(n - 1)) - Real(1), power = temperature() + Real(1);
    for (Index k = 0; k < a.size(); ++k) {
      if (is_masked(a(k))) continue;
      const Scalar numerator = dominates && k == largest ? Scalar(excess - Scalar(n * Scalar(temperature() * others)))
                                                         : Scalar(Scalar(n * Scalar(temperature() * w(k))) - power);
      const Scalar slope = x(k) > Real(0) ? Scalar(numerator / x(k)) : slope_at_zero(a, x, point, k, numerator);
      w(k) = zero_wins<Scalar>(upstream, slope);
    }
  }

  /// y <- log x.
  template <class X, class Y>
  static void log_in_tile(const X& x, Y& y) {
    y.for_each([&](Position at) { y(at) = log_in_loop<Scalar>(x(at)); });
  }

  /// log p(x) from log p(y); NaN for a single class, which no formula holds for, and which is thus left to the column.
  template <class Values, class Y>
  static void remove_jacobian(Values& log_prob, const Y& y) {
    const auto log_jacobian = y.sum();
    const Scalar other = y.dimension() > 1 ? Scalar(0) : quiet_nan<Scalar>();
    log_prob.for_each([&](Scalar& value, Index j) { value = value - log_jacobian[j] + other; });
  }

  /// grad_x_k <- upstream d log p / dx_k from weights n w_k, as weights_to_gradient() does.
  template <class X, class Weights, class Values, class GradX>
  void slopes_in_tile(const X& x, const Weights& weights, const Values& upstream, GradX& grad_x) const {
    const Real n = Real(x.dimension()), half = n / 2;
    const Scalar excess = temperature() * (n - 1) - 1, power = temperature() + 1;
    const auto others = x.spread(
        x.sum([&](Position at) { return select(mask_less(half, weights(at)), Scalar(0), Scalar(weights(at))); }));
    const auto factor = x.spread(upstream);
    grad_x.for_each([&, t = temperature()](Position at) {
      const BitsOf<Scalar> dominates = mask_less(half, weights(at));
      const Scalar by_own = t * weights(at) - power;
      const Scalar by_others = excess - t * others[at];
      grad_x(at) = factor[at] * (select(dominates, by_others, by_own) / x(at));
    });
  }

  /// The limit of numerator / x_k as x_k -> 0. Where the numerator vanishes with it, one coordinate of 0 at
  /// t (n - 1) = 1, the density goes like -n t sum_j e^(a_j - a_k) x_j^-t x_k^t / t.
  template <class A, class X>
  Scalar slope_at_zero(const A& a, const X& x, const Point& point, Index k, const Scalar& numerator) const {
    if (numerator > Real(0)) return infinity<Scalar>();
    if (numerator < Real(0)) return -infinity<Scalar>();
    if (point.zeros > 1 || temperature() > Real(1)) return constant<Scalar>(0);
    if (temperature() < Real(1)) return -infinity<Scalar>();
    const Scalar others = sum_over_classes(a, [&](Index j) -> Scalar {
      return j == k ? constant<Scalar>(0) : Scalar(detail::exp<Scalar>(a(j) - a(k)) / x(j));
    });
    return -Real(point.classes) * others;
  }

  template <class Z>
  static void exponentiate(Z& z) {
    z.for_each([&](Position at) { z(at) = exp_of_score<Scalar>(z(at)); });
  }

  ExpConcreteFormulas<Scalar> log_class_;
};

}  // namespace concrete::detail
