#pragma once

// What one writes with the standard library alone: loops over the columns, std::log and std::exp, and <random>'s
// distributions.

#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

namespace bench {

/// Samples of ExpConcrete.
template <class Logits, class Engine>
void loop_sample(const Logits& logits, typename Logits::Scalar temperature, Engine& engine, Logits& y) {
  using Scalar = typename Logits::Scalar;
  std::extreme_value_distribution<Scalar> gumbel;
  for (Eigen::Index j = 0; j < y.cols(); ++j) {
    Scalar top = -std::numeric_limits<Scalar>::infinity();
    for (Eigen::Index k = 0; k < y.rows(); ++k) {
      y(k, j) = (logits(k, j) + gumbel(engine)) / temperature;
      top = std::max(top, y(k, j));
    }
    Scalar total = 0;
    for (Eigen::Index k = 0; k < y.rows(); ++k) total += std::exp(y(k, j) - top);
    const Scalar lse = top + std::log(total);
    for (Eigen::Index k = 0; k < y.rows(); ++k) y(k, j) -= lse;
  }
}

/// Log-densities of ExpConcrete.
template <class Logits, class Row>
void loop_log_prob(const Logits& logits, typename Logits::Scalar temperature, const Logits& y, Row& result) {
  using Scalar = typename Logits::Scalar;
  const Scalar n = static_cast<Scalar>(y.rows());
  const Scalar log_normalizer = std::lgamma(n) + (n - 1) * std::log(temperature);
  for (Eigen::Index j = 0; j < y.cols(); ++j) {
    const auto score = [&](Eigen::Index k) { return logits(k, j) - temperature * y(k, j); };
    Scalar top = -std::numeric_limits<Scalar>::infinity();
    for (Eigen::Index k = 0; k < y.rows(); ++k) top = std::max(top, score(k));
    Scalar total = 0, sum = 0;
    for (Eigen::Index k = 0; k < y.rows(); ++k) {
      const Scalar lowered = score(k) - top;
      sum += lowered;
      total += std::exp(lowered);
    }
    result(j) = log_normalizer + sum - n * std::log(total);
  }
}

/// Samples of LogitBinaryConcrete.
template <class Logits, class Engine>
void loop_binary_sample(const Logits& logits, typename Logits::Scalar temperature, Engine& engine, Logits& y) {
  using Scalar = typename Logits::Scalar;
  std::uniform_real_distribution<Scalar> uniform;
  for (Eigen::Index j = 0; j < y.cols(); ++j) {
    for (Eigen::Index k = 0; k < y.rows(); ++k) {
      const Scalar u = uniform(engine);
      y(k, j) = (logits(k, j) + std::log(u / (1 - u))) / temperature;
    }
  }
}

/// Log-densities of LogitBinaryConcrete, summed over a column.
template <class Logits, class Row>
void loop_binary_log_prob(const Logits& logits, typename Logits::Scalar temperature, const Logits& y, Row& result) {
  using Scalar = typename Logits::Scalar;
  const Scalar log_normalizer = static_cast<Scalar>(y.rows()) * std::log(temperature);
  for (Eigen::Index j = 0; j < y.cols(); ++j) {
    Scalar sum = 0;
    for (Eigen::Index k = 0; k < y.rows(); ++k) {
      const Scalar s = std::abs(logits(k, j) - temperature * y(k, j));
      sum -= s + 2 * std::log1p(std::exp(-s));
    }
    result(j) = log_normalizer + sum;
  }
}

}  // namespace bench
