#pragma once

#include "concrete/detail/blocks.hpp"
#include "concrete/detail/noise_source.hpp"
#include "concrete/distributions/parameters.hpp"
#include "concrete/noise/logistic.hpp"

namespace concrete::detail {

/// The mathematics of LogitBinaryConcrete and of BinaryConcrete, which is the same at y = logit(x), entry by entry of a
/// column: logit a, temperature t, standard Logistic noise l, score s = a - t y.
///
/// Each formula is written once, for columns of every length and kind (see blocks.hpp).
template <class T>
class BinaryConcreteFormulas {
 public:
  using Scalar = T;
  using Real = PlainScalar<T>;
  using Parameters = BinaryParameters;
  using Noise = LogisticStrips;
  static constexpr bool unrolls_tiny = false;

  BinaryConcreteFormulas(Index, const T& temperature, Scale scale)
      : temperature_(temperature),
        over_temperature_(temperature),
        log_temperature_(detail::log<T>(temperature)),
        is_log_scale_(scale == Scale::logarithmic) {}

  const T& temperature() const { return temperature_; }

  /// y = (a + l) / t, and x = sigmoid(y). With `log_prob`, also what is finite where x has rounded to an end too:
  ///
  ///   log p(y) = sum_i (log t - |l_i| - 2 log(1 + exp(-|l_i|))),   log p(x) = log p(y) - sum_i log(x_i (1 - x_i))
  template <class Loops, class AnyNoise>
  void sample(const LogitsView<T>& logits, const AnyNoise& noise, const MatrixView<T>& out,
              const MatrixView<T>* log_prob) const {
    Input<Loops> a(logits.values);
    Output<Loops> z(out);
    Entries<Loops> terms;
    Sums<Loops> total, log_jacobian;
    for_each_columns<Loops>(out.rows, out.cols, [&](const Columns<Loops>& columns) {
      columns.pass([&, over_t = over_temperature_, log_t = log_temperature_](const Block& block) {
        a.read(block);
        z.place(block);
        draw_noise<Loops>(noise, block, z.data());
        if (log_prob != nullptr) {
          apply<Loops>(LogSigmoidSlope(), block, z.data(), terms.data());
          Loops::for_each(block, [&](Index i) { terms[i] += log_t; });
          total.add(block, terms.data());
        }
        Loops::for_each(block, [&](Index i) { z[i] = over_t(a[i] + z[i]); });
        if (!is_log_scale_) {
          if (log_prob != nullptr) {
            apply<Loops>(LogSigmoidSlope(), block, z.data(), terms.data());
            log_jacobian.add(block, terms.data());
          }
          apply<Loops>(Sigmoid(), block, z.data(), z.data());
        }
        z.store(block);
      });
      if (log_prob == nullptr) return;
      if (!is_log_scale_) columns.for_each([&](Index j) { total[j] -= log_jacobian[j]; });
      write_row(total, columns, *log_prob);
    });
  }

  /// log p(y) = sum_i (log t - |s_i| - 2 log(1 + exp(-|s_i|))),   log p(x) = log p(y) - sum_i log(x_i (1 - x_i)).
  template <class Loops>
  void log_prob(const LogitsView<T>& logits, const MatrixView<const T>& points, const MatrixView<T>& out) const {
    Input<Loops> a(logits.values), point(points);
    Entries<Loops> log_point, s, e, terms;
    Sums<Loops> total;
    Limit limits[Loops::most_columns];
    for_each_columns<Loops>(points.rows, points.cols, [&](const Columns<Loops>& columns) {
      columns.pass([&, t = temperature_](const Block& block) {
        a.read(block);
        const T* const y = read_points(block, point, log_point);
        blocks::for_each<Loops>(block, [&a, &s, &e, y, t](Index i) {
          s[i] = a[i] - T(t * y[i]);
          e[i] = loop_exp_flushed<T>(-detail::abs(s[i]));
        });
        log_densities<Loops>(block, point.data(), y, s, e, terms);
        total.add(block, terms.data());
      });
      settle_log_prob(logits, points, columns, total, limits);
      write_row(total, columns, out);
    });
  }

  /// The log-densities with their gradient:
  ///
  ///   d log p / da = -tanh(s/2),     d log p / dt = 1/t + y tanh(s/2),
  ///   d log p / dy = t tanh(s/2),    d log p / dx = (t tanh(s/2) - 1 + 2x) / (x (1 - x)).
  template <class Loops>
  void log_prob_gradient(const LogitsView<T>& logits, const MatrixView<const T>& points,
                         const MatrixView<const T>& upstream, const LogProbGradientView<T>& out) const {
    Input<Loops> a(logits.values), point(points);
    Entries<Loops> log_point, s, e, tanh, terms, by_logit;
    Output<Loops> by_point(out.sample);
    Sums<Loops> total, slope;
    ColumnValues<Loops> factor;
    Limit limits[Loops::most_columns];
    for_each_columns<Loops>(points.rows, points.cols, [&](const Columns<Loops>& columns) {
      const auto score = [&](const Block& block) {
        a.read(block);
        const T* const y = read_points(block, point, log_point);
        blocks::for_each<Loops>(block, [&a, &s, &e, &tanh, y, t = temperature_](Index i) {
          s[i] = a[i] - T(t * y[i]);
          const ExpPair<T> of_score = loop_exp_pair<T>(-detail::abs(s[i]));
          e[i] = of_score.exp;
          tanh[i] = with_sign_of<T>(-of_score.expm1 / T(Real(2) + of_score.expm1), s[i]);
        });
        return y;
      };
      bool some_limit = false;
      const auto differentiate = [&, t = temperature_](const Block& block) {
        by_point.place(block);
        const typename Loops::Broadcast upstreams(block, factor.data());
        Loops::for_each(block, [&](Index i) { by_logit[i] = -T(upstreams[i] * tanh[i]); });
        if (is_log_scale_) {
          Loops::for_each(block, [&](Index i) { by_point[i] = -T(t * by_logit[i]); });
        } else {
          Loops::for_each(block, [&, x = point.data()](Index i) {
            by_point[i] = upstreams[i] * slope_on_interval(x[i], s[i], e[i], t);
          });
        }
        if (some_limit) settle_gradient<Loops>(block, a, point, factor, limits, by_point.data(), by_logit.data());
        by_point.store(block);
        by_logit.add_to(out.logits, block);
      };
      read_row(upstream, columns, factor);
      const bool has_zero = some_zero(factor, columns.count);
      const bool in_one_pass = columns.are_in_parts() && !has_zero && is_inside(columns, point);
      columns.pass([&, inverse = T(Real(1) / temperature_)](const Block& block) {
        const T* const y = score(block);
        Loops::for_each(block, [&](Index i) { terms[i] = product_with_zero<T>(tanh[i], y[i]) + inverse; });
        slope.add(block, terms.data());
        log_densities<Loops>(block, point.data(), y, s, e, terms);
        total.add(block, terms.data());
        if (in_one_pass) differentiate(block);
      });
      some_limit = settle_log_prob(logits, points, columns, total, limits);
      write_row(total, columns, out.value);
      columns.for_each([&](Index j) { slope[j] = product_with_zero<T>(factor[j], slope[j]); });
      if (has_zero) some_limit |= drop_gradients(factor, total, columns.count, limits);
      for (Index j = 0; some_limit && j < columns.count; ++j) {
        if (limits[j] == Limit::no_gradient) slope[j] = constant<T>(0);
      }
      *out.temperature += sum_of(slope, columns.count);
      if (in_one_pass) return;
      columns.pass([&](const Block& block) {
        if (block.is_part) score(block);
        differentiate(block);
      });
    });
  }

  /// dL/da = g / t,   dL/dt = -sum_i y_i dL/da_i,   where g = dL/dy, or g = x (1 - x) dL/dx; x (1 - x) comes last, as
  /// it may be subnormal.
  template <class Loops>
  void pathwise_gradient(const LogitsView<T>&, const MatrixView<const T>& points, const MatrixView<const T>& upstream,
                         const ParameterGradientView<T>& out) const {
    Input<Loops> point(points), g(upstream);
    Entries<Loops> by_logit, terms;
    Sums<Loops> slope;
    for_each_columns<Loops>(points.rows, points.cols, [&](const Columns<Loops>& columns) {
      columns.pass([&, over_t = over_temperature_](const Block& block) {
        point.read(block);
        g.read(block);
        if (is_log_scale_) {
          Loops::for_each(block, [&](Index i) {
            by_logit[i] = over_t(g[i]);
            terms[i] = product_with_zero<T>(by_logit[i], point[i]);
          });
        } else {
          Loops::for_each(block, [&](Index i) {
            const T rate = over_t(g[i]), slope_of_x = point[i] * T(Real(1) - point[i]);
            by_logit[i] = product_with_zero<T>(slope_of_x, rate);
            terms[i] = product_with_zero<T>(slope_of_x, T(rate * logit<T>(point[i])));
          });
        }
        slope.add(block, terms.data());
        by_logit.add_to(out.logits, block);
      });
      *out.temperature -= sum_of(slope, columns.count);
    });
  }

  bool in_support(const ColumnView<const T>& a, const ColumnView<const T>& point) const {
    for (Index i = 0; i < a.size(); ++i) {
      if (is_nan(point(i)) || (!is_log_scale_ && is_outside(point(i)))) return false;
    }
    return true;
  }

  /// sigmoid(t y - a); 0 for x below 0 and 1 above 1.
  T cdf(const T& a, const T& point) const {
    if (!is_log_scale_ && is_outside(point)) return constant<T>(point > Real(0) ? 1 : 0);
    return sigmoid<T>(T(temperature_ * (is_log_scale_ ? point : logit<T>(point))) - a);
  }

  /// (logit(u) + a) / t, and its sigmoid.
  T quantile(const T& a, const T& u) const {
    const T y = T(logit<T>(u) + a) / temperature_;
    return is_log_scale_ ? y : sigmoid<T>(y);
  }

 private:
  /// What a column has at the ends of [0, 1].
  enum class Limit : unsigned char { none, end, no_gradient };

  static bool is_outside(const T& x) { return x < Real(0) || x > Real(1); }

  /// The log-coordinates of a block: y itself, or logit(x) in `log_point`.
  template <class Loops>
  CONCRETE_ALWAYS_INLINE const T* read_points(const Block& block, Input<Loops>& point,
                                              Entries<Loops>& log_point) const {
    point.read(block);
    if (is_log_scale_) return point.data();
    apply<Loops>(Logit(), block, point.data(), log_point.data());
    return log_point.data();
  }

  /// The log-density of one entry with respect to x, e being exp(-|s|): with the larger part m of x and 1 - x,
  /// log(x (1 - x)) = -|y| + 2 log m, and the two logarithms are taken as one.
  CONCRETE_ALWAYS_INLINE static T log_density_on_interval(const T& x, const T& y, const T& s, const T& e,
                                                          const T& log_t) {
    const T larger_part = choose_greater<T>(constant<T>(0.5), x, T(Real(1) - x), x);
    return log_t + T(T(detail::abs(y) - detail::abs(s)) - T(Real(2) * loop_log1p_times<T>(e, larger_part)));
  }

  template <class Loops>
  CONCRETE_ALWAYS_INLINE void log_densities(const Block& block, const T* x, const T* y, const Entries<Loops>& s,
                                            const Entries<Loops>& e, Entries<Loops>& terms) const {
    const T log_t = log_temperature_;
    if (is_log_scale_) {
      blocks::for_each<Loops>(
          block, [&s, &e, &terms, log_t](Index i) { terms[i] = log_t + log_sigmoid_slope<T>(s[i], e[i]); });
    } else {
      blocks::for_each<Loops>(block, [x, y, &s, &e, &terms, log_t](Index i) {
        terms[i] = log_density_on_interval(x[i], y[i], s[i], e[i], log_t);
      });
    }
  }

  /// d log p / dx between the ends, in the form (t - 1 + 2 (x - t sigmoid(-s))) / (x (1 - x)), which does not cancel as
  /// x -> 0, and its mirror image as x -> 1; e is exp(-|s|).
  CONCRETE_ALWAYS_INLINE static T slope_on_interval(const T& x, const T& s, const T& e, const T& t) {
    const T zero = constant<T>(0), half = constant<T>(0.5), one = constant<T>(1), other = Real(1) - x;
    const T distance = choose_greater<T>(half, x, x, other);
    // sigmoid(-s) or sigmoid(s), times 1 + e; at s = 0 with the derivative that e has there.
    const T share = choose_greater<T>(half, x, choose_greater<T>(zero, s, one, e), choose_greater<T>(zero, s, e, one));
    const T remainder = distance - T(t * T(share / T(Real(1) + e)));
    const T slope = T(T(t - Real(1)) + T(Real(2) * remainder)) / T(distance * T(Real(1) - distance));
    return choose_greater<T>(half, x, slope, -slope);
  }

  /// Its limit at an end for t = 1, where the numerator vanishes.
  static T slope_at_end(const T& a, const T& x) {
    const Real sign = is_zero(x) ? 1 : -1;
    return sign * T(Real(2) - T(Real(2) * detail::exp<T>(-sign * a)));
  }

  // ---- Limits ----

  /// Whether a column's density and gradient have no limit to be put in their place: all points are between the ends.
  template <class Loops>
  CONCRETE_NEVER_INLINE bool is_inside(const Columns<Loops>& columns, Input<Loops>& point) const {
    if (is_log_scale_) return true;
    bool result = true;
    columns.pass([&](const Block& block) {
      point.read(block);
      if constexpr (ElementaryScalar<T>) {
        BitsOf<T> signs = ~BitsOf<T>{0};  // both set for 0 < x < 1, and not of a NaN
        for (Index i = 0; i < block.rows; ++i) signs &= bits_of(T(-point[i])) & bits_of(T(point[i] - 1));
        result = result && mask_of_sign(signs) != 0;
      } else {
        for (Index i = 0; i < block.rows; ++i) result = result && point[i] > Real(0) && point[i] < Real(1);
      }
    });
    return result;
  }

  /// Puts limits in the place of log-densities where the formula does not hold, and tells whether there are such
  /// columns.
  template <class Loops>
  CONCRETE_NEVER_INLINE bool settle_log_prob(const LogitsView<T>& logits, const MatrixView<const T>& points,
                                             const Columns<Loops>& columns, ColumnValues<Loops>& value,
                                             Limit* limits) const {
    bool some = false;
    const bool none = is_log_scale_ || all_finite(value, columns.count);
    for (Index j = 0; j < columns.count; ++j) {
      limits[j] = Limit::none;
      if (none || is_finite(value[j])) continue;
      const Index column = columns.first + j;
      const auto a = logits.values.col(column % logits.values.cols);
      value[j] = log_prob_at_ends(a, points.col(column), value[j], limits[j]);
      some = some || limits[j] != Limit::none;
    }
    return some;
  }

  /// Columns whose upstream is 0 get a gradient of 0; tells whether there are any.
  template <class Loops>
  static bool drop_gradients(const ColumnValues<Loops>& upstream, const ColumnValues<Loops>& value, Index count,
                             Limit* limits) {
    bool some = false;
    for (Index j = 0; j < count; ++j) {
      if (!has_no_effect(upstream[j], value[j])) continue;
      limits[j] = Limit::no_gradient;
      some = true;
    }
    return some;
  }

  template <class Loops>
  CONCRETE_NEVER_INLINE void settle_gradient(const Block& block, const Input<Loops>& a, const Input<Loops>& point,
                                             const ColumnValues<Loops>& upstream, const Limit* limits, T* by_point,
                                             T* by_logit) const {
    for (Index c = 0; c < block.columns; ++c) {
      if (limits[c] == Limit::no_gradient) {
        clear_column(block, c, by_point);
        clear_column(block, c, by_logit);
      } else if (limits[c] == Limit::end && is_one(temperature_)) {
        for (Index i = block.rows * c; i < block.rows * (c + 1); ++i) {
          const T x = point[i];
          if (is_zero(x) || is_one(x)) by_point[i] = upstream[c] * slope_at_end(a[i], x);
        }
      }
    }
  }

  /// The limit of the log-density of a column. At the ends of [0, 1] that is +inf, -a or +a, and -inf, as t is below,
  /// at or above 1; an entry outside wins over one of +inf.
  CONCRETE_NEVER_INLINE T log_prob_at_ends(const ColumnView<const T>& a, const ColumnView<const T>& points,
                                           const T& value, Limit& limit) const {
    Index ends = 0, nans = 0, outside = 0;
    for (Index i = 0; i < a.size(); ++i) {
      const auto x = value_of(points(i));
      ends += Index{is_zero(x)} | Index{is_one(x)};
      outside += Index{x < Real(0)} | Index{x > Real(1)};
      nans += is_nan(x);
    }
    if (ends > 0) limit = Limit::end;
    if (nans > 0) return quiet_nan<T>();
    if (outside > 0) {
      limit = Limit::no_gradient;
      return -infinity<T>();
    }
    if (ends == 0) return value;
    if (temperature_ < Real(1)) return infinity<T>();
    if (temperature_ > Real(1)) return -infinity<T>();
    return sum<T>(a.size(), [&](Index i) -> T {
      const T x = points(i);
      if (is_zero(x)) return -a(i);
      if (is_one(x)) return a(i);
      const T y = logit<T>(x), s = a(i) - T(temperature_ * y);
      return log_density_on_interval(x, y, s, detail::exp<T>(-detail::abs(s)), log_temperature_);
    });
  }

  T temperature_;
  DivisionBy<T> over_temperature_;
  T log_temperature_;
  bool is_log_scale_;
};

}  // namespace concrete::detail
