#include <cmath>
#include <cstdint>
#include <limits>
#include <type_traits>

#include "concrete/concrete.hpp"
#include "guarantees/check.hpp"
#include "support/random.hpp"

// What a compiler that takes liberties would break: masks, infinities and NaN in loops that vectorise, compensated
// sums, rounding by addition. Compiled with several sets of flags; long columns fill vector registers of any width.

namespace {

using Eigen::Index;
using testing::check;
using testing::near;

template <class T>
constexpr T inf = std::numeric_limits<T>::infinity();

template <class T>
constexpr T nan = std::numeric_limits<T>::quiet_NaN();

template <class T>
using Vector = Eigen::VectorX<T>;

/// An engine of one word over and over.
struct Constant {
  using result_type = std::uint64_t;
  static constexpr result_type min() { return 0; }
  static constexpr result_type max() { return std::numeric_limits<result_type>::max(); }
  result_type operator()() { return word; }
  result_type word;
};

template <class T>
void check_noise() {
  for (const std::uint64_t word : {std::uint64_t{0}, std::uint64_t{1}, ~std::uint64_t{0}}) {
    Constant engine{word};
    Vector<T> noise(67);
    concrete::fill_gumbel(engine, noise);
    check(noise.allFinite(), "Gumbel noise is finite");
    concrete::fill_logistic(engine, noise);
    check(noise.allFinite(), "Logistic noise is finite");
    const T lowest = std::is_same_v<T, float> ? T(22.8) : T(43.9), highest = lowest + T(1.2);
    check(std::abs(noise(0)) > lowest && std::abs(noise(0)) < highest, "Logistic noise reaches both tails");
  }
}

template <class T>
void check_masks() {
  const Index n = 67;
  Vector<T> logits = Vector<T>::Zero(n);
  for (Index k = 0; k < n; k += 3) logits(k) = -inf<T>;
  const concrete::ExpConcrete<Vector<T>> q(logits, T(0.5));
  testing::Random engine(1);
  const auto [y, log_prob] = q.sample_and_log_prob(engine);
  const Vector<T> x = q.to_concrete(y);
  const auto gradient = q.log_prob_gradient(y);
  bool exact = true;
  for (Index k = 0; k < n; k += 3) exact = exact && y(k) == -inf<T> && x(k) == 0 && gradient.logits(k) == 0;
  check(exact, "masked classes are exactly masked");
  check(near(x.sum(), T(1), T(n)), "a masked sample sums to one");
  check(near(q.log_prob(y), log_prob, T(2000)), "a masked sample has the density that it was drawn with");
  check(gradient.logits.allFinite() && std::isfinite(gradient.temperature), "a masked class leaves gradients finite");
}

/// Values by mpmath.
void check_categorical_densities() {
  const Eigen::Vector3d y(0, -2000, -3000);
  check(near(concrete::ExpConcrete(Eigen::Vector3d::Zero(), 0.01).log_prob(y), -48.5173293881142, 16.0),
        "a density far from normalised");
  const concrete::Concrete face(Eigen::Vector3d(3, 5, 4.4), 0.1);
  check(face.log_prob(Eigen::Vector3d(1, 0, 0)) == inf<double>, "the density at a corner is a limit");
  check(face.log_prob(Eigen::Vector3d(0.5, -0.5, 1)) == -inf<double>, "outside the simplex there is no mass");
  check(std::isnan(face.log_prob(Eigen::Vector3d(0.5, nan<double>, 0.5))), "NaN in, NaN out");
  const concrete::Concrete boundary(Eigen::Vector2d(0, 0), 1.0);
  check(boundary.log_prob(Eigen::Vector2d(0, 1)) == 0, "the uniform density at an end");
  const auto gradient = face.log_prob_gradient(Eigen::Vector3d(1, 0, 0));
  check(!gradient.sample.hasNaN() && !gradient.logits.hasNaN(), "gradients on the boundary are never NaN");
}

void check_binary_densities() {
  const auto one = [](auto a) { return Eigen::Matrix<decltype(a), 1, 1>(a); };
  const auto logit = [&](auto a, auto t, auto y) { return concrete::LogitBinaryConcrete(one(a), t).log_prob(one(y)); };
  const auto binary = [&](auto a, auto t, auto x) { return concrete::BinaryConcrete(one(a), t).log_prob(one(x)); };
  check(near(logit(-5.0, 0.05, -100.0), -4.38202663467388, 16.0), "the score 0");
  check(near(logit(-5.0, 0.005, -2000.0), -10.3117480635263, 16.0), "a score of 5");
  check(logit(100.0f, 1.0f, 0.0f) == -100, "a float score of 100");
  check(logit(800.0, 1.0, 0.0) == -800, "a score of 800");
  check(near(logit(10.0f, 0.1f, -800.0f), -92.302585092994f, 4.0f), "a float score of 90");
  check(near(binary(-5.0, 0.05, 1e-30), 64.1493852082271, 16.0), "a density near an end");
  check(binary(0.5, 0.5, 0.0) == inf<double> && binary(0.5, 1.0, 0.0) == -0.5 && binary(0.5, 2.0, 1.0) == -inf<double>,
        "the density at the ends");
  check(logit(1.0, 1.0, inf<double>) == -inf<double>, "no density at infinity");
  check(std::isnan(logit(1.0, 1.0, nan<double>)) && std::isnan(binary(1.0, 1.0, nan<double>)), "NaN in, NaN out");
}

/// A long column, so that the loops vectorise, with the same at every place.
template <class T>
void check_long_columns() {
  const Index n = 67;
  const auto all = [&](T value) { return Vector<T>(Vector<T>::Constant(n, value)); };
  const concrete::LogitBinaryConcrete<Vector<T>> q(all(0), T(0.5));
  const Vector<T> cdf = q.cdf(all(-100));
  check((cdf.array() == cdf(0)).all() && near(cdf(0), std::exp(T(-50)), T(64)),
        "the far tail of a distribution function");
  check((q.quantile(all(0)).array() == -inf<T>).all() && q.quantile(all(2)).array().isNaN().all(),
        "quantiles of 0 and beyond 1");
  const Vector<T> slope = q.to_concrete_gradient(all(40), all(1));
  check((slope.array() == slope(0)).all() && near(slope(0), std::exp(T(-40)), T(64)),
        "a slope where x has rounded to 1");
  const Vector<T> hard = q.harden(all(nan<T>));
  check(hard.array().isNaN().all(), "NaN has no rounding");
  Vector<T> scores = all(1);
  scores(n - 1) = nan<T>;
  check(std::isnan(concrete::ExpConcrete<Vector<T>>(all(0), T(1)).log_prob(scores)), "NaN anywhere is seen");
  check(concrete::importance_weighted(all(-inf<T>).transpose(), 1).bound(0) == -inf<T>, "no weight at all");
}

}  // namespace

int main() {
  check_noise<float>();
  check_noise<double>();
  check_masks<float>();
  check_masks<double>();
  check_categorical_densities();
  check_binary_densities();
  check_long_columns<float>();
  check_long_columns<double>();
  return testing::exit_status();
}
