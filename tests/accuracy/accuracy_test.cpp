#include "accuracy/tally.hpp"
#include "catch.hpp"

// Errors in eps of the type, relative to the conditioning of the formula; the table in the README has the figures.

namespace {

using testing::Observation;
using testing::Tally;

constexpr double ordinary_bound = 8, bound = 64;

template <class T>
void check_all() {
  Tally tally;
  testing::measure<T>([&](const Observation<T>& observation) { tally.add(observation); });
  CHECK(tally.functions().size() == 46);
  for (const Tally::Function& function : tally.functions()) {
    INFO(function.first << ": " << function.second);
    const Tally::Worst& worst = tally.worst(function);
    CHECK(worst[static_cast<std::size_t>(testing::Regime::ordinary)] >= 0);
    CHECK(worst[static_cast<std::size_t>(testing::Regime::ordinary)] <= ordinary_bound);
    for (std::size_t regime = 0; regime < testing::regime_count; ++regime) {
      CAPTURE(regime);
      CHECK(worst[regime] <= bound);
    }
  }
}

}  // namespace

TEST_CASE("Every function is accurate to a few eps over the whole grid in float", "[accuracy]") { check_all<float>(); }

TEST_CASE("Every function is accurate to a few eps over the whole grid in double", "[accuracy]") {
  check_all<double>();
}

TEST_CASE("Every function is accurate to a few eps over the whole grid in long double", "[accuracy]") {
  check_all<long double>();
}
