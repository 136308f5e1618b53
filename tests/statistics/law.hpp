#pragma once

#include <Eigen/Core>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <sstream>
#include <string>
#include <vector>

#include "catch.hpp"
#include "support/random.hpp"
#include "support/statistics.hpp"

// A law of samples, in a form that one seed or many can be held to.

namespace testing {

/// What samples should be distributed like. Each p-value of a seed is uniform on (0, 1) if they are: over the seeds
/// that is a law itself. Those of one seed may depend on each other.
struct Law {
  std::string name;
  std::function<std::vector<double>(std::uint64_t seed)> p_values;
};

using Laws = std::vector<Law>;

/// "<name> at temperature 0.05".
inline std::string at_temperature(const std::string& name, double temperature) {
  std::ostringstream text;
  text << name << " at temperature " << temperature;
  return text.str();
}

/// The entries of a matrix, array or expression of one, column after column.
template <class Entries>
std::vector<double> to_vector(const Eigen::DenseBase<Entries>& entries) {
  const auto values = entries.derived().eval();
  std::vector<double> result;
  result.reserve(static_cast<std::size_t>(values.size()));
  for (Eigen::Index j = 0; j < values.cols(); ++j) {
    for (Eigen::Index i = 0; i < values.rows(); ++i) result.push_back(static_cast<double>(values(i, j)));
  }
  return result;
}

/// The k-th seed of a law, from its name: laws of the same seed would look at the same words of an engine.
inline std::uint64_t seed_of(const Law& law, std::uint64_t k) {
  std::uint64_t seed = k;
  for (const char letter : law.name) seed = Random(seed ^ static_cast<std::uint64_t>(letter))();
  return seed;
}

/// Each law at one seed.
inline void check(const Laws& laws) {
  for (const Law& law : laws) {
    const std::vector<double> p_values = law.p_values(seed_of(law, 0));
    CHECK_FALSE(p_values.empty());
    for (std::size_t k = 0; k < p_values.size(); ++k) {
      INFO(law.name << ", p-value " << k);
      CHECK(p_values[k] > improbable);
    }
  }
}

// One family of laws per file; long_run_test.cpp takes them all.
Laws noise_laws();
Laws tail_laws();
Laws independence_laws();
Laws binary_laws();
Laws simplex_laws();
Laws pair_laws();
Laws rounding_laws();
Laws rare_class_laws();

}  // namespace testing
