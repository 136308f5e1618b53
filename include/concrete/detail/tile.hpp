#pragma once

#include <algorithm>
#include <cstddef>
#include <type_traits>

#include "concrete/detail/column_values.hpp"
#include "concrete/detail/elementary.hpp"
#include "concrete/detail/matrix.hpp"
#include "concrete/detail/reductions.hpp"
#include "concrete/detail/single_column.hpp"

// How formulas run over the columns of a batch. A formula is written once, over the positions of a tile, and does not know
// which of two things a tile is:
//
//   Tile<T>               some columns of float or double, end to end as a matrix holds them, in a copy of at most 1024
//                         entries
//   SingleColumn<Column>  a column by itself: a copy of a few entries, which would not fill a strip of 32; and where it
//                         stands, what is too long for a tile, and every other scalar
//
// A formula is a sequence of steps of three kinds, and all columns of a tile take a step before any takes the next:
//
//   for_each        the same to every entry, wherever one column ends and the next begins
//   maximum, sum    from the entries of each column to one value
//   spread          from one value for each column back to all its entries
//
// That is the whole trick. A step for every entry is a loop of constant length over contiguous numbers, without a jump, with
// at most one exponential or logarithm in it so that its constants stay in registers: compilers make vector instructions of
// it, of whatever width there is, for columns of any length. What remains to be done column by column is one addition or
// comparison an entry. A tile stays in the first-level cache, and no step waits for the result of the last.
//
// Both kinds agree to the last bit: a maximum has no rounding, and all sums are taken in the order of sum() in reductions.hpp.

namespace concrete::detail {

template <ElementaryScalar T>
class Tile {
  static constexpr Index strip = sum_lanes;
  static constexpr Index most_entries = 1024;
  static constexpr Index cached_entries = 4096 / sizeof(T);  // of the half dozen tiles that a formula works with

  /// Of two numbers, or of two strips entry by entry.
  struct Added {
    template <class A, class B>
    auto operator()(const A& a, const B& b) const {
      return a + b;
    }
  };
  struct Larger {
    T operator()(T a, T b) const { return a < b ? b : a; }
    template <class A, class B>
    auto operator()(const Eigen::ArrayBase<A>& a, const Eigen::ArrayBase<B>& b) const {
      return a.max(b);
    }
  };

 public:
  using Scalar = T;
  using Values = ColumnValues<T, most_entries>;

  /// One number for each position.
  class Spread {
   public:
    const T& operator[](Position at) const { return values_[at.entry]; }

   private:
    friend Tile;
    alignas(64) T values_[most_entries + strip];
  };

  /// How many columns of `dimension` entries there is room for: 0 if not even for one.
  static constexpr Index capacity(Index dimension) {
    return dimension <= cached_entries ? cached_entries / dimension : most_entries / dimension;
  }

  /// For `columns` columns of `dimension` entries, at most capacity(dimension).
  Tile(Index dimension, Index columns) : dimension_(dimension), columns_(columns) {}
  Tile(const Tile& other) : Tile(other.dimension_, other.columns_) {
    for_each([&](Position at) { (*this)(at) = other(at); });
  }

  Index dimension() const { return dimension_; }
  Index columns() const { return columns_; }
  Eigen::Map<Eigen::VectorX<T>> column(Index j) { return {&entries_[dimension_ * j], dimension_}; }
  Eigen::Map<const Eigen::VectorX<T>> column(Index j) const { return {&entries_[dimension_ * j], dimension_}; }
  /// All entries, and room for the rest of the last strip.
  T* data() { return entries_; }
  Index size() const { return dimension_ * columns_; }

  T& operator()(Position at) { return entries_[at.entry]; }
  const T& operator()(Position at) const { return entries_[at.entry]; }

  /// Copies columns of a matrix from its column j on, the first after the last.
  template <class Matrix>
  void load(const Matrix& matrix, Index j) {
    if (j + columns_ <= matrix.cols() && is_contiguous(matrix)) {
      copy(data_of(matrix) + dimension_ * j, size(), entries_);
    } else if (matrix.cols() == 1) {
      for (Index k = 0; k < dimension_; ++k) entries_[k] = matrix.coeff(k, 0);
      for (Index filled = dimension_; filled < size(); filled *= 2) {
        copy(entries_, (std::min)(filled, size() - filled), entries_ + filled);
      }
    } else {
      for_each_entry(j, matrix.cols(),
                     [&](Index entry, Index k, Index source) { entries_[entry] = matrix.coeff(k, source); });
    }
    for (Index entry = size(); entry % strip != 0; ++entry) entries_[entry] = 0;
  }

  /// Copies the columns to those of a matrix from its column j on.
  template <class Matrix>
  void store(Matrix& matrix, Index j) const {
    if (is_contiguous(matrix)) {
      copy(entries_, size(), data_of(matrix) + dimension_ * j);
    } else {
      for_each_entry(j, matrix.cols(),
                     [&](Index entry, Index k, Index target) { matrix.coeffRef(k, target) = entries_[entry]; });
    }
  }

  /// Adds the columns to those of a matrix from its column j on, the first after the last.
  template <class Matrix>
  void add_to(Matrix& matrix, Index j) const {
    if (j + columns_ <= matrix.cols() && is_contiguous(matrix)) {
      auto* const target = data_of(matrix) + dimension_ * j;
      for (Index entry = 0; entry < size(); ++entry) target[entry] += entries_[entry];
    } else {
      for_each_entry(j, matrix.cols(),
                     [&](Index entry, Index k, Index target) { matrix.coeffRef(k, target) += entries_[entry]; });
    }
  }

  void clear_column(Index j) { column(j).setZero(); }

  /// f(at) for every position, and for the others of the last strip.
  template <class F>
  void for_each(const F& f) const {
    for (Index begin = 0; begin < size(); begin += strip) {
      for_each_lane([&](Index lane) { f(Position{begin + lane}); });
    }
  }

  /// The largest entry of each column.
  Values maximum() const { return reduce(Larger()); }

  /// The sum of each column.
  Values sum() const { return reduce(Added()); }

  /// The sum of term(at) over each column.
  template <class Term>
  Values sum(const Term& term) const {
    Tile terms(dimension_, columns_);
    terms.for_each([&](Position at) { terms(at) = term(at); });
    return terms.sum();
  }

  /// The value of its column for every position.
  Spread spread(const Values& values) const {
    Spread result;
    if (columns_ == 1) {
      for_each([&](Position at) { result.values_[at.entry] = values[0]; });
    } else if (dimension_ <= 4) {
      with_constant(dimension_, [&](auto n) { spread_by<n()>(values, result); });
    } else if (dimension_ < strip) {
      spread_by<32 / sizeof(T)>(values, result);
    } else {
      for (Index j = 0; j < columns_; ++j) std::fill_n(&result.values_[dimension_ * j], dimension_, values[j]);
    }
    return result;
  }

 private:
  /// By Eigen, as the standard library's copies of a few kilobytes take long to begin.
  static void copy(const T* from, Index count, T* to) {
    Eigen::Map<Eigen::VectorX<T>>(to, count) = Eigen::Map<const Eigen::VectorX<T>>(from, count);
  }

  template <class Matrix>
  static auto* data_of(Matrix& matrix) {
    if constexpr ((Matrix::Flags & Eigen::DirectAccessBit) != 0) {
      return matrix.data();
    } else {
      return static_cast<T*>(nullptr);  // is_contiguous() is false
    }
  }

  /// f(entry, k, column) for entry k of every column, where the columns are those of a matrix from j on.
  template <class F>
  void for_each_entry(Index j, Index cols, const F& f) const {
    for (Index begin = 0; begin < size(); begin += dimension_) {
      for (Index k = 0; k < dimension_; ++k) f(begin + k, k, j);
      if (++j == cols) j = 0;
    }
  }

  /// Calls f with the number, 1 to 4, as a constant: steps over so short columns are vectorised across them.
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

  /// Copies of each value, `width` at a time: those beyond the column are overwritten by the next one.
  template <Index width>
  void spread_by(const Values& values, Spread& result) const {
    for (Index j = 0; j < columns_; ++j) {
      const T value = values[j];
      for (Index k = 0; k < dimension_; k += width) {
        for (Index lane = 0; lane < width; ++lane) result.values_[dimension_ * j + k + lane] = value;
      }
    }
  }

  /// Combines the entries of each column in the order of sum().
  template <class Combine>
  Values reduce(const Combine& combine) const {
    Values result(columns_);
    if (dimension_ <= 4) {
      with_constant(dimension_, [&](auto n) { reduce_tiny<n()>(combine, result); });
    } else if (dimension_ < strip) {
      constexpr Index abreast = 8;
      Index j = 0;
      for (; j + abreast <= columns_; j += abreast) reduce_short<abreast>(j, combine, result);
      for (; j < columns_; ++j) reduce_short<1>(j, combine, result);
    } else {
      for (Index j = 0; j < columns_; ++j) result[j] = reduce_long(&entries_[dimension_ * j], combine);
    }
    return result;
  }

  template <Index n, class Combine>
  void reduce_tiny(const Combine& combine, Values& result) const {
    result.for_each([&](T& value, Index j) {
      value = entries_[n * j];
      for (Index k = 1; k < n; ++k) value = combine(value, entries_[n * j + k]);
    });
  }

  /// Of some columns from j on, each of which waits for its own last result only.
  template <Index abreast, class Combine>
  void reduce_short(Index j, const Combine& combine, Values& result) const {
    const T* const begin = &entries_[dimension_ * j];
    T running[std::size_t{abreast}];
    for (Index c = 0; c < abreast; ++c) running[c] = begin[dimension_ * c];
    for (Index k = 1; k < dimension_; ++k) {
      for (Index c = 0; c < abreast; ++c) running[c] = combine(running[c], begin[dimension_ * c + k]);
    }
    for (Index c = 0; c < abreast; ++c) result[j + c] = running[c];
  }

  /// As fold_strips() does, by Eigen, whose fixed-size arrays stay in registers.
  template <class Combine>
  T reduce_long(const T* begin, const Combine& combine) const {
    using Strip = Eigen::Array<T, strip, 1>;
    Strip running = Eigen::Map<const Strip>(begin);
    Index k = strip;
    for (; k + strip <= dimension_; k += strip) running = combine(running, Eigen::Map<const Strip>(begin + k));
    for (Index lane = 0; lane < dimension_ - k; ++lane) running[lane] = combine(running[lane], begin[k + lane]);
    return fold_lanes(running.data(), combine);
  }

  // With room for 32 columns at a time of up to 4 entries, the last of which may be none.
  alignas(64) T entries_[most_entries + strip];
  Index dimension_;
  Index columns_;
};

enum class TileKind { columns, single };

/// A tile of `count` columns of a matrix from its column j on, the first after the last.
template <class Matrix>
auto tile_of(std::integral_constant<TileKind, TileKind::columns>, const Matrix& matrix, Index j, Index count) {
  Tile<typename Matrix::Scalar> tile(matrix.rows(), count);
  tile.load(matrix, j);
  return tile;
}
template <class Matrix>
auto tile_of(std::integral_constant<TileKind, TileKind::single>, const Matrix& matrix, Index j, Index) {
  constexpr int rows = Matrix::RowsAtCompileTime, most = rows == Eigen::Dynamic ? few_entries : rows;
  using Column = Eigen::Matrix<typename Matrix::Scalar, rows, 1, Eigen::ColMajor, most>;
  return SingleColumn<Column>(matrix.col(j));
}

/// Cuts columns of `dimension` entries into tiles. Calls on_tile(kind, j, count) for those from column j on that make a tile
/// of that kind, a std::integral_constant, and on_column(j) for one that is left where it stands.
template <class Scalar, class OnTile, class OnColumn>
void for_each_tile(Index dimension, Index cols, const OnTile& on_tile, const OnColumn& on_column) {
  if constexpr (ElementaryScalar<Scalar>) {
    if (dimension * cols <= few_entries) {
      for (Index j = 0; j < cols; ++j) on_tile(std::integral_constant<TileKind, TileKind::single>(), j, Index{1});
      return;
    }
    if (const Index capacity = Tile<Scalar>::capacity(dimension); capacity > 0) {
      for (Index j = 0; j < cols; j += capacity) {
        on_tile(std::integral_constant<TileKind, TileKind::columns>(), j, (std::min)(capacity, cols - j));
      }
      return;
    }
  }
  for (Index j = 0; j < cols; ++j) on_column(j);
}

}  // namespace concrete::detail
