#include "concrete/noise/logistic.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <type_traits>
#include <vector>

#include "catch.hpp"
#include "support/engines.hpp"
#include "support/noise_battery.hpp"
#include "support/random.hpp"
#include "support/reference.hpp"
#include "support/statistics.hpp"

using concrete::draw_logistic;
using testing::improbable;
using testing::Wide;

namespace {

constexpr auto fill = [](auto& engine, auto&& out) { concrete::fill_logistic(engine, out); };

/// The engine word that a number of this type takes whole.
template <class T>
using Word = std::conditional_t<std::is_same_v<T, float>, std::uint32_t, std::uint64_t>;

template <class T>
T logistic_of(Word<T> word) {
  testing::ScriptedEngine<Word<T>> engine({word});
  return draw_logistic<T>(engine);
}

template <class T>
Wide exact_logistic_of(Word<T> word) {
  const Wide u = ldexp(Wide(word) + 0.5, -std::numeric_limits<Word<T>>::digits);
  return log(u / (1 - u));
}

double distribution_function(double x) { return 1 / (1 + std::exp(-x)); }

}  // namespace

// ---- Accuracy ----

TEMPLATE_TEST_CASE("A Logistic variable is accurate for every word and odd under its complement", "", float, double,
                   long double) {
  using T = TestType;
  constexpr int digits = std::numeric_limits<Word<T>>::digits;
  testing::Random random(1);
  double largest = 0;
  Word<T> where = 0;
  for (int bits = 0; bits <= digits; ++bits) {
    for (int repetition = 0; repetition < 8; ++repetition) {
      const Word<T> word = bits == 0 ? 0 : static_cast<Word<T>>(random() >> (64 - bits));
      const T value = logistic_of<T>(word);
      CHECK(logistic_of<T>(static_cast<Word<T>>(~word)) == -value);
      const Wide expected = exact_logistic_of<T>(word);
      const double error = testing::eps_error(value, expected, 1 + abs(expected));
      if (!(error <= largest)) {
        largest = error;
        where = word;
      }
    }
  }
  INFO("word " << where);
  // The rounding of U, of 1 - U and of their quotient move the result by half an eps each, the logarithm by half an eps
  // of its size.
  CHECK(largest <= 1.5);
}

TEST_CASE("Both Logistic tails reach as far as the random bits") {
  constexpr auto ones32 = std::numeric_limits<std::uint32_t>::max();
  constexpr auto ones64 = std::numeric_limits<std::uint64_t>::max();
  const double log_two = std::log(2.0);
  CHECK(logistic_of<float>(ones32) > 21);
  CHECK(logistic_of<float>(0) < -21);
  CHECK(std::abs(static_cast<double>(logistic_of<float>(ones32)) - 33 * log_two) < 3e-6);
  CHECK(logistic_of<double>(ones64) > 43);
  CHECK(logistic_of<double>(0) < -43);
  CHECK(std::abs(logistic_of<double>(ones64) - 65 * log_two) < 1e-14);
  CHECK(logistic_of<float>(ones32) > logistic_of<float>(ones32 - 1));
  CHECK(logistic_of<double>(ones64) > logistic_of<double>(ones64 - 1));
  CHECK(logistic_of<float>(0) < logistic_of<float>(1));
  CHECK(logistic_of<double>(0) < logistic_of<double>(1));
}

TEST_CASE("Logistic variables are finite for the extreme words of any engine") {
  const auto check = [](auto engine) {
    using Engine = decltype(engine);
    constexpr auto next = static_cast<typename Engine::result_type>(Engine::min() + 1);
    for (const auto word : {Engine::min(), next, Engine::max()}) {
      testing::ScriptLike<Engine> script({word});
      CHECK(std::isfinite(draw_logistic<float>(script)));
      CHECK(std::isfinite(draw_logistic<double>(script)));
      CHECK(std::isfinite(draw_logistic<long double>(script)));
    }
  };
  check(std::mt19937());
  check(std::mt19937_64());
  check(std::minstd_rand());
  check(std::ranlux24());
  check(std::ranlux48());
  check(std::knuth_b());
  check(testing::EightBitEngine(1));
  check(testing::ThreeValuedEngine(1));
}

// ---- Distribution ----

TEMPLATE_TEST_CASE("Far Logistic tails have the distribution that their condition leaves", "", float, double) {
  // KS with n = 2000 on either side, given that U lies within 2^-bits of an end: P(L < -x | below) = 2^bits / (1 +
  // e^x).
  using T = TestType;
  constexpr int bits = std::is_same_v<T, float> ? 18 : 44;
  for (const bool ones : {false, true}) {
    testing::TailEngine<Word<T>> engine(bits, ones);
    std::vector<double> outward;
    for (int i = 0; i < 2000; ++i) {
      const auto x = static_cast<double>(draw_logistic<T>(engine));
      outward.push_back(ones ? -x : x);
    }
    const auto conditional = [&](double x) { return std::min(1.0, std::ldexp(distribution_function(x), bits)); };
    INFO((ones ? "upper" : "lower") << " tail");
    CHECK(testing::ks_p_value(outward, conditional) > improbable);
  }
}

// ---- Every shape ----

TEMPLATE_TEST_CASE("Every shape of Logistics is the same draws column after column", "", float, double, long double) {
  testing::check_every_shape<TestType>(fill, [](auto& engine) { return draw_logistic<TestType>(engine); });
}

TEST_CASE("Autodiff scalars get plain Logistics") {
  testing::check_autodiff_scalars(fill, [](auto& engine) { return draw_logistic<double>(engine); });
}

TEMPLATE_TEST_CASE("Two calls over adjacent columns draw the Logistics that one call draws", "", std::mt19937,
                   std::mt19937_64, std::minstd_rand, std::ranlux48) {
  testing::check_adjacent_columns<TestType, float>(fill);
  testing::check_adjacent_columns<TestType, double>(fill);
}
