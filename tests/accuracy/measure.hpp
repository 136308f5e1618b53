#pragma once

#include <functional>
#include <string>
#include <vector>

#include "accuracy/grid.hpp"
#include "accuracy/reference.hpp"

namespace testing {

/// What one function answered, and what it should have.
template <class T>
struct Answer {
  std::string function;
  std::vector<T> actual;
  Quantities expected;  // as many
};

/// All answers about one column: a point, or a vector of noise.
template <class T>
struct Observation {
  std::string distribution;
  Traits traits;
  T temperature;
  Eigen::VectorX<T> logits;
  Eigen::VectorX<T> point;
  std::vector<Answer<T>> answers;
};

template <class T>
using Observer = std::function<void(const Observation<T>&)>;

/// Asks every function of every class about every case of the grid. Compiled for float, double and long double.
template <class T>
void measure(const Observer<T>& observe);

/// |actual - expected| in eps of the magnitude.
template <class T>
double error_of(const T& actual, const Quantity& expected) {
  return eps_error(actual, expected.value, expected.magnitude);
}

}  // namespace testing
