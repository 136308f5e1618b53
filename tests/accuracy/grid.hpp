#pragma once

#include <Eigen/Core>
#include <cmath>
#include <limits>
#include <vector>

#include "support/limits.hpp"
#include "support/models.hpp"

// The parameters and points at which accuracy is measured: temperatures from 1e-6 to 1e6, logits up to 1e4, one to ten
// thousand classes, masks; points drawn from the law itself, close to a vertex, on faces, underflowed.

namespace testing {

using Eigen::Index;

/// What takes a case out of the ordinary.
enum class Trait { temperature, logits, mask, boundary, large };

using Traits = std::vector<Trait>;

template <class T>
struct Case {
  Traits traits;
  T temperature;
  Eigen::VectorX<T> logits;
  std::uint64_t seed;
};

template <class T>
Case<T> make_case(Index n, double temperature, double scale, bool masked, std::uint64_t seed) {
  Random random(seed);
  Case<T> result{{}, static_cast<T>(temperature), random.vector<Eigen::VectorX<T>>(n, -scale, scale), seed};
  for (Index k = 1; masked && k < n; k += 3) result.logits(k) = -inf<T>;
  if (temperature < 0.01 || temperature > 10) result.traits.push_back(Trait::temperature);
  if (scale > 10) result.traits.push_back(Trait::logits);
  if (masked) result.traits.push_back(Trait::mask);
  if (n > 1000) result.traits.push_back(Trait::large);
  return result;
}

/// Every combination, but of so many classes that a column is taken in parts one scale of the logits for each temperature.
/// Binary entries are independent: for them neither masks nor so many.
template <class T>
std::vector<Case<T>> cases(bool categorical) {
  constexpr double scales[] = {0, 0.1, 3, 50, 1e4};
  constexpr double temperatures[] = {1e-6, 1e-3, 0.05, 0.5, 1, 5, 1e3, 1e6};
  std::vector<Case<T>> result;
  std::uint64_t seed = 1;
  std::size_t turn = 0;
  for (const double temperature : temperatures) {
    for (const Index n : {1, 2, 3, 10, 100}) {
      for (const double scale : scales) {
        result.push_back(make_case<T>(n, temperature, scale, false, seed++));
        if (categorical && n > 1) result.push_back(make_case<T>(n, temperature, scale, true, seed++));
      }
    }
    if (!categorical) continue;
    result.push_back(make_case<T>(10000, temperature, scales[turn % 5], false, seed++));
    const auto further = [&](Index n, std::size_t scale, bool masked) {
      result.push_back(
          make_case<T>(n, temperature, scales[scale % 5], masked, 100'000 + 100 * turn + 10 * scale + masked));
    };
    further(1025, turn + 1, false);
    further(1025, turn + 2, true);
    if (turn % 2 == 0) further(10000, turn + 3, true);
    ++turn;
  }
  return result;
}

/// A column to be looked at.
template <class T>
struct Point {
  Eigen::VectorX<T> value;
  bool boundary;
};

/// log_softmax of scores, in the precision of T.
template <class T>
Eigen::VectorX<T> log_normalized(const Eigen::VectorX<T>& scores) {
  const T top = scores.maxCoeff();
  return scores.array() - (top + std::log((scores.array() - top).exp().sum()));
}

/// On the log scale: the law's own, any, close to the vertex of the first class, where e^y underflows, on faces.
template <class Logits>
std::vector<Point<typename Logits::Scalar>> points(const concrete::ExpConcrete<Logits>& q, Random& random) {
  using T = typename Logits::Scalar;
  using Vector = Eigen::VectorX<T>;
  const Index n = q.dimension();
  std::vector<Point<T>> result{{q.sample(random), false}};
  const auto add = [&](Vector y, bool boundary) {
    for (Index k = 0; k < n; ++k) {
      if (q.logits()(k) == -inf<T>) y(k) = -inf<T>;
    }
    result.push_back({log_normalized<T>(y), boundary});
  };
  if (n > 1000 || (n > 10 && q.logits()(1) == -inf<T>)) return result;  // 50 digits are slow
  add(random.vector<Vector>(n, -8, 0), false);
  Vector vertex = random.vector<Vector>(n, -60, -30), deep = random.vector<Vector>(n, -3000, -800);
  vertex(0) = deep(0) = 0;
  add(vertex, true);
  add(deep, true);
  if (n == 1) return result;
  Vector face = random.vector<Vector>(n, -8, 0);
  face(n - 1) = -inf<T>;
  add(face, true);
  for (Index k = n / 2; k < n; ++k) face(k) = -inf<T>;
  add(face, true);
  return result;
}

/// On the simplex: the same, where what underflows are the smallest numbers of the type.
template <class Logits>
std::vector<Point<typename Logits::Scalar>> points(const concrete::Concrete<Logits>& q, Random& random) {
  using T = typename Logits::Scalar;
  const concrete::ExpConcrete<Logits> log_class(q.logits(), q.temperature());
  std::vector<Point<T>> result;
  for (const Point<T>& point : points(log_class, random)) {
    Eigen::VectorX<T> x = log_class.to_concrete(point.value);
    const bool deep = point.boundary && (x.array() == 0).any() && !(point.value.array() == -inf<T>).any();
    for (Index k = 0; deep && k < x.size(); ++k) {
      if (x(k) == 0) x(k) = static_cast<T>(1 + k) * std::numeric_limits<T>::denorm_min();
    }
    bool boundary = point.boundary;
    for (Index k = 0; k < x.size(); ++k) {
      boundary = boundary || (q.logits()(k) > -inf<T> && x(k) < (std::numeric_limits<T>::min)());
    }
    result.push_back({x, boundary});
  }
  return result;
}

/// Logits: the law's own, any, far out, beyond the underflow of sigmoid(y), infinite.
template <class Logits>
std::vector<Point<typename Logits::Scalar>> points(const concrete::LogitBinaryConcrete<Logits>& q, Random& random) {
  using T = typename Logits::Scalar;
  using Vector = Eigen::VectorX<T>;
  const Index n = q.dimension();
  std::vector<Point<T>> result{{q.sample(random), false}};
  result.push_back({random.vector<Vector>(n, -8, 8), false});
  result.push_back({random.vector<Vector>(n, -60, 60), true});
  result.push_back({random.vector<Vector>(n, -3000, 3000), true});
  Vector end = random.vector<Vector>(n, -8, 8);
  end(0) = -inf<T>;
  end(n - 1) = inf<T>;
  result.push_back({end, true});
  return result;
}

/// On [0, 1]: the law's own, any, close to both ends, the smallest numbers of the type, the ends.
template <class Logits>
std::vector<Point<typename Logits::Scalar>> points(const concrete::BinaryConcrete<Logits>& q, Random& random) {
  using T = typename Logits::Scalar;
  using Vector = Eigen::VectorX<T>;
  constexpr T smallest = std::numeric_limits<T>::denorm_min();
  const Index n = q.dimension();
  std::vector<Point<T>> result;
  const auto add = [&](const Vector& x) {
    result.push_back({x, (x.array() < (std::numeric_limits<T>::min)()).any() || (x.array() == 1).any()});
  };
  add(q.sample(random));
  add(random.vector<Vector>(n, 0.001, 0.999));
  Vector close = random.vector<Vector>(n, 0, 1), subnormal = close, end = close;
  for (Index i = 0; i < n; ++i) {
    const T tiny = std::exp(static_cast<T>(random.uniform(-80, -30)));
    close(i) = i % 2 == 0 ? tiny : 1 - static_cast<T>(1 + i % 7) * std::numeric_limits<T>::epsilon() / 2;
    subnormal(i) = static_cast<T>(1 + i) * smallest;
  }
  add(close);
  result.back().boundary = true;
  add(subnormal);
  end(0) = 0;
  end(n - 1) = 1;
  add(end);
  return result;
}

}  // namespace testing
