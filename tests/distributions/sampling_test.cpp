#include <cstddef>
#include <random>

#include "catch.hpp"
#include "concrete/distributions/distribution.hpp"
#include "support/engines.hpp"
#include "support/models.hpp"

// What all six classes promise of sampling: whatever the samples are written to, the same engine draws the same
// numbers.

namespace {

using Eigen::Index;
using testing::AllModels;
using testing::draw_model;
using testing::identical;
using testing::Random;

/// Calls draw(engine, out), and checks that what it wrote and how far it moved the engine are those of sample(engine,
/// count) with the same seed.
template <class D, class Out, class Draw>
void check_draws(const D& model, Index count, Out&& out, const Draw& draw) {
  Random engine(21), reference(21);
  draw(engine, out);
  CHECK(identical(out, model.sample(reference, count)));
  CHECK(engine() == reference());
}

}  // namespace

TEMPLATE_LIST_TEST_CASE("Every form of sampling draws the same numbers", "[sampling]", AllModels) {
  using Scalar = typename TestType::Scalar;
  using Matrix = Eigen::MatrixX<Scalar>;
  using RowMajor = Eigen::Matrix<Scalar, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  using Vector = Eigen::VectorX<Scalar>;
  const TestType model = draw_model<TestType>(22);
  const Index n = model.dimension(), b = model.batch_size();
  const auto fill = [&](Random& engine, auto&& out) { model.sample(engine, out); };

  SECTION("returned") {
    static_assert(std::is_same_v<decltype(model.sample(std::declval<Random&>())), typename TestType::Logits>);
    check_draws(model, 1, typename TestType::Logits(), [&](Random& engine, auto& out) { out = model.sample(engine); });
    check_draws(model, 1, typename TestType::Logits(), [&](Random& engine, auto& out) { out = model(engine); });
  }
  SECTION("into plain matrices") {
    check_draws(model, 1, Matrix(n, b), fill);
    check_draws(model, 1, RowMajor(n, b), fill);
    check_draws(model, 1, typename TestType::Logits(model.logits()), fill);
  }
  SECTION("into a block, and nowhere else") {
    Matrix frame = Matrix::Constant(n + 2, b + 2, Scalar(7));
    check_draws(model, 1, frame.block(1, 1, n, b), fill);
    frame.block(1, 1, n, b).setConstant(Scalar(7));
    CHECK((frame.array() == Scalar(7)).all());
  }
  SECTION("into rows of a row-major matrix") {
    RowMajor frame(n + 2, b);
    check_draws(model, 1, frame.middleRows(1, n), fill);
  }
  SECTION("into a map with strides") {
    Vector storage = Vector::Constant(2 * n * 3 * b, Scalar(7));
    using Strides = Eigen::Stride<Eigen::Dynamic, Eigen::Dynamic>;
    Eigen::Map<Matrix, 0, Strides> map(storage.data(), n, b, Strides(3 * n, 2));
    check_draws(model, 1, map, fill);
    map.setConstant(Scalar(7));
    CHECK((storage.array() == Scalar(7)).all());
  }
  SECTION("into a Ref") {
    Matrix matrix(n, b);
    check_draws(model, 1, Eigen::Ref<Matrix>(matrix), fill);
  }
  SECTION("into a transposed view") {
    Matrix transposed(b, n);
    check_draws(model, 1, transposed.transpose(), fill);
  }
  SECTION("into a reshaped view") {
    Vector flat(n * b);
    check_draws(model, 1, flat.reshaped(n, b), fill);
  }
}

TEMPLATE_LIST_TEST_CASE("Samples of a count follow each other as calls do", "[sampling]", AllModels) {
  using Matrix = Eigen::MatrixX<typename TestType::Scalar>;
  const TestType model = draw_model<TestType>(23);
  const Index n = model.dimension(), b = model.batch_size();
  Random engine(24);
  Matrix one_by_one(n, 3 * b);
  for (Index k = 0; k < 3; ++k) one_by_one.middleCols(k * b, b) = model.sample(engine);

  SECTION("by count") {
    Random again(24);
    const auto samples = model.sample(again, 3);
    CHECK(identical(samples, one_by_one));
    CHECK(again() == engine());
  }
  SECTION("by counts of any integer type") {
    Random int_engine(24), size_engine(24), short_engine(24);
    CHECK(identical(model.sample(int_engine, 3), one_by_one));
    CHECK(identical(model.sample(size_engine, std::size_t{3}), one_by_one));
    CHECK(identical(model.sample(short_engine, short{3}), one_by_one));
  }
  SECTION("into k b columns as they stand") {
    Random again(24);
    Matrix out(n, 3 * b);
    model.sample(again, out);
    CHECK(identical(out, one_by_one));
  }
  SECTION("into adjacent columns, in two calls") {
    Random again(24);
    Matrix out(n, 3 * b);
    model.sample(again, out.leftCols(b));
    model.sample(again, out.rightCols(2 * b));
    CHECK(identical(out, one_by_one));
  }
}

TEMPLATE_LIST_TEST_CASE("A count of zero draws nothing", "[sampling]", AllModels) {
  const TestType model = draw_model<TestType>(25);
  testing::CountingEngine<Random> engine(Random(26));
  const auto samples = model.sample(engine, 0);
  CHECK(samples.rows() == model.dimension());
  CHECK(samples.cols() == 0);
  CHECK(engine.calls() == 0);
}

TEMPLATE_LIST_TEST_CASE("Each column of a batch is a distribution of its own", "[sampling]", AllModels) {
  using Column = Eigen::VectorX<typename TestType::Scalar>;
  using Single =
      std::conditional_t<testing::is_binary<TestType>, concrete::Bernoulli<Column>, concrete::Discrete<Column>>;
  const TestType model = draw_model<TestType>(27);
  Random engine(28), reference(28);
  const auto samples = model.sample(engine, 2);
  for (Index j = 0; j < samples.cols(); ++j) {
    const Single limit(model.logits().col(j % model.batch_size()));
    const Column rounded = TestType::harden(samples.col(j).eval());
    CHECK(identical(rounded, limit.sample(reference)));
  }
}

TEMPLATE_LIST_TEST_CASE("Every entry costs one word of 64 bits in double and 32 in float", "[sampling]", AllModels) {
  const TestType model = draw_model<TestType>(29);
  const auto entries = static_cast<std::size_t>(model.dimension() * model.batch_size());
  const bool is_float = std::is_same_v<typename TestType::Scalar, float>;

  testing::CountingEngine<std::mt19937_64> wide{std::mt19937_64(30)};
  (void)model.sample(wide);
  CHECK(wide.calls() == entries);

  testing::CountingEngine<std::mt19937> narrow{std::mt19937(30)};
  (void)model.sample(narrow);
  CHECK(narrow.calls() == (is_float ? entries : 2 * entries));
}

TEMPLATE_LIST_TEST_CASE("Samples are finite from the extreme words of an engine", "[sampling]", AllModels) {
  const TestType model = draw_model<TestType>(31);
  const std::uint64_t all_ones = std::numeric_limits<std::uint64_t>::max(), high = std::uint64_t{1} << 63;
  for (const std::uint64_t word : {std::uint64_t{0}, std::uint64_t{1}, high - 1, high, all_ones - 1, all_ones}) {
    testing::Scripted64 engine({word});
    CHECK(model.sample(engine).allFinite());
  }
}

// ---- What is written to ----

TEMPLATE_LIST_TEST_CASE("A plain dynamic matrix of another shape is resized to one sample", "[sampling]", AllModels) {
  using Matrix = Eigen::MatrixX<typename TestType::Scalar>;
  const TestType model = draw_model<TestType>(32);
  const Index n = model.dimension(), b = model.batch_size();
  const auto becomes_one_sample = [&](Matrix out) {
    Random engine(33), reference(33);
    model.sample(engine, out);
    return identical(out, model.sample(reference));
  };

  CHECK(becomes_one_sample(Matrix()));
  CHECK(becomes_one_sample(Matrix(n, 0)));
  CHECK(becomes_one_sample(Matrix(0, b)));
  CHECK(becomes_one_sample(Matrix(n + 1, b)));
  if (b > 1) CHECK(becomes_one_sample(Matrix(n, b + 1)));
}
