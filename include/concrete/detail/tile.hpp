#pragma once

#include <algorithm>
#include <type_traits>

#include "concrete/detail/matrix.hpp"
#include "concrete/detail/single_column.hpp"
#include "concrete/detail/tile_steps.hpp"

// How formulas run over the columns of a batch. A formula is written once, over the positions of a tile, and does not
// know which of these a tile is:
//
//   TileView<T>           some columns of float or double, at most 1024 entries end to end, to be read: where they stand
//                         in their matrix, or else a copy
//   Tile<T>               the same to be written: where they will stand, or in memory of its own
//   SingleColumn<Column>  a column by itself: one so short that it would not fill a strip of 32, one too long for a tile,
//                         and every other scalar
//
// A formula is a sequence of steps of three kinds, and all columns of a tile take a step before any takes the next:
//
//   for_each        the same to every entry, wherever one column ends and the next begins
//   maximum, sum    from the entries of each column to one value
//   spread          from one value for each column back to all its entries
//
// That is the whole trick. A step for every entry is a loop of constant length over contiguous numbers, without a
// jump, with at most one exponential or logarithm in it so that its constants stay in registers: compilers make
// vector instructions of it, of whatever width there is, for columns of any length. What remains to be done column by
// column is one addition or comparison an entry. A tile stays in the first-level cache, and no step waits for the
// result of the last.
//
// All of them agree to the last bit: a maximum has no rounding, and all sums are taken in the order of sum() in
// reductions.hpp.

namespace concrete::detail {

/// The entries of a matrix that has them in memory; nullptr of another, for which is_contiguous() is false.
template <class Matrix>
auto* data_of(Matrix& matrix) {
  if constexpr ((Matrix::Flags & Eigen::DirectAccessBit) != 0) {
    return matrix.data();
  } else {
    return static_cast<typename Matrix::Scalar*>(nullptr);
  }
}

/// Whether `count` columns of a matrix from its column j on stand in one piece of memory with all that steps over them
/// touch beyond the last.
template <class Matrix>
bool holds_strips(const Matrix& matrix, Index j, Index count) {
  const auto whole_strips = [](Index size) { return (size + sum_lanes - 1) / sum_lanes * sum_lanes; };
  const Index n = matrix.rows(), touched = n <= tiny_dimension ? n * whole_strips(count) : whole_strips(n * count);
  return is_contiguous(matrix) && n * j + touched <= matrix.size();
}

/// Columns of a formula's results, intermediate or final.
template <ElementaryScalar T>
class Tile : public TileSteps<Tile<T>, T> {
  using Steps = TileSteps<Tile, T>;
  using Steps::most_entries;
  using Steps::strip;
  static constexpr Index cached_entries = 4096 / sizeof(T);  // of the half dozen tiles that a formula works with

 public:
  using Steps::columns;
  using Steps::dimension;
  using Steps::size;

  /// How many columns of n entries there is room for: 0 if not even for one.
  static constexpr Index capacity(Index n) { return n <= cached_entries ? cached_entries / n : most_entries / n; }

  /// For `count` columns of n entries, at most capacity(n).
  Tile(Index n, Index count) : Steps(n, count), entries_(own_) {}
  /// For those of a matrix from its column j on, to be written by store(): where they stand, if whole strips may be
  /// overwritten there, the columns after them being the next tile's.
  template <class Matrix>
  Tile(Matrix& matrix, Index j, Index count)
      : Steps(matrix.rows(), count),
        entries_(holds_strips(matrix, j, count) ? data_of(matrix) + matrix.rows() * j : own_) {}
  Tile(const Tile&) = delete;
  Tile& operator=(const Tile&) = delete;

  /// A tile of the same shape, of which nothing is written yet.
  Tile blank() const { return Tile(dimension(), columns()); }

  using Steps::operator();
  T& operator()(Position at) { return entries_[at.entry]; }
  Eigen::Map<Eigen::VectorX<T>> column(Index j) { return {entries_ + dimension() * j, dimension()}; }
  void clear_column(Index j) { column(j).setZero(); }
  T* entries() { return entries_; }
  const T* entries() const { return entries_; }

  /// Copies columns of a matrix from its column j on, the first after the last.
  template <class Matrix>
  void load(const Matrix& matrix, Index j) {
    if (j + columns() <= matrix.cols() && is_contiguous(matrix)) {
      copy(data_of(matrix) + dimension() * j, size(), entries_);
    } else if (matrix.cols() == 1) {
      for (Index k = 0; k < dimension(); ++k) entries_[k] = matrix.coeff(k, 0);
      for (Index filled = dimension(); filled < size(); filled *= 2) {
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
    if (entries_ != own_) return;  // they are there
    if (is_contiguous(matrix)) {
      copy(entries_, size(), data_of(matrix) + dimension() * j);
    } else {
      for_each_entry(j, matrix.cols(),
                     [&](Index entry, Index k, Index target) { matrix.coeffRef(k, target) = entries_[entry]; });
    }
  }

  /// Adds the columns to those of a matrix from its column j on, the first after the last.
  template <class Matrix>
  void add_to(Matrix& matrix, Index j) const {
    if (j + columns() <= matrix.cols() && is_contiguous(matrix)) {
      auto* const target = data_of(matrix) + dimension() * j;
      for (Index entry = 0; entry < size(); ++entry) target[entry] += entries_[entry];
    } else {
      for_each_entry(j, matrix.cols(),
                     [&](Index entry, Index k, Index target) { matrix.coeffRef(k, target) += entries_[entry]; });
    }
  }

 private:
  /// By Eigen, as the standard library's copies of a few kilobytes take long to begin.
  static void copy(const T* from, Index count, T* to) {
    Eigen::Map<Eigen::VectorX<T>>(to, count) = Eigen::Map<const Eigen::VectorX<T>>(from, count);
  }

  /// f(entry, k, column) for entry k of every column, where the columns are those of a matrix from j on.
  template <class F>
  void for_each_entry(Index j, Index cols, const F& f) const {
    for (Index begin = 0; begin < size(); begin += dimension()) {
      for (Index k = 0; k < dimension(); ++k) f(begin + k, k, j);
      if (++j == cols) j = 0;
    }
  }

  // With room for 32 columns at a time of a tiny dimension, the last of which may be none.
  alignas(64) T own_[most_entries + strip];
  T* entries_;
};

/// Columns of a matrix from its column j on, the first after the last: where they stand, if all strips can be read
/// there, or else a copy.
template <ElementaryScalar T>
class TileView : public TileSteps<TileView<T>, T> {
  using Steps = TileSteps<TileView, T>;

 public:
  template <class Matrix>
  TileView(const Matrix& matrix, Index j, Index count) : Steps(matrix.rows(), count), copy_(matrix.rows(), count) {
    if (holds_strips(matrix, j, count)) {
      entries_ = data_of(matrix) + matrix.rows() * j;
    } else {
      copy_.load(matrix, j);
      entries_ = copy_.entries();
    }
  }
  TileView(const TileView&) = delete;
  TileView& operator=(const TileView&) = delete;

  Tile<T> blank() const { return copy_.blank(); }
  const T* entries() const { return entries_; }

 private:
  Tile<T> copy_;
  const T* entries_;
};

/// Whether columns stand end to end.
template <class Columns>
concept HasEntries = requires(Columns& columns) {
  columns.entries();
};

enum class TileKind { columns, single };

/// A tile of `count` columns of a matrix from its column j on, the first after the last, to be read.
template <class Matrix>
auto tile_of(std::integral_constant<TileKind, TileKind::columns>, const Matrix& matrix, Index j, Index count) {
  return TileView<typename Matrix::Scalar>(matrix, j, count);
}
template <class Matrix>
auto tile_of(std::integral_constant<TileKind, TileKind::single>, const Matrix& matrix, Index j, Index) {
  return SingleColumn<typename Matrix::ConstColXpr>(matrix.col(j));
}

/// A tile whose columns are to be stored in those of a matrix from its column j on.
template <class Matrix>
auto tile_for(std::integral_constant<TileKind, TileKind::columns>, Matrix& matrix, Index j, Index count) {
  return Tile<typename Matrix::Scalar>(matrix, j, count);
}
template <class Matrix>
auto tile_for(std::integral_constant<TileKind, TileKind::single> kind, Matrix& matrix, Index j, Index count) {
  return tile_of(kind, matrix, j, count).blank();
}

/// Cuts columns of `dimension` entries into tiles. Calls on_tile(kind, j, count) for those from column j on that make
/// a tile of that kind, a std::integral_constant, and on_column(j) for one that is left where it stands.
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
