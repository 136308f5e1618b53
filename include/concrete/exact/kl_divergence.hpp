#pragma once

#include "concrete/detail/refusals.hpp"
#include "concrete/exact/families.hpp"
#include "concrete/exact/kl_batches.hpp"

/// \file
/// Divergences of relaxed distributions; those of Discrete and Bernoulli stand with them.

namespace concrete {

/// Kullback-Leibler divergence of q from p in nats, E log q(X) - log p(X) for X from q, without sampling.
///
/// q and p are two Concrete or two ExpConcrete distributions (the divergence is the same), at any two temperatures.
/// With r = t_p / t_q, m = a_p - r a_q, n classes, H the harmonic numbers and G, G' standard Gumbel variables,
///
///   KL = n (E max_k (m_k - r G_k + G'_k) - mean m - H_(n-1) + (r - 1) gamma) - (n - 1) log r,
///
/// where the expected maximum is an integral over one number (detail/expected_maximum.hpp).
///
/// \param q     the distribution that the expectation is taken over, or a batch.
/// \param p     of q's dimension; its batch size divides q's, and column j of q is compared with its column
///              j mod p.batch_size().
/// \return      a Scalar if both logits are vectors by type, else one value per column of q; >= 0, 0 for q itself, +inf
///              where the masks differ. In double within 1e-12 of the value, or within n 1e-14 where that is more.
/// \throws      std::invalid_argument if the shapes do not fit.
/// \note        float is computed in double, with fewer nodes. For float and double a table of the law of G' - r G is
///              made once, in some 0.2 ms; a column then takes 1.5 µs at n = 10, 3 µs with its gradient. Other scalars
///              do without, and take milliseconds a column. Tables and nodes are allocated.
/// \see         Maddison, Mnih, Teh (2017), eq. 20, whose term is estimated from samples.
template <class Q, class P>
requires detail::SameCategorical<Q, P>
[[nodiscard]] auto kl_divergence(const Q& q, const P& p) {
  detail::check_comparable(q, p);
  return detail::categorical_kl_divergence(q, p);
}

/// The divergences with their gradient: with p_k the probability that k is the largest, d/da_p = n p - 1 and
/// d/da_q = -r (n p - 1). With respect to r, j being the largest, it is
///
///   dKL/dr = n (mean a_q + gamma - E (a_qj + G_j)) - (n - 1) / r,
///
/// and with it d/dt_p = dKL/dr / t_q and d/dt_q = -r dKL/dr / t_q.
///
/// \param q         as in kl_divergence(q, p).
/// \param p         as in kl_divergence(q, p).
/// \param upstream  dL/d(value): one number for all columns, or a row with one per column of q. Where it is 0 or the
///                  divergence is +inf, the gradient is 0.
/// \return          {value, q: {logits, temperature}, p: {logits, temperature}}; p's logits summed over the columns of
///                  q compared with them, temperatures over all.
/// \throws          std::invalid_argument if the shapes do not fit.
template <class Q, class P, class U = int>
requires detail::SameCategorical<Q, P>
[[nodiscard]] auto kl_divergence_gradient(const Q& q, const P& p, const U& upstream = 1) {
  detail::check_comparable(q, p);
  return detail::categorical_kl_divergence_gradient(q, p, upstream);
}

/// Kullback-Leibler divergence of independent relaxed binary variables in nats, summed over the entries of each column.
///
/// q and p are two BinaryConcrete or two LogitBinaryConcrete distributions (the divergence is the same), at any two
/// temperatures. With r = t_p / t_q, delta = r a_q - a_p and L standard Logistic, each entry adds
///
///   f_r(delta) = E log(2 cosh r L + 2 cosh delta) - log r - 2,   f_1(delta) = delta coth(delta / 2) - 2.
///
/// \param q     the distribution that the expectation is taken over, or a batch.
/// \param p     of q's dimension; its batch size divides q's, and column j of q is compared with its column
///              j mod p.batch_size().
/// \return      a Scalar if both logits are vectors by type, else one value per column of q; >= 0, and 0 for q itself.
///              Within 1e-12 of the value in double (1e-15 absolute), 2e-6 in float.
/// \throws      std::invalid_argument if the shapes do not fit.
/// \note        At unequal temperatures an entry takes 18 logarithms in float, 64 in double, where from 1000 entries on
///              a table of polynomials takes their place; at equal ones it takes a division or two.
template <class Q, class P>
requires detail::SameBinary<Q, P>
[[nodiscard]] auto kl_divergence(const Q& q, const P& p) {
  detail::check_comparable(q, p);
  return detail::binary_kl_divergence(q, p);
}

/// The divergences with their gradient: d/da_q = r f', d/da_p = -f', f' = E sinh delta / (cosh r L + cosh delta). With
/// respect to r, an entry's is
///
///   dKL/dr = a_q f' + E L sinh r L / (cosh r L + cosh delta) - 1 / r,
///
/// and with it d/dt_p = dKL/dr / t_q and d/dt_q = -r dKL/dr / t_q.
///
/// \param q         as in kl_divergence(q, p).
/// \param p         as in kl_divergence(q, p).
/// \param upstream  dL/d(value): one number for all columns, or a row with one per column of q.
/// \return          {value, q: {logits, temperature}, p: {logits, temperature}}; p's logits summed over the columns of
///                  q compared with them, temperatures over all.
/// \throws          std::invalid_argument if the shapes do not fit.
template <class Q, class P, class U = int>
requires detail::SameBinary<Q, P>
[[nodiscard]] auto kl_divergence_gradient(const Q& q, const P& p, const U& upstream = 1) {
  detail::check_comparable(q, p);
  return detail::binary_kl_divergence_gradient(q, p, upstream);
}

template <detail::AnyDistribution D, class... X>
detail::Refused kl_divergence(const D&, const X&...) = delete;  // concrete: (q, p) of one class: convert by logits()
template <detail::AnyDistribution D, class... X>
detail::Refused kl_divergence_gradient(const D&, const X&...) = delete;  // concrete: (q, p[, upstream]) of one class

}  // namespace concrete
