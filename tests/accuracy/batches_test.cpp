#include <utility>

#include "accuracy/lengths.hpp"
#include "catch.hpp"

// Batches of columns of all kinds, in whatever memory, are their columns one by one, to the last bit; and so are vectors
// of a fixed size.

namespace {

using Eigen::Index;
using testing::Kind;
using testing::Mask;
using testing::Random;

/// How the columns of a batch come about.
struct Shape {
  Index batch, cols;
};

/// A distribution over a batch, points, and what its columns answer one by one.
template <class D>
class Batch {
  using T = typename D::Scalar;
  using Matrix = Eigen::MatrixX<T>;

 public:
  template <class Kinds>
  Batch(Index n, const Shape& shape, bool masked, double temperature, const Kinds& kinds, Random& random)
      : model_(logits(n, shape.batch, masked, random), temperature),
        points_(n, shape.cols),
        upstream_(random.matrix<Matrix>(n, shape.cols, -1, 1)),
        weights_(random.matrix<Matrix>(1, shape.cols, -1, 1)) {
    const auto first_kind = static_cast<Index>(random() % std::size(kinds));
    for (Index j = 0; j < shape.cols; ++j) {
      const Kind kind = kinds[static_cast<std::size_t>(first_kind + j + j / shape.batch) % std::size(kinds)];
      const auto q = testing::single(model_, j % shape.batch);
      points_.col(j) = testing::draw_point(q, kind, random);
      // So that not everything which is summed over the samples becomes NaN.
      if (kind == Kind::nan && shape.cols > shape.batch) weights_(0, j) = 0;
      alone_.push_back(testing::ask(q, points_.col(j).eval(), upstream_.col(j).eval(), weights_(0, j)));
    }
  }

  void check() const {
    using RowMajor = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
    const Index n = points_.rows(), cols = points_.cols();
    check_in(points_, upstream_);

    Matrix frame = Matrix::Constant(n + 3, cols + 2, testing::quiet_nan<T>), other_frame = frame;
    frame.block(2, 1, n, cols) = points_;
    other_frame.block(1, 0, n, cols) = upstream_;
    check_in(frame.block(2, 1, n, cols), other_frame.block(1, 0, n, cols));
    check_in(frame.block(2, 1, n, cols), upstream_);
    check_in(points_, other_frame.block(1, 0, n, cols));

    const RowMajor turned = points_, turned_upstream = upstream_;
    check_in(turned, turned_upstream);
    check_in(Eigen::Map<const Matrix>(turned.data(), cols, n).transpose(), turned_upstream);
    check_in(points_.rowwise().reverse().eval().rowwise().reverse(), upstream_);

    Matrix rows = Matrix::Constant(3, cols + 2, 7), expected = rows;
    for (Index j = 0; j < cols; ++j) expected(1, 1 + j) = alone_[static_cast<std::size_t>(j)].log_prob;
    model_.log_prob(points_, rows.row(1).segment(1, cols));
    CHECK(testing::identical(rows, expected));
  }

 private:
  static typename D::Logits logits(Index n, Index batch, bool masked, Random& random) {
    constexpr Mask masks[] = {Mask::half, Mask::none, Mask::all_but_one, Mask::one};
    typename D::Logits result(n, batch);
    for (Index b = 0; b < batch; ++b) {
      const Mask mask = masked ? masks[(random() + static_cast<std::size_t>(b)) % std::size(masks)] : Mask::none;
      result.col(b) = testing::draw_masked_logits<Eigen::VectorX<T>>(random, n, mask);
    }
    return result;
  }

  /// The points in whatever memory.
  template <class Y, class U>
  void check_in(const Y& points, const U& upstream) const {
    const Index n = points.rows(), cols = points.cols(), batch = model_.batch_size();
    const auto log_prob = testing::as_row(model_.log_prob(points));
    const auto gradient = model_.log_prob_gradient(points, weights_);
    const auto path = model_.pathwise_gradient(points, upstream);
    Matrix logits = Matrix::Zero(n, batch), path_logits = logits;
    bool same_values = true, same_slopes = true;
    T temperature = 0, path_temperature = 0, magnitude = 0, path_magnitude = 0;
    for (Index j = 0; j < cols; ++j) {
      const testing::Alone<T>& column = alone_[static_cast<std::size_t>(j)];
      same_values =
          same_values && testing::same(log_prob(j), column.log_prob) && testing::same(gradient.value(j), column.value);
      same_slopes = same_slopes && testing::identical(gradient.sample.col(j), column.sample);
      logits.col(j % batch) += column.logits;
      path_logits.col(j % batch) += column.path_logits;
      temperature += column.temperature;
      path_temperature += column.path_temperature;
      magnitude += std::abs(column.temperature);
      path_magnitude += std::abs(column.path_temperature);
    }
    CHECK(same_values);
    CHECK(same_slopes);
    CHECK(testing::identical(gradient.logits, logits));
    CHECK(testing::identical(path.logits, path_logits));
    CHECK(are_close(gradient.temperature, temperature, magnitude));
    CHECK(are_close(path.temperature, path_temperature, path_magnitude));
  }

  /// Sums of a few numbers in different orders.
  static bool are_close(T a, T b, T magnitude) {
    if (!std::isfinite(b)) return testing::same(a, b);
    return std::abs(a - b) <= static_cast<T>(testing::lengths_bound) * testing::eps<T> * magnitude;
  }

  D model_;
  Matrix points_, upstream_, weights_;
  std::vector<testing::Alone<T>> alone_;
};

using Classes = decltype(std::tuple_cat(
    std::declval<testing::LengthsClasses>(),
    std::declval<std::tuple<concrete::ExpConcrete<testing::RowMajorXXf>, concrete::Concrete<testing::RowMajorXXd>,
                            concrete::LogitBinaryConcrete<testing::RowMajorXXd>,
                            concrete::BinaryConcrete<testing::RowMajorXXf>>>()));

}  // namespace

TEMPLATE_LIST_TEST_CASE("At every length a batch is its columns, whatever is beside them and wherever they stand",
                        "[accuracy][lengths]", Classes) {
  Random random(322);
  for (const Index n : testing::lengths) {
    for (const Shape shape : {Shape{1, 1}, Shape{1, 7}, Shape{3, 3}, Shape{3, 12}, Shape{13, 13}, Shape{5, 70}}) {
      if (n > testing::long_length && shape.cols > 13) continue;
      for (const bool masked : {false, true}) {
        if (masked && testing::is_binary<TestType>) continue;
        CAPTURE(n, shape.batch, shape.cols, masked);
        Batch<TestType>(n, shape, masked, 0.7, testing::all_kinds, random).check();
        Batch<TestType>(n, shape, masked, 0.7, testing::interior_kinds, random).check();
      }
    }
  }
}

namespace {

/// D over vectors of n entries by their type.
template <template <class> class Class, class T, int n>
void check_fixed_size(Random& random) {
  using Dynamic = Class<Eigen::VectorX<T>>;
  using Fixed = Class<Eigen::Matrix<T, n, 1>>;
  using Vector = Eigen::Matrix<T, n, 1>;
  for (int round = 0; round < 8; ++round) {
    for (const Mask mask : testing::masks_of<Dynamic>(n)) {
      for (const Kind kind : testing::all_kinds) {
        CAPTURE(n, round, static_cast<int>(mask), static_cast<int>(kind));
        const Dynamic q(testing::draw_masked_logits<Eigen::VectorX<T>>(random, n, mask), 0.5);
        const Fixed p(q.logits(), q.temperature());
        const Eigen::VectorX<T> point = testing::draw_point(q, kind, random),
                                upstream = random.vector<Vector>(n, -1, 1);
        for (const T weight : {T(1), T(-0.3), T(0)}) {
          const auto expected = testing::ask(q, point, upstream, weight);
          CHECK(testing::same(testing::ask(p, Vector(point), Vector(upstream), weight), expected));
          CHECK(testing::same(testing::ask(p, point, upstream, weight), expected));
        }
        const Eigen::VectorX<T> moved = point.array() - 300;  // no sample on the log scale
        CHECK(testing::same(testing::ask(p, Vector(moved), Vector(upstream), T(1)),
                            testing::ask(q, moved, upstream, T(1))));
        Random first = random, second = random;
        const auto drawn = p.sample_and_log_prob(first);
        const auto drawn_of_dynamic = q.sample_and_log_prob(second);
        CHECK(testing::identical(drawn.sample, drawn_of_dynamic.sample));
        CHECK(drawn.log_prob == drawn_of_dynamic.log_prob);
      }
    }
  }
}

}  // namespace

TEMPLATE_TEST_CASE("Vectors of a fixed size have the numbers of dynamic ones", "[accuracy][lengths]", float, double) {
  Random random(323);
  check_fixed_size<concrete::ExpConcrete, TestType, 1>(random);
  check_fixed_size<concrete::ExpConcrete, TestType, 2>(random);
  check_fixed_size<concrete::ExpConcrete, TestType, 3>(random);
  check_fixed_size<concrete::ExpConcrete, TestType, 4>(random);
  check_fixed_size<concrete::ExpConcrete, TestType, 5>(random);
  check_fixed_size<concrete::Concrete, TestType, 2>(random);
  check_fixed_size<concrete::Concrete, TestType, 3>(random);
  check_fixed_size<concrete::Concrete, TestType, 4>(random);
  check_fixed_size<concrete::Concrete, TestType, 13>(random);
  check_fixed_size<concrete::LogitBinaryConcrete, TestType, 3>(random);
  check_fixed_size<concrete::BinaryConcrete, TestType, 3>(random);
}
