#include "catch.hpp"
#include "concrete/concrete.hpp"
#include "support/models.hpp"
#include "support/random.hpp"

// Batches are computed in blocks, in one of several ways (see detail/blocks.hpp). None of it shows: whatever the number
// of rows and columns, a batch is its columns one by one.

namespace {

using Eigen::Index;
using testing::identical;
using testing::Random;

template <class Scalar>
using Matrix = Eigen::MatrixX<Scalar>;
template <class Scalar>
using Vector = Eigen::VectorX<Scalar>;

/// The class of a batch and that of one column.
template <class BatchType, class SingleType>
struct Pair {
  using Batch = BatchType;
  using Single = SingleType;
  using Scalar = typename Batch::Scalar;
};

/// Calls check(batch, samples) for sizes around the borders of blocks.
template <class Pair, class Check>
void for_each_size(const Check& check) {
  using Scalar = typename Pair::Scalar;
  Random random(1);
  for (const Index n : {1, 2, 3, 8, 9, 20, 21, 32, 33, 100, 1024, 1025}) {
    for (const Index cols : {1, 2, 33, 130}) {
      if (n * cols > 40'000) continue;
      CAPTURE(n, cols);
      const typename Pair::Batch batch(random.matrix<Matrix<Scalar>>(n, cols, -3, 3), 0.7);
      check(batch, random);
    }
  }
}

template <class Pair>
typename Pair::Single column(const typename Pair::Batch& batch, Index j) {
  return typename Pair::Single(batch.logits().col(j), batch.temperature());
}

}  // namespace

#define PAIRS                                                                                                         \
  (Pair<concrete::ExpConcreteXXf, concrete::ExpConcreteXf>),                                                          \
      (Pair<concrete::ExpConcreteXXd, concrete::ExpConcreteXd>), (Pair<concrete::ConcreteXXd, concrete::ConcreteXd>), \
      (Pair<concrete::LogitBinaryConcreteXXf, concrete::LogitBinaryConcreteXf>),                                      \
      (Pair<concrete::BinaryConcreteXXd, concrete::BinaryConcreteXd>)

TEMPLATE_TEST_CASE("A batch of samples is its columns one by one", "[layouts]", PAIRS) {
  for_each_size<TestType>([](const auto& batch, Random& random) {
    const auto noise = batch.noise(random);
    const auto samples = batch.reparameterize(noise);
    for (Index j = 0; j < samples.cols(); ++j) {
      REQUIRE(identical(samples.col(j), column<TestType>(batch, j).reparameterize(noise.col(j).eval())));
    }
  });
}

TEMPLATE_TEST_CASE("Densities of a batch are those of its columns one by one", "[layouts]", PAIRS) {
  for_each_size<TestType>([](const auto& batch, Random& random) {
    Random again = random;
    const auto drawn = batch.sample_and_log_prob(random);
    const auto log_prob = batch.log_prob(drawn.sample);
    for (Index j = 0; j < log_prob.size(); ++j) {
      const auto single = column<TestType>(batch, j);
      REQUIRE(drawn.log_prob(j) == single.sample_and_log_prob(again).log_prob);
      REQUIRE(log_prob(j) == single.log_prob(drawn.sample.col(j)));
    }
  });
}

TEMPLATE_TEST_CASE("Gradients of a batch are those of its columns one by one", "[layouts]", PAIRS) {
  using Scalar = typename TestType::Scalar;
  for_each_size<TestType>([](const auto& batch, Random& random) {
    const auto samples = batch.sample(random);
    const auto upstream = random.matrix<Matrix<Scalar>>(samples.rows(), samples.cols(), -1, 1);
    const auto weights = random.matrix<Matrix<Scalar>>(1, samples.cols(), -1, 1);
    const auto path = batch.pathwise_gradient(samples, upstream);
    const auto density = batch.log_prob_gradient(samples, weights);
    for (Index j = 0; j < samples.cols(); ++j) {
      const auto single = column<TestType>(batch, j);
      const Vector<Scalar> x = samples.col(j), g = upstream.col(j);
      REQUIRE(identical(path.logits.col(j), single.pathwise_gradient(x, g).logits));
      const auto alone = single.log_prob_gradient(x, weights(0, j));
      REQUIRE(density.value(j) == alone.value);
      REQUIRE(identical(density.sample.col(j), alone.sample));
      REQUIRE(identical(density.logits.col(j), alone.logits));
    }
  });
}

TEMPLATE_TEST_CASE("One column of a row-major matrix is filled, and nothing else", "[layouts]", PAIRS) {
  using Scalar = typename TestType::Scalar;
  using RowMajor = Eigen::Matrix<Scalar, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  for (const Index n : {1, 3, 40, 2000}) {
    CAPTURE(n);
    Random random(2), again(2);
    const typename TestType::Single single(Vector<Scalar>::LinSpaced(n, -1, 1), 0.7);
    RowMajor frame = RowMajor::Constant(n, 3, Scalar(7));
    single.sample(random, frame.middleCols(1, 1));
    CHECK(identical(frame.col(1), single.sample(again)));
    CHECK((frame.col(0).array() == Scalar(7)).all());
    CHECK((frame.col(2).array() == Scalar(7)).all());
    CHECK(random() == again());
  }
}

TEMPLATE_TEST_CASE("Views by lists of indices are points, upstreams and outputs", "[layouts]", PAIRS) {
  using Scalar = typename TestType::Scalar;
  Random random(2);
  const auto every_other = Eigen::seq(0, 4, 2);
  const Matrix<Scalar> logits = random.matrix<Matrix<Scalar>>(5, 5, -3, 3), upstream = logits;
  const typename TestType::Batch batch(logits(Eigen::all, every_other), 0.7);
  const typename TestType::Batch wide(logits, 0.7);
  Matrix<Scalar> samples = wide.sample(random);
  const Matrix<Scalar> y = samples(Eigen::all, every_other), g = upstream(Eigen::all, every_other);
  CHECK(identical(batch.log_prob(samples(Eigen::all, every_other)), batch.log_prob(y)));
  CHECK(identical(batch.log_prob_gradient(samples(Eigen::all, every_other)).logits, batch.log_prob_gradient(y).logits));
  CHECK(identical(batch.pathwise_gradient(samples(Eigen::all, every_other), upstream(Eigen::all, every_other)).logits,
                  batch.pathwise_gradient(y, g).logits));
  const Matrix<Scalar> before = samples;
  auto view = samples(Eigen::all, every_other);
  Random again = random;
  batch.sample(random, view);
  CHECK(identical(samples(Eigen::all, every_other).eval(), batch.sample(again)));
  CHECK(identical(samples(Eigen::all, Eigen::seq(1, 3, 2)).eval(), before(Eigen::all, Eigen::seq(1, 3, 2)).eval()));
}

TEMPLATE_TEST_CASE("Samples of a count lie side by side, in whatever memory", "[layouts]", PAIRS) {
  using Scalar = typename TestType::Scalar;
  for (const Index n : {1, 3, 100, 700}) {
    CAPTURE(n);
    const typename TestType::Batch batch(Random(3).matrix<Matrix<Scalar>>(n, 3, -1, 1), 0.7);
    Random first(4), second(4), third(4);
    const auto samples = batch.sample(first, 5);
    Matrix<Scalar> frame(n + 1, 15), one_by_one(n, 15);
    batch.sample(second, frame.topRows(n));
    for (Index k = 0; k < 5; ++k) one_by_one.middleCols(3 * k, 3) = batch.reparameterize(batch.noise(third));
    CHECK(identical(frame.topRows(n), samples));
    CHECK(identical(one_by_one, samples));
  }
}
