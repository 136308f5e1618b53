#pragma once

#include <random>
#include <type_traits>

// What every function that draws says to those who pass something else than an engine.

namespace concrete::detail {

/// What is passed for an engine and cannot be one: no generator of random bits, a constant, or a temporary.
template <class E>
concept NoEngine = !(std::is_lvalue_reference_v<E> && std::uniform_random_bit_generator<std::remove_reference_t<E>>);

/// The overloads for a NoEngine end here, with a message instead of a page of candidates.
template <class Result, class E>
Result refuse_engine() {
  static_assert(!NoEngine<E>,
                "concrete: the engine must be a variable of a std::uniform_random_bit_generator, such as std::mt19937");
  return Result();
}

}  // namespace concrete::detail
