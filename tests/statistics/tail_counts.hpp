#pragma once

#include <Eigen/Core>
#include <cmath>
#include <cstddef>
#include <vector>

#include "concrete/noise/gumbel.hpp"
#include "concrete/noise/logistic.hpp"
#include "support/random.hpp"
#include "support/statistics.hpp"

// The two noises with their distribution functions, and how often they lie far out.

namespace testing {

inline constexpr auto fill_with_gumbel = [](auto& engine, auto& out) { concrete::fill_gumbel(engine, out); };
inline constexpr auto fill_with_logistic = [](auto& engine, auto& out) { concrete::fill_logistic(engine, out); };

inline double gumbel_cdf(double g) { return std::exp(-std::exp(-g)); }
inline double gumbel_survival(double g) { return -std::expm1(-std::exp(-g)); }
inline double logistic_cdf(double l) { return 1 / (1 + std::exp(-l)); }
inline double logistic_survival(double l) { return logistic_cdf(-l); }

/// A p-value for each count below the numbers `low` and above the numbers `high`, among n floats. A word of 32 bits
/// makes probabilities multiples of 2^-32, 1 in 60 of the smallest one asked for here.
template <class Fill>
std::vector<double> tail_p_values(Random& random, const Fill& fill, double (*cdf)(double), double (*survival)(double),
                                  const std::vector<double>& low, const std::vector<double>& high, Eigen::Index n) {
  constexpr Eigen::Index block = 4'000;
  std::vector<double> below(low.size()), above(high.size());
  Eigen::MatrixXf noise(block, 1);
  for (Eigen::Index drawn = 0; drawn < n; drawn += block) {
    fill(random, noise);
    const float smallest = noise.minCoeff(), largest = noise.maxCoeff();
    const auto entries = noise.array();
    for (std::size_t k = 0; k < low.size(); ++k) {
      const auto bound = static_cast<float>(low[k]);
      if (smallest < bound) below[k] += static_cast<double>((entries < bound).count());
    }
    for (std::size_t k = 0; k < high.size(); ++k) {
      const auto bound = static_cast<float>(high[k]);
      if (largest > bound) above[k] += static_cast<double>((entries > bound).count());
    }
  }
  std::vector<double> result;
  const auto trials = static_cast<double>(n);
  const auto take = [&](double count, double p) {
    result.push_back(count_p_value(count, trials, p, random.uniform()));
  };
  for (std::size_t k = 0; k < low.size(); ++k) take(below[k], cdf(static_cast<double>(static_cast<float>(low[k]))));
  for (std::size_t k = 0; k < high.size(); ++k)
    take(above[k], survival(static_cast<double>(static_cast<float>(high[k]))));
  return result;
}

}  // namespace testing
