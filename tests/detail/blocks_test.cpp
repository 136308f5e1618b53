#include "concrete/detail/blocks.hpp"

#include <Eigen/Core>
#include <cmath>
#include <numeric>
#include <vector>

#include "catch.hpp"
#include "support/dual.hpp"
#include "support/limits.hpp"
#include "support/models.hpp"
#include "support/random.hpp"
#include "support/reference.hpp"

namespace detail = concrete::detail;
using detail::Block;
using detail::Columns;
using detail::OneColumn;
using detail::view_of;
using detail::writable_view_of;
using Eigen::Index;
using testing::identical;
using testing::Random;

namespace {

template <class T>
using Matrix = Eigen::MatrixX<T>;
template <class T>
using RowMajor = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

/// Strips where there are any: not in wider registers.
template <class T>
struct StripsOr {
  using type = OneColumn<T>;
};
template <detail::ElementaryScalar T>
struct StripsOr<T> {
  using type = detail::Strips<T>;
};
template <class T>
using Strips = typename StripsOr<T>::type;

/// Around the borders of what is treated in one way: tiny columns, strips, the cache.
constexpr Index lengths[] = {1, 2, 3, 4, 5, 7, 8, 9, 10, 17, 31, 32, 33, 64, 65, 100, 512, 513, 1000, 1024, 1025, 2049};

/// Calls check(n, cols) for numbers of columns around the borders of blocks that Loops have for them.
template <class Loops, class Check>
void for_each_size(const Check& check) {
  for (const Index n : lengths) {
    for (const Index cols : {1, 2, 5, 12, 13, 31, 33, 130, 1030}) {
      if (n * cols > 5000) continue;
      CAPTURE(n, cols);
      check(n, cols);
    }
  }
}

/// Calls visit(block) for all blocks of a batch, one pass over each of its columns.
template <class Loops, class Visit>
void for_each_block(Index n, Index cols, const Visit& visit) {
  detail::for_each_columns<Loops>(n, cols, [&](const Columns<Loops>& columns) { columns.pass(visit); });
}

/// A number for each entry and column of a batch.
template <class T>
Matrix<T> numbered(Index n, Index cols) {
  return Matrix<T>::NullaryExpr(n, cols, [n](Index k, Index j) { return static_cast<T>(n * j + k); });
}

/// Calls check(target) with the middle of a larger matrix, column-major and row-major, at the end of memory and as an
/// expression that is not in memory. What stands around the middle has to stay 7.
template <class T, class Check>
void with_frames(const Matrix<T>& content, const Check& check) {
  const Index n = content.rows(), cols = content.cols();
  const auto check_in = [&](auto frame, Index row, Index col, Index rows_below, Index cols_behind) {
    frame.setConstant(n + row + rows_below, cols + col + cols_behind, T(7));
    Matrix<T> expected = frame;
    auto target = frame.block(row, col, n, cols);
    target = content;
    const Matrix<T> result = check(writable_view_of(target));
    expected.block(row, col, n, cols) = result;
    CHECK(identical(frame, expected));
  };
  check_in(Matrix<T>(), 0, 0, 0, 0);
  check_in(Matrix<T>(), 0, 1, 0, 40);  // columns follow each other
  check_in(Matrix<T>(), 2, 1, 1, 2);
  check_in(RowMajor<T>(), 0, 0, 0, 0);
  check_in(RowMajor<T>(), 2, 1, 1, 2);
  Matrix<T> frame = content.rowwise().reverse();
  auto expression = frame.rowwise().reverse();
  const Matrix<T> result = check(writable_view_of(expression));
  CHECK(identical(frame.rowwise().reverse().eval(), result));
}

template <class Loops>
void fill(const Block& block, detail::Entries<Loops>& entries, const Matrix<typename Loops::Scalar>& from) {
  Loops::for_each(block, [&](Index k) {  // also what is beyond the block
    entries[k] = k < block.size() ? from(block.row + k % block.rows, block.column + k / block.rows) : -1;
  });
}

}  // namespace

#define LOOPS (Strips<float>), (Strips<double>), (OneColumn<double>), (OneColumn<long double>)

// ---- Blocks ----

TEMPLATE_TEST_CASE("Blocks are whole columns or parts of one, in their order, and hold every entry once", "[blocks]",
                   LOOPS) {
  using Loops = TestType;
  for_each_size<Loops>([](Index n, Index cols) {
    Index next = 0;
    bool fits = true;
    for_each_block<Loops>(n, cols, [&](const Block& block) {
      fits = fits && n * block.column + block.row == next && block.is_part == (block.rows < n) &&
             (!block.is_part || block.columns == 1) && block.columns <= Loops::most_columns &&
             block.size() <= Loops::most_entries && Loops::touched(block) >= block.size() &&
             Loops::touched(block) <= Loops::most_entries + Loops::padding;
      next += block.size();
    });
    CHECK(fits);
    CHECK(next == n * cols);
  });
}

TEMPLATE_TEST_CASE("Every entry and every column is visited once, and nothing beyond what may be touched", "[blocks]",
                   LOOPS) {
  using Loops = TestType;
  for_each_size<Loops>([](Index n, Index cols) {
    bool once = true;
    for_each_block<Loops>(n, cols, [&](const Block& block) {
      std::vector<int> visits(static_cast<std::size_t>(Loops::touched(block)), 0), column_visits(1024, 0);
      Loops::for_each(block, [&](Index k) { ++visits.at(static_cast<std::size_t>(k)); });
      for (Index k = 0; k < block.size(); ++k) once = once && visits[static_cast<std::size_t>(k)] == 1;
      Loops::for_each_column(block.columns, [&](Index j) { ++column_visits.at(static_cast<std::size_t>(j)); });
      for (Index j = 0; j < block.columns; ++j) once = once && column_visits[static_cast<std::size_t>(j)] == 1;
    });
    CHECK(once);
  });
}

// ---- Reductions ----

TEMPLATE_TEST_CASE("Maxima and sums are those of each column", "[blocks]", LOOPS) {
  using Loops = TestType;
  using T = typename Loops::Scalar;
  Random random(1);
  for_each_size<Loops>([&](Index n, Index cols) {
    const Matrix<T> matrix = random.matrix<Matrix<T>>(n, cols, -2, -1);  // a maximum or sum with 0 would be seen
    const auto view = view_of(matrix);
    detail::Input<Loops> input(view);
    bool same = true;
    detail::for_each_columns<Loops>(n, cols, [&](const Columns<Loops>& columns) {
      detail::Maxima<Loops> top;
      detail::Sums<Loops> total;
      columns.pass([&](const Block& block) {
        input.read(block);
        top.take(block, input.data());
        total.add(block, input.data());
      });
      for (Index j = 0; j < columns.count; ++j) {
        const auto column = matrix.col(columns.first + j);
        same = same && top[j] == column.maxCoeff();
        const T sum = detail::sum<T>(n, [&](Index k) { return column(k); });
        // Of one block to the last bit, of several to the rounding of either.
        same = same && (n <= Loops::most_entries ? total[j] == sum
                                                 : std::abs(total[j] - sum) <= 16 * testing::eps<T> * std::abs(sum));
      }
    });
    CHECK(same);
  });
}

TEMPLATE_TEST_CASE("The maximum is found in whatever part and place it stands", "[blocks]", LOOPS) {
  using Loops = TestType;
  using T = typename Loops::Scalar;
  for_each_size<Loops>([&](Index n, Index cols) {
    if (cols > 13) return;
    bool found = true;
    for (Index place = 0; place<n; place += n> 100 ? 31 : 1) {
      Matrix<T> matrix = Matrix<T>::Constant(n, cols, -testing::inf<T>);
      for (Index j = 0; j < cols; ++j) matrix((place + j) % n, j) = static_cast<T>(-3 - j);
      const auto view = view_of(matrix);
      detail::Input<Loops> input(view);
      detail::for_each_columns<Loops>(n, cols, [&](const Columns<Loops>& columns) {
        detail::Maxima<Loops> top;
        columns.pass([&](const Block& block) {
          input.read(block);
          top.take(block, input.data());
        });
        for (Index j = 0; j < columns.count; ++j) found = found && top[j] == static_cast<T>(-3 - columns.first - j);
      });
    }
    CHECK(found);
  });
}

TEMPLATE_TEST_CASE("A sum has a NaN of its column, and no other", "[blocks]", (Strips<float>), (Strips<double>)) {
  using Loops = TestType;
  using T = typename Loops::Scalar;
  for_each_size<Loops>([&](Index n, Index cols) {
    Matrix<T> matrix = Matrix<T>::Constant(n, cols, T(0.5));
    for (Index j = 0; j < cols; j += 2) matrix((7 * j + n - 1) % n, j) = testing::quiet_nan<T>;
    for (Index j = 1; j < cols; j += 4) matrix((7 * j) % n, j) = testing::inf<T>;
    const auto view = view_of(matrix);
    detail::Input<Loops> input(view);
    bool right = true;
    detail::for_each_columns<Loops>(n, cols, [&](const Columns<Loops>& columns) {
      detail::Sums<Loops> total;
      columns.pass([&](const Block& block) {
        input.read(block);
        total.add(block, input.data());
      });
      for (Index j = 0; j < columns.count; ++j) {
        const Index column = columns.first + j;
        const T expected = column % 2 == 0   ? testing::quiet_nan<T>
                           : column % 4 == 1 ? testing::inf<T>
                                             : T(0.5) * static_cast<T>(n);
        right = right && (total[j] == expected || (column % 2 == 0 && std::isnan(total[j])));
      }
    });
    CHECK(right);
  });
}

TEMPLATE_TEST_CASE("The error of a long column's sum does not grow with the number of its parts", "[blocks]",
                   (Strips<float>), (Strips<double>), (OneColumn<long double>)) {
  // Parts are added up by Kahan's rule, whose error is 2 halves of an eps. Within a part a lane has at most 31 additions
  // and folding has 6, each with half an eps of the sum of magnitudes. Added plainly, the parts of a million of 0.1
  // would miss by hundreds of eps.
  using Loops = TestType;
  using T = typename Loops::Scalar;
  constexpr double bound = (31 + 6 + 2 + 2) / 2.0;
  for (const Index n : {5'000, 100'000, 1'000'000}) {
    for (const bool constant : {true, false}) {
      CAPTURE(n, constant);
      Random random(2);
      const Matrix<T> column = constant ? Matrix<T>::Constant(n, 1, T(0.1)) : random.matrix<Matrix<T>>(n, 1, -1, 1.5);
      detail::Sums<Loops> total;
      testing::Wide exact = 0, magnitude = 0;
      for (Index row = 0; row < n; row += Loops::part_entries) {
        const Index rows = std::min<Index>(Loops::part_entries, n - row);
        Eigen::VectorX<T> part(rows + Loops::padding);
        part.setConstant(T(1e6));
        part.head(rows) = column.middleRows(row, rows);
        total.add(Block{row, rows, 0, 1, true}, part.data());
      }
      for (Index k = 0; k < n; k += 1000) {
        exact += testing::Wide(column.middleRows(k, 1000).template cast<long double>().sum());
        magnitude += testing::Wide(column.middleRows(k, 1000).template cast<long double>().cwiseAbs().sum());
      }
      CHECK(testing::eps_error(total[0], exact, magnitude) <= bound);
    }
  }
}

TEMPLATE_TEST_CASE("A number of a column stands at each of its entries", "[blocks]", LOOPS) {
  using Loops = TestType;
  using T = typename Loops::Scalar;
  for_each_size<Loops>([](Index n, Index cols) {
    bool same = true;
    detail::for_each_columns<Loops>(n, cols, [&](const Columns<Loops>& columns) {
      detail::ColumnValues<Loops> values;
      for (Index j = 0; j < columns.count; ++j) values[j] = static_cast<T>(1 + columns.first + j);
      columns.pass([&](const Block& block) {
        const typename Loops::Broadcast at_entry(block, values.data());
        for (Index k = 0; k < block.size(); ++k) {
          same = same && at_entry[k] == static_cast<T>(1 + block.column + k / block.rows);
        }
      });
    });
    CHECK(same);
  });
}

// ---- Numbers of columns ----

TEMPLATE_TEST_CASE("One number for each column is read from a row and written to one", "[blocks]", LOOPS) {
  using Loops = TestType;
  using T = typename Loops::Scalar;
  const Index cols = 700;
  const Matrix<T> row = numbered<T>(1, cols);
  Matrix<T> copy(1, cols), frame = Matrix<T>::Constant(3, cols + 2, T(7)), expected = frame;
  auto inside = frame.block(1, 1, 1, cols);
  expected.block(1, 1, 1, cols) = row;
  T total = 0;
  detail::for_each_columns<Loops>(3, cols, [&](const Columns<Loops>& columns) {
    detail::ColumnValues<Loops> values;
    detail::read_row(view_of(row), columns, values);
    detail::write_row(values, columns, writable_view_of(copy));
    detail::write_row(values, columns, writable_view_of(inside));
    total += detail::sum_of(values, columns.count);
    CHECK(detail::all_finite(values, columns.count));
    CHECK(detail::some_zero(values, columns.count) == (columns.first == 0));
    for (const T special : {testing::inf<T>, -testing::inf<T>, testing::quiet_nan<T>, -testing::quiet_nan<T>}) {
      const T before = values[columns.count - 1];
      values[columns.count - 1] = special;
      CHECK_FALSE(detail::all_finite(values, columns.count));
      if (columns.count > 1) CHECK(detail::all_finite(values, columns.count - 1));
      values[columns.count - 1] = before;
    }
    values[columns.count - 1] = -(std::numeric_limits<T>::max)();
    CHECK(detail::all_finite(values, columns.count));
    values[columns.count - 1] = T(-0.0);
    CHECK(detail::some_zero(values, columns.count));
  });
  CHECK(identical(copy, row));
  CHECK(identical(frame, expected));
  CHECK(total == row.sum());
}

// ---- Entries of matrices ----

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

TEMPLATE_TEST_CASE("Entries are written to their place in any matrix, and nowhere else", "[blocks]", LOOPS) {
  using Loops = TestType;
  using T = typename Loops::Scalar;
  for_each_size<Loops>([](Index n, Index cols) {
    const Matrix<T> content = numbered<T>(n, cols);
    with_frames<T>(Matrix<T>::Constant(n, cols, T(3)), [&](const detail::MatrixView<T>& target) {
      detail::Entries<Loops> entries;
      for_each_block<Loops>(n, cols, [&](const Block& block) {
        entries.place_in(target, block);
        fill(block, entries, content);
        entries.store(target, block);
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
        detail::Entries<Loops> entries;
        detail::for_each_columns<Loops>(n, cols, [&](const Columns<Loops>& columns) {
          columns.pass([&](const Block& block) {
            entries.place_in(target, block);
            fill(block, entries, content);
            entries.store(target, block);
          });
          columns.pass([&](const Block& block) {
            entries.reload(target, block);
            Loops::for_each(block, [&](Index k) { entries[k] *= 2; });
            entries.store(target, block);
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
      with_frames<T>(before, [&](const detail::MatrixView<T>& target) {
        detail::Entries<Loops> entries;
        for_each_block<Loops>(n, cols, [&](const Block& block) {
          fill(block, entries, content);
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
      fill(block, entries, content);
      const Index cleared = block.columns / 2;
      entries.clear_column(block, cleared);
      for (Index k = 0; k < block.size(); ++k) {
        const T expected =
            k / block.rows == cleared ? 0 : content(block.row + k % block.rows, block.column + k / block.rows);
        right = right && entries[k] == expected;
      }
    });
    CHECK(right);
  });
}

// ---- Small fixed-size columns, other scalars ----

TEMPLATE_TEST_CASE("A small column of a fixed size is one block", "[blocks]", (OneColumn<float, 2>),
                   (OneColumn<double, 3>), (OneColumn<double, 4>)) {
  using Loops = TestType;
  using T = typename Loops::Scalar;
  const Index n = Loops::rows;
  const Matrix<T> content = numbered<T>(n, 1);
  const RowMajor<T> wide = content.replicate(1, 3);
  const auto column = wide.col(1);
  const auto view = view_of(column);
  detail::Input<Loops> input(view);
  with_frames<T>(Matrix<T>::Constant(n, 1, T(3)), [&](const detail::MatrixView<T>& target) {
    Index blocks = 0;
    for_each_block<Loops>(n, 1, [&](const Block& block) {
      ++blocks;
      CHECK(block.size() == n);
      input.read(block);
      detail::Entries<Loops> entries, twice;
      detail::Maxima<Loops> top;
      detail::Sums<Loops> total;
      Loops::for_each(block, [&](Index k) {
        entries[k] = -input[k];
        twice[k] = 2 * input[k];
      });
      top.take(block, entries.data());
      total.add(block, input.data());
      CHECK(top[0] == 0);
      CHECK(total[0] == content.sum());
      CHECK(typename Loops::Broadcast(block, total.data())[n - 1] == total[0]);
      entries.store(target, block);
      twice.add_to(target, block);
    });
    CHECK(blocks == 1);
    return content;
  });
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
