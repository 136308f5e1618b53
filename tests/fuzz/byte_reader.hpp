#pragma once

#include <Eigen/Core>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <span>

namespace fuzz {

/// Numbers out of a fuzzer's bytes; zeros when they have run out.
class ByteReader {
 public:
  explicit ByteReader(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}

  /// The next bytes as they stand.
  template <class T>
  T raw() {
    std::array<std::uint8_t, sizeof(T)> taken = {};
    const std::size_t count = std::min(bytes_.size(), sizeof(T));
    for (std::size_t i = 0; i < count; ++i) taken[i] = bytes_[i];
    bytes_ = bytes_.subspan(count);
    T value;
    std::memcpy(&value, taken.data(), sizeof(T));
    return value;
  }

  /// An integer from low to high, at most 256 of them.
  Eigen::Index integer(Eigen::Index low, Eigen::Index high) { return low + raw<std::uint8_t>() % (high - low + 1); }

  /// A number of one of three kinds: a critical one, an ordinary one of a magnitude up to 128, or any bit pattern.
  template <class T>
  T number() {
    using Limits = std::numeric_limits<T>;
    constexpr T inf = Limits::infinity(), max = Limits::max(), below_one = 1 - Limits::epsilon() / 2;
    constexpr T critical[] = {0,
                              T(-0.0),
                              1,
                              -1,
                              T(0.5),
                              2,
                              T(0.25),
                              below_one,
                              1 + Limits::epsilon(),
                              T(1e-6),
                              T(1e6),
                              T(1e4),
                              T(-1e4),
                              T(-1e6),
                              T(1e-30),
                              T(1e-39),
                              Limits::denorm_min(),
                              Limits::min(),
                              max,
                              -max,
                              inf,
                              -inf,
                              Limits::quiet_NaN()};
    const auto kind = raw<std::uint8_t>();
    if (kind < std::size(critical)) return critical[kind];
    if (kind % 4 == 0) return raw<T>();
    return static_cast<T>(raw<std::int16_t>()) / 256;
  }

  template <class T>
  Eigen::MatrixX<T> matrix(Eigen::Index rows, Eigen::Index cols) {
    Eigen::MatrixX<T> result(rows, cols);
    for (T& entry : result.reshaped()) entry = number<T>();
    return result;
  }

  // The reader is also the engine whose words the fuzzer chooses.
  using result_type = std::uint64_t;
  static constexpr result_type min() { return 0; }
  static constexpr result_type max() { return std::numeric_limits<result_type>::max(); }
  result_type operator()() { return raw<result_type>(); }

 private:
  std::span<const std::uint8_t> bytes_;
};

}  // namespace fuzz
