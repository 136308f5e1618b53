#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <limits>

namespace testing {

/// The source of every number that a test invents: an engine of 64 bits (splitmix64) with uniforms of its own, so that
/// a seed means the same numbers on every platform.
class Random {
 public:
  using result_type = std::uint64_t;

  explicit Random(std::uint64_t seed) : state_(seed) {}

  static constexpr result_type min() { return 0; }
  static constexpr result_type max() { return std::numeric_limits<result_type>::max(); }

  result_type operator()() {
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
  }

  /// A uniform number between the two, neither of them.
  double uniform(double low = 0, double high = 1) {
    const double u = (static_cast<double>((*this)() >> 12) + 0.5) * 0x1p-52;
    return low + (high - low) * u;
  }

  /// A plain matrix of such numbers, random.matrix<Eigen::MatrixXf>(3, 5, -1, 1).
  template <class M>
  M matrix(Eigen::Index rows, Eigen::Index cols, double low, double high) {
    M result;
    result.resize(rows, cols);
    for (Eigen::Index j = 0; j < cols; ++j) {
      for (Eigen::Index i = 0; i < rows; ++i) {
        result(i, j) = static_cast<typename M::Scalar>(uniform(low, high));
      }
    }
    return result;
  }

  /// A plain vector of such numbers, random.vector<Eigen::VectorXd>(3, -1, 1).
  template <class V>
  V vector(Eigen::Index size, double low, double high) {
    return matrix<V>(V::RowsAtCompileTime == 1 ? 1 : size, V::RowsAtCompileTime == 1 ? size : 1, low, high);
  }

 private:
  std::uint64_t state_;
};

}  // namespace testing
