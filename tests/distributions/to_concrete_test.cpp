#include <cmath>
#include <concrete/concrete.hpp>
#include <stdexcept>

#include "catch.hpp"
#include "support/allocation.hpp"
#include "support/models.hpp"

// The way from the log classes to x and of gradients back, into memory of the caller's.

namespace {

using concrete::ExpConcreteXXd, concrete::LogitBinaryConcreteXXd;
using Eigen::Map, Eigen::MatrixXd, Eigen::MatrixXf;
using testing::allocations;
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

TEST_CASE("A step of gradient descent through x allocates nothing but the distribution", "[to_concrete][allocation]") {
  if (!testing::allocations_are_counted) return;
  Random random(4);
  const MatrixXf logits = random.matrix<MatrixXf>(5, 8, -3, 3);
  const concrete::ExpConcrete q(logits, 0.5f);
  MatrixXf y = logits, x = logits, dx = logits;
  auto gradient = q.pathwise_gradient(y, dx);
  CHECK(allocations([&] {
          q.sample(random, y);
          q.to_concrete(y, x);
          dx = 2 * x;
          q.to_concrete_gradient(y, dx, dx);
          q.pathwise_gradient(y, dx, gradient);
        }) == 0);
}

TEST_CASE("A single fixed-size gate never touches the heap", "[to_concrete][allocation]") {
  if (!testing::allocations_are_counted) return;
  using Gate = Eigen::Vector<float, 1>;
  Random random(5);
  float slope = 0;
  CHECK(allocations([&] {
          const concrete::LogitBinaryConcrete gate(Gate(0.3f), 0.5f);
          const Gate y = gate.sample(random), x = gate.to_concrete(y);
          slope = gate.pathwise_gradient(y, gate.to_concrete_gradient(y, x)).logits(0);
          slope += float(concrete::Bernoulli(gate.logits()).sample_index(random)(0));
        }) == 0);
  CHECK(std::isfinite(slope));
}
