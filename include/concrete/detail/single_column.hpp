#pragma once

#include <type_traits>
#include <utility>

#include "concrete/detail/column_values.hpp"
#include "concrete/detail/reductions.hpp"

// A column by itself, with the face of a tile: see tile.hpp.

namespace concrete::detail {

/// A place in a tile.
struct Position {
  Index entry;
};

/// A column of any expression and scalar as a tile. `Column` is a reference to it, an expression that stands for it,
/// or a vector of its own.
template <class Column>
class SingleColumn {
 public:
  using Scalar = typename std::remove_cvref_t<Column>::Scalar;
  using Values = ColumnValues<Scalar, 1>;

  explicit SingleColumn(Column&& column) : column_(std::forward<Column>(column)) {}
  explicit SingleColumn(Index size) requires(!std::is_reference_v<Column>) : column_(size) {}
  // Not trivial: returning an unwritten Vector3f of Eigen 5, which is copied trivially, is a use to g++ 12 at -Og.
  SingleColumn(const SingleColumn& other) : column_(other.column_) {}

  Index dimension() const { return column_.size(); }
  Index columns() const { return 1; }
  auto& column(Index) { return column_; }
  const auto& column(Index) const { return column_; }

  auto& operator()(Position at) { return column_.coeffRef(at.entry); }
  auto operator()(Position at) const { return column_.coeff(at.entry); }

  /// A column of the same length, at most few_entries, of which nothing is written yet.
  auto blank() const {
    constexpr int rows = std::remove_cvref_t<Column>::RowsAtCompileTime,
                  most = rows == Eigen::Dynamic ? few_entries : rows;
    return SingleColumn<Eigen::Matrix<Scalar, rows, 1, Eigen::ColMajor, most>>(column_.size());
  }

  template <class Matrix>
  void load(const Matrix& matrix, Index j) {
    column_ = matrix.col(j % matrix.cols()).template cast<Scalar>();
  }
  template <class Matrix>
  void store(Matrix& matrix, Index j) const {
    matrix.col(j) = column_;
  }
  template <class Matrix>
  void add_to(Matrix& matrix, Index j) const {
    matrix.col(j) += column_;
  }
  void clear_column(Index) { column_.setZero(); }

  template <class F>
  void for_each(const F& f) const {
    for (Index k = 0; k < column_.size(); ++k) f(Position{k});
  }
  Values maximum() const { return value(detail::maximum(column_)); }
  Values sum() const {
    return value(detail::sum<Scalar>(column_.size(), [&](Index k) -> Scalar { return column_.coeff(k); }));
  }
  template <class Term>
  Values sum(const Term& term) const {
    return value(detail::sum<Scalar>(column_.size(), [&](Index k) -> Scalar { return term(Position{k}); }));
  }

  class Spread {
   public:
    explicit Spread(const Scalar& value) : value_(value) {}
    const Scalar& operator[](Position) const { return value_; }

   private:
    Scalar value_;
  };
  Spread spread(const Values& values) const { return Spread(values[0]); }

 private:
  static Values value(const Scalar& x) {
    Values result(1);
    result[0] = x;
    return result;
  }

  Column column_;
};

template <class Column>
SingleColumn(Column&) -> SingleColumn<Column&>;

}  // namespace concrete::detail
