#pragma once

#include <initializer_list>

#include "concrete/distributions/discrete.hpp"
#include "concrete/distributions/formulas/concrete.hpp"
#include "concrete/distributions/relaxed.hpp"

/// \file
/// Concrete, the distribution on the simplex.

namespace concrete {

/// The Concrete distribution (Gumbel-Softmax, RelaxedOneHotCategorical) on the simplex of n categories.
///
///   sample    x = softmax((a + G) / t),                    G_k standard Gumbel
///   density   log p(x) = log (n-1)! + (n-1) log t + sum_k (s_k - log x_k) - n lse(s),   s = a - t log x
///   gradient  d log p / da_k = 1 - n w_k,  d log p / dx_k = (n t w_k - t - 1) / x_k,
///             d log p / dt = (n-1)/t - sum_k log x_k + n sum_k w_k log x_k,             w = softmax(s)
///   pathwise  dL/da_j = x_j (h_j - sum_k h_k x_k) / t,
///             dL/dt = -1/t sum_k x_k (h_k - sum_j h_j x_j) log x_k,        h = dL/dx
///
/// with logits a and temperature t. The density is with respect to x_1 … x_{n-1}. Its largest coordinate is k with
/// probability softmax(a)_k at every temperature.
///
/// Samples at low temperature round to corners, so train with ExpConcrete and present or score with this class.
///
/// On the boundary log_prob is the limit. With m coordinates of 0 that vanish alike: +inf, finite or -inf as t (n -
/// m) is below, at or above m, compared in Scalar. Negative coordinates have log_prob -inf; whether sum_k x_k = 1 is
/// left to in_support(). Gradients may be infinite on the boundary, and NaN there only where dL/dt adds up
/// infinities of both signs, from columns with upstreams of both.
///
/// A logit of -inf masks its class: sampled as 0, left out of n and of the density. With one class left the sample is 1
/// and log_prob is 0.
///
/// \tparam Logits  a plain Eigen matrix, VectorXd, Vector3f, MatrixXf … of a floating-point or autodiff scalar; a
///                 column is one distribution. Deduced from the constructor's argument: of an expression, its
///                 plain type.
/// \see Maddison, Mnih, Teh (2017), The Concrete Distribution, eq. 10 and proposition 1; Jang, Gu, Poole (2017),
///      Categorical Reparameterization with Gumbel-Softmax.
template <detail::PlainMatrix Logits>
class Concrete
    : public detail::Relaxed<Logits, detail::ConcreteFormulas<typename Logits::Scalar>, detail::Scale::linear> {
 public:
  using Scalar = typename Logits::Scalar;
  using detail::Relaxed<Logits, detail::ConcreteFormulas<Scalar>, detail::Scale::linear>::Relaxed;

  /// The zero-temperature limit: the same logits, the same argmax from the same noise.
  /// \return  a distribution over n x B one-hot columns.
  [[nodiscard]] Discrete<Logits> discrete() const { return Discrete<Logits>(this->logits()); }

  /// The one-hot rounding of relaxed samples, column by column.
  ///
  /// \param x  n x mB; an expression is evaluated once.
  /// \return   in the shape of x: 1 at the largest entry of a column, the first of equals, else 0; NaN in a column that
  ///           has one.
  template <class X>
  [[nodiscard]] static auto harden(const X& x) {
    return Discrete<Logits>::harden(x);
  }
};

template <class D, class T>
Concrete(const Eigen::MatrixBase<D>&, const T&) -> Concrete<typename D::PlainObject>;
template <class P, class T>
Concrete(const Probabilities<P>&, const T&) -> Concrete<P>;
template <detail::NumbersButNoMatrix A, class T>
Concrete(const A&, const T&) -> Concrete<typename detail::NoLogits<A>::type>;
template <class P, class T>
Concrete(const Odds<P>&, const T&) -> Concrete<typename detail::NoOdds<P>::type>;
template <class X, class T>
Concrete(std::initializer_list<X>, const T&) -> Concrete<typename detail::NoLogits<std::initializer_list<X>>::type>;
template <detail::GivenParameters A>
Concrete(const A&) -> Concrete<typename detail::NoTemperature<A>::type>;

using ConcreteXf = Concrete<Eigen::VectorXf>;   ///< one distribution, float
using ConcreteXd = Concrete<Eigen::VectorXd>;   ///< one distribution, double
using ConcreteXXf = Concrete<Eigen::MatrixXf>;  ///< a batch, float
using ConcreteXXd = Concrete<Eigen::MatrixXd>;  ///< a batch, double
using Concrete2f = Concrete<Eigen::Vector2f>;   ///< one distribution over 2 categories, float
using Concrete2d = Concrete<Eigen::Vector2d>;   ///< one distribution over 2 categories, double
using Concrete3f = Concrete<Eigen::Vector3f>;   ///< one distribution over 3 categories, float
using Concrete3d = Concrete<Eigen::Vector3d>;   ///< one distribution over 3 categories, double
using Concrete4f = Concrete<Eigen::Vector4f>;   ///< one distribution over 4 categories, float
using Concrete4d = Concrete<Eigen::Vector4d>;   ///< one distribution over 4 categories, double

}  // namespace concrete
