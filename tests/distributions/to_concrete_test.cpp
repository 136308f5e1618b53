#include <concrete/concrete.hpp>
#include <stdexcept>

#include "catch.hpp"
#include "support/models.hpp"

// The way from the log classes to x and of gradients back, into memory of the caller's.

namespace {

using concrete::ExpConcreteXXd, concrete::LogitBinaryConcreteXXd;
using Eigen::Map, Eigen::MatrixXd;
using testing::Random;

}  // namespace

TEMPLATE_TEST_CASE("to_concrete and its gradient write what they return", "[to_concrete]", ExpConcreteXXd,
                   LogitBinaryConcreteXXd) {
  Random random(3);
  const MatrixXd y = random.matrix<MatrixXd>(4, 6, -40, 3), upstream = random.matrix<MatrixXd>(4, 6, -1, 1);
  const MatrixXd x = TestType::to_concrete(y), dy = TestType::to_concrete_gradient(y, upstream);
  MatrixXd out(4, 6);

  SECTION("a matrix") {
    TestType::to_concrete(y, out);
    CHECK(out == x);
    TestType::to_concrete_gradient(y, upstream, out);
    CHECK(out == dy);
  }
  SECTION("one that is resized") {
    MatrixXd empty;
    TestType::to_concrete(y, empty);
    CHECK(empty == x);
    TestType::to_concrete_gradient(y.leftCols(2), upstream.leftCols(2), empty);
    CHECK(empty == dy.leftCols(2));
  }
  SECTION("a block, a transposed and a mapped one") {
    MatrixXd big = MatrixXd::Constant(6, 8, 7);
    TestType::to_concrete(y, big.block(1, 1, 4, 6));
    CHECK(big.block(1, 1, 4, 6) == x);
    CHECK((big.row(0).array() == 7).all());
    CHECK((big.col(7).array() == 7).all());
    MatrixXd across(6, 4);
    TestType::to_concrete_gradient(y, upstream, across.transpose());
    CHECK(across.transpose() == dy);
    TestType::to_concrete_gradient(y, upstream, Map<MatrixXd>(out.data(), 4, 6));
    CHECK(out == dy);
  }
  SECTION("its own arguments") {
    MatrixXd in_place = y;
    TestType::to_concrete(in_place, in_place);
    CHECK(in_place == x);
    MatrixXd gradient = upstream;
    TestType::to_concrete_gradient(y, gradient, gradient);
    CHECK(gradient == dy);
    MatrixXd points = y;
    TestType::to_concrete_gradient(points, upstream, points);
    CHECK(points == dy);
  }
  SECTION("nothing else is taken") {
    CHECK_THROWS_AS(TestType::to_concrete(y, out.leftCols(5)), std::invalid_argument);
    CHECK_THROWS_AS(TestType::to_concrete_gradient(y, upstream, out.topRows(3)), std::invalid_argument);
    CHECK_THROWS_AS(TestType::to_concrete_gradient(y, upstream.leftCols(3), out), std::invalid_argument);
  }
}
