#pragma once

#include <ostream>
#include <sstream>

#include "concrete/detail/matrix.hpp"

/// \file
/// Distributions as text. concrete.hpp includes it unless EIGEN_NO_IO is defined; beside the header of one class, who
/// prints includes it.

namespace concrete {

template <detail::PlainMatrix Logits>
class Concrete;
template <detail::PlainMatrix Logits>
class ExpConcrete;
template <detail::PlainMatrix Logits>
class BinaryConcrete;
template <detail::PlainMatrix Logits>
class LogitBinaryConcrete;
template <detail::PlainMatrix Logits>
class Discrete;
template <detail::PlainMatrix Logits>
class Bernoulli;

namespace detail {

/// The name of a distribution's class, also of what is derived from it.
template <class Logits>
constexpr const char* class_name(const Concrete<Logits>*) {
  return "Concrete";
}
template <class Logits>
constexpr const char* class_name(const ExpConcrete<Logits>*) {
  return "ExpConcrete";
}
template <class Logits>
constexpr const char* class_name(const BinaryConcrete<Logits>*) {
  return "BinaryConcrete";
}
template <class Logits>
constexpr const char* class_name(const LogitBinaryConcrete<Logits>*) {
  return "LogitBinaryConcrete";
}
template <class Logits>
constexpr const char* class_name(const Discrete<Logits>*) {
  return "Discrete";
}
template <class Logits>
constexpr const char* class_name(const Bernoulli<Logits>*) {
  return "Bernoulli";
}

template <class D>
concept Printable = requires(const D* distribution) {
  class_name(distribution);
};

/// NaN reads "nan" whatever its sign bit.
template <class Number>
void print_number(std::ostream& out, const Number& number) {
  if (number != number) {
    out << "nan";
  } else if constexpr (requires { out << number; }) {
    out << number;
  } else {
    out << "a value that does not print";
  }
}

/// Writes visit(0), visit(1) … as [a, b, c], the middle of a long list as "...".
template <class Visit>
void print_list(std::ostream& out, Index size, const Visit& visit) {
  constexpr Index most = 8, at_either_end = 3;
  for (Index i = 0; i < size; ++i) {
    if (i > 0) out << ", ";
    if (size > most && i == at_either_end) {
      out << "..., ";
      i = size - at_either_end;
    }
    visit(i);
  }
}

}  // namespace detail

/// Writes Concrete(logits: [1, 0, -1], temperature: 0.5), a column in brackets, and a batch with its shape as
/// Discrete(logits, 3 x 2: [1, 0, -1], [0, 0, 0]); long columns and batches are shortened.
///
/// \param out           its format holds for the numbers, a width set before for the whole.
/// \param distribution  one of any of the six classes.
/// \return              out.
/// \ingroup             api_distributions
template <detail::Printable Distribution>
std::ostream& operator<<(std::ostream& out, const Distribution& distribution) {
  const auto& logits = distribution.logits();
  std::ostringstream text;
  text.imbue(out.getloc());
  text.flags(out.flags());
  text.precision(out.precision());
  text << detail::class_name(&distribution) << "(logits";
  if (logits.cols() > 1) text << ", " << logits.rows() << " x " << logits.cols();
  text << ": ";
  detail::print_list(text, logits.cols(), [&](Eigen::Index j) {
    text << '[';
    detail::print_list(text, logits.rows(), [&](Eigen::Index i) { detail::print_number(text, logits(i, j)); });
    text << ']';
  });
  if constexpr (requires { distribution.temperature(); }) {
    text << ", temperature: ";
    detail::print_number(text, distribution.temperature());
  }
  text << ')';
  return out << text.str();
}

}  // namespace concrete
