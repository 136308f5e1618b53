#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "vae/parallel.hpp"
#include "vae/types.hpp"

namespace vae {

/// Adam (Kingma and Ba 2015), minimising.
template <class Scalar>
class Adam {
 public:
  explicit Adam(Index parameters = 0)
      : mean_(Vector<Scalar>::Zero(parameters)), square_(Vector<Scalar>::Zero(parameters)) {}

  /// θ -= rate · m̂ / (sqrt(v̂) + ε), m̂ = m / (1 - β1^t), v̂ = v / (1 - β2^t), where m and v are running means of the
  /// gradient and of its square.
  void step(Vector<Scalar>& parameters, const Vector<Scalar>& gradient, double rate) {
    ++steps_;
    const double t = static_cast<double>(steps_);
    const auto size = static_cast<Scalar>(rate / (1 - std::pow(mean_decay, t)));
    const auto root = static_cast<Scalar>(1 / std::sqrt(1 - std::pow(square_decay, t)));
    constexpr auto b1 = static_cast<Scalar>(mean_decay), c1 = static_cast<Scalar>(1 - mean_decay);
    constexpr auto b2 = static_cast<Scalar>(square_decay), c2 = static_cast<Scalar>(1 - square_decay);
    constexpr auto eps = static_cast<Scalar>(epsilon);
    in_parallel(parameters.size(), operations_per_parameter * parameters.size(), [&](Index first, Index count) {
      // One pass over the memory: the three expressions meet their strip in the cache.
      for (Index begin = first; begin < first + count; begin += strip) {
        const Index n = std::min(strip, first + count - begin);
        const auto g = gradient.array().segment(begin, n);
        auto m = mean_.array().segment(begin, n);
        auto v = square_.array().segment(begin, n);
        m = b1 * m + c1 * g;
        v = b2 * v + c2 * g.square();
        parameters.array().segment(begin, n) -= size * m / (root * v.sqrt() + eps);
      }
    });
  }

  std::int64_t steps() const { return steps_; }
  Index size() const { return mean_.size(); }

  template <class Archive>
  void serialize(Archive& archive) {
    archive(steps_, mean_, square_);
  }

 private:
  static constexpr double mean_decay = 0.9, square_decay = 0.999, epsilon = 1e-8;
  static constexpr Index strip = 1024, operations_per_parameter = 50;

  std::int64_t steps_ = 0;
  Vector<Scalar> mean_;    // m
  Vector<Scalar> square_;  // v
};

}  // namespace vae
