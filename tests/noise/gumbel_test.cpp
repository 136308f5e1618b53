#include "concrete/noise/gumbel.hpp"

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

using concrete::draw_gumbel;
using testing::improbable;
using testing::Wide;

namespace {

constexpr auto fill = [](auto& engine, auto&& out) { concrete::fill_gumbel(engine, out); };

/// The engine word that a number of this type takes whole.
template <class T>
using Word = std::conditional_t<std::is_same_v<T, float>, std::uint32_t, std::uint64_t>;

template <class T>
T gumbel_of(Word<T> word) {
  testing::ScriptedEngine<Word<T>> engine({word});
  return draw_gumbel<T>(engine);
}

template <class T>
Wide exact_gumbel_of(Word<T> word) {
  const Wide u = ldexp(Wide(word) + 0.5, -std::numeric_limits<Word<T>>::digits);
  return -log(-log(u));
}

}  // namespace

// ---- Accuracy ----

TEMPLATE_TEST_CASE("A Gumbel variable is accurate for every word", "", float, double, long double) {
  using T = TestType;
  constexpr int digits = std::numeric_limits<Word<T>>::digits;
  testing::Random random(1);
  double largest = 0;
  Word<T> where = 0;
  const auto check = [&](Word<T> word) {
    const Wide expected = exact_gumbel_of<T>(word);
    const double error = testing::eps_error(gumbel_of<T>(word), expected, 1 + abs(expected));
    if (!(error <= largest)) {
      largest = error;
      where = word;
    }
  };
  for (int bits = 0; bits <= digits; ++bits) {
    for (int repetition = 0; repetition < 8; ++repetition) {
      const Word<T> word = bits == 0 ? 0 : static_cast<Word<T>>(random() >> (64 - bits));
      check(word);
      check(static_cast<Word<T>>(~word));
    }
  }
  INFO("word " << where);
  // The rounding of U moves the result by 0.7 eps at most, the inner logarithm by half an eps, the outer one by half an
  // eps of its size.
  CHECK(largest <= 1.5);
}

TEST_CASE("Both Gumbel tails reach as far as the random bits") {
  constexpr auto ones32 = std::numeric_limits<std::uint32_t>::max();
  constexpr auto ones64 = std::numeric_limits<std::uint64_t>::max();
  const double log_two = std::log(2.0);
  CHECK(gumbel_of<float>(ones32) > 21);
  CHECK(std::abs(static_cast<double>(gumbel_of<float>(ones32)) - 33 * log_two) < 3e-6);
  CHECK(std::abs(static_cast<double>(gumbel_of<float>(0)) + std::log(33 * log_two)) < 5e-7);
  CHECK(gumbel_of<double>(ones64) > 43);
  CHECK(std::abs(gumbel_of<double>(ones64) - 65 * log_two) < 1e-14);
  CHECK(std::abs(gumbel_of<double>(0) + std::log(65 * log_two)) < 1e-15);
  CHECK(gumbel_of<float>(ones32) > gumbel_of<float>(ones32 - 1));
  CHECK(gumbel_of<double>(ones64) > gumbel_of<double>(ones64 - 1));
  CHECK(gumbel_of<float>(0) < gumbel_of<float>(1));
  CHECK(gumbel_of<double>(0) < gumbel_of<double>(1));
}

TEST_CASE("Gumbel variables are finite for the extreme words of any engine") {
  const auto check = [](auto engine) {
    using Script = testing::ScriptLike<decltype(engine)>;
    using Engine = decltype(engine);
    constexpr auto next = static_cast<typename Engine::result_type>(Engine::min() + 1);
    for (const auto word : {Engine::min(), next, Engine::max()}) {
      Script script({word});
      CHECK(std::isfinite(draw_gumbel<float>(script)));
      CHECK(std::isfinite(draw_gumbel<double>(script)));
      CHECK(std::isfinite(draw_gumbel<long double>(script)));
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

TEMPLATE_TEST_CASE("Far Gumbel tails have the distribution that their condition leaves", "", float, double) {
  // KS with n = 2000 on either side, given that U lies within 2^-bits of an end.
  using T = TestType;
  constexpr int bits = std::is_same_v<T, float> ? 18 : 44;
  const double inverse = std::ldexp(1.0, bits);
  const auto draws = [](bool ones) {
    testing::TailEngine<Word<T>> engine(bits, ones);
    std::vector<double> sample;
    for (int i = 0; i < 2000; ++i) sample.push_back(static_cast<double>(draw_gumbel<T>(engine)));
    return sample;
  };
  // P(G > g | above) = 2^bits (1 - exp(-e^-g)), which rounding may lift over 1 at the edge.
  const auto above = [&](double g) { return std::max(0.0, 1 + inverse * std::expm1(-std::exp(-g))); };
  const auto below = [&](double g) { return std::min(1.0, inverse * std::exp(-std::exp(-g))); };
  CHECK(testing::ks_p_value(draws(true), above) > improbable);
  CHECK(testing::ks_p_value(draws(false), below) > improbable);
}

// ---- Every shape ----

TEMPLATE_TEST_CASE("Every shape of Gumbels is the same draws column after column", "", float, double, long double) {
  testing::check_every_shape<TestType>(fill, [](auto& engine) { return draw_gumbel<TestType>(engine); });
}

TEST_CASE("Autodiff scalars get plain Gumbels") {
  testing::check_autodiff_scalars(fill, [](auto& engine) { return draw_gumbel<double>(engine); });
}

TEMPLATE_TEST_CASE("Two calls over adjacent columns draw the Gumbels that one call draws", "", std::mt19937,
                   std::mt19937_64, std::minstd_rand, std::ranlux48) {
  testing::check_adjacent_columns<TestType, float>(fill);
  testing::check_adjacent_columns<TestType, double>(fill);
}
