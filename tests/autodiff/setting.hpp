#pragma once

#include <Eigen/Core>
#include <unsupported/Eigen/AutoDiff>

#include "concrete/concrete.hpp"

// Numbers that carry derivatives, and the four relaxed classes over any scalar.

namespace testing {

template <int count>
using Dual = Eigen::AutoDiffScalar<Eigen::Matrix<double, count, 1>>;  // count may be Eigen::Dynamic

/// The variable number `index` of `count`.
template <class D>
D variable(double value, Eigen::Index count, Eigen::Index index) {
  return D(value, static_cast<int>(count), static_cast<int>(index));
}

/// A column of variables, number `first` and those after it.
template <class D>
Eigen::VectorX<D> variables(const Eigen::VectorXd& values, Eigen::Index count, Eigen::Index first) {
  Eigen::VectorX<D> result(values.size());
  for (Eigen::Index k = 0; k < values.size(); ++k) result(k) = variable<D>(values(k), count, first + k);
  return result;
}

/// A column of numbers without derivatives.
template <class D>
Eigen::VectorX<D> constants(const Eigen::VectorXd& values) {
  return values.cast<D>();
}

/// The derivatives of a number, with zeros where it has none (an empty vector, if their number is dynamic).
template <class D>
Eigen::VectorXd derivatives(const D& x, Eigen::Index count) {
  if (x.derivatives().size() == 0) return Eigen::VectorXd::Zero(count);
  return x.derivatives();
}

struct ExpConcreteFamily {
  static constexpr bool is_binary = false, is_on_x_scale = false;
  template <class Logits>
  using Over = concrete::ExpConcrete<Logits>;
};
struct ConcreteFamily {
  static constexpr bool is_binary = false, is_on_x_scale = true;
  template <class Logits>
  using Over = concrete::Concrete<Logits>;
};
struct LogitBinaryFamily {
  static constexpr bool is_binary = true, is_on_x_scale = false;
  template <class Logits>
  using Over = concrete::LogitBinaryConcrete<Logits>;
};
struct BinaryFamily {
  static constexpr bool is_binary = true, is_on_x_scale = true;
  template <class Logits>
  using Over = concrete::BinaryConcrete<Logits>;
};

}  // namespace testing
