#pragma once

#include "concrete/noise/uniform.hpp"

namespace concrete {

namespace detail {

/// -log U, a standard exponential, to full relative precision towards both ends of U and without a branch.
///
/// With q the distance to the nearer end, the logarithm is fed v, which is q or 1 - q as it rounds, and what the rounding
/// took, lost = v - (1 - q), which is exact, is given back to first order: log(v - lost) = log v - lost / v, where
/// 1 / v = 2 - v will do, as lost is 0 or v is above 1/2.
template <std::floating_point T>
CONCRETE_ALWAYS_INLINE T exponential(const OpenUniform<T>& u) {
  const T end = u.choose(1, 0), difference = end - u.distance();
  const T v = std::abs(difference), lost = (difference - end) + u.distance();
  return lost * (2 - v) - loop_log_of_normal(v);
}

template <std::floating_point T>
CONCRETE_ALWAYS_INLINE T gumbel(const OpenUniform<T>& u) {
  return -loop_log_of_normal(exponential(u));
}

/// Gumbel variables from words, one logarithm a loop.
struct GumbelStrips {
  template <class T, class ForEach>
  void operator()(const UniformWord<T>* words, T* values, const ForEach& for_each) const {
    for_each([&](Index k) { values[k] = exponential(OpenUniform<T>(words[k])); });
    for_each([&](Index k) { values[k] = -loop_log_of_normal(values[k]); });
  }
};

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
  detail::fill(engine, out, detail::GumbelStrips());
}
template <detail::NoEngine Engine, class Out>
void fill_gumbel(Engine&&, Out&&) {
  detail::refuse_engine<void, Engine>();
}

}  // namespace concrete
