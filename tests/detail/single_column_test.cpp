#include "concrete/detail/single_column.hpp"

#include <Eigen/Core>
#include <type_traits>

#include "catch.hpp"
#include "concrete/detail/tile.hpp"
#include "support/models.hpp"
#include "support/random.hpp"

namespace detail = concrete::detail;
using Eigen::Index;
using testing::identical;
using testing::Random;

TEMPLATE_TEST_CASE("A single column is a copy that does all that a tile does", "", float, double) {
  using Matrix = Eigen::MatrixX<TestType>;
  Random random(6);
  for (const Index n : {1, 3, 8, 9, detail::few_entries}) {
    CAPTURE(n);
    const Matrix matrix = random.matrix<Matrix>(n, 3, -2, -1);
    auto column = detail::tile_of(std::integral_constant<detail::TileKind, detail::TileKind::single>(), matrix, 1, 1);
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
