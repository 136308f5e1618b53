#include "concrete/distributions/relaxed.hpp"

#include <type_traits>
#include <utility>

#include "catch.hpp"
#include "support/densities.hpp"
#include "support/limits.hpp"
#include "support/models.hpp"

// What the four relaxed classes promise alike of the temperature, of densities, their shapes and their errors.
// Samples with their densities stand in sample_and_log_prob_test.cpp, gradients in relaxed_gradient_test.cpp.

namespace {

using Eigen::Index;
using testing::as_row;
using testing::draw_logits;
using testing::draw_model;
using testing::eps_error;
using testing::identical;
using testing::Random;
using testing::RelaxedModels;

template <class D>
using Matrix = Eigen::MatrixX<typename D::Scalar>;

}  // namespace

// ---- The temperature ----

TEMPLATE_LIST_TEST_CASE("The temperature may be any number type", "[temperature]", RelaxedModels) {
  using Scalar = typename TestType::Scalar;
  const auto logits = draw_logits<typename TestType::Logits>(1);
  CHECK(TestType(logits, 2).temperature() == Scalar(2));
  CHECK(TestType(logits, 2u).temperature() == Scalar(2));
  CHECK(TestType(logits, 0.3f).temperature() == static_cast<Scalar>(0.3f));
  CHECK(TestType(logits, 0.3).temperature() == static_cast<Scalar>(0.3));
  CHECK(TestType(logits, 0.3L).temperature() == static_cast<Scalar>(0.3L));
  static_assert(std::is_same_v<decltype(TestType(logits, 2).temperature()), const Scalar&>);
}

TEMPLATE_LIST_TEST_CASE("Models differ where their temperatures, logits or shapes do", "[equality]", RelaxedModels) {
  using Logits = typename TestType::Logits;
  const TestType model = draw_model<TestType>(3, 0.7);
  CHECK(model == TestType(model.logits(), model.temperature()));
  CHECK(model != TestType(model.logits(), 0.8));
  if constexpr (Logits::ColsAtCompileTime == Eigen::Dynamic && Logits::RowsAtCompileTime == Eigen::Dynamic) {
    CHECK(model != TestType(model.logits().leftCols(1), 0.7));
    CHECK(model != TestType(model.logits().topRows(1), 0.7));
  }
}

TEST_CASE("Models of masked classes are equal to themselves", "[equality]") {
  const Eigen::Vector3d logits(0, -testing::inf<>, 1);
  CHECK(concrete::ExpConcrete(logits, 1) == concrete::ExpConcrete(logits, 1));
  CHECK(concrete::ExpConcrete(logits, 1) != concrete::ExpConcrete(Eigen::Vector3d(0, 0, 1), 1));
}

// ---- Densities: shapes ----

TEMPLATE_LIST_TEST_CASE("log_prob is a number for a vector and a row for a batch", "[log_prob]", RelaxedModels) {
  using Logits = typename TestType::Logits;
  using Scalar = typename TestType::Scalar;
  using Column = Eigen::Matrix<Scalar, Logits::RowsAtCompileTime, 1>;
  using Batch = Eigen::Matrix<Scalar, Eigen::Dynamic, Eigen::Dynamic>;
  using ThreeColumns = Eigen::Matrix<Scalar, Eigen::Dynamic, 3>;
  constexpr bool is_single = Logits::ColsAtCompileTime == 1;
  using OfColumn = std::conditional_t<is_single, Scalar, Eigen::Matrix<Scalar, 1, 1, Eigen::RowMajor>>;

  using Answer = decltype(std::declval<const TestType&>().log_prob(std::declval<Batch>()));
  static_assert(std::is_same_v<Answer, Eigen::RowVectorX<Scalar>>);
  using ColumnAnswer = decltype(std::declval<const TestType&>().log_prob(std::declval<Column>()));
  static_assert(std::is_same_v<ColumnAnswer, OfColumn>);
  using ThreeAnswers = decltype(std::declval<const TestType&>().log_prob(std::declval<ThreeColumns>()));
  static_assert(std::is_same_v<ThreeAnswers, Eigen::Matrix<Scalar, 1, 3>>);
  using Verdict = decltype(std::declval<const TestType&>().in_support(std::declval<Column>()));
  static_assert(std::is_same_v<Verdict, bool> == is_single);
  SUCCEED();
}

TEMPLATE_LIST_TEST_CASE("Column j of a sample belongs to distribution j mod B", "[log_prob]", RelaxedModels) {
  const TestType model = draw_model<TestType>(4);
  Random random(5);
  const auto sample = model.sample(random, 3);
  const auto log_prob = model.log_prob(sample);
  const auto in_support = model.in_support(sample);

  REQUIRE(log_prob.size() == 3 * model.batch_size());
  for (Index j = 0; j < sample.cols(); ++j) {
    const auto alone = testing::single(model, j % model.batch_size());
    const testing::VectorOf<typename TestType::Logits> column = sample.col(j);
    CHECK(log_prob(j) == alone.log_prob(column));
    CHECK(in_support(j) == alone.in_support(column));
    CHECK(in_support(j));
  }
}

TEMPLATE_LIST_TEST_CASE("A sample may be any expression, and is evaluated once", "[log_prob]", RelaxedModels) {
  using Scalar = typename TestType::Scalar;
  using RowMajor = Eigen::Matrix<Scalar, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  const TestType model = draw_model<TestType>(6);
  Random random(7);
  const Matrix<TestType> sample = model.sample(random, 2);
  const Index n = sample.rows(), cols = sample.cols();
  const auto expected = model.log_prob(sample);
  Matrix<TestType> frame = Matrix<TestType>::Zero(n + 2, cols + 2);
  frame.block(1, 1, n, cols) = sample;
  const Matrix<TestType> transposed = sample.transpose();

  CHECK(identical(model.log_prob(RowMajor(sample)), expected));
  CHECK(identical(model.log_prob(frame.block(1, 1, n, cols)), expected));
  CHECK(identical(model.log_prob(Eigen::Map<const Matrix<TestType>>(sample.data(), n, cols)), expected));
  CHECK(identical(model.log_prob(Eigen::Ref<const Matrix<TestType>>(sample)), expected));
  CHECK(identical(model.log_prob(transposed.transpose()), expected));
  CHECK(identical(model.log_prob(sample.reshaped().reshaped(n, cols)), expected));

  Index evaluations = 0;
  const auto counted = sample.unaryExpr([&evaluations](const Scalar& x) -> Scalar {
    ++evaluations;
    return x;
  });
  CHECK(identical(model.log_prob(counted), expected));
  CHECK(evaluations == sample.size());
  (void)model.log_prob_gradient(counted);
  CHECK(evaluations == 2 * sample.size());
  (void)model.pathwise_gradient(counted, counted);
  CHECK(evaluations == 4 * sample.size());
  (void)model.in_support(counted);
  CHECK(evaluations == 5 * sample.size());
}

TEMPLATE_LIST_TEST_CASE("Log-densities go into rows, blocks and numbers as they are returned", "[log_prob]",
                        RelaxedModels) {
  using Scalar = typename TestType::Scalar;
  const TestType model = draw_model<TestType>(8);
  Random random(9);
  const auto sample = model.sample(random, 2);
  const auto expected = model.log_prob(sample);
  Eigen::RowVectorX<Scalar> resized, row = expected;
  Matrix<TestType> frame = Matrix<TestType>::Zero(3, expected.size() + 2);

  model.log_prob(sample, resized);
  CHECK(identical(resized, expected));
  row.setZero();
  model.log_prob(sample, row);
  CHECK(identical(row, expected));
  model.log_prob(sample, frame.block(1, 1, 1, expected.size()));
  CHECK(identical(frame.block(1, 1, 1, expected.size()), expected));
  frame.block(1, 1, 1, expected.size()).setZero();
  CHECK(frame.isZero(0));

  if constexpr (TestType::Logits::ColsAtCompileTime == 1) {
    const typename TestType::Logits one = sample.col(0);
    Scalar number = 0;
    model.log_prob(one, number);
    CHECK(number == model.log_prob(one));
  }
}

// ---- Densities: values ----

TEMPLATE_LIST_TEST_CASE("log_prob is the textbook density", "[log_prob]", RelaxedModels) {
  const TestType model = draw_model<TestType>(10);
  Random random(11);
  const auto sample = model.sample(random, 2);
  const auto log_prob = model.log_prob(sample);
  for (Index j = 0; j < sample.cols(); ++j) {
    const auto expected = testing::log_density(model, j % model.batch_size(), sample.col(j));
    CHECK(eps_error(log_prob(j), expected.value, expected.magnitude) <= 2);
  }
}

TEMPLATE_LIST_TEST_CASE("NaN in a column gives NaN there and nowhere else", "[log_prob]", RelaxedModels) {
  using Scalar = typename TestType::Scalar;
  const TestType model = draw_model<TestType>(12);
  Random random(13);
  auto sample = model.sample(random, 2);
  const Index last = sample.rows() - 1;
  const auto clean = model.log_prob(sample);
  sample(last, 0) = testing::quiet_nan<Scalar>;

  const auto log_prob = model.log_prob(sample);
  CHECK(log_prob(0) != log_prob(0));
  CHECK(identical(log_prob.tail(log_prob.size() - 1), clean.tail(clean.size() - 1)));
  CHECK_FALSE(model.in_support(sample)(0));
  CHECK(model.in_support(sample)(1));

  const auto gradient = model.log_prob_gradient(sample);
  CHECK(identical(gradient.value, log_prob));
  CHECK(gradient.sample(last, 0) != gradient.sample(last, 0));
  CHECK(gradient.logits(last, 0) != gradient.logits(last, 0));
  CHECK(gradient.temperature != gradient.temperature);
  CHECK(gradient.sample.rightCols(sample.cols() - 1).allFinite());
}

TEMPLATE_LIST_TEST_CASE("Own samples are in the support", "[in_support]", RelaxedModels) {
  for (const double temperature : {1e-6, 0.01, 0.5, 1.0, 1e3, 1e6}) {
    CAPTURE(temperature);
    const TestType model = draw_model<TestType>(20, temperature);
    Random random(21);
    CHECK(as_row(model.in_support(model.sample(random, 50))).all());
  }
}
