#pragma once

#include <concepts>
#include <functional>

#include "concrete/detail/loop_math.hpp"

// From the entries of a column to one number: sums, maxima, log-sum-exp; and the loop of 32 lanes behind all
// vectorised code.

namespace concrete::detail {

/// How many running sums or maxima a reduction keeps.
inline constexpr Index sum_lanes = 32;

/// Up to so many numbers are treated one by one: to fill up 32 lanes would take longer.
inline constexpr int few_entries = 12;

/// f(lane) for 32 lanes, the inner loop of everything that is vectorised. gcc would turn loops of up to 16 rounds into
/// scalar code before it looks for vectors. No lane may need what another wrote.
template <class F>
CONCRETE_ALWAYS_INLINE void for_each_lane(const F& f) {
  CONCRETE_NO_UNROLLING
  for (Index lane = 0; lane < sum_lanes; ++lane) f(lane);
}

/// The larger of two numbers, or of two arrays entry by entry; called as std::plus is.
struct Larger {
  template <std::floating_point T>
  CONCRETE_ALWAYS_INLINE T operator()(T a, T b) const {
    return a < b ? b : a;
  }
  template <class A, class B>
  auto operator()(const Eigen::ArrayBase<A>& a, const Eigen::ArrayBase<B>& b) const {
    return (a.derived().max)(b.derived());  // not (b): Eigen 3.4.1 would keep an ArrayBase
  }
};

/// Reduces 32 lanes to one number: lanes 8 apart in turn, then halves. Floats by Eigen, whose fixed-size arrays stay in
/// registers.
template <class T, class Combine>
T fold_lanes(const T* lanes, const Combine& combine) {
  constexpr Index width = 8;
  if constexpr (ElementaryScalar<T>) {
    using Eight = Eigen::Array<T, width, 1>;
    const auto eight = [lanes](Index k) { return Eigen::Map<const Eight>(lanes + width * k); };
    const Eight x = combine(combine(combine(eight(0), eight(1)), eight(2)), eight(3));
    const Eigen::Array<T, 4, 1> halves = combine(x.template head<4>(), x.template tail<4>());
    return combine(T(combine(halves[0], halves[2])), T(combine(halves[1], halves[3])));
  } else {
    T x[width];
    for (Index k = 0; k < width; ++k) {
      x[k] = combine(combine(combine(lanes[k], lanes[k + 8]), lanes[k + 16]), lanes[k + 24]);
    }
    return combine(combine(combine(x[0], x[4]), combine(x[2], x[6])),
                   combine(combine(x[1], x[5]), combine(x[3], x[7])));
  }
}

/// Reduces entry(0) ... entry(count - 1), at least 32 numbers: entry k goes to lane k mod 32, then the lanes are
/// folded.
template <class T, class Entry, class Combine>
T fold_strips(Index count, const Entry& entry, const Combine& combine) {
  T running[sum_lanes];
  for (Index lane = 0; lane < sum_lanes; ++lane) running[lane] = entry(lane);
  Index begin = sum_lanes;
  for (; begin + sum_lanes <= count; begin += sum_lanes) {
    for (Index lane = 0; lane < sum_lanes; ++lane) running[lane] = combine(running[lane], entry(begin + lane));
  }
  for (Index lane = 0; lane < count - begin; ++lane) running[lane] = combine(running[lane], entry(begin + lane));
  return fold_lanes(running, combine);
}

/// Sum of term(begin) ... term(end - 1), where `term` returns a Scalar. Fewer than 32 floating-point numbers are
/// added in turn; more go to 32 running sums, so that the loop vectorises; of more than 1024 the halves are summed,
/// so that the rounding error grows with the logarithm of the count.
template <class Scalar, class Term>
Scalar sum(Index begin, Index end, const Term& term) {
  constexpr Index block = 32 * sum_lanes;
  if (end - begin > block) {
    const Index middle = begin + (end - begin) / 2;
    return sum<Scalar>(begin, middle, term) + sum<Scalar>(middle, end, term);
  }
  if constexpr (std::floating_point<Scalar>) {
    if (end - begin >= sum_lanes) {
      return fold_strips<Scalar>(
          end - begin, [&](Index k) { return term(begin + k); }, std::plus<>());
    }
  }
  Scalar total = constant<Scalar>(0);
  for (; begin < end; ++begin) total += term(begin);
  return total;
}

template <class Scalar, class Term>
Scalar sum(Index count, const Term& term) {
  return sum<Scalar>(Index{0}, count, term);
}

/// The largest entry of a column that is not empty. NaN is passed over unless it comes first.
template <class Column>
auto maximum(const Column& column) {
  using Scalar = typename Column::Scalar;
  Scalar largest = column(0);
  Index k = 1;
  if constexpr (std::floating_point<Scalar>) {
    if (column.size() > sum_lanes) {
      Scalar running[sum_lanes];
      for (Scalar& value : running) value = largest;
      for (; column.size() - k >= sum_lanes; k += sum_lanes) {
        for (Index lane = 0; lane < sum_lanes; ++lane) {
          const Scalar value = column(k + lane);
          running[lane] = running[lane] < value ? value : running[lane];
        }
      }
      largest = fold_lanes(running, Larger());
    }
  }
  for (; k < column.size(); ++k) {
    if (largest < column(k)) largest = column(k);
  }
  return largest;
}

/// The logarithm of a sum of exponentials in two parts, top + log(total), with total >= 1.
template <class Scalar>
struct LogSumExp {
  Scalar top;
  Scalar total;
  Scalar value() const { return top + detail::log<Scalar>(total); }
};

/// log sum_k exp(column_k); -inf entries add nothing. The value is -inf if there are no others, +inf or NaN where one
/// is.
template <class Column>
auto log_sum_exp(const Column& column) {
  using Scalar = typename Column::Scalar;
  const Scalar top = maximum(column);
  if (!(detail::abs(top) < infinity<Scalar>())) {
    for (Index k = 0; k < column.size(); ++k) {
      if (is_nan(column(k))) return LogSumExp<Scalar>{column(k), constant<Scalar>(1)};
    }
    return LogSumExp<Scalar>{top, constant<Scalar>(1)};
  }
  const Scalar total = sum<Scalar>(column.size(), [&](Index k) { return loop_exp<Scalar>(column(k) - top); });
  return LogSumExp<Scalar>{top, total};
}

}  // namespace concrete::detail
