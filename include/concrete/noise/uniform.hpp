#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <type_traits>

#include "concrete/detail/elementary.hpp"
#include "concrete/detail/engines.hpp"
#include "concrete/detail/matrix.hpp"
#include "concrete/detail/reductions.hpp"
#include "concrete/detail/refusals.hpp"

/// \file
/// Uniform variables on the open interval (0, 1), from the bits of any engine.

CONCRETE_BEGIN_AS_WRITTEN

namespace concrete {

namespace detail {

/// An engine whose values do not fill 32 or 64 bits, read as digits of a number below one.
template <RandomBitGenerator Engine>
struct Digits {
  static constexpr std::uint64_t span = std::uint64_t{(Engine::max)()} - std::uint64_t{(Engine::min)()};
  static constexpr std::uint64_t divisor = (span >> 32) + 1;         // keeps a digit within 32 bits
  static constexpr std::uint64_t radix = span / divisor + 1;         // at most 2^32
  static constexpr int bits = std::bit_width(radix) - 1;             // whole bits a digit surely brings
  static constexpr int spare = std::has_single_bit(radix) ? 0 : 16;  // bounds the bias of other radices by 2^-16

  static constexpr int count(int word_bits) { return (word_bits + spare + bits - 1) / bits; }

  /// (digit + fraction) / radix, where fraction stands for fraction 2^-64: long division, 32 bits at a time.
  static constexpr std::uint64_t prepend(std::uint64_t digit, std::uint64_t fraction) {
    const std::uint64_t high = (digit << 32) | (fraction >> 32);
    const std::uint64_t low = ((high % radix) << 32) | (fraction & 0xffffffffu);
    return ((high / radix) << 32) + low / radix;
  }
};

/// A Word of random bits by a fixed number of calls, the same whatever they return: one of a 64-bit engine (its high
/// bits), one or two of a 32-bit engine (low word first), as many digits as it takes from any other.
template <std::unsigned_integral Word, RandomBitGenerator Engine>
Word random_bits(Engine& engine) {
  static_assert(sizeof(typename Engine::result_type) <= 8, "concrete: engines of more than 64 bits are not supported");
  constexpr int word_bits = std::numeric_limits<Word>::digits;
  using D = Digits<Engine>;
  const auto next = [&engine] { return std::uint64_t{engine()} - std::uint64_t{(Engine::min)()}; };
  if constexpr (D::span == (std::numeric_limits<std::uint64_t>::max)()) {
    return static_cast<Word>(next() >> (64 - word_bits));
  } else if constexpr (D::span == (std::numeric_limits<std::uint32_t>::max)()) {
    std::uint64_t bits = next();
    if constexpr (word_bits == 64) bits |= next() << 32;
    return static_cast<Word>(bits);
  } else {
    std::uint64_t fraction = 0;
    for (int k = 0; k < D::count(word_bits); ++k) fraction = D::prepend(next() / D::divisor, fraction);
    return static_cast<Word>(fraction >> (64 - word_bits));
  }
}

/// An engine that hands out many words at once, as random_bits() would one by one.
template <class Engine, class Word>
concept FillsWords = std::same_as<typename Engine::result_type, std::uint32_t> &&
    requires(Engine& engine, std::span<Word> words) {
  engine.fill(words);
};

/// Fills words with random_bits(engine).
template <std::unsigned_integral Word, RandomBitGenerator Engine>
CONCRETE_FLATTEN void fill_words(Engine& engine, std::span<Word> words) {
  for (Word& word : words) word = random_bits<Word>(engine);
}
template <std::unsigned_integral Word, RandomBitGenerator Engine>
requires FillsWords<Engine, Word>
void fill_words(Engine& engine, std::span<Word> words) { engine.fill(words); }

/// What one draw of a T consumes: 32 random bits for float, 64 for double and long double.
template <std::floating_point T>
using UniformWord = std::conditional_t<std::same_as<T, float>, std::uint32_t, std::uint64_t>;

/// (k + 1/2) scale, rounded once, for an integer of at most 31 (float) or 63 bits and a power of two.
template <std::floating_point T>
CONCRETE_ALWAYS_INLINE T plus_half(UniformWord<T> k, T scale) {
  if constexpr (std::same_as<T, double> && rounds_as_written) {
    // Few processors convert 64-bit integers several at a time. Here each half is put into the last bits of a number
    // whose other bits are then taken away, which is exact.
    const double low = std::bit_cast<double>((k & 0xffffffffu) | std::bit_cast<std::uint64_t>(0x1p52)) - 0x1p52;
    const double high = std::bit_cast<double>((k >> 32) | std::bit_cast<std::uint64_t>(0x1p84)) - 0x1p84;
    return (high + (low + 0.5)) * scale;
  } else {
    return static_cast<T>(static_cast<std::make_signed_t<UniformWord<T>>>(k)) * scale + scale / 2;
  }
}

}  // namespace detail

/// A uniform random number on the open interval (0, 1), held as its distance to the nearer end: both ends keep full
/// relative precision, where 1 - u would have lost it.
/// \tparam T  float, double or long double.
template <std::floating_point T>
class OpenUniform {
 public:
  /// The random bits of one number: 32 for float, 64 for double and long double.
  using Word = detail::UniformWord<T>;

  /// The midpoint of the word's cell among 2^w equal ones: the highest bit tells the nearer end, the others the
  /// distance.
  /// \param word  w random bits.
  CONCRETE_ALWAYS_INLINE explicit OpenUniform(Word word)
      : upper_(detail::mask_of_sign(word)), distance_(detail::plus_half<T>(word ^ upper_, cell)) {}

  /// The distance to the nearer end.
  /// \return  in [2^-33, 1/2] for float, [2^-65, 1/2] otherwise.
  [[nodiscard]] CONCRETE_ALWAYS_INLINE T distance() const { return distance_; }

  /// The nearer end.
  /// \return  true if that is 1.
  [[nodiscard]] bool upper() const { return upper_ != 0; }

  /// One of two numbers by the nearer end, without a jump.
  /// \param if_upper  where that is 1.
  /// \param if_lower  where that is 0.
  /// \return          one of the two.
  [[nodiscard]] CONCRETE_ALWAYS_INLINE T choose(T if_upper, T if_lower) const {
    if constexpr (detail::ElementaryScalar<T>) {
      return detail::select(upper_, if_upper, if_lower);
    } else {
      return upper() ? if_upper : if_lower;
    }
  }

  /// The number itself, rounded into the open interval.
  /// \return  in (0, 1), never 0 or 1.
  [[nodiscard]] CONCRETE_ALWAYS_INLINE T value() const {
    constexpr T below_one = 1 - std::numeric_limits<T>::epsilon() / 2;
    return choose((std::min)(1 - distance_, below_one), distance_);
  }

 private:
  static constexpr T cell = T(1) / T(Word{1} << (std::numeric_limits<Word>::digits - 1)) / 2;  // 2^-w

  Word upper_;  // all ones or 0
  T distance_;
};

/// One uniform on (0, 1) out of 32 random bits (float) or 64 (double, long double): the midpoint of one of 2^32 (2^64)
/// equal cells, so neither end is ever reached, whatever the engine returns.
///
/// \param engine  any std::uniform_random_bit_generator of at most 64 bits. A float costs one call of a 32- or 64-bit
///                engine; a double one call of a 64-bit engine or two of a 32-bit one.
/// \tparam T      float, double or long double.
/// \return        U, as the distance to the nearer end; value() is the number itself.
template <std::floating_point T, detail::RandomBitGenerator Engine>
[[nodiscard]] OpenUniform<T> draw_uniform(Engine& engine) {
  return OpenUniform<T>(detail::random_bits<detail::UniformWord<T>>(engine));
}
template <class T = void, class E>
detail::Refused draw_uniform(E&&) = delete;  // concrete: of a floating-point type, as draw_uniform<double>(engine)

namespace detail {

/// Uniform variables from words, one by one and in strips.
struct UniformStrips {
  template <class T>
  CONCRETE_ALWAYS_INLINE T operator()(const OpenUniform<T>& u) const {
    return u.value();
  }

  template <class T, class ForEach>
  void operator()(const UniformWord<T>* words, T* values, const ForEach& for_each) const {
    for_each([&](Index k) { values[k] = OpenUniform<T>(words[k]).value(); });
  }
};

/// Copies `count` values to the entries of `out` from number `begin` on, column after column.
template <class Real, class Out>
void copy_out(const Real* values, Index count, Out& out, Index begin) {
  Index i = begin % out.rows(), j = begin / out.rows();
  for (Index k = 0; k < count; ++k) {
    out.coeffRef(i, j) = static_cast<typename Out::Scalar>(values[k]);
    if (++i == out.rows()) {
      i = 0;
      ++j;
    }
  }
}

/// How many numbers are made at a time: few enough for the first-level cache.
inline constexpr Index strips_block = 16 * sum_lanes;

/// Fills values[0] … values[count - 1], and what remains of the last strip with anything, in blocks: words from the
/// engine, then transform(words, values, for_each), where for_each(f) calls f(k) for all numbers of a block, strip by
/// strip.
template <class Real, class Engine, class Transform>
void fill_strips(Engine& engine, Real* values, Index count, const Transform& transform) {
  std::array<UniformWord<Real>, strips_block> words;
  for (Index begin = 0; begin < count; begin += strips_block) {
    const Index used = (std::min)(count - begin, strips_block);
    fill_words(engine, std::span(words).first(static_cast<std::size_t>(used)));
    for (Index k = used; k % sum_lanes != 0; ++k) words[static_cast<std::size_t>(k)] = 0;
    transform(words.data(), values + begin, [used](const auto& f) {
      for (Index strip = 0; strip < used; strip += sum_lanes) for_each_lane([&](Index lane) { f(strip + lane); });
    });
  }
}

/// Fills values[0] … values[count - 1], each of them transform(uniform): few numbers are made in one short strip, 4 and
/// less by themselves.
template <class Real, class Engine, class Transform>
CONCRETE_NEVER_INLINE void fill_one_by_one(Engine& engine, Real* values, Index count, const Transform& transform) {
  if (count <= 4 || count > few_entries) {
    for (Index k = 0; k < count; ++k) values[k] = transform(draw_uniform<Real>(engine));
    return;
  }
  std::array<UniformWord<Real>, few_entries> words{};
  std::array<Real, few_entries> made;
  const auto used = std::span(words).first(static_cast<std::size_t>(count));
  for (UniformWord<Real>& word : used) word = random_bits<UniformWord<Real>>(engine);
  for (std::size_t k = 0; k < few_entries; ++k) made[k] = transform(OpenUniform<Real>(words[k]));
  for (Index k = 0; k < count; ++k) values[k] = made[static_cast<std::size_t>(k)];
}

/// Fills `out` column after column whatever its storage, so that every shape draws the same numbers.
template <class Engine, class Out, class Transform>
void fill_writable(Engine& engine, Out& out, const Transform& transform) {
  using Real = PlainScalar<typename Out::Scalar>;
  if (out.size() <= Index{few_entries}) {
    std::array<Real, few_entries> values;
    fill_one_by_one(engine, values.data(), out.size(), transform);
    copy_out(values.data(), out.size(), out, 0);
    return;
  }
  Index done = 0;
  if constexpr (std::same_as<typename Out::Scalar, Real> && is_strided<Out>) {
    if (is_contiguous(out)) {
      done = out.size() / sum_lanes * sum_lanes;
      fill_strips(engine, out.data(), done, transform);
    }
  }
  std::array<Real, strips_block> values;
  for (; done < out.size(); done += strips_block) {
    const Index count = (std::min)(out.size() - done, strips_block);
    fill_strips(engine, values.data(), count, transform);
    copy_out(values.data(), count, out, done);
  }
}

/// The same, with a message and nothing more where `out` cannot be filled.
template <class Engine, class Out, class Transform>
void fill(Engine& engine, Out& out, const Transform& transform) {
  check_is_writable<Out>();
  if constexpr (Writable<Out>) fill_writable(engine, out, transform);
}

}  // namespace detail

/// Fills a writable Eigen expression with independent uniforms on the open interval (0, 1).
///
/// \param engine  any std::uniform_random_bit_generator; see draw_uniform for what an entry costs.
/// \param out     any writable matrix, block, map or view; filled column after column.
/// \note          Allocates nothing. Every shape and storage order of as many entries gets the same numbers.
template <detail::RandomBitGenerator Engine, class Out>
void fill_uniform(Engine& engine, Out&& out) {
  detail::fill(engine, out, detail::UniformStrips());
}
template <detail::NoEngine Engine, class Out>
void fill_uniform(Engine&&, Out&&) {
  detail::refuse_engine<void, Engine>();
}

}  // namespace concrete

CONCRETE_END_AS_WRITTEN
