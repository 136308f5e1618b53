#pragma once

#include "concrete/noise/uniform.hpp"

namespace concrete {

namespace detail {

/// -log U, a standard exponential, to full relative precision towards both ends of U and without a branch.
///
/// Near 1 the logarithm is fed v, 1 - distance as it rounds, and what the rounding took, lost = v - (1 - distance), which
/// is exact, is given back to first order: log(v - lost) = log v - lost / v.
template <std::floating_point T>
T exponential(const OpenUniform<T>& u) {
  const T rounded = 1 - u.distance();
  const T v = u.choose(rounded, u.distance());
  const T lost = u.distance() - u.choose(1 - rounded, u.distance());
  return lost / v - loop_log(v);
}

template <std::floating_point T>
T gumbel(const OpenUniform<T>& u) {
  return -loop_log(exponential(u));
}

}  // namespace detail

/// One standard Gumbel variable, G = -log(-log U): density exp(-g - e^-g), mean 0.5772….
///
/// Both tails reach as far as the random bits: from -3.1 to 22.8 in float, from -3.8 to 45 in double.
template <std::floating_point T, std::uniform_random_bit_generator Engine>
T draw_gumbel(Engine& engine) {
  return detail::gumbel(draw_uniform<T>(engine));
}

/// Fills a writable Eigen expression with independent standard Gumbel variables.
///
/// \param engine  any std::uniform_random_bit_generator; an entry costs what draw_uniform says.
/// \param out     any writable matrix, block, map or view, of an autodiff scalar too; filled column after column.
///                Allocates nothing.
template <std::uniform_random_bit_generator Engine, class Out>
void fill_gumbel(Engine& engine, Out&& out) {
  detail::fill(engine, out, [](const auto& u) { return detail::gumbel(u); });
}
template <detail::NoEngine Engine, class Out>
void fill_gumbel(Engine&&, Out&&) {
  detail::refuse_engine<void, Engine>();
}

}  // namespace concrete
