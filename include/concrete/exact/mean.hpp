#pragma once

#include <cstddef>
#include <vector>

#include "concrete/detail/refusals.hpp"
#include "concrete/distributions/bernoulli.hpp"
#include "concrete/distributions/discrete.hpp"
#include "concrete/distributions/results.hpp"
#include "concrete/exact/families.hpp"
#include "concrete/exact/moment_batches.hpp"

/// \file
/// Means, and their gradients.

namespace concrete {

/// E X of Concrete: the probability that (a_k + G_k) / t + G'_k is the largest, with two Gumbel variables for each
/// class.
///
/// \param d  B distributions.
/// \return   n x B, of the type of the logits: columns of sum 1, exactly 0 for masked classes; in double to within
///           1e-12 of each entry's own value, down to 1e-260, and 0 below.
/// \note     float is computed in double. A table for the law of G + t G' is made once, in some 0.2 ms; a column then
///           takes about 3 µs at n = 10. For scalars other than float and double there is no table, and it takes
///           milliseconds.
template <class Logits>
[[nodiscard]] Logits mean(const Concrete<Logits>& d) {
  using Scalar = typename Logits::Scalar;
  return detail::softmax_moments(d, detail::RequestedMoment::mean, detail::constant<Scalar>(0),
                                 detail::constant<Scalar>(1),
                                 [](auto& moments, const auto&, auto& values) { moments.mean(values); });
}

/// E Y of ExpConcrete, (a_k - a_top) / t - E log sum_k exp(z_k - z_top), z = (a + G) / t, a_top the largest logit.
///
/// \param d  B distributions.
/// \return   n x B, of the type of the logits; -inf for masked classes. Accuracy and cost are those of Concrete's mean.
template <class Logits>
[[nodiscard]] Logits mean(const ExpConcrete<Logits>& d) {
  using Scalar = typename Logits::Scalar;
  using Number = detail::Integrated<Scalar>;
  const Number temperature = static_cast<Number>(d.temperature());
  return detail::softmax_moments(d, detail::RequestedMoment::excess, Scalar(-detail::infinity<Scalar>()),
                                 detail::constant<Scalar>(0), [&](auto& moments, const auto& remaining, auto& values) {
                                   const Number excess = moments.excess();
                                   for (std::size_t k = 0; k < values.size(); ++k)
                                     values[k] = Number(remaining.m[k] / temperature) - excess;
                                 });
}

/// E X of every entry of BinaryConcrete, E sigmoid((a + L) / t); at t = 1, with the odds alpha = e^a, it is
/// alpha / (alpha - 1) - alpha a / (alpha - 1)^2.
///
/// \param d  B vectors of independent entries.
/// \return   n x B, of the type of the logits; in double to within 1e-12 of each entry's own value.
/// \note     float is computed in double. An entry takes 80 to 200 divisions, more if there are logits beyond ±30.
template <class Logits>
[[nodiscard]] Logits mean(const BinaryConcrete<Logits>& d) {
  return detail::binary_moments(d, [](const auto& moments, const auto& logit) { return moments.mean(logit); });
}

/// E Y of every entry of LogitBinaryConcrete, a / t.
/// \param d  B vectors of independent entries.
/// \return   n x B, of the type of the logits.
template <class Logits>
[[nodiscard]] Logits mean(const LogitBinaryConcrete<Logits>& d) {
  using Scalar = typename Logits::Scalar;
  return d.logits().unaryExpr([&](const Scalar& a) -> Scalar { return a / d.temperature(); });
}

/// E X of Discrete: its probabilities.
/// \param d  B distributions.
/// \return   n x B, of the type of the logits.
template <class Logits>
[[nodiscard]] Logits mean(const Discrete<Logits>& d) {
  return d.probabilities();
}

/// E X of every entry of Bernoulli: its probabilities.
/// \param d  B vectors of independent entries.
/// \return   n x B, of the type of the logits.
template <class Logits>
[[nodiscard]] Logits mean(const Bernoulli<Logits>& d) {
  return d.probabilities();
}

namespace detail {

/// dL/dmean as given, checked.
template <class D, class U>
auto read_mean_upstream(const D& d, const U& upstream) {
  const auto given = read<typename D::Scalar>(upstream);
  check_same_shape(given, "upstream", d.dimension(), d.batch_size());
  return typename D::Logits(given);
}

}  // namespace detail

/// The gradient of L = sum of upstream * mean(d) of a Concrete distribution. With u = upstream and Z = (a + G) / t,
///
///   dL/da_j = E X_j (u_j - sum_k u_k X_k) / t,   dL/dt = -E sum_j Z_j X_j (u_j - sum_k u_k X_k) / t.
///
/// \param d         B distributions.
/// \param upstream  dL/dmean, n x B.
/// \return          {logits, temperature}: n x B, 0 for masked classes; and one number, summed over all columns.
/// \throws          std::invalid_argument if upstream is not n x B.
/// \note            Takes about three times as long as the mean.
template <class Logits, class U>
[[nodiscard]] ParameterGradient<Logits> mean_gradient(const Concrete<Logits>& d, const U& upstream) {
  using Scalar = typename Logits::Scalar;
  using Number = detail::Integrated<Scalar>;
  const Logits given = detail::read_mean_upstream(d, upstream);
  Number of_temperature = detail::constant<Number>(0);
  std::vector<Number> weights, values;
  ParameterGradient<Logits> result{Logits::Constant(d.dimension(), d.batch_size(), detail::constant<Scalar>(0)),
                                   detail::constant<Scalar>(0)};
  detail::for_each_softmax(d, detail::RequestedMoment::mean_gradient,
                           [&](auto& moments, const auto& remaining, Eigen::Index j) {
                             if (remaining.m.size() == 1) return;
                             weights.clear();
                             for (const auto k : remaining.classes) weights.push_back(static_cast<Number>(given(k, j)));
                             values.resize(weights.size());
                             of_temperature += moments.mean_gradient(weights, values);
                             for (std::size_t k = 0; k < values.size(); ++k) {
                               result.logits(remaining.classes[k], j) = static_cast<Scalar>(values[k]);
                             }
                           });
  result.temperature = static_cast<Scalar>(of_temperature);
  return result;
}

/// The gradient of L = sum of upstream * mean(d) of a BinaryConcrete distribution. With u = upstream, an entry adds
///
///   dL/da = u E X (1 - X) / t,   dL/dt = -u E X (1 - X) logit(X) / t.
///
/// \param d         B vectors of independent entries.
/// \param upstream  dL/dmean, n x B.
/// \return          {logits, temperature}: n x B; and one number, summed over all entries.
/// \throws          std::invalid_argument if upstream is not n x B.
template <class Logits, class U>
[[nodiscard]] ParameterGradient<Logits> mean_gradient(const BinaryConcrete<Logits>& d, const U& upstream) {
  using Scalar = typename Logits::Scalar;
  const Logits given = detail::read_mean_upstream(d, upstream);
  using Number = detail::Integrated<Scalar>;
  ParameterGradient<Logits> result{detail::uninitialised<Logits>(d.dimension(), d.batch_size()),
                                   detail::constant<Scalar>(0)};
  Number of_temperature = detail::constant<Number>(0);
  detail::for_each_binary_moment(d, [&](const auto& moments, const Number& logit, auto i, auto j) {
    const Number u = static_cast<Number>(given(i, j));
    result.logits(i, j) = static_cast<Scalar>(Number(u * moments.slope(logit)));
    of_temperature += Number(u * moments.temperature_slope(logit));
  });
  result.temperature = static_cast<Scalar>(of_temperature);
  return result;
}

/// The gradient of L = sum of upstream * mean(d) of LogitBinaryConcrete. With u = upstream, an entry adds
///
///   dL/da = u / t,   dL/dt = -u a / t^2.
///
/// \param d         B vectors of independent entries.
/// \param upstream  dL/dmean, n x B.
/// \return          {logits, temperature}: n x B; and one number, summed over all entries.
/// \throws          std::invalid_argument if upstream is not n x B.
template <class Logits, class U>
[[nodiscard]] ParameterGradient<Logits> mean_gradient(const LogitBinaryConcrete<Logits>& d, const U& upstream) {
  using Scalar = typename Logits::Scalar;
  const Logits given = detail::read_mean_upstream(d, upstream), means = mean(d);
  ParameterGradient<Logits> result{given.unaryExpr([&](const Scalar& u) -> Scalar { return u / d.temperature(); }),
                                   detail::constant<Scalar>(0)};
  for (Eigen::Index j = 0; j < d.batch_size(); ++j) {
    result.temperature -=
        detail::sum<Scalar>(d.dimension(), [&](Eigen::Index i) -> Scalar { return result.logits(i, j) * means(i, j); });
  }
  return result;
}

/// The gradient of L = sum of upstream * mean(d) of a Discrete distribution: with u = upstream and the probabilities p,
/// dL/da_j = p_j (u_j - sum_k u_k p_k).
///
/// \param d         B distributions.
/// \param upstream  dL/dmean, n x B.
/// \return          {logits, temperature}: n x B, 0 for masked classes; and 0.
/// \throws          std::invalid_argument if upstream is not n x B.
template <class Logits, class U>
[[nodiscard]] ParameterGradient<Logits> mean_gradient(const Discrete<Logits>& d, const U& upstream) {
  using Scalar = typename Logits::Scalar;
  const Logits given = detail::read_mean_upstream(d, upstream);
  ParameterGradient<Logits> result{d.probabilities(), detail::constant<Scalar>(0)};
  for (Eigen::Index j = 0; j < d.batch_size(); ++j) {
    auto p = result.logits.col(j);
    const auto mean_of_difference_from = [&](const Scalar& u) {
      return detail::sum<Scalar>(
          d.dimension(), [&](Eigen::Index i) { return detail::product_with_zero<Scalar>(p(i), given(i, j) - u); });
    };
    // Only differences of upstreams count. Those from the mean are no larger than those from each other are on average;
    // where one class has nearly all mass, the mean is that class's own upstream to all digits.
    const Scalar of_top = given(detail::argmax(p), j);
    const Scalar centre = of_top + mean_of_difference_from(of_top), rest = mean_of_difference_from(centre);
    for (Eigen::Index k = 0; k < d.dimension(); ++k) {
      p(k) = detail::product_with_zero<Scalar>(p(k), Scalar(given(k, j) - centre) - rest);
    }
  }
  return result;
}

/// The gradient of L = sum of upstream * mean(d) of a Bernoulli distribution: with u = upstream and the probability p,
/// dL/da = u p (1 - p).
///
/// \param d         B vectors of independent entries.
/// \param upstream  dL/dmean, n x B.
/// \return          {logits, temperature}: n x B; and 0.
/// \throws          std::invalid_argument if upstream is not n x B.
template <class Logits, class U>
[[nodiscard]] ParameterGradient<Logits> mean_gradient(const Bernoulli<Logits>& d, const U& upstream) {
  using Scalar = typename Logits::Scalar;
  const Logits given = detail::read_mean_upstream(d, upstream);
  return {d.logits().binaryExpr(
              given, [](const Scalar& a, const Scalar& u) -> Scalar { return u * detail::sigmoid_slope<Scalar>(a); }),
          detail::constant<Scalar>(0)};
}

template <detail::AnyDistribution D, class... X>
detail::Refused mean_gradient(const D&, const X&...) = delete;  // concrete: (d, upstream), and not of ExpConcrete

}  // namespace concrete
