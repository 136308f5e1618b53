#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

#include "concrete/distributions/divergence.hpp"
#include "concrete/exact/formulas/binary_divergence.hpp"
#include "concrete/exact/formulas/categorical_divergence.hpp"
#include "concrete/exact/paired_entries.hpp"

// Divergences of batches: which entries and columns of q and p belong together, and where values and gradients go.

namespace concrete::detail {

/// t_p / t_q as a Number; of temperatures that are too far apart for it, the last ratio that still has a square and a
/// reciprocal.
template <class Number, class Q, class P>
Number temperature_ratio(const Q& q, const P& p) {
  using Real = PlainScalar<Number>;
  const Real most = std::sqrt((std::numeric_limits<Real>::max)()) / 4, least = 1 / most;
  const Number ratio = static_cast<Number>(p.temperature()) / static_cast<Number>(q.temperature());
  return ratio > most ? constant<Number>(most) : ratio < least ? constant<Number>(least) : ratio;
}

template <class Q, class P>
using KlGradient = KlDivergenceGradient<DivergenceValue<Q, P>, typename Q::Logits, typename P::Logits>;

/// A gradient of zeros, with room for the values.
template <class Q, class P>
KlGradient<Q, P> zero_kl_gradient(const Q& q, const P& p) {
  const auto zero = constant<typename Q::Scalar>(0);
  return {uninitialised_per_column<DivergenceValue<Q, P>>(q.batch_size()),
          {Q::Logits::Constant(q.dimension(), q.batch_size(), zero), zero},
          {P::Logits::Constant(p.dimension(), p.batch_size(), zero), zero}};
}

/// From the derivative with respect to r = t_p / t_q to those with respect to the two.
template <class Q, class P>
void set_temperature_gradients(const Q& q, const P& p, const typename Q::Scalar& of_ratio, KlGradient<Q, P>& gradient) {
  gradient.p.temperature = of_ratio / q.temperature();
  gradient.q.temperature = -(gradient.p.temperature * temperature_ratio<typename Q::Scalar>(q, p));
}

/// What has overflowed, or is about to, as a number with which sums and differences are finite.
template <class Scalar>
CONCRETE_ALWAYS_INLINE Scalar within_range(const Scalar& x) {
  using Real = PlainScalar<Scalar>;
  constexpr Real most = (std::numeric_limits<Real>::max)() / 8;
  if constexpr (ElementaryScalar<Scalar>) {
    const Scalar size = std::abs(x);
    return std::copysign(select(mask_less(size, most), size, most), x);
  } else {
    return x > most ? constant<Scalar>(most) : x < -most ? constant<Scalar>(-most) : x;
  }
}

/// Calls visit(run, at, first) for every run of entries of q and p, whose divergences are at.rise[first] and on.
template <class Q, class P, class Visit>
void for_each_binary_divergence(const Q& q, const P& p, const BinaryDivergenceFunction<typename Q::Scalar>& f,
                                const Visit& visit) {
  using Scalar = typename Q::Scalar;
  using Divergences = BinaryDivergences<Scalar>;
  const Scalar ratio = temperature_ratio<Scalar>(q, p);
  Divergences at;
  PairedEntries entries(q.dimension(), q.batch_size(), p.batch_size());
  while (!entries.done()) {
    PairedEntries again = entries;
    for (at.count = 0; at.count < Divergences::capacity && !entries.done();) {
      const auto run = entries.next(Divergences::capacity - at.count);
      const auto a_q = run.of_q(q.logits());
      const auto a_p = run.of_p(p.logits());
      for (Index k = 0; k < run.length; ++k) {
        at.delta[at.count + k] = within_range<Scalar>(Scalar(ratio * a_q(k)) - a_p(k));
      }
      at.count += run.length;
    }
    at.fill_up_strip();
    f(at);
    for (Index first = 0; first < at.count;) {
      const auto run = again.next(at.count - first);
      visit(run, at, first);
      first += run.length;
    }
  }
}

/// value(j) <- sum of f_r(delta) over column j, of which `run` is a part.
template <class Value, class Scalar>
void add_binary_divergences(const PairedEntries::Run& run, const BinaryDivergences<Scalar>& at, Index first,
                            Value& value) {
  if (run.along_row) {
    for (Index k = 0; k < run.length; ++k) entry(value, run.column + k) += at.rise[first + k];
  } else {
    entry(value, run.column) += sum<Scalar>(run.length, [&](Index k) { return at.rise[first + k]; });
  }
}

template <class Q, class P>
auto binary_kl_divergence(const Q& q, const P& p) {
  using Scalar = typename Q::Scalar;
  const BinaryDivergenceFunction<Scalar> f(temperature_ratio<Scalar>(q, p), q.logits().size());
  auto result = uninitialised_per_column<DivergenceValue<Q, P>>(q.batch_size());
  const Scalar least = PlainScalar<Scalar>(q.dimension()) * f.at_zero();
  for (Index j = 0; j < q.batch_size(); ++j) entry(result, j) = least;
  for_each_binary_divergence(
      q, p, f, [&](const auto& run, const auto& at, Index first) { add_binary_divergences(run, at, first, result); });
  return result;
}

template <class Q, class P, class U>
auto binary_kl_divergence_gradient(const Q& q, const P& p, const U& upstream) {
  using Scalar = typename Q::Scalar;
  using Number = Integrated<Scalar>;  // of long sums
  const Upstream<Scalar, U> weight(upstream, q.batch_size());
  const Scalar ratio = temperature_ratio<Scalar>(q, p);
  const BinaryDivergenceFunction<Scalar> f(ratio, q.logits().size());
  auto result = zero_kl_gradient(q, p);
  const Scalar least = PlainScalar<Scalar>(q.dimension()) * f.at_zero();
  for (Index j = 0; j < q.batch_size(); ++j) entry(result.value, j) = least;
  const Number weights = sum<Number>(q.batch_size(), [&](Index j) -> Number { return static_cast<Number>(weight(j)); });
  Number of_ratio = Number(weights * static_cast<Number>(f.at_zero_slope())) * PlainScalar<Number>(q.dimension());
  for_each_binary_divergence(q, p, f, [&](const auto& run, const auto& at, Index first) {
    add_binary_divergences(run, at, first, result.value);
    const auto a_q = run.of_q(q.logits());
    const auto grad_q = run.of_q(result.q.logits);
    const auto grad_p = run.of_p(result.p.logits);
    const auto slope = [&](Index k) {
      return product_with_zero<Scalar>(weight(run.column_at(k)), at.slope[first + k]);
    };
    for (Index k = 0; k < run.length; ++k) grad_q(k) = ratio * slope(k);  // dKL/da_q = r f', dKL/da_p = -f'
    if (grad_p.stride == 0) {
      grad_p(0) -= sum<Scalar>(run.length, slope);
    } else {
      for (Index k = 0; k < run.length; ++k) grad_p(k) -= slope(k);
    }
    of_ratio += static_cast<Number>(sum<Scalar>(run.length, [&](Index k) -> Scalar {
      const Scalar along = Scalar(at.slope[first + k] * within_range<Scalar>(a_q(k))) + at.ratio_slope[first + k];
      return product_with_zero<Scalar>(weight(run.column_at(k)), along);
    }));
  });
  set_temperature_gradients(q, p, static_cast<Scalar>(of_ratio), result);
  return result;
}

/// The classes that q and p leave in one pair of columns, with m = a_p - r a_q less its maximum.
template <class Scalar>
struct SharedClasses {
  std::vector<Index> classes;
  std::vector<Scalar> m;

  /// False if the masks differ, or the numbers overflow: either way the divergence is infinite.
  template <class AQ, class AP>
  bool collect(const AQ& a_q, const AP& a_p, const Scalar& ratio) {
    classes.clear();
    m.clear();
    for (Index k = 0; k < a_q.size(); ++k) {
      if (is_masked(a_q(k)) != is_masked(a_p(k))) return false;
      if (is_masked(a_q(k))) continue;
      classes.push_back(k);
      m.push_back(static_cast<Scalar>(a_p(k)) - Scalar(ratio * static_cast<Scalar>(a_q(k))));
    }
    return is_finite(subtract_maximum(m));
  }
};

template <class Q, class P>
auto categorical_divergence(const Q& q, const P& p, bool with_gradient) {
  using Number = Integrated<typename Q::Scalar>;
  const Number ratio = temperature_ratio<Number>(q, p);
  SharedClasses<Number> shared;
  PlainScalar<Number> range = 0;
  for (Index j = 0; j < q.batch_size(); ++j) {
    if (shared.collect(q.logits().col(j), p.logits().col(j % p.batch_size()), ratio)) {
      range = (std::max)(range, range_of(shared.m));
    }
  }
  return CategoricalDivergence<Number>(ratio, q.dimension(), range, q.batch_size(), with_gradient,
                                       tail_depth_for<typename Q::Scalar>);
}

template <class Q, class P>
auto categorical_kl_divergence(const Q& q, const P& p) {
  using Scalar = typename Q::Scalar;
  using Number = Integrated<Scalar>;
  const Number ratio = temperature_ratio<Number>(q, p);
  auto divergence = categorical_divergence(q, p, false);
  auto result = uninitialised_per_column<DivergenceValue<Q, P>>(q.batch_size());
  SharedClasses<Number> shared;
  for (Index j = 0; j < q.batch_size(); ++j) {
    const bool finite = shared.collect(q.logits().col(j), p.logits().col(j % p.batch_size()), ratio);
    entry(result, j) = finite ? static_cast<Scalar>(divergence.start(shared.m)) : infinity<Scalar>();
  }
  return result;
}

template <class Q, class P, class U>
auto categorical_kl_divergence_gradient(const Q& q, const P& p, const U& upstream) {
  using Scalar = typename Q::Scalar;
  using Number = Integrated<Scalar>;
  const Upstream<Scalar, U> weight(upstream, q.batch_size());
  const Number ratio = temperature_ratio<Number>(q, p);
  auto divergence = categorical_divergence(q, p, true);
  auto result = zero_kl_gradient(q, p);
  SharedClasses<Number> shared;
  std::vector<Number> slopes;
  Number of_ratio = constant<Number>(0);
  for (Index j = 0; j < q.batch_size(); ++j) {
    const Index b = j % p.batch_size();
    const bool finite = shared.collect(q.logits().col(j), p.logits().col(b), ratio);
    entry(result.value, j) = finite ? static_cast<Scalar>(divergence.start(shared.m)) : infinity<Scalar>();
    const Number w = static_cast<Number>(weight(j));
    if (!finite || has_no_effect(w, static_cast<Number>(entry(result.value, j)))) continue;
    slopes.resize(shared.m.size());
    Number slope = divergence.gradient(slopes);
    const Number reference = static_cast<Number>(q.logits()(shared.classes.front(), j));  // the slopes add up to 0
    for (std::size_t k = 0; k < slopes.size(); ++k) {
      const Index row = shared.classes[k];
      slope -= Number(slopes[k] * within_range<Number>(static_cast<Number>(q.logits()(row, j)) - reference));
      result.q.logits(row, j) = static_cast<Scalar>(Number(-Number(w * ratio) * slopes[k]));
      result.p.logits(row, b) += static_cast<Scalar>(Number(w * slopes[k]));
    }
    of_ratio += Number(w * slope);
  }
  set_temperature_gradients(q, p, static_cast<Scalar>(of_ratio), result);
  return result;
}

}  // namespace concrete::detail
