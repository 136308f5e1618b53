#include "concrete/detail/quadrature.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "catch.hpp"
#include "support/limits.hpp"

namespace detail = concrete::detail;
using detail::LogisticNodes;

namespace {

/// E f(L) of an even f.
template <class Real, class F>
Real expectation(const LogisticNodes<Real>& logistic, const F& f) {
  Real total = 0;
  for (std::size_t j = 0; j < logistic.nodes.size(); ++j) total += 2 * logistic.weights[j] * f(logistic.nodes[j]);
  return total;
}

/// Relative to `expected`.
template <class Real>
bool is_close(Real actual, long double expected, long double tolerance) {
  return std::abs(static_cast<long double>(actual) - expected) <= tolerance * std::abs(expected);
}

/// exp(-tail_depth), the error of the rule up to a factor; the nodes are rounded to double.
template <class Real>
long double rule_error() {
  return std::max(std::exp(-static_cast<long double>(detail::tail_depth<Real>)), 1e-18L);
}

constexpr long double pi = 3.141592653589793238462643383279502884L;

}  // namespace

TEMPLATE_TEST_CASE("Logistic nodes give the moments of a Logistic variable", "", float, double, long double) {
  using Real = TestType;
  const LogisticNodes<Real> logistic;
  REQUIRE(logistic.nodes.size() == logistic.weights.size());
  const auto check = [&](long double expected, long double factor, const auto& f) {
    const Real actual = expectation(logistic, f);
    CAPTURE(actual, expected);
    CHECK(is_close(actual, expected, factor * rule_error<Real>() + 4 * static_cast<long double>(testing::eps<Real>)));
  };
  // Twice a half of the line, whose end e^-(tail_depth - 4.5) is left out.
  check(1, 1000, [](Real) { return Real(1); });
  check(pi * pi / 3, 1e5L, [](Real x) { return x * x; });
  check(7 * pi * pi * pi * pi / 15, 1e7L, [](Real x) { return x * x * x * x; });
  check(1 / 3.0L, 1e5L, [](Real x) { return std::tanh(x / 2) * std::tanh(x / 2); });
  check(2, 1e4L, [](Real x) { return x + 2 * std::log1p(std::exp(-x)); });
}

TEST_CASE("A few e-depth more give Logistic moments to all digits of double") {
  const LogisticNodes<double> logistic(detail::tail_depth<double> + 12);
  const auto check = [&](long double expected, const auto& f) {
    CHECK(is_close(expectation(logistic, f), expected, 1e-15L));
  };
  check(1, [](double) { return 1.0; });
  check(pi * pi / 3, [](double x) { return x * x; });
  check(1 / 3.0L, [](double x) { return std::tanh(x / 2) * std::tanh(x / 2); });
  check(2, [](double x) { return x + 2 * std::log1p(std::exp(-x)); });
}

TEMPLATE_TEST_CASE("Logistic nodes reach as far as a function that grows asks for", "", float, double, long double) {
  using Real = TestType;
  for (const Real rate : {Real(0.125), Real(0.25), Real(0.5), Real(0.75)}) {
    const double depth = detail::tail_depth<Real>;
    const LogisticNodes<Real> logistic(depth + 4, static_cast<Real>(depth) / (1 - rate));
    const long double angle = pi * static_cast<long double>(rate);
    const Real actual = expectation(logistic, [&](Real x) { return std::cosh(rate * x); });
    CAPTURE(rate, actual);
    CHECK(is_close(actual, angle / std::sin(angle),
                   100 * rule_error<Real>() + 8 * static_cast<long double>(testing::eps<Real>)));
  }
}

TEST_CASE("The error of a rule falls with the e-depth that it is given") {
  double last = 10;
  for (const double depth : {5.0, 10.0, 15.0, 20.0, 25.0}) {
    const LogisticNodes<double> logistic(depth, 60.0);
    const double error =
        std::abs(expectation(logistic, [](double x) { return x * x; }) - static_cast<double>(pi * pi / 3));
    CAPTURE(depth, error);
    CHECK(error <= 50 * depth * std::exp(-depth));
    CHECK(error <= last * 0.1);
    last = error;
  }
}

TEST_CASE("Twice the strip is worth twice the step, twice the digits half of it") {
  CHECK(detail::step_for_strip(2.0, 30.0) == 2 * detail::step_for_strip(1.0, 30.0));
  CHECK(detail::step_for_strip(1.0, 60.0) == detail::step_for_strip(1.0, 30.0) / 2);
  CHECK(detail::step_for_strip(1.0, 2 * detail::pi) == 1);
}
