#pragma once

#include <cmath>
#include <concepts>
#include <cstddef>
#include <limits>
#include <type_traits>
#include <vector>

#include "concrete/detail/math.hpp"

// The one rule of integration that everything exact rests on.
//
// An integral over the line of a function that is analytic in a strip |Im z| < d around it, and dies away on both
// sides, is the sum of its values at equal steps h, times h, up to an error of about exp(-2 pi d / h): every halving of
// the step doubles the digits, and no other rule is needed (Trefethen, Weideman 2014, The Exponentially Convergent
// Trapezoidal Rule, SIAM Review 56). Where the nodes lie does not matter. So there are two things to know of an
// integrand: its strip, which gives the step, and its tails, which say where to begin and to end. Tails here are
// exponential, and are followed until what is left is below the precision of the type.
//
// What the sums are made of matters as much. A probability close to 1 is never formed where its complement is meant:
// 1 - exp(-x) is -expm1(-x), and products of probabilities are exp of sums of log1p(-complement). Rounding to 1 and
// subtracting would cost every term an eps, and there are thousands.

namespace concrete::detail {

inline constexpr double pi = 3.14159265358979323846;
/// Euler's constant, the mean of a standard Gumbel variable.
inline constexpr long double euler_gamma = 0.577215664901532860606512090082402431L;

/// -log of the error that rules in this type aim at. The factor before exp(-2 pi d / h) is of the order of this number:
/// for the 37.7 of double the error is some 1e-14.
template <class Real>
inline constexpr double tail_depth = 7.5 + 0.57 * std::numeric_limits<Real>::digits;

/// What numbers of this type are integrated in: float, too, needs the digits of double.
template <class Scalar>
using Integrated = std::conditional_t<std::same_as<Scalar, float>, double, Scalar>;

/// tail_depth of integrals whose results go back to a Scalar.
template <class Scalar>
inline constexpr double tail_depth_for = tail_depth<PlainScalar<Scalar>>;

/// A number of nodes or classes, or one of them, as std::vector counts.
constexpr std::size_t as_size(Index i) { return static_cast<std::size_t>(i); }

/// The step of a rule for integrands with a strip of this half-width.
constexpr double step_for_strip(double half_width, double tail_depth) { return 2 * pi * half_width / tail_depth; }

/// Expectations of even functions of a standard Logistic variable L: E f(L) = sum_j 2 weights_j f(nodes_j), with nodes
/// (j + 1/2) h. For an f analytic in |Im L| < pi, as the density has its poles at ± i pi, and of slow growth.
template <class Real>
struct LogisticNodes {
  std::vector<Real> nodes, weights;

  explicit LogisticNodes(double tail_depth = detail::tail_depth<Real>)
      : LogisticNodes(tail_depth, static_cast<Real>(tail_depth - 4.5)) {}
  /// \param end  beyond which nothing counts.
  LogisticNodes(double tail_depth, Real end) {
    const double step = step_for_strip(pi, tail_depth), last = static_cast<double>(end);
    for (Index j = 0; (static_cast<double>(j) + 0.5) * step < last; ++j) {
      const Real x = static_cast<Real>((static_cast<double>(j) + 0.5) * step), e = std::exp(-x);
      nodes.push_back(x);
      weights.push_back(static_cast<Real>(step) * e / ((1 + e) * (1 + e)));
    }
  }
};

}  // namespace concrete::detail
