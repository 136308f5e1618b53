#pragma once

#include <initializer_list>

#include "concrete/distributions/bernoulli.hpp"
#include "concrete/distributions/relaxed_binary.hpp"

/// \file
/// LogitBinaryConcrete, the logit of BinaryConcrete: where densities are computed and models trained.

namespace concrete {

/// The logit of a BinaryConcrete variable, y = logit(x): every entry is an independent Logistic variable with location
/// a / t and scale 1 / t. Densities are computed and models trained here, because x itself rounds to 0 and 1.
///
///   sample    y = (a + L) / t,                             L standard Logistic
///   density   log p(y) = log t + s - 2 softplus(s),        s = a - t y; log_prob sums it over a column
///   gradient  d log p / da = -tanh(s/2),  d log p / dy = t tanh(s/2),  d log p / dt = 1/t + y tanh(s/2)
///   pathwise  dL/da = g / t,  dL/dt = -g y / t,            g = dL/dy
///   cdf       sigmoid(t y - a);   quantile  (logit(u) + a) / t
///
/// with logits a, the log-odds log(P(1) / P(0)) of the binary limit, and temperature t. The density is with respect
/// to y. Any y but NaN is in the support; at ±inf the density is 0.
///
/// \tparam Logits  a plain Eigen matrix, VectorXd, MatrixXf … of a floating-point or autodiff scalar. A column is one
///                 vector of independent entries; logits.reshaped(1, n B) gives log_prob entry by entry. Deduced from
///                 the constructor's argument: of an expression, its plain type.
/// \see Maddison, Mnih, Teh (2017), The Concrete Distribution, appendices B and C.3 (eq. 28 and 29).
template <detail::PlainMatrix Logits>
class LogitBinaryConcrete : public detail::RelaxedBinary<Logits, detail::Scale::logarithmic> {
 public:
  using Scalar = typename Logits::Scalar;
  using detail::RelaxedBinary<Logits, detail::Scale::logarithmic>::RelaxedBinary;

  /// The points of (0, 1), x = sigmoid(y).
  ///
  /// \param y  n x mB logits of points; an expression is evaluated once.
  /// \return   in the shape of y.
  template <class Y>
  [[nodiscard]] static auto to_concrete(const Y& y) {
    return detail::entrywise<Scalar>(y, [](const Scalar& v) { return point_of(v); });
  }

  /// The same into `out`, which allocates nothing unless `out` has to be resized.
  ///
  /// \param y    n x mB logits of points; an expression is evaluated once.
  /// \param out  a writable vector, matrix, block, map or view of that shape, or a plain dynamic one. It may be y itself,
  ///             but must not overlap it in any other way.
  /// \throws     std::invalid_argument if it has another shape and cannot be resized.
  template <class Y, class Out>
  static void to_concrete(const Y& y, Out&& out) {
    if constexpr (LogitBinaryConcrete::template accepts<Out>()) {
      detail::entrywise_into<Scalar>(y, out, [](const Scalar& v) { return point_of(v); });
    }
  }

  /// dL/dy from dL/dx at x = sigmoid(y): upstream times sigmoid(y) sigmoid(-y), exact where x (1 - x) has long rounded
  /// to 0, and 0 where it underflows.
  ///
  /// \param y         n x mB logits of points.
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
  /// \param y         n x mB logits of points.
  /// \param upstream  dL/dx, of the same shape.
  /// \param out       where dL/dy goes, n x mB, as in to_concrete. It may be `upstream` or y itself, but must not
  ///                  overlap them in any other way.
  /// \throws          std::invalid_argument if the shapes differ and `out` cannot be resized.
  template <class Y, class U, class Out>
  static void to_concrete_gradient(const Y& y, const U& upstream, Out&& out) {
    if constexpr (LogitBinaryConcrete::template accepts<Out>()) {
      detail::entrywise_gradient_into<Scalar>(y, upstream, out,
                                              [](const Scalar& v, const Scalar& g) { return pull_back(v, g); });
    }
  }

  /// The 0-1 rounding of relaxed samples.
  ///
  /// \param y  n x mB; an expression is evaluated once.
  /// \return   in the shape of y: 1 where y > 0, that is where x > 1/2, else 0; NaN where y is.
  template <class Y>
  [[nodiscard]] static auto harden(const Y& y) {
    return detail::entrywise<Scalar>(y, [](const Scalar& v) { return detail::step(v, detail::constant<Scalar>(0)); });
  }

 private:
  static Scalar point_of(const Scalar& y) { return detail::sigmoid<Scalar>(y); }
  static Scalar pull_back(const Scalar& y, const Scalar& upstream) {
    return detail::product_with_zero<Scalar>(detail::sigmoid_slope<Scalar>(y), upstream);
  }
};

template <class D, class T>
LogitBinaryConcrete(const Eigen::MatrixBase<D>&, const T&) -> LogitBinaryConcrete<typename D::PlainObject>;
template <class P, class T>
LogitBinaryConcrete(const Probabilities<P>&, const T&) -> LogitBinaryConcrete<P>;
template <class P, class T>
LogitBinaryConcrete(const Odds<P>&, const T&) -> LogitBinaryConcrete<P>;
template <detail::NumbersButNoMatrix A, class T>
LogitBinaryConcrete(const A&, const T&) -> LogitBinaryConcrete<typename detail::NoLogits<A>::type>;
template <class X, class T>
LogitBinaryConcrete(std::initializer_list<X>, const T&)
    -> LogitBinaryConcrete<typename detail::NoLogits<std::initializer_list<X>>::type>;
template <detail::GivenParameters A>
LogitBinaryConcrete(const A&) -> LogitBinaryConcrete<typename detail::NoTemperature<A>::type>;

using LogitBinaryConcreteXf = LogitBinaryConcrete<Eigen::VectorXf>;   ///< one vector, float
using LogitBinaryConcreteXd = LogitBinaryConcrete<Eigen::VectorXd>;   ///< one vector, double
using LogitBinaryConcreteXXf = LogitBinaryConcrete<Eigen::MatrixXf>;  ///< a batch, float
using LogitBinaryConcreteXXd = LogitBinaryConcrete<Eigen::MatrixXd>;  ///< a batch, double

}  // namespace concrete
