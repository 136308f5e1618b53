#pragma once

#include "concrete/detail/blocks.hpp"
#include "concrete/detail/noise_source.hpp"
#include "concrete/distributions/formulas/categorical.hpp"
#include "concrete/distributions/formulas/limits.hpp"
#include "concrete/distributions/formulas/scores.hpp"
#include "concrete/distributions/parameters.hpp"
#include "concrete/noise/gumbel.hpp"

namespace concrete::detail {

/// The mathematics of ExpConcrete and of Concrete, which is the same at y = log x: logits a, temperature t, standard
/// Gumbel noise g. Masked classes (a = -inf) are left out of every sum and not counted in n.
///
/// Each formula is written once, for columns of every length and kind (see blocks.hpp); `masked` tells whether there may
/// be masked classes.
template <class T>
class ConcreteFormulas {
 public:
  using Scalar = T;
  using Real = PlainScalar<T>;
  using Parameters = CategoricalParameters;
  using Noise = GumbelStrips;
  static constexpr bool allows_masks = true;
  static constexpr bool unrolls_tiny = true;

  ConcreteFormulas(Index dimension, const T& temperature, Scale scale)
      : temperature_(temperature),
        over_temperature_(temperature),
        log_temperature_(detail::log<T>(temperature)),
        dimension_(dimension),
        full_normalizer_(compute_log_normalizer(dimension)),
        is_log_scale_(scale == Scale::logarithmic) {}

  const T& temperature() const { return temperature_; }

  /// log (n-1)! + (n-1) log t.
  T log_normalizer(Index n) const { return n == dimension_ ? full_normalizer_ : compute_log_normalizer(n); }

  /// y = z - lse(z), z = (a + g) / t, and x = exp(y). The maximum goes before the division, which may overflow.
  ///
  /// With `log_prob`, also log p(y) in terms of the noise, finite also where x has underflowed:
  ///
  ///   log p(y(g)) = log (n-1)! + (n-1) log t - sum_k g_k - n log sum_k exp(-g_k),   log p(x) = log p(y) - sum_k y_k
  template <class Loops, bool masked>
  CONCRETE_NEVER_INLINE CONCRETE_FLATTEN void sample(const MatrixView<const T>& logits, const NoiseSource<Real>& noise,
                                                     const MatrixView<T>& out, const MatrixView<T>* log_prob) const {
    Input<Loops> a(logits);
    Entries<Loops> z, terms;
    Maxima<Loops> top;
    Sums<Loops> total, noise_sum, noise_total, classes, log_jacobian;
    ColumnValues<Loops> value;
    const bool with_jacobian = log_prob != nullptr && !is_log_scale_;
    for_each_columns<Loops>(out.rows, out.cols, [&](const Columns<Loops>& columns) {
      columns.pass([&](const Block& block) {
        a.read(block);
        z.place_in(out, block);
        draw_noise(noise, block, z);
        if (log_prob != nullptr) {
          Loops::for_each(block, [&](Index k) { terms[k] = loop_exp_normal<T>(-z[k]); });
          if constexpr (masked) keep_unmasked<Loops>(block, a, terms);
          noise_total.add(block, terms.data());
          if constexpr (masked) {
            Loops::for_each(block, [&](Index k) { terms[k] = zero_if_masked<T>(a[k], z[k]); });
            noise_sum.add(block, terms.data());
            Loops::for_each(block, [&](Index k) { terms[k] = zero_if_masked<T>(a[k], constant<T>(1)); });
            classes.add(block, terms.data());
          } else {
            noise_sum.add(block, z.data());
          }
        }
        Loops::for_each(block, [&](Index k) { z[k] = unless_masked<T>(a[k], T(z[k] + a[k])); });
        top.take(block, z.data());
        if (block.is_part) z.store(out, block);
      });
      columns.pass([&, over_t = over_temperature_](const Block& block) {
        if (block.is_part) z.reload(out, block);
        const typename Loops::Broadcast largest(block, top.data());
        Loops::for_each(block, [&](Index k) {
          z[k] = over_t(z[k] - largest[k]);
          terms[k] = loop_exp_flushed<T>(z[k]);
        });
        total.add(block, terms.data());
        if (block.is_part) z.store(out, block);
      });
      columns.for_each([&](Index j) { total[j] = log_of_total<T>(total[j]); });
      columns.pass([&](const Block& block) {
        if (block.is_part) {
          a.read(block);
          z.reload(out, block);
        }
        const typename Loops::Broadcast lse(block, total.data());
        Loops::for_each(block, [&](Index k) { z[k] = unless_masked<T>(a[k], T(z[k] - lse[k])); });
        if (with_jacobian) {
          if constexpr (masked) {
            Loops::for_each(block, [&](Index k) { terms[k] = zero_if_masked<T>(a[k], z[k]); });
            log_jacobian.add(block, terms.data());
          } else {
            log_jacobian.add(block, z.data());
          }
        }
        if (!is_log_scale_) Loops::for_each(block, [&](Index k) { z[k] = loop_exp<T>(z[k]); });
        z.store(out, block);
      });
      if (log_prob == nullptr) return;
      columns.for_each([&, n = Real(dimension_), full = full_normalizer_](Index j) {
        noise_total[j] = log_of_total<T>(noise_total[j]);
        value[j] = full - T(noise_sum[j] + T(n * noise_total[j]));
      });
      for (Index j = 0; (masked || dimension_ == 1) && j < columns.count; ++j) {
        Index n = dimension_;
        if constexpr (masked) n = static_cast<Index>(value_of(classes[j]));
        const T noise_part = noise_sum[j] + T(Real(n) * noise_total[j]);
        value[j] = n == 1 ? constant<T>(0) : T(log_normalizer(n) - noise_part);
      }
      if (with_jacobian) columns.for_each([&](Index j) { value[j] -= log_jacobian[j]; });
      write_row(value, columns, *log_prob);
    });
  }

  /// log p(y) = log (n-1)! + (n-1) log t + sum_k s_k - n lse(s),  s = a - t y;   log p(x) = log p(y) - sum_k y_k.
  template <class Loops, bool masked>
  CONCRETE_NEVER_INLINE CONCRETE_FLATTEN void log_prob(const MatrixView<const T>& logits,
                                                       const MatrixView<const T>& points,
                                                       const MatrixView<T>& out) const {
    Scores<Loops, masked> scores(*this, logits, points, false);
    for_each_columns<Loops>(points.rows, points.cols, [&](const Columns<Loops>& columns) {
      scores.compute_log_prob(columns);
      if constexpr (Loops::is_fixed) {
        if (!all_finite(scores.log_prob(), 1)) return log_prob<OneColumn<T>, true>(logits, points, out);
      }
      write_row(scores.log_prob(), columns, out);
    });
  }

  /// The log-densities with their gradient. With w = softmax(s),
  ///
  ///   d log p / da_k = 1 - n w_k,            d log p / dt = (n-1)/t - sum_k y_k d log p / da_k,
  ///   d log p / dy_k = -t (1 - n w_k),       d log p / dx_k = (n t w_k - t - 1) / x_k.
  template <class Loops, bool masked>
  CONCRETE_NEVER_INLINE CONCRETE_FLATTEN void log_prob_gradient(const MatrixView<const T>& logits,
                                                                const MatrixView<const T>& points,
                                                                const MatrixView<const T>& upstream,
                                                                const LogProbGradientView<T>& out) const {
    Scores<Loops, masked> scores(*this, logits, points, true);
    Entries<Loops> by_point, by_logit, terms;
    ColumnValues<Loops> factor, rate;
    Sums<Loops> slope;
    for_each_columns<Loops>(points.rows, points.cols, [&](const Columns<Loops>& columns) {
      scores.compute_log_prob(columns);
      read_row(upstream, columns, factor);
      if constexpr (Loops::is_fixed) {
        if (!all_finite(scores.log_prob(), 1) || some_zero(factor, 1)) {
          return log_prob_gradient<OneColumn<T>, true>(logits, points, upstream, out);
        }
      } else {
        scores.drop_gradients(factor, columns.count);
      }
      write_row(scores.log_prob(), columns, out.value);
      columns.for_each([&](Index j) { rate[j] = scores.classes(j) / scores.total(j); });
      columns.pass([&, t = temperature_](const Block& block) {
        scores.recall(block);
        by_point.place_in(out.sample, block);
        const typename Loops::Broadcast upstreams(block, factor.data()), norm(block, rate.data());
        auto& weights = scores.masses();  // from here on n w_k
        Loops::for_each(block, [&](Index k) {
          weights[k] *= norm[k];
          by_logit[k] = upstreams[k] * T(Real(1) - weights[k]);
        });
        if constexpr (masked) keep_unmasked<Loops>(block, scores.logits(), by_logit);
        Loops::for_each(block, [&, y = scores.y()](Index k) { terms[k] = product_with_zero<T>(by_logit[k], y[k]); });
        slope.add(block, terms.data());
        if (is_log_scale_) {
          Loops::for_each(block, [&](Index k) { by_point[k] = -t * by_logit[k]; });
        } else {
          slopes_on_simplex(block, columns, scores, rate, upstreams, by_point);
          if constexpr (masked) keep_unmasked<Loops>(block, scores.logits(), by_point);
        }
        if constexpr (!Loops::is_fixed) scores.settle_gradient(block, factor, by_point, by_logit);
        by_point.store(out.sample, block);
        by_logit.add_to(out.logits, block);
      });
      columns.for_each([&, t = temperature_](Index j) {
        slope[j] = T(T(factor[j] * T(scores.classes(j) - Real(1))) / t) - slope[j];
      });
      if constexpr (!Loops::is_fixed) scores.settle_temperature(factor, columns.count, slope);
      *out.temperature += sum_of(slope, columns.count);
    });
  }

  /// dL/da_j = (g_j - x_j sum_k g_k) / t,   dL/dt = -sum_k y_k dL/da_k,   with x = softmax(y) and g = dL/dy. A sample has
  /// sum_k exp(y_k) = 1 up to rounding, which is divided by nevertheless, so that a constant dL/dx leaves nothing.
  template <class Loops, bool masked>
  CONCRETE_NEVER_INLINE CONCRETE_FLATTEN void pathwise_gradient_of_logarithm(
      const MatrixView<const T>& logits, const MatrixView<const T>& points, const MatrixView<const T>& upstream,
      const ParameterGradientView<T>& out) const {
    Input<Loops> a(logits), y(points), g(upstream);
    Entries<Loops> mass, by_logit, terms;
    Sums<Loops> total_mass, total_g, slope;
    Maxima<Loops> top;
    ColumnValues<Loops> shift;
    for_each_columns<Loops>(points.rows, points.cols, [&](const Columns<Loops>& columns) {
      bool shifted = false;
      const auto read = [&](const Block& block) {
        if constexpr (masked) a.read(block);
        y.read(block);
        g.read(block);
      };
      const auto exponentiate = [&](const Block& block) {
        if (!Loops::is_fixed && shifted) {
          const typename Loops::Broadcast shifts(block, shift.data());
          Loops::for_each(block, [&](Index k) { mass[k] = loop_exp<T>(T(y[k] - shifts[k])); });
        } else {
          Loops::for_each(block, [&](Index k) { mass[k] = loop_exp<T>(y[k]); });
        }
        if constexpr (masked) keep_unmasked<Loops>(block, a, mass);
      };
      columns.pass([&](const Block& block) {
        read(block);
        exponentiate(block);
        total_mass.add(block, mass.data());
        if constexpr (masked) {
          Loops::for_each(block, [&](Index k) { terms[k] = zero_if_masked<T>(a[k], g[k]); });
          total_g.add(block, terms.data());
        } else {
          total_g.add(block, g.data());
        }
      });
      if constexpr (Loops::is_fixed) {
        if (!is_nearly_one(total_mass[0])) {
          return pathwise_gradient_of_logarithm<OneColumn<T>, true>(logits, points, upstream, out);
        }
      }
      for (Index j = 0; j < columns.count; ++j) shifted = shifted || !is_nearly_one(total_mass[j]);
      if (!Loops::is_fixed && shifted) {  // points that are no samples: only their differences count
        columns.pass([&](const Block& block) {
          y.read(block);
          top.take(block, y.data());
        });
        for (Index j = 0; j < columns.count; ++j) {
          const bool stays = is_nearly_one(total_mass[j]) || is_infinity(detail::abs(top[j]));
          shift[j] = stays ? constant<T>(0) : top[j];
        }
        columns.pass([&](const Block& block) {
          read(block);
          exponentiate(block);
          total_mass.add(block, mass.data());
        });
      }
      columns.for_each([&](Index j) { total_g[j] /= total_mass[j]; });
      columns.pass([&, over_t = over_temperature_](const Block& block) {
        if (block.is_part) {
          read(block);
          exponentiate(block);
        }
        const typename Loops::Broadcast rate(block, total_g.data());
        Loops::for_each(block, [&](Index k) { by_logit[k] = over_t(g[k] - T(mass[k] * rate[k])); });
        if constexpr (masked) keep_unmasked<Loops>(block, a, by_logit);
        Loops::for_each(block, [&](Index k) { terms[k] = product_with_zero<T>(by_logit[k], y[k]); });
        slope.add(block, terms.data());
        by_logit.add_to(out.logits, block);
      });
      *out.temperature -= sum_of(slope, columns.count);
    });
  }

  /// dL/da_j = x_j (h_j - sum_k h_k x_k) / t,   dL/dt = -sum_k log(x_k) dL/da_k,   with h = dL/dx. The mean is divided by
  /// sum_k x_k, so that a constant h leaves nothing; and x comes last, as it may be subnormal.
  template <class Loops, bool masked>
  CONCRETE_NEVER_INLINE CONCRETE_FLATTEN void pathwise_gradient_on_simplex(const MatrixView<const T>& logits,
                                                                           const MatrixView<const T>& points,
                                                                           const MatrixView<const T>& upstream,
                                                                           const ParameterGradientView<T>& out) const {
    Input<Loops> a(logits), x(points), h(upstream);
    Entries<Loops> mass, by_logit, terms;
    Sums<Loops> total_mass, mean, slope;
    for_each_columns<Loops>(points.rows, points.cols, [&](const Columns<Loops>& columns) {
      const auto read = [&](const Block& block) {
        x.read(block);
        h.read(block);
        Loops::for_each(block, [&](Index k) { mass[k] = x[k]; });
        if constexpr (masked) {
          a.read(block);
          keep_unmasked<Loops>(block, a, mass);
        }
      };
      columns.pass([&](const Block& block) {
        read(block);
        total_mass.add(block, mass.data());
        Loops::for_each(block, [&](Index k) { terms[k] = product_with_zero<T>(mass[k], h[k]); });
        mean.add(block, terms.data());
      });
      columns.for_each([&](Index j) { mean[j] /= total_mass[j]; });
      columns.pass([&, over_t = over_temperature_](const Block& block) {
        if (block.is_part) read(block);
        const typename Loops::Broadcast centre(block, mean.data());
        Loops::for_each(block, [&](Index k) {
          const T rate = over_t(h[k] - centre[k]);
          by_logit[k] = product_with_zero<T>(mass[k], rate);
          terms[k] = product_with_zero<T>(mass[k], T(rate * loop_log<T>(mass[k])));
        });
        slope.add(block, terms.data());
        by_logit.add_to(out.logits, block);
      });
      *out.temperature -= sum_of(slope, columns.count);
    });
  }

  template <class Loops, bool masked>
  void pathwise_gradient(const MatrixView<const T>& logits, const MatrixView<const T>& points,
                         const MatrixView<const T>& upstream, const ParameterGradientView<T>& out) const {
    if (is_log_scale_) {
      pathwise_gradient_of_logarithm<Loops, masked>(logits, points, upstream, out);
    } else {
      pathwise_gradient_on_simplex<Loops, masked>(logits, points, upstream, out);
    }
  }

  bool in_support(const ColumnView<const T>& a, const ColumnView<const T>& point) const {
    return is_on_simplex(a, [&](Index k) -> T { return is_log_scale_ ? detail::exp<T>(point(k)) : T(point(k)); });
  }

 private:
  template <class, bool>
  friend class Scores;

  static bool is_nearly_one(const T& mass) { return detail::abs(T(mass - Real(1))) < Real(0.5); }

  T compute_log_normalizer(Index n) const { return log_gamma<Real>(n) + T(Real(n - 1) * log_temperature_); }

  /// by_point_k <- upstream d log p / dx_k from weights n w_k. On the way to a face the weight of one class tends to 1, and
  /// n t w_k - t - 1 would cancel: there it has the form (t (n-1) - 1) - n t (1 - w_k), with 1 - w_k as the sum of the
  /// other weights.
  template <class Loops, class S>
  void slopes_on_simplex(const Block& block, const Columns<Loops>& columns, const S& scores,
                         const ColumnValues<Loops>& rate, const typename Loops::Broadcast& upstreams,
                         Entries<Loops>& by_point) const {
    ColumnValues<Loops> rest, excess, half;
    columns.for_each([&, t = temperature_](Index j) {
      rest[j] = T(t * scores.rest(j)) * rate[j];
      excess[j] = T(T(t * T(scores.classes(j) - Real(1))) - Real(1)) - rest[j];
      half[j] = scores.classes(j) / Real(2);
    });
    const typename Loops::Broadcast by_others(block, excess.data()), halves(block, half.data());
    const auto& weights = scores.masses();
    const T t = temperature_, power = temperature_ + Real(1);
    Loops::for_each(block, [&, x = scores.point()](Index k) {
      const T by_own = T(t * weights[k]) - power;
      by_point[k] = upstreams[k] * T(choose_greater<T>(weights[k], halves[k], by_others[k], by_own) / x[k]);
    });
  }

  T temperature_;
  DivisionBy<T> over_temperature_;
  T log_temperature_;
  Index dimension_;
  T full_normalizer_;  // of a column without masks
  bool is_log_scale_;
};

}  // namespace concrete::detail
