#pragma once

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <vector>

#include "concrete/detail/matrix.hpp"
#include "concrete/exact/formulas/binary_moments.hpp"
#include "concrete/exact/formulas/categorical_moments.hpp"

// Moments of batches: which classes a column leaves, and where values go.

namespace concrete::detail {

/// The classes that a column of logits leaves, with the logits less their maximum.
template <class Scalar>
struct RemainingClasses {
  std::vector<Index> classes;
  std::vector<Scalar> m;

  template <class A>
  void collect(const A& a) {
    classes.clear();
    m.clear();
    for (Index k = 0; k < a.size(); ++k) {
      if (is_masked(a(k))) continue;
      classes.push_back(k);
      m.push_back(static_cast<Scalar>(a(k)));
    }
    subtract_maximum(m);
  }
};

/// Calls visit(moments, classes, column) for every column of a categorical distribution's logits; of a single class,
/// whose law needs no integral, without moments.
template <class D, class Visit>
void for_each_softmax(const D& d, RequestedMoment requested, const Visit& visit) {
  using Number = Integrated<typename D::Scalar>;
  using Real = PlainScalar<Number>;
  RemainingClasses<Number> remaining;
  Real range = 0;
  for (Index j = 0; j < d.batch_size(); ++j) {
    remaining.collect(d.logits().col(j));
    range = (std::max)(range, range_of(remaining.m));
  }
  const Real smallest = std::same_as<typename D::Scalar, float> ? 110 : 600;  // float has no smaller numbers
  // Covariances of tiny means are small differences, in float too.
  const double tail_depth =
      requested == RequestedMoment::variance ? detail::tail_depth<Real> : tail_depth_for<typename D::Scalar>;
  SoftmaxMoments<Number> moments(static_cast<Number>(d.temperature()), d.dimension(), range, requested, smallest,
                                 tail_depth);
  for (Index j = 0; j < d.batch_size(); ++j) {
    remaining.collect(d.logits().col(j));
    if (remaining.m.size() > 1) moments.start(remaining.m);
    visit(moments, remaining, j);
  }
}

/// f(moments, classes, values) for every column, where values go to the places of the remaining classes.
template <class D, class F>
typename D::Logits softmax_moments(const D& d, RequestedMoment requested, const typename D::Scalar& of_masked,
                                   const typename D::Scalar& of_single, const F& f) {
  using Scalar = typename D::Scalar;
  using Number = Integrated<Scalar>;
  typename D::Logits result = D::Logits::Constant(d.dimension(), d.batch_size(), of_masked);
  std::vector<Number> values;
  for_each_softmax(d, requested, [&](auto& moments, const auto& remaining, Index j) {
    values.assign(remaining.m.size(), static_cast<Number>(of_single));
    if (values.size() > 1) f(moments, remaining, values);
    for (std::size_t k = 0; k < values.size(); ++k) result(remaining.classes[k], j) = static_cast<Scalar>(values[k]);
  });
  return result;
}

/// Calls f(moments, logit, i, j) for every entry of a binary distribution.
template <class D, class F>
void for_each_binary_moment(const D& d, const F& f) {
  using Number = Integrated<typename D::Scalar>;
  using Real = PlainScalar<Number>;
  Real farthest = 0;
  for (Index j = 0; j < d.batch_size(); ++j) {
    for (Index i = 0; i < d.dimension(); ++i) {
      farthest = (std::max)(farthest, std::abs(static_cast<Real>(value_of(d.logits()(i, j)))));
    }
  }
  const BinaryMoments<Number> moments(static_cast<Number>(d.temperature()), farthest);
  for (Index j = 0; j < d.batch_size(); ++j) {
    for (Index i = 0; i < d.dimension(); ++i) f(moments, static_cast<Number>(d.logits()(i, j)), i, j);
  }
}

/// value(moments, logit) of every entry.
template <class D, class Value>
typename D::Logits binary_moments(const D& d, const Value& value) {
  auto result = uninitialised<typename D::Logits>(d.dimension(), d.batch_size());
  for_each_binary_moment(d, [&](const auto& moments, const auto& logit, Index i, Index j) {
    result(i, j) = static_cast<typename D::Scalar>(value(moments, logit));
  });
  return result;
}

}  // namespace concrete::detail
