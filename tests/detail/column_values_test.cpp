#include "concrete/detail/column_values.hpp"

#include <limits>

#include "catch.hpp"
#include "support/limits.hpp"

namespace detail = concrete::detail;
using Eigen::Index;

TEMPLATE_TEST_CASE("Of values it is known whether all are finite, and whether one is 0", "", float, double) {
  for (const Index count : {1, 2, 31, 32, 33, 1024}) {
    detail::ColumnValues<TestType, 1024> values(count);
    for (Index bad : {Index{0}, count / 2, count - 1}) {
      CAPTURE(count, bad);
      values.for_each([](TestType& value, Index j) { value = static_cast<TestType>(j - 2000); });
      CHECK(values.all_finite());
      CHECK(values.all_nonzero());
      CHECK(values.sum() == static_cast<TestType>(count * (count - 1) / 2 - 2000 * count));
      for (const TestType x : {testing::inf<TestType>, -testing::inf<TestType>, testing::quiet_nan<TestType>,
                               -testing::quiet_nan<TestType>}) {
        values[bad] = x;
        CHECK_FALSE(values.all_finite());
        CHECK(values.all_nonzero());
      }
      for (const TestType x : {TestType(0), -TestType(0)}) {
        values[bad] = x;
        CHECK(values.all_finite());
        CHECK_FALSE(values.all_nonzero());
      }
      for (const TestType x : {std::numeric_limits<TestType>::max(), std::numeric_limits<TestType>::denorm_min()}) {
        values[bad] = x;
        CHECK(values.all_finite());
        CHECK(values.all_nonzero());
      }
    }
  }
}
