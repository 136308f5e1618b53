#pragma once

#include "concrete/detail/blocks.hpp"

namespace concrete::detail {

/// Leaves masked classes out of passes: nothing to do in a batch that has none.
template <class Loops>
class Unmasked {
  using T = typename Loops::Scalar;

 public:
  explicit Unmasked(const LogitsView<T>& logits) : a_(logits.values), has_masks_(logits.may_be_masked) {}

  /// Never of a small fixed-size column.
  CONCRETE_ALWAYS_INLINE bool has_masks() const { return !Loops::is_fixed && has_masks_; }

  void read(const Block& block) { a_.read(block); }
  const Input<Loops>& logits() const { return a_; }

  /// x with 0 for masked classes: x itself, or a copy that lasts until the next call.
  CONCRETE_ALWAYS_INLINE const T* with_masked_zero(const Block& block, const T* x) {
    if (!has_masks()) return x;
    apply<Loops>(ZeroIfMasked(), block, a_.data(), x, copy_.data());
    return copy_.data();
  }
  /// entries <- 0 for masked classes.
  CONCRETE_ALWAYS_INLINE void clear_masked(const Block& block, T* entries) const {
    if (has_masks()) apply<Loops>(ZeroIfMasked(), block, a_.data(), entries, entries);
  }
  /// Adds up the classes of each column, where some may be masked.
  CONCRETE_ALWAYS_INLINE void count(const Block& block, Sums<Loops>& classes) {
    if (!has_masks()) return;
    Loops::for_each(block, [&](Index k) { copy_[k] = zero_if_masked<T>(a_[k], constant<T>(1)); });
    classes.add(block, copy_.data());
  }

 private:
  Input<Loops> a_;
  bool has_masks_;
  Entries<Loops> copy_;
};

}  // namespace concrete::detail
