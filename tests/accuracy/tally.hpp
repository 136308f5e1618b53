#pragma once

#include <algorithm>
#include <array>
#include <map>
#include <string>
#include <utility>

#include "accuracy/measure.hpp"

namespace testing {

/// The columns of the table: a case without traits is ordinary, any other stands in the column of each of its traits.
enum class Regime { ordinary, temperature, logits, mask, boundary, large };
inline constexpr std::size_t regime_count = 6;

inline std::vector<Regime> regimes_of(const Traits& traits) {
  if (traits.empty()) return {Regime::ordinary};
  std::vector<Regime> result;
  for (const Trait trait : traits) {
    switch (trait) {
      case Trait::temperature:
        result.push_back(Regime::temperature);
        break;
      case Trait::logits:
        result.push_back(Regime::logits);
        break;
      case Trait::mask:
        result.push_back(Regime::mask);
        break;
      case Trait::boundary:
        result.push_back(Regime::boundary);
        break;
      case Trait::large:
        result.push_back(Regime::large);
        break;
    }
  }
  return result;
}

/// The worst errors of each function in each regime.
class Tally {
 public:
  using Function = std::pair<std::string, std::string>;  // distribution, function
  using Worst = std::array<double, regime_count>;

  template <class T>
  void add(const Observation<T>& observation) {
    for (const Answer<T>& answer : observation.answers) {
      const Function function{observation.distribution, answer.function};
      if (!worst_.contains(function)) {
        order_.push_back(function);
        worst_[function].fill(-1);
      }
      double error = 0;
      for (std::size_t i = 0; i < answer.actual.size(); ++i) {
        error = std::max(error, error_of(answer.actual[i], answer.expected[i]));
      }
      for (const Regime regime : regimes_of(observation.traits)) {
        double& worst = worst_[function][static_cast<std::size_t>(regime)];
        worst = std::max(worst, error);
      }
    }
  }

  const std::vector<Function>& functions() const { return order_; }
  /// In eps; -1 where there was no case.
  const Worst& worst(const Function& function) const { return worst_.at(function); }

 private:
  std::vector<Function> order_;
  std::map<Function, Worst> worst_;
};

}  // namespace testing
