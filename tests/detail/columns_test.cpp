#include "concrete/detail/columns.hpp"

#include <Eigen/Core>
#include <cmath>
#include <numeric>
#include <vector>

#include "catch.hpp"
#include "detail/blocks_support.hpp"
#include "support/dual.hpp"
#include "support/limits.hpp"
#include "support/reference.hpp"

using namespace testing;  // what blocks_support.hpp has

TEMPLATE_TEST_CASE("Blocks are whole columns or parts of one, in their order, and hold every entry once", "[blocks]",
                   LOOPS) {
  using Loops = TestType;
  for_each_size<Loops>([](Index n, Index cols) {
    Index next = 0;
    bool fits = true;
    for_each_block<Loops>(n, cols, [&](const Block& block) {
      fits = fits && n * block.column + block.row == next && block.is_part == (block.rows < n) &&
             (!block.is_part || block.columns == 1) && block.columns <= Loops::most_columns &&
             block.size() <= Loops::most_entries && Loops::touched(block) >= block.size() &&
             Loops::touched(block) <= Loops::most_entries + Loops::padding;
      next += block.size();
    });
    CHECK(fits);
    CHECK(next == n * cols);
  });
}

TEMPLATE_TEST_CASE("The maximum is found in whatever part and place it stands", "[blocks]", LOOPS) {
  using Loops = TestType;
  using T = typename Loops::Scalar;
  for_each_size<Loops>([&](Index n, Index cols) {
    if (cols > 13) return;
    bool found = true;
    for (Index place = 0; place<n; place += n> 100 ? 31 : 1) {
      Matrix<T> matrix = Matrix<T>::Constant(n, cols, -testing::inf<T>);
      for (Index j = 0; j < cols; ++j) matrix((place + j) % n, j) = static_cast<T>(-3 - j);
      const auto view = view_of(matrix);
      detail::Input<Loops> input(view);
      detail::for_each_columns<Loops>(n, cols, [&](const Columns<Loops>& columns) {
        detail::Maxima<Loops> top;
        columns.pass([&](const Block& block) {
          input.read(block);
          top.take(block, input.data());
        });
        for (Index j = 0; j < columns.count; ++j) found = found && top[j] == static_cast<T>(-3 - columns.first - j);
      });
    }
    CHECK(found);
  });
}

TEMPLATE_TEST_CASE("The error of a long column's sum does not grow with the number of its parts", "[blocks]",
                   (Strips<float>), (Strips<double>), (OneColumn<long double>)) {
  // Parts are added up by Kahan's rule, whose error is 2 halves of an eps. Within a part a lane has at most 31 additions
  // and folding has 6, each with half an eps of the sum of magnitudes. Added plainly, the parts of a million of 0.1
  // would miss by hundreds of eps.
  using Loops = TestType;
  using T = typename Loops::Scalar;
  constexpr double bound = (31 + 6 + 2 + 2) / 2.0;
  for (const Index n : {5'000, 100'000, 1'000'000}) {
    for (const bool constant : {true, false}) {
      CAPTURE(n, constant);
      Random random(2);
      const Matrix<T> column = constant ? Matrix<T>::Constant(n, 1, T(0.1)) : random.matrix<Matrix<T>>(n, 1, -1, 1.5);
      detail::Sums<Loops> total;
      testing::Wide exact = 0, magnitude = 0;
      for (Index row = 0; row < n; row += Loops::part_entries) {
        const Index rows = std::min<Index>(Loops::part_entries, n - row);
        Eigen::VectorX<T> part(rows + Loops::padding);
        part.setConstant(T(1e6));
        part.head(rows) = column.middleRows(row, rows);
        total.add(Block{row, rows, 0, 1, true}, part.data());
      }
      for (Index k = 0; k < n; k += 1000) {
        exact += testing::Wide(column.middleRows(k, 1000).template cast<long double>().sum());
        magnitude += testing::Wide(column.middleRows(k, 1000).template cast<long double>().cwiseAbs().sum());
      }
      CHECK(testing::eps_error(total[0], exact, magnitude) <= bound);
    }
  }
}

TEMPLATE_TEST_CASE("A long column's sum is multiplied by a power of e, in however many steps", "[blocks]",
                   (Strips<float>), (Strips<double>), (OneColumn<long double>)) {
  using Loops = TestType;
  using T = typename Loops::Scalar;
  Eigen::VectorX<T> part = Eigen::VectorX<T>::Constant(Loops::part_entries + Loops::padding, T(0.7));
  for (const int steps : {1, 2, 3, 1000, 100'000}) {
    detail::Sums<Loops> total;
    total.add(Block{0, Loops::part_entries, 0, 1, true}, part.data());
    const testing::Wide before = testing::Wide(total[0]);
    const T step = -T(1) / static_cast<T>(steps);
    for (int k = 0; k < steps; ++k) total.scale_by_exp(step);
    const testing::Wide exact = before * exp(testing::Wide(step) * steps);
    CHECK(testing::eps_error(total[0], exact, exact) <= 4);
  }
}

TEMPLATE_TEST_CASE("One number for each column is read from a row and written to one", "[blocks]", LOOPS) {
  using Loops = TestType;
  using T = typename Loops::Scalar;
  const Index cols = 700;
  const Matrix<T> row = numbered<T>(1, cols);
  Matrix<T> copy(1, cols), frame = Matrix<T>::Constant(3, cols + 2, T(7)), expected = frame;
  auto inside = frame.block(1, 1, 1, cols);
  expected.block(1, 1, 1, cols) = row;
  T total = 0;
  detail::for_each_columns<Loops>(3, cols, [&](const Columns<Loops>& columns) {
    detail::ColumnValues<Loops> values;
    detail::read_row(view_of(row), columns, values);
    detail::write_row(values, columns, writable_view_of(copy));
    detail::write_row(values, columns, writable_view_of(inside));
    total += detail::sum_of(values, columns.count);
    CHECK(detail::all_finite(values, columns.count));
    CHECK(detail::some_zero(values, columns.count) == (columns.first == 0));
    for (const T special : {testing::inf<T>, -testing::inf<T>, testing::quiet_nan<T>, -testing::quiet_nan<T>}) {
      const T before = values[columns.count - 1];
      values[columns.count - 1] = special;
      CHECK_FALSE(detail::all_finite(values, columns.count));
      if (columns.count > 1) CHECK(detail::all_finite(values, columns.count - 1));
      values[columns.count - 1] = before;
    }
    values[columns.count - 1] = -(std::numeric_limits<T>::max)();
    CHECK(detail::all_finite(values, columns.count));
    values[columns.count - 1] = T(-0.0);
    CHECK(detail::some_zero(values, columns.count));
  });
  CHECK(identical(copy, row));
  CHECK(identical(frame, expected));
  CHECK(total == row.sum());
}
