#pragma once

#include <Eigen/Core>
#include <cmath>
#include <cstdint>
#include <tuple>
#include <type_traits>
#include <utility>

#include "concrete/concrete.hpp"
#include "support/random.hpp"

// What the batteries of shared tests need to handle one distribution class like another.

namespace testing {

using RowMajorXXf = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using RowMajorXXd = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using Matrix32d = Eigen::Matrix<double, 3, 2>;

template <class Logits>
using VectorOf = Eigen::VectorX<typename Logits::Scalar>;

template <class D>
inline constexpr bool is_relaxed = requires(const D& d) {
  d.temperature();
};

template <class D>
inline constexpr bool is_binary = false;
template <class Logits>
inline constexpr bool is_binary<concrete::BinaryConcrete<Logits>> = true;
template <class Logits>
inline constexpr bool is_binary<concrete::LogitBinaryConcrete<Logits>> = true;
template <class Logits>
inline constexpr bool is_binary<concrete::Bernoulli<Logits>> = true;

/// Whether samples are points of the simplex or of (0, 1), not logarithms or logits of them.
template <class D>
inline constexpr bool is_on_x_scale = false;
template <class Logits>
inline constexpr bool is_on_x_scale<concrete::Concrete<Logits>> = true;
template <class Logits>
inline constexpr bool is_on_x_scale<concrete::BinaryConcrete<Logits>> = true;

/// A distribution with these logits, and this temperature if it has one.
template <class D>
D make(const typename D::Logits& logits, double temperature = 0.7) {
  if constexpr (is_relaxed<D>) {
    return D(logits, temperature);
  } else {
    return D(logits);
  }
}

/// Logits between the two numbers, as many as their type fixes, else n x batch.
template <class Logits>
Logits draw_logits(std::uint64_t seed, double low = -2, double high = 2, Eigen::Index n = 3, Eigen::Index batch = 4) {
  const auto size = [](int fixed, Eigen::Index wanted) { return fixed == Eigen::Dynamic ? wanted : fixed; };
  return Random(seed).matrix<Logits>(size(Logits::RowsAtCompileTime, n), size(Logits::ColsAtCompileTime, batch), low,
                                     high);
}

template <class D>
D draw_model(std::uint64_t seed, double temperature = 0.7) {
  return make<D>(draw_logits<typename D::Logits>(seed), temperature);
}

/// A point of the simplex, every other coordinate of which may be as small as 1e-26.
template <class Vector>
Vector draw_simplex_point(Random& random, Eigen::Index n) {
  Vector x(n);
  for (Eigen::Index k = 0; k < n; ++k) {
    x(k) = static_cast<typename Vector::Scalar>(std::exp(random.uniform(k % 2 == 0 ? -3 : -60, 0)));
  }
  return x / x.sum();
}

/// Distribution b of a batch, by itself.
template <class Logits>
auto single(const concrete::ExpConcrete<Logits>& model, Eigen::Index b) {
  return concrete::ExpConcrete(VectorOf<Logits>(model.logits().col(b)), model.temperature());
}
template <class Logits>
auto single(const concrete::Concrete<Logits>& model, Eigen::Index b) {
  return concrete::Concrete(VectorOf<Logits>(model.logits().col(b)), model.temperature());
}
template <class Logits>
auto single(const concrete::LogitBinaryConcrete<Logits>& model, Eigen::Index b) {
  return concrete::LogitBinaryConcrete(VectorOf<Logits>(model.logits().col(b)), model.temperature());
}
template <class Logits>
auto single(const concrete::BinaryConcrete<Logits>& model, Eigen::Index b) {
  return concrete::BinaryConcrete(VectorOf<Logits>(model.logits().col(b)), model.temperature());
}

/// One value per column as a row, also where the library answers with a single number.
template <class Values>
auto as_row(const Values& values) {
  if constexpr (requires { typename Values::PlainObject; }) {
    return Eigen::RowVectorX<typename Values::Scalar>(values);
  } else {
    return Eigen::RowVectorX<Values>(Eigen::RowVectorX<Values>::Constant(1, values));
  }
}

/// Equal shapes and equal entries, where NaN equals NaN.
template <class A, class B>
bool identical(const Eigen::MatrixBase<A>& a, const Eigen::MatrixBase<B>& b) {
  if (a.rows() != b.rows() || a.cols() != b.cols()) return false;
  const typename A::PlainObject x = a;
  const typename B::PlainObject y = b;
  for (Eigen::Index j = 0; j < x.cols(); ++j) {
    for (Eigen::Index i = 0; i < x.rows(); ++i) {
      if (!(x(i, j) == y(i, j) || (x(i, j) != x(i, j) && y(i, j) != y(i, j)))) return false;
    }
  }
  return true;
}

/// The four relaxed classes, and between them fixed, dynamic, row-major and batched logits of both scalars.
using RelaxedModels = std::tuple<concrete::ExpConcrete3f, concrete::ExpConcrete<RowMajorXXd>, concrete::ConcreteXXd,
                                 concrete::Concrete<Matrix32d>, concrete::LogitBinaryConcreteXXf,
                                 concrete::LogitBinaryConcrete<Eigen::RowVectorXd>, concrete::BinaryConcreteXd>;

/// Those and the discrete limits.
using AllModels = decltype(std::tuple_cat(std::declval<RelaxedModels>(),
                                          std::declval<std::tuple<concrete::DiscreteXXd, concrete::BernoulliXf>>()));

}  // namespace testing
