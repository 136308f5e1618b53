#pragma once

#include "concrete/detail/blocks.hpp"
#include "concrete/distributions/formulas/categorical.hpp"
#include "concrete/distributions/formulas/limits.hpp"

// What density and gradient of the relaxed categorical classes share: the scores of classes and their exponentials.

namespace concrete::detail {

template <class T>
class ConcreteFormulas;

/// The scores s = a - t y of the classes at points y = log x, their exponentials e_k = exp(s_k - max s), and with them the
/// log-densities, column by column.
///
/// Towards a face of the simplex the scores of the vanishing coordinates tend to +inf together. There, as for scores
/// beyond the largest number, weights are those of the limit: e_k = exp(a_k) over the classes of infinite score.
template <class Loops, bool masked>
class Scores {
  using T = typename Loops::Scalar;
  using Real = PlainScalar<T>;

 public:
  /// \param for_gradient  whether rest() will be asked for.
  Scores(const ConcreteFormulas<T>& formulas, const MatrixView<const T>& logits, const MatrixView<const T>& points,
         bool for_gradient)
      : formulas_(formulas),
        all_logits_(logits),
        all_points_(points),
        with_rest_(for_gradient && !formulas.is_log_scale_),
        a_(logits),
        point_(points) {}

  /// Finds the log-densities of columns, and leaves what recall() needs. Of a small fixed-size column, infinite or NaN ones
  /// are left for others to find.
  CONCRETE_ALWAYS_INLINE void compute_log_prob(const Columns<Loops>& columns) {
    if constexpr (Loops::is_fixed) {
      apply_formula(columns);
    } else {
      apply_formula_out_of_line(columns);
      settle_log_prob(columns);
    }
  }

  /// Makes scores and exponentials of a block of those columns anew, if they are no longer there.
  void recall(const Block& block) {
    if (!block.is_part) return;
    read(block);
    score(block);
    lower(block);
  }

  const ColumnValues<Loops>& log_prob() const { return value_; }
  /// The number of classes that are not masked.
  T classes(Index j) const {
    if constexpr (masked) {
      return classes_[j];
    } else {
      return constant<T>(formulas_.dimension_);
    }
  }
  /// sum_k e_k, and the same without the class of largest score.
  const T& total(Index j) const { return total_[j]; }
  const T& rest(Index j) const { return rest_[j]; }

  const Input<Loops>& logits() const { return a_; }
  const T* point() const { return point_.data(); }
  CONCRETE_ALWAYS_INLINE const T* y() const {
    return !Loops::is_fixed && formulas_.is_log_scale_ ? point_.data() : log_point_.data();
  }
  /// e_k, for others to work with.
  Entries<Loops>& masses() { return e_; }
  const Entries<Loops>& masses() const { return e_; }

  /// Columns whose upstream is 0 get a gradient of 0.
  void drop_gradients(const ColumnValues<Loops>& upstream, Index count) {
    if (!some_zero(upstream, count)) return;
    for (Index j = 0; j < count; ++j) {
      if (has_no_effect(upstream[j], value_[j])) set_state(j, State::no_gradient);
    }
  }

  /// Corrects the gradients of a block where the formulas do not hold.
  void settle_gradient(const Block& block, const ColumnValues<Loops>& upstream, Entries<Loops>& by_point,
                       Entries<Loops>& by_logit) const {
    if (!some_special_) return;
    for (Index c = 0; c < block.columns; ++c) {
      if (state_[c] == State::no_gradient) {
        by_point.clear_column(block, c);
        by_logit.clear_column(block, c);
      } else if (state_[c] == State::undefined) {
        for (Index k = block.rows * c; k < block.rows * (c + 1); ++k) by_point[k] = by_logit[k] = quiet_nan<T>();
      } else if (state_[c] == State::limit && !formulas_.is_log_scale_) {
        settle_slopes_at_zero(block, c, upstream[c], by_point);
      }
    }
  }

  /// The same of the derivatives with respect to the temperature: towards a face they tend to -inf.
  void settle_temperature(const ColumnValues<Loops>& upstream, Index count, ColumnValues<Loops>& slope) const {
    for (Index j = 0; some_special_ && j < count; ++j) {
      if (state_[j] == State::no_gradient) slope[j] = constant<T>(0);
      if (state_[j] == State::undefined) slope[j] = quiet_nan<T>();
      if (state_[j] == State::limit) slope[j] = product_with_zero<T>(upstream[j], -infinity<T>());
    }
  }

 private:
  enum class State : unsigned char { ordinary, limit, no_gradient, undefined };
  static constexpr bool with_limits = !Loops::is_fixed;

  CONCRETE_NEVER_INLINE CONCRETE_FLATTEN void apply_formula_out_of_line(const Columns<Loops>& columns) {
    apply_formula(columns);
  }

  CONCRETE_ALWAYS_INLINE void apply_formula(const Columns<Loops>& columns) {
    some_limit_ = some_special_ = false;
    columns.pass([&](const Block& block) {
      read(block);
      score(block);
      top_.take(block, s_.data());
    });
    if constexpr (with_limits) {
      if (!all_finite(top_, columns.count) && find_limits(columns.count)) {
        columns.pass([&](const Block& block) {
          if (block.is_part) read(block);
          score(block);
          top_.take(block, s_.data());
        });
      }
    }
    columns.pass([&](const Block& block) {
      if (block.is_part) {
        read(block);
        score(block);
      }
      lower(block);
      add_up(block);
    });
    for (Index j = 0; masked && j < columns.count; ++j) normalizer_[j] = formulas_.log_normalizer(count_of(j));
    columns.for_each([this, n = Real(formulas_.dimension_), full = formulas_.full_normalizer_](Index j) {
      const T count = masked ? T(classes_[j]) : T(n), normalizer = masked ? T(normalizer_[j]) : full;
      value_[j] = normalizer + T(linear_[j] - T(count * log_of_total<T>(total_[j])));
    });
    if (!formulas_.is_log_scale_) columns.for_each([&](Index j) { value_[j] -= log_jacobian_[j]; });
  }

  CONCRETE_ALWAYS_INLINE void read(const Block& block) {
    a_.read(block);
    point_.read(block);
    if (!formulas_.is_log_scale_) {
      Loops::for_each(block, [&](Index k) { log_point_[k] = loop_log<T>(point_[k]); });
    } else if constexpr (Loops::is_fixed) {
      Loops::for_each(block, [&](Index k) { log_point_[k] = point_[k]; });
    }
  }

  /// s <- a - t y, or what stands for it at a limit.
  CONCRETE_ALWAYS_INLINE void score(const Block& block) {
    Loops::for_each(block, [&, t = formulas_.temperature_, y = y()](Index k) {
      s_[k] = masked ? score_unless_masked<T>(a_[k], y[k], t) : T(a_[k] - T(t * y[k]));
    });
    if constexpr (with_limits) {
      if (some_limit_) replace_limits(block);
    }
  }

  CONCRETE_NEVER_INLINE void replace_limits(const Block& block) {
    for (Index c = 0; c < block.columns; ++c) {
      if (!at_limit_[c]) continue;
      for (Index k = block.rows * c; k < block.rows * (c + 1); ++k) {
        s_[k] = equal(s_[k], limit_top_[c]) ? T(a_[k]) : T(-infinity<T>());
      }
    }
  }

  /// s <- s - max s, and e <- exp(s).
  CONCRETE_ALWAYS_INLINE void lower(const Block& block) {
    const typename Loops::Broadcast largest(block, top_.data());
    Loops::for_each(block, [&](Index k) {
      s_[k] -= largest[k];
      e_[k] = loop_exp_flushed<T>(s_[k]);
    });
  }

  CONCRETE_ALWAYS_INLINE void add_up(const Block& block) {
    total_.add(block, e_.data());
    add_unmasked(block, s_.data(), linear_);
    if constexpr (masked) {
      Loops::for_each(block, [&](Index k) { terms_[k] = zero_if_masked<T>(a_[k], constant<T>(1)); });
      classes_.add(block, terms_.data());
    }
    if (!formulas_.is_log_scale_) add_unmasked(block, y(), log_jacobian_);
    if (with_rest_) {
      Loops::for_each(block, [&](Index k) { terms_[k] = unless_zero<T>(s_[k], e_[k]); });
      rest_.add(block, terms_.data());
    }
  }

  CONCRETE_ALWAYS_INLINE void add_unmasked(const Block& block, const T* x, Sums<Loops>& sums) {
    if constexpr (masked) {
      Loops::for_each(block, [&](Index k) { terms_[k] = zero_if_masked<T>(a_[k], x[k]); });
      x = terms_.data();
    }
    sums.add(block, x);
  }

  /// Notes which columns have an infinite largest score; false if none has.
  CONCRETE_NEVER_INLINE bool find_limits(Index count) {
    for (Index j = 0; j < count; ++j) {
      at_limit_[j] = is_infinity(detail::abs(top_[j]));
      limit_top_[j] = top_[j];
      some_limit_ = some_limit_ || at_limit_[j];
    }
    return some_limit_;
  }

  /// Corrects log-densities where the formula does not hold: at limits, outside the support, and for a single class.
  CONCRETE_NEVER_INLINE void settle_log_prob(const Columns<Loops>& columns) {
    const bool look_at_all = some_limit_ || masked || formulas_.dimension_ == 1;
    if (!look_at_all && all_finite(value_, columns.count)) return;
    for (Index j = 0; j < columns.count; ++j) {
      const bool has_limit = some_limit_ && at_limit_[j];
      if (!has_limit && count_of(j) > 1 && is_finite(value_[j])) continue;
      settle_log_prob(j, columns.first + j, has_limit);
    }
  }

  void settle_log_prob(Index j, Index column, bool has_limit) {
    const auto a = all_logits_.col(column % all_logits_.cols);
    const auto x = all_points_.col(column);
    const Survey point = survey<T>(a, x, formulas_.is_log_scale_ ? -std::numeric_limits<Real>::infinity() : Real(0));
    if (point.has_nan) {
      value_[j] = quiet_nan<T>();
      set_state(j, State::undefined);
    } else if (point.outside) {
      value_[j] = -infinity<T>();
      set_state(j, State::no_gradient);
    } else if (point.classes == 1) {
      value_[j] = constant<T>(0);
      set_state(j, State::no_gradient);
    } else if (has_limit) {
      value_[j] = formulas_.is_log_scale_ ? T(-infinity<T>())
                                          : log_prob_on_face<T>(a, x, point, formulas_.temperature_,
                                                                formulas_.log_normalizer(point.classes));
      set_state(j, State::limit);
    }
  }

  void settle_slopes_at_zero(const Block& block, Index c, const T& upstream, Entries<Loops>& by_point) const {
    for (Index k = 0; k < block.rows; ++k) {
      T& slope = by_point[block.rows * c + k];
      if (!is_nan(slope) || !(point_[block.rows * c + k] == Real(0))) continue;
      const Index column = block.column + c;
      const auto a = all_logits_.col(column % all_logits_.cols);
      const auto x = all_points_.col(column);
      slope = product_with_zero<T>(
          upstream, slope_at_zero<T>(a, x, survey<T>(a, x, Real(0)), formulas_.temperature_, block.row + k));
    }
  }

  void set_state(Index j, State state) {
    if (!some_special_) {
      for (State& each : state_) each = State::ordinary;
    }
    some_special_ = true;
    state_[j] = state;
  }

  Index count_of(Index j) const {
    if constexpr (masked) {
      return static_cast<Index>(value_of(classes_[j]));
    } else {
      return formulas_.dimension_;
    }
  }

  const ConcreteFormulas<T>& formulas_;
  const MatrixView<const T>&all_logits_, &all_points_;
  bool with_rest_;
  Input<Loops> a_, point_;
  Entries<Loops> log_point_, s_, e_, terms_;
  Maxima<Loops> top_;
  Sums<Loops> total_, linear_, log_jacobian_, rest_, classes_;
  ColumnValues<Loops> value_, normalizer_, limit_top_;
  bool some_limit_, some_special_;
  bool at_limit_[Loops::most_columns];
  State state_[Loops::most_columns];
};

}  // namespace concrete::detail
