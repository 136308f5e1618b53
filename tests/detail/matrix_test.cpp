#include "concrete/detail/matrix.hpp"

#include <Eigen/Core>
#include <array>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <unsupported/Eigen/AutoDiff>
#include <utility>
#include <vector>

#include "catch.hpp"

namespace detail = concrete::detail;
using Catch::Matchers::Message;
using Eigen::Dynamic;
using Eigen::Index;
using Eigen::Matrix;
using Eigen::MatrixXd;
using Eigen::RowVectorXd;
using Eigen::VectorXd;

namespace {

using RowMajorXd = Matrix<double, Dynamic, Dynamic, Eigen::RowMajor>;
using Dual = Eigen::AutoDiffScalar<Eigen::Vector2d>;

template <class A, class B>
constexpr bool same = std::is_same_v<A, B>;

}  // namespace

// ---- Which types are what ----

TEST_CASE("Matrices and vectors of every kind are matrix expressions and nothing else is") {
  STATIC_REQUIRE(detail::MatrixExpression<MatrixXd>);
  STATIC_REQUIRE(detail::MatrixExpression<Eigen::Vector3f>);
  STATIC_REQUIRE(detail::MatrixExpression<Eigen::Map<VectorXd>>);
  STATIC_REQUIRE(detail::MatrixExpression<Eigen::Ref<MatrixXd>>);
  STATIC_REQUIRE(detail::MatrixExpression<decltype(2 * MatrixXd())>);
  STATIC_REQUIRE(detail::MatrixExpression<decltype(MatrixXd().transpose())>);
  STATIC_REQUIRE(detail::MatrixExpression<decltype(MatrixXd().reshaped())>);
  STATIC_REQUIRE_FALSE(detail::MatrixExpression<Eigen::ArrayXd>);
  STATIC_REQUIRE_FALSE(detail::MatrixExpression<decltype(MatrixXd().array())>);
  STATIC_REQUIRE_FALSE(detail::MatrixExpression<std::vector<double>>);
  STATIC_REQUIRE_FALSE(detail::MatrixExpression<double>);
}

TEST_CASE("Only an owner of its entries is a plain matrix") {
  STATIC_REQUIRE(detail::PlainMatrix<MatrixXd>);
  STATIC_REQUIRE(detail::PlainMatrix<RowMajorXd>);
  STATIC_REQUIRE(detail::PlainMatrix<Eigen::RowVector2f>);
  STATIC_REQUIRE(detail::PlainMatrix<Matrix<Dual, 3, 1>>);
  STATIC_REQUIRE_FALSE(detail::PlainMatrix<Eigen::Map<VectorXd>>);
  STATIC_REQUIRE_FALSE(detail::PlainMatrix<Eigen::Ref<VectorXd>>);
  STATIC_REQUIRE_FALSE(detail::PlainMatrix<decltype(2 * VectorXd())>);
  STATIC_REQUIRE_FALSE(detail::PlainMatrix<Eigen::ArrayXd>);
}

TEST_CASE("A vector is what has one column by its type") {
  STATIC_REQUIRE(detail::is_vector<VectorXd>);
  STATIC_REQUIRE(detail::is_vector<decltype(MatrixXd().col(0))>);
  STATIC_REQUIRE_FALSE(detail::is_vector<MatrixXd>);
  STATIC_REQUIRE_FALSE(detail::is_vector<Eigen::RowVectorXd>);
}

TEST_CASE("Writable is what has entries of its own that are not const") {
  STATIC_REQUIRE(detail::Writable<MatrixXd&>);
  STATIC_REQUIRE(detail::Writable<decltype(std::declval<MatrixXd&>().col(0))>);
  STATIC_REQUIRE(detail::Writable<decltype(std::declval<MatrixXd&>().transpose())>);
  STATIC_REQUIRE(detail::Writable<decltype(std::declval<MatrixXd&>().reshaped(2, 2))>);
  STATIC_REQUIRE(detail::Writable<Eigen::Map<VectorXd>>);
  STATIC_REQUIRE(detail::Writable<decltype(std::declval<Eigen::ArrayXd&>().matrix())>);
  STATIC_REQUIRE_FALSE(detail::Writable<const MatrixXd&>);
  STATIC_REQUIRE_FALSE(detail::Writable<decltype(std::declval<const MatrixXd&>().col(0))>);
  STATIC_REQUIRE_FALSE(detail::Writable<Eigen::Map<const VectorXd>>);
  STATIC_REQUIRE_FALSE(detail::Writable<decltype(2 * MatrixXd())>);
  STATIC_REQUIRE_FALSE(detail::Writable<Eigen::ArrayXd&>);
}

// ---- Which types come back ----

TEST_CASE("A batch has the rows and the storage of the parameters and any number of columns") {
  STATIC_REQUIRE(same<detail::BatchLike<double, VectorXd>, MatrixXd>);
  STATIC_REQUIRE(same<detail::BatchLike<float, Eigen::Vector3f>, Matrix<float, 3, Dynamic>>);
  STATIC_REQUIRE(same<detail::BatchLike<double, RowMajorXd>, RowMajorXd>);
  STATIC_REQUIRE(same<detail::BatchLike<double, Eigen::RowVectorXd>, Eigen::RowVectorXd>);
  STATIC_REQUIRE(same<detail::BatchLike<Index, Matrix<double, 1, 1>>, Matrix<Index, 1, Dynamic>>);
  using Bounded = Matrix<double, Dynamic, 1, Eigen::ColMajor, 5, 1>;
  STATIC_REQUIRE(
      same<detail::BatchLike<double, Bounded>, Matrix<double, Dynamic, Dynamic, Eigen::ColMajor, 5, Dynamic>>);
}

TEST_CASE("An answer has the rows of the parameters and the columns of the argument") {
  STATIC_REQUIRE(same<detail::AnswerTo<double, VectorXd, VectorXd>, VectorXd>);
  STATIC_REQUIRE(same<detail::AnswerTo<double, VectorXd, MatrixXd>, MatrixXd>);
  STATIC_REQUIRE(same<detail::AnswerTo<double, Eigen::Vector3d, MatrixXd>, Matrix<double, 3, Dynamic>>);
  STATIC_REQUIRE(same<detail::AnswerTo<double, MatrixXd, Eigen::Matrix3d>, Matrix<double, Dynamic, 3>>);
  STATIC_REQUIRE(same<detail::AnswerTo<double, RowMajorXd, VectorXd>, VectorXd>);
  STATIC_REQUIRE(same<detail::AnswerTo<double, Matrix<Dual, 3, 1>, Eigen::Vector3d>, Eigen::Vector3d>);
}

TEST_CASE("One value per column is a number for vectors by type and a row otherwise") {
  STATIC_REQUIRE(same<detail::PerColumn<double, VectorXd, Eigen::Vector3d>, double>);
  STATIC_REQUIRE(same<detail::PerColumn<double, VectorXd, MatrixXd>, Eigen::RowVectorXd>);
  STATIC_REQUIRE(
      same<detail::PerColumn<float, Eigen::MatrixXf, Eigen::VectorXf>, Matrix<float, 1, 1, Eigen::RowMajor>>);
  STATIC_REQUIRE(same<detail::PerColumn<double, MatrixXd, Matrix<double, 2, 4>>, Eigen::RowVector4d>);
}

TEST_CASE("A result of every type can be made and its entries written") {
  auto fixed = detail::uninitialised<Eigen::Vector2d>(2, 1);
  fixed(1) = 3;
  CHECK(detail::uninitialised<MatrixXd>(2, 5).cols() == 5);
  CHECK(detail::uninitialised<VectorXd>(7, 1).rows() == 7);

  auto row = detail::uninitialised_per_column<Eigen::RowVectorXd>(4);
  CHECK(row.cols() == 4);
  detail::entry(row, 2) = 7;
  CHECK(row(2) == 7);

  auto number = detail::uninitialised_per_column<double>(1);
  detail::entry(number, 0) = 7;
  CHECK(number == 7);

  MatrixXd m = MatrixXd::Zero(2, 3);
  auto row_of_matrix = m.row(1);
  detail::entry(row_of_matrix, 2) = 7;
  CHECK(m(1, 2) == 7);
}

// ---- Reading arguments ----

TEST_CASE("What lies in memory column by column is read where it is") {
  MatrixXd m = MatrixXd::Zero(4, 6);
  const std::array<double, 6> numbers{1, 2, 3, 4, 5, 6};
  CHECK(detail::read<double>(m).data() == m.data());
  CHECK(detail::read<double>(m.middleCols(2, 3)).data() == &m(0, 2));
  CHECK(detail::read<double>(m.block(1, 1, 2, 2)).data() == &m(1, 1));
  CHECK(detail::read<double>(m.reshaped(2, 12)).data() == m.data());
  CHECK(detail::read<double>(Eigen::Map<const MatrixXd>(numbers.data(), 2, 3)).data() == numbers.data());
  const Eigen::Vector3d v(1, 2, 3);
  CHECK(detail::read<double>(v).data() == v.data());
  const RowMajorXd r = m;
  CHECK(detail::read<double>(r).data() == r.data());
}

TEST_CASE("An expression is evaluated once per entry") {
  const MatrixXd m = MatrixXd::Constant(3, 4, 2);
  int evaluations = 0;
  const auto counted = m.unaryExpr([&evaluations](double x) {
    ++evaluations;
    return x + 1;
  });
  const auto plain = detail::read<double>(counted);
  CHECK((plain.array() == 3).all());
  CHECK((plain.array() == 3).all());
  CHECK(evaluations == 12);
}

TEST_CASE("A batch argument is read if its rows and columns fit the parameters") {
  const MatrixXd parameters(3, 2);
  CHECK(detail::read_batch(MatrixXd(3, 6), "sample", parameters).cols() == 6);
  CHECK_THROWS_MATCHES(detail::read_batch(MatrixXd(2, 6), "sample", parameters), std::invalid_argument,
                       Message("sample must have 3 rows, but has 2"));
  CHECK_THROWS_MATCHES(detail::read_batch(MatrixXd(3, 5), "noise", parameters), std::invalid_argument,
                       Message("noise must have a multiple of 2 columns, but has 5"));
  const MatrixXd m = MatrixXd::Constant(3, 4, 7);
  const auto twice = detail::read_batch(2 * m, "sample", parameters);
  CHECK((twice.array() == 14).all());
  const Matrix<Dual, 3, 2> dual;
  CHECK(detail::read_batch<Matrix<Dual, 3, 2>, double>(MatrixXd(3, 4), "noise", dual).cols() == 4);
}

// ---- Entry by entry ----

TEST_CASE("A function of every entry keeps shape and type") {
  const auto half = [](double x) { return x / 2; };
  const MatrixXd m = (MatrixXd(2, 3) << 1, 2, 3, 4, 5, 6).finished();
  const auto result = detail::entrywise<double>(m.transpose(), half);
  STATIC_REQUIRE(detail::PlainMatrix<std::remove_const_t<decltype(result)>>);
  CHECK(result == m.transpose() / 2);
  STATIC_REQUIRE(same<decltype(detail::entrywise<double>(Eigen::Vector3d(), half)), Eigen::Vector3d>);
}

TEST_CASE("A gradient of every entry takes an upstream of the same shape") {
  const auto f = [](double x, double g) { return 10 * x + g; };
  const Eigen::Vector3d x(1, 2, 3), g(4, 5, 6);
  CHECK(detail::entrywise_gradient<double>(x, g, f) == Eigen::Vector3d(14, 25, 36));
  CHECK(detail::entrywise_gradient<double>(MatrixXd(x), MatrixXd(2 * g), f) == Eigen::Vector3d(18, 30, 42));
  CHECK_THROWS_MATCHES(detail::entrywise_gradient<double>(MatrixXd(x), MatrixXd(2, 3), f), std::invalid_argument,
                       Message("upstream must be 3 x 1, but is 2 x 3"));
}

// ---- Outputs ----

TEST_CASE("An output that fits is left as it stands") {
  MatrixXd batch = MatrixXd::Constant(3, 4, 7);
  const double* before = batch.data();
  detail::prepare_samples(batch, "out", 3, 2);
  CHECK(batch.data() == before);
  CHECK((batch.array() == 7).all());

  Matrix<double, 3, 4> fixed;
  CHECK_NOTHROW(detail::prepare_samples(fixed, "out", 3, 2));
  auto block = batch.leftCols(2);
  CHECK_NOTHROW(detail::prepare_samples(block, "out", 3, 2));
}

TEST_CASE("A plain output of another shape is resized to one sample of each distribution") {
  for (const auto& [rows, cols] : std::vector<std::array<Index, 2>>{{0, 0}, {3, 0}, {3, 3}, {2, 2}, {3, 1}}) {
    MatrixXd out(rows, cols);
    detail::prepare_samples(out, "out", 3, 2);
    INFO(rows << " x " << cols);
    CHECK(out.rows() == 3);
    CHECK(out.cols() == 2);
  }
  VectorXd vector;
  detail::prepare_samples(vector, "out", 3, 1);
  CHECK(vector.size() == 3);
  Matrix<double, 3, Dynamic> half_fixed;
  detail::prepare_samples(half_fixed, "out", 3, 5);
  CHECK(half_fixed.cols() == 5);
  Matrix<double, Dynamic, Dynamic, Eigen::ColMajor, 4, 4> bounded;
  detail::prepare_samples(bounded, "out", 4, 4);
  CHECK(bounded.size() == 16);
}

TEST_CASE("An output that neither fits nor can be resized is refused") {
  const auto message = [](const char* is) {
    return Message(std::string("out must have 3 rows and a multiple of 2 columns, but is ") + is +
                   " and cannot be resized");
  };
  const auto prepare = [](auto&& out) { detail::prepare_samples(out, "out", 3, 2); };
  const auto prepare_row = [](auto&& out) { detail::prepare_samples(out, "out", 1, 7); };
  MatrixXd m(4, 6);
  CHECK_THROWS_MATCHES(prepare(VectorXd(3)), std::invalid_argument, message("3 x 1"));
  CHECK_THROWS_MATCHES(prepare(Matrix<double, 2, 2>()), std::invalid_argument, message("2 x 2"));
  CHECK_THROWS_MATCHES(prepare(Matrix<double, Dynamic, 3>(3, 3)), std::invalid_argument, message("3 x 3"));
  CHECK_THROWS_MATCHES(prepare(m.leftCols(2)), std::invalid_argument, message("4 x 2"));
  CHECK_THROWS_MATCHES(prepare(m.topLeftCorner(3, 3)), std::invalid_argument, message("3 x 3"));
  CHECK_THROWS_MATCHES(prepare(m.topLeftCorner(3, 0)), std::invalid_argument, message("3 x 0"));
  CHECK_THROWS_MATCHES(prepare(Matrix<double, Dynamic, Dynamic, Eigen::ColMajor, 2, 2>()), std::invalid_argument,
                       message("0 x 0"));
  CHECK_THROWS_MATCHES(prepare_row(m.leftCols(6)), std::invalid_argument,
                       Message("out must have 1 row and a multiple of 7 columns, but is 4 x 6 and cannot be resized"));
}

TEST_CASE("A row of values has one for each column of the sample") {
  RowVectorXd row = RowVectorXd::Constant(4, 7);
  const double* before = row.data();
  detail::prepare_shape(row, "log_prob", 1, 4);
  CHECK(row.data() == before);
  CHECK((row.array() == 7).all());
  detail::prepare_shape(row, "log_prob", 1, 6);
  CHECK(row.cols() == 6);
  MatrixXd m(2, 3);
  detail::prepare_shape(m, "log_prob", 1, 4);
  CHECK(m.rows() == 1);
  CHECK(m.cols() == 4);
  auto block = m.leftCols(2);
  CHECK_NOTHROW(detail::prepare_shape(block, "log_prob", 1, 2));
  CHECK_THROWS_MATCHES(detail::prepare_shape(block, "log_prob", 1, 4), std::invalid_argument,
                       Message("log_prob must be 1 x 4, but is 1 x 2 and cannot be resized"));
  VectorXd column(4);
  CHECK_THROWS_MATCHES(detail::prepare_shape(column, "log_prob", 1, 4), std::invalid_argument,
                       Message("log_prob must be 1 x 4, but is 4 x 1 and cannot be resized"));
}

// ---- Upstreams ----

TEST_CASE("One upstream number serves every column") {
  const detail::Upstream<double, int> one(1, 5);
  CHECK(one(0) == 1);
  CHECK(one(4) == 1);
  const detail::Upstream<float, double> half(0.5, 5);
  CHECK(half(3) == 0.5f);
  const detail::Upstream<Dual, int> dual(3, 5);
  CHECK(dual(2).value() == 3);
  CHECK(dual(2).derivatives().isZero(0));
}

TEST_CASE("What refers to a row of upstreams cannot be copied away from it") {
  using Upstream = detail::Upstream<double, RowVectorXd>;
  STATIC_REQUIRE_FALSE(std::is_copy_constructible_v<Upstream>);
  STATIC_REQUIRE_FALSE(std::is_copy_assignable_v<Upstream>);
}

TEST_CASE("A row of upstreams has one for each column") {
  const Eigen::RowVector3d row(1, 2, 3);
  const detail::Upstream<double, Eigen::RowVector3d> upstream(row, 3);
  CHECK(upstream(0) == 1);
  CHECK(upstream(2) == 3);
  const auto twice = 2 * row;
  const detail::Upstream<double, std::remove_const_t<decltype(twice)>> expression(twice, 3);
  CHECK(expression(1) == 4);
  using Row = detail::Upstream<double, Eigen::RowVectorXd>;
  CHECK_THROWS_MATCHES(Row(Eigen::RowVectorXd(2), 3), std::invalid_argument,
                       Message("upstream must be 1 x 3, but is 1 x 2"));
  using Column = detail::Upstream<double, VectorXd>;
  CHECK_THROWS_MATCHES(Column(VectorXd(3), 3), std::invalid_argument, Message("upstream must be 1 x 3, but is 3 x 1"));
}
