#pragma once

#include "concrete/detail/blocks.hpp"
#include "concrete/detail/noise_source.hpp"
#include "concrete/distributions/formulas/categorical.hpp"
#include "concrete/distributions/parameters.hpp"
#include "concrete/noise/gumbel.hpp"

namespace concrete::detail {

/// The mathematics of Discrete for one column of logits a. Masked classes (a = -inf) are left out of every sum.
template <class ScalarType>
struct DiscreteFormulas {
  using Scalar = ScalarType;
  using Parameters = CategoricalParameters;
  using Noise = GumbelStrips;
  static constexpr bool unrolls_tiny = false;

  /// The one-hot vector of argmax_k (a_k + g_k).
  template <class Loops, class AnyNoise>
  void sample(const LogitsView<Scalar>& logits, const AnyNoise& noise, const MatrixView<Scalar>& out,
              const MatrixView<Scalar>* /* no density */) const {
    Input<Loops> a(logits.values);
    Entries<Loops> z;
    OneHot<Scalar> winners[Loops::most_columns];
    for_each_columns<Loops>(out.rows, out.cols, [&](const Columns<Loops>& columns) {
      columns.pass([&](const Block& block) {
        a.read(block);
        draw_noise<Loops>(noise, block, z.data());
        Loops::for_each(block, [&](Index k) { z[k] = unless_masked<Scalar>(a[k], Scalar(z[k] + a[k])); });
        for (Index c = 0; c < block.columns; ++c) {
          const ColumnView<const Scalar> scores{z.data() + block.rows * c, block.rows, 1};
          if (block.row == 0) winners[c] = OneHot<Scalar>();
          winners[c].see(scores, block.row);
        }
      });
      for (Index c = 0; c < columns.count; ++c) {
        for (Index k = 0; k < columns.dimension; ++k) out(k, columns.first + c) = winners[c][k];
      }
    });
  }

  /// log P(k) = a_k - lse(a); -inf for a masked class and for an index out of range.
  template <class A>
  static Scalar log_mass(const A& a, Index k) {
    const bool possible = k >= 0 && k < a.size() && !is_masked(a(k));
    return possible ? LogSoftmax<Scalar>(a)(a(k)) : Scalar(-infinity<Scalar>());
  }

  /// The log-mass of a one-hot column.
  template <class A, class X>
  static Scalar log_prob(const A& a, const X& x) {
    const Index category = argmax(x);
    bool has_nan = false, one_hot = true;
    for (Index k = 0; k < x.size(); ++k) {
      has_nan = has_nan || is_nan(x(k));
      one_hot = one_hot && (k == category ? is_one(x(k)) : is_zero(x(k)));
    }
    return has_nan ? quiet_nan<Scalar>() : one_hot ? log_mass(a, category) : Scalar(-infinity<Scalar>());
  }

  /// H = -sum_k p_k log p_k.
  template <class A>
  static Scalar entropy(const A& a) {
    const LogSoftmax<Scalar> log_p(a);
    return sum_over_classes(a, [&](Index k) -> Scalar {
      return product_with_zero<Scalar>(detail::exp<Scalar>(log_p(a(k))), -log_p(a(k)));
    });
  }

  /// KL = sum_k q_k (log q_k - log p_k); +inf where q has a class that p masks.
  template <class AQ, class AP>
  static Scalar kl_divergence(const AQ& a_q, const AP& a_p) {
    for (Index k = 0; k < a_q.size(); ++k) {
      if (is_masked(a_p(k)) && !is_masked(a_q(k))) return infinity<Scalar>();
    }
    const LogSoftmax<Scalar> log_q(a_q), log_p(a_p);
    return at_least_zero(sum_over_classes(a_q, [&](Index k) -> Scalar {
      return product_with_zero<Scalar>(detail::exp<Scalar>(log_q(a_q(k))), log_q(a_q(k)) - log_p(a_p(k)));
    }));
  }

  /// dKL/da_q = q_k (log q_k - log p_k - KL),  dKL/da_p = p_k - q_k; nothing where KL is +inf.
  template <class AQ, class AP, class GradQ, class GradP>
  static void kl_divergence_gradient(const AQ& a_q, const AP& a_p, const Scalar& upstream, GradQ&& grad_q,
                                     GradP&& grad_p) {
    const Scalar kl = kl_divergence(a_q, a_p);
    if (is_infinity(kl)) return;
    const LogSoftmax<Scalar> log_q(a_q), log_p(a_p);
    for (Index k = 0; k < a_q.size(); ++k) {
      if (is_masked(a_p(k))) continue;
      const Scalar q = is_masked(a_q(k)) ? constant<Scalar>(0) : detail::exp<Scalar>(log_q(a_q(k)));
      grad_q(k) += Scalar(upstream * product_with_zero<Scalar>(q, Scalar(log_q(a_q(k)) - log_p(a_p(k))) - kl));
      grad_p(k) += Scalar(upstream * Scalar(detail::exp<Scalar>(log_p(a_p(k))) - q));
    }
  }
};

}  // namespace concrete::detail
