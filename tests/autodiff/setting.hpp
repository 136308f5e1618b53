#pragma once

#include <Eigen/Core>
#include <tuple>
#include <utility>

#include "autodiff/derivatives.hpp"
#include "catch.hpp"
#include "concrete/concrete.hpp"
#include "support/limits.hpp"
#include "system.hpp"

// The relaxed classes over the numbers of a system, and how far derivatives may be from those of the analytic
// gradients.

namespace testing {

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

/// A family of distributions over the numbers of a system.
template <class FamilyType, class SystemType>
struct Setting {
  using Family = FamilyType;
  using System = SystemType;
};

namespace detail {

template <class... Families, class... Ss>
auto product(std::tuple<Ss...>) {
  const auto with_all = []<class F>(F*) { return std::tuple<Setting<F, Ss>...>(); };
  return std::tuple_cat(with_all(static_cast<Families*>(nullptr))...);
}

}  // namespace detail

/// Each family with each system.
template <class... Families>
using SettingsOf = decltype(detail::product<Families...>(Systems()));

using CategoricalSettings = SettingsOf<ExpConcreteFamily, ConcreteFamily>;
using BinarySettings = SettingsOf<LogitBinaryFamily, BinaryFamily>;
using LogSettings = SettingsOf<ExpConcreteFamily, LogitBinaryFamily>;
using RelaxedSettings = SettingsOf<ExpConcreteFamily, ConcreteFamily, LogitBinaryFamily, BinaryFamily>;

/// A column put together from columns and numbers of one scalar.
template <class Scalar, class... Parts>
Eigen::VectorX<Scalar> joined(const Parts&... parts) {
  Eigen::VectorX<Scalar> result(1);
  Eigen::Index size = 0;
  const auto append = [&](const auto& part) {
    if constexpr (requires { part.size(); }) {
      result.conservativeResize(size + part.size());
      for (Eigen::Index k = 0; k < part.size(); ++k) result(size++) = part(k);
    } else {
      result.conservativeResize(size + 1);
      result(size++) = part;
    }
  };
  (append(parts), ...);
  return result;
}

/// Some 40 operations on numbers of a magnitude of 10 (on the x scale 30), in a form that cancels more than the double
/// path does.
inline constexpr double rounding = 1000 * eps<>;

/// Equal up to `tolerance` times 1 + |expected|, infinities exactly.
template <class A, class B>
bool close(const Eigen::MatrixBase<A>& actual, const Eigen::MatrixBase<B>& expected, double tolerance = rounding) {
  if (actual.rows() != expected.rows() || actual.cols() != expected.cols()) return false;
  const Eigen::MatrixXd a = actual, b = expected;
  return (a.array() == b.array() || (a - b).array().abs() <= tolerance * (1 + b.array().abs())).all();
}

inline void check_close(const Derivatives& actual, const Derivatives& expected, double tolerance = rounding) {
  INFO("values: " << actual.values.transpose() << "\nexpected: " << expected.values.transpose());
  INFO("jacobian:\n" << actual.jacobian << "\nexpected:\n" << expected.jacobian);
  CHECK(close(actual.values, expected.values));
  CHECK(close(actual.jacobian, expected.jacobian, tolerance));
}

}  // namespace testing
