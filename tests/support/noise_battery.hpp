#pragma once

#include <Eigen/Core>
#include <algorithm>
#include <cstdint>
#include <random>
#include <type_traits>
#include <unsupported/Eigen/AutoDiff>
#include <vector>

#include "catch.hpp"

// What fill_uniform, fill_gumbel and fill_logistic promise alike. `fill(engine, out)` is one of them, `draw(engine)`
// the single number that it is made of.

namespace testing {

/// Every writable shape gets, column after column, the numbers that single draws give.
template <class T, class Fill, class Draw>
void check_every_shape(const Fill& fill, const Draw& draw) {
  using Eigen::Dynamic;
  using Matrix = Eigen::Matrix<T, Dynamic, Dynamic>;
  std::mt19937_64 engine(5);
  Matrix expected(4, 6);
  for (Eigen::Index j = 0; j < 6; ++j) {
    for (Eigen::Index i = 0; i < 4; ++i) expected(i, j) = draw(engine);
  }
  const auto check = [&](const char* shape, auto&& out, const auto& as_drawn) {
    std::mt19937_64 again(5);
    fill(again, out);
    INFO(shape);
    CHECK(as_drawn == expected);
    CHECK(again == engine);
  };

  Matrix dynamic(4, 6);
  check("dynamic", dynamic, dynamic);
  Eigen::Matrix<T, 4, 6> fixed;
  check("fixed", fixed, fixed);
  Eigen::Matrix<T, Dynamic, Dynamic, Eigen::RowMajor> row_major(4, 6);
  check("row-major", row_major, row_major);
  Matrix large = Matrix::Zero(9, 9);
  check("block", large.block(2, 1, 4, 6), large.block(2, 1, 4, 6));
  CHECK(large.topRows(2).isZero(0));
  CHECK(large.rightCols(2).isZero(0));
  Matrix turned(6, 4);
  check("transposed", turned.transpose(), turned.transpose());
  Matrix folded(12, 2);
  check("reshaped", folded.reshaped(4, 6), folded.reshaped(4, 6));
  Eigen::Matrix<T, Dynamic, 1> column(24);
  check("vector", column, column.reshaped(4, 6));
  Eigen::Matrix<T, 1, Dynamic> row(24);
  check("row vector", row, row.reshaped(4, 6));
  std::vector<T> memory(120, T(0));
  Eigen::Map<Matrix, 0, Eigen::Stride<Dynamic, Dynamic>> strided(memory.data(), 4, 6, {20, 3});
  check("strided", strided, strided);
  CHECK(std::count(memory.begin(), memory.end(), T(0)) == 120 - 24);
  Matrix referred(4, 6);
  Eigen::Ref<Matrix> reference = referred;
  check("reference", reference, referred);
  Eigen::Array<T, Dynamic, Dynamic> array(4, 6);
  check("array as a matrix", array.matrix(), array.matrix());
}

/// Autodiff scalars get plain numbers of type double, without derivatives.
template <class Fill, class Draw>
void check_autodiff_scalars(const Fill& fill, const Draw& draw) {
  using Dual = Eigen::AutoDiffScalar<Eigen::Vector2d>;
  Eigen::Matrix<Dual, 3, 2> out;
  out.setConstant(Dual(0, 2, 0));
  std::mt19937_64 engine(6), again(6);
  fill(engine, out);
  for (const Dual& entry : out.reshaped()) {
    CHECK(entry.value() == draw(again));
    CHECK(entry.derivatives().isZero(0));
  }
}

/// Two calls over adjacent columns draw what one call over both does, wherever the cut is.
template <class Engine, class T, class Fill>
void check_adjacent_columns(const Fill& fill) {
  Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic> whole(3, 700), parts(3, 700);
  Engine engine(7);
  fill(engine, whole);
  for (const Eigen::Index cut : {0, 1, 5, 333, 699}) {
    Engine again(7);
    fill(again, parts.leftCols(cut));
    fill(again, parts.rightCols(700 - cut));
    INFO("cut at " << cut);
    CHECK(parts == whole);
    CHECK(again == engine);
  }
}

}  // namespace testing
