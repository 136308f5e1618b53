#pragma once

#include <cstdio>
#include <cstdlib>
#include <sstream>
#include <stdexcept>
#include <string>

/// \file
/// Where violated preconditions end, and the compiler options that the library refuses.

#if !defined(__cpp_concepts)
#error "concrete needs C++20: g++ 12, clang++ 14, or newer, with -std=c++20"
#endif

// Masked classes are logits of -inf and bad input is NaN, so every density here relies on IEEE infinities.
#if !defined(CONCRETE_ALLOW_FAST_MATH)
#if (defined(__FINITE_MATH_ONLY__) && __FINITE_MATH_ONLY__) || defined(_M_FP_FAST)
#error \
    "concrete needs infinities and NaNs: do without -ffast-math, or define CONCRETE_ALLOW_FAST_MATH and go without masks"
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

inline void append(std::ostream& message, const char* text) { message << text; }

/// NaN reads "nan" whatever its sign bit.
template <class Number>
void append(std::ostream& message, const Number& number) {
  if (number != number) {
    message << "nan";
  } else if constexpr (requires { message << number; }) {
    message << number;
  } else {
    message << "a value that does not print";
  }
}

/// Ends in CONCRETE_FAILURE_HANDLER with the parts strung together.
template <class... Parts>
[[noreturn]] void fail(const Parts&... parts) {
  std::ostringstream message;
  (append(message, parts), ...);
  CONCRETE_FAILURE_HANDLER(message.str().c_str());
  std::abort();  // a handler that returns would let an invalid object live
}

/// The argument `name` has to have `rows` rows and a multiple of `batch` columns (0 is one).
template <class Matrix, class Index>
void check_shape(const Matrix& matrix, const char* name, Index rows, Index batch) {
  if (matrix.rows() != rows) fail(name, " must have ", rows, rows == 1 ? " row" : " rows", ", but has ", matrix.rows());
  if (matrix.cols() % batch != 0) {
    fail(name, " must have a multiple of ", batch, " columns, but has ", matrix.cols());
  }
}

/// The argument `name` has to have exactly this shape.
template <class Matrix, class Index>
void check_same_shape(const Matrix& matrix, const char* name, Index rows, Index cols) {
  if (matrix.rows() != rows || matrix.cols() != cols) {
    fail(name, " must be ", rows, " x ", cols, ", but is ", matrix.rows(), " x ", matrix.cols());
  }
}

}  // namespace concrete::detail
