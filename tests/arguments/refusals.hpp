#pragma once

#include <functional>
#include <string>
#include <vector>

#include "catch.hpp"
#include "support/failure.hpp"

namespace testing {

/// A call that has to end in std::invalid_argument with this message.
struct Refusal {
  std::string what;
  std::function<void()> call;
  std::string message;
};

inline void check_refusals(const std::vector<Refusal>& refusals) {
  for (const Refusal& refusal : refusals) {
    INFO(refusal.what);
    CHECK(failure(refusal.call) == refusal.message);
  }
}

}  // namespace testing
