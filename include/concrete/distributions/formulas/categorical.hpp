#pragma once

#include <limits>

#include "concrete/detail/blocks.hpp"
#include "concrete/detail/reductions.hpp"

// Sums and checks over the classes of one column that are not masked, shared by the categorical distributions.

namespace concrete::detail {

/// Number of classes that are not masked.
template <class A>
Index count_classes(const A& a) {
  Index count = 0;
  for (Index k = 0; k < a.size(); ++k) count += is_masked(a(k)) ? 0 : 1;
  return count;
}

/// Sum of term(k) over the classes k that are not masked.
template <class A, class Term>
typename A::Scalar sum_over_classes(const A& a, const Term& term) {
  using Scalar = typename A::Scalar;
  return sum<Scalar>(a.size(), [&](Index k) -> Scalar { return is_masked(a(k)) ? constant<Scalar>(0) : term(k); });
}

/// a_k - lse(a) as a function of a_k, for a column of logits.
template <class Scalar>
class LogSoftmax {
 public:
  template <class A>
  explicit LogSoftmax(const A& a) : norm_(log_sum_exp(a)), log_total_(detail::log<Scalar>(norm_.total)) {}
  Scalar operator()(const Scalar& a_k) const { return (a_k - norm_.top) - log_total_; }

 private:
  LogSumExp<Scalar> norm_;
  Scalar log_total_;
};

/// The place of the largest entry, the first of equals.
template <class Column>
Index argmax(const Column& column) {
  Index best = 0;
  for (Index k = 1; k < column.size(); ++k) {
    if (column(best) < column(k)) best = k;
  }
  return best;
}

/// The one-hot vector of the largest of the scores that it has seen, the first of equals; NaN throughout if one was.
template <class Scalar>
class OneHot {
 public:
  /// \param first  the index of the first of these scores among all.
  template <class Column>
  void see(const Column& scores, Index first) {
    for (Index k = 0; k < scores.size(); ++k) {
      has_nan_ = has_nan_ || is_nan(scores(k));
      if (best_ < 0 || largest_ < scores(k)) {
        best_ = first + k;
        largest_ = scores(k);
      }
    }
  }
  Scalar operator[](Index k) const { return has_nan_ ? quiet_nan<Scalar>() : constant<Scalar>(k == best_ ? 1 : 0); }

 private:
  Index best_ = -1;
  Scalar largest_ = constant<Scalar>(0);
  bool has_nan_ = false;
};

/// Whether mass(k), the point's k-th coordinate on the simplex, is >= 0, 0 for masked classes, and sums to one up to
/// rounding, which grows with the number of classes.
template <class A, class Mass>
bool is_on_simplex(const A& a, const Mass& mass) {
  using Scalar = typename A::Scalar;
  using Real = PlainScalar<Scalar>;
  for (Index k = 0; k < a.size(); ++k) {
    const Scalar x = mass(k);
    if (!(x >= Real(0)) || (is_masked(a(k)) && x > Real(0))) return false;
  }
  const Scalar excess = sum<Scalar>(a.size(), mass) - Real(1);
  const Real tolerance = static_cast<Real>(a.size() + 16) * std::numeric_limits<Real>::epsilon();
  return detail::abs(excess) <= tolerance;
}

}  // namespace concrete::detail
