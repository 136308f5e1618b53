#pragma once

#include <concepts>

#include "concrete/detail/matrix.hpp"
#include "concrete/distributions/results.hpp"

// Batching of divergences: column j of q is compared with column j mod B of p.

namespace concrete::detail {

template <class Q, class P>
using DivergenceValue = PerColumn<typename Q::Scalar, typename P::Logits, typename Q::Logits>;

template <class Q, class P>
void check_comparable(const Q& q, const P& p) {
  static_assert(std::same_as<typename Q::Scalar, typename P::Scalar>, "concrete: q and p have different scalar types");
  check_static_rows<typename Q::Logits, typename P::Logits>();
  check_shape(q.logits(), "q", p.dimension(), p.batch_size());
}

/// One value per column of q: column_value(a_q, a_p).
template <class Q, class P, class ColumnValue>
auto divergence(const Q& q, const P& p, const ColumnValue& column_value) {
  check_comparable(q, p);
  auto result = uninitialised_per_column<DivergenceValue<Q, P>>(q.batch_size());
  if constexpr (std::same_as<typename Q::Scalar, typename P::Scalar>) {
    const auto of_q = view_of(q.logits()), of_p = view_of(p.logits());
    for (Index j = 0; j < q.batch_size(); ++j) {
      entry(result, j) = column_value(of_q.col(j), of_p.col(j % p.batch_size()));
    }
  }
  return result;
}

/// The same with gradients, which column_gradient(a_q, a_p, upstream, grad_q, grad_p) adds to its last two arguments.
template <class Q, class P, class U, class ColumnValue, class ColumnGradient>
auto divergence_gradient(const Q& q, const P& p, const U& upstream, const ColumnValue& column_value,
                         const ColumnGradient& column_gradient) {
  using Scalar = typename Q::Scalar;
  const Upstream<Scalar, U> weight(upstream, q.batch_size());
  const Scalar zero = constant<Scalar>(0);
  KlDivergenceGradient<DivergenceValue<Q, P>, typename Q::Logits, typename P::Logits> result{
      divergence(q, p, column_value),
      {uninitialised<typename Q::Logits>(q.dimension(), q.batch_size()), zero},
      {uninitialised<typename P::Logits>(p.dimension(), p.batch_size()), zero}};
  result.q.logits.setConstant(zero);
  result.p.logits.setConstant(zero);
  const auto of_q = view_of(q.logits()), of_p = view_of(p.logits());
  const auto grad_q = writable_view_of(result.q.logits), grad_p = writable_view_of(result.p.logits);
  for (Index j = 0; j < q.batch_size(); ++j) {
    if (has_no_effect<Scalar>(weight(j), entry(result.value, j))) continue;
    const Index b = j % p.batch_size();
    column_gradient(of_q.col(j), of_p.col(b), weight(j), grad_q.col(j), grad_p.col(b));
  }
  return result;
}

}  // namespace concrete::detail
