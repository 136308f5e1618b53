#pragma once

#include <ostream>
#include <sstream>

#include <Eigen/Core>

namespace concrete::detail {

/// NaN reads "nan" whatever its sign bit.
template <class Number>
void append(std::ostream& text, const Number& number) {
  if (number != number) {
    text << "nan";
  } else if constexpr (requires { text << number; }) {
    text << number;
  } else {
    text << "a value that does not print";
  }
}

/// Writes visit(0), visit(1) … as [a, b, c], the middle of a long list as "...".
template <class Visit>
void print_list(std::ostream& out, Eigen::Index size, const Visit& visit) {
  constexpr Eigen::Index most = 8, at_either_end = 3;
  for (Eigen::Index i = 0; i < size; ++i) {
    if (i > 0) out << ", ";
    if (size > most && i == at_either_end) {
      out << "..., ";
      i = size - at_either_end;
    }
    visit(i);
  }
}

/// Writes Name(logits: [1, 0, -1], temperature: 0.5), a batch as Name(logits, 3 x 2: [1, 0, -1], [0, 0, 0], …), in the
/// stream's format. A width set before holds for the whole.
template <class Distribution>
std::ostream& print(std::ostream& out, const char* name, const Distribution& distribution) {
  const auto& logits = distribution.logits();
  std::ostringstream text;
  text.imbue(out.getloc());
  text.flags(out.flags());
  text.precision(out.precision());
  text << name << "(logits";
  if (logits.cols() > 1) text << ", " << logits.rows() << " x " << logits.cols();
  text << ": ";
  print_list(text, logits.cols(), [&](Eigen::Index j) {
    text << '[';
    print_list(text, logits.rows(), [&](Eigen::Index i) { append(text, logits(i, j)); });
    text << ']';
  });
  if constexpr (requires { distribution.temperature(); }) {
    text << ", temperature: ";
    append(text, distribution.temperature());
  }
  text << ')';
  return out << text.str();
}

}  // namespace concrete::detail
