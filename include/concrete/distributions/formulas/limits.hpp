#pragma once

#include "concrete/detail/view.hpp"
#include "concrete/distributions/formulas/categorical.hpp"

// Values at limits: of points on a face of the simplex or outside of it, of which the formulas would make NaN. A column
// is looked at when its log-density has come out infinite or NaN; nothing here is called for any other.

namespace concrete::detail {

/// What a look at all coordinates of a point tells. Of masked classes only whether they have mass counts.
struct Survey {
  Index classes = 0;  // not masked
  Index zeros = 0;    // of them, with a coordinate of 0
  bool has_nan = false;
  bool outside = false;  // a negative or infinite coordinate, mass on a masked class, or no mass at all
};

/// \param zero  the coordinate of a class without mass: 0, or -inf on the log scale.
template <class T>
CONCRETE_NEVER_INLINE Survey survey(const ColumnView<const T>& a, const ColumnView<const T>& x, PlainScalar<T> zero) {
  constexpr auto infinite = std::numeric_limits<PlainScalar<T>>::infinity();
  int masked = 0, zeros = 0, nans = 0, outside = 0;  // short integers, so that the loop is vectorised
  for (Index k = 0; k < a.size(); ++k) {
    const auto x_k = value_of(x(k)), a_k = value_of(a(k));
    const int is_masked = equal(a_k, -infinite), is_zero = equal(x_k, zero);
    masked += is_masked;
    zeros += is_zero & (is_masked ^ 1);
    nans += is_nan(x_k);
    outside += int{x_k < zero} | int{equal(x_k, infinite)} | (is_masked & int{x_k > zero});
  }
  const Index classes = a.size() - masked;
  return {classes, zeros, nans > 0, outside > 0 || zeros == classes};
}

/// The limit of log p(x) for m coordinates that vanish at one rate: p goes like their size to the power t (n - m) - m.
/// Where that is 0 the limit is finite, with lse over the classes of zeros:
///
///   log (n-1)! + (n-1) log t + sum_k (a_k - lse) - (t + 1) sum_{x_k > 0} log x_k
template <class T>
CONCRETE_NEVER_INLINE T log_prob_on_face(const ColumnView<const T>& a, const ColumnView<const T>& x,
                                         const Survey& point, const T& temperature, const T& log_normalizer) {
  using Real = PlainScalar<T>;
  const Real zeros = Real(point.zeros);
  const T others = temperature * Real(point.classes - point.zeros);
  if (others < zeros) return infinity<T>();
  if (others > zeros) return -infinity<T>();
  const auto at_zero = [&](Index k) -> T { return x(k) > Real(0) ? T(-infinity<T>()) : T(a(k)); };
  T top = at_zero(0);
  for (Index k = 1; k < a.size(); ++k) top = top < at_zero(k) ? at_zero(k) : top;
  const T lse =
      top + detail::log<T>(sum_over_classes(a, [&](Index k) -> T { return detail::exp<T>(at_zero(k) - top); }));
  const T power = temperature + Real(1);
  return log_normalizer + sum_over_classes(a, [&](Index k) -> T {
           const T lowered = a(k) - lse;
           return x(k) > Real(0) ? T(lowered - T(power * detail::log<T>(x(k)))) : lowered;
         });
}

/// The limit of d log p / dx_k as x_k -> 0 where its numerator n t w_k - t - 1 vanishes too. For the only coordinate of
/// 0, at t (n - 1) = 1, the log-density differs from its limit by -n sum_j e^(a_j - a_k) (x_k / x_j)^t.
template <class T>
CONCRETE_NEVER_INLINE T slope_at_zero(const ColumnView<const T>& a, const ColumnView<const T>& x, const Survey& point,
                                      const T& temperature, Index k) {
  using Real = PlainScalar<T>;
  if (point.zeros > 1 || temperature > Real(1)) return constant<T>(0);
  if (temperature < Real(1)) return -infinity<T>();
  const T others = sum_over_classes(
      a, [&](Index j) -> T { return j == k ? constant<T>(0) : T(detail::exp<T>(a(j) - a(k)) / x(j)); });
  return -Real(point.classes) * others;
}

}  // namespace concrete::detail
