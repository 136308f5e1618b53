#pragma once

#include "concrete/detail/blocks.hpp"

namespace concrete::detail {

/// Noise from an engine, of a law like GumbelStrips.
template <class Engine, class Law>
struct EngineNoise {
  Engine& engine;

  /// Puts the noise of a block, the next one in order, into `out`, and behind it, up to a whole strip, perhaps
  /// anything.
  template <bool in_strips, class Real>
  void draw(const Block& block, Real* out) const {
    if constexpr (in_strips) {
      fill_strips(engine, out, block.size(), Law());
    } else {
      fill_one_by_one(engine, out, block.size(), Law());
    }
  }
};

/// Noise from an engine or a matrix, for kernels that need not know which.
template <class Real>
struct NoiseSource {
  using Draw = void (*)(void* state, const Block& block, Real* out);

  void* state;
  Draw draw_few, draw_strips;  // for OneColumn and for Strips; null where that is never used

  template <bool in_strips>
  void draw(const Block& block, Real* out) const {
    (in_strips ? draw_strips : draw_few)(state, block, out);
  }
};

/// Puts the noise of a block into `entries`.
template <class Loops, class Noise, class T = typename Loops::Scalar>
void draw_noise(const Noise& noise, const Block& block, T* entries) {
  using Real = PlainScalar<T>;
  constexpr bool in_strips = Loops::most_columns > 1;
  if constexpr (in_strips) Loops::clear_padding(block, entries);
  if constexpr (std::same_as<T, Real> && !Loops::is_fixed) {
    noise.template draw<in_strips>(block, entries);
  } else {
    Real values[Loops::most_entries];
    noise.template draw<in_strips>(block, values);
    for (Index k = 0; k < block.size(); ++k) entries[k] = static_cast<T>(values[k]);
  }
}

}  // namespace concrete::detail
