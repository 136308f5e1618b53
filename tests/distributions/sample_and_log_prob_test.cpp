#include <type_traits>

#include "catch.hpp"
#include "concrete/distributions/relaxed.hpp"
#include "support/densities.hpp"
#include "support/models.hpp"

// What the four relaxed classes promise of samples drawn together with their densities: the numbers of sample() in
// every form, and log-densities from the noise itself.

namespace {

using Eigen::Index;
using testing::as_row;
using testing::draw_model;
using testing::eps_error;
using testing::identical;
using testing::Random;
using testing::RelaxedModels;

template <class D>
using Matrix = Eigen::MatrixX<typename D::Scalar>;

}  // namespace

TEMPLATE_LIST_TEST_CASE("Every form of sample_and_log_prob draws the same", "[sample_and_log_prob]", RelaxedModels) {
  using Scalar = typename TestType::Scalar;
  using Row = Eigen::RowVectorX<Scalar>;
  const TestType model = draw_model<TestType>(14);
  const Index n = model.dimension(), b = model.batch_size();
  Random first(15), sampled(15);
  const auto one = model.sample_and_log_prob(first);
  const auto three = model.sample_and_log_prob(first, 3);

  SECTION("the samples are those of sample") {
    CHECK(identical(one.sample, model.sample(sampled)));
    CHECK(identical(three.sample, model.sample(sampled, 3)));
    CHECK(first() == sampled());
    CHECK(model.sample_and_log_prob(first, 0).sample.cols() == 0);
  }
  SECTION("a single vector has a single density") {
    constexpr bool is_single = TestType::Logits::ColsAtCompileTime == 1;
    static_assert(std::is_same_v<decltype(one.log_prob), Scalar> == is_single);
    static_assert(std::is_same_v<decltype(three.log_prob), Row>);
    static_assert(std::is_same_v<decltype(one.sample), typename TestType::Logits>);
  }
  SECTION("into plain matrices") {
    Random engine(15);
    Matrix<TestType> sample(n, b);
    Row log_prob(b);
    model.sample_and_log_prob(engine, sample, log_prob);
    CHECK(identical(sample, one.sample));
    CHECK(identical(log_prob, as_row(one.log_prob)));
    sample.resize(n, 3 * b);
    log_prob.resize(3 * b);
    model.sample_and_log_prob(engine, sample, log_prob);
    CHECK(identical(sample, three.sample));
    CHECK(identical(log_prob, three.log_prob));
  }
  SECTION("into plain matrices that have to be resized") {
    Random engine(15);
    Matrix<TestType> sample;
    Row log_prob;
    model.sample_and_log_prob(engine, sample, log_prob);
    CHECK(identical(sample, one.sample));
    CHECK(identical(log_prob, as_row(one.log_prob)));
    engine = Random(15);
    log_prob.resize(2 * b);  // a multiple, but not the number of samples
    model.sample_and_log_prob(engine, sample, log_prob);
    CHECK(identical(log_prob, as_row(one.log_prob)));
  }
  SECTION("into parts of others") {
    Random engine(15);
    Matrix<TestType> frame = Matrix<TestType>::Zero(n + 2, b + 2);
    Matrix<TestType> rows = Matrix<TestType>::Zero(3, b);
    model.sample_and_log_prob(engine, frame.block(1, 1, n, b), rows.row(1));
    CHECK(identical(frame.block(1, 1, n, b), one.sample));
    CHECK(identical(rows.row(1), as_row(one.log_prob)));
    CHECK(rows.row(0).isZero(0));
    CHECK(rows.row(2).isZero(0));
    Eigen::VectorX<Scalar> column(3 * b);
    Matrix<TestType> transposed(3 * b, n);
    model.sample_and_log_prob(engine, transposed.transpose(), column.transpose());
    CHECK(identical(transposed.transpose(), three.sample));
    CHECK(identical(column.transpose(), three.log_prob));
  }
  if constexpr (TestType::Logits::ColsAtCompileTime == 1) {
    SECTION("into a vector and a number") {
      Random engine(15);
      typename TestType::Logits sample(model.logits());
      Scalar log_prob = 0;
      model.sample_and_log_prob(engine, sample, log_prob);
      CHECK(identical(sample, one.sample));
      CHECK(log_prob == one.log_prob);
    }
  }
}

TEMPLATE_LIST_TEST_CASE("The density from the noise is that of the sample", "[sample_and_log_prob]", RelaxedModels) {
  // On the x scale only as long as no coordinate comes near an end, where x itself no longer tells where it is.
  for (const double temperature : {0.05, 0.2, 0.5, 1.0, 2.0, 20.0}) {
    if (testing::is_on_x_scale<TestType> && temperature < 1) continue;
    CAPTURE(temperature);
    const TestType model = draw_model<TestType>(18, temperature);
    Random random(19);
    const auto drawn = model.sample_and_log_prob(random, 10);
    for (Index j = 0; j < drawn.sample.cols(); ++j) {
      const auto expected = testing::log_density(model, j % model.batch_size(), drawn.sample.col(j));
      CHECK(eps_error(drawn.log_prob(j), expected.value, expected.magnitude) <= 2);
    }
  }
}
