#include "concrete/detail/tile.hpp"

#include <Eigen/Core>
#include <cfloat>
#include <type_traits>

#include "catch.hpp"
#include "support/models.hpp"
#include "support/random.hpp"

#if FLT_EVAL_METHOD == 0  // in wider registers there are no tiles

namespace detail = concrete::detail;
using detail::TileKind;
using Eigen::Index;
using testing::identical;
using testing::Random;

namespace {

constexpr auto columns = std::integral_constant<TileKind, TileKind::columns>();

/// Calls check(n, count) for dimensions and numbers of columns that make a tile: around the borders of what is
/// treated in one way, of strips and of the cache.
template <class T, class Check>
void for_each_size(const Check& check) {
  for (const Index n : {1, 2, 3, 4, 5, 7, 8, 9, 10, 17, 31, 32, 33, 64, 65, 100, 512, 513, 1000, 1024}) {
    const Index most = detail::Tile<T>::capacity(n);
    REQUIRE(most > 0);
    for (const Index count : {Index{1}, Index{2}, Index{5}, Index{12}, Index{13}, Index{31}, Index{33}, most}) {
      if (count > most) continue;
      CAPTURE(n, count);
      check(n, count);
    }
  }
}

}  // namespace

TEMPLATE_TEST_CASE("A tile holds columns of a matrix, the first after the last", "", float, double) {
  using Matrix = Eigen::MatrixX<TestType>;
  Random random(1);
  for_each_size<TestType>([&](Index n, Index count) {
    const Matrix matrix = random.matrix<Matrix>(n, count + 2, -1, 1);
    for (const Index first : {Index{0}, Index{2}, count + 1}) {
      const auto tile = detail::tile_of(columns, matrix, first, count);
      for (Index j = 0; j < count; ++j) {
        for (Index k = 0; k < n; ++k) REQUIRE(tile.column(j)(k) == matrix(k, (first + j) % (count + 2)));
      }
    }
  });
}

TEMPLATE_TEST_CASE("A matrix of one column fills a tile", "", float, double) {
  using Vector = Eigen::VectorX<TestType>;
  Random random(2);
  for_each_size<TestType>([&](Index n, Index count) {
    const Vector column = random.vector<Vector>(n, -1, 1);
    const auto tile = detail::tile_of(columns, column, 0, count);
    for (Index j = 0; j < count; ++j) {
      for (Index k = 0; k < n; ++k) REQUIRE(tile.column(j)(k) == column(k));
    }
  });
}

TEMPLATE_TEST_CASE("A tile is written to columns of any storage, and nowhere else", "", float, double) {
  using Matrix = Eigen::MatrixX<TestType>;
  using RowMajor = Eigen::Matrix<TestType, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  Random random(3);
  for_each_size<TestType>([&](Index n, Index count) {
    const Matrix matrix = random.matrix<Matrix>(n, count, -1, 1);
    detail::Tile<TestType> tile(n, count);
    tile.load(matrix, 0);
    Matrix frame = Matrix::Constant(n + 1, count + 2, 7);
    RowMajor turned = frame;
    auto block = frame.topRows(n);
    auto turned_block = turned.topRows(n);
    tile.store(block, 1);
    tile.store(turned_block, 1);

    Matrix expected = Matrix::Constant(n + 1, count + 2, 7);
    expected.block(0, 1, n, count) = matrix;
    CHECK(identical(frame, expected));
    CHECK(identical(turned, expected));
  });
}

TEMPLATE_TEST_CASE("Tiles for the columns of a matrix fill it, one after the other, and nothing beyond", "", float,
                   double) {
  using Matrix = Eigen::MatrixX<TestType>;
  for_each_size<TestType>([&](Index n, Index count) {
    const Index cols = 3 * count;
    Matrix frame = Matrix::Constant(n, cols + 40, 7);
    auto target = frame.middleCols(1, cols);
    for (Index j = 0; j < cols; j += count) {
      auto tile = detail::tile_for(columns, target, j, count);
      tile.for_each([&](detail::Position at) { tile(at) = static_cast<TestType>(j * n + at.entry); });
      tile.store(target, j);
    }
    CHECK(identical(target,
                    Matrix::NullaryExpr(n, cols, [&](Index k, Index j) { return static_cast<TestType>(j * n + k); })));
    CHECK((frame.col(0).array() == 7).all());
    CHECK((frame.rightCols(39).array() == 7).all());
  });
}

TEMPLATE_TEST_CASE("A tile is added to columns, the first after the last", "", float, double) {
  using Matrix = Eigen::MatrixX<TestType>;
  Random random(4);
  for_each_size<TestType>([&](Index n, Index count) {
    const Matrix matrix = random.matrix<Matrix>(n, count, -1, 1);
    detail::Tile<TestType> tile(n, count);
    tile.load(matrix, 0);
    for (const Index cols : {Index{1}, Index{3}, count, count + 1}) {
      Matrix sum = random.matrix<Matrix>(n, cols, -1, 1), expected = sum;
      for (Index j = 0; j < count; ++j) expected.col((1 + j) % cols) += matrix.col(j);
      tile.add_to(sum, 1 % cols);
      CHECK(identical(sum, expected));
    }
  });
}

TEMPLATE_TEST_CASE("Maxima and sums of a tile are those of its columns to the last bit", "", float, double) {
  using Matrix = Eigen::MatrixX<TestType>;
  Random random(5);
  for_each_size<TestType>([&](Index n, Index count) {
    const Matrix matrix = random.matrix<Matrix>(n, count, -2, -1);  // a maximum or sum with the filling would be seen
    const auto tile = detail::tile_of(columns, matrix, 0, count);
    const auto top = tile.maximum();
    const auto total = tile.sum([&](detail::Position at) { return tile(at) + 3; });
    for (Index j = 0; j < count; ++j) {
      const auto column = matrix.col(j);
      REQUIRE(top[j] == column.maxCoeff());
      REQUIRE(total[j] == detail::sum<TestType>(n, [&](Index k) -> TestType { return column(k) + 3; }));
    }
  });
}

TEMPLATE_TEST_CASE("Steps over the last columns of a matrix touch nothing behind it", "", float, double) {
  using Matrix = Eigen::MatrixX<TestType>;
  Random random(7);
  for (const Index n : {1, 2, 3, 4, 5, 8, 16, 32, 128}) {
    for (const Index count : {Index{13}, Index{16}, Index{32}, Index{64}}) {
      if (count > detail::Tile<TestType>::capacity(n)) continue;
      CAPTURE(n, count);
      // What address sanitizer watches here is the end of the memory of a matrix.
      const Matrix matrix = random.matrix<Matrix>(n, count + 1, -1, 1);
      const auto tile = detail::tile_of(columns, matrix, 1, count);
      const auto top = tile.maximum();
      Matrix spread(n, count + 1);
      auto target = detail::tile_for(columns, spread, 1, count);
      const auto values = tile.spread(top);
      target.for_each([&](detail::Position at) { target(at) = values[at]; });
      const auto again = target.maximum();
      target.store(spread, 1);
      for (Index j = 0; j < count; ++j) {
        CHECK(top[j] == matrix.col(1 + j).maxCoeff());
        CHECK(again[j] == top[j]);
        CHECK((spread.col(1 + j).array() == top[j]).all());
      }
    }
  }
}

TEMPLATE_TEST_CASE("Every position is visited once", "", float, double) {
  for_each_size<TestType>([&](Index n, Index count) {
    detail::Tile<TestType> tile(n, count);
    for (Index j = 0; j < count; ++j) tile.column(j).setConstant(static_cast<TestType>(-1 - j));
    tile.for_each([&](detail::Position at) { tile(at) = -tile(at); });
    for (Index j = 0; j < count; ++j) {
      for (Index k = 0; k < n; ++k) REQUIRE(tile.column(j)(k) == static_cast<TestType>(1 + j));
    }
  });
}

TEMPLATE_TEST_CASE("A value of a column is spread to all its positions", "", float, double) {
  for_each_size<TestType>([&](Index n, Index count) {
    detail::Tile<TestType> tile(n, count);
    typename detail::Tile<TestType>::Values values(count);
    values.for_each([](TestType& value, Index j) { value = static_cast<TestType>(1 + j); });
    const auto spread = tile.spread(values);
    tile.for_each([&](detail::Position at) { tile(at) = spread[at]; });
    for (Index j = 0; j < count; ++j) {
      for (Index k = 0; k < n; ++k) REQUIRE(tile.column(j)(k) == static_cast<TestType>(1 + j));
    }
  });
}

TEST_CASE("Columns are cut into tiles that fit, in their order") {
  for (const Index n : {1, 2, 10, 20, 21, 32, 33, 500, 1024, 1025}) {
    for (const Index cols : {0, 1, 2, 31, 129, 1000}) {
      CAPTURE(n, cols);
      Index next = 0;
      const auto on_tile = [&](auto kind, Index j, Index count) {
        CHECK(j == next);
        CHECK(count > 0);
        CHECK(count <= (kind() == TileKind::single ? 1 : detail::Tile<float>::capacity(n)));
        next += count;
      };
      const auto on_column = [&](Index j) {
        CHECK(j == next);
        CHECK(n > 1024);
        ++next;
      };
      detail::for_each_tile<float>(n, cols, on_tile, on_column);
      CHECK(next == cols);
    }
  }
}

TEST_CASE("Other scalars stay where they are") {
  Index left_alone = 0;
  detail::for_each_tile<long double>(
      3, 5, [](auto, Index, Index) { FAIL(); }, [&](Index) { ++left_alone; });
  CHECK(left_alone == 5);
}

#endif
