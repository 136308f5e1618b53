#include <Eigen/Core>
#include <string>

#include "catch.hpp"
#include "refusals.hpp"
#include "support/models.hpp"

// What functions of points refuse. A model here has two distributions of dimension 3.

namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::MatrixXi;
using testing::check_refusals;

MatrixXd zeros(Index rows, Index cols) { return MatrixXd::Zero(rows, cols); }
MatrixXi integers(Index rows, Index cols) { return MatrixXi::Zero(rows, cols); }

template <class D>
D model() {
  return testing::make<D>(zeros(3, 2));
}

/// Every wrong shape of an argument of 3 rows and a multiple of 2 columns.
template <class Call>
void check_shapes(const std::string& what, const std::string& name, const Call& call) {
  check_refusals({
      {what + ", a row less", [&] { call(zeros(2, 2)); }, name + " must have 3 rows, but has 2"},
      {what + ", a row more", [&] { call(zeros(4, 3)); }, name + " must have 3 rows, but has 4"},
      {what + ", no rows", [&] { call(zeros(0, 2)); }, name + " must have 3 rows, but has 0"},
      {what + ", transposed", [&] { call(zeros(2, 3)); }, name + " must have 3 rows, but has 2"},
      {what + ", a column less", [&] { call(zeros(3, 1)); }, name + " must have a multiple of 2 columns, but has 1"},
      {what + ", a column more", [&] { call(zeros(3, 5)); }, name + " must have a multiple of 2 columns, but has 5"},
  });
}

}  // namespace

TEMPLATE_TEST_CASE("Points have the rows of the distribution and a multiple of its columns", "[arguments]",
                   concrete::ExpConcreteXXd, concrete::ConcreteXXd, concrete::LogitBinaryConcreteXXd,
                   concrete::BinaryConcreteXXd) {
  const auto d = model<TestType>();
  check_shapes("log_prob", "sample", [&](const MatrixXd& y) { return d.log_prob(y); });
  check_shapes("log_prob_gradient", "sample", [&](const MatrixXd& y) { return d.log_prob_gradient(y); });
  check_shapes("pathwise_gradient", "sample", [&](const MatrixXd& y) { return d.pathwise_gradient(y, y); });
  check_shapes("in_support", "sample", [&](const MatrixXd& y) { return d.in_support(y); });
  if constexpr (testing::is_binary<TestType>) {
    check_shapes("cdf", "sample", [&](const MatrixXd& y) { return d.cdf(y); });
    check_shapes("quantile", "probability", [&](const MatrixXd& u) { return d.quantile(u); });
  }
}

TEMPLATE_TEST_CASE("Log-densities go where there is room for one of each column", "[arguments]",
                   concrete::ExpConcreteXXd, concrete::ConcreteXXd, concrete::LogitBinaryConcreteXXd,
                   concrete::BinaryConcreteXXd) {
  const auto d = model<TestType>();
  const MatrixXd y = zeros(3, 4);
  MatrixXd frame = MatrixXd::Constant(5, 9, 7);
  double number = 7;
  const auto message = [](const char* shape) {
    return "out must be 1 x 4, but is " + std::string(shape) + " and cannot be resized";
  };
  check_refusals({
      {"a short row", [&] { d.log_prob(y, frame.row(0).head(3)); }, message("1 x 3")},
      {"a long row", [&] { d.log_prob(y, frame.row(0)); }, message("1 x 9")},
      {"a column", [&] { d.log_prob(y, frame.topLeftCorner(4, 1)); }, message("4 x 1")},
      {"one number", [&] { d.log_prob(y, number); }, "out must have 4 entries, but is one number"},
      {"the points are judged first", [&] { d.log_prob(zeros(2, 4), frame.row(0)); },
       "sample must have 3 rows, but has 2"},
  });
  CHECK((frame.array() == 7).all());
  CHECK(number == 7);
}

TEMPLATE_TEST_CASE("An upstream gradient has the shape of what it is a gradient of", "[arguments]",
                   concrete::ExpConcreteXXd, concrete::ConcreteXXd, concrete::LogitBinaryConcreteXXd,
                   concrete::BinaryConcreteXXd) {
  const auto d = model<TestType>();
  const MatrixXd y = zeros(3, 4);
  check_refusals({
      {"pathwise, a column less", [&] { return d.pathwise_gradient(y, zeros(3, 3)); },
       "upstream must be 3 x 4, but is 3 x 3"},
      {"pathwise, a batch", [&] { return d.pathwise_gradient(y, zeros(3, 2)); },
       "upstream must be 3 x 4, but is 3 x 2"},
      {"pathwise, a row more", [&] { return d.pathwise_gradient(y, zeros(4, 4)); },
       "upstream must be 3 x 4, but is 4 x 4"},
      {"pathwise, transposed", [&] { return d.pathwise_gradient(y, zeros(4, 3)); },
       "upstream must be 3 x 4, but is 4 x 3"},
      {"log_prob, short", [&] { return d.log_prob_gradient(y, zeros(1, 2)); }, "upstream must be 1 x 4, but is 1 x 2"},
      {"log_prob, long", [&] { return d.log_prob_gradient(y, zeros(1, 5)); }, "upstream must be 1 x 4, but is 1 x 5"},
      {"log_prob, a column", [&] { return d.log_prob_gradient(y, zeros(4, 1)); },
       "upstream must be 1 x 4, but is 4 x 1"},
      {"log_prob, two rows", [&] { return d.log_prob_gradient(y, zeros(2, 4)); },
       "upstream must be 1 x 4, but is 2 x 4"},
      {"the points are judged first", [&] { return d.log_prob_gradient(zeros(2, 4), zeros(2, 4)); },
       "sample must have 3 rows, but has 2"},
  });
  if constexpr (!testing::is_on_x_scale<TestType>) {
    check_refusals({
        {"to_concrete", [&] { return TestType::to_concrete_gradient(y, zeros(3, 2)); },
         "upstream must be 3 x 4, but is 3 x 2"},
        {"to_concrete, transposed", [&] { return TestType::to_concrete_gradient(y, zeros(4, 3)); },
         "upstream must be 3 x 4, but is 4 x 3"},
    });
  }
}

TEST_CASE("One-hot columns have the rows of the distribution, indices one row", "[arguments]") {
  const auto d = model<concrete::DiscreteXXd>();
  check_shapes("one-hot", "sample", [&](const MatrixXd& x) { return d.log_prob(x); });
  check_refusals({
      {"a column of indices", [&] { return d.log_prob(integers(2, 1)); }, "indices must have 1 row, but has 2"},
      {"one-hot integers", [&] { return d.log_prob(integers(3, 2)); }, "indices must have 1 row, but has 3"},
      {"no row of indices", [&] { return d.log_prob(integers(0, 2)); }, "indices must have 1 row, but has 0"},
      {"an index more", [&] { return d.log_prob(integers(1, 3)); },
       "indices must have a multiple of 2 columns, but has 3"},
  });
}

TEST_CASE("Zeros and ones have the rows of the distribution, as numbers and as integers", "[arguments]") {
  const auto d = model<concrete::BernoulliXXd>();
  check_shapes("numbers", "sample", [&](const MatrixXd& x) { return d.log_prob(x); });
  check_shapes("integers", "sample", [&](const MatrixXd& x) { return d.log_prob(x.cast<int>().eval()); });
}
