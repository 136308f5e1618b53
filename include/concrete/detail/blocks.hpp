#pragma once

#include <cstddef>

#include "concrete/detail/math.hpp"
#include "concrete/detail/reductions.hpp"
#include "concrete/detail/view.hpp"

// How formulas run over the columns of a batch.
//
// A formula is a sequence of passes over entries, with reductions of each column between them. It is written once, over
// the entries 0, 1, 2 … of a block, and serves columns of every length:
//
//   short columns   as many as fit into the first-level cache make one block, end to end; a pass finds in the arrays what
//                   the passes before it left there
//   a long column   is taken a block at a time, in every pass anew; what an earlier pass left is computed again
//
// and entries of every kind, by one of two ways to loop over a block:
//
//   Strips<T>       float and double: loops of constant length over contiguous numbers without a jump, which compilers
//                   turn into vector instructions, of whatever width there is
//   OneColumn<T>    every other scalar, and a handful of floats, for which a strip would be too long
//
// All agree to the last bit: a maximum has no rounding, and sums are taken in one order.

namespace concrete::detail {

/// Rows `row` to `row + rows` of columns `column` to `column + columns`: whole columns, or a part of one.
struct Block {
  Index row, rows, column, columns;
  bool is_part;

  Index size() const { return rows * columns; }
};

/// Columns up to so short are reduced 32 at a time.
inline constexpr Index tiny_dimension = 4;

/// One column at a time, entry by entry: a handful of floats, or a column of a scalar without vector instructions. With
/// `rows`, the column of a small fixed-size vector, whose loops are unrolled.
template <class T, int fixed_rows = Eigen::Dynamic>
struct OneColumn {
  using Scalar = T;
  static constexpr int rows = fixed_rows;
  static constexpr bool is_fixed = rows != Eigen::Dynamic;
  static constexpr Index most_entries = is_fixed ? rows : 16, part_entries = most_entries, most_columns = 1,
                         padding = 0;

  static Index touched(const Block& block) { return block.rows; }

  template <class F>
  CONCRETE_ALWAYS_INLINE static void for_each(const Block& block, const F& f) {
    if constexpr (is_fixed) {
      unroll<0>(f);
    } else {
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC ivdep
#endif
      for (Index k = 0; k < block.rows; ++k) f(k);
    }
  }
  template <class F>
  CONCRETE_ALWAYS_INLINE static void for_each_column(Index, const F& f) {
    f(Index{0});
  }
  CONCRETE_ALWAYS_INLINE static void maxima(const Block& block, const T* x, T* result) {
    T largest = x[0];
    for_each_but_first(block, [&](Index k) { largest = largest < x[k] ? x[k] : largest; });
    *result = largest;
  }
  CONCRETE_ALWAYS_INLINE static void sums(const Block& block, const T* x, T* result) {
    T total = x[0];
    for_each_but_first(block, [&](Index k) { total += x[k]; });
    *result = total;
  }

  /// The number of its column at every entry.
  class Broadcast {
   public:
    Broadcast(const Block&, const T* values) : value_(*values) {}
    CONCRETE_ALWAYS_INLINE const T& operator[](Index) const { return value_; }

   private:
    T value_;
  };

 private:
  template <class F>
  CONCRETE_ALWAYS_INLINE static void for_each_but_first(const Block& block, const F& f) {
    if constexpr (is_fixed) {
      unroll<1>(f);
    } else {
      for (Index k = 1; k < block.rows; ++k) f(k);
    }
  }

  /// f(k), f(k + 1) … without a loop: compilers unroll loops too late to keep the entries in registers.
  template <Index k, class F>
  CONCRETE_ALWAYS_INLINE static void unroll(const F& f) {
    if constexpr (k < rows) {
      f(k);
      unroll<k + 1>(f);
    }
  }
};

/// Columns of float or double in strips of 32 entries, or, where they are tiny, of 32 columns. What is touched beyond
/// the last entry is nobody's.
template <ElementaryScalar T>
struct Strips {
  using Scalar = T;
  static constexpr bool is_fixed = false;
  static constexpr Index most_entries = 1024, part_entries = 4096 / sizeof(T), most_columns = 1024, padding = 32;

  static Index columns_at_once(Index n) { return n <= part_entries ? part_entries / n : 1; }
  static Index touched(const Block& block) {
    return block.rows <= tiny_dimension ? block.rows * whole_strips(block.columns) : whole_strips(block.size());
  }

  template <class F>
  CONCRETE_ALWAYS_INLINE static void for_each(const Block& block, const F& f) {
    const Index size = block.size();
    for (Index begin = 0; begin < size; begin += sum_lanes) {
      for_each_lane([&](Index lane) { f(begin + lane); });
    }
  }
  template <class F>
  CONCRETE_ALWAYS_INLINE static void for_each_column(Index columns, const F& f) {
    if (columns <= few_entries) {
      for (Index j = 0; j < columns; ++j) f(j);
    } else {
      for (Index begin = 0; begin < columns; begin += sum_lanes) {
        for_each_lane([&](Index lane) { f(begin + lane); });
      }
    }
  }
  CONCRETE_NEVER_INLINE static void maxima(const Block& block, const T* x, T* result) {
    reduce(block, x, result, Larger());
  }
  CONCRETE_NEVER_INLINE static void sums(const Block& block, const T* x, T* result) {
    reduce(block, x, result, std::plus<>());
  }

  class Broadcast {
   public:
    Broadcast(const Block& block, const T* values) { broadcast(block, values, values_); }
    const T& operator[](Index k) const { return values_[k]; }

   private:
    alignas(64) T values_[most_entries + padding];
  };

 private:
  static constexpr Index abreast = 4;

  static Index whole_strips(Index size) { return (size + sum_lanes - 1) / sum_lanes * sum_lanes; }

  /// Calls f with the number, 1 to tiny_dimension, as a constant: loops over so short columns are vectorised across
  /// them.
  template <class F>
  static void with_constant(Index number, const F& f) {
    switch (number) {
      case 1:
        return f(std::integral_constant<Index, 1>());
      case 2:
        return f(std::integral_constant<Index, 2>());
      case 3:
        return f(std::integral_constant<Index, 3>());
      default:
        return f(std::integral_constant<Index, 4>());
    }
  }

  template <class Combine>
  static void reduce(const Block& block, const T* x, T* result, const Combine& combine) {
    const Index n = block.rows;
    if (block.is_part) {
      *result = n < sum_lanes ? reduce_one(n, x, combine) : reduce_long(n, x, combine);
    } else if (n <= tiny_dimension) {
      with_constant(n, [&](auto constant) { reduce_tiny<decltype(constant)::value>(block, x, result, combine); });
    } else if (n < sum_lanes) {
      Index j = 0;
      for (; j + abreast <= block.columns; j += abreast) reduce_four(n, x + n * j, result + j, combine);
      for (; j < block.columns; ++j) result[j] = reduce_one(n, x + n * j, combine);
    } else {
      for (Index j = 0; j < block.columns; ++j) result[j] = reduce_long(n, x + n * j, combine);
    }
  }

  template <Index n, class Combine>
  static void reduce_tiny(const Block& block, const T* x, T* result, const Combine& combine) {
    for (Index begin = 0; begin < block.columns; begin += sum_lanes) {
      for_each_lane([&](Index lane) {
        const T* const column = x + n * (begin + lane);
        T value = column[0];
        for (Index k = 1; k < n; ++k) value = combine(value, column[k]);
        result[begin + lane] = value;
      });
    }
  }

  template <class Combine>
  static T reduce_one(Index n, const T* x, const Combine& combine) {
    T value = x[0];
    for (Index k = 1; k < n; ++k) value = combine(value, x[k]);
    return value;
  }

  /// Columns side by side, so that none waits for the last result of another.
  template <class Combine>
  static void reduce_four(Index n, const T* x, T* result, const Combine& combine) {
    T running[abreast];
    for (Index c = 0; c < abreast; ++c) running[c] = x[n * c];
    for (Index k = 1; k < n; ++k) {
      ++x;
      for (Index c = 0; c < abreast; ++c) running[c] = combine(running[c], x[n * c]);
    }
    for (Index c = 0; c < abreast; ++c) result[c] = running[c];
  }

  /// Entry k goes to lane k mod 32, by Eigen, whose fixed-size arrays stay in registers; then the lanes are folded.
  template <class Combine>
  static T reduce_long(Index n, const T* x, const Combine& combine) {
    using Strip = Eigen::Array<T, sum_lanes, 1>;
    Strip running = Eigen::Map<const Strip>(x);
    Index k = sum_lanes;
    for (; k + sum_lanes <= n; k += sum_lanes) running = combine(running, Eigen::Map<const Strip>(x + k));
    for (Index lane = 0; lane < n - k; ++lane) running[lane] = combine(running[lane], x[k + lane]);
    return fold_lanes(running.data(), combine);
  }

  CONCRETE_NEVER_INLINE static void broadcast(const Block& block, const T* values, T* result) {
    const Index n = block.rows;
    if (block.columns == 1) {
      for_each(block, [result, value = values[0]](Index k) { result[k] = value; });
    } else if (n <= tiny_dimension) {
      with_constant(n, [&](auto constant) { broadcast_tiny<decltype(constant)::value>(block, values, result); });
    } else if (n < sum_lanes) {
      broadcast_by<32 / sizeof(T)>(block, values, result);
    } else {
      broadcast_by<sum_lanes>(block, values, result);
    }
  }

  template <Index n>
  static void broadcast_tiny(const Block& block, const T* values, T* result) {
    for (Index j = 0; j < block.columns; j += sum_lanes) {
      for_each_lane([&](Index lane) {
        for (Index k = 0; k < n; ++k) result[n * (j + lane) + k] = values[j + lane];
      });
    }
  }

  /// Copies of each number, `width` at a time: those beyond the column are overwritten by the next one.
  template <Index width>
  static void broadcast_by(const Block& block, const T* values, T* result) {
    for (Index j = 0; j < block.columns; ++j) {
      const T value = values[j];
      for (Index k = 0; k < block.rows; k += width) {
        for (Index lane = 0; lane < width; ++lane) result[block.rows * j + k + lane] = value;
      }
    }
  }
};

/// Columns that take every pass of a formula together: `count` of them from column `first` on.
template <class Loops>
struct Columns {
  Index dimension, first, count;

  /// f(j) for each of them, and for others that are nobody's.
  template <class F>
  CONCRETE_ALWAYS_INLINE void for_each(const F& f) const {
    Loops::for_each_column(count, f);
  }

  /// f(block) for all their entries: one block of whole columns, or the parts of one column in turn.
  template <class F>
  CONCRETE_ALWAYS_INLINE void pass(const F& f) const {
    if constexpr (Loops::is_fixed) {
      f(Block{0, Loops::rows, first, 1, false});
    } else {
      const bool in_parts = dimension > Loops::most_entries;
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

 protected:
  alignas(Loops::most_columns == 1 ? alignof(T) : 64) T values_[std::size_t{Loops::most_columns}];
};

/// Reads one number for each column from a row, or the same for all.
template <class Loops>
CONCRETE_ALWAYS_INLINE void read_row(const MatrixView<const typename Loops::Scalar>& row, const Columns<Loops>& columns,
                                     ColumnValues<Loops>& values) {
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
CONCRETE_ALWAYS_INLINE bool all_finite(const ColumnValues<Loops>& values, Index count) {
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
  for (Index j = 0; j < count; ++j) result |= values[j] == PlainScalar<typename Loops::Scalar>(0);
  return result;
}

/// The largest entry of each column. NaN may be passed over.
template <class Loops>
class Maxima : public ColumnValues<Loops> {
 public:
  void take(const Block& block, const typename Loops::Scalar* x) {
    const auto before = this->values_[0];
    Loops::maxima(block, x, this->values_);
    if (block.row > 0 && this->values_[0] < before) this->values_[0] = before;
  }
};

/// The sum of each column. The sums of a long column's parts are added by Kahan's rule, so that their number does not
/// matter.
template <class Loops>
class Sums : public ColumnValues<Loops> {
  using T = typename Loops::Scalar;

 public:
  void add(const Block& block, const T* x) {
    if (!block.is_part) return Loops::sums(block, x, this->values_);
    T part = constant<T>(0);
    Loops::sums(block, x, &part);
    if (block.row == 0) {
      this->values_[0] = part;
      lost_ = constant<T>(0);
      return;
    }
    const T before = this->values_[0], term = part - lost_, total = before + term;
    lost_ = is_finite(total) ? T(T(total - before) - term) : constant<T>(0);
    this->values_[0] = total;
  }

 private:
  T lost_ = constant<T>(0);
};

// ---- Entries of a block ----

namespace blocks {

/// Copies a block of a matrix to `out`, its column j first. The columns of the matrix repeat.
template <class T>
CONCRETE_NEVER_INLINE void copy_in(const MatrixView<const T>& matrix, const Block& block, Index j, Index touched,
                                   T* out) {
  using Entries = Eigen::VectorX<T>;
  const auto copy = [](const T* from, Index count, T* to) {
    // By Eigen, as the standard library's copies of a few kilobytes take long to begin.
    Eigen::Map<Entries>(to, count) = Eigen::Map<const Entries>(from, count);
  };
  const Index size = block.size(), period = block.rows * matrix.cols;
  const Index run = matrix.run_from(block.row, j), at_once = run < size ? run : size;
  Index filled = 0;
  if (at_once > 1) {
    copy(&matrix(block.row, j), at_once, out);
    filled = at_once / block.rows * block.rows;
    j += filled / block.rows;
  }
  for (; filled < size && filled < period; filled += block.rows, ++j) {
    if (j == matrix.cols) j = 0;
    for (Index k = 0; k < block.rows; ++k) out[filled + k] = matrix(block.row + k, j);
  }
  while (filled < size) {
    const Index count = filled < size - filled ? filled : size - filled;
    copy(out, count, out + filled);
    filled += count;
  }
  for (Index k = size; k < touched; ++k) out[k] = constant<T>(0);
}

/// Copies a block to its place in a matrix.
template <class T>
CONCRETE_NEVER_INLINE void copy_out(const T* entries, const Block& block, const MatrixView<T>& matrix) {
  for (Index c = 0; c < block.columns; ++c) {
    for (Index k = 0; k < block.rows; ++k) matrix(block.row + k, block.column + c) = entries[block.rows * c + k];
  }
}

/// Adds a block to a matrix, to its column j first. The columns of the matrix repeat.
template <class T>
CONCRETE_NEVER_INLINE void add_to(const T* entries, const Block& block, const MatrixView<T>& matrix, Index j) {
  const Index size = block.size();
  if (block.columns <= matrix.cols - j && matrix.run_from(block.row, j) >= size) {
    T* const target = &matrix(block.row, j);
    for (Index k = 0; k < size; ++k) target[k] += entries[k];
    return;
  }
  for (Index c = 0; c < block.columns; ++c) {
    for (Index k = 0; k < block.rows; ++k) matrix(block.row + k, j) += entries[block.rows * c + k];
    if (++j == matrix.cols) j = 0;
  }
}

}  // namespace blocks

/// What a formula reads of a matrix: the entries of a block where they stand, or else a copy. The columns of a matrix of
/// fewer columns than the batch repeat.
template <class Loops>
class Input {
  using T = typename Loops::Scalar;

 public:
  explicit Input(const MatrixView<const T>& matrix) : matrix_(matrix) {}
  Input(const Input&) = delete;
  Input& operator=(const Input&) = delete;

  CONCRETE_ALWAYS_INLINE void read(const Block& block) {
    const Index j = block.column < matrix_.cols ? block.column : block.column % matrix_.cols;
    if (block.columns <= matrix_.cols - j && matrix_.run_from(block.row, j) >= Loops::touched(block)) {
      entries_ = &matrix_(block.row, j);
    } else {
      entries_ = copy_;
      if constexpr (Loops::most_columns == 1) {
        for (Index k = 0; k < block.rows; ++k) copy_[k] = matrix_(block.row + k, j);
      } else {
        blocks::copy_in<T>(matrix_, block, j, Loops::touched(block), copy_);
      }
    }
  }
  CONCRETE_ALWAYS_INLINE const T& operator[](Index k) const { return data()[k]; }
  CONCRETE_ALWAYS_INLINE const T* data() const { return entries_; }

 private:
  const MatrixView<const T>& matrix_;
  const T* entries_ = nullptr;
  alignas(Loops::padding == 0 ? alignof(T) : 64) T copy_[Loops::most_entries + Loops::padding];
};

/// What a formula works with and writes: the entries of a block in memory of their own, or where they will stand.
template <class Loops>
class Entries {
  using T = typename Loops::Scalar;

 public:
  Entries() = default;
  Entries(const Entries&) = delete;
  Entries& operator=(const Entries&) = delete;

  CONCRETE_ALWAYS_INLINE T& operator[](Index k) { return data()[k]; }
  CONCRETE_ALWAYS_INLINE const T& operator[](Index k) const { return data()[k]; }
  CONCRETE_ALWAYS_INLINE T* data() { return entries_; }
  CONCRETE_ALWAYS_INLINE const T* data() const { return entries_; }

  /// Takes the memory of the matrix for that of the block, if what is touched beyond it is written later.
  CONCRETE_ALWAYS_INLINE void place_in(const MatrixView<T>& matrix, const Block& block) {
    const bool fits = matrix.run_from(block.row, block.column) >= Loops::touched(block);
    entries_ = fits ? &matrix(block.row, block.column) : own_;
  }
  /// Sees to it that the block is in the matrix in which it was placed.
  CONCRETE_ALWAYS_INLINE void store(const MatrixView<T>& matrix, const Block& block) const {
    if (entries_ == own_) blocks::copy_out<T>(entries_, block, matrix);
  }
  /// Adds the block to a matrix, whose columns repeat.
  CONCRETE_ALWAYS_INLINE void add_to(const MatrixView<T>& matrix, const Block& block) const {
    blocks::add_to<T>(entries_, block, matrix, block.column < matrix.cols ? block.column : block.column % matrix.cols);
  }
  /// Reads again what store() has written.
  void reload(const MatrixView<T>& matrix, const Block& block) {
    place_in(matrix, block);
    if (entries_ != own_) return;
    for (Index k = 0; k < block.rows; ++k) own_[k] = matrix(block.row + k, block.column);
    for (Index k = block.rows; k < Loops::touched(block); ++k) own_[k] = constant<T>(0);
  }
  void clear_column(const Block& block, Index j) {
    for (Index k = 0; k < block.rows; ++k) entries_[block.rows * j + k] = constant<T>(0);
  }

 private:
  alignas(Loops::padding == 0 ? alignof(T) : 64) T own_[Loops::most_entries + Loops::padding];
  T* entries_ = own_;
};

// The same of a small fixed-size column, which is copied: to registers, where nothing keeps it in memory.

template <class T, int rows>
requires(rows != Eigen::Dynamic) class Input<OneColumn<T, rows>> {
 public:
  explicit Input(const MatrixView<const T>& matrix) : column_(matrix.col(0)) {}

  CONCRETE_ALWAYS_INLINE void read(const Block& block) {
    OneColumn<T, rows>::for_each(block, [&](Index k) { entries_[k] = column_(k); });
  }
  CONCRETE_ALWAYS_INLINE const T& operator[](Index k) const { return entries_[k]; }
  CONCRETE_ALWAYS_INLINE const T* data() const { return entries_; }

 private:
  ColumnView<const T> column_;
  T entries_[static_cast<std::size_t>(rows)];
};

template <class T, int rows>
requires(rows != Eigen::Dynamic) class Entries<OneColumn<T, rows>> {
 public:
  CONCRETE_ALWAYS_INLINE T& operator[](Index k) { return entries_[k]; }
  CONCRETE_ALWAYS_INLINE const T& operator[](Index k) const { return entries_[k]; }
  CONCRETE_ALWAYS_INLINE T* data() { return entries_; }
  CONCRETE_ALWAYS_INLINE const T* data() const { return entries_; }

  void place_in(const MatrixView<T>&, const Block&) {}
  void reload(const MatrixView<T>&, const Block&) {}
  CONCRETE_ALWAYS_INLINE void store(const MatrixView<T>& matrix, const Block& block) const {
    OneColumn<T, rows>::for_each(block, [&](Index k) { matrix(k, 0) = entries_[k]; });
  }
  CONCRETE_ALWAYS_INLINE void add_to(const MatrixView<T>& matrix, const Block& block) const {
    OneColumn<T, rows>::for_each(block, [&](Index k) { matrix(k, 0) += entries_[k]; });
  }

 private:
  T entries_[static_cast<std::size_t>(rows)];
};

// ---- Steps that formulas share ----
//
// What takes much code, exponentials and logarithms above all, is out of line, and instantiated once for each scalar. Of a
// small fixed-size column all is inlined.

namespace blocks {

/// f(argument) with all that it calls inlined, so that a small fixed-size column stays in registers.
template <class F, class Argument>
CONCRETE_NEVER_INLINE CONCRETE_FLATTEN void call_flattened(const F& f, Argument argument) {
  f(argument);
}

/// f() out of line, wherever it is called from.
template <class F>
CONCRETE_NEVER_INLINE void call_out_of_line(const F& f) {
  f();
}

template <class Loops, class F>
CONCRETE_NEVER_INLINE CONCRETE_FLATTEN void for_each_out_of_line(const Block& block, const F& f) {
  Loops::for_each(block, f);
}

template <class Loops, class F>
CONCRETE_ALWAYS_INLINE void for_each(const Block& block, const F& f) {
  if constexpr (Loops::is_fixed) {
    Loops::for_each(block, f);
  } else {
    for_each_out_of_line<Loops>(block, f);
  }
}

}  // namespace blocks

/// out <- f(x), where f has no state.
template <class Loops, class F, class T = typename Loops::Scalar>
CONCRETE_ALWAYS_INLINE void apply(F, const Block& block, const T* x, T* out) {
  blocks::for_each<Loops>(block, [x, out](Index k) { out[k] = F()(x[k]); });
}

/// out <- f(x, y), where f has no state.
template <class Loops, class F, class T = typename Loops::Scalar>
CONCRETE_ALWAYS_INLINE void apply(F, const Block& block, const T* x, const T* y, T* out) {
  blocks::for_each<Loops>(block, [x, y, out](Index k) { out[k] = F()(x[k], y[k]); });
}

/// z <- divide(z - largest), of which none is above 0, and e <- exp(z).
template <class Loops, class Divide, class T = typename Loops::Scalar>
CONCRETE_ALWAYS_INLINE void lower(const Block& block, const T* largest, const Divide& divide, T* z, T* e) {
  const typename Loops::Broadcast top(block, largest);
  blocks::for_each<Loops>(block, [&top, divide, z, e](Index k) {
    z[k] = divide(z[k] - top[k]);
    e[k] = loop_exp_flushed<T>(z[k]);
  });
}

/// For lower(): as it is.
struct NoDivision {
  template <class T>
  CONCRETE_ALWAYS_INLINE T operator()(const T& x) const {
    return x;
  }
};

/// The logarithms of sums of exponentials, one for each column.
template <class Loops>
CONCRETE_NEVER_INLINE void take_logarithms_out_of_line(Index columns, typename Loops::Scalar* totals) {
  Loops::for_each_column(columns, [totals](Index j) { totals[j] = log_of_total<typename Loops::Scalar>(totals[j]); });
}
template <class Loops>
CONCRETE_ALWAYS_INLINE void take_logarithms(const Columns<Loops>& columns, ColumnValues<Loops>& totals) {
  if constexpr (Loops::is_fixed) {
    totals[0] = log_of_total<typename Loops::Scalar>(totals[0]);
  } else {
    take_logarithms_out_of_line<Loops>(columns.count, totals.data());
  }
}

}  // namespace concrete::detail
