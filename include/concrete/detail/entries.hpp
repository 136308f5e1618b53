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
  for (Index k = size; k < touched; ++k) out[k] = out[size - 1];  // as good a point as that
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

/// Sets column j of a block to 0.
template <class T>
void clear_column(const Block& block, Index j, T* entries) {
  for (Index k = 0; k < block.rows; ++k) entries[block.rows * j + k] = constant<T>(0);
}

/// What a formula reads of a matrix: the entries of a block where they stand, or else a copy, as always of a small
/// fixed-size column, which goes to registers. The columns of a matrix of fewer columns than the batch repeat.
template <class Loops>
class Input {
  using T = typename Loops::Scalar;

 public:
  explicit Input(const MatrixView<const T>& matrix) : matrix_(matrix) {}
  Input(const Input&) = delete;
  Input& operator=(const Input&) = delete;

  CONCRETE_ALWAYS_INLINE void read(const Block& block) {
    if constexpr (Loops::is_fixed) {
      Loops::for_each(block, [&](Index k) { copy_[k] = matrix_.data[k]; });
    } else {
      const Index j = block.column < matrix_.cols ? block.column : block.column % matrix_.cols;
      const bool is_in_place = Loops::most_columns == 1 ? matrix_.row_stride == 1
                                                        : block.columns <= matrix_.cols - j &&
                                                              matrix_.run_from(block.row, j) >= Loops::touched(block);
      entries_ = is_in_place ? &matrix_(block.row, j) : copy_;
      if (!is_in_place) blocks::copy_in<T>(matrix_, block, j, Loops::touched(block), copy_);
    }
  }
  CONCRETE_ALWAYS_INLINE const T& operator[](Index k) const { return data()[k]; }
  CONCRETE_ALWAYS_INLINE const T* data() const {
    if constexpr (Loops::is_fixed) return copy_;
    return entries_;
  }

 private:
  const MatrixView<const T>& matrix_;
  const T* entries_;
  alignas(Loops::padding == 0 ? alignof(T) : 64) T copy_[Loops::most_entries + Loops::padding];
};

/// What a formula works with: the entries of a block.
template <class Loops>
class Entries {
  using T = typename Loops::Scalar;

 public:
  Entries() = default;
  Entries(const Entries&) = delete;
  Entries& operator=(const Entries&) = delete;

  CONCRETE_ALWAYS_INLINE T& operator[](Index k) { return entries_[k]; }
  CONCRETE_ALWAYS_INLINE const T& operator[](Index k) const { return entries_[k]; }
  CONCRETE_ALWAYS_INLINE T* data() { return entries_; }
  CONCRETE_ALWAYS_INLINE const T* data() const { return entries_; }

  /// Adds the block to a matrix in memory, whose columns repeat.
  CONCRETE_ALWAYS_INLINE void add_to(const MatrixView<T>& matrix, const Block& block) const {
    const Index j = block.column < matrix.cols ? block.column : block.column % matrix.cols;
    if constexpr (Loops::is_fixed) {
      Loops::for_each(block, [&](Index k) { matrix.data[k] += entries_[k]; });
    } else if constexpr (Loops::most_columns == 1) {
      Loops::for_each(block, [&, column = matrix.col(j)](Index k) { column(block.row + k) += entries_[k]; });
    } else {
      blocks::add_to<T>(entries_, block, matrix, j);
    }
  }

 private:
  alignas(Loops::padding == 0 ? alignof(T) : 64) T entries_[Loops::most_entries + Loops::padding];
};

/// What a formula writes to a matrix: the entries of a block where they will stand, if whole strips fit there (what
/// they overwrite behind the block belongs to later ones, which are written afterwards), or in memory of their own.
template <class Loops>
class Output {
  using T = typename Loops::Scalar;

 public:
  explicit Output(const MatrixView<T>& matrix) : matrix_(matrix) {}

  CONCRETE_ALWAYS_INLINE T& operator[](Index k) { return data()[k]; }
  CONCRETE_ALWAYS_INLINE T* data() {
    if constexpr (Loops::is_fixed) return own_.data();
    return entries_;
  }

  /// Begins a block.
  CONCRETE_ALWAYS_INLINE void place(const Block& block) {
    if constexpr (!Loops::is_fixed) {
      const bool fits = matrix_.run_from(block.row, block.column) >= Loops::touched(block);
      entries_ = fits ? &matrix_(block.row, block.column) : own_.data();
    }
  }
  /// Sees to it that the block is in the matrix.
  CONCRETE_ALWAYS_INLINE void store(const Block& block) const {
    if constexpr (Loops::is_fixed) {
      Loops::for_each(block, [&](Index k) { matrix_.data[k] = own_[k]; });
    } else {
      if (entries_ == own_.data()) blocks::copy_out<T>(entries_, block, matrix_);
    }
  }
  /// Begins a block with what store() has written.
  void reload(const Block& block) {
    place(block);
    if constexpr (!Loops::is_fixed) {
      if (entries_ != own_.data()) return;
      for (Index k = 0; k < block.rows; ++k) own_[k] = matrix_(block.row + k, block.column);
      for (Index k = block.rows; k < Loops::touched(block); ++k) own_[k] = own_[block.rows - 1];
    }
  }

 private:
  const MatrixView<T>& matrix_;
  T* entries_;
  Entries<Loops> own_;
};

}  // namespace concrete::detail
