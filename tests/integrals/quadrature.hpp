#pragma once

#include <boost/math/quadrature/tanh_sinh.hpp>

// Integrals over the line and over (0, 1); nest them for more dimensions.

namespace testing {

/// Over the line, of f(u) analytic for |Im u| < pi and small as e^-|u|: the trapezoidal rule of step h leaves out terms
/// of size exp(-2 pi^2 / h), here 2e-14, times (2 pi / h)^(n-1) / (n-1)! for poles of order n at the edge, and e^-27 of
/// the tails.
template <class F>
double integral_over_line(const F& f) {
  constexpr double step = 0.625;
  double sum = 0;
  for (int k = -44; k <= 44; ++k) sum += f(k * step);
  return step * sum;
}

/// Over (0, 1), of f(x, 1 - x), which may be singular at both ends: both arguments keep their digits there. The
/// number of digits doubles with each refinement, so the error is about the square of the tolerance for the last one.
///
/// Goes no nearer to an end than 1e-80, so that densities at products of such distances do not overflow. Of one like
/// x^(t - 1), that leaves out 1e-16 at t = 0.2.
template <class F>
double integral_over_unit(const F& f, double tolerance) {
  static boost::math::quadrature::tanh_sinh<double> quadrature(15, 1e-80);
  const auto at = [&f](double x, double distance) { return distance < 0 ? f(-distance, 1 - x) : f(x, distance); };
  return quadrature.integrate(at, 0.0, 1.0, tolerance);
}

}  // namespace testing
