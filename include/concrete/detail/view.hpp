#pragma once

#include <Eigen/Core>
#include <type_traits>

// What kernels know of an Eigen object: where its entries stand. Formulas are thus instantiated for each scalar, not
// for each Eigen type.

namespace concrete::detail {

using Eigen::Index;

/// A column of a matrix.
template <class T>
struct ColumnView {
  using Scalar = std::remove_const_t<T>;
  T* data;
  Index rows, stride;

  Index size() const { return rows; }
  T& operator()(Index k) const { return data[k * stride]; }
};

/// Where to find the entries of an expression that is not in memory, one by one.
template <class T>
struct Expression {
  T* (*locate)(const void* expression, Index i, Index j) = nullptr;
  const void* expression = nullptr;
};
/// What is only read always is in memory: anything else has been copied.
template <class T>
struct Expression<const T> {};

/// A matrix in memory, or an expression. T is const for what is only read.
template <class T>
struct MatrixView {
  using Scalar = std::remove_const_t<T>;
  T* data;
  Index rows, cols, row_stride, col_stride;
  [[no_unique_address]] Expression<T> source = {};

  T& operator()(Index i, Index j) const {
    if constexpr (!std::is_const_v<T>) {
      if (!is_in_memory()) return *source.locate(source.expression, i, j);
    }
    return data[i * row_stride + j * col_stride];
  }
  bool is_in_memory() const {
    if constexpr (!std::is_const_v<T>) return source.locate == nullptr;
    return true;
  }
  /// Whether the entries of a column follow each other in memory.
  bool has_packed_columns() const { return is_in_memory() && row_stride == 1; }
  /// A column of a matrix in memory.
  ColumnView<T> col(Index j) const { return {data + j * col_stride, rows, row_stride}; }
  Index size() const { return rows * cols; }

  /// How many entries, from one on, follow each other in memory column after column.
  Index run_from(Index i, Index j) const {
    if (!is_in_memory()) return 0;
    if (rows > 1 && row_stride != 1) return 1;
    return cols == 1 || col_stride == rows ? size() - rows * j - i : rows - i;
  }
};

/// Whether that is so of all of them.
template <class... Views>
bool have_packed_columns(const Views&... views) {
  return (views.has_packed_columns() && ...);
}

/// The logits of a batch, and whether some of them may be -inf.
template <class T>
struct LogitsView {
  MatrixView<const T> values;
  bool may_be_masked;
};

/// Where gradients go.
template <class T>
struct ParameterGradientView {
  MatrixView<T> logits;  // is added to, as is the temperature
  T* temperature;
};
template <class T>
struct LogProbGradientView {
  MatrixView<T> value, sample, logits;  // logits are added to, as is the temperature
  T* temperature;
};

/// Whether entries stand in memory at fixed strides. Eigen 3.4's views by lists of indices claim it, and have no
/// data().
template <class M>
inline constexpr bool is_strided = (M::Flags & Eigen::DirectAccessBit) != 0 && requires(const M& matrix) {
  matrix.data();
};

/// The view of a matrix that is only read: an Eigen::Ref or a plain matrix.
template <class M>
MatrixView<const typename M::Scalar> view_of(const M& matrix) {
  return {matrix.data(), matrix.rows(), matrix.cols(), matrix.rowStride(), matrix.colStride()};
}

/// The view of a matrix or writable expression that is written.
template <class M>
MatrixView<typename M::Scalar> writable_view_of(M& matrix) {
  using T = typename M::Scalar;
  if constexpr (is_strided<M>) {
    return {matrix.data(), matrix.rows(), matrix.cols(), matrix.rowStride(), matrix.colStride()};
  } else {
    const auto locate = [](const void* expression, Index i, Index j) -> T* {
      return &const_cast<M*>(static_cast<const M*>(expression))->coeffRef(i, j);
    };
    return {nullptr, matrix.rows(), matrix.cols(), 0, 0, {locate, &matrix}};
  }
}

}  // namespace concrete::detail
