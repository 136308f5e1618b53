#pragma once

#include <cmath>

namespace testing {

/// How far the logits of rare classes lie below that of the one other class.
inline constexpr float gap_of_rare_classes = 20.5f;

/// That one of so many rare classes wins.
inline double rare_class_probability(double classes) {
  const double odds = classes * std::exp(-static_cast<double>(gap_of_rare_classes));
  return odds / (1 + odds);
}

}  // namespace testing
