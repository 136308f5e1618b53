#pragma once

#include <cmath>
#include <concepts>

#include "concrete/detail/blocks.hpp"
#include "concrete/detail/noise_source.hpp"
#include "concrete/distributions/parameters.hpp"
#include "concrete/noise/logistic.hpp"

namespace concrete::detail {

/// 1 where x is above the threshold, else 0; NaN stays.
template <class Scalar>
Scalar step(const Scalar& x, const Scalar& threshold) {
  return is_nan(x) ? x : constant<Scalar>(x > threshold ? 1 : 0);
}

/// The mathematics of Bernoulli, entry by entry of a column of logits a.
template <class ScalarType>
struct BernoulliFormulas {
  using Scalar = ScalarType;
  using Parameters = BinaryParameters;
  using Noise = LogisticStrips;
  static constexpr bool unrolls_tiny = false;

  /// 1 where a + l > 0, else 0.
  template <class Loops, class AnyNoise>
  void sample(const LogitsView<Scalar>& logits, const AnyNoise& noise, const MatrixView<Scalar>& out,
              const MatrixView<Scalar>* /* no density */) const {
    Input<Loops> a(logits.values);
    Output<Loops> z(out);
    for_each_columns<Loops>(out.rows, out.cols, [&](const Columns<Loops>& columns) {
      columns.pass([&](const Block& block) {
        a.read(block);
        z.place(block);
        draw_noise<Loops>(noise, block, z.data());
        Loops::for_each(block, [&](Index i) { z[i] = step<Scalar>(a[i] + z[i], constant<Scalar>(0)); });
        z.store(block);
      });
    });
  }

  /// log P(1) = -softplus(-a), log P(0) = -softplus(a) of one entry; -inf anywhere else, NaN at NaN.
  template <class Value>
  static Scalar log_mass(const Scalar& a, const Value& x) {
    if (is_nan(x)) return quiet_nan<Scalar>();
    if (equal(x, Value(1))) return -softplus<Scalar>(-a);
    return equal(x, Value(0)) ? Scalar(-softplus<Scalar>(a)) : Scalar(-infinity<Scalar>());
  }

  /// H = softplus(a) - a sigmoid(a), even in a.
  static Scalar entropy(const Scalar& a) {
    const Scalar tail = -detail::abs(a);
    return softplus<Scalar>(tail) - Scalar(tail * sigmoid<Scalar>(tail));
  }

  /// KL = softplus(a_p) - softplus(a_q) - (a_p - a_q) sigmoid(a_q), mirrored to a_q <= 0 where its terms are small; for
  /// close logits softplus(a_p) - softplus(a_q) = log1p(sigmoid(a_q) expm1(a_p - a_q)).
  static Scalar kl_divergence(const Scalar& a_q, const Scalar& a_p) {
    using Real = PlainScalar<Scalar>;
    const Real sign = a_q > Real(0) ? -1 : 1;
    const Scalar q = sigmoid<Scalar>(sign * a_q), step_up = sign * (a_p - a_q);
    Scalar rise = softplus<Scalar>(sign * a_p) - softplus<Scalar>(sign * a_q);
    if constexpr (std::floating_point<Scalar>) {
      if (detail::abs(step_up) < Real(1)) rise = std::log1p(q * std::expm1(step_up));
    }
    return at_least_zero<Scalar>(rise - product_with_zero<Scalar>(q, step_up));
  }
};

}  // namespace concrete::detail
