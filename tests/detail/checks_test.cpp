#include "concrete/detail/checks.hpp"

#include <Eigen/Core>
#include <cmath>
#include <stdexcept>
#include <unsupported/Eigen/AutoDiff>

#include "catch.hpp"
#include "support/limits.hpp"

namespace detail = concrete::detail;
using Catch::Matchers::Message;
using Eigen::Index;
using testing::inf;
using testing::quiet_nan;

namespace {

/// A number without operator<<.
struct Silent {
  friend bool operator!=(const Silent&, const Silent&) { return false; }
};

}  // namespace

TEST_CASE("A failure throws std::invalid_argument with its parts strung together") {
  CHECK_THROWS_AS(detail::fail("no"), std::invalid_argument);
  CHECK_THROWS_MATCHES(detail::fail("no"), std::invalid_argument, Message("no"));
  CHECK_THROWS_MATCHES(detail::fail("x(", Index{3}, ", ", 17, ") is ", -0.5, ", not ", 2.5f), std::invalid_argument,
                       Message("x(3, 17) is -0.5, not 2.5"));
}

TEST_CASE("A failure prints infinities and NaN alike on every platform") {
  CHECK_THROWS_MATCHES(detail::fail(inf<>, " ", -inf<float>), std::invalid_argument, Message("inf -inf"));
  CHECK_THROWS_MATCHES(detail::fail(quiet_nan<>), std::invalid_argument, Message("nan"));
  CHECK_THROWS_MATCHES(detail::fail(-quiet_nan<>), std::invalid_argument, Message("nan"));
  CHECK_THROWS_MATCHES(detail::fail(std::copysign(quiet_nan<float>, -1.0f)), std::invalid_argument, Message("nan"));
}

TEST_CASE("A failure prints autodiff scalars by their value, and says so where a type does not print") {
  using Dual = Eigen::AutoDiffScalar<Eigen::Vector2d>;
  CHECK_THROWS_MATCHES(detail::fail(Dual(-0.5, 2, 1)), std::invalid_argument, Message("-0.5"));
  CHECK_THROWS_MATCHES(detail::fail(Dual(quiet_nan<>)), std::invalid_argument, Message("nan"));
  CHECK_THROWS_MATCHES(detail::fail("was ", Silent()), std::invalid_argument,
                       Message("was a value that does not print"));
}

TEST_CASE("check_shape accepts the rows and any multiple of the columns") {
  const auto check = [](Index rows, Index cols) {
    detail::check_shape(Eigen::MatrixXd(rows, cols), "sample", Index{3}, Index{2});
  };
  CHECK_NOTHROW(check(3, 2));
  CHECK_NOTHROW(check(3, 8));
  CHECK_NOTHROW(check(3, 0));
  CHECK_THROWS_MATCHES(check(4, 2), std::invalid_argument, Message("sample must have 3 rows, but has 4"));
  CHECK_THROWS_MATCHES(detail::check_shape(Eigen::MatrixXd(2, 3), "indices", Index{1}, Index{3}), std::invalid_argument,
                       Message("indices must have 1 row, but has 2"));
  CHECK_THROWS_MATCHES(check(3, 5), std::invalid_argument,
                       Message("sample must have a multiple of 2 columns, but has 5"));
  CHECK_THROWS_MATCHES(check(2, 5), std::invalid_argument, Message("sample must have 3 rows, but has 2"));
}

TEST_CASE("check_same_shape accepts one shape") {
  const auto check = [](Index rows, Index cols) {
    detail::check_same_shape(Eigen::MatrixXf(rows, cols), "upstream", Index{1}, Index{4});
  };
  CHECK_NOTHROW(check(1, 4));
  CHECK_THROWS_MATCHES(check(4, 1), std::invalid_argument, Message("upstream must be 1 x 4, but is 4 x 1"));
  CHECK_THROWS_MATCHES(check(1, 8), std::invalid_argument, Message("upstream must be 1 x 4, but is 1 x 8"));
}
