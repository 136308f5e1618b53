#pragma once

#include <cstddef>

#include "concrete/detail/elementary.hpp"
#include "concrete/detail/reductions.hpp"

// What formulas that run over tiles (see tile.hpp) have beside them: a number for each column.

namespace concrete::detail {

/// One number for each column of a tile.
template <class T, Index capacity>
class ColumnValues {
 public:
  /// Room for `columns` values, rounded up to strips of 32.
  explicit ColumnValues(Index columns) : columns_(columns) {}
  ColumnValues(const ColumnValues&) = default;
  ColumnValues& operator=(const ColumnValues& other) {  // not of all that there is room for
    if (this == &other) return *this;
    columns_ = other.columns_;
    for_each([&](T& value, Index j) { value = other.values_[j]; });
    return *this;
  }

  T& operator[](Index column) { return values_[column]; }
  const T& operator[](Index column) const { return values_[column]; }

  bool all_finite() const {
    BitsOf<T> signs = 0;  // of what is left of the largest finite pattern
    for (Index j = 0; j < columns_; ++j) signs |= infinity_bits<T> - (bits_of(values_[j]) << 1 >> 1) - 1;
    return mask_of_sign(signs) == 0;
  }

  bool all_nonzero() const {
    bool some_zero = false;
    for (Index j = 0; j < columns_; ++j) some_zero |= values_[j] == T(0);
    return !some_zero;
  }

  T sum() const {
    if constexpr (capacity == 1) {
      return values_[0];
    } else {
      return detail::sum<T>(columns_, [&](Index j) { return values_[j]; });
    }
  }

  /// f(value, column) for every column, and for the others of the last strip.
  template <class F>
  void for_each(const F& f) {
    if constexpr (capacity == 1) {
      f(values_[0], Index{0});
    } else if (columns_ <= few_entries) {
      for (Index j = 0; j < columns_; ++j) f(values_[j], j);
    } else {
      for (Index begin = 0; begin < columns_; begin += sum_lanes) {
        for_each_lane([&](Index lane) { f(values_[begin + lane], begin + lane); });
      }
    }
  }

 private:
  alignas(capacity == 1 ? alignof(T) : 64) T values_[std::size_t{capacity}];
  Index columns_;
};

}  // namespace concrete::detail
