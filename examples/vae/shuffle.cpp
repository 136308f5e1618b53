#include "vae/shuffle.hpp"

#include <numeric>
#include <utility>

namespace vae {

Shuffle::Shuffle(Index images, const Engine& engine) : engine_(engine), order_(static_cast<std::size_t>(images)) {
  std::iota(order_.begin(), order_.end(), 0U);
  reorder();
}

void Shuffle::next(std::vector<Index>& batch) {
  for (Index& index : batch) {
    if (position_ == order_.size()) reorder();
    index = order_[position_++];
  }
}

/// Fisher and Yates. std::shuffle would draw otherwise with another standard library; the bias of the remainder is
/// below the number of images times 2^-64.
void Shuffle::reorder() {
  for (std::size_t last = order_.size() - 1; last > 0; --last) std::swap(order_[last], order_[engine_() % (last + 1)]);
  position_ = 0;
}

}  // namespace vae
