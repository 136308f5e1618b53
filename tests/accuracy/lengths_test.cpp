#include <vector>

#include "accuracy/grid.hpp"
#include "accuracy/measure.hpp"
#include "catch.hpp"
#include "support/densities.hpp"

// Formulas run over columns in several ways, as columns are tiny, short, long or of a fixed size, masked or not, and as
// their memory lies (see detail/blocks.hpp). Around every border between those ways, single columns are compared with 50
// digits, and batches of columns of all kinds with their columns one by one, to the last bit.

namespace {

using Eigen::Index;
using testing::identical;
using testing::is_binary;
using testing::is_on_x_scale;
using testing::Quantities;
using testing::Random;

// The bound of ordinary cases in accuracy_test.cpp, here of all.
constexpr double bound = 8;

constexpr Index lengths[] = {1, 2, 3, 4, 5, 12, 13, 31, 32, 33, 1023, 1024, 1025, 1026, 2500};
constexpr Index long_length = 1000;  // from here on 50 digits are spent on few columns

enum class Mask { none, one, half, all_but_one };
enum class Kind { law, inside, face, outside, nan };

constexpr Kind all_kinds[] = {Kind::law, Kind::nan, Kind::face, Kind::inside, Kind::outside};
constexpr Kind interior_kinds[] = {Kind::law, Kind::inside};

Index below(Random& random, Index n) { return static_cast<Index>(random() % static_cast<std::uint64_t>(n)); }

/// Logits with masks at random places.
template <class Vector>
Vector draw_logits(Random& random, Index n, Mask mask) {
  Vector a = random.vector<Vector>(n, -3, 3);
  const Index kept = below(random, n), only = n > 1 ? (kept + 1 + below(random, n - 1)) % n : kept;
  for (Index k = 0; k < n; ++k) {
    const bool in_half = random() % 2 == 0;
    const bool is_masked =
        mask == Mask::all_but_one || (mask == Mask::half && in_half) || (mask == Mask::one && k == only);
    if (is_masked && k != kept) a(k) = -testing::inf<typename Vector::Scalar>;
  }
  return a;
}

/// The classes that are not masked.
template <class A>
std::vector<Index> classes_of(const A& a) {
  std::vector<Index> result;
  for (Index k = 0; k < a.size(); ++k) {
    if (a(k) > -testing::inf<typename A::Scalar>) result.push_back(k);
  }
  return result;
}

template <class D>
auto categorical_point(const D& q, Kind kind, Random& random) {
  using T = typename D::Scalar;
  using Vector = Eigen::VectorX<T>;
  const Index n = q.dimension();
  const std::vector<Index> classes = classes_of(q.logits());
  const auto random_class = [&] { return classes[static_cast<std::size_t>(below(random, Index(classes.size())))]; };
  Vector y = random.vector<Vector>(n, -8, 0);
  for (Index k = 0; k < n; ++k) {
    if (q.logits()(k) == -testing::inf<T>) y(k) = -testing::inf<T>;
  }
  if (kind == Kind::face && classes.size() > 1) y(random_class()) = -testing::inf<T>;
  y = testing::log_normalized<T>(y);
  Vector point = y;
  if (is_on_x_scale<D>) {
    for (T& x : point) x = std::exp(x);  // Eigen's exp(-inf) is not 0
  }
  if (kind == Kind::outside) {
    const Index k = below(random, n);
    const bool is_masked = q.logits()(k) == -testing::inf<T>;
    if constexpr (is_on_x_scale<D>) {
      point(k) = is_masked ? T(1e-30) : T(-0.25);
    } else {
      point(k) = is_masked ? T(-70) : testing::inf<T>;
    }
  }
  if (kind == Kind::nan) point(below(random, n)) = testing::quiet_nan<T>;
  return point;
}

/// Without an outside on the log scale.
template <class D>
auto binary_point(const D& q, Kind kind, Random& random) {
  using T = typename D::Scalar;
  using Vector = Eigen::VectorX<T>;
  const Index n = q.dimension(), i = below(random, n);
  const bool low = random() % 2 == 0;
  Vector point = is_on_x_scale<D> ? random.vector<Vector>(n, 0.001, 0.999) : random.vector<Vector>(n, -8, 8);
  if constexpr (is_on_x_scale<D>) {
    if (kind == Kind::face) point(i) = low ? 0 : 1;
    if (kind == Kind::outside) point(i) = low ? T(-0.25) : T(1.5);
  } else if (kind == Kind::face || kind == Kind::outside) {
    point(i) = low ? -testing::inf<T> : testing::inf<T>;
  }
  if (kind == Kind::nan) point(i) = testing::quiet_nan<T>;
  return point;
}

/// A column of a kind, for a distribution of one column.
template <class D>
Eigen::VectorX<typename D::Scalar> draw_point(const D& q, Kind kind, Random& random) {
  if (kind == Kind::law) return q.sample(random);
  if constexpr (is_binary<D>) {
    return binary_point(q, kind, random);
  } else {
    return categorical_point(q, kind, random);
  }
}

template <class D>
auto reference_model(const D& q) {
  using Model = std::conditional_t<is_binary<D>, testing::BinaryModel, testing::CategoricalModel>;
  return Model{testing::widen(q.logits()), testing::Wide(q.temperature()), is_on_x_scale<D>};
}

/// In eps of the conditioning; 0 of what has no textbook value.
template <class Values>
double worst_error(const Values& actual, const Quantities& expected) {
  double worst = 0;
  for (std::size_t k = 0; k < expected.size(); ++k) {
    if constexpr (std::floating_point<Values>) {
      worst = std::max(worst, testing::error_of(actual, expected[k]));
    } else {
      worst = std::max(worst, testing::error_of(actual(static_cast<Index>(k)), expected[k]));
    }
  }
  return worst;
}

/// All answers about one column.
template <class T>
struct Alone {
  T log_prob, value, temperature, path_temperature;
  Eigen::VectorX<T> sample, logits, path_logits;
};

template <class D, class Y, class U>
auto ask(const D& q, const Y& point, const U& upstream, typename D::Scalar weight) {
  using T = typename D::Scalar;
  const auto gradient = q.log_prob_gradient(point, weight);
  const auto path = q.pathwise_gradient(point, upstream);
  return Alone<T>{q.log_prob(point), gradient.value,  gradient.temperature, path.temperature,
                  gradient.sample,   gradient.logits, path.logits};
}

template <class T>
bool same(const T& a, const T& b) {
  return a == b || (a != a && b != b);
}

template <class T>
bool same(const Alone<T>& a, const Alone<T>& b) {
  return same(a.log_prob, b.log_prob) && same(a.value, b.value) && same(a.temperature, b.temperature) &&
         same(a.path_temperature, b.path_temperature) && identical(a.sample, b.sample) &&
         identical(a.logits, b.logits) && identical(a.path_logits, b.path_logits);
}

template <class D>
void check_against_reference(const D& q, Kind kind, Random& random) {
  using Vector = Eigen::VectorX<typename D::Scalar>;
  const Vector point = draw_point(q, kind, random), upstream = random.vector<Vector>(q.dimension(), -1, 1);
  const auto actual = ask(q, point, upstream, 1);
  CHECK(same(actual.value, actual.log_prob));
  const auto dropped = q.log_prob_gradient(point, 0);
  CHECK(same(dropped.value, actual.log_prob));
  CHECK((dropped.sample.isZero(0) && dropped.logits.isZero(0) && dropped.temperature == 0));
  if (kind == Kind::nan) {
    CHECK(std::isnan(actual.value));
    return;
  }
  if (kind == Kind::outside && (!is_binary<D> || is_on_x_scale<D>)) {
    CHECK(actual.value == -testing::inf<typename D::Scalar>);
    CHECK(actual.sample.isZero(0));
    CHECK(actual.logits.isZero(0));
    CHECK(actual.temperature == 0);
    return;
  }
  const auto expected = reference_model(q).at(testing::widen(point), testing::widen(upstream));
  if (!is_binary<D> && expected.by_temperature.empty()) {
    CHECK(actual.temperature == -testing::inf<typename D::Scalar>);  // towards a face
  }
  CHECK(worst_error(actual.log_prob, expected.log_prob) <= bound);
  CHECK(worst_error(actual.sample, expected.by_sample) <= bound);
  CHECK(worst_error(actual.logits, expected.by_logits) <= bound);
  CHECK(worst_error(actual.temperature, expected.by_temperature) <= bound);
  CHECK(worst_error(actual.path_logits, expected.path_logits) <= bound);
  CHECK(worst_error(actual.path_temperature, expected.path_temperature) <= bound);
}

/// The sample that noise makes, with its log-density.
template <class D>
void check_noise_against_reference(const D& q, Random& random) {
  Random again = random;
  const auto noise = q.noise(random);
  const auto drawn = q.sample_and_log_prob(again);
  const auto expected = reference_model(q).from(testing::widen(noise));
  CHECK(identical(q.reparameterize(noise), drawn.sample));
  CHECK(worst_error(drawn.sample, expected.sample) <= bound);
  CHECK(worst_error(drawn.log_prob, expected.log_prob) <= bound);
}

template <class D>
std::vector<Mask> masks_of(Index n) {
  if (is_binary<D> || n == 1) return {Mask::none};
  if (n > long_length) return {Mask::none, Mask::half};
  return {Mask::none, Mask::one, Mask::half, Mask::all_but_one};
}

// ---- Batches ----

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
      points_.col(j) = draw_point(q, kind, random);
      // So that not everything which is summed over the samples becomes NaN.
      if (kind == Kind::nan && shape.cols > shape.batch) weights_(0, j) = 0;
      alone_.push_back(ask(q, points_.col(j).eval(), upstream_.col(j).eval(), weights_(0, j)));
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
    CHECK(identical(rows, expected));
  }

 private:
  static typename D::Logits logits(Index n, Index batch, bool masked, Random& random) {
    constexpr Mask masks[] = {Mask::half, Mask::none, Mask::all_but_one, Mask::one};
    typename D::Logits result(n, batch);
    for (Index b = 0; b < batch; ++b) {
      const Mask mask = masked ? masks[(random() + static_cast<std::size_t>(b)) % std::size(masks)] : Mask::none;
      result.col(b) = draw_logits<Eigen::VectorX<T>>(random, n, mask);
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
      const Alone<T>& column = alone_[static_cast<std::size_t>(j)];
      same_values = same_values && same(log_prob(j), column.log_prob) && same(gradient.value(j), column.value);
      same_slopes = same_slopes && identical(gradient.sample.col(j), column.sample);
      logits.col(j % batch) += column.logits;
      path_logits.col(j % batch) += column.path_logits;
      temperature += column.temperature;
      path_temperature += column.path_temperature;
      magnitude += std::abs(column.temperature);
      path_magnitude += std::abs(column.path_temperature);
    }
    CHECK(same_values);
    CHECK(same_slopes);
    CHECK(identical(gradient.logits, logits));
    CHECK(identical(path.logits, path_logits));
    CHECK(are_close(gradient.temperature, temperature, magnitude));
    CHECK(are_close(path.temperature, path_temperature, path_magnitude));
  }

  /// Sums of a few numbers in different orders.
  static bool are_close(T a, T b, T magnitude) {
    if (!std::isfinite(b)) return same(a, b);
    return std::abs(a - b) <= static_cast<T>(bound) * testing::eps<T> * magnitude;
  }

  D model_;
  Matrix points_, upstream_, weights_;
  std::vector<Alone<T>> alone_;
};

}  // namespace

#define CLASSES                                                                                        \
  concrete::ExpConcreteXXf, concrete::ExpConcreteXXd, concrete::ConcreteXXf, concrete::ConcreteXXd,    \
      concrete::LogitBinaryConcreteXXf, concrete::LogitBinaryConcreteXXd, concrete::BinaryConcreteXXf, \
      concrete::BinaryConcreteXXd
#define ROW_MAJOR_CLASSES                                                                \
  concrete::ExpConcrete<testing::RowMajorXXf>, concrete::Concrete<testing::RowMajorXXd>, \
      concrete::LogitBinaryConcrete<testing::RowMajorXXd>, concrete::BinaryConcrete<testing::RowMajorXXf>

TEMPLATE_TEST_CASE("At every length a column has the numbers of 50 digits", "[accuracy][lengths]", CLASSES) {
  using D = decltype(testing::single(std::declval<const TestType&>(), 0));
  Random random(321);
  constexpr double temperatures[] = {0.5, 0.05, 1, 5};
  for (const Index n : lengths) {
    std::size_t turn = 0;
    for (const Mask mask : masks_of<D>(n)) {
      for (const Kind kind : all_kinds) {
        if (n > long_length && kind == Kind::inside) continue;
        const double temperature = temperatures[turn++ % std::size(temperatures)];
        CAPTURE(n, static_cast<int>(mask), static_cast<int>(kind), temperature);
        const D q(draw_logits<typename D::Logits>(random, n, mask), temperature);
        check_against_reference(q, kind, random);
        if (kind == Kind::law) check_noise_against_reference(q, random);
      }
    }
  }
}

TEMPLATE_TEST_CASE("At every length a batch is its columns, whatever is beside them and wherever they stand",
                   "[accuracy][lengths]", CLASSES, ROW_MAJOR_CLASSES) {
  Random random(322);
  for (const Index n : lengths) {
    for (const Shape shape : {Shape{1, 1}, Shape{1, 7}, Shape{3, 3}, Shape{3, 12}, Shape{13, 13}, Shape{5, 70}}) {
      if (n > long_length && shape.cols > 13) continue;
      for (const bool masked : {false, true}) {
        if (masked && is_binary<TestType>) continue;
        CAPTURE(n, shape.batch, shape.cols, masked);
        Batch<TestType>(n, shape, masked, 0.7, all_kinds, random).check();
        Batch<TestType>(n, shape, masked, 0.7, interior_kinds, random).check();
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
    for (const Mask mask : masks_of<Dynamic>(n)) {
      for (const Kind kind : all_kinds) {
        CAPTURE(n, round, static_cast<int>(mask), static_cast<int>(kind));
        const Dynamic q(draw_logits<Eigen::VectorX<T>>(random, n, mask), 0.5);
        const Fixed p(q.logits(), q.temperature());
        const Eigen::VectorX<T> point = draw_point(q, kind, random), upstream = random.vector<Vector>(n, -1, 1);
        for (const T weight : {T(1), T(-0.3), T(0)}) {
          const auto expected = ask(q, point, upstream, weight);
          CHECK(same(ask(p, Vector(point), Vector(upstream), weight), expected));
          CHECK(same(ask(p, point, upstream, weight), expected));
        }
        const Eigen::VectorX<T> moved = point.array() - 300;  // no sample on the log scale
        CHECK(same(ask(p, Vector(moved), Vector(upstream), T(1)), ask(q, moved, upstream, T(1))));
        Random first = random, second = random;
        const auto drawn = p.sample_and_log_prob(first);
        const auto drawn_of_dynamic = q.sample_and_log_prob(second);
        CHECK(identical(drawn.sample, drawn_of_dynamic.sample));
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

TEMPLATE_TEST_CASE("At every length the density has its finite limit on the face where powers cancel",
                   "[accuracy][lengths]", float, double) {
  // Of n classes m vanish, t (n - m) = m: all exact numbers. 9 masked classes are not counted.
  using Vector = Eigen::VectorX<TestType>;
  Random random(327);
  for (const auto& [n, zeros] :
       {std::pair<Index, Index>{2, 1}, {3, 1}, {5, 1}, {33, 1}, {48, 16}, {1025, 1}, {1536, 512}}) {
    for (const Index masked : {0, 9}) {
      CAPTURE(n, zeros, masked);
      const TestType t = static_cast<TestType>(zeros) / static_cast<TestType>(n - zeros);
      Vector a = random.vector<Vector>(n + masked, -3, 3), x = random.vector<Vector>(n + masked, 0.1, 1);
      for (Index k = 0; k < masked; ++k) {
        const Index place = n / 2 + k;
        a(place) = -testing::inf<TestType>;
        x(place) = 0;
      }
      for (Index count = 0; count < zeros;) {
        TestType& entry = x(below(random, x.size()));
        if (entry == 0) continue;
        entry = 0;
        ++count;
      }
      x /= x.sum();
      const concrete::Concrete<Vector> q(a, t);
      const auto expected = reference_model(q).at(testing::widen(x), testing::WideVector::Zero(x.size()));
      CHECK(isfinite(expected.log_prob[0].value));
      CHECK(worst_error(q.log_prob(x), expected.log_prob) <= bound);
      const auto gradient = q.log_prob_gradient(x);
      CHECK(worst_error(gradient.value, expected.log_prob) <= bound);
      CHECK(worst_error(gradient.logits, expected.by_logits) <= bound);
      CHECK_FALSE(gradient.sample.array().isNaN().any());
    }
  }
}

TEMPLATE_TEST_CASE("At every length points that are no samples carry gradients as samples do", "[accuracy][lengths]",
                   float, double) {
  // Only the differences of y count, in a batch with samples too.
  using Matrix = Eigen::MatrixX<TestType>;
  using Vector = Eigen::VectorX<TestType>;
  Random random(328);
  for (const Index n : lengths) {
    if (n == 1) continue;
    for (const Mask mask : {Mask::none, Mask::half}) {
      CAPTURE(n, static_cast<int>(mask));
      const concrete::ExpConcrete<Vector> q(draw_logits<Vector>(random, n, mask), 0.5);
      const concrete::ExpConcrete<Matrix> batch(q.logits().rowwise().replicate(3).eval(), 0.5);
      const Matrix upstream = random.matrix<Matrix>(n, 3, -1, 1);
      Matrix points(n, 3);
      for (Index j = 0; j < 3; ++j) points.col(j) = q.sample(random);
      points.col(1).array() += TestType(n % 2 == 0 ? 30 : -2000);
      const auto path = batch.pathwise_gradient(points, upstream);
      for (Index j = 0; j < 3; ++j) {
        CHECK(identical(path.logits.col(j), q.pathwise_gradient(points.col(j), upstream.col(j)).logits));
      }
      if (n > 1025) continue;
      testing::WideVector y = testing::widen(points.col(1));
      testing::Wide total = 0;
      for (Index k = 0; k < n; ++k) total += exp(y(k) - y.maxCoeff());
      y.array() -= y.maxCoeff() + log(total);
      const auto expected = reference_model(q).at(y, testing::widen(upstream.col(1)));
      CHECK(worst_error(path.logits.col(1), expected.path_logits) <= bound);
    }
  }
}
