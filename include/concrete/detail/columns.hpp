#pragma once

#include <cmath>
#include <concepts>
#include <cstddef>

#include "concrete/detail/loops.hpp"
#include "concrete/detail/view.hpp"

// The passes of a formula over columns, and what it has for each of them: see blocks.hpp.

namespace concrete::detail {

/// Columns that take every pass of a formula together: `count` of them from column `first` on.
template <class Loops>
struct Columns {
  Index dimension, first, count;

  /// f(j) for each of them, and for more, up to a whole strip, whose results nobody reads.
  template <class F>
  CONCRETE_ALWAYS_INLINE void for_each(const F& f) const {
    Loops::for_each_column(count, f);
  }

  /// Whether there is but one, too long for a block.
  bool are_in_parts() const { return Loops::has_parts && dimension > Loops::most_entries; }

  /// f(block) for all their entries: one block of whole columns, or the parts of one column in turn.
  template <class F>
  CONCRETE_ALWAYS_INLINE void pass(const F& f) const {
    if constexpr (Loops::is_fixed) {
      f(Block{0, Loops::rows, first, 1, false});
    } else if constexpr (!Loops::has_parts) {
      f(Block{0, dimension, first, count, false});
    } else {
      const bool in_parts = are_in_parts();
      const Index step = in_parts ? Loops::part_entries : dimension;
      for (Index row = 0; row < dimension; row += step) {
        f(Block{row, step < dimension - row ? step : dimension - row, first, count, in_parts});
      }
    }
  }
};

/// f(columns) for all columns of a batch, in their order.
template <class Loops, class F>
CONCRETE_ALWAYS_INLINE void for_each_columns(Index dimension, Index cols, const F& f) {
  if constexpr (Loops::is_fixed) {
    f(Columns<Loops>{Loops::rows, 0, 1});
  } else if constexpr (Loops::most_columns == 1) {
    for (Index j = 0; j < cols; ++j) f(Columns<Loops>{dimension, j, 1});
  } else {
    const Index most = Loops::columns_at_once(dimension);
    for (Index j = 0; j < cols; j += most) f(Columns<Loops>{dimension, j, most < cols - j ? most : cols - j});
  }
}

/// One number for each of the columns that take their passes together.
template <class Loops>
class ColumnValues {
  using T = typename Loops::Scalar;

 public:
  ColumnValues() {
    if constexpr (Loops::most_columns == 1) values_[0] = constant<T>(0);  // or compilers fear that it is never set
  }
  T& operator[](Index j) { return values_[j]; }
  const T& operator[](Index j) const { return values_[j]; }
  T* data() { return values_; }
  const T* data() const { return values_; }

 private:
  alignas(Loops::most_columns == 1 ? alignof(T) : 64) T values_[std::size_t{Loops::most_columns}];
};

/// Reads one number for each column from a row, or the same for all.
template <class Loops>
CONCRETE_ALWAYS_INLINE void read_row(const MatrixView<const typename Loops::Scalar>& row, const Columns<Loops>& columns,
                                     ColumnValues<Loops>& values) {
  if constexpr (Loops::most_columns > 1) {
    if (columns.count > few_entries) Loops::fill_last_strip(columns.count, 1, values.data());
  }
  const auto* const from = row.data + row.col_stride * columns.first;
  for (Index j = 0; j < columns.count; ++j) values[j] = from[row.col_stride * j];
}

/// Writes one number for each column to a row.
template <class Loops>
CONCRETE_ALWAYS_INLINE void write_row(const ColumnValues<Loops>& values, const Columns<Loops>& columns,
                                      const MatrixView<typename Loops::Scalar>& row) {
  if (Loops::most_columns > 1 && row.run_from(0, columns.first) >= columns.count) {
    auto* const to = &row(0, columns.first);
    for (Index j = 0; j < columns.count; ++j) to[j] = values[j];
  } else {
    for (Index j = 0; j < columns.count; ++j) row(0, columns.first + j) = values[j];
  }
}

/// Whether the numbers of the first `count` columns are finite.
template <class Loops>
CONCRETE_WRAPS CONCRETE_ALWAYS_INLINE bool all_finite(const ColumnValues<Loops>& values, Index count) {
  using T = typename Loops::Scalar;
  if constexpr (Loops::most_columns > 1) {
    BitsOf<T> signs = 0;  // of what is left of the largest finite pattern
    for (Index j = 0; j < count; ++j) signs |= infinity_bits<T> - (bits_of(values[j]) << 1 >> 1) - 1;
    return mask_of_sign(signs) == 0;
  } else {
    return is_finite(values[0]);
  }
}

/// The sum of the numbers of the first `count` columns.
template <class Loops>
CONCRETE_ALWAYS_INLINE typename Loops::Scalar sum_of(const ColumnValues<Loops>& values, Index count) {
  using T = typename Loops::Scalar;
  if constexpr (Loops::most_columns == 1) {
    return values[0];
  } else {
    return sum<T>(count, [&](Index j) { return values[j]; });
  }
}

/// Whether one of the numbers of the first `count` columns is 0.
template <class Loops>
CONCRETE_ALWAYS_INLINE bool some_zero(const ColumnValues<Loops>& values, Index count) {
  bool result = false;
  for (Index j = 0; j < count; ++j) result |= is_zero(values[j]);
  return result;
}

/// The largest entry of each column. NaN may be passed over.
template <class Loops>
class Maxima : public ColumnValues<Loops> {
 public:
  void take(const Block& block, const typename Loops::Scalar* x) {
    if (block.row == 0) return Loops::maxima(block, x, this->data());
    const auto before = (*this)[0];
    Loops::maxima(block, x, this->data());
    if ((*this)[0] < before) (*this)[0] = before;
  }
};

/// The sum of each column. The sums of a long column's parts are added by Kahan's rule, so that their number does not
/// matter.
template <class Loops>
class Sums : public ColumnValues<Loops> {
  using T = typename Loops::Scalar;

 public:
  void add(const Block& block, const T* x) {
    if constexpr (Loops::has_parts) {
      if (block.is_part) return add_part(block, x);
    }
    Loops::sums(block, x, this->data());
  }

  /// Adds a number to the sum over earlier parts of a long column.
  CONCRETE_NEVER_INLINE void add_term(const T& x) {
    const T before = (*this)[0], term = x - lost_, total = before + term;
    lost_ = is_finite(total) ? T(T(total - before) - term) : constant<T>(0);
    (*this)[0] = total;
  }
  /// Multiplies that sum by e^x, x <= 0. Near 1 that adds a small term, so that a thousand times round no more than
  /// once.
  void scale_by_exp(const T& x) {
    if constexpr (std::floating_point<T>) {
      if (x > T(-0.5)) return add_term((*this)[0] * std::expm1(x));
    }
    const T factor = detail::exp<T>(x);
    (*this)[0] *= factor;
    lost_ *= factor;
  }

 private:
  void add_part(const Block& block, const T* x) {
    T part = constant<T>(0);
    Loops::sums(block, x, &part);
    if (block.row != 0) return add_term(part);
    (*this)[0] = part;
    lost_ = constant<T>(0);
  }

  T lost_ = constant<T>(0);
};

}  // namespace concrete::detail
