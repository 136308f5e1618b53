#include "concrete/detail/tile.hpp"

#include <Eigen/Core>
#include <vector>

#include "catch.hpp"
#include "support/models.hpp"
#include "support/random.hpp"

namespace detail = concrete::detail;
using detail::Layout;
using Eigen::Index;
using testing::identical;
using testing::Random;

namespace {

template <class T, Layout tile_layout>
struct Case {
  using Scalar = T;
  using Tile = detail::Tile<T, tile_layout>;
  static constexpr auto layout = std::integral_constant<Layout, tile_layout>();

  /// Dimensions around the borders of strips, as far as they fit.
  static std::vector<Index> dimensions() {
    if constexpr (tile_layout == Layout::abreast) return {1, 2, 3, 7, 8, 9, 10, 17, 20, 31, 32};
    return {1, 2, 31, 32, 33, 64, 65, 100, 512, 513, 1000, 1024};
  }
};

/// Calls check(n, count) for dimensions and numbers of columns that make a tile.
template <class Case, class Check>
void for_each_size(const Check& check) {
  for (const Index n : Case::dimensions()) {
    const Index most = Case::Tile::capacity(n);
    REQUIRE(most > 0);
    for (const Index count : {Index{1}, Index{5}, Index{31}, Index{32}, Index{33}, most}) {
      if (count > most) continue;
      CAPTURE(n, count);
      check(n, count);
    }
  }
}

}  // namespace

#define CASES                                                                                    \
  (Case<float, Layout::abreast>), (Case<float, Layout::along>), (Case<double, Layout::abreast>), \
      (Case<double, Layout::along>)

TEMPLATE_TEST_CASE("A tile holds columns of a matrix, the first after the last", "", CASES) {
  using Matrix = Eigen::MatrixX<typename TestType::Scalar>;
  Random random(1);
  for_each_size<TestType>([&](Index n, Index count) {
    const Matrix matrix = random.matrix<Matrix>(n, count + 2, -1, 1);
    for (const Index first : {Index{0}, Index{2}, count + 1}) {
      const auto tile = detail::tile_of(TestType::layout, matrix, first, count);
      for (Index j = 0; j < count; ++j) {
        for (Index k = 0; k < n; ++k) REQUIRE(tile.entry(k, j) == matrix(k, (first + j) % (count + 2)));
      }
    }
  });
}

TEMPLATE_TEST_CASE("A matrix of one column fills a tile", "", CASES) {
  using Vector = Eigen::VectorX<typename TestType::Scalar>;
  Random random(2);
  for_each_size<TestType>([&](Index n, Index count) {
    const Vector column = random.vector<Vector>(n, -1, 1);
    const auto tile = detail::tile_of(TestType::layout, column, 0, count);
    for (Index j = 0; j < count; ++j) {
      for (Index k = 0; k < n; ++k) REQUIRE(tile.entry(k, j) == column(k));
    }
  });
}

TEMPLATE_TEST_CASE("A tile is written to columns of any storage, and nowhere else", "", CASES) {
  using Scalar = typename TestType::Scalar;
  using Matrix = Eigen::MatrixX<Scalar>;
  using RowMajor = Eigen::Matrix<Scalar, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  Random random(3);
  for_each_size<TestType>([&](Index n, Index count) {
    const Matrix matrix = random.matrix<Matrix>(n, count, -1, 1);
    const auto tile = detail::tile_of(TestType::layout, matrix, 0, count);
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

TEMPLATE_TEST_CASE("A tile is added to columns, the first after the last", "", CASES) {
  using Matrix = Eigen::MatrixX<typename TestType::Scalar>;
  Random random(4);
  for_each_size<TestType>([&](Index n, Index count) {
    const Matrix matrix = random.matrix<Matrix>(n, count, -1, 1);
    const auto tile = detail::tile_of(TestType::layout, matrix, 0, count);
    for (const Index cols : {Index{1}, Index{3}, count, count + 1}) {
      Matrix sum = random.matrix<Matrix>(n, cols, -1, 1), expected = sum;
      for (Index j = 0; j < count; ++j) expected.col((1 + j) % cols) += matrix.col(j);
      tile.add_to(sum, 1 % cols);
      CHECK(identical(sum, expected));
    }
  });
}

TEMPLATE_TEST_CASE("Maxima and sums of a tile are those of its columns to the last bit", "", CASES) {
  using Scalar = typename TestType::Scalar;
  using Matrix = Eigen::MatrixX<Scalar>;
  Random random(5);
  for_each_size<TestType>([&](Index n, Index count) {
    const Matrix matrix = random.matrix<Matrix>(n, count, -2, -1);  // a maximum or sum with the filling would be seen
    const auto tile = detail::tile_of(TestType::layout, matrix, 0, count);
    const auto top = tile.maximum();
    const auto total = tile.sum([&](detail::Position at) { return tile(at) + 3; });
    for (Index j = 0; j < count; ++j) {
      const auto column = matrix.col(j);
      REQUIRE(top[j] == column.maxCoeff());
      REQUIRE(total[j] == detail::sum<Scalar>(n, [&](Index k) -> Scalar { return column(k) + 3; }));
    }
  });
}

TEMPLATE_TEST_CASE("Every position is visited once, with the column that it belongs to", "", CASES) {
  for_each_size<TestType>([&](Index n, Index count) {
    typename TestType::Tile tile(n, count);
    tile.for_each([&](detail::Position at) { tile(at) = static_cast<typename TestType::Scalar>(-1 - at.column); });
    tile.for_each([&](detail::Position at) { tile(at) = -tile(at); });
    for (Index j = 0; j < count; ++j) {
      for (Index k = 0; k < n; ++k) REQUIRE(tile.entry(k, j) == static_cast<typename TestType::Scalar>(1 + j));
    }
  });
}

TEMPLATE_TEST_CASE("A single column is a copy that does all that a tile does", "", float, double) {
  using Matrix = Eigen::MatrixX<TestType>;
  constexpr auto single = std::integral_constant<Layout, Layout::single>();
  Random random(6);
  for (const Index n : {1, 3, 8, 9, detail::few_entries}) {
    CAPTURE(n);
    const Matrix matrix = random.matrix<Matrix>(n, 3, -2, -1);
    auto column = detail::tile_of(single, matrix, 1, 1);
    CHECK(column.dimension() == n);
    CHECK(column.columns() == 1);
    CHECK(column.maximum()[Index{0}] == matrix.col(1).maxCoeff());
    CHECK(column.sum([&](detail::Position at) { return column(at); })[Index{0}] ==
          detail::sum<TestType>(n, [&](Index k) { return matrix(k, 1); }));

    column.for_each([&](detail::Position at) { column(at) *= 2; });
    Matrix stored = matrix, added = matrix, expected = matrix;
    column.store(stored, 2);
    column.add_to(added, 2);
    expected.col(2) = 2 * matrix.col(1);
    CHECK(identical(stored, expected));
    expected.col(2) = matrix.col(2) + 2 * matrix.col(1);
    CHECK(identical(added, expected));

    column.clear_column(0);
    CHECK((column.column(0).array() == TestType(0)).all());
  }
}

TEST_CASE("Columns are cut into tiles that fit, in their order") {
  for (const Index n : {1, 2, 10, 20, 21, 32, 33, 500, 1024, 1025}) {
    for (const Index cols : {0, 1, 2, 31, 129, 1000}) {
      CAPTURE(n, cols);
      Index next = 0;
      const auto on_tile = [&](auto layout, Index j, Index count) {
        CHECK(j == next);
        CHECK(count > 0);
        if constexpr (layout() == Layout::single) {
          CHECK(count == 1);
        } else {
          CHECK(count <= detail::Tile<float, layout()>::capacity(n));
        }
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
  Index columns = 0;
  detail::for_each_tile<long double>(
      3, 5, [](auto, Index, Index) { FAIL(); }, [&](Index) { ++columns; });
  CHECK(columns == 5);
}
