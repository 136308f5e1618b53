#pragma once

#include <concepts>

#include "concrete/noise/uniform.hpp"

/// \file
/// Standard Logistic variables, the noise of the binary classes.

namespace concrete {

namespace detail {

template <std::floating_point T>
CONCRETE_ALWAYS_INLINE T logistic(const OpenUniform<T>& u) {
  const T lower_tail = loop_log_normal(u.distance() / (1 - u.distance()));
  return u.choose(-lower_tail, lower_tail);
}

/// Logistic variables from words, one by one and in strips: two short loops as GumbelStrips has three.
struct LogisticStrips {
  template <class T>
  CONCRETE_ALWAYS_INLINE T operator()(const OpenUniform<T>& u) const {
    return logistic(u);
  }

  template <class T, class ForEach>
  void operator()(const UniformWord<T>* words, T* values, const ForEach& for_each) const {
    for_each([&](Index k) {
      const T distance = OpenUniform<T>(words[k]).distance();
      values[k] = distance / (1 - distance);
    });
    for_each([&](Index k) {
      const T lower_tail = loop_log_normal(values[k]);
      values[k] = OpenUniform<T>(words[k]).choose(-lower_tail, lower_tail);
    });
  }
};

}  // namespace detail

/// One standard Logistic variable, L = log U - log(1 - U), the difference of two Gumbels: symmetric around 0, with both
/// tails as long as the random bits allow, 22.8 in float and 45 in double.
///
/// \param engine  any std::uniform_random_bit_generator; a variable costs what draw_uniform says.
/// \tparam T      float, double or long double.
/// \return        L, always finite.
template <std::floating_point T, detail::RandomBitGenerator Engine>
[[nodiscard]] T draw_logistic(Engine& engine) {
  return detail::logistic(draw_uniform<T>(engine));
}
template <class T = void, class E>
detail::Refused draw_logistic(E&&) = delete;  // concrete: of a floating-point type, as draw_logistic<double>(engine)

/// Fills a writable Eigen expression with independent standard Logistic variables.
///
/// \param engine  any std::uniform_random_bit_generator; an entry costs what draw_uniform says.
/// \param out     any writable matrix, block, map or view, of an autodiff scalar too; filled column after column.
/// \note          Allocates nothing. Every shape and storage order of as many entries gets the same numbers.
template <detail::RandomBitGenerator Engine, class Out>
void fill_logistic(Engine& engine, Out&& out) {
  detail::fill(engine, out, detail::LogisticStrips());
}
template <detail::NoEngine Engine, class Out>
void fill_logistic(Engine&&, Out&&) {
  detail::refuse_engine<void, Engine>();
}

}  // namespace concrete
