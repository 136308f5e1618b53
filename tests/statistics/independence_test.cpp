#include <Eigen/Core>
#include <cmath>
#include <cstddef>
#include <random>
#include <string>
#include <vector>

#include "catch.hpp"
#include "statistics/law.hpp"
#include "statistics/tail_counts.hpp"
#include "support/random.hpp"

// Draws say nothing about each other, whichever engine they come from: 5 x 20 000 of them, column after column, seen
// through their distribution function, so as uniforms.
//
// All statistics here are of pairs, in 16 x 16 cells or as a covariance: coarse enough for std::minstd_rand, whose
// own pairs lie on lines some 2^-15 apart.

namespace testing {

namespace {

constexpr Eigen::Index rows = 5, cols = 20'000;

/// Of the sum of (u_i - 1/2)(u_(i+lag) - 1/2): its terms are uncorrelated, of variance 1/144.
double serial_correlation_p_value(const Eigen::ArrayXd& u, Eigen::Index lag) {
  const Eigen::Index pairs = u.size() - lag;
  const double sum = ((u.head(pairs) - 0.5) * (u.tail(pairs) - 0.5)).sum();
  return std::erfc(std::abs(sum) * 12 / std::sqrt(2.0 * static_cast<double>(pairs)));
}

/// Chi-square of the pairs (u_i, u_(i+lag)) in a grid of cells, where i runs over every other run of `lag` numbers:
/// so no number is in two pairs.
double pairs_p_value(const Eigen::ArrayXd& u, Eigen::Index lag) {
  constexpr int cells = 16;
  const auto cell = [](double x) { return static_cast<std::size_t>(std::fmin(x * cells, cells - 1)); };
  std::vector<double> counts(cells * cells);
  for (Eigen::Index i = 0; i + lag < u.size(); ++i) {
    if (i / lag % 2 == 0) ++counts[cell(u(i)) * cells + cell(u(i + lag))];
  }
  const double expected = static_cast<double>(u.size() / 2) / (cells * cells);
  return chi_square_p_value(counts, std::vector<double>(counts.size(), expected));
}

template <class Engine, class T, class Fill>
Law independence_law(const std::string& name, const Fill& fill, double (*cdf)(double)) {
  return {"Independence of " + name, [=](std::uint64_t seed) {
            // Engines of consecutive seeds may resemble each other.
            Engine engine(static_cast<typename Engine::result_type>(Random(seed)()));
            Eigen::MatrixX<T> noise(rows, cols);
            fill(engine, noise);
            const Eigen::ArrayXd u = noise.template cast<double>().unaryExpr(cdf).reshaped();
            std::vector<double> result;
            for (Eigen::Index lag = 1; lag <= 8; ++lag) result.push_back(serial_correlation_p_value(u, lag));
            result.push_back(pairs_p_value(u, 1));
            result.push_back(pairs_p_value(u, rows));
            return result;
          }};
}

template <class Engine>
void add(Laws& laws, const std::string& engine) {
  laws.push_back(independence_law<Engine, float>("Gumbels in float, " + engine, fill_with_gumbel, gumbel_cdf));
  laws.push_back(independence_law<Engine, double>("Logistics in double, " + engine, fill_with_logistic, logistic_cdf));
}

}  // namespace

Laws independence_laws() {
  Laws laws;
  add<std::mt19937>(laws, "mt19937");
  add<std::mt19937_64>(laws, "mt19937_64");
  add<std::minstd_rand>(laws, "minstd_rand");
  add<std::ranlux24>(laws, "ranlux24");
  add<std::ranlux48>(laws, "ranlux48");
  add<Random>(laws, "splitmix64");
  return laws;
}

}  // namespace testing

TEST_CASE("Consecutive draws and adjacent columns are independent for every engine") {
  testing::check(testing::independence_laws());
}
