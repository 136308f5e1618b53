#pragma once

#include "concrete/detail/blocks.hpp"
#include "concrete/detail/noise_source.hpp"
#include "concrete/distributions/formulas/categorical.hpp"
#include "concrete/distributions/formulas/scores.hpp"
#include "concrete/distributions/formulas/unmasked.hpp"
#include "concrete/distributions/parameters.hpp"
#include "concrete/noise/gumbel.hpp"

namespace concrete::detail {

/// The mathematics of ExpConcrete and of Concrete, which is the same at y = log x: logits a, temperature t, standard
/// Gumbel noise g. Masked classes (a = -inf) are left out of every sum and not counted in n.
///
/// Each formula is written once, for columns of every length and kind (see blocks.hpp).
template <class T>
class ConcreteFormulas {
 public:
  using Scalar = T;
  using Real = PlainScalar<T>;
  using Parameters = CategoricalParameters;
  using Noise = GumbelStrips;
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
  template <class Loops, class AnyNoise>
  void sample(const LogitsView<T>& logits, const AnyNoise& noise, const MatrixView<T>& out,
              const MatrixView<T>* log_prob) const {
    Unmasked<Loops> unmasked(logits);
    const auto& a = unmasked.logits();
    Output<Loops> z(out);
    Entries<Loops> terms;
    Maxima<Loops> top;
    Sums<Loops> total, noise_sum, noise_total, classes, log_jacobian;
    for_each_columns<Loops>(out.rows, out.cols, [&](const Columns<Loops>& columns) CONCRETE_INLINE_LAMBDA {
      columns.pass([&](const Block& block) CONCRETE_INLINE_LAMBDA {
        unmasked.read(block);
        z.place(block);
        draw_noise<Loops>(noise, block, z.data());
        if (log_prob != nullptr) {
          apply<Loops>(ExpOfNoise(), block, z.data(), terms.data());
          noise_total.add(block, unmasked.with_masked_zero(block, terms.data()));
          noise_sum.add(block, unmasked.with_masked_zero(block, z.data()));
          unmasked.count(block, classes);
        }
        Loops::for_each(block, [&](Index k) { z[k] = unless_masked<T>(a[k], T(z[k] + a[k])); });
        top.take(block, z.data());
        if (block.is_part) z.store(block);
      });
      columns.pass([&](const Block& block) CONCRETE_INLINE_LAMBDA {
        if (block.is_part) z.reload(block);
        subtract_and_exp<Loops>(block, top.data(), over_temperature_, z.data(), terms.data());
        total.add(block, terms.data());
        if (block.is_part) z.store(block);
      });
      take_logarithms(columns, total);
      columns.pass([&](const Block& block) CONCRETE_INLINE_LAMBDA {
        if (block.is_part) {
          unmasked.read(block);
          z.reload(block);
        }
        const typename Loops::Broadcast lse(block, total.data());
        Loops::for_each(block, [&](Index k) { z[k] = unless_masked<T>(a[k], T(z[k] - lse[k])); });
        if (!is_log_scale_) {
          if (log_prob != nullptr) log_jacobian.add(block, unmasked.with_masked_zero(block, z.data()));
          apply<Loops>(Exp(), block, z.data(), z.data());
        }
        z.store(block);
      });
      if (log_prob == nullptr) return;
      take_logarithms(columns, noise_total);
      auto& value = noise_total;
      const auto of_noise = [&](Index j, Index n, const T& normalizer) CONCRETE_INLINE_LAMBDA {
        value[j] = normalizer - T(noise_sum[j] + T(Real(n) * noise_total[j]));
      };
      if (unmasked.has_masks()) {
        for (Index j = 0; j < columns.count; ++j) {
          const auto n = static_cast<Index>(value_of(classes[j]));
          of_noise(j, n, log_normalizer(n));
          if (n == 1) value[j] = constant<T>(0);
        }
      } else {
        columns.for_each([&, n = dimension_, full = full_normalizer_](Index j) { of_noise(j, n, full); });
        if (dimension_ == 1) columns.for_each([&](Index j) { value[j] = constant<T>(0); });
      }
      if (!is_log_scale_) columns.for_each([&](Index j) { value[j] -= log_jacobian[j]; });
      write_row(value, columns, *log_prob);
    });
  }

  /// log p(y) = log (n-1)! + (n-1) log t + sum_k s_k - n lse(s),  s = a - t y;   log p(x) = log p(y) - sum_k y_k.
  template <class Loops>
  void log_prob(const LogitsView<T>& logits, const MatrixView<const T>& points, const MatrixView<T>& out) const {
    Scores<Loops> scores(*this, logits, points, false);
    for_each_columns<Loops>(points.rows, points.cols, [&](const Columns<Loops>& columns) CONCRETE_INLINE_LAMBDA {
      scores.compute_log_prob(columns);
      if constexpr (Loops::is_fixed) {
        if (!all_finite(scores.log_prob(), 1))
          return blocks::call_out_of_line([&] { log_prob<OneColumn<T>>(logits, points, out); });
      }
      write_row(scores.log_prob(), columns, out);
    });
  }

  /// The log-densities with their gradient. With w = softmax(s),
  ///
  ///   d log p / da_k = 1 - n w_k,            d log p / dt = (n-1)/t - sum_k y_k d log p / da_k,
  ///   d log p / dy_k = -t (1 - n w_k),       d log p / dx_k = (n t w_k - t - 1) / x_k.
  template <class Loops>
  void log_prob_gradient(const LogitsView<T>& logits, const MatrixView<const T>& points,
                         const MatrixView<const T>& upstream, const LogProbGradientView<T>& out) const {
    Scores<Loops> scores(*this, logits, points, true);
    Output<Loops> by_point(out.sample);
    Entries<Loops> by_logit;
    ColumnValues<Loops> factor, rate;
    Sums<Loops> slope;
    for_each_columns<Loops>(points.rows, points.cols, [&](const Columns<Loops>& columns) CONCRETE_INLINE_LAMBDA {
      scores.compute_log_prob(columns);
      read_row(upstream, columns, factor);
      if constexpr (Loops::is_fixed) {
        if (!all_finite(scores.log_prob(), 1) || some_zero(factor, 1)) {
          return blocks::call_out_of_line([&] { log_prob_gradient<OneColumn<T>>(logits, points, upstream, out); });
        }
      }
      scores.drop_gradients(factor, columns.count);
      write_row(scores.log_prob(), columns, out.value);
      scores.for_each_with_classes(columns, [&](Index j, T n) { rate[j] = n / scores.total(j); });
      columns.pass([&, t = temperature_](const Block& block) CONCRETE_INLINE_LAMBDA {
        scores.recall(block);
        by_point.place(block);
        const typename Loops::Broadcast upstreams(block, factor.data()), norm(block, rate.data());
        auto& weights = scores.masses();  // from here on n w_k
        Loops::for_each(block, [&](Index k) {
          weights[k] *= norm[k];
          by_logit[k] = upstreams[k] * T(Real(1) - weights[k]);
        });
        scores.unmasked().clear_masked(block, by_logit.data());
        if (is_log_scale_) {
          Loops::for_each(block, [&](Index k) { by_point[k] = -t * by_logit[k]; });
        } else {
          slopes_on_simplex(block, columns, scores, rate, upstreams, by_point.data());
          scores.unmasked().clear_masked(block, by_point.data());
        }
        scores.settle_gradient(block, factor, by_point.data(), by_logit.data());
        slope.add(block, scores.times_y(block, by_logit.data()));
        by_point.store(block);
        by_logit.add_to(out.logits, block);
      });
      scores.for_each_with_classes(
          columns, [&, t = temperature_](Index j, T n) { slope[j] = T(T(factor[j] * T(n - Real(1))) / t) - slope[j]; });
      scores.settle_temperature(factor, columns.count, slope);
      *out.temperature += sum_of(slope, columns.count);
    });
  }

  /// The gradient of a loss through samples, back to logits and temperature.
  template <class Loops>
  void pathwise_gradient(const LogitsView<T>& logits, const MatrixView<const T>& points,
                         const MatrixView<const T>& upstream, const ParameterGradientView<T>& out) const {
    if (is_log_scale_) {
      pathwise_gradient_of_logarithms<Loops>(logits, points, upstream, out);
    } else {
      pathwise_gradient_on_simplex<Loops>(logits, points, upstream, out);
    }
  }

  bool in_support(const ColumnView<const T>& a, const ColumnView<const T>& point) const {
    return is_on_simplex(a, [&](Index k) -> T { return is_log_scale_ ? detail::exp<T>(point(k)) : T(point(k)); });
  }

 private:
  template <class>
  friend class Scores;

  T compute_log_normalizer(Index n) const { return log_gamma<Real>(n) + T(Real(n - 1) * log_temperature_); }

  /// by_point_k <- upstream d log p / dx_k from weights n w_k. On the way to a face the weight of one class tends to 1,
  /// and n t w_k - t - 1 would cancel: there it has the form (t (n-1) - 1) - n t (1 - w_k), with 1 - w_k as the sum of
  /// the other weights.
  template <class Loops>
  void slopes_on_simplex(const Block& block, const Columns<Loops>& columns, const Scores<Loops>& scores,
                         const ColumnValues<Loops>& rate, const typename Loops::Broadcast& upstreams,
                         T* by_point) const {
    ColumnValues<Loops> excess, half;
    scores.for_each_with_classes(columns, [&, t = temperature_](Index j, T n) {
      const T of_others = T(t * scores.rest(j)) * rate[j];
      excess[j] = T(T(t * T(n - Real(1))) - Real(1)) - of_others;
      half[j] = n / Real(2);
    });
    const typename Loops::Broadcast by_others(block, excess.data()), halves(block, half.data());
    Loops::for_each(block, [&, weights = scores.masses().data(), x = scores.point(), t = temperature_,
                            power = T(temperature_ + Real(1))](Index k) {
      const T by_own = T(t * weights[k]) - power;
      by_point[k] = upstreams[k] * T(choose_greater<T>(weights[k], halves[k], by_others[k], by_own) / x[k]);
    });
  }

  /// dL/da_j = (g_j - x_j sum_k g_k) / t,   dL/dt = -sum_k y_k dL/da_k,   with x = softmax(y) and g = dL/dy. A sample
  /// has sum_k exp(y_k) = 1 up to rounding, which is divided by nevertheless, so that a constant dL/dx leaves nothing.
  template <class Loops>
  void pathwise_gradient_of_logarithms(const LogitsView<T>& logits, const MatrixView<const T>& points,
                                       const MatrixView<const T>& upstream, const ParameterGradientView<T>& out) const {
    Unmasked<Loops> unmasked(logits);
    Input<Loops> y(points), g(upstream);
    Entries<Loops> mass, by_logit, terms;
    Maxima<Loops> shift;
    Sums<Loops> total_mass, total_g, slope;
    for_each_columns<Loops>(points.rows, points.cols, [&](const Columns<Loops>& columns) CONCRETE_INLINE_LAMBDA {
      bool shifted = false;
      const auto read = [&](const Block& block) CONCRETE_INLINE_LAMBDA {
        unmasked.read(block);
        y.read(block);
        g.read(block);
        if (!shifted) {
          apply<Loops>(Exp(), block, y.data(), mass.data());
        } else {
          const typename Loops::Broadcast shifts(block, shift.data());
          Loops::for_each(block, [&](Index k) { terms[k] = y[k] - shifts[k]; });
          apply<Loops>(Exp(), block, terms.data(), mass.data());
        }
      };
      const auto add_up = [&] {
        columns.pass([&](const Block& block) CONCRETE_INLINE_LAMBDA {
          read(block);
          total_mass.add(block, unmasked.with_masked_zero(block, mass.data()));
          total_g.add(block, unmasked.with_masked_zero(block, g.data()));
        });
      };
      add_up();
      if (!are_nearly_one(total_mass, columns.count)) {  // no samples: only differences of the y count
        if constexpr (Loops::is_fixed) {
          return blocks::call_out_of_line(
              [&] { pathwise_gradient_of_logarithms<OneColumn<T>>(logits, points, upstream, out); });
        } else {
          columns.pass([&](const Block& block) CONCRETE_INLINE_LAMBDA {
            unmasked.read(block);
            y.read(block);
            Loops::for_each(block, [&, &a = unmasked.logits(), low = T(-infinity<T>())](Index k) {
              terms[k] = a[k] > low ? T(y[k]) : low;
            });
            shift.take(block, terms.data());
          });
          for (Index j = 0; j < columns.count; ++j) {
            if (is_nearly_one(total_mass[j]) || !is_finite(shift[j])) shift[j] = constant<T>(0);
          }
          shifted = true;
          add_up();
        }
      }
      columns.for_each([&](Index j) { total_g[j] /= total_mass[j]; });
      columns.pass([&, over_t = over_temperature_](const Block& block) CONCRETE_INLINE_LAMBDA {
        if (block.is_part) read(block);
        const typename Loops::Broadcast rate(block, total_g.data());
        Loops::for_each(block, [&](Index k) { by_logit[k] = over_t(g[k] - T(mass[k] * rate[k])); });
        unmasked.clear_masked(block, by_logit.data());
        apply<Loops>(ProductWithZero(), block, by_logit.data(), y.data(), terms.data());
        slope.add(block, terms.data());
        by_logit.add_to(out.logits, block);
      });
      *out.temperature -= sum_of(slope, columns.count);
    });
  }

  static bool is_nearly_one(const T& mass) { return detail::abs(T(mass - Real(1))) < Real(0.5); }

  template <class Loops>
  CONCRETE_ALWAYS_INLINE static bool are_nearly_one(const ColumnValues<Loops>& masses, Index count) {
    if constexpr (Loops::most_columns > 1) {
      BitsOf<T> signs = 0;
      for (Index j = 0; j < count; ++j) signs |= bits_of(Real(0.5) - std::abs(masses[j] - Real(1)));
      return mask_of_sign(signs) == 0;
    } else {
      return is_nearly_one(masses[0]);
    }
  }

  /// dL/da_j = x_j (h_j - sum_k h_k x_k) / t,   dL/dt = -sum_k log(x_k) dL/da_k,   with h = dL/dx. The mean is divided
  /// by sum_k x_k, so that a constant h leaves nothing; and x comes last, as it may be subnormal.
  template <class Loops>
  void pathwise_gradient_on_simplex(const LogitsView<T>& logits, const MatrixView<const T>& points,
                                    const MatrixView<const T>& upstream, const ParameterGradientView<T>& out) const {
    Unmasked<Loops> unmasked(logits);
    Input<Loops> x(points), h(upstream);
    Entries<Loops> by_logit, terms;
    Sums<Loops> total_mass, mean, slope;
    for_each_columns<Loops>(points.rows, points.cols, [&](const Columns<Loops>& columns) CONCRETE_INLINE_LAMBDA {
      const auto read_masses = [&](const Block& block) CONCRETE_INLINE_LAMBDA {
        unmasked.read(block);
        x.read(block);
        h.read(block);
        return unmasked.with_masked_zero(block, x.data());
      };
      columns.pass([&](const Block& block) CONCRETE_INLINE_LAMBDA {
        const T* const mass = read_masses(block);
        total_mass.add(block, mass);
        apply<Loops>(ProductWithZero(), block, mass, h.data(), terms.data());
        mean.add(block, terms.data());
      });
      columns.for_each([&](Index j) { mean[j] /= total_mass[j]; });
      columns.pass([&, over_t = over_temperature_](const Block& block) CONCRETE_INLINE_LAMBDA {
        const T* const mass = read_masses(block);
        const typename Loops::Broadcast centre(block, mean.data());
        apply<Loops>(Log(), block, mass, terms.data());
        Loops::for_each(block, [&](Index k) {
          const T rate = over_t(h[k] - centre[k]);
          by_logit[k] = product_with_zero<T>(mass[k], rate);
          terms[k] = product_with_zero<T>(mass[k], T(rate * terms[k]));
        });
        slope.add(block, terms.data());
        by_logit.add_to(out.logits, block);
      });
      *out.temperature -= sum_of(slope, columns.count);
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
