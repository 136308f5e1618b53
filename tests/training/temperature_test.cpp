#include "concrete/training/temperature.hpp"

#include <cmath>
#include <cstdint>
#include <limits>

#include "catch.hpp"
#include "support/limits.hpp"

using concrete::ExponentialAnnealing;
using concrete::recommended_temperatures;
using testing::eps;
using testing::inf;

// ---- Fixed temperatures ----

TEST_CASE("Every arity has the temperatures of the nearest tuned one") {
  const auto check = [](int arity, double posterior, double prior) {
    const concrete::TemperaturePair pair = recommended_temperatures(arity);
    INFO("arity " << arity);
    CHECK(pair.posterior == posterior);
    CHECK(pair.prior == prior);
  };
  check(2, 2.0 / 3, 0.5);
  for (const int arity : {3, 4, 5}) check(arity, 1, 2.0 / 3);
  for (const int arity : {6, 7, 8, 9, 100, std::numeric_limits<int>::max()}) check(arity, 2.0 / 3, 0.4);
}

// ---- Annealing ----

TEST_CASE("The schedule falls exponentially once in an interval") {
  const ExponentialAnnealing annealing;
  CHECK(annealing(0) == 1);
  CHECK(annealing(499) == 1);
  CHECK(std::abs(annealing(500) - std::exp(-0.05)) <= eps<>);
  CHECK(annealing(999) == annealing(500));
  CHECK(std::abs(annealing(1000) - std::exp(-0.1)) <= eps<>);
}

TEST_CASE("The schedule ends at its minimum") {
  const ExponentialAnnealing annealing;
  // exp(-1e-4 s) = 1/2 at s = 6931.5, so step 6999 still moves with 6500.
  CHECK(annealing(6999) > 0.5);
  CHECK(annealing(7000) == 0.5);
  CHECK(annealing(std::numeric_limits<std::int64_t>::max()) == 0.5);
}

TEST_CASE("The schedule never rises") {
  const ExponentialAnnealing annealing{.initial = 3, .rate = 1e-3, .minimum = 0.1, .interval = 7};
  double last = inf<>;
  for (std::int64_t step = 0; step < 6000; ++step) {
    const double temperature = annealing(step);
    const bool may_move = step % 7 == 0;
    if (!may_move && temperature != last) FAIL("moves at step " << step);
    if (temperature > last) FAIL("rises at step " << step);
    last = temperature;
  }
  CHECK(last == 0.1);
  CHECK(std::abs(annealing(701) - 3 * std::exp(-0.7)) <= 4 * eps<>);
}

TEST_CASE("A schedule may stand still or start at its minimum") {
  const ExponentialAnnealing still{.initial = 2, .rate = 0, .minimum = 0.5, .interval = 1};
  CHECK(still(1'000'000) == 2);
  const ExponentialAnnealing below{.initial = 0.2, .rate = 1, .minimum = 0.5, .interval = 1};
  CHECK(below(0) == 0.5);
  const ExponentialAnnealing each_step{.initial = 1, .rate = 0.01, .minimum = 0.01, .interval = 1};
  CHECK(std::abs(each_step(1) - std::exp(-0.01)) <= eps<>);
}
