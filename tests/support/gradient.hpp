#pragma once

#include <Eigen/Core>

namespace testing {

/// f'(x) of a function of one double by central differences over x ± step, ± 2 step, ± 3 step: the error is about
/// step^6 / 140 times the seventh derivative, plus eps |f| / step.
template <class F>
double derivative(const F& f, double x, double step = 0x1p-7) {
  const auto difference = [&](int k) { return f(x + k * step) - f(x - k * step); };
  return (45 * difference(1) - 9 * difference(2) + difference(3)) / (60 * step);
}

/// The gradient of a scalar function of a plain matrix or vector of double, entry by entry.
template <class F, class M>
M gradient(const F& f, M at, double step = 0x1p-7) {
  M result = at;
  for (Eigen::Index j = 0; j < at.cols(); ++j) {
    for (Eigen::Index i = 0; i < at.rows(); ++i) {
      const double here = at(i, j);
      const auto along_entry = [&](double value) {
        at(i, j) = value;
        return static_cast<double>(f(at));
      };
      result(i, j) = derivative(along_entry, here, step);
      at(i, j) = here;
    }
  }
  return result;
}

}  // namespace testing
