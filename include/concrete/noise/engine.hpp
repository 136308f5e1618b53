#pragma once

#include <array>
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <iosfwd>
#include <limits>
#include <span>

#include "concrete/detail/compiler.hpp"

/// \file
/// A fast random number engine with independent streams.

namespace concrete {

namespace detail {

/// SplitMix64 of Steele, Lea and Flood (2014): a counter of odd step gamma, hashed. What seeds xoshiro generators.
class SplitMix64 {
 public:
  static constexpr std::uint64_t golden_gamma = 0x9e3779b97f4a7c15u;

  explicit constexpr SplitMix64(std::uint64_t state, std::uint64_t gamma = golden_gamma) noexcept
      : state_(state), gamma_(gamma) {}

  CONCRETE_WRAPS constexpr std::uint64_t operator()() noexcept { return mix(state_ += gamma_); }

  /// A permutation of the 64-bit words that keeps 0 in its place ("variant 13" of Stafford).
  CONCRETE_WRAPS static constexpr std::uint64_t mix(std::uint64_t z) noexcept {
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
  }
  /// mix() of what z is so many golden steps later.
  CONCRETE_WRAPS static constexpr std::uint64_t mix_after(std::uint64_t z, std::uint64_t steps) noexcept {
    return mix(z + steps * golden_gamma);
  }

 private:
  std::uint64_t state_;
  std::uint64_t gamma_;
};

/// Generators xoshiro256++ of Blackman and Vigna (2021) side by side. Word i of all their states stands in one array,
/// so that a step of all is a loop without a jump, which compilers turn into SIMD instructions of whatever width.
template <std::size_t lanes>
struct Xoshiro256PlusPlus {
  using Words = std::array<std::uint64_t, lanes>;

  std::array<Words, 4> state;

  CONCRETE_WRAPS constexpr std::uint64_t output(std::size_t lane) const noexcept {
    return std::rotl(state[0][lane] + state[3][lane], 23) + state[0][lane];
  }

  CONCRETE_WRAPS constexpr void advance() noexcept {
    auto& [s0, s1, s2, s3] = state;
    for (std::size_t lane = 0; lane < lanes; ++lane) {
      const std::uint64_t shifted = s1[lane] << 17;
      s2[lane] ^= s0[lane];
      s3[lane] ^= s1[lane];
      s1[lane] ^= s2[lane];
      s0[lane] ^= s3[lane];
      s2[lane] ^= shifted;
      s3[lane] = std::rotl(s3[lane], 45);
    }
  }

  constexpr bool is_zero(std::size_t lane) const noexcept {
    return (state[0][lane] | state[1][lane] | state[2][lane] | state[3][lane]) == 0;
  }

  friend constexpr bool operator==(const Xoshiro256PlusPlus&, const Xoshiro256PlusPlus&) = default;
};

/// What the standard calls a seed sequence, as far as a type tells. What converts to a number is taken for a number.
template <class Sequence>
concept SeedSequence =
    !std::convertible_to<Sequence&, std::uint64_t> && requires(Sequence & sequence, std::uint_least32_t* words) {
  sequence.generate(words, words);
};

/// Has a stream skip white space before what is read, and gives it its flags back.
template <class Stream>
class SkippedSpace {
 public:
  explicit SkippedSpace(Stream& stream) : stream_(stream), flags_(stream.setf(Stream::skipws)) {}
  ~SkippedSpace() { stream_.flags(flags_); }
  SkippedSpace(const SkippedSpace&) = delete;
  SkippedSpace& operator=(const SkippedSpace&) = delete;

 private:
  Stream& stream_;
  typename Stream::fmtflags flags_;
};

}  // namespace detail

/// The library's own random number engine: what std::mt19937 does, several times faster where many words are wanted,
/// and with as many independent streams as there are numbers.
///
/// 16 generators xoshiro256++, the lanes, advance together. A step gives 16 numbers of 64 bits, which are 32 words,
/// lane after lane and the low half of each first: the same on every machine. The period is 2^256 - 1 steps.
///
/// **Streams.** The words of Engine(seed, stream) are unrelated to those of any other pair, neighbours and swapped
/// pairs included, and a stream costs no more than an engine. To draw a large batch in parallel, cut it into chunks of
/// a fixed number of columns and draw chunk k with stream k: the result depends neither on the number of threads nor
/// on which machine drew what.
///
///   concrete::Engine engine(seed, k);
///   choice.sample(engine, out.middleCols(k * chunk, chunk));
///
/// It meets the standard's requirements of a random number engine. It is not cryptographic: who sees some of its words
/// can compute the others.
///
/// \see  Blackman, Vigna: Scrambled linear pseudorandom number generators, ACM Trans. Math. Softw. 47 (2021)
/// \see  Steele, Lea, Flood: Fast splittable pseudorandom number generators, OOPSLA (2014)
class Engine {
  static constexpr std::size_t lanes = 16;
  static constexpr std::size_t step_words = 2 * lanes;

 public:
  using result_type = std::uint32_t;  ///< a word of 32 bits

  static constexpr std::uint64_t default_seed = 0;  ///< the seed of an engine made without one, stream 0

  /// The least word.
  /// \return  0.
  static constexpr result_type(min)() noexcept { return 0; }
  /// The largest word.
  /// \return  2^32 - 1.
  static constexpr result_type(max)() noexcept { return (std::numeric_limits<result_type>::max)(); }

  /// The engine of the default seed and stream 0.
  Engine() noexcept : Engine(default_seed) {}

  /// The engine of a seed and a stream. It costs no more than the default one.
  /// \param seed    any number; those of neighbours are unrelated.
  /// \param stream  any number: which of the streams of this seed.
  explicit Engine(std::uint64_t seed, std::uint64_t stream = 0) noexcept { this->seed(seed, stream); }

  /// The engine of a seed sequence.
  /// \param sequence  a std::seed_seq or the like. Its words, 128 of 32 bits, are the state.
  template <detail::SeedSequence Sequence>
  explicit Engine(Sequence& sequence) {
    seed(sequence);
  }

  /// Starts anew, as an engine of this seed and stream.
  ///
  /// Four rounds of a Feistel network turn the pair (seed, stream) into another one, uniquely: a start and a step for
  /// SplitMix64, whose numbers are the states of the lanes. Lanes of two pairs begin alike only if the steps agree but
  /// for the last bit and the starts are a small multiple of the step apart: among scattered pairs that has a chance of
  /// about 2^-122. Otherwise they begin anywhere on a cycle of 2^256 - 1 states, where n numbers of one lane overlap n
  /// of another with a chance of n 2^-255. No state is all zeros, which xoshiro would never leave: mix() gives 0 once.
  ///
  /// \param seed    any number.
  /// \param stream  any number.
  void seed(std::uint64_t seed = default_seed, std::uint64_t stream = 0) noexcept {
    std::uint64_t start = seed, step = stream;
    for (std::uint64_t round = 1; round <= 4; ++round) {
      const std::uint64_t next = start;
      start = step ^ detail::SplitMix64::mix_after(start, round);
      step = next;
    }
    detail::SplitMix64 words(start, step | 1);
    for (std::size_t lane = 0; lane < lanes; ++lane) {
      for (auto& word : generators_.state) word[lane] = words();
    }
    served_ = 0;
  }

  /// Starts anew, as an engine of this seed sequence.
  /// \param sequence  a std::seed_seq or the like. Its words, 128 of 32 bits, are the state; lanes of zeros get others.
  template <detail::SeedSequence Sequence>
  void seed(Sequence& sequence) {
    std::array<std::uint_least32_t, 8 * lanes> halves;
    sequence.generate(halves.data(), halves.data() + halves.size());
    detail::SplitMix64 instead_of_zeros(default_seed);
    const std::uint_least32_t* next = halves.data();
    for (std::size_t lane = 0; lane < lanes; ++lane) {
      for (auto& word : generators_.state) {
        const std::uint64_t low = *next++, high = *next++;
        word[lane] = (high << 32) | low;
      }
      if (generators_.is_zero(lane)) generators_.state[0][lane] = instead_of_zeros();
    }
    served_ = 0;
  }

  /// The next word.
  /// \return  32 random bits.
  result_type operator()() noexcept {
    const result_type word = half(generators_.output(served_ / 2), served_);
    if (++served_ == step_words) {
      generators_.advance();
      served_ = 0;
    }
    return word;
  }

  /// Writes what as many calls would return, several times faster.
  /// \param words  any number of them.
  void fill(std::span<result_type> words) noexcept {
    fill_by(words, [this] { return (*this)(); });
  }

  /// Writes what as many pairs of calls would return, the first of which gives the low half of a word.
  /// \param words  any number of them.
  void fill(std::span<std::uint64_t> words) noexcept {
    fill_by(words, [this] {
      const std::uint64_t low = (*this)(), high = (*this)();
      return (high << 32) | low;
    });
  }

  /// Skips words, 32 at a time: a billion takes less than a second.
  /// \param count  how many.
  void discard(unsigned long long count) noexcept {
    const unsigned long long served = served_ + count % step_words;
    const unsigned long long steps = count / step_words + served / step_words;
    for (unsigned long long step = 0; step < steps; ++step) generators_.advance();
    served_ = static_cast<std::size_t>(served % step_words);
  }

  /// Whether two engines will return the same words.
  friend bool operator==(const Engine&, const Engine&) = default;

  // What follows names nothing that only <ostream> or <istream> declare: those are included by who streams.

  /// The states of the lanes and how many words of the step have been returned, as decimal numbers with spaces between:
  /// the same in every locale, whatever the stream's flags.
  template <class Char, class Traits>
  friend std::basic_ostream<Char, Traits>& operator<<(std::basic_ostream<Char, Traits>& stream, const Engine& engine) {
    std::array<Char, (4 * lanes + 1) * (digits + 1)> text;  // each number and what follows it
    Char* end = text.data();
    const auto append = [&](std::uint64_t number) {
      std::array<char, digits> reversed;
      std::size_t count = 0;
      do {
        reversed[count++] = static_cast<char>('0' + static_cast<char>(number % 10));
        number /= 10;
      } while (number > 0);
      while (count > 0) *end++ = stream.widen(reversed[--count]);
    };
    for (std::size_t lane = 0; lane < lanes; ++lane) {
      for (const auto& word : engine.generators_.state) {
        append(word[lane]);
        *end++ = stream.widen(' ');
      }
    }
    append(engine.served_);
    *end = Char();
    stream.width(0);
    return stream << text.data();
  }

  /// Reads what << wrote. From anything else it sets failbit and leaves the engine as it was.
  template <class Char, class Traits>
  friend std::basic_istream<Char, Traits>& operator>>(std::basic_istream<Char, Traits>& stream, Engine& engine) {
    const detail::SkippedSpace<std::basic_istream<Char, Traits>> skipped(stream);
    Engine read;
    const auto extract = [&stream](std::uint64_t& number) {
      Char word[digits + 2];  // room for a digit more, which tells what is too long without reading all of it
      Traits::assign(word, std::size(word), stream.widen('?'));
      stream.width(std::size(word));
      stream >> word;
      std::size_t count = std::size(word) - 1;
      while (count > 0 && word[count] != Char()) --count;
      number = 0;
      for (std::size_t k = 0; k < count; ++k) {
        const char digit = stream.narrow(word[k], '?');
        if (digit < '0' || digit > '9') return false;
        const auto value = static_cast<unsigned char>(digit - '0');
        if (number > ((std::numeric_limits<std::uint64_t>::max)() - value) / 10) return false;
        number = 10 * number + value;
      }
      return count > 0 && count <= digits;
    };
    bool valid = true;
    for (std::size_t lane = 0; lane < lanes; ++lane) {
      for (auto& word : read.generators_.state) valid = valid && extract(word[lane]);
      valid = valid && !read.generators_.is_zero(lane);
    }
    std::uint64_t served = 0;
    if (valid && extract(served) && served < step_words) {
      engine = read;
      engine.served_ = static_cast<std::size_t>(served);
    } else {
      stream.setstate(stream.failbit);
    }
    return stream;
  }

 private:
  static constexpr std::size_t digits = std::numeric_limits<std::uint64_t>::digits10 + 1;

  /// The words of an even number are low halves, those of an odd one high.
  static constexpr result_type half(std::uint64_t output, std::size_t word) noexcept {
    return static_cast<result_type>(word % 2 == 0 ? output : output >> 32);
  }

  /// Whole steps at once, what comes before and after them by draw().
  template <class Word, class Draw>
  void fill_by(std::span<Word> words, const Draw& draw) noexcept {
    constexpr std::size_t step = lanes * sizeof(std::uint64_t) / sizeof(Word);
    for (; served_ > 0 && !words.empty(); words = words.subspan(1)) words.front() = draw();
    const std::size_t steps = words.size() / step;
    if (steps > 0) write_steps<step>(words.first(steps * step));
    for (Word& word : words.subspan(steps * step)) word = draw();
  }

  template <std::size_t step, class Word>
  void write_steps(std::span<Word> words) noexcept {
    // A copy, since for all the compiler knows what is written might be this engine.
    detail::Xoshiro256PlusPlus<lanes> generators = generators_;
    for (std::size_t begin = 0; begin < words.size(); begin += step) {
      Word* const block = words.data() + begin;
      for (std::size_t lane = 0; lane < lanes; ++lane) {
        const std::uint64_t output = generators.output(lane);
        Word* const out = block + lane * (step / lanes);
        if constexpr (step == lanes || std::endian::native == std::endian::little) {
          std::memcpy(out, &output, sizeof(output));
        } else {
          out[0] = half(output, 0);
          out[1] = half(output, 1);
        }
      }
      generators.advance();
    }
    generators_ = generators;
  }

  detail::Xoshiro256PlusPlus<lanes> generators_;
  std::size_t served_;  // words of the present step, fewer than a step has
};

}  // namespace concrete
