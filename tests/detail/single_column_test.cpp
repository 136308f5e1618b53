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

TEMPLATE_TEST_CASE("A single column does all that a tile does", "", float, double) {
  using Matrix = Eigen::MatrixX<TestType>;
  constexpr auto single = std::integral_constant<detail::TileKind, detail::TileKind::single>();
  Random random(6);
  for (const Index n : {1, 3, 8, 9, detail::few_entries}) {
    CAPTURE(n);
    const Matrix matrix = random.matrix<Matrix>(n, 3, -2, -1);
    const auto column = detail::tile_of(single, matrix, 1, 1);
    CHECK(column.dimension() == n);
    CHECK(column.columns() == 1);
    CHECK(column.maximum()[Index{0}] == matrix.col(1).maxCoeff());
    CHECK(column.sum([&](detail::Position at) { return column(at); })[Index{0}] ==
          detail::sum<TestType>(n, [&](Index k) { return matrix(k, 1); }));

    auto twice = column.blank();
    twice.for_each([&](detail::Position at) { twice(at) = 2 * column(at); });
    Matrix stored = matrix, added = matrix, in_place = matrix, expected = matrix;
    auto target = detail::tile_for(single, in_place, 2, 1);
    target.for_each([&](detail::Position at) { target(at) = twice(at); });
    target.store(in_place, 2);
    twice.store(stored, 2);
    twice.add_to(added, 2);
    expected.col(2) = 2 * matrix.col(1);
    CHECK(identical(stored, expected));
    CHECK(identical(in_place, expected));
    expected.col(2) = matrix.col(2) + 2 * matrix.col(1);
    CHECK(identical(added, expected));

    twice.clear_column(0);
    CHECK((twice.column(0).array() == TestType(0)).all());
  }
}
