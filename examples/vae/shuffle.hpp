#pragma once

#include <cstdint>
#include <vector>

#include "vae/types.hpp"

namespace vae {

/// Goes through all images in a new random order in each epoch. A batch may reach over the end of an epoch, so that
/// no image is ever left out.
class Shuffle {
 public:
  Shuffle() = default;  // to be filled from a checkpoint
  Shuffle(Index images, const Engine& engine);

  void next(std::vector<Index>& batch);

  Index size() const { return static_cast<Index>(order_.size()); }

  template <class Archive>
  void serialize(Archive& archive) {
    archive(engine_, order_, position_);
  }

 private:
  void reorder();

  Engine engine_;
  std::vector<std::uint32_t> order_;
  std::uint64_t position_ = 0;
};

}  // namespace vae
