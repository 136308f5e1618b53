#pragma once

#include <initializer_list>

#include "concrete/distributions/bernoulli.hpp"
#include "concrete/distributions/relaxed_binary.hpp"

/// \file
/// BinaryConcrete, on (0, 1).

namespace concrete {

/// The binary Concrete distribution (RelaxedBernoulli): every entry is an independent variable on (0, 1).
///
///   sample    x = sigmoid((a + L) / t),                    L standard Logistic
///   density   log p(x) = log t + s - 2 softplus(s) - log x - log(1 - x),  s = a - t logit(x); log_prob sums it over a
///             column
///   gradient  d log p / da = -tanh(s/2),  d log p / dx = (t tanh(s/2) - 1 + 2x) / (x (1 - x)),
///             d log p / dt = 1/t + logit(x) tanh(s/2)
///   pathwise  dL/da = h x (1 - x) / t,  dL/dt = -h x (1 - x) logit(x) / t,             h = dL/dx
///   cdf       sigmoid(t logit(x) - a);   quantile  sigmoid((logit(u) + a) / t)
///
/// with logits a, the log-odds log(P(X > 1/2) / P(X < 1/2)), and temperature t. Construct it from odds(alpha) or
/// probabilities(p) where that is what you have.
///
/// At x = 0 and 1 log_prob is the limit: +inf for t < 1, -a and +a for t = 1, -inf for t > 1. Outside [0, 1] it is
/// -inf, and an entry there wins over a +inf in its column. Gradients may be infinite at the ends, and NaN there
/// only where dL/dt adds up infinities of both signs, from columns with upstreams of both.
///
/// Samples at low temperature round to 0 and 1, so train with LogitBinaryConcrete and present or score with this class.
///
/// \tparam Logits  a plain Eigen matrix, VectorXd, MatrixXf … of a floating-point or autodiff scalar. A column is one
///                 vector of independent entries; logits.reshaped(1, n B) gives log_prob entry by entry. Deduced from
///                 the constructor's argument: of an expression, its plain type.
/// \see Maddison, Mnih, Teh (2017), The Concrete Distribution, section 3.2, eq. 25 to 27 and proposition 2.
template <detail::PlainMatrix Logits>
class BinaryConcrete : public detail::RelaxedBinary<Logits, detail::Scale::linear> {
 public:
  using Scalar = typename Logits::Scalar;
  using detail::RelaxedBinary<Logits, detail::Scale::linear>::RelaxedBinary;

  /// The 0-1 rounding of relaxed samples.
  ///
  /// \param x  n x mB; an expression is evaluated once.
  /// \return   in the shape of x: 1 where x > 1/2, else 0; NaN where x is.
  template <class X>
  [[nodiscard]] static auto harden(const X& x) {
    return Bernoulli<Logits>::harden(x);
  }
};

template <class D, class T>
BinaryConcrete(const Eigen::MatrixBase<D>&, const T&) -> BinaryConcrete<typename D::PlainObject>;
template <class P, class T>
BinaryConcrete(const Probabilities<P>&, const T&) -> BinaryConcrete<P>;
template <class P, class T>
BinaryConcrete(const Odds<P>&, const T&) -> BinaryConcrete<P>;
template <detail::NumbersButNoMatrix A, class T>
BinaryConcrete(const A&, const T&) -> BinaryConcrete<typename detail::NoLogits<A>::type>;
template <class X, class T>
BinaryConcrete(std::initializer_list<X>, const T&)
    -> BinaryConcrete<typename detail::NoLogits<std::initializer_list<X>>::type>;
template <detail::GivenParameters A>
BinaryConcrete(const A&) -> BinaryConcrete<typename detail::NoTemperature<A>::type>;

using BinaryConcreteXf = BinaryConcrete<Eigen::VectorXf>;   ///< one vector, float
using BinaryConcreteXd = BinaryConcrete<Eigen::VectorXd>;   ///< one vector, double
using BinaryConcreteXXf = BinaryConcrete<Eigen::MatrixXf>;  ///< a batch, float
using BinaryConcreteXXd = BinaryConcrete<Eigen::MatrixXd>;  ///< a batch, double

}  // namespace concrete
