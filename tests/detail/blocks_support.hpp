#pragma once

#include <Eigen/Core>

#include "catch.hpp"
#include "concrete/detail/blocks.hpp"
#include "support/models.hpp"
#include "support/random.hpp"

// What tests of blocks share: sizes, ways to loop, and matrices with a frame around them.

namespace testing {

namespace detail = concrete::detail;
using detail::Block;
using detail::Columns;
using detail::OneColumn;
using detail::view_of;
using detail::writable_view_of;
using Eigen::Index;

template <class T>
using Matrix = Eigen::MatrixX<T>;
template <class T>
using RowMajor = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

/// Strips where there are any: not in wider registers.
template <class T>
struct StripsOr {
  using type = OneColumn<T>;
};
template <detail::ElementaryScalar T>
struct StripsOr<T> {
  using type = detail::Strips<T>;
};
template <class T>
using Strips = typename StripsOr<T>::type;

/// Around the borders of what is treated in one way: tiny columns, strips, the cache.
inline constexpr Index lengths[] = {1,  2,  3,  4,  5,   7,   8,   9,    10,   17,   31,
                                    32, 33, 64, 65, 100, 512, 513, 1000, 1024, 1025, 2049};

/// Calls check(n, cols) for numbers of columns around the borders of blocks that Loops have for them.
template <class Loops, class Check>
void for_each_size(const Check& check) {
  for (const Index n : lengths) {
    for (const Index cols : {1, 2, 5, 12, 13, 31, 33, 130, 1030}) {
      if (n * cols > 5000 || (!Loops::has_parts && n > Loops::most_entries)) continue;
      CAPTURE(n, cols);
      check(n, cols);
    }
  }
}

/// Calls visit(block) for all blocks of a batch, one pass over each of its columns.
template <class Loops, class Visit>
void for_each_block(Index n, Index cols, const Visit& visit) {
  detail::for_each_columns<Loops>(n, cols, [&](const Columns<Loops>& columns) { columns.pass(visit); });
}

/// A number for each entry and column of a batch.
template <class T>
Matrix<T> numbered(Index n, Index cols) {
  return Matrix<T>::NullaryExpr(n, cols, [n](Index k, Index j) { return static_cast<T>(n * j + k); });
}

/// Calls check(target) with the middle of a larger matrix, column-major and row-major, and at the end of memory. What
/// stands around the middle has to stay 7.
template <class T, class Check>
void with_frames_in_memory(const Matrix<T>& content, const Check& check) {
  const Index n = content.rows(), cols = content.cols();
  const auto check_in = [&](auto frame, Index row, Index col, Index rows_below, Index cols_behind) {
    frame.setConstant(n + row + rows_below, cols + col + cols_behind, T(7));
    Matrix<T> expected = frame;
    auto target = frame.block(row, col, n, cols);
    target = content;
    const Matrix<T> result = check(writable_view_of(target));
    expected.block(row, col, n, cols) = result;
    CHECK(identical(frame, expected));
  };
  check_in(Matrix<T>(), 0, 0, 0, 0);
  check_in(Matrix<T>(), 0, 1, 0, 40);  // columns follow each other
  check_in(Matrix<T>(), 2, 1, 1, 2);
  check_in(RowMajor<T>(), 0, 0, 0, 0);
  check_in(RowMajor<T>(), 2, 1, 1, 2);
}

/// The same, and with an expression that is not in memory.
template <class T, class Check>
void with_frames(const Matrix<T>& content, const Check& check) {
  with_frames_in_memory<T>(content, check);
  Matrix<T> frame = content.rowwise().reverse();
  auto expression = frame.rowwise().reverse();
  const Matrix<T> result = check(writable_view_of(expression));
  CHECK(identical(frame.rowwise().reverse().eval(), result));
}

template <class Loops, class T = typename Loops::Scalar>
void fill(const Block& block, T* entries, const Matrix<T>& from) {
  Loops::for_each(block, [&](Index k) {  // also what is beyond the block
    entries[k] = k < block.size() ? from(block.row + k % block.rows, block.column + k / block.rows) : -1;
  });
}

}  // namespace testing

#define LOOPS \
  (testing::Strips<float>), (testing::Strips<double>), (testing::OneColumn<double>), (testing::OneColumn<long double>)
