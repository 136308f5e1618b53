#pragma once

#include "concrete/distributions/relaxed_binary.hpp"
#include "concrete/noise/logistic.hpp"

/// \file
/// LogitBinaryConcrete, the logit of BinaryConcrete: where densities are computed and models trained.

namespace concrete {

namespace detail {

/// The mathematics of LogitBinaryConcrete, entry by entry of a column: logit a, temperature t, score s = a - t y.
template <class ScalarType>
class LogitBinaryConcreteFormulas {
 public:
  using Scalar = ScalarType;
  using Real = PlainScalar<Scalar>;
  using Parameters = BinaryParameters;
  using Noise = LogisticStrips;
  /// Whether every entry of a sample is made of the noise at its place alone.
  static constexpr bool is_entrywise = true;

  LogitBinaryConcreteFormulas(Index, const Scalar& temperature)
      : temperature_(temperature), log_temperature_(detail::log<Scalar>(temperature)) {}

  const Scalar& temperature() const { return temperature_; }

  /// In place, y = (a + l) / t, for the columns of a tile.
  template <class A, class Z>
  void sample_from_noise(const A& a, Z& z) const {
    z.for_each([&, t = temperature_](Position at) { z(at) = Scalar(a(at) + z(at)) / t; });
  }

  /// log p(y(l)) = sum_i log t - l_i - 2 softplus(-l_i), a number per column; then l becomes y(l).
  template <class A, class Z>
  auto sample_and_log_prob_from_noise(const A& a, Z& z, bool = false) const {
    const auto result = z.sum([&](Position at) -> Scalar { return log_prob_at_score(z(at)); });
    sample_from_noise(a, z);
    return result;
  }

  // As in ExpConcreteFormulas, the forms for tiles are for ordinary columns; where a result is not finite, the one of
  // the column counts.

  template <class A, class Y>
  auto log_prob_in_tile(const A& a, const Y& y) const {
    return y.sum([&](Position at) { return entry_log_prob(a(at), y(at)); });
  }

  template <class A, class Y, class Values, class GradY, class GradA>
  auto log_prob_gradient_in_tile(const A& a, const Y& y, const Values& upstream, GradY& grad_y, GradA& grad_a,
                                 Values& grad_temperature) const {
    auto& tanh = grad_a;
    tanh.for_each([&](Position at) { tanh(at) = tanh_half<Scalar>(score(a(at), y(at))); });
    grad_temperature = y.sum([&](Position at) { return tanh(at) * y(at) + Real(1) / temperature_; });
    grad_temperature.for_each([&](Scalar& slope, Index j) { slope *= upstream[j]; });
    const auto factor = y.spread(upstream);
    grad_y.for_each([&, t = temperature_](Position at) { grad_y(at) = t * (factor[at] * tanh(at)); });
    grad_a.for_each([&](Position at) { grad_a(at) = -factor[at] * tanh(at); });
    return log_prob_in_tile(a, y);
  }

  template <class Y, class G, class GradA>
  auto pathwise_gradient_in_tile(const Y& y, const G& g, GradA& grad_a) const {
    auto slope = y.sum([&](Position at) { return g(at) * y(at); });
    slope.for_each([&](Scalar& value, Index) { value /= -temperature_; });
    grad_a.for_each([&, t = temperature_](Position at) { grad_a(at) = g(at) / t; });
    return slope;
  }

  /// log p(y) = sum_i log t + s_i - 2 softplus(s_i).
  template <class A, class Y>
  Scalar log_prob(const A& a, const Y& y) const {
    return sum<Scalar>(a.size(), [&](Index i) { return entry_log_prob(a(i), y(i)); });
  }

  /// d/da = -tanh(s/2),  d/dy = t tanh(s/2),  d/dt = 1/t + y tanh(s/2).
  template <class A, class Y, class GradY, class GradA>
  Scalar log_prob_gradient(const A& a, const Y& y, const Scalar& upstream, GradY&& grad_y, GradA&& grad_a,
                           Scalar& grad_temperature) const {
    if (upstream == Real(0)) return log_prob(a, y);
    for (Index i = 0; i < a.size(); ++i) grad_y(i) = tanh_half(score(a(i), y(i)));
    const Scalar slope = sum<Scalar>(a.size(), [&](Index i) -> Scalar {
      return zero_wins<Scalar>(grad_y(i), y(i)) + Scalar(Real(1) / temperature_);
    });
    grad_temperature += Scalar(upstream * slope);
    for (Index i = 0; i < a.size(); ++i) {
      const Scalar grad = upstream * grad_y(i);
      grad_a(i) -= grad;
      grad_y(i) = temperature_ * grad;
    }
    return log_prob(a, y);
  }

  /// dL/da = g / t,  dL/dt = -sum_i g_i y_i / t,  g = dL/dy.
  template <class A, class Y, class G, class GradA>
  void pathwise_gradient(const A& a, const Y& y, const G& g, GradA&& grad_a, Scalar& grad_temperature) const {
    const Scalar slope = sum<Scalar>(a.size(), [&](Index i) { return zero_wins<Scalar>(g(i), y(i)); });
    grad_temperature -= Scalar(slope / temperature_);
    for (Index i = 0; i < a.size(); ++i) grad_a(i) += Scalar(g(i) / temperature_);
  }

  template <class A, class Y>
  bool in_support(const A& a, const Y& y) const {
    for (Index i = 0; i < a.size(); ++i) {
      if (is_nan(y(i))) return false;
    }
    return true;
  }

  /// log t + s - 2 softplus(s) of one entry.
  CONCRETE_ALWAYS_INLINE Scalar entry_log_prob(const Scalar& a, const Scalar& y) const {
    return log_prob_at_score(score(a, y));
  }

  /// s = a - t y of one entry.
  CONCRETE_ALWAYS_INLINE Scalar score(const Scalar& a, const Scalar& y) const { return a - Scalar(temperature_ * y); }

  /// sigmoid(t y - a).
  Scalar cdf(const Scalar& a, const Scalar& y) const { return sigmoid<Scalar>(-score(a, y)); }

  /// (logit(u) + a) / t.
  Scalar quantile(const Scalar& a, const Scalar& u) const { return Scalar(logit(u) + a) / temperature_; }

 private:
  /// s - 2 softplus(s) is even in s: taken at -|s|, it cannot overflow.
  CONCRETE_ALWAYS_INLINE Scalar log_prob_at_score(const Scalar& s) const {
    return log_temperature_ - Scalar(detail::abs(s) + Scalar(Real(2) * softplus_tail(s)));
  }

  Scalar temperature_;
  Scalar log_temperature_;
};

}  // namespace detail

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
class LogitBinaryConcrete
    : public detail::RelaxedBinary<Logits, detail::LogitBinaryConcreteFormulas<typename Logits::Scalar>> {
 public:
  using Scalar = typename Logits::Scalar;
  using detail::RelaxedBinary<Logits, detail::LogitBinaryConcreteFormulas<Scalar>>::RelaxedBinary;

  /// The points of (0, 1), x = sigmoid(y).
  ///
  /// \param y  n x kB logits of points; an expression is evaluated once.
  /// \return   in the shape of y.
  template <class Y>
  static auto to_concrete(const Y& y) {
    return detail::entrywise<Scalar>(y, [](const Scalar& v) { return point_of(v); });
  }

  /// The same into `out`, which allocates nothing unless `out` has to be resized.
  ///
  /// \param y    n x kB logits of points; an expression is evaluated once.
  /// \param out  a writable vector, matrix, block, map or view of that shape, or a plain dynamic one; it may be y itself.
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
  /// \param y         n x kB logits of points.
  /// \param upstream  dL/dx, of the same shape.
  /// \return          dL/dy, in the shape of y.
  /// \throws          std::invalid_argument if the shapes differ.
  template <class Y, class U>
  static auto to_concrete_gradient(const Y& y, const U& upstream) {
    return detail::entrywise_gradient<Scalar>(y, upstream,
                                              [](const Scalar& v, const Scalar& g) { return pull_back(v, g); });
  }

  /// The same into `out`, which allocates nothing unless `out` has to be resized.
  ///
  /// \param y         n x kB logits of points.
  /// \param upstream  dL/dx, of the same shape.
  /// \param out       where dL/dy goes, n x kB, as in to_concrete; it may be `upstream` or y itself.
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
  /// \param y  n x kB; an expression is evaluated once.
  /// \return   in the shape of y: 1 where y > 0, that is where x > 1/2, else 0; NaN where y is.
  template <class Y>
  static auto harden(const Y& y) {
    return detail::entrywise<Scalar>(y, [](const Scalar& v) { return detail::step(v, detail::constant<Scalar>(0)); });
  }

  /// Writes LogitBinaryConcrete(logits: [1, 0, -1], temperature: 0.5), a column in brackets, long ones shortened.
  friend std::ostream& operator<<(std::ostream& out, const LogitBinaryConcrete& d) {
    return detail::print(out, "LogitBinaryConcrete", d);
  }

 private:
  static Scalar point_of(const Scalar& y) { return detail::sigmoid<Scalar>(y); }
  static Scalar pull_back(const Scalar& y, const Scalar& upstream) {
    return detail::zero_wins<Scalar>(detail::sigmoid_slope<Scalar>(y), upstream);
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

using LogitBinaryConcreteXf = LogitBinaryConcrete<Eigen::VectorXf>;   ///< one vector, float
using LogitBinaryConcreteXd = LogitBinaryConcrete<Eigen::VectorXd>;   ///< one vector, double
using LogitBinaryConcreteXXf = LogitBinaryConcrete<Eigen::MatrixXf>;  ///< a batch, float
using LogitBinaryConcreteXXd = LogitBinaryConcrete<Eigen::MatrixXd>;  ///< a batch, double

}  // namespace concrete
