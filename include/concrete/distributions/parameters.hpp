#pragma once

#include <concepts>
#include <type_traits>

#include "concrete/detail/checks.hpp"
#include "concrete/detail/compiler.hpp"
#include "concrete/detail/loop_math.hpp"
#include "concrete/detail/math.hpp"
#include "concrete/detail/matrix.hpp"

/// \file
/// Ways to say what the numbers given to a constructor are.

namespace concrete {

/// Numbers marked as probabilities; see probabilities().
/// \tparam P  a plain Eigen matrix.
template <detail::PlainMatrix P>
struct Probabilities {
  P value;  ///< the numbers as given, n x B
};

/// Numbers marked as odds; see odds().
/// \tparam P  a plain Eigen matrix.
template <detail::PlainMatrix P>
struct Odds {
  P value;  ///< the numbers as given, n x B
};

/// Says that the numbers given to a constructor are probabilities, not logits.
///
///   Concrete policy(probabilities(Eigen::Vector3d(.2, .3, .5)), 0.5);
///
/// \param p  n x B. For a categorical class: weights >= 0 of n categories, at least one of them positive in each
///           column; they need not sum to one, and a weight of 0 masks the category. For a binary class: P(1) of each
///           entry, in (0, 1). Checked by the constructor that receives them.
/// \return   a copy of the numbers, n x B, for a constructor alone.
template <class D>
[[nodiscard]] Probabilities<typename D::PlainObject> probabilities(const Eigen::MatrixBase<D>& p) {
  return {p};
}

/// Says that the numbers given to the constructor of a binary class are odds, P(1) / P(0).
///
///   BinaryConcrete gate(odds(alpha), 0.5);
///
/// \param alpha  n x B odds, positive and finite. Checked by the constructor that receives them.
/// \return       a copy of the numbers, n x B, for a constructor alone.
template <class D>
[[nodiscard]] Odds<typename D::PlainObject> odds(const Eigen::MatrixBase<D>& alpha) {
  return {alpha};
}

namespace detail {

/// Where the points of a relaxed class lie: on the simplex or in (0, 1), or on the log scale, as logarithms or logits
/// of those.
enum class Scale { linear, logarithmic };

/// A number as it stands in a message: its plain value, whatever derivatives it carries.
template <class Scalar>
auto printable(const Scalar& number) {
  using Value = decltype(value_of(number));
  if constexpr (std::same_as<Value, long double>) {
    return value_of(number);
  } else if constexpr (std::is_constructible_v<double, const Value&>) {
    return static_cast<double>(value_of(number));
  } else {
    return "a value that does not print";
  }
}

/// What check_entries() says.
template <class Value>
[[noreturn]] CONCRETE_NEVER_INLINE void refuse_entry(const char* name, Index i, Index j, const char* requirement,
                                                     Value value) {
  fail(name, "(", i, ", ", j, ") must ", requirement, ", but was ", value);
}

/// Ends in fail() at the first entry that does not satisfy `valid`, naming it by its place.
template <class Matrix, class Valid>
void check_entries(const Matrix& matrix, const char* name, const char* requirement, const Valid& valid) {
  for (Index j = 0; j < matrix.cols(); ++j) {
    for (Index i = 0; i < matrix.rows(); ++i) {
      if (!valid(matrix(i, j))) refuse_entry(name, i, j, requirement, printable(matrix(i, j)));
    }
  }
}

/// Ends in fail() at the first column without any entry above `floor`.
template <class Matrix, class Scalar>
void check_some_class_left(const Matrix& matrix, const char* name, const Scalar& floor, const char* what_all_are) {
  for (Index j = 0; j < matrix.cols(); ++j) {
    bool some = false;
    for (Index i = 0; i < matrix.rows(); ++i) some = some || matrix(i, j) > floor;
    if (!some) fail(name, " must leave at least one class in each column, but column ", j, " is all ", what_all_are);
  }
}

template <class Matrix>
void check_not_empty(const Matrix& matrix, const char* name) {
  if (matrix.size() == 0) fail(name, " must not be empty, but are ", shape_of(matrix));
}

template <class Scalar>
void check_temperature(const Scalar& temperature) {
  if (!(temperature > PlainScalar<Scalar>(0) && temperature < infinity<Scalar>())) {
    fail("temperature must be finite and > 0, but was ", printable(temperature));
  }
}

/// What the parameters of the categorical classes are: logits of n categories a column, -inf for a masked one.
struct CategoricalParameters {
  template <class Logits>
  static void check_logits(const Logits& logits) {
    using Scalar = typename Logits::Scalar;
    static_assert(Logits::RowsAtCompileTime != 1 || Logits::ColsAtCompileTime == 1,
                  "concrete: a row vector is a batch of distributions over one category; transpose it to get one "
                  "distribution, a column");
    check_not_empty(logits, "logits");
    check_entries(logits, "logits", "not be NaN or +inf", [](const Scalar& a) { return a < infinity<Scalar>(); });
    check_some_class_left(logits, "logits", Scalar(-infinity<Scalar>()), "-inf");
  }

  template <class P>
  static P logits_of(const Probabilities<P>& p) {
    using Scalar = typename P::Scalar;
    const auto valid = [](const Scalar& x) { return x >= PlainScalar<Scalar>(0) && x < infinity<Scalar>(); };
    check_not_empty(p.value, "probabilities");
    check_entries(p.value, "probabilities", "be finite and >= 0", valid);
    check_some_class_left(p.value, "probabilities", constant<Scalar>(0), "0");
    return p.value.unaryExpr([](const Scalar& x) -> Scalar { return detail::log<Scalar>(x); });
  }
};

/// What the parameters of the binary classes are: a finite log-odds per entry.
struct BinaryParameters {
  template <class Logits>
  static void check_logits(const Logits& logits) {
    using Scalar = typename Logits::Scalar;
    check_not_empty(logits, "logits");
    check_entries(logits, "logits", "be finite", [](const Scalar& a) { return detail::abs(a) < infinity<Scalar>(); });
  }

  template <class P>
  static P logits_of(const Probabilities<P>& p) {
    using Scalar = typename P::Scalar;
    const auto valid = [](const Scalar& x) { return x > PlainScalar<Scalar>(0) && x < PlainScalar<Scalar>(1); };
    check_not_empty(p.value, "probabilities");
    check_entries(p.value, "probabilities", "be in (0, 1)", valid);
    return p.value.unaryExpr([](const Scalar& x) -> Scalar { return detail::logit<Scalar>(x); });
  }

  template <class P>
  static P logits_of(const Odds<P>& alpha) {
    using Scalar = typename P::Scalar;
    const auto valid = [](const Scalar& x) { return x > PlainScalar<Scalar>(0) && x < infinity<Scalar>(); };
    check_not_empty(alpha.value, "odds");
    check_entries(alpha.value, "odds", "be finite and > 0", valid);
    return alpha.value.unaryExpr([](const Scalar& x) -> Scalar { return detail::log<Scalar>(x); });
  }
};

/// Whether numbers are marked as something that a distribution of these parameters is constructed from.
template <class Marked, class Parameters>
concept MarkedFor = requires(const Marked& marked) {
  Parameters::logits_of(marked);
};

/// The given parameters as the logits of a distribution over Logits; refuses, by name, what it cannot take.
template <class Logits, class D>
Logits convert_logits(const D& logits) {
  static_assert(std::same_as<typename D::Scalar, typename Logits::Scalar>,
                "concrete: the logits have another scalar type than the distribution; use .cast<Scalar>()");
  static_assert(Logits::ColsAtCompileTime == Eigen::Dynamic || D::ColsAtCompileTime == Eigen::Dynamic ||
                    int(Logits::ColsAtCompileTime) == int(D::ColsAtCompileTime),
                "concrete: the logits have another number of columns than the distribution's type says");
  check_static_rows<Logits, D>();
  if (!type_allows<Logits>(logits.rows(), logits.cols())) {
    fail("logits are ", shape_of(logits), ", which the distribution's type does not allow");
  }
  return logits;
}

}  // namespace detail
}  // namespace concrete
