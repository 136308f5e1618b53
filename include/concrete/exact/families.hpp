#pragma once

#include "concrete/distributions/binary_concrete.hpp"
#include "concrete/distributions/concrete.hpp"
#include "concrete/distributions/exp_concrete.hpp"
#include "concrete/distributions/logit_binary_concrete.hpp"

// The relaxed classes in their two families, whose expectations have formulas of their own.

namespace concrete::detail {

template <class D>
inline constexpr bool is_exp_concrete = false;
template <class Logits>
inline constexpr bool is_exp_concrete<ExpConcrete<Logits>> = true;

template <class D>
inline constexpr bool is_concrete = false;
template <class Logits>
inline constexpr bool is_concrete<Concrete<Logits>> = true;

template <class D>
inline constexpr bool is_logit_binary_concrete = false;
template <class Logits>
inline constexpr bool is_logit_binary_concrete<LogitBinaryConcrete<Logits>> = true;

template <class D>
inline constexpr bool is_binary_concrete = false;
template <class Logits>
inline constexpr bool is_binary_concrete<BinaryConcrete<Logits>> = true;

/// Two distributions over the same space.
template <class Q, class P>
concept SameCategorical = (is_concrete<Q> && is_concrete<P>) || (is_exp_concrete<Q> && is_exp_concrete<P>);
template <class Q, class P>
concept SameBinary = (is_binary_concrete<Q> && is_binary_concrete<P>) ||
                     (is_logit_binary_concrete<Q> && is_logit_binary_concrete<P>);

}  // namespace concrete::detail
