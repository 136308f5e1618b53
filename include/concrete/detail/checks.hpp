#pragma once

#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>

#include "concrete/detail/compiler.hpp"

/// \file
/// Where violated preconditions end, and the compiler options that the library refuses.

#if !defined(__cpp_concepts)
#error "concrete needs C++20: g++ 12, clang++ 14, or newer, with -std=c++20"
#endif

// Masked classes are logits of -inf and bad input is NaN, so every density here relies on IEEE infinities.
#if (defined(__FINITE_MATH_ONLY__) && __FINITE_MATH_ONLY__) || defined(_M_FP_FAST)
#if defined(__clang__) && __clang_major__ >= 17  // to which every comparison with an infinity is false
#error "concrete needs infinities and NaNs: write -fno-finite-math-only behind -ffast-math"
#elif !defined(CONCRETE_ALLOW_FAST_MATH)
#error \
    "concrete needs infinities and NaNs: write -fno-finite-math-only behind -ffast-math, or define CONCRETE_ALLOW_FAST_MATH"
#endif
#endif

/// Where every violated precondition ends: called with the message. It must not return; should it, the program aborts.
///
/// Throws std::invalid_argument where exceptions are enabled, otherwise prints the message and aborts. Define it
/// before the first include, alike in every translation unit, to do something else.
///
/// \param message  a null-terminated string, valid during the call: which argument, what it must be and what it was.
/// \ingroup api_errors
#if !defined(CONCRETE_FAILURE_HANDLER)
#if defined(__cpp_exceptions) || defined(_CPPUNWIND)
#define CONCRETE_FAILURE_HANDLER(message) throw std::invalid_argument(message)
#else
#define CONCRETE_FAILURE_HANDLER(message) (std::fprintf(stderr, "concrete: %s\n", message), std::abort())
#endif
#endif

namespace concrete::detail {

/// The size of a matrix of whatever type.
struct Shape {
  std::ptrdiff_t rows, cols;
};

template <class Matrix>
Shape shape_of(const Matrix& matrix) {
  return {matrix.rows(), matrix.cols()};
}

/// A text put together without allocation, cut off where it is too long.
class Message {
 public:
  const char* text() const { return text_; }

  CONCRETE_NEVER_INLINE void append(const char* text) { advance(std::snprintf(end(), room(), "%s", text)); }

  CONCRETE_NEVER_INLINE void append(std::signed_integral auto number) {
    advance(std::snprintf(end(), room(), "%lld", static_cast<long long>(number)));
  }
  CONCRETE_NEVER_INLINE void append(std::unsigned_integral auto number) {
    advance(std::snprintf(end(), room(), "%llu", static_cast<unsigned long long>(number)));
  }

  /// Six digits. NaN reads "nan" whatever its sign bit.
  CONCRETE_NEVER_INLINE void append(std::floating_point auto number) {
    if (std::isnan(number)) {
      append("nan");
    } else if constexpr (std::same_as<decltype(number), long double>) {
      advance(std::snprintf(end(), room(), "%Lg", number));
    } else {
      advance(std::snprintf(end(), room(), "%g", static_cast<double>(number)));
    }
  }

  CONCRETE_NEVER_INLINE void append(Shape shape) {
    append(shape.rows);
    append(" x ");
    append(shape.cols);
  }

 private:
  char* end() { return text_ + length_; }
  std::size_t room() const { return sizeof(text_) - length_; }

  /// By what snprintf returns: how many characters there would be, were there room for them.
  void advance(int count) {
    const auto wanted = static_cast<std::size_t>(count > 0 ? count : 0);
    length_ += wanted < room() ? wanted : room() - 1;
  }

  char text_[256] = "";
  std::size_t length_ = 0;
};

// What follows is not inlined, and knows few types: programs have hundreds of places that may end here.

/// Ends in CONCRETE_FAILURE_HANDLER.
[[noreturn]] CONCRETE_NEVER_INLINE inline void fail_with(const Message& message) {
  CONCRETE_FAILURE_HANDLER(message.text());
  std::abort();  // a handler that returns would let an invalid object live
}

/// Ends in CONCRETE_FAILURE_HANDLER with the parts strung together: texts, integers, floating-point numbers, shapes.
template <class... Parts>
[[noreturn]] CONCRETE_NEVER_INLINE void fail(Parts... parts) {
  Message message;
  (message.append(parts), ...);
  fail_with(message);
}

/// Refuses a distribution of no columns, which has been moved from.
inline void check_has_columns(std::ptrdiff_t batch) {
  if (batch == 0) fail("the distribution has no logits: it has been moved from");
}

/// What check_shape() says.
[[noreturn]] CONCRETE_NEVER_INLINE inline void refuse_shape(Shape shape, const char* name, std::ptrdiff_t rows,
                                                            std::ptrdiff_t batch) {
  check_has_columns(batch);
  if (shape.rows != rows) fail(name, " must have ", rows, rows == 1 ? " row" : " rows", ", but has ", shape.rows);
  fail(name, " must have a multiple of ", batch, " columns, but has ", shape.cols);
}

/// The argument `name` has to have `rows` rows and a multiple of `batch` columns (0 is one).
inline void check_shape(Shape shape, const char* name, std::ptrdiff_t rows, std::ptrdiff_t batch) {
  if (shape.rows != rows || batch == 0 || shape.cols % batch != 0) refuse_shape(shape, name, rows, batch);
}
template <class Matrix>
void check_shape(const Matrix& matrix, const char* name, std::ptrdiff_t rows, std::ptrdiff_t batch) {
  check_shape(shape_of(matrix), name, rows, batch);
}

/// What check_same_shape() says.
[[noreturn]] CONCRETE_NEVER_INLINE inline void refuse_other_shape(Shape shape, const char* name, Shape expected) {
  fail(name, " must be ", expected, ", but is ", shape);
}

/// The argument `name` has to have exactly this shape.
template <class Matrix>
void check_same_shape(const Matrix& matrix, const char* name, std::ptrdiff_t rows, std::ptrdiff_t cols) {
  if (matrix.rows() != rows || matrix.cols() != cols) refuse_other_shape(shape_of(matrix), name, {rows, cols});
}

}  // namespace concrete::detail
