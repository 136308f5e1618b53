#pragma once

#include <cmath>
#include <concepts>
#include <limits>

#include "concrete/detail/single_column.hpp"
#include "concrete/distributions/formulas/categorical.hpp"
#include "concrete/distributions/parameters.hpp"
#include "concrete/noise/gumbel.hpp"

namespace concrete::detail {

/// The mathematics of ExpConcrete for one column: logits a, temperature t, scores s = a - t y. Masked classes
/// (a = -inf) are left out of every sum and not counted in n.
template <class ScalarType>
class ExpConcreteFormulas {
 public:
  using Scalar = ScalarType;
  using Real = PlainScalar<Scalar>;
  using Parameters = CategoricalParameters;
  using Noise = GumbelStrips;
  /// Whether every entry of a sample is made of the noise at its place alone.
  static constexpr bool is_entrywise = false;

  ExpConcreteFormulas(Index dimension, const Scalar& temperature)
      : temperature_(temperature),
        inverse_temperature_(Real(1) / temperature),
        log_temperature_(detail::log<Scalar>(temperature)),
        dimension_(dimension),
        full_normalizer_(compute_log_normalizer(dimension)) {}

  const Scalar& temperature() const { return temperature_; }

  /// log (n-1)! + (n-1) log t.
  Scalar log_normalizer(Index n) const { return n == dimension_ ? full_normalizer_ : compute_log_normalizer(n); }

  /// In place, y = z - lse(z), z = (a + g) / t, for the columns of a tile. The maximum goes before the division,
  /// which may overflow.
  template <class A, class Z>
  void sample_from_noise(const A& a, Z& z) const {
    z.for_each([&](Position at) { z(at) += a(at); });
    auto largest = z.maximum();
    const auto over_temperature = division_below(largest, z);
    const auto top = z.spread(largest);
    auto log_total = z.sum([&](Position at) {
      z(at) = over_temperature(z(at) - top[at]);
      return exp_below_top<Scalar>(z(at));
    });
    log_total.for_each([](Scalar& total, Index) { total = log_of_total<Scalar>(total); });
    const auto lse = z.spread(log_total);
    z.for_each([&](Position at) { z(at) = unless_masked<Scalar>(a(at), z(at) - lse[at]); });
  }

  /// log p(y(g)), a number per column; then g becomes y(g). Where there are no masks, none is looked for.
  template <class A, class Z>
  auto sample_and_log_prob_from_noise(const A& a, Z& z, bool may_have_masks) const {
    const auto result = may_have_masks ? log_prob_of_noise(a, z) : log_prob_of_noise(z);
    sample_from_noise(a, z);
    return result;
  }

  // Densities and gradients come in two forms. Those of tiles are the formulas as they stand, for ordinary columns.
  // Where a result is not finite (masks, faces of the simplex, NaN, overflow), it is the one of the column that
  // counts.

  /// log p(y) = log (n-1)! + (n-1) log t + sum_k s_k - n lse(s).
  template <class A, class Y>
  auto log_prob_in_tile(const A& a, const Y& y) const {
    auto scores = y.blank(), masses = y.blank();
    lower_scores(a, y, scores, masses);
    return log_prob_of_scores(scores, masses.sum());
  }

  /// scores <- s_k - max s, s = a - t y, and masses <- e_k, their exponentials.
  template <class A, class Y, class Scores>
  void lower_scores(const A& a, const Y& y, Scores& scores, Scores& masses) const {
    scores.for_each([&, t = temperature_](Position at) { scores(at) = a(at) - t * y(at); });
    const auto top = scores.spread(scores.maximum());
    scores.for_each([&](Position at) {
      scores(at) -= top[at];
      masses(at) = exp_below_top<Scalar>(scores(at));
    });
  }

  /// The gradients of log_prob_gradient(): dL/dy goes to grad_y, dL/da to grad_a, dL/dt to grad_temperature.
  template <class A, class Y, class Values, class GradY, class GradA>
  auto log_prob_gradient_in_tile(const A& a, const Y& y, const Values& upstream, GradY& grad_y, GradA& grad_a,
                                 Values& grad_temperature) const {
    auto scores = y.blank(), masses = y.blank();
    lower_scores(a, y, scores, masses);
    const auto value = parameter_gradient_in_tile(y, scores, masses, upstream, grad_a, grad_temperature);
    grad_y.for_each([&, t = temperature_](Position at) { grad_y(at) = -t * grad_a(at); });
    return value;
  }

  /// The part without a gradient with respect to points, from what lower_scores() leaves. The masses become n w_k, the
  /// weights of the classes, w_k = e_k / sum_k e_k:
  ///
  ///   d log p / da_k = 1 - n w_k,    d log p / dt = (n-1)/t - sum_k y_k d log p / da_k
  template <class Y, class Scores, class Values, class GradA>
  auto parameter_gradient_in_tile(const Y& y, const Scores& scores, Scores& masses, const Values& upstream,
                                  GradA& grad_a, Values& grad_temperature) const {
    const Real n = Real(dimension_);
    auto rate = masses.sum();
    const auto value = log_prob_of_scores(scores, rate);
    rate.for_each([&](Scalar& mass, Index) { mass = n / mass; });
    const auto factor = y.spread(upstream), norm = y.spread(rate);
    auto& weights = masses;
    grad_a.for_each([&](Position at) {
      weights(at) *= norm[at];
      grad_a(at) = factor[at] * (Real(1) - weights(at));
    });
    grad_temperature = y.sum([&](Position at) { return grad_a(at) * y(at); });
    grad_temperature.for_each([&, first = (n - Real(1)) * inverse_temperature_](Scalar& slope, Index j) {
      slope = upstream[j] * first - slope;
    });
    return value;
  }

  /// The gradients of pathwise_gradient(): dL/da goes to grad_a, dL/dt is returned. With the masses e_k = exp(y_k),
  /// whose sum e is not exactly 1; a column where it is far from it is left to the formula of columns.
  ///
  ///   dL/da_j = (g_j - e_j / e sum_k g_k) / t,    dL/dt = -sum_k y_k dL/da_k
  template <class Y, class G, class GradA>
  auto pathwise_gradient_in_tile(const Y& y, const G& g, GradA& grad_a) const {
    auto masses = y.blank();
    masses.for_each([&](Position at) { masses(at) = exp_of_score<Scalar>(y(at)); });
    const auto mass = masses.sum();
    auto rate = g.sum();
    rate.for_each([&](Scalar& total, Index j) {
      const BitsOf<Scalar> nearly_one = mask_less(std::abs(mass[j] - 1), Scalar(0.5));
      total = select(nearly_one, total / mass[j], quiet_nan<Scalar>());
    });
    const auto common = y.spread(rate);
    const auto over_temperature = division_by_temperature();
    grad_a.for_each([&](Position at) { grad_a(at) = over_temperature(g(at) - masses(at) * common[at]); });
    auto slope = y.sum([&](Position at) { return grad_a(at) * y(at); });
    slope.for_each([](Scalar& sum, Index) { sum = -sum; });
    return slope;
  }

  template <class A, class Y>
  Scalar log_prob(const A& a, const Y& y) const {
    return log_prob(a, y, examine(a, y));
  }

  /// With w = softmax(s):  d/da_k = 1 - n w_k,  d/dy_k = -t (1 - n w_k),  d/dt = (n-1)/t + sum_k (n w_k - 1) y_k.
  /// grad_y comes in as zeros.
  template <class A, class Y, class GradY, class GradA>
  Scalar log_prob_gradient(const A& a, const Y& y, const Scalar& upstream, GradY&& grad_y, GradA&& grad_a,
                           Scalar& grad_temperature) const {
    const Point point = examine(a, y);
    const Scalar value = log_prob(a, y, point);
    if (is_in_vain(upstream, value)) return value;
    if (is_nan(value)) {
      grad_y.setConstant(value);
      grad_a.setConstant(value);
      grad_temperature = value;
    } else if (!point.outside && point.classes > 1) {
      const auto& weights = add_parameter_gradient(a, y, upstream, grad_y, grad_a, grad_temperature);
      const Scalar slope = upstream * temperature_;
      for (Index k = 0; k < a.size(); ++k) {
        if (!is_masked(a(k))) grad_y(k) = slope * Scalar(Real(point.classes) * weights(k) - Real(1));
      }
    }
    return value;
  }

  /// The gradients with respect to logits and temperature at a point of the support, of more than one class. Leaves
  /// w = softmax(s) in `weights` and returns it.
  template <class A, class Y, class Weights, class GradA>
  const Weights& add_parameter_gradient(const A& a, const Y& y, const Scalar& upstream, Weights& weights,
                                        GradA&& grad_a, Scalar& grad_temperature) const {
    const Point point = examine(a, y);
    limit_softmax(
        a, [&](Index k) -> Scalar { return score(a, y, k); }, point.top, weights);
    for (Index k = 0; k < a.size(); ++k) {
      if (!is_masked(a(k))) grad_a(k) += Scalar(upstream * Scalar(Real(1) - Real(point.classes) * weights(k)));
    }
    grad_temperature += zero_wins<Scalar>(upstream, temperature_slope(a, y, point, weights));
    return weights;
  }

  /// dL/da_j = (g_j - x_j sum_k g_k) / t,  dL/dt = -1/t sum_k g_k (y_k - sum_j x_j y_j),  x = softmax(y), g = dL/dy.
  template <class A, class Y, class G, class GradA>
  void pathwise_gradient(const A& a, const Y& y, const G& g, GradA&& grad_a, Scalar& grad_temperature) const {
    // A sample's largest y lies between -log n and 0. Then x is exp(y) as to_concrete() rounds it, or else a constant
    // dL/dx would leave a gradient; only a y far from normalised is shifted.
    const Scalar top = y(argmax(y));
    const Scalar shift = detail::abs(top) < far_from_normalised ? constant<Scalar>(0) : top;
    const Scalar mass = sum_over_classes(a, [&](Index k) { return detail::exp<Scalar>(y(k) - shift); });
    const auto x = [&](Index k) -> Scalar { return detail::exp<Scalar>(y(k) - shift) / mass; };
    const Scalar total = sum_over_classes(a, [&](Index k) -> Scalar { return g(k); });
    const Scalar mean = sum_over_classes(a, [&](Index k) { return zero_wins<Scalar>(x(k), y(k)); });
    const Scalar slope = sum_over_classes(a, [&](Index k) { return zero_wins<Scalar>(g(k), y(k) - mean); });
    grad_temperature -= Scalar(slope / temperature_);
    for (Index k = 0; k < a.size(); ++k) {
      if (!is_masked(a(k))) grad_a(k) += Scalar(Scalar(g(k) - Scalar(x(k) * total)) / temperature_);
    }
  }

  template <class A, class Y>
  bool in_support(const A& a, const Y& y) const {
    return is_on_simplex(a, [&](Index k) -> Scalar { return detail::exp<Scalar>(y(k)); });
  }

 private:
  /// The largest log-coordinate of what is taken for a point of the simplex as it stands.
  static constexpr Real far_from_normalised = 50;

  struct Multiplication {
    Scalar factor;
    CONCRETE_ALWAYS_INLINE Scalar operator()(const Scalar& x) const { return x * factor; }
  };

  /// x / t as a function of x. Divisions are slow: floating-point numbers are multiplied by 1 / t instead, by a copy
  /// of it, since for all the compiler knows a loop that writes might change this object.
  auto division_by_temperature() const {
    if constexpr (std::floating_point<Scalar>) {
      return Multiplication{inverse_temperature_};
    } else {
      return [this](const Scalar& x) -> Scalar { return x / temperature_; };
    }
  }

  /// The same, for z - largest. Where t is so small that 1 / t overflows, and 0 times it is NaN, the division is done
  /// here, z <- (z - largest) / t and largest <- 0, and the function leaves its argument as it is.
  template <class Values, class Z>
  auto division_below(Values& largest, Z& z) const {
    auto over_temperature = division_by_temperature();
    if constexpr (std::floating_point<Scalar>) {
      if (is_infinity(inverse_temperature_)) {
        const auto top = z.spread(largest);
        z.for_each([&, t = temperature_](Position at) { z(at) = (z(at) - top[at]) / t; });
        largest.for_each([](Scalar& value, Index) { value = 0; });
        over_temperature.factor = 1;
      }
    }
    return over_temperature;
  }

  /// log p(y(g)) = log (n-1)! + (n-1) log t - sum_k g_k - n log sum_k exp(-g_k), without masks.
  template <class Z>
  auto log_prob_of_noise(const Z& z) const {
    const auto total = z.sum();
    auto result = z.sum([&](Position at) -> Scalar { return exp_to_normal<Scalar>(-z(at)); });
    result.for_each([&, normalizer = full_normalizer_, n = Real(dimension_)](Scalar& sum, Index j) {
      sum = normalizer - Scalar(total[j] + Scalar(n * log_of_total<Scalar>(sum)));
    });
    if (dimension_ == 1) result.for_each([](Scalar& value, Index) { value = constant<Scalar>(0); });
    return result;
  }

  /// The same over the classes that are not masked.
  template <class A, class Z>
  auto log_prob_of_noise(const A& a, const Z& z) const {
    const auto total = z.sum([&](Position at) -> Scalar { return zero_if_masked<Scalar>(a(at), z(at)); });
    auto result =
        z.sum([&](Position at) -> Scalar { return zero_if_masked<Scalar>(a(at), exp_to_normal<Scalar>(-z(at))); });
    result.for_each([](Scalar& sum, Index) { sum = log_of_total<Scalar>(sum); });
    for (Index j = 0; j < z.columns(); ++j) {
      const Index n = count_classes(a.column(j));
      const Scalar noise_part = total[j] + Scalar(Real(n) * result[j]);
      result[j] = n == 1 ? constant<Scalar>(0) : Scalar(log_normalizer(n) - noise_part);
    }
    return result;
  }

  /// log p from lowered scores and the sums of their exponentials.
  template <class Scores, class Values>
  Values log_prob_of_scores(const Scores& scores, const Values& masses) const {
    auto result = scores.sum();
    result.for_each([&, normalizer = full_normalizer_, n = Real(dimension_)](Scalar& total, Index j) {
      total = normalizer + (total - n * log_of_total<Scalar>(masses[j]));
    });
    return result;
  }

  /// What a look at all coordinates tells about a point.
  struct Point {
    Index classes = 0;  // not masked
    bool has_nan = false;
    bool outside = false;              // mass on a masked class, infinite mass, or no mass at all
    Scalar top = -infinity<Scalar>();  // the largest score; +inf on a face of the simplex or, as -inf, by overflow
  };

  template <class A, class Y>
  Scalar score(const A& a, const Y& y, Index k) const {
    return a(k) - Scalar(temperature_ * y(k));
  }

  template <class A, class Y>
  Point examine(const A& a, const Y& y) const {
    Point point;
    bool some_mass = false;
    for (Index k = 0; k < a.size(); ++k) {
      const Scalar y_k = y(k);
      const bool has_mass = y_k > -infinity<Scalar>();
      point.has_nan = point.has_nan || is_nan(y_k);
      point.outside = point.outside || is_infinity(y_k) || (is_masked(a(k)) && has_mass);
      if (is_masked(a(k))) continue;
      ++point.classes;
      some_mass = some_mass || has_mass;
      const Scalar s = score(a, y, k);
      if (point.top < s) point.top = s;
    }
    point.outside = point.outside || !some_mass;
    return point;
  }

  template <class A, class Y>
  Scalar log_prob(const A& a, const Y& y, const Point& point) const {
    if (point.has_nan) return quiet_nan<Scalar>();
    if (point.outside) return -infinity<Scalar>();
    if (point.classes == 1) return constant<Scalar>(0);
    if (is_limit(point.top)) return -infinity<Scalar>();
    const auto lowered = [&](Index k) -> Scalar { return score(a, y, k) - point.top; };
    const Scalar lse =
        detail::log(sum_over_classes(a, [&](Index k) -> Scalar { return detail::exp<Scalar>(lowered(k)); }));
    return log_normalizer(point.classes) + Scalar(sum_over_classes(a, lowered) - Scalar(Real(point.classes) * lse));
  }

  /// Whether the largest score is infinite, towards a face of the simplex or where t y overflows.
  static bool is_limit(const Scalar& top) { return is_infinity(detail::abs(top)); }

  /// weights <- softmax(s) over the classes, `top` being max s; where top is infinite, the limit in which all infinite
  /// entries grow alike: softmax(a) over them.
  template <class A, class Score, class Weights>
  static void limit_softmax(const A& a, const Score& score, const Scalar& top, Weights& weights) {
    const bool at_limit = is_limit(top);
    for (Index k = 0; k < a.size(); ++k) {
      const bool counts = !is_masked(a(k)) && (!at_limit || equal(score(k), top));
      weights(k) = !counts ? Scalar(-infinity<Scalar>()) : at_limit ? Scalar(a(k)) : score(k);
    }
    const LogSumExp<Scalar> norm = log_sum_exp(weights);
    for (Index k = 0; k < a.size(); ++k) {
      weights(k) =
          is_masked(weights(k)) ? constant<Scalar>(0) : Scalar(detail::exp<Scalar>(weights(k) - norm.top) / norm.total);
    }
  }

  /// d log p / dt. The y are taken relative to that of the largest weight, as only their differences matter; towards a
  /// face of the simplex the sum tends to -inf.
  template <class A, class Y, class Weights>
  Scalar temperature_slope(const A& a, const Y& y, const Point& point, const Weights& weights) const {
    if (is_limit(point.top)) return -infinity<Scalar>();
    const Real n = Real(point.classes);
    const Scalar reference = y(argmax(weights));
    const Scalar slope = sum_over_classes(
        a, [&](Index k) -> Scalar { return Scalar(n * weights(k) - Real(1)) * Scalar(y(k) - reference); });
    return slope + Scalar((n - Real(1)) / temperature_);
  }

  Scalar compute_log_normalizer(Index n) const { return log_gamma<Real>(n) + Scalar(Real(n - 1) * log_temperature_); }

  Scalar temperature_;
  Scalar inverse_temperature_;  // +inf where it overflows
  Scalar log_temperature_;
  Index dimension_;
  Scalar full_normalizer_;  // of a column without masks
};

}  // namespace concrete::detail
