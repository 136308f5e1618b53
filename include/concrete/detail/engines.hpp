#pragma once

#include <concepts>
#include <type_traits>

// What an engine is, and what every function that draws says to those who pass something else.

namespace concrete::detail {

/// std::uniform_random_bit_generator, for which <random> would bring along all that the standard draws with.
template <class G>
concept RandomBitGenerator = std::invocable<G&> && std::unsigned_integral<std::invoke_result_t<G&>> && requires {
  { (G::min)() } -> std::same_as<std::invoke_result_t<G&>>;
  { (G::max)() } -> std::same_as<std::invoke_result_t<G&>>;
  requires std::bool_constant<((G::min)() < (G::max)())>::value;
};

/// What is passed for an engine and cannot be one: no generator of random bits, a constant, or a temporary.
template <class E>
concept NoEngine = !(std::is_lvalue_reference_v<E> && RandomBitGenerator<std::remove_reference_t<E>>);

/// The overloads for a NoEngine end here, with a message instead of a page of candidates.
template <class Result, class E>
Result refuse_engine() {
  static_assert(!NoEngine<E>,
                "concrete: the engine must be a variable of a std::uniform_random_bit_generator, such as std::mt19937 "
                "(whose min() and max() are constexpr)");
  return Result();
}

}  // namespace concrete::detail
