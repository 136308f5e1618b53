#pragma once

#include <algorithm>
#include <boost/math/special_functions/beta.hpp>
#include <boost/math/special_functions/gamma.hpp>
#include <cmath>
#include <cstddef>
#include <vector>

// p-values of what samplers drew. Every random test has a fixed seed and fails where its p-value is below `improbable`:
// a correct sampler would do that once in a million seeds.

namespace testing {

inline constexpr double improbable = 1e-6;

/// Kolmogorov-Smirnov: the probability that n numbers with distribution function `cdf` stray from it as far as these
/// did. Asymptotic, with Stephens' correction for finite n; good from n = 50 on.
template <class Cdf>
double ks_p_value(std::vector<double> sample, const Cdf& cdf) {
  std::sort(sample.begin(), sample.end());
  const double n = static_cast<double>(sample.size());
  double distance = 0;
  for (std::size_t i = 0; i < sample.size(); ++i) {
    const double expected = cdf(sample[i]), below = static_cast<double>(i) / n;
    if (!(expected >= 0 && expected <= 1)) return 0;  // NaN in the sample
    distance = std::max({distance, expected - below, below + 1 / n - expected});
  }
  const double scaled = (std::sqrt(n) + 0.12 + 0.11 / std::sqrt(n)) * distance;
  if (scaled < 0.3) return 1;
  double p = 0;
  for (int k = 1; k <= 20; ++k) p += (k % 2 == 1 ? 2 : -2) * std::exp(-2 * k * k * scaled * scaled);
  return p;
}

/// Pearson's chi-square: the probability that counts drawn with these expectations, of the same total, lie at least as
/// far from them. Every expectation should be 5 or more.
inline double chi_square_p_value(const std::vector<double>& observed, const std::vector<double>& expected) {
  double statistic = 0;
  for (std::size_t i = 0; i < observed.size(); ++i) {
    statistic += (observed[i] - expected[i]) * (observed[i] - expected[i]) / expected[i];
  }
  const double freedom = static_cast<double>(observed.size()) - 1;
  return boost::math::gamma_q(freedom / 2, statistic / 2);
}

/// Twice the smaller tail: the probability that `trials` events of probability p happen as unusually often or rarely.
inline double binomial_p_value(double hits, double trials, double p) {
  const double at_least = hits > 0 ? boost::math::ibeta(hits, trials - hits + 1, p) : 1;
  const double at_most = hits < trials ? boost::math::ibetac(hits + 1, trials - hits, p) : 1;
  return std::min(1.0, 2 * std::min(at_most, at_least));
}

/// Twice the smaller tail again, where `place` on (0, 1), uniform and independent of the count, tells how much of the
/// count's own probability lies below it. So the p-value is uniform even where few hits are expected.
inline double count_p_value(double hits, double trials, double p, double place) {
  const double at_least = hits > 0 ? boost::math::ibeta(hits, trials - hits + 1, p) : 1;
  const double fewer = hits > 0 ? boost::math::ibetac(hits, trials - hits + 1, p) : 0;
  const double at_most = hits < trials ? boost::math::ibetac(hits + 1, trials - hits, p) : 1;
  const double more = hits < trials ? boost::math::ibeta(hits + 1, trials - hits, p) : 0;
  const double lower = fewer + place * (at_most - fewer), upper = more + (1 - place) * (at_least - more);
  return 2 * std::min(lower, upper);
}

/// Mean of independent numbers, and its standard error as the numbers themselves show it.
struct SampleMean {
  double mean;
  double standard_error;
};

inline SampleMean sample_mean(const std::vector<double>& sample) {
  const double n = static_cast<double>(sample.size());
  double total = 0, squares = 0;
  for (const double x : sample) total += x;
  for (const double x : sample) squares += (x - total / n) * (x - total / n);
  return {total / n, std::sqrt(squares / (n - 1) / n)};
}

}  // namespace testing
