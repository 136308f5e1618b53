#include "vae/product.hpp"

#include <algorithm>
#include <limits>

#include "catch.hpp"

using vae::Index;
using vae::multiply;

namespace {

/// Small integers: their products and sums are exact, in whatever order they are added.
template <class Scalar>
vae::Matrix<Scalar> integers(Index rows, Index cols, Index seed) {
  return vae::Matrix<Scalar>::NullaryExpr(
      rows, cols, [=](Index i, Index j) { return static_cast<Scalar>((7 * i + 11 * j + 3 * i * j + seed) % 13 - 6); });
}

}  // namespace

TEMPLATE_TEST_CASE("product: of matrices of any size, stored either way", "[vae]", float, double) {
  using Matrix = vae::Matrix<TestType>;
  const Index tile = vae::detail::TileShape<TestType>::rows;
  for (const Index rows : {Index(1), tile / 2, tile / 2 + 1, tile, 2 * tile + 3}) {
    for (const Index cols : {1, 7, 8, 21}) {
      for (const Index depth : {1, 5, 40}) {
        CAPTURE(rows, cols, depth);
        const Matrix a = integers<TestType>(rows, depth, 1), b = integers<TestType>(depth, cols, 2);
        const Matrix at = a.transpose(), bt = b.transpose(), expected = a.lazyProduct(b);
        Matrix c(rows, cols), ct(cols, rows);
        const auto forget = [&] {
          c.setConstant(std::numeric_limits<TestType>::quiet_NaN());
          ct.setConstant(std::numeric_limits<TestType>::quiet_NaN());
        };
        forget();
        multiply(a, b, c);
        CHECK(c == expected);
        forget();
        multiply(at.transpose(), b, c);
        CHECK(c == expected);
        forget();
        multiply(a, bt.transpose(), c);
        CHECK(c == expected);
        forget();
        multiply(at.transpose(), bt.transpose(), ct.transpose());
        CHECK(ct.transpose() == expected);
      }
    }
  }
}

TEST_CASE("product: an entry is the same to the last bit in every block", "[vae]") {
  const vae::Matrix<float> a = integers<float>(83, 50, 1) / 3.0F, b = integers<float>(50, 30, 2) / 7.0F;
  vae::Matrix<float> whole(83, 30), blocks(83, 30);
  multiply(a, b, whole);
  for (Index j = 0; j < 30; j += 3) {
    for (Index i = 0; i < 83; i += 20) {
      const Index rows = std::min<Index>(20, 83 - i);
      multiply(a.middleRows(i, rows), b.middleCols(j, 3), blocks.block(i, j, rows, 3));
    }
  }
  CHECK(blocks == whole);
  CHECK((whole - a * b).cwiseAbs().maxCoeff() < 1e-4F);
}
