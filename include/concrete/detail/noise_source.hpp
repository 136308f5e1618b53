#pragma once

#include "concrete/detail/blocks.hpp"

namespace concrete::detail {

/// Where the noise of samples comes from, an engine or a matrix, for kernels that need not know.
template <class Real>
struct NoiseSource {
  void* state;
  /// Puts the noise of a block, the next one in order, into `out`, and behind it, up to a whole strip, perhaps anything.
  void (*draw)(void* state, const Block& block, Real* out);
};

/// Puts the noise of a block into `entries`.
template <class Loops, class T = typename Loops::Scalar>
void draw_noise(const NoiseSource<PlainScalar<T>>& noise, const Block& block, T* entries) {
  using Real = PlainScalar<T>;
  if constexpr (std::same_as<T, Real> && !Loops::is_fixed) {
    noise.draw(noise.state, block, entries);
  } else {
    Real values[Loops::most_entries];
    noise.draw(noise.state, block, values);
    for (Index k = 0; k < block.size(); ++k) entries[k] = static_cast<T>(values[k]);
  }
}

}  // namespace concrete::detail
