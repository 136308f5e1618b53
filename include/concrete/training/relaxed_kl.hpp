#pragma once

#include <utility>

#include "concrete/detail/refusals.hpp"
#include "concrete/distributions/divergence.hpp"
#include "concrete/exact/families.hpp"

/// \file
/// Three treatments of the KL term of a variational objective whose discrete posterior q and prior p were relaxed, as
/// functions with gradients.
///
///   relaxed_kl       log q(y) - log p(y) of the relaxed densities: the only one that gives a lower bound (eq. 20)
///   relaxed_mass_kl  the discrete log-masses, linear in the one-hot vector, at the relaxed sample (eq. 21)
///   discrete_kl      the analytic divergence of the discrete limits (eq. 22)
///
/// The mean of the first, without its noise, is kl_divergence(q, p) of exact/kl_divergence.hpp: the better choice with
/// one sample. Bounds of several samples need the densities of each.
///
/// Equations of Maddison, Mnih, Teh (2017), The Concrete Distribution, appendix C. All are to be subtracted from
/// log p(x | y). q and p are both ExpConcrete or both LogitBinaryConcrete, and p's batch size divides q's: one prior
/// serves a batch of posteriors. The gradients obey one contract, that of RelaxedKlGradient.

namespace concrete {

/// Values of a KL term, one per sample, and the gradient of sum_j upstream_j value_j.
///
/// The total gradient of an objective with respect to q's parameters is
///
///   result.q + q.pathwise_gradient(y, result.sample + dL/dy of everything else)
///
/// \tparam Value    a plain Eigen row vector, or a Scalar for vectors by type.
/// \tparam Sample   the plain Eigen matrix of the samples.
/// \tparam QLogits  the plain Eigen matrix of the logits of q.
/// \tparam PLogits  the plain Eigen matrix of the logits of p.
template <class Value, class Sample, class QLogits, class PLogits>
struct RelaxedKlGradient {
  Value value;                   ///< the terms themselves: nats, 1 x mB
  Sample sample;                 ///< n x mB, to be passed on to q.pathwise_gradient
  ParameterGradient<QLogits> q;  ///< what does not go through the sample
  ParameterGradient<PLogits> p;  ///< summed over the samples compared with each column of p
};

namespace detail {

/// The discrete log-mass as a linear function of the relaxed sample, and the dimension of the relaxed density's space,
/// for one column of each log-scale class. `x` and gradients are on the simplex or in (0, 1).
template <class Distribution>
struct RelaxedMass;

template <class Logits>
struct RelaxedMass<ExpConcrete<Logits>> {
  using Scalar = typename Logits::Scalar;

  template <class A>
  static Index degrees_of_freedom(const A& a) {
    return count_classes(a) - 1;
  }

  /// sum_k x_k (log q_k - log p_k); calls on_slope(k, the bracket) for every k.
  template <class AQ, class AP, class X, class OnSlope>
  static Scalar log_ratio(const AQ& a_q, const AP& a_p, const X& x, const OnSlope& on_slope) {
    const LogSoftmax<Scalar> log_q(a_q), log_p(a_p);
    return sum<Scalar>(x.size(), [&](Index k) {
      const Scalar slope = is_masked(a_q(k)) ? constant<Scalar>(0) : Scalar(log_q(a_q(k)) - log_p(a_p(k)));
      on_slope(k, slope);
      return product_with_zero<Scalar>(x(k), slope);
    });
  }

  /// grad += w d/da sum_k x_k log softmax(a)_k = w (x - softmax(a) sum_k x_k).
  template <class A, class X, class Grad>
  static void add_log_mass_gradient(const A& a, const X& x, const Scalar& w, Grad&& grad) {
    const LogSoftmax<Scalar> log_mass(a);
    const Scalar total = sum_over_classes(a, [&](Index k) -> Scalar { return x(k); });
    for (Index k = 0; k < a.size(); ++k) {
      if (!is_masked(a(k))) grad(k) += Scalar(w * Scalar(x(k) - Scalar(detail::exp<Scalar>(log_mass(a(k))) * total)));
    }
  }
};

template <class Logits>
struct RelaxedMass<LogitBinaryConcrete<Logits>> {
  using Scalar = typename Logits::Scalar;

  template <class A>
  static Index degrees_of_freedom(const A& a) {
    return a.size();
  }

  /// sum_i x_i (a_q - a_p)_i - softplus(a_q)_i + softplus(a_p)_i; calls on_slope(i, the bracket) for every i.
  template <class AQ, class AP, class X, class OnSlope>
  static Scalar log_ratio(const AQ& a_q, const AP& a_p, const X& x, const OnSlope& on_slope) {
    return sum<Scalar>(x.size(), [&](Index i) -> Scalar {
      const Scalar slope = a_q(i) - a_p(i);
      on_slope(i, slope);
      return Scalar(x(i) * slope) - Scalar(softplus<Scalar>(a_q(i)) - softplus<Scalar>(a_p(i)));
    });
  }

  /// grad += w d/da sum_i (x_i a_i - softplus(a_i)) = w (x - sigmoid(a)).
  template <class A, class X, class Grad>
  static void add_log_mass_gradient(const A& a, const X& x, const Scalar& w, Grad&& grad) {
    for (Index i = 0; i < a.size(); ++i) grad(i) += Scalar(w * Scalar(x(i) - sigmoid<Scalar>(a(i))));
  }
};

template <class D>
concept HasLimit = requires(const D& d) {
  d.discrete();
};

template <class D>
inline constexpr bool is_log_class = is_exp_concrete<D> || is_logit_binary_concrete<D>;

template <class Q, class P>
constexpr void check_log_classes() {
  constexpr bool in_log_space = is_log_class<Q> && is_log_class<P>;
  static_assert(in_log_space,
                "concrete: KL terms are computed in log space; "
                "use ExpConcrete for Concrete and LogitBinaryConcrete for BinaryConcrete");
  static_assert(!in_log_space || is_exp_concrete<Q> == is_exp_concrete<P>,
                "concrete: q and p must be both ExpConcrete or both LogitBinaryConcrete");
}

/// log q - log p of each of `cols` samples.
template <class Value, class LogQ, class LogP>
Value log_ratios(const LogQ& log_q, const LogP& log_p, Index cols) {
  auto result = uninitialised_per_column<Value>(cols);
  for (Index j = 0; j < cols; ++j) entry(result, j) = log_q(j) - entry(log_p, j);
  return result;
}

/// Calls visit(j, q_column, p_column) for every column j of a sample.
template <class Q, class P, class Visit>
void for_each_pair(const Q& q, const P& p, Index cols, const Visit& visit) {
  for (Index j = 0; j < cols; ++j) visit(j, j % q.batch_size(), j % p.batch_size());
}

}  // namespace detail

/// The KL term by relaxed densities, log q(y) - log p(y) of each sample (eq. 20): an unbiased estimate of the
/// divergence of the relaxed distributions, and the treatment that keeps the objective a lower bound.
///
/// \param q      the posterior.
/// \param p      the prior.
/// \param y      n x mB samples of q.
/// \param log_q  their log-densities under q as sample_and_log_prob returned them: 1 x mB, or one number.
/// \return       nats, one per sample: a Scalar if the logits and y are vectors by type, else 1 x mB.
/// \throws       std::invalid_argument if the shapes do not fit.
/// \see          Maddison, Mnih, Teh (2017), eq. 20.
template <class Q, class P, class Y, class L>
[[nodiscard]] auto relaxed_kl(const Q& q, const P& p, const Y& y, const L& log_q) {
  using Scalar = typename Q::Scalar;
  detail::check_log_classes<Q, P>();
  detail::check_comparable(q, p);
  const auto points = detail::read_batch(y, "sample", q.logits());
  const detail::Upstream<Scalar, L> log_q_of(log_q, points.cols(), "log_q");
  using Value = detail::PerColumn<Scalar, typename Q::Logits, Y>;
  return detail::log_ratios<Value>(log_q_of, p.log_prob(points), points.cols());
}

/// The KL term by relaxed densities, with log q(y) computed from the samples.
///
/// \param q     the posterior.
/// \param p     the prior.
/// \param y     n x mB samples of q.
/// \return      nats, one per sample: a Scalar if the logits and y are vectors by type, else 1 x mB.
/// \throws      std::invalid_argument if the shapes do not fit.
/// \see         Maddison, Mnih, Teh (2017), eq. 20.
template <class Q, class P, class Y>
[[nodiscard]] auto relaxed_kl(const Q& q, const P& p, const Y& y) {
  return relaxed_kl(q, p, y, q.log_prob(y));
}

/// relaxed_kl with its gradient. log q is taken as the function of the noise that it is at q's own sample: it does
/// not depend on q's logits, and its derivative with respect to q's temperature is (n - 1) / temperature for each
/// column of n unmasked classes, 1 / temperature for each binary entry.
///
/// \param q         the posterior.
/// \param p         the prior.
/// \param y         n x mB samples of q.
/// \param log_q     their log-densities under q as sample_and_log_prob returned them: 1 x mB, or one number.
/// \param upstream  dL/d(value): one number for all samples, or 1 x mB.
/// \return          {value, sample, q, p}, to be combined as RelaxedKlGradient says.
/// \throws          std::invalid_argument if the shapes do not fit.
template <class Q, class P, class Y, class L, class U = int>
[[nodiscard]] auto relaxed_kl_gradient(const Q& q, const P& p, const Y& y, const L& log_q, const U& upstream = 1) {
  using Scalar = typename Q::Scalar;
  using Logits = typename Q::Logits;
  detail::check_log_classes<Q, P>();
  detail::check_comparable(q, p);
  const auto points = detail::read_batch(y, "sample", q.logits());
  const detail::Upstream<Scalar, L> log_q_of(log_q, points.cols(), "log_q");
  const detail::Upstream<Scalar, U> weight(upstream, points.cols());
  detail::RowFor<Scalar, Y> minus_weight(1, points.cols());
  Scalar grad_temperature = detail::constant<Scalar>(0);
  const auto of_q = detail::view_of(q.logits());
  detail::for_each_pair(q, p, points.cols(), [&](Eigen::Index j, Eigen::Index b, Eigen::Index) {
    const auto freedom = detail::RelaxedMass<Q>::degrees_of_freedom(of_q.col(b));
    grad_temperature += Scalar(Scalar(weight(j) * detail::PlainScalar<Scalar>(freedom)) / q.temperature());
    minus_weight(j) = -weight(j);
  });
  auto of_prior = p.log_prob_gradient(points, minus_weight);
  using Value = detail::PerColumn<Scalar, Logits, Y>;
  auto value = detail::log_ratios<Value>(log_q_of, of_prior.value, points.cols());
  Logits grad_logits = Logits::Constant(q.dimension(), q.batch_size(), detail::constant<Scalar>(0));
  return RelaxedKlGradient<Value, decltype(of_prior.sample), Logits, typename P::Logits>{
      std::move(value),
      std::move(of_prior.sample),
      {std::move(grad_logits), grad_temperature},
      {std::move(of_prior.logits), of_prior.temperature}};
}

/// The KL term by discrete log-masses at the relaxed samples, sum_k x_k (log q_k - log p_k) with x = to_concrete(y)
/// (eq. 21); binary, sum_i x_i log(q_i / p_i) + (1 - x_i) log((1 - q_i) / (1 - p_i)). Not the logarithm of a density:
/// the objective is no lower bound.
///
/// \param q     the posterior.
/// \param p     the prior.
/// \param y     n x mB samples of q.
/// \return      nats, one per sample: a Scalar if the logits and y are vectors by type, else 1 x mB; +inf where a
///              sample has mass on a class that p masks.
/// \throws      std::invalid_argument if the shapes do not fit.
/// \see         Maddison, Mnih, Teh (2017), eq. 21.
template <class Q, class P, class Y>
[[nodiscard]] auto relaxed_mass_kl(const Q& q, const P& p, const Y& y) {
  using Scalar = typename Q::Scalar;
  using Mass = detail::RelaxedMass<Q>;
  detail::check_log_classes<Q, P>();
  detail::check_comparable(q, p);
  const auto points = detail::read_batch(y, "sample", q.logits());
  const detail::AnswerTo<Scalar, typename Q::Logits, Y> x = Q::to_concrete(points);
  const auto of_q = detail::view_of(q.logits()), of_p = detail::view_of(p.logits()), of_x = detail::view_of(x);
  auto result = detail::uninitialised_per_column<detail::PerColumn<Scalar, typename Q::Logits, Y>>(points.cols());
  detail::for_each_pair(q, p, points.cols(), [&](Eigen::Index j, Eigen::Index b, Eigen::Index c) {
    detail::entry(result, j) =
        Mass::log_ratio(of_q.col(b), of_p.col(c), of_x.col(j), [](Eigen::Index, const Scalar&) {});
  });
  return result;
}

/// relaxed_mass_kl with its gradient.
///
/// \param q         the posterior.
/// \param p         the prior.
/// \param y         n x mB samples of q.
/// \param upstream  dL/d(value): one number for all samples, or 1 x mB. Where it is 0 or the value is +inf, the
///                  gradient is 0.
/// \return          {value, sample, q, p}, to be combined as RelaxedKlGradient says; both temperatures 0.
/// \throws          std::invalid_argument if the shapes do not fit.
template <class Q, class P, class Y, class U = int>
[[nodiscard]] auto relaxed_mass_kl_gradient(const Q& q, const P& p, const Y& y, const U& upstream = 1) {
  using Scalar = typename Q::Scalar;
  using QLogits = typename Q::Logits;
  using PLogits = typename P::Logits;
  using Value = detail::PerColumn<Scalar, QLogits, Y>;
  using Sample = detail::AnswerTo<Scalar, QLogits, Y>;
  using Mass = detail::RelaxedMass<Q>;
  detail::check_log_classes<Q, P>();
  detail::check_comparable(q, p);
  const auto points = detail::read_batch(y, "sample", q.logits());
  const detail::Upstream<Scalar, U> weight(upstream, points.cols());
  const Scalar zero = detail::constant<Scalar>(0);
  const Sample x = Q::to_concrete(points);
  const auto of_q = detail::view_of(q.logits()), of_p = detail::view_of(p.logits()), of_x = detail::view_of(x);
  RelaxedKlGradient<Value, Sample, QLogits, PLogits> result{
      detail::uninitialised_per_column<Value>(points.cols()),
      detail::uninitialised<Sample>(points.rows(), points.cols()),
      {QLogits::Constant(q.dimension(), q.batch_size(), zero), zero},
      {PLogits::Constant(p.dimension(), p.batch_size(), zero), zero}};
  detail::for_each_pair(q, p, points.cols(), [&](Eigen::Index j, Eigen::Index b, Eigen::Index c) {
    const auto grad_x = detail::writable_view_of(result.sample).col(j);
    const Scalar value = Mass::log_ratio(of_q.col(b), of_p.col(c), of_x.col(j),
                                         [&](Eigen::Index k, const Scalar& slope) { grad_x(k) = slope; });
    detail::entry(result.value, j) = value;
    const Scalar w = detail::is_infinity(value) ? zero : weight(j);
    for (Eigen::Index k = 0; k < grad_x.size(); ++k) grad_x(k) = detail::product_with_zero<Scalar>(w, grad_x(k));
    if (detail::has_no_effect<Scalar>(w, value)) return;
    Mass::add_log_mass_gradient(of_q.col(b), of_x.col(j), w, detail::writable_view_of(result.q.logits).col(b));
    Mass::add_log_mass_gradient(of_p.col(c), of_x.col(j), Scalar(-w), detail::writable_view_of(result.p.logits).col(c));
  });
  Q::to_concrete_gradient(points, result.sample, result.sample);
  return result;
}

/// The KL term by the analytic divergence of the discrete limits, KL(q.discrete() | p.discrete()) (eq. 22): no sampling
/// noise, but the decoder sees relaxed samples, so the objective is no lower bound.
///
/// \param q     the posterior.
/// \param p     the prior.
/// \return      nats, one per column of q: a Scalar if both logits are vectors by type, else 1 x B; +inf where q has a
///              class that p masks.
/// \throws      std::invalid_argument if the shapes do not fit.
/// \see         Maddison, Mnih, Teh (2017), eq. 22; Jang, Gu, Poole (2017), Categorical Reparameterization with
///              Gumbel-Softmax.
template <detail::HasLimit Q, detail::HasLimit P>
[[nodiscard]] auto discrete_kl(const Q& q, const P& p) {
  return kl_divergence(q.discrete(), p.discrete());
}

/// discrete_kl with its gradient; nothing of it goes through the sample.
///
/// \param q         the posterior.
/// \param p         the prior.
/// \param upstream  dL/d(value): one number for all columns, or 1 x B.
/// \return          {value, q, p}; both temperatures 0.
/// \throws          std::invalid_argument if the shapes do not fit.
template <detail::HasLimit Q, detail::HasLimit P, class U = int>
[[nodiscard]] auto discrete_kl_gradient(const Q& q, const P& p, const U& upstream = 1) {
  return kl_divergence_gradient(q.discrete(), p.discrete(), upstream);
}

template <detail::AnyDistribution D, class... X>
detail::Refused relaxed_kl(const D&, const X&...) = delete;  // concrete: relaxed_kl(q, p, y), or with log_q behind y
template <detail::AnyDistribution D, class... X>
detail::Refused relaxed_kl_gradient(const D&, const X&...) = delete;  // concrete: (q, p, y, log_q) or with upstream
template <detail::AnyDistribution D, class... X>
detail::Refused discrete_kl(const D&, const X&...) = delete;  // concrete: of discrete classes it is kl_divergence(q, p)
template <detail::AnyDistribution D, class... X>
detail::Refused relaxed_mass_kl(const D&, const X&...) = delete;  // concrete: (q, p, y)
template <detail::AnyDistribution D, class... X>
detail::Refused relaxed_mass_kl_gradient(const D&, const X&...) = delete;  // concrete: (q, p, y[, upstream])
template <detail::AnyDistribution D, class... X>
detail::Refused discrete_kl_gradient(const D&, const X&...) = delete;  // concrete: it is kl_divergence_gradient

}  // namespace concrete
