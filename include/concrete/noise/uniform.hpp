#pragma once

#include <algorithm>
#include <bit>
#include <concepts>
#include <cstdint>
#include <limits>
#include <random>
#include <type_traits>

#include "concrete/detail/matrix.hpp"

namespace concrete {

namespace detail {

/// An engine whose values do not fill 32 or 64 bits, read as digits of a number below one.
template <std::uniform_random_bit_generator Engine>
struct Digits {
  static constexpr std::uint64_t span = std::uint64_t{Engine::max()} - std::uint64_t{Engine::min()};
  static constexpr std::uint64_t divisor = (span >> 32) + 1;          // keeps a digit within 32 bits
  static constexpr std::uint64_t radix = span / divisor + 1;          // at most 2^32
  static constexpr int bits = std::bit_width(radix) - 1;              // whole bits a digit surely brings
  static constexpr int spare = std::has_single_bit(radix) ? 0 : 16;   // bounds the bias of other radices by 2^-16

  static constexpr int count(int word_bits) { return (word_bits + spare + bits - 1) / bits; }

  /// (digit + fraction) / radix, where fraction stands for fraction 2^-64: long division, 32 bits at a time.
  static constexpr std::uint64_t prepend(std::uint64_t digit, std::uint64_t fraction) {
    const std::uint64_t high = (digit << 32) | (fraction >> 32);
    const std::uint64_t low = ((high % radix) << 32) | (fraction & 0xffffffffu);
    return ((high / radix) << 32) + low / radix;
  }
};

/// A Word of random bits by a fixed number of calls, the same whatever they return: one of a 64-bit engine (its high
/// bits), one or two of a 32-bit engine (high word first), as many digits as it takes from any other.
template <std::unsigned_integral Word, std::uniform_random_bit_generator Engine>
Word random_bits(Engine& engine) {
  static_assert(sizeof(typename Engine::result_type) <= 8, "concrete: engines of more than 64 bits are not supported");
  constexpr int word_bits = std::numeric_limits<Word>::digits;
  using D = Digits<Engine>;
  const auto next = [&engine] { return std::uint64_t{engine()} - std::uint64_t{Engine::min()}; };
  if constexpr (D::span == std::numeric_limits<std::uint64_t>::max()) {
    return static_cast<Word>(next() >> (64 - word_bits));
  } else if constexpr (D::span == std::numeric_limits<std::uint32_t>::max()) {
    std::uint64_t bits = next();
    if constexpr (word_bits == 64) bits = (bits << 32) | next();
    return static_cast<Word>(bits);
  } else {
    std::uint64_t fraction = 0;
    for (int k = 0; k < D::count(word_bits); ++k) fraction = D::prepend(next() / D::divisor, fraction);
    return static_cast<Word>(fraction >> (64 - word_bits));
  }
}

}  // namespace detail

/// A uniform random number on the open interval (0, 1), held as its distance to the nearer end: both ends keep full
/// relative precision, where 1 - u would have lost it.
template <std::floating_point T>
struct OpenUniform {
  T distance;  ///< to the nearer end, in [2^-33, 1/2] for float, [2^-65, 1/2] otherwise
  bool upper;  ///< whether the nearer end is 1

  /// The number itself, rounded into the open interval.
  T value() const { return upper ? (std::min)(1 - distance, 1 - std::numeric_limits<T>::epsilon() / 2) : distance; }
};

/// One uniform on (0, 1) out of 32 random bits (float) or 64 (double, long double): the midpoint of one of 2^32 (2^64)
/// equal cells, so neither end is ever reached, whatever the engine returns.
///
/// \param engine  any std::uniform_random_bit_generator of at most 64 bits. A float costs one call of a 32- or 64-bit
///                engine; a double one call of a 64-bit engine or two of a 32-bit one.
template <std::floating_point T, std::uniform_random_bit_generator Engine>
OpenUniform<T> draw_uniform(Engine& engine) {
  using Word = std::conditional_t<std::same_as<T, float>, std::uint32_t, std::uint64_t>;
  constexpr int width = std::numeric_limits<Word>::digits;
  constexpr T cell = T(1) / T(Word{1} << (width - 1)) / 2;  // 2^-width
  const Word word = detail::random_bits<Word>(engine);
  const bool upper = (word >> (width - 1)) != 0;
  const Word cells_from_end = upper ? static_cast<Word>(~word) : word;
  return {(static_cast<T>(cells_from_end) + T(0.5)) * cell, upper};
}

namespace detail {

/// Fills `out` entry by entry, column after column whatever its storage, so that every shape draws the same numbers.
template <class Engine, class Out, class Draw>
void fill(Engine& engine, Out& out, const Draw& draw) {
  static_assert(is_writable<Out>,
                "concrete: out must be a writable Eigen matrix, block, map or view (an Eigen array by .matrix())");
  using Scalar = typename Out::Scalar;
  for (Index j = 0; j < out.cols(); ++j) {
    for (Index i = 0; i < out.rows(); ++i) out.coeffRef(i, j) = static_cast<Scalar>(draw(engine));
  }
}

}  // namespace detail

/// Fills a writable Eigen expression with independent uniforms on the open interval (0, 1).
///
/// \param engine  any std::uniform_random_bit_generator; see draw_uniform for what an entry costs.
/// \param out     any writable matrix, block, map or view; filled column after column. Allocates nothing.
template <std::uniform_random_bit_generator Engine, class Out>
void fill_uniform(Engine& engine, Out&& out) {
  using T = detail::PlainScalar<typename std::remove_cvref_t<Out>::Scalar>;
  detail::fill(engine, out, [](Engine& e) { return draw_uniform<T>(e).value(); });
}

}  // namespace concrete
