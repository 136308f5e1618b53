#include "concrete/detail/entries.hpp"

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

namespace {

/// Whether the blocks of a batch of `cols` columns, read from a matrix, are its columns, again and again.
template <class Loops, class M>
bool reads_columns(const M& matrix, Index cols, Index* in_place = nullptr) {
  using T = typename Loops::Scalar;
  const auto view = view_of(matrix);
  detail::Input<Loops> input(view);
  bool same = true;
  for_each_block<Loops>(matrix.rows(), cols, [&](const Block& block) {
    input.read(block);
    for (Index k = 0; k < block.size(); ++k) {
      const Index j = (block.column + k / block.rows) % matrix.cols();
      same = same && input[k] == matrix(block.row + k % block.rows, j);
    }
    // All of what may be touched can be read.
    T sum = 0;
    Loops::for_each(block, [&](Index k) { sum += input[k]; });
    same = same && sum == sum;
    const T* const begin = matrix.data();
    if (in_place != nullptr && input.data() >= begin && input.data() < begin + matrix.size()) ++*in_place;
  });
  return same;
}

}  // namespace

TEMPLATE_TEST_CASE("A batch reads the columns of a matrix, the first after the last", "[blocks]", LOOPS) {
  using Loops = TestType;
  using T = typename Loops::Scalar;
  Random random(3);
  for_each_size<Loops>([&](Index n, Index cols) {
    for (const Index period : {Index{1}, Index{2}, Index{3}, cols}) {
      CAPTURE(period);
      const Matrix<T> matrix = random.matrix<Matrix<T>>(n, period, -1, 1);
      const RowMajor<T> turned = matrix;
      Matrix<T> frame = Matrix<T>::Constant(n + 3, period + 2, T(7));
      frame.block(2, 1, n, period) = matrix;
      CHECK(reads_columns<Loops>(matrix, cols));
      CHECK(reads_columns<Loops>(turned, cols));
      CHECK(reads_columns<Loops>(frame.block(2, 1, n, period), cols));
    }
  });
}

TEST_CASE("What follows in memory is read where it stands", "[blocks]") {
  using Loops = Strips<float>;
  if (Loops::most_columns == 1) return;
  const Matrix<float> matrix = numbered<float>(100, 40);  // ten columns a block
  Index in_place = 0;
  CHECK(reads_columns<Loops>(matrix, 40, &in_place));
  CHECK(in_place == 3);  // behind the last is no room for a strip
  in_place = 0;
  CHECK(reads_columns<Loops>(numbered<float>(2048, 3), 3, &in_place));
  in_place = 0;
  const Matrix<float> whole_strips = numbered<float>(2048, 3);
  CHECK(reads_columns<Loops>(whole_strips, 3, &in_place));
  CHECK(in_place == 6);
  in_place = 0;
  const RowMajor<float> turned = matrix;
  CHECK(reads_columns<Loops>(turned, 40, &in_place));
  CHECK(in_place == 0);
}

TEMPLATE_TEST_CASE("Outputs are written to their place in any matrix, and nowhere else", "[blocks]", LOOPS) {
  using Loops = TestType;
  using T = typename Loops::Scalar;
  for_each_size<Loops>([](Index n, Index cols) {
    const Matrix<T> content = numbered<T>(n, cols);
    with_frames<T>(Matrix<T>::Constant(n, cols, T(3)), [&](const detail::MatrixView<T>& target) {
      detail::Output<Loops> output(target);
      for_each_block<Loops>(n, cols, [&](const Block& block) {
        output.place(block);
        fill<Loops>(block, output.data(), content);
        output.store(block);
      });
      return content;
    });
  });
}

TEMPLATE_TEST_CASE("Parts of a long column are found again where they were stored", "[blocks]", (Strips<float>),
                   (Strips<double>), (OneColumn<long double>)) {
  // Two passes, as sampling has: what the first has stored, the second reads, doubles and stores.
  using Loops = TestType;
  using T = typename Loops::Scalar;
  for (const Index n : {1025, 1026, 1056, 2048, 2049, 5000}) {
    for (const Index cols : {1, 3}) {
      CAPTURE(n, cols);
      const Matrix<T> content = numbered<T>(n, cols);
      with_frames<T>(Matrix<T>::Constant(n, cols, T(3)), [&](const detail::MatrixView<T>& target) {
        detail::Output<Loops> output(target);
        detail::for_each_columns<Loops>(n, cols, [&](const Columns<Loops>& columns) {
          columns.pass([&](const Block& block) {
            output.place(block);
            fill<Loops>(block, output.data(), content);
            output.store(block);
          });
          columns.pass([&](const Block& block) {
            output.reload(block);
            Loops::for_each(block, [&](Index k) { output[k] *= 2; });
            output.store(block);
          });
        });
        return Matrix<T>(2 * content);
      });
    }
  }
}

TEMPLATE_TEST_CASE("Entries are added to columns, the first after the last, and nowhere else", "[blocks]", LOOPS) {
  using Loops = TestType;
  using T = typename Loops::Scalar;
  for_each_size<Loops>([](Index n, Index cols) {
    const Matrix<T> content = numbered<T>(n, cols);
    for (const Index period : {Index{1}, Index{3}, cols}) {
      CAPTURE(period);
      const Matrix<T> before = Matrix<T>::Constant(n, period, T(3));
      with_frames_in_memory<T>(before, [&](const detail::MatrixView<T>& target) {
        detail::Entries<Loops> entries;
        for_each_block<Loops>(n, cols, [&](const Block& block) {
          fill<Loops>(block, entries.data(), content);
          entries.add_to(target, block);
        });
        Matrix<T> expected = before;
        for (Index j = 0; j < cols; ++j) expected.col(j % period) += content.col(j);
        return expected;
      });
    }
  });
}

TEMPLATE_TEST_CASE("One column of a block is cleared", "[blocks]", (Strips<float>), (Strips<double>)) {
  using Loops = TestType;
  using T = typename Loops::Scalar;
  for_each_size<Loops>([](Index n, Index cols) {
    const Matrix<T> content = (numbered<T>(n, cols).array() + 1).matrix();
    bool right = true;
    detail::Entries<Loops> entries;
    for_each_block<Loops>(n, cols, [&](const Block& block) {
      fill<Loops>(block, entries.data(), content);
      const Index cleared = block.columns / 2;
      detail::clear_column(block, cleared, entries.data());
      for (Index k = 0; k < block.size(); ++k) {
        const T expected =
            k / block.rows == cleared ? 0 : content(block.row + k % block.rows, block.column + k / block.rows);
        right = right && entries[k] == expected;
      }
    });
    CHECK(right);
  });
}
