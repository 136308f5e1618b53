#pragma once

#include "concrete/detail/matrix.hpp"

namespace concrete::detail {

/// The entries of q, each beside its entry of p, in runs along a column (of a matrix of one row, along that), of at
/// most a given length.
class PairedEntries {
 public:
  template <class T>
  struct Strided {
    T* data;
    Index stride;
    T& operator()(Index k) const { return data[k * stride]; }
  };
  template <class T>
  Strided(T*, Index) -> Strided<T>;

  struct Run {
    Index row, column, other;  // of its first entry; `other` is the column of p
    Index length;
    bool along_row, other_stays;

    /// The entries of a plain matrix of q's or of p's shape.
    template <class M>
    auto of_q(M& matrix) const {
      return Strided{&matrix.coeffRef(row, column), along_row ? matrix.colStride() : matrix.rowStride()};
    }
    template <class M>
    auto of_p(M& matrix) const {
      const Index along_columns = other_stays ? Index{0} : matrix.colStride();
      return Strided{&matrix.coeffRef(row, other), along_row ? along_columns : matrix.rowStride()};
    }
    Index column_at(Index k) const { return along_row ? column + k : column; }
  };

  PairedEntries(Index rows, Index columns, Index other_columns)
      : rows_(rows), columns_(columns), other_columns_(other_columns) {}

  bool done() const { return column_ == columns_; }

  Run next(Index most) {
    const bool along_row = rows_ == 1, other_stays = other_columns_ == 1;
    const Index ahead = !along_row ? rows_ - row_ : other_stays ? columns_ - column_ : other_columns_ - other_;
    const Run run{row_, column_, other_, ahead < most ? ahead : most, along_row, other_stays};
    (along_row ? column_ : row_) += run.length;
    if (!along_row && row_ == rows_) {
      row_ = 0;
      ++column_;
    }
    other_ = column_ % other_columns_;
    return run;
  }

 private:
  Index rows_, columns_, other_columns_, row_ = 0, column_ = 0, other_ = 0;
};

}  // namespace concrete::detail
