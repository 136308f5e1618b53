#pragma once

#include <cstdint>
#include <random>

#include "vae/types.hpp"

namespace vae {

/// What random numbers are for. Each purpose has a stream of its own, so that, say, evaluating more often leaves the
/// training as it is.
enum class Stream : std::uint32_t {
  initialisation = 1,
  shuffling,
  binarising,
  latent_noise,
  test_binarising,
  evaluation,
  pictures,
  validation_binarising,
  validation,
};

inline Engine make_engine(std::uint64_t seed, Stream stream) {
  std::seed_seq words{static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32),
                      static_cast<std::uint32_t>(stream)};
  return Engine(words);
}

/// One of many streams for the same purpose.
inline Engine make_engine(std::uint64_t seed, Stream stream, std::uint64_t number) {
  std::seed_seq words{static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32),
                      static_cast<std::uint32_t>(stream), static_cast<std::uint32_t>(number),
                      static_cast<std::uint32_t>(number >> 32)};
  return Engine(words);
}

}  // namespace vae
