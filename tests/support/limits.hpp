#pragma once

#include <limits>

namespace testing {

template <class T = double>
inline constexpr T inf = std::numeric_limits<T>::infinity();

template <class T = double>
inline constexpr T quiet_nan = std::numeric_limits<T>::quiet_NaN();

template <class T = double>
inline constexpr T eps = std::numeric_limits<T>::epsilon();

}  // namespace testing
