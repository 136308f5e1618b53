#pragma once

#include <type_traits>

#include "concrete/detail/matrix.hpp"
#include "concrete/detail/refusals.hpp"
#include "concrete/distributions/parameters.hpp"

// What is said to those who construct a distribution from something else than it takes.

namespace concrete {

namespace detail {

template <class T>
concept HasSize = requires(const T& t) {
  t.size();
};

/// An Eigen array, a std::vector, a built-in array, a single number and the like: numbers, but no matrix.
template <class T>
concept NumbersButNoMatrix =
    !MatrixExpression<T> && (HasSize<T> || std::is_arithmetic_v<T> || std::is_bounded_array_v<T>);

template <class T>
inline constexpr bool is_marked = false;
template <class P>
inline constexpr bool is_marked<Probabilities<P>> = true;
template <class P>
inline constexpr bool is_marked<Odds<P>> = true;

/// Numbers marked by what they are.
template <class T>
concept MarkedNumbers = is_marked<T>;

/// What a distribution is constructed from, but for its temperature.
template <class T>
concept GivenParameters = MatrixExpression<T> || MarkedNumbers<T>;

/// The deduction guides' answer to NumbersButNoMatrix: a message instead of a page of candidates.
template <NumbersButNoMatrix T>
struct NoLogits {
  static_assert(std::is_arithmetic_v<T>,
                "concrete: construct from an Eigen matrix or vector; an Eigen array by .matrix(), a std::vector by "
                "Eigen::Map");
  static_assert(!std::is_arithmetic_v<T>,
                "concrete: construct from an Eigen matrix or vector of logits, before the temperature; a single logit "
                "is Eigen::Vector<float, 1>(a)");
  using type = Eigen::VectorXd;
};

/// Their answer to logits, or what stands for them, alone.
template <class A>
struct NoTemperature {
  static_assert(never<A>, "concrete: the temperature is missing: construct from logits and a temperature");
  using type = Eigen::VectorXd;
};

/// The answer of Discrete and Bernoulli to a temperature.
template <class A>
struct NoTemperatureHere {
  static_assert(never<A>, "concrete: Discrete and Bernoulli have no temperature: construct from the logits alone");
  using type = Eigen::VectorXd;
};

/// The answer of categorical classes to odds.
template <class P>
struct NoOdds {
  static_assert(never<P>,
                "concrete: odds are of the binary classes; the weights of categories, which need not add up to one, "
                "are given as probabilities()");
  using type = P;
};

}  // namespace detail

template <detail::NumbersButNoMatrix A>
detail::Refused probabilities(const A&) = delete;  // concrete: an Eigen matrix or vector; a std::vector by Eigen::Map
template <detail::NumbersButNoMatrix A>
detail::Refused odds(const A&) = delete;  // concrete: an Eigen matrix or vector; a std::vector by Eigen::Map

}  // namespace concrete
