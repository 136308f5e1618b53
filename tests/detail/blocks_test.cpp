#include "concrete/detail/blocks.hpp"

#include <Eigen/Core>
#include <cmath>
#include <numeric>
#include <vector>

#include "catch.hpp"
#include "detail/blocks_support.hpp"
#include "support/dual.hpp"
#include "support/limits.hpp"
#include "support/reference.hpp"

using namespace testing;  // what blocks_support.hpp has

TEMPLATE_TEST_CASE("A small column of a fixed size is one block", "[blocks]", (OneColumn<float, 2>),
                   (OneColumn<double, 3>), (OneColumn<double, 4>)) {
  using Loops = TestType;
  using T = typename Loops::Scalar;
  const Index n = Loops::rows;
  const Matrix<T> content = numbered<T>(n, 1);
  const auto view = view_of(content);
  detail::Input<Loops> input(view);
  Matrix<T> negated(n, 1), sum = Matrix<T>::Constant(n, 1, T(3));
  const auto target = writable_view_of(negated), sum_view = writable_view_of(sum);
  detail::Output<Loops> output(target);
  Index blocks = 0;
  for_each_block<Loops>(n, 1, [&](const Block& block) {
    ++blocks;
    CHECK(block.size() == n);
    input.read(block);
    detail::Entries<Loops> twice;
    detail::Maxima<Loops> top;
    detail::Sums<Loops> total;
    output.place(block);
    Loops::for_each(block, [&](Index k) {
      output[k] = -input[k];
      twice[k] = 2 * input[k];
    });
    top.take(block, output.data());
    total.add(block, input.data());
    CHECK(top[0] == 0);
    CHECK(total[0] == content.sum());
    CHECK(typename Loops::Broadcast(block, total.data())[n - 1] == total[0]);
    output.store(block);
    twice.add_to(sum_view, block);
  });
  CHECK(blocks == 1);
  CHECK(negated == -content);
  CHECK(sum == (2 * content.array() + 3).matrix());
}

TEST_CASE("Autodiff scalars are taken one column at a time, with their derivatives", "[blocks]") {
  using testing::Dual;
  using Loops = OneColumn<Dual>;
  const Index n = 40, cols = 3;
  Eigen::Matrix<Dual, Eigen::Dynamic, Eigen::Dynamic> matrix(n, cols);
  for (Index j = 0; j < cols; ++j) {
    for (Index k = 0; k < n; ++k) matrix(k, j) = testing::variable(static_cast<double>((7 * k + j) % n));
  }
  const auto view = view_of(matrix);
  detail::Input<Loops> input(view);
  detail::for_each_columns<Loops>(n, cols, [&](const Columns<Loops>& columns) {
    CHECK(columns.count == 1);
    detail::Maxima<Loops> top;
    detail::Sums<Loops> total;
    columns.pass([&](const Block& block) {
      input.read(block);
      top.take(block, input.data());
      total.add(block, input.data());
    });
    CHECK(top[0].value() == 39);
    CHECK(top[0].derivatives()(0) == 1);
    CHECK(total[0].value() == 39 * 20);
    CHECK(total[0].derivatives()(0) == 40);
  });
}
