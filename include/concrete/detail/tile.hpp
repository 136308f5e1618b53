#pragma once

#include <algorithm>
#include <type_traits>

#include "concrete/detail/elementary.hpp"
#include "concrete/detail/math.hpp"

// How formulas run over the columns of a batch. A formula is written once, over the positions of a tile, and does not know
// which of three things a tile is:
//
//   Tile<T, Layout::abreast>  short columns side by side: a row holds one entry of each of 32 columns
//   Tile<T, Layout::along>    longer columns one after the other: a row holds 32 entries of one column
//   SingleColumn<Column>      a column by itself: a copy of a few entries, which would not fill a row; and where it
//                             stands, what is too long for a tile, and every other scalar
//
// A tile is a copy in which 32 neighbours take the same step. That is the whole trick: an inner loop of constant length
// over contiguous numbers, without a jump, becomes vector instructions of whatever width there is; at most 1024 numbers
// stay in the first-level cache; all columns take a step before any takes the next, so that no step waits for the result
// of the last; and each step is a loop of its own with at most one exponential or logarithm in it, so that its constants
// stay in registers. 32 lanes, as gcc turns loops of up to 16 rounds into scalar code before it looks for vectors.
//
// The layouts agree to the last bit: a maximum has no rounding, and all sums are taken in the order of sum() in math.hpp.

namespace concrete::detail {

enum class Layout { abreast, along, single };

/// A place in a tile: which entry of the storage, and of which of the tile's columns.
struct Position {
  Index entry;
  Index column;
};

/// One number for each column of a tile.
template <class T, Index capacity>
class ColumnValues {
 public:
  /// Room for `columns` values, rounded up to strips of 32.
  explicit ColumnValues(Index columns) : padded_((columns + strip - 1) / strip * strip) {}

  T& operator[](Index column) { return values_[column]; }
  const T& operator[](Index column) const { return values_[column]; }
  const T& operator[](Position at) const { return values_[at.column]; }

  /// f(value, column) for every column, and for the others of the last strip.
  template <class F>
  void for_each(const F& f) {
    if constexpr (capacity == 1) {
      f(values_[0], Index{0});
    } else {
      for (Index begin = 0; begin < padded_; begin += strip) {
        for_each_lane([&](Index lane) { f(values_[begin + lane], begin + lane); });
      }
    }
  }

 private:
  static constexpr Index strip = sum_lanes;

  T values_[std::size_t{capacity}];
  Index padded_;
};

/// One column of a tile, for what takes its entries in turn.
template <class Tile>
class TileColumn {
 public:
  using Scalar = typename Tile::Scalar;

  TileColumn(Tile& tile, Index j) : tile_(tile), j_(j) {}

  Index size() const { return tile_.dimension(); }
  auto& operator()(Index k) const { return tile_.entry(k, j_); }

 private:
  Tile& tile_;
  Index j_;
};

template <ElementaryScalar T, Layout layout>
class Tile {
  static constexpr bool is_abreast = layout == Layout::abreast;
  static constexpr Index strip = sum_lanes, most_entries = 1024, most_columns = 128;

 public:
  using Scalar = T;
  using Values = ColumnValues<T, most_columns>;

  /// How many columns of `dimension` entries there is room for: 0 if not even for one.
  static constexpr Index capacity(Index dimension) {
    if constexpr (is_abreast) return (std::min)(most_entries / dimension / strip * strip, most_columns);
    return most_entries / padded(dimension);
  }

  /// For `columns` columns of `dimension` entries, at most capacity(dimension).
  Tile(Index dimension, Index columns)
      : dimension_(dimension), columns_(columns), stride_(padded(is_abreast ? columns : dimension)) {}

  Index dimension() const { return dimension_; }
  Index columns() const { return columns_; }
  TileColumn<Tile> column(Index j) { return {*this, j}; }
  TileColumn<const Tile> column(Index j) const { return {*this, j}; }

  T& operator()(Position at) { return entries_[at.entry]; }
  const T& operator()(Position at) const { return entries_[at.entry]; }

  /// Entry k of column j.
  T& entry(Index k, Index j) { return entries_[index(k, j)]; }
  const T& entry(Index k, Index j) const { return entries_[index(k, j)]; }

  /// Copies columns of a matrix from its column j on, the first after the last. Entries beyond the columns become 0.
  template <class Matrix>
  void load(const Matrix& matrix, Index j) {
    if (stride_ != (is_abreast ? columns_ : dimension_)) for_each([&](Position at) { (*this)(at) = 0; });
    if (is_abreast && matrix.cols() == 1) {
      for (Index k = 0; k < dimension_; ++k) for_each_in_row(k, [&](Position at) { (*this)(at) = matrix.coeff(k, 0); });
      return;
    }
    const Index turned = is_abreast && j + columns_ <= matrix.cols() ? columns_ / strip * strip : 0;
    for_each_across(matrix, j, turned, [&](Index k, Index column, const T& x) { entry(k, column) = x; });
    for (Index column = turned; column < columns_; ++column) {
      const Index source = (j + column) % matrix.cols();
      for (Index k = 0; k < dimension_; ++k) entry(k, column) = matrix.coeff(k, source);
    }
  }

  /// Copies the columns to those of a matrix from column j on.
  template <class Matrix>
  void store(Matrix& matrix, Index j) const {
    const Index turned = is_abreast ? columns_ / strip * strip : 0;
    for_each_across(matrix, j, turned, [&](Index k, Index column, T& x) { x = entry(k, column); });
    for (Index column = turned; column < columns_; ++column) {
      for (Index k = 0; k < dimension_; ++k) matrix.coeffRef(k, j + column) = entry(k, column);
    }
  }

  /// Adds the columns to those of a matrix from its column j on, the first after the last.
  template <class Matrix>
  void add_to(Matrix& matrix, Index j) const {
    const Index turned = is_abreast && j + columns_ <= matrix.cols() ? columns_ / strip * strip : 0;
    for_each_across(matrix, j, turned, [&](Index k, Index column, T& x) { x += entry(k, column); });
    for (Index column = turned; column < columns_; ++column) {
      const Index target = (j + column) % matrix.cols();
      for (Index k = 0; k < dimension_; ++k) matrix.coeffRef(k, target) += entry(k, column);
    }
  }

  void clear_column(Index column) {
    for (Index k = 0; k < dimension_; ++k) entry(k, column) = 0;
  }

  /// f(at) for every position.
  template <class F>
  void for_each(const F& f) const {
    if constexpr (is_abreast) {
      for (Index k = 0; k < dimension_; ++k) for_each_in_row(k, f);
    } else {
      for (Index column = 0; column < columns_; ++column) {
        for (Index begin = index(0, column), end = begin + stride_; begin < end; begin += strip) {
          for_each_lane([&](Index lane) { f(Position{begin + lane, column}); });
        }
      }
    }
  }

  /// The largest entry of each column.
  Values maximum() const {
    Values top(columns_);
    if constexpr (is_abreast) {
      for_each_in_row(0, [&](Position at) { top[at.column] = (*this)(at); });
      for_each([&](Position at) { top[at.column] = larger(top[at.column], (*this)(at)); });
    } else {
      for (Index column = 0; column < columns_; ++column) {
        top[column] = fold_column(column, entry(0, column), larger, [&](Position at) { return (*this)(at); });
      }
    }
    return top;
  }

  /// The sum of term(at) over each column.
  template <class Term>
  Values sum(const Term& term) const {
    if constexpr (is_abreast) {
      return sum_rows(term);
    } else {
      Values total(columns_);
      for (Index column = 0; column < columns_; ++column) {
        total[column] = fold_column(
            column, T(0), [](T a, T b) { return a + b; }, term);
      }
      return total;
    }
  }

 private:
  static constexpr T larger(T a, T b) { return a < b ? b : a; }

  static constexpr Index padded(Index count) { return (count + strip - 1) / strip * strip; }

  Index index(Index k, Index column) const { return is_abreast ? stride_ * k + column : stride_ * column + k; }

  /// Abreast: f(k, column, x) for every entry x of the first `count` of the columns of a matrix from column j on, a
  /// multiple of 32. A pointer walks across the columns: from indices compilers make slow gathers.
  template <class Matrix, class F>
  void for_each_across(Matrix& matrix, Index j, Index count, const F& f) const {
    for (Index column = 0; column < count; column += 4) {
      if constexpr ((Matrix::Flags & Eigen::DirectAccessBit) != 0) {
        const Index step = matrix.colStride();
        auto* x = matrix.data() + (j + column) * step;
        for (Index k = 0; k < dimension_; ++k, x += matrix.rowStride()) {
          f(k, column, x[0]);
          f(k, column + 1, x[step]);
          f(k, column + 2, x[2 * step]);
          f(k, column + 3, x[3 * step]);
        }
      } else if constexpr (std::is_const_v<Matrix>) {
        for (Index k = 0; k < dimension_; ++k) {
          for (Index c = column; c < column + 4; ++c) f(k, c, matrix.coeff(k, j + c));
        }
      } else {
        for (Index k = 0; k < dimension_; ++k) {
          for (Index c = column; c < column + 4; ++c) f(k, c, matrix.coeffRef(k, j + c));
        }
      }
    }
  }

  /// Abreast: the positions of row k.
  template <class F>
  void for_each_in_row(Index k, const F& f) const {
    for (Index begin = 0; begin < stride_; begin += strip) {
      for_each_lane([&](Index lane) { f(Position{stride_ * k + begin + lane, begin + lane}); });
    }
  }

  /// Along: combines the terms of a column lane by lane, then the lanes.
  template <class Combine, class Term>
  T fold_column(Index column, T start, const Combine& combine, const Term& term) const {
    T running[strip], last[strip];
    for_each_lane([&](Index lane) { running[lane] = start; });
    Index begin = index(0, column);
    const Index end = begin + dimension_;
    for (; end - begin >= strip; begin += strip) {
      for (Index lane = 0; lane < strip; ++lane) {
        running[lane] = combine(running[lane], term(Position{begin + lane, column}));
      }
    }
    if (begin < end) {
      for (Index lane = 0; lane < strip; ++lane) last[lane] = term(Position{begin + lane, column});
      for (Index lane = 0; lane < end - begin; ++lane) running[lane] = combine(running[lane], last[lane]);
    }
    return fold_lanes(running, combine);
  }

  /// Abreast: entry k belongs to the running sum k mod 8, as lane k does in fold_lanes(), and these are added as there.
  template <class Term>
  Values sum_rows(const Term& term) const {
    T running[fold_width][most_columns];
    const Index width = (std::min)(dimension_, fold_width);
    for (Index k = 0; k < width; ++k) for_each_in_row(k, [&](Position at) { running[k][at.column] = 0; });
    for (Index k = 0; k < dimension_; ++k) {
      T* const total = running[k % fold_width];
      for_each_in_row(k, [&](Position at) { total[at.column] += term(at); });
    }
    for (Index half = fold_width / 2; half > 1; half /= 2) {
      for (Index k = 0; k < half && k + half < width; ++k) {
        for_each_in_row(k, [&](Position at) { running[k][at.column] += running[k + half][at.column]; });
      }
    }
    Values result(columns_);
    result.for_each([&](T& value, Index j) { value = width > 1 ? running[0][j] + running[1][j] : running[0][j]; });
    return result;
  }

  alignas(64) T entries_[most_entries];
  Index dimension_;
  Index columns_;
  Index stride_;  // abreast from row to row, along from column to column: a multiple of 32
};

/// A column of any expression and scalar as a tile. `Column` is a reference to it where it stands, or a vector.
template <class Column>
class SingleColumn {
 public:
  using Scalar = typename std::remove_cvref_t<Column>::Scalar;
  using Values = ColumnValues<Scalar, 1>;

  explicit SingleColumn(Column column) : column_(column) {}

  Index dimension() const { return column_.size(); }
  Index columns() const { return 1; }
  auto& column(Index) { return column_; }
  const auto& column(Index) const { return column_; }

  auto& operator()(Position at) { return column_.coeffRef(at.entry); }
  auto operator()(Position at) const { return column_.coeff(at.entry); }

  template <class Matrix>
  void store(Matrix& matrix, Index j) const {
    matrix.col(j) = column_;
  }
  template <class Matrix>
  void add_to(Matrix& matrix, Index j) const {
    matrix.col(j) += column_;
  }
  void clear_column(Index) { column_.setZero(); }

  template <class F>
  void for_each(const F& f) const {
    for (Index k = 0; k < column_.size(); ++k) f(Position{k, 0});
  }
  Values maximum() const { return value(detail::maximum(column_)); }
  template <class Term>
  Values sum(const Term& term) const {
    return value(detail::sum<Scalar>(column_.size(), [&](Index k) -> Scalar { return term(Position{k, 0}); }));
  }

 private:
  static Values value(const Scalar& x) {
    Values result(1);
    result[Index{0}] = x;
    return result;
  }

  Column column_;
};

template <class Column>
SingleColumn(Column&) -> SingleColumn<Column&>;

/// Up to so many entries are treated column by column: to turn them into a tile and back would take longer than their
/// formula.
inline constexpr int few_entries = 12;

/// A tile of `count` columns of a matrix from its column j on, the first after the last.
template <Layout layout, class Matrix>
auto tile_of(std::integral_constant<Layout, layout>, const Matrix& matrix, Index j, Index count) {
  Tile<typename Matrix::Scalar, layout> tile(matrix.rows(), count);
  tile.load(matrix, j);
  return tile;
}
template <class Matrix>
auto tile_of(std::integral_constant<Layout, Layout::single>, const Matrix& matrix, Index j, Index) {
  constexpr int rows = Matrix::RowsAtCompileTime, most = rows == Eigen::Dynamic ? few_entries : rows;
  using Column = Eigen::Matrix<typename Matrix::Scalar, rows, 1, Eigen::ColMajor, most>;
  return SingleColumn<Column>(matrix.col(j));
}

/// Cuts columns of `dimension` entries into tiles. Calls on_tile(layout, j, count) for those from column j on that make a
/// Tile of that layout, a std::integral_constant, and on_column(j) for one that is left where it stands.
template <class Scalar, class OnTile, class OnColumn>
void for_each_tile(Index dimension, Index cols, const OnTile& on_tile, const OnColumn& on_column) {
  if constexpr (ElementaryScalar<Scalar>) {
    using Abreast = Tile<Scalar, Layout::abreast>;
    using Along = Tile<Scalar, Layout::along>;
    constexpr Index worth_turning = 20;  // abreast, columns are transposed; along, they are filled up to 32 entries
    if (dimension * cols <= few_entries) {
      for (Index j = 0; j < cols; ++j) on_tile(std::integral_constant<Layout, Layout::single>(), j, Index{1});
      return;
    }
    if (Along::capacity(dimension) > 0) {
      for (Index j = 0; j < cols;) {
        const Index left = cols - j;
        const bool abreast = dimension <= worth_turning && dimension <= 2 * left;
        const Index count = (std::min)(left, abreast ? Abreast::capacity(dimension) : Along::capacity(dimension));
        if (abreast) {
          on_tile(std::integral_constant<Layout, Layout::abreast>(), j, count);
        } else {
          on_tile(std::integral_constant<Layout, Layout::along>(), j, count);
        }
        j += count;
      }
      return;
    }
  }
  for (Index j = 0; j < cols; ++j) on_column(j);
}

}  // namespace concrete::detail
