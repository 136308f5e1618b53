#pragma once

#include <Eigen/Core>
#include <concepts>
#include <type_traits>
#include <utility>

#include "concrete/detail/checks.hpp"
#include "concrete/detail/compiler.hpp"
#include "concrete/detail/math.hpp"
#include "concrete/detail/view.hpp"

// Shapes: which Eigen types come in, how they are read once, and which plain types go out.

namespace concrete::detail {

template <class D>
void accept_matrix(const Eigen::MatrixBase<D>*);
template <class D>
void accept_plain(const Eigen::PlainObjectBase<D>*);

template <class T>
inline constexpr bool is_eigen_matrix = false;
template <class Scalar, int rows, int cols, int options, int max_rows, int max_cols>
inline constexpr bool is_eigen_matrix<Eigen::Matrix<Scalar, rows, cols, options, max_rows, max_cols>> = true;

/// Any Eigen matrix or vector expression. Asked by deduction: naming Eigen::MatrixBase<T> for another T is an error.
/// Eigen::Matrix itself is known by its name, so that aliases of distributions do not instantiate it.
template <class T>
concept MatrixExpression = is_eigen_matrix<T> || requires(T* t) {
  accept_matrix(t);
};

/// Eigen::Matrix in any of its shapes: owns its entries, unlike a Map, a Block or an expression.
template <class T>
concept PlainMatrix = is_eigen_matrix<T> ||(MatrixExpression<T>&& requires(T* t) { accept_plain(t); });

/// One random vector by its type: VectorXd, Vector3f, m.col(j) and the like.
template <class T>
inline constexpr bool is_vector = T::ColsAtCompileTime == 1;

/// How a plain Rows x Cols matrix is stored: like M, unless it is a vector, where Eigen leaves no choice.
template <class M, int Cols>
constexpr int storage_order() {
  if (M::RowsAtCompileTime == 1 && Cols != 1) return Eigen::RowMajor;
  if (Cols == 1 && M::RowsAtCompileTime != 1) return Eigen::ColMajor;
  return M::IsRowMajor ? Eigen::RowMajor : Eigen::ColMajor;
}

template <class Scalar, class M, int Cols, int MaxCols>
using PlainLike =
    Eigen::Matrix<Scalar, M::RowsAtCompileTime, Cols, storage_order<M, Cols>(), M::MaxRowsAtCompileTime, MaxCols>;

/// What a distribution over M returns for several samples per column: M's rows, any number of columns.
template <class Scalar, class M>
using BatchLike = PlainLike<Scalar, M, Eigen::Dynamic, Eigen::Dynamic>;

/// Y, or a vector in place of what is no matrix, so that the message of check_is_matrix() stays alone.
template <class Y>
using MatrixOr = std::conditional_t<MatrixExpression<Y>, Y, Eigen::VectorXd>;

/// What a distribution over M returns in answer to an argument Y: M's rows, Y's columns.
template <class Scalar, class M, class Y>
using AnswerTo = PlainLike<Scalar, M, MatrixOr<Y>::ColsAtCompileTime, MatrixOr<Y>::MaxColsAtCompileTime>;

template <class Scalar, class Y>
using RowFor =
    Eigen::Matrix<Scalar, 1, MatrixOr<Y>::ColsAtCompileTime, Eigen::RowMajor, 1, MatrixOr<Y>::MaxColsAtCompileTime>;

/// One value per column of Y: a single Scalar if the parameters M and Y are vectors by type, else a row vector.
template <class Scalar, class M, class Y>
using PerColumn = std::conditional_t<is_vector<M> && is_vector<MatrixOr<Y>>, Scalar, RowFor<Scalar, Y>>;

/// An uninitialised plain matrix. (M(rows, cols) would set the entries of a Vector2d.)
template <class M>
M uninitialised(Index rows, Index cols) {
  M matrix;
  matrix.resize(rows, cols);
  // A small fixed-size one of Eigen 5 is returned in registers, which g++ takes for a use and warns of.
  if constexpr (std::is_trivially_copy_constructible_v<M> && sizeof(M) <= 16) matrix.setZero();
  return matrix;
}

/// An uninitialised PerColumn result.
template <class Result>
Result uninitialised_per_column(Index cols) {
  if constexpr (MatrixExpression<Result>) {
    return uninitialised<Result>(1, cols);
  } else {
    return Result(0);
  }
}

/// Entry j of a PerColumn result, whichever of the two it is.
template <class Result>
auto& entry(Result& result, Index j) {
  if constexpr (MatrixExpression<Result>) {
    return result.coeffRef(0, j);
  } else {
    return result;
  }
}

template <class Y>
constexpr void check_is_matrix() {
  static_assert(MatrixExpression<Y>,
                "concrete: pass an Eigen matrix or vector; an Eigen array by .matrix(), a std::vector by Eigen::Map");
}

/// Reads an argument: evaluates an expression once, copies nothing for a plain matrix, block or contiguous map.
/// Refuses what is no matrix of this scalar, with a message that says what to write instead.
template <class Scalar, class Y>
auto read(const Y& y) {
  check_is_matrix<Y>();
  constexpr bool same_scalar = std::same_as<typename MatrixOr<Y>::Scalar, Scalar> || !MatrixExpression<Y>;
  static_assert(same_scalar,
                "concrete: the argument has another scalar type than the distribution expects; use .cast<Scalar>()");
  if constexpr (MatrixExpression<Y> && same_scalar) {
    using Plain = typename Y::PlainObject;
    constexpr bool claims_memory = (Y::Flags & Eigen::DirectAccessBit) != 0 && !is_strided<Y>;
    return std::conditional_t<claims_memory, Plain, Eigen::Ref<const Plain>>(y);
  } else {
    return Eigen::MatrixX<Scalar>();
  }
}

/// Rows known to differ at compile time never reach the run-time check.
template <class M, class Y>
constexpr void check_static_rows() {
  static_assert(M::RowsAtCompileTime == Eigen::Dynamic || Y::RowsAtCompileTime == Eigen::Dynamic ||
                    int(M::RowsAtCompileTime) == int(Y::RowsAtCompileTime),
                "concrete: the argument must have as many rows as the distribution has dimensions: "
                "a column is one random vector");
}

/// Reads an argument of n rows and m B columns.
template <class M, class Scalar = typename M::Scalar, class Y>
auto read_batch(const Y& y, const char* name, const M& parameters) {
  if constexpr (MatrixExpression<Y>) {
    check_static_rows<M, Y>();
    check_shape(y, name, parameters.rows(), parameters.cols());
  }
  return read<Scalar>(y);
}

/// f of every entry of y, as a plain matrix of its shape.
template <class Scalar, class Y, class F>
auto entrywise(const Y& y, const F& f) {
  const auto points = read<Scalar>(y);
  typename decltype(points)::PlainObject result = points.unaryExpr([&f](const Scalar& v) -> Scalar { return f(v); });
  return result;
}

/// f of every entry of y and the entry of `upstream` at its place, which has to have the shape of y.
template <class Scalar, class Y, class U, class F>
auto entrywise_gradient(const Y& y, const U& upstream, const F& f) {
  const auto points = read<Scalar>(y);
  const auto given = read<Scalar>(upstream);
  check_same_shape(given, "upstream", points.rows(), points.cols());
  typename decltype(points)::PlainObject result =
      points.binaryExpr(given, [&f](const Scalar& v, const Scalar& g) -> Scalar { return f(v, g); });
  return result;
}

/// A writable dense expression: plain matrix, Ref, Map, Block, Reshaped, Transpose and the like.
template <class Out>
concept Writable = MatrixExpression<std::remove_cvref_t<Out>> && !std::is_const_v<std::remove_reference_t<Out>> &&
                   (std::remove_cvref_t<Out>::Flags & Eigen::LvalueBit) != 0;

/// Whether the entries of a matrix follow each other in memory, column after column.
template <class M>
bool is_contiguous(const M& matrix) {
  if constexpr (is_strided<M>) {
    return (matrix.rows() == 1 || matrix.rowStride() == 1) &&
           (matrix.cols() == 1 || matrix.colStride() == matrix.rows());
  }
  return false;
}

template <class Out>
constexpr void check_is_writable() {
  static_assert(Writable<Out>,
                "concrete: out must be a writable Eigen matrix, block, map or view (an Eigen array by .matrix())");
}

/// Whether a plain matrix type can have this size.
template <PlainMatrix M>
bool type_allows(Index rows, Index cols) {
  const auto fits = [](int fixed, int max, Index size) {
    return fixed == Eigen::Dynamic ? max == Eigen::Dynamic || size <= max : size == fixed;
  };
  return fits(M::RowsAtCompileTime, M::MaxRowsAtCompileTime, rows) &&
         fits(M::ColsAtCompileTime, M::MaxColsAtCompileTime, cols);
}

/// Resizes a plain matrix whose type allows the size; false for anything else.
template <class Out>
bool try_resize(Out& out, Index rows, Index cols) {
  if constexpr (PlainMatrix<Out>) {
    if (type_allows<Out>(rows, cols)) {
      out.resize(rows, cols);
      return true;
    }
  }
  return false;
}

/// What prepare_samples() says.
[[noreturn]] CONCRETE_NEVER_INLINE inline void refuse_samples(Shape shape, const char* name, Index rows, Index batch) {
  fail(name, " must have ", rows, rows == 1 ? " row" : " rows", " and a multiple of ", batch, " columns, but is ",
       shape, " and cannot be resized");
}

/// Makes `out` ready for samples: kept as it stands with `rows` rows and a positive multiple of `batch` columns, else
/// resized to rows x batch.
template <class Out>
void prepare_samples(Out& out, const char* name, Index rows, Index batch) {
  const bool as_it_stands = out.rows() == rows && out.cols() > 0 && out.cols() % batch == 0;
  if (!as_it_stands && !try_resize(out, rows, batch)) refuse_samples(shape_of(out), name, rows, batch);
}

/// What prepare_shape() says.
[[noreturn]] CONCRETE_NEVER_INLINE inline void refuse_result(Shape shape, const char* name, Shape expected) {
  fail(name, " must be ", expected, ", but is ", shape, " and cannot be resized");
}

/// Makes `out` ready for a result of this shape.
template <class Out>
void prepare_shape(Out& out, const char* name, Index rows, Index cols) {
  const bool as_it_stands = out.rows() == rows && out.cols() == cols;
  if (!as_it_stands && !try_resize(out, rows, cols)) refuse_result(shape_of(out), name, {rows, cols});
}

/// f of every entry of y into `out`, which may be y itself.
template <class Scalar, class Y, class Out, class F>
void entrywise_into(const Y& y, Out& out, const F& f) {
  const auto points = read<Scalar>(y);
  prepare_shape(out, "out", points.rows(), points.cols());
  out = points.unaryExpr([&f](const Scalar& v) -> Scalar { return f(v); });
}

/// f of every entry of y and the entry of `upstream` at its place into `out`, which may be either of them.
template <class Scalar, class Y, class U, class Out, class F>
void entrywise_gradient_into(const Y& y, const U& upstream, Out& out, const F& f) {
  const auto points = read<Scalar>(y);
  const auto given = read<Scalar>(upstream);
  check_same_shape(given, "upstream", points.rows(), points.cols());
  prepare_shape(out, "out", points.rows(), points.cols());
  out = points.binaryExpr(given, [&f](const Scalar& v, const Scalar& g) -> Scalar { return f(v, g); });
}

/// The view of one number per column: a row, or a single one.
template <class Row>
auto row_view_of(Row& row) {
  if constexpr (MatrixExpression<Row>) {
    return writable_view_of(row);
  } else {
    return MatrixView<Row>{&row, 1, 1, 1, 1};
  }
}

template <class Scalar, class U>
auto read_upstream(const U& upstream) {
  if constexpr (MatrixExpression<U>) {
    return read<Scalar>(upstream);
  } else {
    static_assert(std::is_constructible_v<Scalar, const U&>,
                  "concrete: upstream must be one number, or a row vector with one for each column");
    if constexpr (std::is_constructible_v<Scalar, const U&>) return static_cast<Scalar>(upstream);
    return constant<Scalar>(0);
  }
}

/// dL/d(one value per column) as the caller gave it: one number for all columns, or a row with one for each.
template <class Scalar, class U>
class Upstream {
 public:
  Upstream(const U& upstream, Index cols, const char* name = "upstream") : values_(read_upstream<Scalar>(upstream)) {
    if constexpr (MatrixExpression<U>) check_same_shape(values_, name, Index{1}, cols);
  }
  // A copy of an Eigen::Ref refers to what the first one evaluated.
  Upstream(const Upstream&) = delete;
  Upstream& operator=(const Upstream&) = delete;

  /// As a row with one number for each of `cols` columns.
  MatrixView<const Scalar> view(Index cols) const {
    if constexpr (MatrixExpression<U>) {
      return view_of(values_);
    } else {
      return {&values_, 1, cols, 0, 0};
    }
  }

  Scalar operator()([[maybe_unused]] Index j) const {
    if constexpr (MatrixExpression<U>) {
      return values_.coeff(0, j);
    } else {
      return values_;
    }
  }

 private:
  decltype(read_upstream<Scalar>(std::declval<const U&>())) values_;
};

}  // namespace concrete::detail
