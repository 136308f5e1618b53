#pragma once

// How calls that cannot be meant are refused, in one sentence instead of a page of candidates: overload sets end in a
// member that takes everything else, which is deleted, so that whoever asks whether a call is possible hears the truth.
// Behind it stands what to do, on the line that compilers show. Where no function is called, static_assert speaks.

namespace concrete::detail {

/// Whether a T is one of the library's distributions.
template <class T>
concept AnyDistribution = requires {
  typename T::Logits;
  typename T::NoiseScalar;
};

/// What they return, on paper: anything, so that one error is all.
struct Refused {
  template <class T>
  operator T() const;
};

/// False, as soon as it is known of what.
template <class...>
inline constexpr bool never = false;

}  // namespace concrete::detail
