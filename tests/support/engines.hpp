#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

#include "support/random.hpp"

namespace testing {

/// An engine of any range that returns the given words over and over, and counts its calls.
template <class Word, Word smallest = std::numeric_limits<Word>::min(), Word largest = std::numeric_limits<Word>::max()>
class ScriptedEngine {
 public:
  using result_type = Word;

  explicit ScriptedEngine(std::vector<Word> words) : words_(std::move(words)) {}

  static constexpr Word min() { return smallest; }
  static constexpr Word max() { return largest; }
  Word operator()() { return words_[calls_++ % words_.size()]; }

  std::size_t calls() const { return calls_; }

 private:
  std::vector<Word> words_;
  std::size_t calls_ = 0;
};

using Scripted32 = ScriptedEngine<std::uint32_t>;
using Scripted64 = ScriptedEngine<std::uint64_t>;

/// A script for the place of another engine: of its range.
template <class Engine>
using ScriptLike = ScriptedEngine<typename Engine::result_type, Engine::min(), Engine::max()>;

/// An engine of a range that fills no word, smallest ... largest, uniform up to (largest - smallest) / 2^64.
template <class Word, Word smallest, Word largest>
class NarrowEngine {
 public:
  using result_type = Word;

  explicit NarrowEngine(std::uint64_t seed) : source_(seed) {}

  static constexpr Word min() { return smallest; }
  static constexpr Word max() { return largest; }
  Word operator()() {
    return static_cast<Word>(std::uint64_t{smallest} +
                             source_() % (std::uint64_t{largest} - std::uint64_t{smallest} + 1));
  }

 private:
  Random source_;
};

using EightBitEngine = NarrowEngine<std::uint8_t, 0, 255>;
using ThreeValuedEngine = NarrowEngine<std::uint16_t, 5, 7>;

/// Random words that begin with `bits` ones, or as many zeros: what lies within 2^-bits of an end of (0, 1).
template <class Word>
class TailEngine {
 public:
  using result_type = Word;

  TailEngine(int bits, bool ones) : mask_(static_cast<Word>(max() << (digits - bits))), ones_(ones) {}

  static constexpr Word min() { return 0; }
  static constexpr Word max() { return std::numeric_limits<Word>::max(); }
  Word operator()() {
    const auto word = static_cast<Word>(source_() >> (64 - digits));
    return static_cast<Word>(ones_ ? word | mask_ : word & ~mask_);
  }

 private:
  static constexpr int digits = std::numeric_limits<Word>::digits;

  Random source_{8};
  Word mask_;
  bool ones_;
};

/// Another engine's words, counted.
template <class Engine>
class CountingEngine {
 public:
  using result_type = typename Engine::result_type;

  explicit CountingEngine(Engine engine) : engine_(std::move(engine)) {}

  static constexpr result_type min() { return Engine::min(); }
  static constexpr result_type max() { return Engine::max(); }
  result_type operator()() {
    ++calls_;
    return engine_();
  }

  std::size_t calls() const { return calls_; }

 private:
  Engine engine_;
  std::size_t calls_ = 0;
};

}  // namespace testing
