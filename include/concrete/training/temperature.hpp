#pragma once

#include <cmath>
#include <cstdint>

#include "concrete/detail/checks.hpp"

/// \file
/// Temperatures: which to take, and how to let them fall.

namespace concrete {

/// Temperatures of a relaxed posterior and of its prior. One for both is markedly worse.
struct TemperaturePair {
  double posterior;  ///< of q(y | x)
  double prior;      ///< of p(y)
};

/// Fixed temperatures that were tuned for latent variables of a given arity: (2/3, 1/2) for binary ones, (1, 2/3) for
/// 4-ary, (2/3, 2/5) for 8-ary. Any other arity gets those of the nearest on a logarithmic scale: 3 and 5 those of 4,
/// 6 and more those of 8.
///
/// \param arity  number of categories, at least 2.
/// \return       the two temperatures.
/// \throws       std::invalid_argument if it is less.
/// \see Maddison, Mnih, Teh (2017), The Concrete Distribution, appendix on experimental details.
[[nodiscard]] inline TemperaturePair recommended_temperatures(int arity) {
  if (arity < 2) detail::fail("arity must be at least 2, but was ", arity);
  if (arity == 2) return {2.0 / 3, 1.0 / 2};
  if (arity <= 5) return {1.0, 2.0 / 3};
  return {2.0 / 3, 2.0 / 5};
}

/// Temperature falling with the training step, max(minimum, initial exp(-rate s)), where s is the step rounded down
/// to a multiple of `interval`, so that the temperature moves once in an interval.
///
/// \see Jang, Gu, Poole (2017), Categorical Reparameterization with Gumbel-Softmax, section 4.1 (rates of 1e-5 to 1e-4,
///      intervals of 500 to 1000 steps, minimum 0.5).
struct ExponentialAnnealing {
  double initial = 1;           ///< the temperature at step 0, > 0
  double rate = 1e-4;           ///< of decay per step, >= 0
  double minimum = 0.5;         ///< below which it does not fall, > 0
  std::int64_t interval = 500;  ///< the number of steps at one temperature, >= 1

  /// The temperature at a step.
  ///
  /// \param step  counted from 0.
  /// \return      finite and > 0.
  /// \throws      std::invalid_argument if initial or minimum is not positive and finite, rate is negative or not
  ///              finite, interval is less than 1 or step is negative.
  [[nodiscard]] double operator()(std::int64_t step) const {
    if (!(initial > 0 && std::isfinite(initial))) detail::fail("initial must be finite and > 0, but was ", initial);
    if (!(minimum > 0 && std::isfinite(minimum))) detail::fail("minimum must be finite and > 0, but was ", minimum);
    if (!(rate >= 0 && std::isfinite(rate))) detail::fail("rate must be finite and >= 0, but was ", rate);
    if (interval < 1) detail::fail("interval must be at least 1, but was ", interval);
    if (step < 0) detail::fail("step must not be negative, but was ", step);
    const auto moved = static_cast<double>(step - step % interval);
    const double fallen = initial * std::exp(-rate * moved);
    return fallen > minimum ? fallen : minimum;
  }
};

}  // namespace concrete
