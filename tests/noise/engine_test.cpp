#include "concrete/noise/engine.hpp"

#include <Eigen/Core>
#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <iomanip>
#include <limits>
#include <locale>
#include <random>
#include <set>
#include <span>
#include <sstream>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "concrete/noise/uniform.hpp"
#include "support/noise_battery.hpp"
#include "support/statistics.hpp"

using concrete::Engine;
using concrete::detail::SplitMix64;
using concrete::detail::Xoshiro256PlusPlus;
using testing::improbable;

namespace {

constexpr std::size_t lanes = 16, step_words = 32;

/// The first numbers of the public reference, https://prng.di.unimi.it/xoshiro256plusplus.c, from the state 1, 2, 3, 4.
constexpr std::array<std::uint64_t, 10> reference = {41943041u,
                                                     58720359u,
                                                     3588806011781223u,
                                                     3591011842654386u,
                                                     9228616714210784205u,
                                                     9973669472204895162u,
                                                     14011001112246962877u,
                                                     12406186145184390807u,
                                                     15849039046786891736u,
                                                     10450023813501588000u};

/// A seed sequence that hands out the given words over and over.
struct WordSequence {
  using result_type = std::uint32_t;

  std::vector<std::uint32_t> words;

  template <class Iterator>
  void generate(Iterator begin, Iterator end) const {
    for (std::size_t k = 0; begin != end; ++begin, ++k) *begin = words[k % words.size()];
  }
};

std::vector<std::uint32_t> calls(Engine& engine, std::size_t count) {
  std::vector<std::uint32_t> words(count);
  for (std::uint32_t& word : words) word = engine();
  return words;
}

std::vector<std::uint32_t> first_words(Engine engine, std::size_t count = 2 * step_words) {
  return calls(engine, count);
}

std::uint64_t number(const std::vector<std::uint32_t>& words, std::size_t k) {
  return (std::uint64_t{words[2 * k + 1]} << 32) | words[2 * k];
}

std::string text(const Engine& engine) {
  std::ostringstream stream;
  stream << engine;
  return stream.str();
}

/// The numbers of a text, to be changed and put together again.
std::vector<std::string> split(const std::string& text) {
  std::istringstream stream(text);
  std::vector<std::string> numbers;
  for (std::string one; stream >> one;) numbers.push_back(one);
  return numbers;
}

std::string join(const std::vector<std::string>& numbers) {
  std::string text;
  for (const std::string& one : numbers) text += one + ' ';
  return text;
}

}  // namespace

// ---- Known answers ----

TEST_CASE("SplitMix64 gives the reference's numbers") {
  SplitMix64 generator(1234567);
  for (const std::uint64_t expected : {6457827717110365317u, 3203168211198807973u, 9817491932198370423u,
                                       4593380528125082431u, 16408922859458223821u}) {
    CHECK(generator() == expected);
  }
}

TEST_CASE("A lane is the reference's xoshiro256++, whatever its neighbours do") {
  for (std::size_t lane = 0; lane < lanes; ++lane) {
    Xoshiro256PlusPlus<lanes> generators;
    SplitMix64 others(lane);
    for (auto& word : generators.state) {
      for (std::uint64_t& entry : word) entry = others();
    }
    for (std::size_t i = 0; i < 4; ++i) generators.state[i][lane] = i + 1;
    for (const std::uint64_t expected : reference) {
      CHECK(generators.output(lane) == expected);
      generators.advance();
    }
  }
}

TEST_CASE("The words are the lanes' numbers one after the other, low half first") {
  WordSequence sequence{{1, 0, 2, 0, 3, 0, 4, 0}};
  Engine engine(sequence);
  for (const std::uint64_t expected : reference) {
    const std::vector<std::uint32_t> step = calls(engine, step_words);
    for (std::size_t lane = 0; lane < lanes; ++lane) CHECK(number(step, lane) == expected);
  }
}

TEST_CASE("A seed sequence's words are the states, lane by lane and low half first") {
  WordSequence sequence{std::vector<std::uint32_t>(8 * lanes)};
  SplitMix64 source(7);
  for (std::uint32_t& word : sequence.words) word = static_cast<std::uint32_t>(source());
  const std::vector<std::string> numbers = split(text(Engine(sequence)));
  REQUIRE(numbers.size() == 4 * lanes + 1);
  for (std::size_t k = 0; k < 4 * lanes; ++k) CHECK(numbers[k] == std::to_string(number(sequence.words, k)));
  CHECK(numbers.back() == "0");
}

TEST_CASE("A pair of seed and stream means the same words for ever") {
  struct Answer {
    std::uint64_t seed, stream;
    std::array<std::uint32_t, 4> first;
    std::uint32_t word_32, word_9999;
  };
  // Computed by an implementation apart, in a language with integers of any length.
  constexpr std::uint64_t ones = std::numeric_limits<std::uint64_t>::max();
  for (const Answer& answer :
       {Answer{0, 0, {0x70988abc, 0x05eee39c, 0xd2787ab7, 0x802045b8}, 0xf34aba49, 0xe8b0ba9d},
        Answer{1, 0, {0x50f0e375, 0x34740eac, 0x77004172, 0x8a17bdca}, 0xd175f525, 0x906accd2},
        Answer{0, 1, {0x4252508b, 0xf86785d7, 0x816912a7, 0x640c0f9a}, 0x5ed52ab8, 0x4a5122b8},
        Answer{2017, ones, {0x0f1f6f3d, 0xcc839683, 0x4b3ecba4, 0xf15b2a1a}, 0x09b614a3, 0x029a4bb9}}) {
    const std::vector<std::uint32_t> words = first_words(Engine(answer.seed, answer.stream), 10'000);
    CHECK(std::equal(answer.first.begin(), answer.first.end(), words.begin()));
    CHECK(words[32] == answer.word_32);
    CHECK(words[9999] == answer.word_9999);
  }
}

// ---- Many words at once ----

TEST_CASE("fill gives the words of as many calls") {
  for (std::size_t before = 0; before <= step_words; ++before) {
    for (std::size_t count = 0; count <= 4 * step_words; ++count) {
      Engine one(3, 4), other(3, 4);
      calls(one, before);
      calls(other, before);
      std::vector<std::uint32_t> words(count + 1, 12345);
      one.fill(std::span(words).first(count));
      CHECK(words.back() == 12345);
      words.pop_back();
      INFO(count << " words after " << before);
      CHECK(words == calls(other, count));
      CHECK(one == other);
      CHECK(one() == other());
    }
  }
}

TEST_CASE("fill gives words of 64 bits by pairs of calls, the low half first") {
  for (std::size_t before = 0; before <= step_words; ++before) {
    for (std::size_t count = 0; count <= 2 * step_words; ++count) {
      Engine one(3, 4), other(3, 4);
      calls(one, before);
      calls(other, before);
      std::vector<std::uint64_t> words(count + 1, 12345);
      one.fill(std::span(words).first(count));
      INFO(count << " words after " << before);
      CHECK(words.back() == 12345);
      bool as_calls = true;
      for (std::size_t k = 0; k < count; ++k) {
        const std::uint64_t low = other(), high = other();
        as_calls = as_calls && words[k] == (high << 32 | low);
      }
      CHECK(as_calls);
      CHECK(one == other);
    }
  }
}

TEST_CASE("fill writes to memory of any alignment") {
  Engine one, other;
  std::vector<std::uint32_t> words(300);
  for (std::size_t begin = 0; begin < 40; ++begin) {
    one.fill(std::span(words).subspan(begin, 200));
    CHECK(std::vector<std::uint32_t>(words.data() + begin, words.data() + begin + 200) == calls(other, 200));
  }
}

TEST_CASE("discard skips as many words") {
  for (std::size_t before = 0; before <= step_words; ++before) {
    for (std::size_t count = 0; count <= 3 * step_words; ++count) {
      Engine one(5), other(5);
      one.discard(before);
      calls(other, before);
      CHECK(one == other);
      one.discard(count);
      calls(other, count);
      INFO(count << " words after " << before);
      CHECK(one == other);
      CHECK(one() == other());
    }
  }
  Engine one, other;
  one.discard(1'000'003);
  other.discard(999'990);
  other.discard(13);
  CHECK(one == other);
  other.seed();
  calls(other, 1'000'003);
  CHECK(one == other);
}

// ---- For samplers ----

TEMPLATE_TEST_CASE("A matrix of uniforms is entry after entry what single draws give", "", float, double) {
  using Matrix = Eigen::Matrix<TestType, Eigen::Dynamic, Eigen::Dynamic>;
  for (const Eigen::Index rows : {1, 3, 31, 32, 33, 500, 2049}) {
    for (const unsigned long long before : {0u, 1u, 31u}) {
      Engine one(6), other(6);
      one.discard(before);
      other.discard(before);
      Matrix filled(rows, 2), drawn(rows, 2);
      concrete::fill_uniform(one, filled);
      for (TestType& entry : drawn.reshaped()) entry = concrete::draw_uniform<TestType>(other).value();
      INFO(rows << " rows after " << before << " words");
      CHECK(filled == drawn);
      CHECK(one == other);
    }
  }
  testing::check_adjacent_columns<Engine, TestType>(
      [](auto& engine, auto&& out) { concrete::fill_uniform(engine, out); });
}

// ---- What the standard asks of a random number engine ----

static_assert(std::uniform_random_bit_generator<Engine>);
static_assert(std::is_same_v<Engine::result_type, std::uint32_t>);
static_assert(Engine::min() == 0 && Engine::max() == 0xffffffffu);
static_assert(std::is_trivially_copyable_v<Engine>);
static_assert(std::is_nothrow_default_constructible_v<Engine>);
static_assert(std::is_nothrow_constructible_v<Engine, std::uint64_t, std::uint64_t>);
static_assert(noexcept(std::declval<Engine&>()()) && noexcept(std::declval<Engine&>().discard(1)));
static_assert(!std::is_convertible_v<std::uint64_t, Engine>);
static_assert(std::is_constructible_v<Engine, std::seed_seq&>);
static_assert(std::is_constructible_v<Engine, const WordSequence&>);
static_assert(!std::is_constructible_v<Engine, std::vector<int>&>);
static_assert(!std::is_constructible_v<Engine, std::random_device&>);

namespace {

/// Both a seed sequence and a number: the standard has it taken for a number.
struct NumberAndSequence {
  operator std::uint64_t() const { return 17; }
  template <class Iterator>
  void generate(Iterator begin, Iterator end) const {
    std::fill(begin, end, 1);
  }
};

}  // namespace

TEST_CASE("Engines are made from nothing, a number, a pair or a seed sequence") {
  CHECK(Engine() == Engine(Engine::default_seed));
  CHECK(Engine(8) == Engine(8, 0));
  Engine engine(8);
  std::seed_seq sequence{1, 2, 3}, other_sequence{1, 2, 4};
  const Engine from_sequence(sequence);
  CHECK(from_sequence == Engine(sequence));
  CHECK(from_sequence != Engine(other_sequence));

  engine();
  CHECK(engine != Engine(8));
  engine.seed();
  CHECK(engine == Engine());
  engine();
  engine.seed(9);
  CHECK(engine == Engine(9));
  engine();
  engine.seed(9, 10);
  CHECK(engine == Engine(9, 10));
  engine();
  engine.seed(sequence);
  CHECK(engine == from_sequence);
}

TEST_CASE("Copies, integers and what converts to them are not taken for seed sequences") {
  Engine engine(8);
  engine();
  Engine copy(engine);
  CHECK(copy == engine);
  CHECK(copy() == engine());
  CHECK(copy == engine);
  copy();
  CHECK(copy != engine);
  engine = copy;
  CHECK(copy == engine);

  unsigned short small = 17;
  unsigned long long large = 17;
  NumberAndSequence both;
  CHECK(Engine(small) == Engine(17));
  CHECK(Engine(large) == Engine(17));
  CHECK(Engine(both) == Engine(17));
}

TEST_CASE("A seed sequence of zeros makes an engine that works") {
  WordSequence zeros{{0}};
  const std::vector<std::uint32_t> words = first_words(Engine(zeros), 20 * step_words);
  std::set<std::uint64_t> numbers;
  for (std::size_t k = 10 * lanes; k < 20 * lanes; ++k) numbers.insert(number(words, k));
  CHECK(numbers.size() == 10 * lanes);

  WordSequence one_lane_of_zeros{std::vector<std::uint32_t>(8 * lanes, 1)};
  std::fill_n(one_lane_of_zeros.words.begin() + 8, 8, 0);
  const std::vector<std::string> states = split(text(Engine(one_lane_of_zeros)));
  CHECK(states[3] == "4294967297");
  CHECK(states[4] != "0");
  CHECK(states[8] == "4294967297");
}

TEST_CASE("Engines are equal while they will return the same words") {
  Engine one(1), other(1);
  CHECK(one == other);
  for (std::size_t k = 0; k < 2 * step_words; ++k) {
    one();
    CHECK(one != other);
    other();
    CHECK(one == other);
  }
  CHECK(Engine(1) != Engine(2));
  CHECK(Engine(1) != Engine(1, 1));
}

// ---- As text ----

TEST_CASE("An engine written and read is the same engine") {
  Engine engine(11, 12);
  for (std::size_t k = 0; k <= 2 * step_words; ++k) {
    std::stringstream stream;
    stream << engine;
    Engine read;
    stream >> read;
    CHECK(stream);
    CHECK(read == engine);
    CHECK(first_words(read) == first_words(engine));
    engine();
  }
}

TEST_CASE("Streams of wide characters hold an engine too") {
  Engine engine(11), read;
  engine.discard(7);
  std::wstringstream stream;
  stream << engine;
  stream >> read;
  CHECK(stream);
  CHECK(read == engine);
}

TEST_CASE("An engine ends where its text does") {
  Engine engine(11), second(12), read, read_second;
  second.discard(5);
  std::stringstream stream;
  stream << engine << '\n' << second << " 77";
  int after = 0;
  stream >> read >> read_second >> after;
  CHECK(stream);
  CHECK(read == engine);
  CHECK(read_second == second);
  CHECK(after == 77);
}

namespace {

struct Grouping : std::numpunct<char> {
  char do_thousands_sep() const override { return ' '; }
  std::string do_grouping() const override { return "\3"; }
};

}  // namespace

TEST_CASE("Neither flags nor locale change the text of an engine") {
  Engine engine(11), read;
  engine.discard(17);
  std::stringstream stream;
  stream.imbue(std::locale(std::locale::classic(), new Grouping));
  stream << std::hex << std::showbase << std::uppercase << std::internal << std::setfill('*') << std::setw(2000);
  const auto flags = stream.flags();
  stream << engine;
  CHECK(stream.str() == text(engine));
  CHECK(stream.flags() == flags);
  CHECK(stream.fill() == '*');
  stream >> std::noskipws >> std::setw(3) >> read;
  CHECK(stream);
  CHECK(read == engine);
  CHECK((stream.flags() & std::ios_base::skipws) == 0);
  CHECK(stream.width() == 0);
}

TEST_CASE("Anything else fails to be read and leaves the engine as it was") {
  Engine source(11);
  source.discard(17);
  const std::string good = text(source);
  const auto numbers = split(good);
  const auto with = [&numbers](std::size_t place, const std::string& instead) {
    auto changed = numbers;
    changed[place] = instead;
    return join(changed);
  };
  const auto refuses = [](const std::string& wrong) {
    std::istringstream stream(wrong);
    Engine engine(5, 6);
    stream >> engine;
    INFO(wrong);
    CHECK(stream.fail());
    CHECK_FALSE(stream.bad());
    CHECK(engine == Engine(5, 6));
  };
  const auto without_last = join({numbers.begin(), numbers.end() - 1});
  refuses("");
  refuses("   ");
  refuses("engine");
  refuses(without_last);
  refuses(good.substr(0, good.size() / 2));
  refuses(with(64, "32"));
  refuses(with(64, "-1"));
  refuses(with(64, "18446744073709551616"));
  for (const std::size_t place : {std::size_t{0}, std::size_t{30}, std::size_t{63}}) {
    for (const std::string wrong :
         {"-1", "+1", "1.0", "0x1", "x", "1x", "18446744073709551616", "1e3", "000000000000000000000000000000000001"}) {
      refuses(with(place, wrong));
    }
    refuses(with(place, std::string("12\0", 3)));
    refuses(with(place, std::string("12\0003", 4)));
    refuses(with(place, "000000000000000000012"));
  }
  auto zero_lane = numbers;
  for (std::size_t i = 8; i < 12; ++i) zero_lane[i] = "0";
  refuses(join(zero_lane));

  std::istringstream throwing(without_last);
  throwing.exceptions(std::ios_base::failbit);
  Engine engine(5, 6);
  CHECK_THROWS_AS(throwing >> engine, std::ios_base::failure);
  CHECK(engine == Engine(5, 6));

  std::istringstream largest(with(3, "18446744073709551615"));
  largest >> engine;
  CHECK(largest);
  CHECK(split(text(engine))[3] == "18446744073709551615");
}

// ---- Streams ----

namespace {

/// Whether the bits of two engines agree about half of the time, in each of n words.
double agreement_p_value(const Engine& one, const Engine& other) {
  constexpr std::size_t n = 1024;
  const auto a = first_words(one, n), b = first_words(other, n);
  int equal = 0;
  for (std::size_t k = 0; k < n; ++k) equal += std::popcount(~(a[k] ^ b[k]));
  return testing::binomial_p_value(equal, 32 * n, 0.5);
}

}  // namespace

TEST_CASE("Engines of neighbouring, swapped and far pairs share nothing") {
  constexpr std::uint64_t high = std::uint64_t{1} << 63, golden = SplitMix64::golden_gamma;
  const std::vector<std::uint64_t> seeds = {0,    1,        2,      3,          4,          5,
                                            high, high + 1, golden, 2 * golden, 4 * golden, 0 - golden};
  std::vector<Engine> engines;
  std::set<std::uint64_t> numbers;
  for (const std::uint64_t seed : seeds) {
    for (const std::uint64_t stream : seeds) {
      engines.emplace_back(seed, stream);
      const auto words = first_words(engines.back());
      for (std::size_t k = 0; k < 2 * lanes; ++k) numbers.insert(number(words, k));
      // The states as well: no lane of one engine is a lane of another, nor are any words of theirs the same.
      for (const std::string& word : split(text(engines.back()))) {
        if (word != "0") numbers.insert(std::stoull(word));
      }
    }
  }
  CHECK(numbers.size() == engines.size() * (2 * lanes + 4 * lanes));  // all of 2^64, so two alike have p < 1e-11
  for (std::size_t k = 1; k < engines.size(); ++k) {
    INFO("pair " << k);
    CHECK(agreement_p_value(engines[k - 1], engines[k]) > improbable);
    CHECK(agreement_p_value(engines[0], engines[k]) > improbable);
    const std::size_t swapped = k % seeds.size() * seeds.size() + k / seeds.size();
    if (swapped != k) CHECK(agreement_p_value(engines[swapped], engines[k]) > improbable);
  }
}

TEST_CASE("Every bit of seed and stream changes half of the first words' bits") {
  constexpr std::size_t n = 64;
  for (int bit = 0; bit < 64; ++bit) {
    const std::uint64_t changed = std::uint64_t{1} << bit;
    CHECK(agreement_p_value(Engine(123, 45), Engine(123 ^ changed, 45)) > improbable);
    CHECK(agreement_p_value(Engine(123, 45), Engine(123, 45 ^ changed)) > improbable);
    CHECK(first_words(Engine(123, 45), n) != first_words(Engine(123, 45 ^ changed), n));
  }
}

// ---- Uniformity ----

TEST_CASE("Every bit of a word, every byte and every lane is uniform, along an engine and across streams") {
  constexpr std::size_t n = 3200;
  const auto check = [](const std::vector<std::uint32_t>& words) {
    std::vector<double> bytes(256, 0), expected(256, static_cast<double>(words.size()) / 64);
    std::vector<double> bits(32, 0), parity(step_words, 0), places;
    for (std::size_t k = 0; k < words.size(); ++k) {
      for (std::size_t bit = 0; bit < 32; ++bit) bits[bit] += (words[k] >> bit) & 1;
      for (std::size_t byte = 0; byte < 4; ++byte) ++bytes[(words[k] >> (8 * byte)) & 0xff];
      parity[k % step_words] += std::popcount(words[k]) & 1;
      places.push_back((words[k] + 0.5) * 0x1p-32);
    }
    const auto count = static_cast<double>(words.size());
    for (const double ones : bits) CHECK(testing::binomial_p_value(ones, count, 0.5) > improbable);
    for (const double odd : parity) CHECK(testing::binomial_p_value(odd, count / step_words, 0.5) > improbable);
    CHECK(testing::chi_square_p_value(bytes, expected) > improbable);
    CHECK(testing::ks_p_value(places, [](double x) { return x; }) > improbable);
  };
  check(first_words(Engine(1), n));
  std::vector<std::uint32_t> firsts;
  for (std::uint64_t stream = 0; stream < n; ++stream) firsts.push_back(Engine(1, stream)());
  check(firsts);
  firsts.clear();
  for (std::uint64_t seed = 0; seed < n; ++seed) firsts.push_back(Engine(seed)());
  check(firsts);
}

TEST_CASE("A lane tells nothing of the next, nor a word of the one a step later") {
  constexpr std::size_t n = 64'000;
  const std::vector<std::uint32_t> words = first_words(Engine(2), n + step_words);
  for (const std::size_t lag : {std::size_t{1}, std::size_t{2}, std::size_t{3}, std::size_t{16}, step_words}) {
    constexpr std::size_t cells = 16;
    std::vector<double> pairs(cells * cells, 0);
    int equal_bits = 0;
    for (std::size_t k = 0; k < n; ++k) {
      ++pairs[(words[k] >> 28) * cells + (words[k + lag] >> 28)];
      equal_bits += std::popcount(~(words[k] ^ words[k + lag]));
    }
    INFO("lag " << lag);
    CHECK(testing::chi_square_p_value(
              pairs, std::vector<double>(cells * cells, static_cast<double>(n) / (cells * cells))) > improbable);
    CHECK(testing::binomial_p_value(equal_bits, 32.0 * n, 0.5) > improbable);
  }
}
