#pragma once

#include <cstddef>
#include <functional>
#include <type_traits>

#include "concrete/detail/loop_math.hpp"
#include "concrete/detail/reductions.hpp"

// Two ways to loop over a block of columns, with sums and maxima of each: see blocks.hpp.

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
/// `rows`, the only column, packed, of a small fixed-size vector, whose loops are unrolled.
template <class T, int fixed_rows = Eigen::Dynamic>
struct OneColumn {
  using Scalar = T;
  static constexpr int rows = fixed_rows;
  static constexpr bool is_fixed = rows != Eigen::Dynamic;
  static constexpr bool has_parts = !ElementaryScalar<T>;  // of float and double at most few_entries at a time
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

/// Columns of float or double in strips of 32 entries, or, where they are tiny, of 32 columns. What lies beyond the
/// last entry is padding, computed on and ignored.
template <ElementaryScalar T>
struct Strips {
  using Scalar = T;
  static constexpr bool is_fixed = false, has_parts = true;
  static constexpr Index most_entries = 1024, part_entries = 4096 / sizeof(T), most_columns = 1024, padding = 32;

  /// A multiple of 16 or 32 where it is larger than that, so that every block begins where a vector does.
  static Index columns_at_once(Index n) {
    const Index most = n <= part_entries ? part_entries / n : 1, unit = n <= tiny_dimension ? sum_lanes : sum_lanes / 2;
    return most < unit ? most : most / unit * unit;
  }
  static Index touched(const Block& block) {
    return block.rows <= tiny_dimension ? block.rows * whole_strips(block.columns) : whole_strips(block.size());
  }

  template <class F>
  CONCRETE_ALWAYS_INLINE static void for_each(const Block& block, const F& f) {
    const Index size = block.size();
    for (Index begin = 0; begin < size; begin += sum_lanes) {
      CONCRETE_LANES_APART
      for (Index lane = 0; lane < sum_lanes; ++lane) f(begin + lane);
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

  // What is computed on beyond the last entry or column is set first: left to chance, it might raise floating-point
  // exceptions.

  /// Sets the strip in which `size` numbers end.
  CONCRETE_ALWAYS_INLINE static void fill_last_strip(Index size, T value, T* x) {
    T* const strip = x + whole_strips(size) - sum_lanes;
    for_each_lane([strip, value](Index lane) { strip[lane] = value; });
  }

  /// Sets all that is touched beyond the last entry of a block, and some before.
  static void clear_padding(const Block& block, T* x) {
    for (Index k = whole_strips(block.size()); k <= touched(block); k += sum_lanes) fill_last_strip(k, 0, x);
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
    static_assert(tiny_dimension == 4);
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
    if (block.columns > few_entries) fill_last_strip(block.columns, 1, result);
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
    constexpr Index size = n * sum_lanes;
    const Index filled = whole_strips(block.size());
    for (Index begin = 0; begin < block.columns; begin += sum_lanes) {
      alignas(64) T completed[std::size_t{size}];
      const T* const strip = complete(size, x + n * begin, filled - n * begin, completed);
      for_each_lane([&](Index lane) {
        const T* const column = strip + n * lane;
        T& value = result[begin + lane];  // a local one would be set by jumps, which gcc does not vectorise
        value = column[0];
        for (Index k = 1; k < n; ++k) value = combine(value, column[k]);
      });
    }
  }

  /// x, or a copy of its first `filled` entries with others behind them, where `size` are more.
  CONCRETE_NEVER_INLINE static const T* complete(Index size, const T* x, Index filled, T* copy) {
    if (filled >= size) return x;
    for (Index k = 0; k < size; k += sum_lanes) {
      const T* const from = k < filled ? x + k : x;
      for_each_lane([to = copy + k, from](Index lane) { to[lane] = from[lane]; });
    }
    return copy;
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
    } else if (n <= tiny_dimension && block.columns > few_entries) {
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
    fill_last_strip(block.size(), values[block.columns - 1], result);
    for (Index j = 0; j < block.columns; ++j) {
      const T value = values[j];
      for (Index k = 0; k < block.rows; k += width) {
        for (Index lane = 0; lane < width; ++lane) result[block.rows * j + k + lane] = value;
      }
    }
  }
};

}  // namespace concrete::detail
