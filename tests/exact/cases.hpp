#pragma once

#include <Eigen/Core>
#include <cstddef>
#include <vector>

#include "exact/reference_values.hpp"
#include "support/reference.hpp"

namespace testing {

/// Logits as the cases list them, each for as many classes as it is repeated.
template <class T>
Eigen::VectorX<T> expanded(const std::vector<double>& values, const std::vector<int>& repeat) {
  std::vector<T> all;
  for (std::size_t k = 0; k < values.size(); ++k) all.insert(all.end(), std::size_t(repeat[k]), T(values[k]));
  return Eigen::Map<Eigen::VectorX<T>>(all.data(), Eigen::Index(all.size()));
}

template <class T>
Eigen::VectorX<T> as_vector(const std::vector<double>& values) {
  return expanded<T>(values, std::vector<int>(values.size(), 1));
}

/// How far a result is from a reference, relative to it; of references smaller than `floor`, to that.
template <class T>
double relative_error(T actual, const char* reference, double floor = 0) {
  const Wide expected(reference), size = abs(expected) > floor ? Wide(abs(expected)) : Wide(floor);
  const Wide error = abs(Wide(actual) - expected);
  return error == 0 ? 0 : static_cast<double>(Wide(error / size));
}

/// What is promised of results in this type. long double is as good as its noise sums, not as its digits.
template <class T>
inline constexpr double promised = sizeof(T) == sizeof(float) ? 2e-6 : 1e-12;

}  // namespace testing
