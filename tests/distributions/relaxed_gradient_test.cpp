#include <cstddef>
#include <limits>
#include <tuple>

#include "catch.hpp"
#include "concrete/distributions/relaxed.hpp"
#include "support/gradient.hpp"
#include "support/limits.hpp"
#include "support/models.hpp"

// What the four relaxed classes promise of gradients alike: they are the derivatives of what the class itself
// computes (by central differences), summed over the copies of a broadcast, weighted by the upstream. Accuracy and
// edges stand with each class, the route through autodiff scalars in autodiff_test.cpp.

namespace {

using Eigen::Index;
using testing::draw_model;
using testing::identical;
using testing::Random;
using testing::RelaxedModels;

using DoubleModels = std::tuple<concrete::ExpConcreteXXd, concrete::ExpConcreteXd, concrete::ConcreteXXd,
                                concrete::Concrete<testing::Matrix32d>, concrete::LogitBinaryConcreteXXd,
                                concrete::BinaryConcreteXXd, concrete::BinaryConcrete<testing::RowMajorXXd>>;

// Differences over steps of 2^-7 keep 2^-42 / 140 of the seventh derivative and 2^7 eps of the value as errors, those
// over 2^-12 (for the x scale, whose seventh derivatives are large) 2^12 eps: 1e-12 of values below 10, and here both
// lie a factor of 100 below the bound.
constexpr double step = 0x1p-7, short_step = 0x1p-12, bound = 1e-10;

template <class A, class B>
bool close(const Eigen::MatrixBase<A>& actual, const Eigen::MatrixBase<B>& expected) {
  return actual.rows() == expected.rows() && actual.cols() == expected.cols() &&
         ((actual - expected).array().abs() <= bound * (1 + expected.array().abs())).all();
}

bool close(double actual, double expected) { return std::abs(actual - expected) <= bound * (1 + std::abs(expected)); }

/// A sample that no coordinate of comes nearer to the end of its range than 0.03.
template <class D>
auto draw_inner_sample(const D& model, std::uint64_t seed, Index count) {
  Random random(seed);
  auto sample = model.sample(random, count);
  if constexpr (testing::is_on_x_scale<D>) {
    sample = (sample.array() * 0.9 + 0.03).matrix().eval();
  }
  return sample;
}

/// A point outside the open support of each class, where factors of the gradient are infinite.
template <class D>
typename D::Scalar end_of_range() {
  return static_cast<typename D::Scalar>(testing::is_on_x_scale<D> ? 0 : -testing::inf<>);
}

}  // namespace

// ---- They are derivatives ----

TEMPLATE_LIST_TEST_CASE("log_prob_gradient is the derivative of log_prob", "[gradient]", DoubleModels) {
  using Logits = typename TestType::Logits;
  const double temperature = GENERATE(0.2, 0.7, 3.0);
  CAPTURE(temperature);
  const TestType model = draw_model<TestType>(41, temperature);
  const auto sample = draw_inner_sample(model, 42, 2);
  const Eigen::RowVectorXd weights = Random(43).vector<Eigen::RowVectorXd>(sample.cols(), -2, 2);
  const auto loss = [&](const TestType& at, const Eigen::MatrixXd& y) { return at.log_prob(y).dot(weights); };

  const auto actual = model.log_prob_gradient(sample, weights);

  CHECK(identical(actual.value, model.log_prob(sample)));
  const auto of_sample = [&](const Eigen::MatrixXd& y) { return loss(model, y); };
  CHECK(close(actual.sample, testing::gradient(of_sample, Eigen::MatrixXd(sample),
                                               testing::is_on_x_scale<TestType> ? short_step : step)));
  const auto of_logits = [&](const Logits& a) { return loss(TestType(a, temperature), sample); };
  CHECK(close(actual.logits, testing::gradient(of_logits, model.logits(), step)));
  const auto of_temperature = [&](double t) { return loss(TestType(model.logits(), t), sample); };
  CHECK(close(actual.temperature, testing::derivative(of_temperature, temperature, short_step)));
}

TEMPLATE_LIST_TEST_CASE("pathwise_gradient is the derivative of the sample that given noise makes", "[gradient]",
                        DoubleModels) {
  using Logits = typename TestType::Logits;
  const double temperature = GENERATE(0.4, 0.7, 3.0);
  CAPTURE(temperature);
  const TestType model = draw_model<TestType>(44, temperature);
  Random random(45);
  const auto noise = model.noise(random, 2);
  const Eigen::MatrixXd upstream = random.matrix<Eigen::MatrixXd>(noise.rows(), noise.cols(), -2, 2);
  const auto loss = [&](const TestType& at) { return at.reparameterize(noise).cwiseProduct(upstream).sum(); };

  const auto actual = model.pathwise_gradient(model.reparameterize(noise), upstream);

  const auto of_logits = [&](const Logits& a) { return loss(TestType(a, temperature)); };
  CHECK(close(actual.logits, testing::gradient(of_logits, model.logits(), step)));
  const auto of_temperature = [&](double t) { return loss(TestType(model.logits(), t)); };
  CHECK(close(actual.temperature, testing::derivative(of_temperature, temperature, short_step)));
}

// ---- Shapes, copies, upstreams ----

TEMPLATE_LIST_TEST_CASE("Gradients have the shapes of what they belong to", "[gradient]", RelaxedModels) {
  using Logits = typename TestType::Logits;
  using Scalar = typename TestType::Scalar;
  const TestType model = draw_model<TestType>(46);
  Random random(47);
  const auto sample = model.sample(random, 3);

  const auto gradient = model.log_prob_gradient(sample);
  CHECK(gradient.sample.rows() == sample.rows());
  CHECK(gradient.sample.cols() == sample.cols());
  CHECK(gradient.logits.rows() == model.logits().rows());
  CHECK(gradient.logits.cols() == model.logits().cols());
  static_assert(std::is_same_v<decltype(gradient.logits), Logits>);
  static_assert(std::is_same_v<decltype(gradient.temperature), Scalar>);
  static_assert(std::is_same_v<typename decltype(gradient.sample)::Scalar, Scalar>);
  static_assert(int(decltype(gradient.sample)::RowsAtCompileTime) == int(Logits::RowsAtCompileTime));

  const auto pathwise = model.pathwise_gradient(sample, sample);
  static_assert(std::is_same_v<decltype(pathwise.logits), Logits>);
  static_assert(std::is_same_v<decltype(pathwise.temperature), Scalar>);
  CHECK(pathwise.logits.rows() == model.logits().rows());
  CHECK(pathwise.logits.cols() == model.logits().cols());

  if constexpr (Logits::ColsAtCompileTime == 1) {
    const auto one = model.log_prob_gradient(model.sample(random));
    static_assert(std::is_same_v<decltype(one.value), Scalar>);
    static_assert(std::is_same_v<decltype(one.sample), Logits>);
  }
}

TEMPLATE_LIST_TEST_CASE("Gradients of parameters are summed over the copies, in their order", "[gradient]",
                        RelaxedModels) {
  using Scalar = typename TestType::Scalar;
  using Matrix = Eigen::MatrixX<Scalar>;
  const TestType model = draw_model<TestType>(48, 1.5);
  const Index b = model.batch_size(), copies = 3;
  Random random(49);
  const auto sample = model.sample(random, copies);
  const Matrix upstream = random.matrix<Matrix>(sample.rows(), sample.cols(), -1, 1);
  const auto weights = random.vector<Eigen::RowVectorX<Scalar>>(sample.cols(), -1, 1);

  const auto density = model.log_prob_gradient(sample, weights);
  const auto pathwise = model.pathwise_gradient(sample, upstream);

  Matrix logits = Matrix::Zero(model.dimension(), b), pathwise_logits = logits;
  Scalar temperature = 0, pathwise_temperature = 0;
  for (Index j = 0; j < sample.cols(); ++j) {
    const auto alone = testing::single(model, j % b);
    const Eigen::VectorX<Scalar> y = sample.col(j), g = upstream.col(j);
    const auto density_alone = alone.log_prob_gradient(y, weights(j));
    const auto pathwise_alone = alone.pathwise_gradient(y, g);
    CHECK(identical(density.sample.col(j), density_alone.sample));
    logits.col(j % b) += density_alone.logits;
    temperature += density_alone.temperature;
    pathwise_logits.col(j % b) += pathwise_alone.logits;
    pathwise_temperature += pathwise_alone.temperature;
  }
  CHECK(identical(density.logits, logits));
  CHECK(density.temperature == temperature);
  CHECK(identical(pathwise.logits, pathwise_logits));
  // Inside a column the slope is subtracted, here added: the same roundings.
  CHECK(pathwise.temperature == pathwise_temperature);
}

TEMPLATE_LIST_TEST_CASE("The upstream of log_prob_gradient is a number or a row, by default 1", "[gradient]",
                        RelaxedModels) {
  using Scalar = typename TestType::Scalar;
  using Row = Eigen::RowVectorX<Scalar>;
  const TestType model = draw_model<TestType>(50);
  Random random(51);
  const auto sample = model.sample(random, 2);
  const auto with = [&](const auto& upstream) { return model.log_prob_gradient(sample, upstream); };
  const auto same = [](const auto& a, const auto& b) {
    return identical(a.value, b.value) && identical(a.sample, b.sample) && identical(a.logits, b.logits) &&
           a.temperature == b.temperature;
  };

  CHECK(same(model.log_prob_gradient(sample), with(1)));
  CHECK(same(with(3), with(3.0f)));
  CHECK(same(with(3), with(3.0)));
  CHECK(same(with(3), with(Row::Constant(sample.cols(), Scalar(3)).eval())));
  CHECK(same(with(3), with(Row::Constant(sample.cols(), Scalar(3)))));
  CHECK(same(with(-1), with((-Row::Ones(sample.cols())).eval())));
}

TEMPLATE_LIST_TEST_CASE("Gradients go into what an earlier call returned, of whatever shape", "[gradient]",
                        RelaxedModels) {
  const TestType model = draw_model<TestType>(53);
  Random random(54);
  const auto one = model.sample(random, 1), three = model.sample(random, 3);
  auto gradient = model.log_prob_gradient(three);
  auto pathwise = model.pathwise_gradient(three, three);

  for (const auto& sample : {one, three}) {
    const auto expected = model.log_prob_gradient(sample, 2);
    model.log_prob_gradient(sample, 2, gradient);
    CHECK(identical(gradient.value, expected.value));
    CHECK(identical(gradient.sample, expected.sample));
    CHECK(identical(gradient.logits, expected.logits));
    CHECK(gradient.temperature == expected.temperature);

    const auto expected_pathwise = model.pathwise_gradient(sample, expected.sample);
    model.pathwise_gradient(sample, expected.sample, pathwise);
    CHECK(identical(pathwise.logits, expected_pathwise.logits));
    CHECK(pathwise.temperature == expected_pathwise.temperature);
  }
}

TEMPLATE_LIST_TEST_CASE("A zero upstream gives zeros, also where factors are infinite", "[gradient]", RelaxedModels) {
  using Scalar = typename TestType::Scalar;
  using Matrix = Eigen::MatrixX<Scalar>;
  const TestType model = draw_model<TestType>(52);
  Random random(53);
  Matrix sample = model.sample(random, 2);
  sample(0, 0) = end_of_range<TestType>();

  const auto none = model.log_prob_gradient(sample, 0);
  CHECK(identical(none.value, model.log_prob(sample)));
  CHECK(none.sample.isZero(0));
  CHECK(none.logits.isZero(0));
  CHECK(none.temperature == 0);

  // All but the column that holds the end.
  Eigen::RowVectorX<Scalar> weights = Eigen::RowVectorX<Scalar>::Ones(sample.cols());
  weights(0) = 0;
  const auto rest = model.log_prob_gradient(sample, weights);
  CHECK(rest.sample.col(0).isZero(0));
  CHECK(rest.sample.allFinite());
  CHECK(rest.logits.allFinite());
  CHECK(std::isfinite(rest.temperature));

  const auto pathwise = model.pathwise_gradient(sample, Matrix::Zero(sample.rows(), sample.cols()));
  CHECK(pathwise.logits.isZero(0));
  CHECK(pathwise.temperature == 0);
}

TEMPLATE_LIST_TEST_CASE("Gradients are finite or infinite at the ends, never NaN", "[gradient]", RelaxedModels) {
  using Scalar = typename TestType::Scalar;
  using Matrix = Eigen::MatrixX<Scalar>;
  const double temperature = GENERATE(0.5, 1.0, 2.0);
  CAPTURE(temperature);
  const TestType model = draw_model<TestType>(54, temperature);
  Random random(55);
  Matrix sample = model.sample(random, 2);
  sample(0, 0) = end_of_range<TestType>();
  const auto has_no_nan = [](const auto& x) { return (x.array() == x.array()).all(); };

  for (const double upstream : {1.0, -2.0}) {
    const auto gradient = model.log_prob_gradient(sample, upstream);
    CHECK(has_no_nan(gradient.value));
    CHECK(has_no_nan(gradient.sample));
    CHECK(has_no_nan(gradient.logits));
    CHECK(gradient.temperature == gradient.temperature);
    const auto pathwise =
        model.pathwise_gradient(sample, Matrix::Constant(sample.rows(), sample.cols(), static_cast<Scalar>(upstream)));
    CHECK(has_no_nan(pathwise.logits));
    CHECK(pathwise.temperature == pathwise.temperature);
  }
}

TEMPLATE_LIST_TEST_CASE("The temperature's slopes of -inf at the ends add up where upstreams have one sign",
                        "[gradient]", RelaxedModels) {
  using Scalar = typename TestType::Scalar;
  const TestType model = draw_model<TestType>(58);
  Random random(59);
  auto sample = model.sample(random, 2);
  sample(0, 0) = sample(0, 1) = end_of_range<TestType>();
  Eigen::RowVectorX<Scalar> upstream = Eigen::RowVectorX<Scalar>::LinSpaced(sample.cols(), 1, 2);
  CHECK(model.log_prob_gradient(sample, upstream).temperature == -testing::inf<Scalar>);
  CHECK(model.log_prob_gradient(sample, -upstream).temperature == testing::inf<Scalar>);
  upstream(1) = -1;
  CHECK(std::isnan(model.log_prob_gradient(sample, upstream).temperature));
  CHECK(model.log_prob_gradient(sample, upstream).logits.allFinite());
}

TEMPLATE_LIST_TEST_CASE("A column of weight 0 has a gradient of 0, also where its slope overflows", "[gradient]",
                        RelaxedModels) {
  using Scalar = typename TestType::Scalar;
  const TestType model = draw_model<TestType>(56, 3.0);
  Random random(57);
  auto sample = model.sample(random, 2);
  sample(0, 0) = testing::is_on_x_scale<TestType> ? std::numeric_limits<Scalar>::denorm_min()
                                                  : -(std::numeric_limits<Scalar>::max)();
  const auto gradient = model.log_prob_gradient(sample, 0);
  CHECK(identical(gradient.value, model.log_prob(sample)));
  CHECK((gradient.sample.array() == Scalar(0)).all());
  CHECK((gradient.logits.array() == Scalar(0)).all());
  CHECK(gradient.temperature == Scalar(0));
}
