#pragma once

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <limits>

// Checks for programs of a few lines, which do without exceptions and without a test framework.

namespace testing {

inline int failure_count = 0;

/// Says on stderr what does not hold.
inline void check(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "does not hold: %s\n", what);
  ++failure_count;
}

/// Whether a number is the one expected up to `errors` eps of it; infinities exactly.
template <class T>
bool near(T actual, T expected, T errors = 8) {
  return actual == expected ||
         std::abs(actual - expected) <= errors * std::numeric_limits<T>::epsilon() * std::abs(expected);
}

/// What main returns.
inline int exit_status() { return failure_count == 0 ? EXIT_SUCCESS : EXIT_FAILURE; }

}  // namespace testing
