#pragma once

#include <initializer_list>

#include "concrete/distributions/discrete.hpp"
#include "concrete/distributions/formulas/concrete.hpp"
#include "concrete/distributions/relaxed.hpp"

/// \file
/// ExpConcrete, the logarithm of Concrete: where densities are computed and models trained.

namespace concrete {

/// The logarithm of a Concrete variable: y = log x, in which densities are computed and models are trained, because x
/// itself rounds to the corners of the simplex.
///
///   sample    y = (a + G) / t - lse((a + G) / t),          G_k standard Gumbel
///   density   log p(y) = log (n-1)! + (n-1) log t + sum_k s_k - n lse(s),   s = a - t y
///   gradient  d log p / da_k = 1 - n w_k,  d log p / dy_k = -t (1 - n w_k),
///             d log p / dt = (n-1)/t - sum_k y_k + n sum_k w_k y_k,         w = softmax(s)
///   pathwise  dL/da_j = (g_j - x_j sum_k g_k) / t,
///             dL/dt = -1/t sum_k g_k (y_k - sum_j x_j y_j),                 g = dL/dy, x = exp(y)
///
/// with logits a, temperature t and n categories. The density is with respect to the log-ratios y_k - y_n, k < n: over
/// them, not over y_1 … y_{n-1}, it integrates to one. It looks at differences of the y alone, so any y is accepted
/// for which t y is finite; with an entry of -inf it is -inf, unless that class is masked. in_support() is true where
/// sum_k exp(y_k) = 1.
///
/// A logit of -inf masks its class: sampled as y = -inf, left out of n and of the density. With one class left the
/// sample is 0 and log_prob is 0.
///
/// \tparam Logits  a plain Eigen matrix, VectorXd, Vector3f, MatrixXf … of a floating-point or autodiff scalar; a
///                 column is one distribution. Deduced from the constructor's argument: of an expression, its
///                 plain type.
/// \see Maddison, Mnih, Teh (2017), The Concrete Distribution, section 3.3 and eq. 24 (appendix C.3); Jang, Gu, Poole
///      (2017), Categorical Reparameterization with Gumbel-Softmax.
template <detail::PlainMatrix Logits>
class ExpConcrete
    : public detail::Relaxed<Logits, detail::ConcreteFormulas<typename Logits::Scalar>, detail::Scale::logarithmic> {
 public:
  using Scalar = typename Logits::Scalar;
  using detail::Relaxed<Logits, detail::ConcreteFormulas<Scalar>, detail::Scale::logarithmic>::Relaxed;

  /// The zero-temperature limit: the same logits, the same argmax from the same noise.
  /// \return  a distribution over n x B one-hot columns.
  [[nodiscard]] Discrete<Logits> discrete() const { return Discrete<Logits>(this->logits()); }

  /// The points on the simplex, x = exp(y).
  ///
  /// \param y  n x mB log-probabilities; an expression is evaluated once.
  /// \return   in the shape of y.
  template <class Y>
  [[nodiscard]] static auto to_concrete(const Y& y) {
    return detail::entrywise<Scalar>(y, [](const Scalar& v) { return point_of(v); });
  }

  /// The same into `out`, which allocates nothing unless `out` has to be resized.
  ///
  /// \param y    n x mB log-probabilities; an expression is evaluated once.
  /// \param out  a writable vector, matrix, block, map or view of that shape, or a plain dynamic one. It may be y itself,
  ///             but must not overlap it in any other way.
  /// \throws     std::invalid_argument if it has another shape and cannot be resized.
  template <class Y, class Out>
  static void to_concrete(const Y& y, Out&& out) {
    if constexpr (ExpConcrete::template accepts<Out>()) {
      detail::entrywise_into<Scalar>(y, out, [](const Scalar& v) { return point_of(v); });
    }
  }

  /// dL/dy from dL/dx at x = exp(y): upstream times exp(y), and 0 where one of them is, whatever the other.
  ///
  /// \param y         n x mB log-probabilities.
  /// \param upstream  dL/dx, of the same shape.
  /// \return          dL/dy, in the shape of y.
  /// \throws          std::invalid_argument if the shapes differ.
  template <class Y, class U>
  [[nodiscard]] static auto to_concrete_gradient(const Y& y, const U& upstream) {
    return detail::entrywise_gradient<Scalar>(y, upstream,
                                              [](const Scalar& v, const Scalar& g) { return pull_back(v, g); });
  }

  /// The same into `out`, which allocates nothing unless `out` has to be resized.
  ///
  /// \param y         n x mB log-probabilities.
  /// \param upstream  dL/dx, of the same shape.
  /// \param out       where dL/dy goes, n x mB, as in to_concrete. It may be `upstream` or y itself, but must not
  ///                  overlap them in any other way.
  /// \throws          std::invalid_argument if the shapes differ and `out` cannot be resized.
  template <class Y, class U, class Out>
  static void to_concrete_gradient(const Y& y, const U& upstream, Out&& out) {
    if constexpr (ExpConcrete::template accepts<Out>()) {
      detail::entrywise_gradient_into<Scalar>(y, upstream, out,
                                              [](const Scalar& v, const Scalar& g) { return pull_back(v, g); });
    }
  }

  /// The one-hot rounding of relaxed samples, column by column.
  ///
  /// \param y  n x mB; an expression is evaluated once.
  /// \return   in the shape of y: 1 at the largest entry of a column, the first of equals, else 0; NaN in a column that
  ///           has one.
  template <class Y>
  [[nodiscard]] static auto harden(const Y& y) {
    return Discrete<Logits>::harden(y);
  }

 private:
  static Scalar point_of(const Scalar& y) { return detail::exp<Scalar>(y); }
  static Scalar pull_back(const Scalar& y, const Scalar& upstream) {
    const Scalar x = detail::exp<Scalar>(y);
    return detail::is_infinity(x) ? detail::product_with_zero<Scalar>(upstream, x)
                                  : detail::product_with_zero<Scalar>(x, upstream);
  }
};

template <class D, class T>
ExpConcrete(const Eigen::MatrixBase<D>&, const T&) -> ExpConcrete<typename D::PlainObject>;
template <class P, class T>
ExpConcrete(const Probabilities<P>&, const T&) -> ExpConcrete<P>;
template <detail::NumbersButNoMatrix A, class T>
ExpConcrete(const A&, const T&) -> ExpConcrete<typename detail::NoLogits<A>::type>;
template <class P, class T>
ExpConcrete(const Odds<P>&, const T&) -> ExpConcrete<typename detail::NoOdds<P>::type>;
template <class X, class T>
ExpConcrete(std::initializer_list<X>, const T&)
    -> ExpConcrete<typename detail::NoLogits<std::initializer_list<X>>::type>;
template <detail::GivenParameters A>
ExpConcrete(const A&) -> ExpConcrete<typename detail::NoTemperature<A>::type>;

using ExpConcreteXf = ExpConcrete<Eigen::VectorXf>;   ///< one distribution, float
using ExpConcreteXd = ExpConcrete<Eigen::VectorXd>;   ///< one distribution, double
using ExpConcreteXXf = ExpConcrete<Eigen::MatrixXf>;  ///< a batch, float
using ExpConcreteXXd = ExpConcrete<Eigen::MatrixXd>;  ///< a batch, double
using ExpConcrete2f = ExpConcrete<Eigen::Vector2f>;   ///< one distribution over 2 categories, float
using ExpConcrete2d = ExpConcrete<Eigen::Vector2d>;   ///< one distribution over 2 categories, double
using ExpConcrete3f = ExpConcrete<Eigen::Vector3f>;   ///< one distribution over 3 categories, float
using ExpConcrete3d = ExpConcrete<Eigen::Vector3d>;   ///< one distribution over 3 categories, double
using ExpConcrete4f = ExpConcrete<Eigen::Vector4f>;   ///< one distribution over 4 categories, float
using ExpConcrete4d = ExpConcrete<Eigen::Vector4d>;   ///< one distribution over 4 categories, double

}  // namespace concrete
