#pragma once

#include <cmath>
#include <concepts>
#include <cstddef>

#include "concrete/noise/uniform.hpp"

/// \file
/// Standard Gumbel variables, the noise of the categorical classes.

CONCRETE_BEGIN_AS_WRITTEN

namespace concrete {

namespace detail {

/// A uniform U on (0, 1) as the logarithm takes it: U = rounded (1 - lost), where `lost` is the part that rounding
/// took.
template <std::floating_point T>
struct RoundedUniform {
  T rounded;
  T lost;

  /// With q the distance to the nearer end, `rounded` is v = q, or v = 1 - q as it rounds; v - (1 - q) is exact, and
  /// for 1 / v, 2 - v will do: v is above 1/2 there.
  CONCRETE_ALWAYS_INLINE explicit RoundedUniform(const OpenUniform<T>& u) {
    if constexpr (rounds_as_written) {
      const T end = u.choose(1, 0), difference = end - u.distance();
      rounded = std::abs(difference);
      lost = ((difference - end) + u.distance()) * (2 - rounded);
    } else {  // all of it
      rounded = u.choose(1, u.distance());
      lost = u.choose(-std::log1p(-u.distance()), 0);
    }
  }
};

/// -log U, a standard exponential, to full relative precision towards both ends of U and without a branch: what
/// rounding took is given back to first order.
template <std::floating_point T>
CONCRETE_ALWAYS_INLINE T exponential(const RoundedUniform<T>& u) {
  return u.lost - loop_log_normal(u.rounded);
}

template <std::floating_point T>
CONCRETE_ALWAYS_INLINE T gumbel(const OpenUniform<T>& u) {
  return -loop_log_normal(exponential(RoundedUniform<T>(u)));
}

/// Gumbel variables from words, one by one and in strips. Three short loops take less time than one: a processor has
/// more of their rounds under way.
struct GumbelStrips {
  template <class T>
  CONCRETE_ALWAYS_INLINE T operator()(const OpenUniform<T>& u) const {
    return gumbel(u);
  }

  template <class T, class ForEach>
  void operator()(const UniformWord<T>* words, T* values, const ForEach& for_each) const {
    std::array<T, strips_block> lost;
    for_each([&](Index k) {
      const RoundedUniform<T> u{OpenUniform<T>(words[k])};
      values[k] = u.rounded;
      lost[static_cast<std::size_t>(k)] = u.lost;
    });
    for_each([&](Index k) { values[k] = lost[static_cast<std::size_t>(k)] - loop_log_normal(values[k]); });
    for_each([&](Index k) { values[k] = -loop_log_normal(values[k]); });
  }
};

}  // namespace detail

/// One standard Gumbel variable, G = -log(-log U): density exp(-g - e^-g), mean 0.5772….
///
/// Both tails reach as far as the random bits: from -3.1 to 22.8 in float, from -3.8 to 45 in double.
///
/// \param engine  any std::uniform_random_bit_generator; a variable costs what draw_uniform says.
/// \tparam T      float, double or long double.
/// \return        G, always finite.
template <std::floating_point T, detail::RandomBitGenerator Engine>
[[nodiscard]] T draw_gumbel(Engine& engine) {
  return detail::gumbel(draw_uniform<T>(engine));
}
template <class T = void, class E>
detail::Refused draw_gumbel(E&&) = delete;  // concrete: of a floating-point type, as draw_gumbel<double>(engine)

/// Fills a writable Eigen expression with independent standard Gumbel variables.
///
/// \param engine  any std::uniform_random_bit_generator; an entry costs what draw_uniform says.
/// \param out     any writable matrix, block, map or view, of an autodiff scalar too; filled column after column.
/// \note          Allocates nothing. Every shape and storage order of as many entries gets the same numbers.
template <detail::RandomBitGenerator Engine, class Out>
void fill_gumbel(Engine& engine, Out&& out) {
  detail::fill(engine, out, detail::GumbelStrips());
}
template <detail::NoEngine Engine, class Out>
void fill_gumbel(Engine&&, Out&&) {
  detail::refuse_engine<void, Engine>();
}

}  // namespace concrete

CONCRETE_END_AS_WRITTEN
