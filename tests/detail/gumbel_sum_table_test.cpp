#include "concrete/detail/gumbel_sum_table.hpp"

#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include "catch.hpp"
#include "concrete/detail/expected_maximum.hpp"
#include "support/dual.hpp"
#include "support/limits.hpp"
#include "support/random.hpp"

namespace detail = concrete::detail;
using detail::GumbelSum;
using detail::GumbelSumRows;
using detail::GumbelSumTable;
using detail::InterpolationTable;
using detail::LagrangeWeights;
using detail::LogCdf;
using detail::RowPlace;
using Eigen::Index;
using testing::Dual;
using testing::Random;
using testing::variable;

namespace {

template <std::size_t size>
void check_polynomials() {
  Random random(701);
  for (int trial = 0; trial < 50; ++trial) {
    const double x = random.uniform(0, static_cast<double>(size) - 1), centre = static_cast<double>(size - 1) / 2;
    const LagrangeWeights<size> weights(x);
    for (std::size_t degree = 0; degree < size; ++degree) {
      const auto power = [&](double at) { return std::pow((at - centre) / centre, static_cast<double>(degree)); };
      double value = 0, magnitude = 0;
      for (std::size_t k = 0; k < size; ++k) {
        value += weights[k] * power(static_cast<double>(k));
        magnitude += std::abs(weights[k]);
      }
      CAPTURE(size, x, degree);
      CHECK(std::abs(value - power(x)) <= 40 * testing::eps<> * magnitude);
    }
  }
}

/// The numbers of a row.
template <class Read>
std::vector<double> row_of(Index count, const Read& read) {
  std::vector<double> result(static_cast<std::size_t>(count));
  read([&](Index i, const auto& value) {
    result[static_cast<std::size_t>(i)] = static_cast<double>(detail::value_of(value));
  });
  return result;
}

}  // namespace

// ---- Polynomials ----

TEST_CASE("Lagrange's weights reproduce polynomials below their number") {
  check_polynomials<2>();
  check_polynomials<8>();
  check_polynomials<16>();
}

TEST_CASE("Lagrange's weights at a point are that point alone") {
  for (int k = 0; k < 8; ++k) {
    const LagrangeWeights<8> weights(k);
    for (int j = 0; j < 8; ++j) {
      CAPTURE(k, j);
      CHECK(std::abs(weights[static_cast<std::size_t>(j)] - (j == k ? 1 : 0)) <= 4 * testing::eps<>);
    }
  }
}

// ---- Interpolation ----

TEST_CASE("A table reproduces polynomials of the seventh degree at any place") {
  const auto f = [](double x) { return 1 + x * (0.5 + x * (-0.25 + x * x * x * (0.125 + x * (-0.0625 + x / 32)))); };
  constexpr double begin = -3, step = 0.25;  // of coarse points
  std::vector<double> coarse;
  for (int k = 0; k < 40; ++k) coarse.push_back(f(begin + k * step));
  const InterpolationTable table(coarse);
  constexpr double origin = begin + static_cast<double>(InterpolationTable::margin) * step;
  Random random(702);
  for (int trial = 0; trial < 100; ++trial) {
    const double x = origin + step + random.uniform(0, 1);
    const RowPlace place((x - origin) / (step / 4), table.length());
    const auto values = row_of(6, [&](const auto& accept) { table.read(place, 6, accept); });
    for (int i = 0; i < 6; ++i) {
      const double expected = f(x + 2 * step * i);
      CAPTURE(x, i);
      CHECK(std::abs(values[static_cast<std::size_t>(i)] - expected) <= 1e-13 * (1 + std::abs(expected)));
    }
  }
}

TEST_CASE("A table has a value at every point, and beyond its ends that of the end") {
  std::vector<double> coarse;
  for (int k = 0; k < 30; ++k) coarse.push_back(k - 8);
  const InterpolationTable table(coarse);
  for (int point = 0; point < 4 * (30 - 16); ++point) CHECK(std::abs(table.at(point) - point / 4.0) <= 1e-13);
  CHECK(table.at(-1e9) == table.at(0));
  CHECK(std::abs(table.at(1e9) - (4 * (30 - 16) - 1) / 4.0) <= 1e-13);
}

// ---- Laws ----

TEST_CASE("A table of a law has the digits of the law") {
  Random random(703);
  std::vector<double> factors{-1, -1e-6, 1e-6, 1};
  for (int k = 0; k < 8; ++k) factors.push_back(random.uniform(-1, 1));
  for (const double c : factors) {
    for (const bool mirrored : {false, true}) {
      if (mirrored && c < 0) continue;
      const double step = detail::step_of_maximum(mirrored, c, 10, detail::tail_depth<double>);
      const double farthest = mirrored ? 5 : 60;
      const GumbelSum<double> law(c, mirrored, farthest, !mirrored);
      const GumbelSumTable table(law, step, farthest, {.slope = true, .curvature = !mirrored});
      CHECK(table.c() == c);
      CHECK(table.mirrored() == mirrored);
      CHECK(table.step() == step);
      CHECK(table.tail() == law.tail());
      double first = 0;  // where F is still a number
      while (law.at(first).minus_log < 30) first -= 0.25;
      first += random.uniform(0, 0.25);
      const auto place = table.row_from(first);
      const auto count = static_cast<Index>((farthest - first) / step);
      const auto minus_log = row_of(count, [&](const auto& accept) { table.minus_log(place, count, accept); });
      const auto hazard = row_of(count, [&](const auto& accept) { table.hazard(place, count, accept); });
      const auto slope = row_of(count, [&](const auto& accept) { table.slope(place, count, accept); });
      double worst[4] = {0, 0, 0, 0};
      for (Index i = 0; i < count; ++i) {
        const auto at = static_cast<std::size_t>(i);
        const LogCdf<double> expected = law.at(first + static_cast<double>(i) * step, !mirrored);
        // Where F is small, the law itself is known to eps / F. A mirrored one falls to 0 steeper than a polynomial.
        const double scale = mirrored ? 1 : expected.hazard, own = std::exp(-expected.minus_log);
        const auto error = [&](double actual, double value) {
          return std::abs(actual - value) * own / std::max(std::abs(value), scale);
        };
        worst[0] = std::max(worst[0], error(minus_log[at], expected.minus_log));
        worst[1] = std::max(worst[1], error(hazard[at], expected.hazard));
        worst[2] = std::max(worst[2], error(slope[at], expected.slope));
      }
      if (!mirrored) {
        const auto curvature = row_of(count, [&](const auto& accept) { table.curvature(place, count, accept); });
        for (Index i = 0; i < count; ++i) {
          const LogCdf<double> expected = law.at(first + static_cast<double>(i) * step, true);
          const double own = std::exp(-expected.minus_log);
          worst[3] = std::max(worst[3], std::abs(curvature[static_cast<std::size_t>(i)] - expected.curvature) * own /
                                            (std::abs(expected.curvature) + 1e-3 * expected.hazard));
        }
      }
      CAPTURE(c, mirrored, worst[0], worst[1], worst[2], worst[3]);
      CHECK(worst[0] <= 1e-13);
      CHECK(worst[1] <= 1e-13);
      CHECK(worst[2] <= 1e-13);
      CHECK(worst[3] <= 1e-12);
    }
  }
}

TEST_CASE("Rows without a table are the law, number by number") {
  for (const bool mirrored : {false, true}) {
    const GumbelSum<long double> law(0.7L, mirrored, 10);
    const GumbelSumRows<long double> rows(0.7L, mirrored, 0.25L, 10, {.slope = true, .curvature = true});
    const GumbelSumRows<Dual> dual_rows(variable(0.7), mirrored, 0.25, 10);
    CHECK(rows.c() == 0.7L);
    CHECK(rows.mirrored() == mirrored);
    CHECK(rows.tail() == law.tail());
    const auto minus_log = row_of(20, [&](const auto& accept) { rows.minus_log(rows.row_from(-2), 20, accept); });
    const auto hazard = row_of(20, [&](const auto& accept) { rows.hazard(rows.row_from(-2), 20, accept); });
    const auto slope = row_of(20, [&](const auto& accept) { rows.slope(rows.row_from(-2), 20, accept); });
    const auto curvature = row_of(20, [&](const auto& accept) { rows.curvature(rows.row_from(-2), 20, accept); });
    std::vector<double> of_c(20);
    dual_rows.minus_log(dual_rows.row_from(Dual(-2)), 20,
                        [&](Index i, const Dual& v) { of_c[static_cast<std::size_t>(i)] = v.derivatives()(0); });
    for (int i = 0; i < 20; ++i) {
      const long double z = -2 + i * 0.25L;
      const auto at = static_cast<std::size_t>(i);
      const LogCdf<long double> expected = law.at(z, true);
      CAPTURE(mirrored, i);
      const auto close = [](double actual, long double value) {
        return std::abs(actual - static_cast<double>(value)) <= 1e-15 * (1 + std::abs(static_cast<double>(value)));
      };
      CHECK(close(minus_log[at], expected.minus_log));
      CHECK(close(hazard[at], expected.hazard));
      CHECK(close(slope[at], expected.slope));
      CHECK(close(curvature[at], expected.curvature));
      CHECK(std::abs(rows.rough_minus_log(z) - expected.minus_log) <= 1e-12L * (1 + expected.minus_log));
      CHECK(std::abs(of_c[at] - static_cast<double>(expected.slope)) <= 1e-12);
    }
  }
}
