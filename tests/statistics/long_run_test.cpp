#include <Eigen/Core>
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "concrete/distributions/discrete.hpp"
#include "statistics/law.hpp"
#include "statistics/rare_class.hpp"
#include "statistics/tail_counts.hpp"
#include "support/random.hpp"

// Hidden, as they take minutes: statistics_tests "[.long]", or -c rounding for one family of laws. Prints a line per
// law.

namespace testing {

namespace {

/// What the p-values of one law say over many seeds.
struct Verdict {
  double smallest = 1;    // of all p-values
  double count = 0;       // how many there were
  double uniformity = 1;  // KS of the seeds' p-values, the smallest of the law's statistics
};

Verdict judge(const Law& law, std::uint64_t seeds) {
  std::vector<std::vector<double>> statistics;  // each with a p-value per seed
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    const std::vector<double> p_values = law.p_values(seed_of(law, seed));
    statistics.resize(p_values.size());
    for (std::size_t k = 0; k < p_values.size(); ++k) statistics[k].push_back(p_values[k]);
  }
  Verdict verdict;
  for (const auto& p_values : statistics) {
    verdict.smallest = std::min(verdict.smallest, *std::min_element(p_values.begin(), p_values.end()));
    verdict.count += static_cast<double>(p_values.size());
    verdict.uniformity = std::min(verdict.uniformity, ks_p_value(p_values, [](double p) { return p; }));
  }
  return verdict;
}

void check_and_print(const std::string& name, const std::vector<double>& p_values) {
  for (const double p : p_values) {
    std::printf("%-60s p = %.3g\n", name.c_str(), p);
    CHECK(p > improbable);
  }
}

}  // namespace
}  // namespace testing

TEST_CASE("Every law holds over 200 seeds and their p-values are uniform", "[.long]") {
  const std::vector<std::pair<std::string, testing::Laws (*)()>> families = {
      {"noise", testing::noise_laws},
      {"tails", testing::tail_laws},
      {"independence", testing::independence_laws},
      {"binary", testing::binary_laws},
      {"simplex", testing::simplex_laws},
      {"pairs", testing::pair_laws},
      {"rounding", testing::rounding_laws},
      {"rare class", testing::rare_class_laws}};
  for (const auto& [family, laws] : families) {
    DYNAMIC_SECTION(family) {
      for (const testing::Law& law : laws()) {
        const testing::Verdict verdict = testing::judge(law, 200);
        std::printf("%-60s smallest of %4.0f: p = %.1e, KS of the seeds: p = %.1e\n", law.name.c_str(), verdict.count,
                    verdict.smallest, verdict.uniformity);
        std::fflush(stdout);
        INFO(law.name);
        // As improbable in all its seeds and statistics together as one of them has to be in the ordinary test.
        CHECK(verdict.smallest > testing::improbable / verdict.count);
        CHECK(verdict.uniformity > testing::improbable);
      }
    }
  }
}

TEST_CASE("Of 1e9 Gumbels and Logistics in float some 15 lie beyond 18", "[.long]") {
  testing::Random random(18);
  testing::check_and_print("1e9 Gumbels below -2.8, -2.9 and above 14, 16, 18",
                           testing::tail_p_values(random, testing::fill_with_gumbel, testing::gumbel_cdf,
                                                  testing::gumbel_survival, {-2.8, -2.9}, {14, 16, 18}, 1'000'000'000));
  testing::check_and_print("1e9 Logistics below -16, -18 and above 16, 18",
                           testing::tail_p_values(random, testing::fill_with_logistic, testing::logistic_cdf,
                                                  testing::logistic_survival, {-16, -18}, {16, 18}, 1'000'000'000));
}

TEST_CASE("Of 262 144 classes behind by 20.5 one wins in float as often as their probabilities say", "[.long]") {
  // 50 000 draws, of which 16.4 should be hits.
  constexpr int classes = 262'144, draws = 50'000;
  testing::Random random(262);
  Eigen::VectorXf logits = Eigen::VectorXf::Zero(classes + 1);
  logits(0) = testing::gap_of_rare_classes;
  const double hits = static_cast<double>((concrete::Discrete(logits).sample_index(random, draws).array() > 0).count());
  const double p = testing::rare_class_probability(classes);
  std::printf("262 144 rare classes: %.0f hits of %.2f expected\n", hits, p * draws);
  testing::check_and_print("262 144 rare classes", {testing::count_p_value(hits, draws, p, random.uniform())});
}
