#pragma once

#include "concrete/detail/loops.hpp"
#include "concrete/detail/view.hpp"

// What a formula has for each entry of a block, read from a matrix or written to one: see blocks.hpp.

namespace concrete::detail {

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

  /// Works where the block will stand in the matrix, if whole strips fit there: what they overwrite behind the block
  /// belongs to later ones, which are written afterwards.
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

}  // namespace concrete::detail
