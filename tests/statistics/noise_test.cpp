#include <Eigen/Core>
#include <cstddef>
#include <vector>

#include "catch.hpp"
#include "concrete/noise/gumbel.hpp"
#include "concrete/noise/logistic.hpp"
#include "statistics/law.hpp"
#include "statistics/tail_counts.hpp"
#include "support/random.hpp"

// The distribution of the noise: Kolmogorov-Smirnov with n = 60 000, tail counts with n = 3 000 000 in float.

namespace testing {

namespace {

/// KS of what fill(engine, out) writes in a T.
template <class T, class Fill>
Law distribution_law(const char* name, const Fill& fill, double (*cdf)(double)) {
  return {name, [=](std::uint64_t seed) {
            Random random(seed);
            Eigen::MatrixX<T> sample(4, 15'000);
            fill(random, sample);
            return std::vector<double>{ks_p_value(to_vector(sample), cdf)};
          }};
}

/// Counts above 10, 12, 14 and below some negative numbers, in float.
template <class Fill>
Law tail_law(const char* name, const Fill& fill, double (*cdf)(double), double (*survival)(double),
             const std::vector<double>& low) {
  return {name, [=](std::uint64_t seed) {
            Random random(seed);
            return tail_p_values(random, fill, cdf, survival, low, {10, 12, 14}, 3'000'000);
          }};
}

}  // namespace

Laws noise_laws() {
  return {distribution_law<float>("Gumbel, float", fill_with_gumbel, gumbel_cdf),
          distribution_law<double>("Gumbel, double", fill_with_gumbel, gumbel_cdf),
          distribution_law<long double>("Gumbel, long double", fill_with_gumbel, gumbel_cdf),
          distribution_law<float>("Logistic, float", fill_with_logistic, logistic_cdf),
          distribution_law<double>("Logistic, double", fill_with_logistic, logistic_cdf),
          distribution_law<long double>("Logistic, long double", fill_with_logistic, logistic_cdf)};
}

Laws tail_laws() {
  return {
      tail_law("Tails of the Gumbel, float", fill_with_gumbel, gumbel_cdf, gumbel_survival, {-2, -2.3, -2.6}),
      tail_law("Tails of the Logistic, float", fill_with_logistic, logistic_cdf, logistic_survival, {-10, -12, -14})};
}

}  // namespace testing

TEST_CASE("Gumbel and Logistic variables have the distribution functions exp -exp -g and sigmoid") {
  testing::check(testing::noise_laws());
}

TEST_CASE("Gumbels and Logistics in float lie beyond 10, 12 and 14 as often as their tails say") {
  testing::check(testing::tail_laws());
}
