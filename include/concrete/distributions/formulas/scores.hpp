#pragma once

#include "concrete/detail/blocks.hpp"
#include "concrete/distributions/formulas/categorical.hpp"
#include "concrete/distributions/formulas/limits.hpp"
#include "concrete/distributions/formulas/unmasked.hpp"

// What density and gradient of the relaxed categorical classes share: the scores of classes and their exponentials.

namespace concrete::detail {

template <class T>
class ConcreteFormulas;

/// The scores s = a - t y of the classes at points y = log x, their exponentials e_k = exp(s_k - max s), and with them
/// the log-densities, column by column.
///
/// Towards a face of the simplex the scores of the vanishing coordinates tend to +inf together. There, as for scores
/// beyond the largest number, weights are those of the limit: e_k = exp(a_k) over the classes of infinite score. A
/// small fixed-size column has no limits: where its log-density is infinite or NaN, another way to loop has to be
/// taken.
template <class Loops>
class Scores {
  using T = typename Loops::Scalar;
  using Real = PlainScalar<T>;

 public:
  Scores(const ConcreteFormulas<T>& formulas, const LogitsView<T>& logits, const MatrixView<const T>& points,
         bool for_gradient)
      : formulas_(formulas),
        all_logits_(logits.values),
        all_points_(points),
        with_rest_(for_gradient && !formulas.is_log_scale_),
        unmasked_(logits),
        point_(points) {}

  /// Finds the log-densities of columns, and leaves what recall() needs.
  CONCRETE_ALWAYS_INLINE void compute_log_prob(const Columns<Loops>& columns) {
    if constexpr (Loops::is_fixed) {
      apply_formula(columns);
    } else {
      apply_formula_out_of_line(columns);
      if (some_limit_ || unmasked_.has_masks() || !all_finite(value_, columns.count)) {
        settle_log_prob(columns);
      } else if (is_constant()) {
        columns.for_each([&](Index j) { value_[j] = constant<T>(0); });
      }
    }
  }

  /// Makes scores and exponentials of a block of those columns anew, if they are no longer there.
  CONCRETE_ALWAYS_INLINE void recall(const Block& block) {
    if (!block.is_part) return;
    read_and_score_again(block);
    subtract_and_exp<Loops>(block, top_.data(), NoDivision(), s_.data(), e_.data());
  }

  const ColumnValues<Loops>& log_prob() const { return value_; }
  /// f(j, n) for every column, n being the number of classes that are not masked.
  template <class F>
  CONCRETE_ALWAYS_INLINE void for_each_with_classes(const Columns<Loops>& columns, const F& f) const {
    if (unmasked_.has_masks()) {
      columns.for_each([&](Index j) { f(j, classes_[j]); });
    } else {
      const T n = constant<T>(formulas_.dimension_);
      columns.for_each([&](Index j) { f(j, n); });
    }
  }
  /// sum_k e_k, and the same without the class of largest score (if two share it, without both).
  CONCRETE_ALWAYS_INLINE const T& total(Index j) const { return total_[j]; }
  CONCRETE_ALWAYS_INLINE const T& rest(Index j) const { return rest_[j]; }

  const T* point() const { return point_.data(); }
  /// e_k, for others to work with.
  Entries<Loops>& masses() { return e_; }
  const Entries<Loops>& masses() const { return e_; }

  const Unmasked<Loops>& unmasked() const { return unmasked_; }
  /// v_k y_k of other entries v, but 0 where v_k is.
  CONCRETE_ALWAYS_INLINE const T* times_y(const Block& block, const T* v) {
    apply<Loops>(ProductWithZero(), block, v, y(), terms_.data());
    return terms_.data();
  }

  /// Columns whose upstream is 0 get a gradient of 0.
  CONCRETE_ALWAYS_INLINE void drop_gradients(const ColumnValues<Loops>& upstream, Index count) {
    if constexpr (Loops::is_fixed) return;
    if (!some_zero(upstream, count)) return;
    for (Index j = 0; j < count; ++j) {
      if (has_no_effect(upstream[j], value_[j])) set_state(j, State::no_gradient);
    }
  }

  /// Corrects the gradients of a block where the formulas do not hold.
  CONCRETE_ALWAYS_INLINE void settle_gradient(const Block& block, const ColumnValues<Loops>& upstream, T* by_point,
                                              T* by_logit) const {
    if constexpr (!Loops::is_fixed) {
      if (is_constant()) Loops::for_each(block, [&](Index k) { by_point[k] = by_logit[k] = constant<T>(0); });
      if (some_special_) settle_special_gradient(block, upstream, by_point, by_logit);
    }
  }

  /// Corrects d log p / dt where the formula does not hold: towards a face it tends to -inf.
  CONCRETE_ALWAYS_INLINE void settle_temperature(const ColumnValues<Loops>& upstream, Index count,
                                                 ColumnValues<Loops>& slope) const {
    if constexpr (Loops::is_fixed) return;
    for (Index j = 0; is_constant() && j < count; ++j) slope[j] = constant<T>(0);
    for (Index j = 0; some_special_ && j < count; ++j) {
      if (state_[j] == State::no_gradient) slope[j] = constant<T>(0);
      if (state_[j] == State::undefined) slope[j] = quiet_nan<T>();
      if (state_[j] == State::limit) slope[j] = product_with_zero<T>(upstream[j], -infinity<T>());
    }
  }

 private:
  enum class State : unsigned char { ordinary, limit, no_gradient, undefined };

  /// Of a single class the sample is certain.
  bool is_constant() const { return formulas_.dimension_ == 1; }

  CONCRETE_ALWAYS_INLINE const T* y() const {
    return !Loops::is_fixed && formulas_.is_log_scale_ ? point_.data() : log_point_.data();
  }

  CONCRETE_NEVER_INLINE void apply_formula_out_of_line(const Columns<Loops>& columns) { apply_formula(columns); }

  CONCRETE_ALWAYS_INLINE void apply_formula(const Columns<Loops>& columns) {
    some_limit_ = some_special_ = false;
    do {
      columns.pass([&](const Block& block) CONCRETE_INLINE_LAMBDA {
        read(block);
        score(block);
        const T before = top_[0];
        top_.take(block, s_.data());
        if (block.is_part) carry_over(block, before);
        subtract_and_exp<Loops>(block, top_.data(), NoDivision(), s_.data(), e_.data());
        add_up(block);
      });
    } while (must_repeat(columns.count));  // then it has to be done again
    columns.for_each([&](Index j) { value_[j] = total_[j]; });
    take_logarithms(columns, value_);
    for (Index j = 0; unmasked_.has_masks() && j < columns.count; ++j) {
      normalizer_[j] = formulas_.log_normalizer(count_of(j));
    }
    for_each_with_classes(columns,
                          [&, full = formulas_.full_normalizer_, masked = unmasked_.has_masks()](Index j, T n) {
                            value_[j] = (masked ? normalizer_[j] : full) + T(linear_[j] - T(n * value_[j]));
                          });
    if (!formulas_.is_log_scale_) columns.for_each([&](Index j) { value_[j] -= log_jacobian_[j]; });
  }

  /// Of a part of a long column.
  CONCRETE_NEVER_INLINE void read_and_score_again(const Block& block) {
    read(block);
    score(block);
  }

  CONCRETE_ALWAYS_INLINE void read(const Block& block) {
    unmasked_.read(block);
    point_.read(block);
    if (!formulas_.is_log_scale_) {
      apply<Loops>(Log(), block, point_.data(), log_point_.data());
    } else if constexpr (Loops::is_fixed) {  // one array, known when compiled, stays in registers
      Loops::for_each(block, [&](Index k) { log_point_[k] = point_[k]; });
    }
  }

  /// s <- a - t y, or what stands for it at a limit.
  CONCRETE_ALWAYS_INLINE void score(const Block& block) {
    const T t = formulas_.temperature_;
    const T *const a = unmasked_.logits().data(), *const y_k = y();
    if (unmasked_.has_masks()) {
      Loops::for_each(block, [&](Index k) { s_[k] = score_unless_masked<T>(a[k], y_k[k], t); });
    } else {
      Loops::for_each(block, [&](Index k) { s_[k] = a[k] - T(t * y_k[k]); });
    }
    if constexpr (!Loops::is_fixed) {
      if (some_limit_) replace_limits(block);
    }
  }

  CONCRETE_ALWAYS_INLINE void add_up(const Block& block) {
    total_.add(block, e_.data());
    linear_.add(block, unmasked_.with_masked_zero(block, s_.data()));
    unmasked_.count(block, classes_);
    if (!formulas_.is_log_scale_) log_jacobian_.add(block, unmasked_.with_masked_zero(block, y()));
    if (with_rest_) {
      Loops::for_each(block, [&](Index k) { terms_[k] = unless_zero<T>(s_[k], e_[k]); });
      rest_.add(block, terms_.data());
    }
  }

  /// Makes the sums over earlier parts of a long column relative to the largest score up to this one.
  CONCRETE_NEVER_INLINE void carry_over(const Block& block, const T& before) {
    const T lowest = constant<T>(std::numeric_limits<Real>::lowest());
    T& top = top_[0];
    if (top < lowest) top = lowest;  // all of them masked
    if (block.row == 0 || !(before < top)) return;
    const Index n = unmasked_.has_masks() ? static_cast<Index>(value_of(classes_[0])) : block.row;
    if (n == 0) return;
    const T change = before - top;
    linear_.add_term(T(Real(n) * change));
    total_.scale_by_exp(change);
    rest_ = total_;  // none of those is the largest any more
  }

  // ---- Limits ----

  /// Whether some largest score has turned out to be infinite.
  CONCRETE_ALWAYS_INLINE bool must_repeat(Index count) {
    if constexpr (Loops::is_fixed) return false;
    return !some_limit_ && !all_finite(top_, count) && mark_limits(count);
  }

  /// Notes which columns have an infinite largest score; false if none has.
  CONCRETE_NEVER_INLINE bool mark_limits(Index count) {
    for (Index j = 0; j < count; ++j) {
      at_limit_[j] = is_infinity(detail::abs(top_[j]));
      limit_top_[j] = top_[j];
      some_limit_ = some_limit_ || at_limit_[j];
    }
    return some_limit_;
  }

  CONCRETE_NEVER_INLINE void replace_limits(const Block& block) {
    for (Index c = 0; c < block.columns; ++c) {
      if (!at_limit_[c]) continue;
      T* const s = s_.data() + block.rows * c;
      const T *const a = unmasked_.logits().data() + block.rows * c, limit = limit_top_[c], low = -infinity<T>();
      for (Index k = 0; k < block.rows; ++k) s[k] = choose_equal<T>(s[k], limit, a[k], low);
    }
  }

  /// Corrects log-densities where the formula does not hold: at limits, outside the support, and for a single class.
  CONCRETE_NEVER_INLINE void settle_log_prob(const Columns<Loops>& columns) {
    for (Index j = 0; j < columns.count; ++j) {
      const bool has_limit = some_limit_ && at_limit_[j];
      if (has_limit || !is_finite(value_[j])) {
        settle_column(j, columns.first + j, has_limit);
      } else if (count_of(j) == 1) {
        value_[j] = constant<T>(0);
        set_state(j, State::no_gradient);
      }
    }
  }

  void settle_column(Index j, Index column, bool has_limit) {
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

  CONCRETE_NEVER_INLINE void settle_special_gradient(const Block& block, const ColumnValues<Loops>& upstream,
                                                     T* by_point, T* by_logit) const {
    for (Index c = 0; c < block.columns; ++c) {
      if (state_[c] == State::no_gradient) {
        clear_column(block, c, by_point);
        clear_column(block, c, by_logit);
      } else if (state_[c] == State::undefined) {
        for (Index k = block.rows * c; k < block.rows * (c + 1); ++k) by_point[k] = by_logit[k] = quiet_nan<T>();
      } else if (state_[c] == State::limit && !formulas_.is_log_scale_) {
        settle_slopes_at_zero(block, c, upstream[c], by_point);
      }
    }
  }

  void settle_slopes_at_zero(const Block& block, Index c, const T& upstream, T* by_point) const {
    for (Index k = 0; k < block.rows; ++k) {
      T& slope = by_point[block.rows * c + k];
      if (!is_nan(slope) || !is_zero(point_[block.rows * c + k])) continue;
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
    return unmasked_.has_masks() ? static_cast<Index>(value_of(classes_[j])) : formulas_.dimension_;
  }

  const ConcreteFormulas<T>& formulas_;
  const MatrixView<const T>&all_logits_, &all_points_;
  bool with_rest_;
  Unmasked<Loops> unmasked_;
  Input<Loops> point_;
  Entries<Loops> log_point_, s_, e_, terms_;
  Maxima<Loops> top_;
  Sums<Loops> total_, linear_, log_jacobian_, rest_, classes_;
  ColumnValues<Loops> value_, normalizer_, limit_top_;
  bool some_limit_, some_special_;
  bool at_limit_[Loops::most_columns];
  State state_[Loops::most_columns];
};

}  // namespace concrete::detail
