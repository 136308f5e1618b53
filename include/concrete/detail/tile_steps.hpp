#pragma once

#include <cstddef>
#include <functional>
#include <type_traits>

#include "concrete/detail/column_values.hpp"
#include "concrete/detail/elementary.hpp"
#include "concrete/detail/reductions.hpp"
#include "concrete/detail/single_column.hpp"

// The steps of formulas that run over several columns at once: see tile.hpp.

namespace concrete::detail {

/// Columns of up to so many entries are treated 32 at a time.
inline constexpr Index tiny_dimension = 4;

/// Columns of `dimension` entries end to end, of which Self::entries() points to the first. Steps run over whole
/// strips: of 32 entries, or of 32 columns of a tiny dimension.
template <class Self, ElementaryScalar T>
class TileSteps {
 protected:
  static constexpr Index strip = sum_lanes;
  static constexpr Index most_entries = 1024;

 private:
  /// The larger of two numbers, or of two strips entry by entry; called as std::plus is.
  struct Larger {
    T operator()(T a, T b) const { return a < b ? b : a; }
    template <class A, class B>
    auto operator()(const Eigen::ArrayBase<A>& a, const Eigen::ArrayBase<B>& b) const {
      return (a.derived().max)(b.derived());  // not (b): Eigen 3.4.1 would keep an ArrayBase
    }
  };

 public:
  using Scalar = T;
  using Values = ColumnValues<T, most_entries>;

  /// One number for each position.
  class Spread {
   public:
    const T& operator[](Position at) const { return values_[at.entry]; }

   private:
    friend TileSteps;
    alignas(64) T values_[most_entries + strip];
  };

  Index dimension() const { return dimension_; }
  Index columns() const { return columns_; }
  Index size() const { return dimension_ * columns_; }

  const T& operator()(Position at) const { return entries()[at.entry]; }
  Eigen::Map<const Eigen::VectorX<T>> column(Index j) const { return {entries() + dimension_ * j, dimension_}; }

  /// f(at) for every position, and for the others of the last strip.
  template <class F>
  void for_each(const F& f) const {
    for (Index begin = 0; begin < size(); begin += strip) {
      for_each_lane([&](Index lane) { f(Position{begin + lane}); });
    }
  }

  /// The largest entry of each column.
  Values maximum() const { return reduce(Larger()); }

  /// The sum of each column.
  Values sum() const { return reduce(std::plus<>()); }

  /// The sum of term(at) over each column.
  template <class Term>
  Values sum(const Term& term) const {
    auto terms = static_cast<const Self&>(*this).blank();
    for_each([&](Position at) { terms(at) = term(at); });
    return terms.sum();
  }

  /// The value of its column for every position.
  Spread spread(const Values& values) const {
    Spread result;
    if (columns_ == 1) {
      for_each([&](Position at) { result.values_[at.entry] = values[0]; });
    } else if (dimension_ <= tiny_dimension) {
      with_constant(dimension_, [&](auto n) { this->template spread_tiny<decltype(n)::value>(values, result); });
    } else if (dimension_ < strip) {
      spread_by<32 / sizeof(T)>(values, result);
    } else {
      spread_by<strip>(values, result);
    }
    return result;
  }

 protected:
  TileSteps(Index dimension, Index columns) : dimension_(dimension), columns_(columns) {}

 private:
  const T* entries() const { return static_cast<const Self&>(*this).entries(); }

  /// Calls f with the number, 1 to tiny_dimension, as a constant: steps over so short columns are vectorised across
  /// them.
  template <class F>
  static void with_constant(Index number, const F& f) {
    switch (number) {
      case 1:
        return f(std::integral_constant<Index, 1>());
      case 2:
        return f(std::integral_constant<Index, 2>());
      case 3:
        return f(std::integral_constant<Index, 3>());
      default:
        return f(std::integral_constant<Index, 4>());
    }
  }

  template <Index n>
  void spread_tiny(const Values& values, Spread& result) const {
    for (Index j = 0; j < columns_; j += strip) {
      for_each_lane([&](Index lane) {
        for (Index k = 0; k < n; ++k) result.values_[n * (j + lane) + k] = values[j + lane];
      });
    }
  }

  /// Copies of each value, `width` at a time: those beyond the column are overwritten by the next one.
  template <Index width>
  void spread_by(const Values& values, Spread& result) const {
    for (Index j = 0; j < columns_; ++j) {
      const T value = values[j];
      for (Index k = 0; k < dimension_; k += width) {
        for (Index lane = 0; lane < width; ++lane) result.values_[dimension_ * j + k + lane] = value;
      }
    }
  }

  /// Combines the entries of each column in the order of sum().
  template <class Combine>
  Values reduce(const Combine& combine) const {
    Values result(columns_);
    if (dimension_ <= tiny_dimension) {
      with_constant(dimension_, [&](auto n) { this->template reduce_tiny<decltype(n)::value>(combine, result); });
    } else if (dimension_ < strip) {
      constexpr Index abreast = 4;
      Index j = 0;
      for (; j + abreast <= columns_; j += abreast) reduce_short<abreast>(j, combine, result);
      for (; j < columns_; ++j) reduce_short<1>(j, combine, result);
    } else {
      for (Index j = 0; j < columns_; ++j) result[j] = reduce_long(entries() + dimension_ * j, combine);
    }
    return result;
  }

  template <Index n, class Combine>
  void reduce_tiny(const Combine& combine, Values& result) const {
    const T* const begin = entries();
    result.for_each([&](T& value, Index j) {
      value = begin[n * j];
      for (Index k = 1; k < n; ++k) value = combine(value, begin[n * j + k]);
    });
  }

  /// Reduces columns j to j + abreast - 1 side by side, so that none waits for the last result of another.
  template <Index abreast, class Combine>
  void reduce_short(Index j, const Combine& combine, Values& result) const {
    const T* next = entries() + dimension_ * j;
    T running[std::size_t{abreast}];
    for (Index c = 0; c < abreast; ++c) running[c] = next[dimension_ * c];
    for (Index k = 1; k < dimension_; ++k) {
      ++next;
      for (Index c = 0; c < abreast; ++c) running[c] = combine(running[c], next[dimension_ * c]);
    }
    for (Index c = 0; c < abreast; ++c) result[j + c] = running[c];
  }

  /// As fold_strips() does, by Eigen, whose fixed-size arrays stay in registers.
  template <class Combine>
  T reduce_long(const T* begin, const Combine& combine) const {
    using Strip = Eigen::Array<T, strip, 1>;
    Strip running = Eigen::Map<const Strip>(begin);
    Index k = strip;
    for (; k + strip <= dimension_; k += strip) running = combine(running, Eigen::Map<const Strip>(begin + k));
    for (Index lane = 0; lane < dimension_ - k; ++lane) running[lane] = combine(running[lane], begin[k + lane]);
    return fold_lanes(running.data(), combine);
  }

  Index dimension_;
  Index columns_;
};

}  // namespace concrete::detail
