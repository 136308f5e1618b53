#include "concrete/noise/uniform.hpp"

#include <Eigen/Core>
#include <algorithm>
#include <boost/multiprecision/cpp_int.hpp>
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <type_traits>
#include <vector>

#include "catch.hpp"
#include "support/engines.hpp"
#include "support/limits.hpp"
#include "support/noise_battery.hpp"
#include "support/random.hpp"
#include "support/statistics.hpp"

using concrete::draw_uniform;
using concrete::fill_uniform;
using concrete::OpenUniform;
using Eigen::MatrixXd;
using testing::CountingEngine;
using testing::EightBitEngine;
using testing::improbable;
using testing::Scripted32;
using testing::Scripted64;
using testing::ScriptedEngine;
using testing::ScriptLike;
using testing::ThreeValuedEngine;

namespace {

constexpr auto ones32 = std::numeric_limits<std::uint32_t>::max();
constexpr auto ones64 = std::numeric_limits<std::uint64_t>::max();

template <class T, class Word>
OpenUniform<T> uniform_of(std::vector<Word> words) {
  ScriptedEngine<Word> engine(std::move(words));
  return draw_uniform<T>(engine);
}

/// The bits that `digits`, least significant first, make as a number below one, by exact arithmetic.
template <class Word>
Word leading_bits(const std::vector<std::uint64_t>& digits, std::uint64_t radix) {
  boost::multiprecision::cpp_int numerator = 0, denominator = 1;
  for (const std::uint64_t digit : digits) {
    numerator += digit * denominator;
    denominator *= radix;
  }
  numerator <<= std::numeric_limits<Word>::digits;
  return static_cast<Word>(boost::multiprecision::cpp_int(numerator / denominator));
}

constexpr auto fill = [](auto& engine, auto&& out) { fill_uniform(engine, out); };

/// How many words of an engine a number costs.
template <class T, class Engine>
std::size_t cost(Engine engine) {
  CountingEngine<Engine> counting(std::move(engine));
  (void)draw_uniform<T>(counting);
  return counting.calls();
}

}  // namespace

// ---- The open interval ----

TEMPLATE_TEST_CASE("No engine's smallest or largest words make 0 or 1", "", Scripted32, Scripted64, std::mt19937,
                   std::mt19937_64, std::minstd_rand, std::minstd_rand0, std::ranlux24, std::ranlux48, std::knuth_b,
                   EightBitEngine, ThreeValuedEngine) {
  using Script = ScriptLike<TestType>;
  using Word = typename Script::result_type;
  const auto check = [](auto type, const std::vector<Word>& words) {
    using T = decltype(type);
    Script engine(words);
    const OpenUniform<T> u = draw_uniform<T>(engine);
    INFO("words " << +words.front() << " and " << +words.back());
    CHECK(u.distance() > 0);
    CHECK(u.distance() <= T(0.5));
    CHECK(u.value() > 0);
    CHECK(u.value() < 1);
    CHECK((u.value() >= T(0.5) || !u.upper()));
    Eigen::Matrix<T, 2, 2> filled;
    fill_uniform(engine, filled);
    CHECK(filled.minCoeff() > 0);
    CHECK(filled.maxCoeff() < 1);
  };
  constexpr Word low = Script::min(), high = Script::max();
  for (const std::vector<Word>& words : {std::vector<Word>{low},
                                         {static_cast<Word>(low + 1)},
                                         {high},
                                         {static_cast<Word>(high - 1)},
                                         {low, high},
                                         {high, low}}) {
    check(float(), words);
    check(double(), words);
    check((long double)(0), words);
  }
}

TEST_CASE("Words of 32 and 64 bits are the midpoints of as many cells") {
  const auto check = [](const auto& u, auto distance, bool upper) {
    CHECK(u.distance() == distance);
    CHECK(u.upper() == upper);
  };
  check(uniform_of<float, std::uint32_t>({0}), 0x1p-33f, false);
  check(uniform_of<float, std::uint32_t>({1}), 3 * 0x1p-33f, false);
  check(uniform_of<float, std::uint32_t>({ones32}), 0x1p-33f, true);
  check(uniform_of<float, std::uint32_t>({ones32 - 1}), 3 * 0x1p-33f, true);
  check(uniform_of<float, std::uint32_t>({ones32 / 2}), 0.5f, false);
  check(uniform_of<float, std::uint32_t>({ones32 / 2 + 1}), 0.5f, true);
  check(uniform_of<double, std::uint64_t>({0}), 0x1p-65, false);
  check(uniform_of<double, std::uint64_t>({1}), 3 * 0x1p-65, false);
  check(uniform_of<double, std::uint64_t>({ones64}), 0x1p-65, true);
  check(uniform_of<double, std::uint64_t>({ones64 - 1}), 3 * 0x1p-65, true);
  check(uniform_of<double, std::uint64_t>({ones64 / 2}), 0.5, false);
  check(uniform_of<double, std::uint64_t>({ones64 / 2 + 1}), 0.5, true);
  check(uniform_of<long double, std::uint64_t>({0}), 0x1p-65L, false);
  check(uniform_of<long double, std::uint64_t>({ones64}), 0x1p-65L, true);
}

TEST_CASE("A float takes the high half of a 64-bit word and a double two 32-bit words low one first") {
  CHECK(uniform_of<float, std::uint64_t>({0x1234567'89abcdefu}).distance() ==
        uniform_of<float, std::uint32_t>({0x1234567u}).distance());
  CHECK(uniform_of<double, std::uint32_t>({0x89abcdefu, 0x1234567u}).distance() ==
        uniform_of<double, std::uint64_t>({0x1234567'89abcdefu}).distance());
  CHECK(uniform_of<double, std::uint64_t>({0x1234567'89abcdefu}).distance() == 0x1.23456789abcdfp-8);
}

TEMPLATE_TEST_CASE("Both ends have the same full relative precision", "", float, double) {
  using T = TestType;
  using Word = std::conditional_t<std::is_same_v<T, float>, std::uint32_t, std::uint64_t>;
  constexpr int width = std::numeric_limits<Word>::digits;
  testing::Random random(3);
  for (int bits = 1; bits < width; ++bits) {
    const Word word = static_cast<Word>(random() >> (64 - bits));
    const OpenUniform<T> low = uniform_of<T, Word>({word}), high = uniform_of<T, Word>({static_cast<Word>(~word)});
    const long double exact = (static_cast<long double>(word) + 0.5L) * std::ldexp(1.0L, -width);
    INFO("word " << word);
    CHECK_FALSE(low.upper());
    CHECK(high.upper());
    CHECK(high.distance() == low.distance());
    CHECK(std::abs(static_cast<long double>(low.distance()) / exact - 1) <= static_cast<long double>(testing::eps<T>));
    CHECK(low.value() == low.distance());
    CHECK(high.value() == std::min(1 - low.distance(), 1 - testing::eps<T> / 2));
  }
}

// ---- Consumption ----

TEST_CASE("A number costs the same words whatever they are") {
  const auto check = [](auto engine, std::size_t words_of_float, std::size_t words_of_double) {
    using Engine = decltype(engine);
    using Script = ScriptLike<Engine>;
    CHECK(cost<float>(engine) == words_of_float);
    CHECK(cost<double>(engine) == words_of_double);
    CHECK(cost<long double>(engine) == words_of_double);
    for (const auto word : {Script::min(), Script::max()}) {
      CHECK(cost<float>(Script({word})) == words_of_float);
      CHECK(cost<double>(Script({word})) == words_of_double);
    }
  };
  check(std::mt19937(), 1, 2);
  check(std::mt19937_64(), 1, 1);
  check(Scripted32({1}), 1, 2);
  check(Scripted64({1}), 1, 1);
  check(std::ranlux48(), 1, 2);
  check(std::ranlux24(), 2, 3);
  check(std::minstd_rand(), 2, 3);
  check(std::knuth_b(), 2, 3);
  check(EightBitEngine(1), 4, 8);
  check(ThreeValuedEngine(1), 48, 80);
}

TEST_CASE("A matrix costs its entries") {
  CountingEngine<std::mt19937> engine(std::mt19937(1));
  MatrixXd m(5, 7);
  fill_uniform(engine, m);
  CHECK(engine.calls() == 70);
  fill_uniform(engine, m.block(1, 1, 2, 3));
  CHECK(engine.calls() == 82);
  fill_uniform(engine, m.leftCols(0));
  CHECK(engine.calls() == 82);
  Eigen::Vector4f v;
  fill_uniform(engine, v);
  CHECK(engine.calls() == 86);
}

// ---- Engines of odd ranges ----

TEST_CASE("Digits of any radix make the bits that exact arithmetic makes of them") {
  testing::Random random(4);
  const auto check = [&random]<class Word, Word low, Word high>(ScriptedEngine<Word, low, high>, std::size_t digits32,
                                                                std::size_t digits64) {
    // More values than 2^32 are taken together in equal runs, so that a digit has 32 bits.
    constexpr std::uint64_t span = std::uint64_t{high} - std::uint64_t{low};
    constexpr std::uint64_t run = (span >> 32) + 1, radix = span / run + 1;
    for (int repetition = 0; repetition < 40; ++repetition) {
      std::vector<Word> words;
      std::vector<std::uint64_t> digits;
      for (std::size_t k = 0; k < digits64; ++k) {
        std::uint64_t word = span == ones64 ? random() : random() % (span + 1);
        if (repetition < 2) word = repetition == 0 ? 0 : span;
        words.push_back(static_cast<Word>(low + word));
        digits.push_back(word / run);
      }
      ScriptedEngine<Word, low, high> engine64(words), engine32(words);
      CHECK(concrete::detail::random_bits<std::uint64_t>(engine64) == leading_bits<std::uint64_t>(digits, radix));
      CHECK(engine64.calls() == digits64);
      digits.resize(digits32);
      CHECK(concrete::detail::random_bits<std::uint32_t>(engine32) == leading_bits<std::uint32_t>(digits, radix));
      CHECK(engine32.calls() == digits32);
    }
  };
  check(ScriptedEngine<std::uint16_t, 5, 6>({5}), 32, 64);
  check(ScriptedEngine<std::uint16_t, 5, 7>({5}), 48, 80);
  check(ScriptedEngine<std::uint8_t, 0, 9>({0}), 16, 27);
  check(ScriptedEngine<std::uint8_t, 0, 255>({0}), 4, 8);
  check(ScriptLike<std::minstd_rand>({1}), 2, 3);
  check(ScriptLike<std::ranlux24>({0}), 2, 3);
  check(ScriptedEngine<std::uint32_t, 0, ones32 - 1>({0}), 2, 3);
  check(ScriptedEngine<std::uint64_t, 3, 3 + (std::uint64_t{1} << 32)>({3}), 2, 3);
  check(ScriptLike<std::ranlux48>({0}), 1, 2);
  check(ScriptedEngine<std::uint64_t, 0, ones64 - 1>({0}), 1, 2);
}

// ---- The same numbers in every shape ----

TEMPLATE_TEST_CASE("Every shape of uniforms is the same draws column after column", "", float, double, long double) {
  testing::check_every_shape<TestType>(fill, [](auto& engine) { return draw_uniform<TestType>(engine).value(); });
}

TEST_CASE("Autodiff scalars get plain uniforms") {
  testing::check_autodiff_scalars(fill, [](auto& engine) { return draw_uniform<double>(engine).value(); });
}

TEMPLATE_TEST_CASE("Two calls over adjacent columns draw the uniforms that one call draws", "", std::mt19937,
                   std::mt19937_64, std::minstd_rand, std::ranlux48) {
  testing::check_adjacent_columns<TestType, float>(fill);
  testing::check_adjacent_columns<TestType, double>(fill);
}

// ---- Uniformity ----

TEMPLATE_TEST_CASE("Numbers are uniform and so is what a number says about the next", "", std::mt19937, std::mt19937_64,
                   std::minstd_rand, std::ranlux24, std::ranlux48, std::knuth_b, EightBitEngine, ThreeValuedEngine) {
  constexpr std::size_t n = 20'000;
  TestType engine(7);
  const auto check = [&engine](auto type) {
    using T = decltype(type);
    constexpr int cells = 16;
    std::vector<double> values, bits_after_eight, pairs(cells * cells, 0);
    int last = 0;
    for (std::size_t i = 0; i < n; ++i) {
      const OpenUniform<T> u = draw_uniform<T>(engine);
      values.push_back(static_cast<double>(u.value()));
      const auto place = static_cast<double>(u.distance()) * 512;
      bits_after_eight.push_back(place - std::floor(place));
      const int cell = static_cast<int>(values.back() * cells);
      if (i % 2 == 1) ++pairs[static_cast<std::size_t>(last * cells + cell)];
      last = cell;
    }
    const auto uniform = [](double x) { return x; };
    CHECK(testing::ks_p_value(values, uniform) > improbable);
    CHECK(testing::ks_p_value(bits_after_eight, uniform) > improbable);
    const std::vector<double> expected(pairs.size(), static_cast<double>(n / 2) / (cells * cells));
    CHECK(testing::chi_square_p_value(pairs, expected) > improbable);
  };
  check(float());
  check(double());
}
