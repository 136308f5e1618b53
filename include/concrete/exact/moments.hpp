#pragma once

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <type_traits>
#include <vector>

#include "concrete/distributions/results.hpp"
#include "concrete/exact/binary_moments.hpp"
#include "concrete/exact/categorical_moments.hpp"
#include "concrete/exact/families.hpp"

namespace concrete {

namespace detail {

/// The classes that a column of logits leaves, with the logits less their maximum.
template <class Scalar>
struct RemainingClasses {
  std::vector<Index> classes;
  std::vector<Scalar> m;
  Scalar top;

  template <class A>
  void collect(const A& a) {
    classes.clear();
    m.clear();
    for (Index k = 0; k < a.size(); ++k) {
      if (is_masked(a(k))) continue;
      classes.push_back(k);
      m.push_back(static_cast<Scalar>(a(k)));
    }
    top = m.front();
    for (const Scalar& logit : m) {
      if (top < logit) top = logit;
    }
    for (Scalar& logit : m) logit -= top;
  }
};

/// Calls visit(moments, classes, column) for every column of a categorical distribution's logits; of a single class,
/// whose law needs no integral, without moments.
template <class D, class Visit>
void for_each_softmax(const D& d, MomentOrder order, const Visit& visit) {
  using Number = Integrated<typename D::Scalar>;
  using Real = PlainScalar<Number>;
  RemainingClasses<Number> remaining;
  Real spread = 0;
  for (Index j = 0; j < d.batch_size(); ++j) {
    remaining.collect(d.logits().col(j));
    for (const Number& m : remaining.m) spread = (std::max)(spread, static_cast<Real>(value_of(Number(-m))));
  }
  const Real smallest = std::same_as<typename D::Scalar, float> ? 110 : 600;  // float has no smaller numbers
  // Covariances of tiny means are small differences, in float too.
  const double e_folds = order == MomentOrder::variance ? detail::e_folds<Real> : e_folds_for<typename D::Scalar>;
  SoftmaxMoments<Number> moments(static_cast<Number>(d.temperature()), d.dimension(), spread, order, smallest, e_folds);
  for (Index j = 0; j < d.batch_size(); ++j) {
    remaining.collect(d.logits().col(j));
    if (remaining.m.size() > 1) moments.start(remaining.m);
    visit(moments, remaining, j);
  }
}

/// f(moments, classes, values) for every column, where values go to the places of the remaining classes.
template <class D, class F>
typename D::Logits softmax_moments(const D& d, MomentOrder order, const typename D::Scalar& of_masked,
                                   const typename D::Scalar& of_single, const F& f) {
  using Scalar = typename D::Scalar;
  using Number = Integrated<Scalar>;
  typename D::Logits result = D::Logits::Constant(d.dimension(), d.batch_size(), of_masked);
  std::vector<Number> values;
  for_each_softmax(d, order, [&](auto& moments, const auto& remaining, Index j) {
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
  Real furthest = 0;
  for (Index j = 0; j < d.batch_size(); ++j) {
    for (Index i = 0; i < d.dimension(); ++i) {
      furthest = (std::max)(furthest, std::abs(static_cast<Real>(value_of(d.logits()(i, j)))));
    }
  }
  const BinaryMoments<Number> moments(static_cast<Number>(d.temperature()), furthest);
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

template <class D>
constexpr void check_one_vector() {
  static_assert(is_vector<typename D::Logits>,
                "concrete: covariance is that of one vector: make a distribution of one column, such as logits.col(j)");
}

template <class D>
using CovarianceOf = Eigen::Matrix<typename D::Scalar, D::Logits::RowsAtCompileTime, D::Logits::RowsAtCompileTime, 0,
                                   D::Logits::MaxRowsAtCompileTime, D::Logits::MaxRowsAtCompileTime>;

/// A diagonal matrix.
template <class D>
CovarianceOf<D> diagonal_covariance(const D& d, const typename D::Logits& variances) {
  CovarianceOf<D> result = CovarianceOf<D>::Constant(d.dimension(), d.dimension(), constant<typename D::Scalar>(0));
  for (Index i = 0; i < d.dimension(); ++i) result(i, i) = variances(i);
  return result;
}

/// dL/dmean as given, checked.
template <class D, class U>
auto read_mean_upstream(const D& d, const U& upstream) {
  const auto given = read<typename D::Scalar>(upstream);
  check_same_shape(given, "upstream", d.dimension(), d.batch_size());
  return typename D::Logits(given);
}

}  // namespace detail

/// E X of Concrete: the probability that (a_k + G_k) / t + G'_k is the largest, with two Gumbel variables for each
/// class.
///
/// \return  n x B, of the type of the logits: columns of sum 1, exactly 0 for masked classes; in double to within 1e-12
///          of each entry's own value, down to 1e-260, and 0 below.
/// \note    float is computed in double. A table for the law of G + t G' is made once, in some 0.2 ms; a column then
///          takes about 3 µs at n = 10. For scalars other than float and double there is no table, and it takes
///          milliseconds.
template <class Logits>
Logits mean(const Concrete<Logits>& d) {
  using Scalar = typename Logits::Scalar;
  return detail::softmax_moments(d, detail::MomentOrder::mean, detail::constant<Scalar>(0), detail::constant<Scalar>(1),
                                 [](auto& moments, const auto&, auto& values) { moments.mean(values); });
}

/// E Y of ExpConcrete, (a_k - a_top) / t - E log sum_k exp(z_k - z_top), z = (a + G) / t, a_top the largest logit.
/// \return  n x B, of the type of the logits; -inf for masked classes. Accuracy and cost are those of Concrete's mean.
template <class Logits>
Logits mean(const ExpConcrete<Logits>& d) {
  using Scalar = typename Logits::Scalar;
  using Number = detail::Integrated<Scalar>;
  const Number temperature = static_cast<Number>(d.temperature());
  return detail::softmax_moments(d, detail::MomentOrder::excess, Scalar(-detail::infinity<Scalar>()),
                                 detail::constant<Scalar>(0), [&](auto& moments, const auto& remaining, auto& values) {
                                   const Number excess = moments.excess();
                                   for (std::size_t k = 0; k < values.size(); ++k)
                                     values[k] = Number(remaining.m[k] / temperature) - excess;
                                 });
}

/// E X of every entry of BinaryConcrete, E sigmoid((a + L) / t); at t = 1, alpha / (alpha - 1) - alpha a / (alpha -
/// 1)^2.
/// \return  n x B, of the type of the logits; in double to within 1e-12 of each entry's own value.
/// \note    float is computed in double. An entry takes some 80 divisions, more if there are logits beyond ±30.
template <class Logits>
Logits mean(const BinaryConcrete<Logits>& d) {
  return detail::binary_moments(d, [](const auto& moments, const auto& logit) { return moments.mean(logit); });
}

/// E Y of every entry of LogitBinaryConcrete, a / t.
/// \return  n x B, of the type of the logits.
template <class Logits>
Logits mean(const LogitBinaryConcrete<Logits>& d) {
  using Scalar = typename Logits::Scalar;
  return d.logits().unaryExpr([&](const Scalar& a) -> Scalar { return a / d.temperature(); });
}

/// E X of Discrete and Bernoulli: the probabilities, n x B.
template <class Logits>
Logits mean(const Discrete<Logits>& d) {
  return d.probabilities();
}
template <class Logits>
Logits mean(const Bernoulli<Logits>& d) {
  return d.probabilities();
}

/// The gradient of L = sum of upstream * mean(d) of a Concrete distribution: dL/da_j = E X_j (u_j - sum_k u_k X_k) / t.
///
/// \param upstream  dL/dmean, n x B.
/// \return          {logits, temperature}: n x B, 0 for masked classes; and one number, summed over all columns.
/// \throws          std::invalid_argument if upstream is not n x B.
/// \note            Takes about three times as long as the mean.
template <class Logits, class U>
ParameterGradient<Logits> mean_gradient(const Concrete<Logits>& d, const U& upstream) {
  using Scalar = typename Logits::Scalar;
  using Number = detail::Integrated<Scalar>;
  const Logits given = detail::read_mean_upstream(d, upstream);
  Number of_temperature = detail::constant<Number>(0);
  std::vector<Number> weights, values;
  ParameterGradient<Logits> result{Logits::Constant(d.dimension(), d.batch_size(), detail::constant<Scalar>(0)),
                                   detail::constant<Scalar>(0)};
  detail::for_each_softmax(d, detail::MomentOrder::mean_gradient,
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

/// The same of a BinaryConcrete distribution, entry by entry.
template <class Logits, class U>
ParameterGradient<Logits> mean_gradient(const BinaryConcrete<Logits>& d, const U& upstream) {
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

/// The same of a Discrete distribution: p_j (u_j - sum_k u_k p_k); the temperature's is 0.
template <class Logits, class U>
ParameterGradient<Logits> mean_gradient(const Discrete<Logits>& d, const U& upstream) {
  using Scalar = typename Logits::Scalar;
  const Logits given = detail::read_mean_upstream(d, upstream), p = d.probabilities();
  ParameterGradient<Logits> result{p, detail::constant<Scalar>(0)};
  for (Eigen::Index j = 0; j < d.batch_size(); ++j) {
    for (Eigen::Index k = 0; k < d.dimension(); ++k) {
      result.logits(k, j) *= detail::sum<Scalar>(
          d.dimension(), [&](Eigen::Index i) -> Scalar { return Scalar(given(k, j) - given(i, j)) * p(i, j); });
    }
  }
  return result;
}

/// The same of a Bernoulli distribution: u p (1 - p); the temperature's is 0.
template <class Logits, class U>
ParameterGradient<Logits> mean_gradient(const Bernoulli<Logits>& d, const U& upstream) {
  using Scalar = typename Logits::Scalar;
  const Logits given = detail::read_mean_upstream(d, upstream);
  return {d.logits().binaryExpr(
              given, [](const Scalar& a, const Scalar& u) -> Scalar { return u * detail::sigmoid_slope<Scalar>(a); }),
          detail::constant<Scalar>(0)};
}

/// var X of every class of Concrete, n x B; 0 for masked classes. Keeps its relative precision where the variance is
/// small beside the mean's square, as it is at high temperatures. Takes about five times as long as the mean.
template <class Logits>
Logits variance(const Concrete<Logits>& d) {
  const auto zero = detail::constant<typename Logits::Scalar>(0);
  return detail::softmax_moments(d, detail::MomentOrder::variance, zero, zero,
                                 [](auto& moments, const auto&, auto& values) { moments.variance(values); });
}

/// var X of every entry of BinaryConcrete, n x B.
template <class Logits>
Logits variance(const BinaryConcrete<Logits>& d) {
  return detail::binary_moments(d, [](const auto& moments, const auto& logit) { return moments.variance(logit); });
}

/// p_k (1 - p_k) of Discrete, n x B; 1 - p is the sum of the other probabilities.
template <class Logits>
Logits variance(const Discrete<Logits>& d) {
  using Scalar = typename Logits::Scalar;
  const Logits p = d.probabilities();
  Logits result = p;
  for (Eigen::Index j = 0; j < d.batch_size(); ++j) {
    for (Eigen::Index k = 0; k < d.dimension(); ++k) {
      result(k, j) *= detail::sum<Scalar>(
          d.dimension(), [&](Eigen::Index i) -> Scalar { return i == k ? detail::constant<Scalar>(0) : p(i, j); });
    }
  }
  return result;
}

/// p (1 - p) of every entry of Bernoulli, n x B.
template <class Logits>
Logits variance(const Bernoulli<Logits>& d) {
  using Scalar = typename Logits::Scalar;
  return d.logits().unaryExpr([](const Scalar& a) -> Scalar { return detail::sigmoid_slope<Scalar>(a); });
}

/// cov(X_j, X_k) of one Concrete vector, n x n: symmetric, with rows of sum 0; 0 for masked classes.
template <class Logits>
auto covariance(const Concrete<Logits>& d) {
  using Scalar = typename Logits::Scalar;
  using Number = detail::Integrated<Scalar>;
  detail::check_one_vector<Concrete<Logits>>();
  using Result = detail::CovarianceOf<Concrete<Logits>>;
  Result result = Result::Constant(d.dimension(), d.dimension(), detail::constant<Scalar>(0));
  detail::for_each_softmax(d, detail::MomentOrder::variance, [&](auto& moments, const auto& remaining, Eigen::Index) {
    const auto n = static_cast<Eigen::Index>(remaining.m.size());
    if (n == 1) return;
    Eigen::MatrixX<Number> of_remaining(n, n);
    moments.covariance(of_remaining);
    for (Eigen::Index j = 0; j < n; ++j) {
      for (Eigen::Index k = 0; k < n; ++k) {
        result(remaining.classes[static_cast<std::size_t>(j)], remaining.classes[static_cast<std::size_t>(k)]) =
            static_cast<Scalar>(of_remaining(j, k));
      }
    }
  });
  return result;
}

/// The diagonal matrix of the variances of one BinaryConcrete or Bernoulli vector, whose entries are independent: n x
/// n.
template <class Logits>
auto covariance(const BinaryConcrete<Logits>& d) {
  detail::check_one_vector<BinaryConcrete<Logits>>();
  return detail::diagonal_covariance(d, variance(d));
}
template <class Logits>
auto covariance(const Bernoulli<Logits>& d) {
  detail::check_one_vector<Bernoulli<Logits>>();
  return detail::diagonal_covariance(d, variance(d));
}

/// diag(p) - p p^T of one Discrete vector, n x n.
template <class Logits>
auto covariance(const Discrete<Logits>& d) {
  using Scalar = typename Logits::Scalar;
  detail::check_one_vector<Discrete<Logits>>();
  auto result = detail::diagonal_covariance(d, variance(d));
  const Logits p = d.probabilities();
  for (Eigen::Index j = 0; j < d.dimension(); ++j) {
    for (Eigen::Index k = 0; k < d.dimension(); ++k) {
      if (j != k) result(j, k) = Scalar(-p(j)) * p(k);
    }
  }
  return result;
}

}  // namespace concrete
