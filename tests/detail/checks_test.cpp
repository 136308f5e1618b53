#include "concrete/detail/checks.hpp"

#include <Eigen/Core>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <stdexcept>
#include <string>

#include "catch.hpp"
#include "concrete/detail/matrix.hpp"
#include "support/limits.hpp"

namespace detail = concrete::detail;
using Catch::Matchers::Message;
using Eigen::Index;
using testing::inf;
using testing::quiet_nan;

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

TEST_CASE("A failure prints numbers to six digits, and integers whole") {
  CHECK_THROWS_MATCHES(detail::fail(1.0 / 3, " ", -1e-60, " ", 1234567.0f, " ", -0.0), std::invalid_argument,
                       Message("0.333333 -1e-60 1.23457e+06 -0"));
  CHECK_THROWS_MATCHES(detail::fail(2.0L / 3, " ", -1e60L, " ", -quiet_nan<long double>), std::invalid_argument,
                       Message("0.666667 -1e+60 nan"));
  CHECK_THROWS_MATCHES(detail::fail(std::numeric_limits<std::uint64_t>::max(), " ", std::int8_t{-7}, " ",
                                    std::numeric_limits<std::int64_t>::min()),
                       std::invalid_argument, Message("18446744073709551615 -7 -9223372036854775808"));
}

TEST_CASE("A message that is too long is cut off") {
  const std::string text(1000, 'x');
  detail::Message message;
  message.append("begins ");
  message.append(text.c_str());
  const std::string cut = message.text();
  CHECK(cut.size() > 200);
  CHECK(cut == "begins " + text.substr(0, cut.size() - 7));
  message.append("more");
  message.append(17);
  CHECK(message.text() == cut);
}

TEST_CASE("No message of the library is too long") {
  constexpr auto most = std::numeric_limits<std::ptrdiff_t>::max();
  const std::string number = std::to_string(most);
  CHECK_THROWS_MATCHES(detail::refuse_samples({most, most}, "probabilities", most, most), std::invalid_argument,
                       Message("probabilities must have " + number + " rows and a multiple of " + number +
                               " columns, but is " + number + " x " + number + " and cannot be resized"));
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
