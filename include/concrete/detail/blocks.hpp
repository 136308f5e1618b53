#pragma once

#include "concrete/detail/columns.hpp"
#include "concrete/detail/entries.hpp"
#include "concrete/detail/loops.hpp"

// How formulas run over the columns of a batch.
//
// A formula is a sequence of passes over entries, with reductions of each column between them. It is written once, over
// the entries 0, 1, 2 … of a block, and serves columns of every length:
//
//   short columns   as many as fit into the first-level cache make one block, end to end; a pass finds in the arrays what
//                   the passes before it left there
//   a long column   is taken a block at a time, in every pass anew; what an earlier pass left is computed again
//
// and entries of every kind, by one of two ways to loop over a block:
//
//   Strips<T>       float and double: loops of constant length over contiguous numbers without a jump, which compilers
//                   turn into vector instructions, of whatever width there is
//   OneColumn<T>    every other scalar, and a handful of floats, for which a strip would be too long
//
// All agree to the last bit: a maximum has no rounding, and sums are taken in one order.
//
// loops.hpp has the two ways, columns.hpp passes and what there is for each column, entries.hpp what there is for each
// entry. Here are the steps that formulas share.

namespace concrete::detail {

// What takes much code, exponentials and logarithms above all, is out of line, and instantiated once for each scalar.
// Of a small fixed-size column all is inlined.

namespace blocks {

/// f(argument) with all that it calls inlined, so that a small fixed-size column stays in registers.
template <class F, class Argument>
CONCRETE_NEVER_INLINE CONCRETE_FLATTEN void call_flattened(const F& f, Argument argument) {
  f(argument);
}

/// f() out of line, wherever it is called from.
template <class F>
CONCRETE_NEVER_INLINE void call_out_of_line(const F& f) {
  f();
}

template <class Loops, class F>
CONCRETE_NEVER_INLINE CONCRETE_FLATTEN void for_each_out_of_line(Index size, const F& f) {
  Loops::for_each(Block{0, size, 0, 1, false}, f);
}

template <class Loops, class F>
CONCRETE_ALWAYS_INLINE void for_each(const Block& block, const F& f) {
  if constexpr (Loops::is_fixed) {
    Loops::for_each(block, f);
  } else {
    for_each_out_of_line<Loops>(block.size(), f);
  }
}

}  // namespace blocks

/// out <- f(x), where f has no state.
template <class Loops, class Function, class T = typename Loops::Scalar>
CONCRETE_ALWAYS_INLINE void apply(Function, const Block& block, const T* x, T* out) {
  blocks::for_each<Loops>(block, [x, out](Index k) { out[k] = Function()(x[k]); });
}

/// out <- f(x, y), where f has no state.
template <class Loops, class Function, class T = typename Loops::Scalar>
CONCRETE_ALWAYS_INLINE void apply(Function, const Block& block, const T* x, const T* y, T* out) {
  blocks::for_each<Loops>(block, [x, y, out](Index k) { out[k] = Function()(x[k], y[k]); });
}

/// z <- divide(z - largest), of which none is above 0, and e <- exp(z).
template <class Loops, class Divide, class T = typename Loops::Scalar>
CONCRETE_ALWAYS_INLINE void subtract_and_exp(const Block& block, const T* largest, const Divide& divide, T* z, T* e) {
  const typename Loops::Broadcast top(block, largest);
  blocks::for_each<Loops>(block, [&top, divide, z, e](Index k) {
    z[k] = divide(T(z[k] - top[k]));
    e[k] = loop_exp_flushed<T>(z[k]);
  });
}

/// For subtract_and_exp(): as it is.
struct NoDivision {
  template <class T>
  CONCRETE_ALWAYS_INLINE T operator()(const T& x) const {
    return x;
  }
};

/// The logarithms of sums of exponentials, one for each column.
template <class Loops>
CONCRETE_NEVER_INLINE void take_logarithms_out_of_line(Index columns, typename Loops::Scalar* totals) {
  Loops::for_each_column(columns, [totals](Index j) { totals[j] = log_of_total<typename Loops::Scalar>(totals[j]); });
}
template <class Loops>
CONCRETE_ALWAYS_INLINE void take_logarithms(const Columns<Loops>& columns, ColumnValues<Loops>& totals) {
  if constexpr (Loops::is_fixed) {
    totals[0] = log_of_total<typename Loops::Scalar>(totals[0]);
  } else {
    take_logarithms_out_of_line<Loops>(columns.count, totals.data());
  }
}

}  // namespace concrete::detail
