#pragma once

#include <cmath>

#include "concrete/noise/uniform.hpp"

namespace concrete {

/// One standard Gumbel variable, G = -log(-log U): density exp(-g - e^-g), mean 0.5772….
///
/// E = -log U is taken from the end of (0, 1) that U is nearer to, so both tails reach as far as the random bits: from
/// -3.1 to 22.8 in float, from -3.8 to 45 in double.
template <std::floating_point T, std::uniform_random_bit_generator Engine>
T draw_gumbel(Engine& engine) {
  const OpenUniform<T> u = draw_uniform<T>(engine);
  const T exponential = u.upper ? -std::log1p(-u.distance) : -std::log(u.distance);
  return -std::log(exponential);
}

/// Fills a writable Eigen expression with independent standard Gumbel variables.
///
/// \param engine  any std::uniform_random_bit_generator; an entry costs what draw_uniform says.
/// \param out     any writable matrix, block, map or view, of an autodiff scalar too; filled column after column.
///                Allocates nothing.
template <std::uniform_random_bit_generator Engine, class Out>
void fill_gumbel(Engine& engine, Out&& out) {
  using T = detail::PlainScalar<typename std::remove_cvref_t<Out>::Scalar>;
  detail::fill(engine, out, [](Engine& e) { return draw_gumbel<T>(e); });
}

}  // namespace concrete
