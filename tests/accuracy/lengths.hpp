#pragma once

#include <algorithm>
#include <concepts>
#include <tuple>
#include <vector>

#include "accuracy/grid.hpp"
#include "accuracy/measure.hpp"
#include "support/densities.hpp"

// Columns around every border between the ways in which formulas run over them, as columns are tiny, short, long or of a
// fixed size, and masked or not (see detail/blocks.hpp).

namespace testing {

// The bound of ordinary cases in accuracy_test.cpp, here of all.
inline constexpr double lengths_bound = 8;

inline constexpr Index lengths[] = {1, 2, 3, 4, 5, 12, 13, 31, 32, 33, 1023, 1024, 1025, 1026, 2500};
inline constexpr Index long_length = 1000;  // from here on 50 digits are spent on few columns

enum class Mask { none, one, half, all_but_one };
enum class Kind { law, inside, face, outside, nan };

inline constexpr Kind all_kinds[] = {Kind::law, Kind::nan, Kind::face, Kind::inside, Kind::outside};
inline constexpr Kind interior_kinds[] = {Kind::law, Kind::inside};

inline Index below(Random& random, Index n) { return static_cast<Index>(random() % static_cast<std::uint64_t>(n)); }

/// Logits with masks at random places.
template <class Vector>
Vector draw_masked_logits(Random& random, Index n, Mask mask) {
  Vector a = random.vector<Vector>(n, -3, 3);
  const Index kept = below(random, n), only = n > 1 ? (kept + 1 + below(random, n - 1)) % n : kept;
  for (Index k = 0; k < n; ++k) {
    const bool in_half = random() % 2 == 0;
    const bool is_masked =
        mask == Mask::all_but_one || (mask == Mask::half && in_half) || (mask == Mask::one && k == only);
    if (is_masked && k != kept) a(k) = -inf<typename Vector::Scalar>;
  }
  return a;
}

/// The classes that are not masked.
template <class A>
std::vector<Index> classes_of(const A& a) {
  std::vector<Index> result;
  for (Index k = 0; k < a.size(); ++k) {
    if (a(k) > -inf<typename A::Scalar>) result.push_back(k);
  }
  return result;
}

template <class D>
auto categorical_point(const D& q, Kind kind, Random& random) {
  using T = typename D::Scalar;
  using Vector = Eigen::VectorX<T>;
  const Index n = q.dimension();
  const std::vector<Index> classes = classes_of(q.logits());
  const auto random_class = [&] { return classes[static_cast<std::size_t>(below(random, Index(classes.size())))]; };
  Vector y = random.vector<Vector>(n, -8, 0);
  for (Index k = 0; k < n; ++k) {
    if (q.logits()(k) == -inf<T>) y(k) = -inf<T>;
  }
  if (kind == Kind::face && classes.size() > 1) y(random_class()) = -inf<T>;
  y = log_normalized<T>(y);
  Vector point = y;
  if (is_on_x_scale<D>) {
    for (T& x : point) x = std::exp(x);  // Eigen's exp(-inf) is not 0
  }
  if (kind == Kind::outside) {
    const Index k = below(random, n);
    const bool is_masked = q.logits()(k) == -inf<T>;
    if constexpr (is_on_x_scale<D>) {
      point(k) = is_masked ? T(1e-30) : T(-0.25);
    } else {
      point(k) = is_masked ? T(-70) : inf<T>;
    }
  }
  if (kind == Kind::nan) point(below(random, n)) = quiet_nan<T>;
  return point;
}

/// Without an outside on the log scale.
template <class D>
auto binary_point(const D& q, Kind kind, Random& random) {
  using T = typename D::Scalar;
  using Vector = Eigen::VectorX<T>;
  const Index n = q.dimension(), i = below(random, n);
  const bool low = random() % 2 == 0;
  Vector point = is_on_x_scale<D> ? random.vector<Vector>(n, 0.001, 0.999) : random.vector<Vector>(n, -8, 8);
  if constexpr (is_on_x_scale<D>) {
    if (kind == Kind::face) point(i) = low ? 0 : 1;
    if (kind == Kind::outside) point(i) = low ? T(-0.25) : T(1.5);
  } else if (kind == Kind::face || kind == Kind::outside) {
    point(i) = low ? -inf<T> : inf<T>;
  }
  if (kind == Kind::nan) point(i) = quiet_nan<T>;
  return point;
}

/// A column of a kind, for a distribution of one column.
template <class D>
Eigen::VectorX<typename D::Scalar> draw_point(const D& q, Kind kind, Random& random) {
  if (kind == Kind::law) return q.sample(random);
  if constexpr (is_binary<D>) {
    return binary_point(q, kind, random);
  } else {
    return categorical_point(q, kind, random);
  }
}

template <class D>
auto reference_model(const D& q) {
  using Model = std::conditional_t<is_binary<D>, BinaryModel, CategoricalModel>;
  return Model{widen(q.logits()), Wide(q.temperature()), is_on_x_scale<D>};
}

/// In eps of the conditioning; 0 of what has no textbook value.
template <class Values>
double worst_error(const Values& actual, const Quantities& expected) {
  double worst = 0;
  for (std::size_t k = 0; k < expected.size(); ++k) {
    if constexpr (std::floating_point<Values>) {
      worst = std::max(worst, error_of(actual, expected[k]));
    } else {
      worst = std::max(worst, error_of(actual(static_cast<Index>(k)), expected[k]));
    }
  }
  return worst;
}

/// All answers about one column.
template <class T>
struct Alone {
  T log_prob, value, temperature, path_temperature;
  Eigen::VectorX<T> sample, logits, path_logits;
};

template <class D, class Y, class U>
auto ask(const D& q, const Y& point, const U& upstream, typename D::Scalar weight) {
  using T = typename D::Scalar;
  const auto gradient = q.log_prob_gradient(point, weight);
  const auto path = q.pathwise_gradient(point, upstream);
  return Alone<T>{q.log_prob(point), gradient.value,  gradient.temperature, path.temperature,
                  gradient.sample,   gradient.logits, path.logits};
}

template <class T>
bool same(const T& a, const T& b) {
  return a == b || (a != a && b != b);
}

template <class T>
bool same(const Alone<T>& a, const Alone<T>& b) {
  return same(a.log_prob, b.log_prob) && same(a.value, b.value) && same(a.temperature, b.temperature) &&
         same(a.path_temperature, b.path_temperature) && identical(a.sample, b.sample) &&
         identical(a.logits, b.logits) && identical(a.path_logits, b.path_logits);
}

template <class D>
std::vector<Mask> masks_of(Index n) {
  if (is_binary<D> || n == 1) return {Mask::none};
  if (n > long_length) return {Mask::none, Mask::half};
  return {Mask::none, Mask::one, Mask::half, Mask::all_but_one};
}

using LengthsClasses =
    std::tuple<concrete::ExpConcreteXXf, concrete::ExpConcreteXXd, concrete::ConcreteXXf, concrete::ConcreteXXd,
               concrete::LogitBinaryConcreteXXf, concrete::LogitBinaryConcreteXXd, concrete::BinaryConcreteXXf,
               concrete::BinaryConcreteXXd>;

}  // namespace testing
