#include "concrete/detail/loops.hpp"

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

TEMPLATE_TEST_CASE("Every entry and every column is visited once, and nothing beyond what may be touched", "[blocks]",
                   LOOPS) {
  using Loops = TestType;
  for_each_size<Loops>([](Index n, Index cols) {
    bool once = true;
    for_each_block<Loops>(n, cols, [&](const Block& block) {
      std::vector<int> visits(static_cast<std::size_t>(Loops::touched(block)), 0), column_visits(1024, 0);
      Loops::for_each(block, [&](Index k) { ++visits.at(static_cast<std::size_t>(k)); });
      for (Index k = 0; k < block.size(); ++k) once = once && visits[static_cast<std::size_t>(k)] == 1;
      Loops::for_each_column(block.columns, [&](Index j) { ++column_visits.at(static_cast<std::size_t>(j)); });
      for (Index j = 0; j < block.columns; ++j) once = once && column_visits[static_cast<std::size_t>(j)] == 1;
    });
    CHECK(once);
  });
}

TEMPLATE_TEST_CASE("Maxima and sums are those of each column", "[blocks]", LOOPS) {
  using Loops = TestType;
  using T = typename Loops::Scalar;
  Random random(1);
  for_each_size<Loops>([&](Index n, Index cols) {
    const Matrix<T> matrix = random.matrix<Matrix<T>>(n, cols, -2, -1);  // a maximum or sum with 0 would be seen
    const auto view = view_of(matrix);
    detail::Input<Loops> input(view);
    bool same = true;
    detail::for_each_columns<Loops>(n, cols, [&](const Columns<Loops>& columns) {
      detail::Maxima<Loops> top;
      detail::Sums<Loops> total;
      columns.pass([&](const Block& block) {
        input.read(block);
        top.take(block, input.data());
        total.add(block, input.data());
      });
      for (Index j = 0; j < columns.count; ++j) {
        const auto column = matrix.col(columns.first + j);
        same = same && top[j] == column.maxCoeff();
        const T sum = detail::sum<T>(n, [&](Index k) { return column(k); });
        // Of one block to the last bit, of several to the rounding of either.
        same = same && (n <= Loops::most_entries ? total[j] == sum
                                                 : std::abs(total[j] - sum) <= 16 * testing::eps<T> * std::abs(sum));
      }
    });
    CHECK(same);
  });
}

TEMPLATE_TEST_CASE("A sum has a NaN of its column, and no other", "[blocks]", (Strips<float>), (Strips<double>)) {
  using Loops = TestType;
  using T = typename Loops::Scalar;
  for_each_size<Loops>([&](Index n, Index cols) {
    Matrix<T> matrix = Matrix<T>::Constant(n, cols, T(0.5));
    for (Index j = 0; j < cols; j += 2) matrix((7 * j + n - 1) % n, j) = testing::quiet_nan<T>;
    for (Index j = 1; j < cols; j += 4) matrix((7 * j) % n, j) = testing::inf<T>;
    const auto view = view_of(matrix);
    detail::Input<Loops> input(view);
    bool right = true;
    detail::for_each_columns<Loops>(n, cols, [&](const Columns<Loops>& columns) {
      detail::Sums<Loops> total;
      columns.pass([&](const Block& block) {
        input.read(block);
        total.add(block, input.data());
      });
      for (Index j = 0; j < columns.count; ++j) {
        const Index column = columns.first + j;
        const T expected = column % 2 == 0   ? testing::quiet_nan<T>
                           : column % 4 == 1 ? testing::inf<T>
                                             : T(0.5) * static_cast<T>(n);
        right = right && (total[j] == expected || (column % 2 == 0 && std::isnan(total[j])));
      }
    });
    CHECK(right);
  });
}

TEMPLATE_TEST_CASE("A number of a column stands at each of its entries", "[blocks]", LOOPS) {
  using Loops = TestType;
  using T = typename Loops::Scalar;
  for_each_size<Loops>([](Index n, Index cols) {
    bool same = true;
    detail::for_each_columns<Loops>(n, cols, [&](const Columns<Loops>& columns) {
      detail::ColumnValues<Loops> values;
      for (Index j = 0; j < columns.count; ++j) values[j] = static_cast<T>(1 + columns.first + j);
      columns.pass([&](const Block& block) {
        const typename Loops::Broadcast at_entry(block, values.data());
        for (Index k = 0; k < block.size(); ++k) {
          same = same && at_entry[k] == static_cast<T>(1 + block.column + k / block.rows);
        }
      });
    });
    CHECK(same);
  });
}
