#pragma once

#include <algorithm>

#include "vae/types.hpp"

namespace vae {

namespace detail {

/// The shape in which a product is computed: its sums stay in registers, two vectors of them in each column. Eight
/// columns need the 32 registers of AVX-512, four fit into the 16 of the x86 before it; fewer would not keep two
/// multipliers busy.
template <class Scalar>
struct TileShape {
  static constexpr int bytes = std::max(EIGEN_MAX_ALIGN_BYTES, 16);
  static constexpr int rows = 2 * bytes / static_cast<int>(sizeof(Scalar));
  static constexpr int cols = bytes >= 64 ? 8 : 4;
};

/// C = sum_k a_k b_k^T, for columns a_k of `Rows` consecutive numbers and rows b_k of `Cols` numbers anywhere.
///
/// The sums are a local variable of which no address leaves, added to column by column: so compilers keep them in
/// registers.
template <int Rows, int Cols, class B>
void multiply_tile(const typename B::Scalar* a, Index a_step, const B& b, typename B::Scalar* c, Index c_step) {
  using Scalar = typename B::Scalar;
  using Column = Eigen::Matrix<Scalar, Rows, 1>;
  const Index b_step = b.rowStride(), b_stride = b.colStride(), depth = b.rows();
  const Scalar* b_entry = b.data();
  Eigen::Matrix<Scalar, Rows, Cols> sum;
  sum.setZero();
  for (Index k = 0; k < depth; ++k) {
    const auto column = Column::Map(a + k * a_step);
    for (int j = 0; j < Cols; ++j) sum.col(j) += column * b_entry[k * b_step + j * b_stride];
  }
  for (int j = 0; j < Cols; ++j) Column::Map(c + j * c_step) = sum.col(j);
}

/// `Cols` columns of C = A B, of which A, as it stands in memory, has `Rows` rows and C perhaps fewer.
template <int Rows, int Cols, class B, class C>
void multiply_columns(const typename B::Scalar* a, Index a_step, const B& b, C&& c) {
  if (c.rows() == Rows && c.rowStride() == 1) {
    detail::multiply_tile<Rows, Cols>(a, a_step, b, c.data(), c.colStride());
  } else {
    Eigen::Matrix<typename B::Scalar, Rows, Cols> tile;
    detail::multiply_tile<Rows, Cols>(a, a_step, b, tile.data(), Rows);
    c = tile.topRows(c.rows());
  }
}

template <int Rows, class B, class C>
void multiply_strip(const typename B::Scalar* a, Index a_step, const B& b, C&& c) {
  constexpr int wide = TileShape<typename B::Scalar>::cols;
  Index j = 0;
  for (; j + wide <= c.cols(); j += wide) {
    detail::multiply_columns<Rows, wide>(a, a_step, b.template middleCols<wide>(j), c.template middleCols<wide>(j));
  }
  for (; j < c.cols(); ++j) {
    detail::multiply_columns<Rows, 1>(a, a_step, b.template middleCols<1>(j), c.template middleCols<1>(j));
  }
}

}  // namespace detail

/// C = A B, in the calling thread.
///
/// Why not Eigen's product? It repacks both factors, which pays for large matrices; a layer has a few hundred rows and
/// columns. Compiled by gcc 12 for AVX-512, Eigen 3.4 leaves a third of the multiplications undone for which the
/// processor has time, this a tenth. Only a first factor not stored column by column and its last rows are repacked. And
/// every entry of C is the same sum, term after term, whatever block of C it is computed in: so threads may share out C
/// without changing a bit.
///
/// \param a, b, c  matrices, blocks or maps, also transposed ones, without overlap. A is best stored column by column.
template <class A, class B, class C>
void multiply(const A& a, const B& b, C&& c) {
  using Scalar = typename A::Scalar;
  constexpr Index whole = detail::TileShape<Scalar>::rows, half = whole / 2;
  thread_local Matrix<Scalar> packed;
  for (Index i = 0; i < a.rows(); i += whole) {
    const Index rows = std::min(whole, a.rows() - i);
    const auto a_strip = a.middleRows(i, rows);
    auto c_strip = c.middleRows(i, rows);
    if (rows == whole && a.rowStride() == 1) {
      detail::multiply_strip<whole>(a_strip.data(), a.colStride(), b, c_strip);
      continue;
    }
    packed.resize(rows <= half ? half : whole, a.cols());
    packed.topRows(rows) = a_strip;
    packed.bottomRows(packed.rows() - rows).setZero();
    if (packed.rows() == half) {
      detail::multiply_strip<half>(packed.data(), half, b, c_strip);
    } else {
      detail::multiply_strip<whole>(packed.data(), whole, b, c_strip);
    }
  }
}

}  // namespace vae
