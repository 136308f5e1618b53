#include <array>
#include <cmath>
#include <type_traits>

#include "autodiff/setting.hpp"
#include "catch.hpp"
#include "support/models.hpp"

// The relaxed classes over scalars that carry derivatives: values are those of double, derivatives those of the
// analytic gradients. Nothing here knows a formula.

namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorX;
using Eigen::VectorXd;
using testing::check_close;
using testing::Derivatives;
using testing::joined;
using testing::Random;

constexpr Index n = 3;
constexpr Index logits_at = 0, temperature_at = n, sample_at = n + 1, count = 2 * n + 1;

/// Which of the variables carry derivatives; the others are constants.
struct Active {
  bool logits, temperature, sample;
  bool operator()(Index k) const { return k < temperature_at ? logits : k == temperature_at ? temperature : sample; }
};
constexpr std::array<Active, 5> choices{
    {{true, true, true}, {true, false, false}, {false, true, false}, {false, false, true}, {false, false, false}}};

template <class Setting>
using Model = typename Setting::Family::template Over<VectorXd>;

/// Logits, a temperature and a sample, from which a function of the active ones is differentiated.
template <class Setting>
class Point {
  using Scalar = typename Setting::System::Scalar;

 public:
  using Model = typename Setting::Family::template Over<VectorX<Scalar>>;

  Point(const VectorXd& logits, double temperature, const VectorXd& sample)
      : at_(joined<double>(logits, temperature, sample)) {}

  /// f(model, sample) over scalars of the system.
  template <class F>
  Derivatives differentiate(const Active& active, const F& f) const {
    return Setting::System::differentiate(
        [&](VectorX<Scalar> v) -> VectorX<Scalar> {
          for (Index k = 0; k < count; ++k) {
            if (!active(k)) v(k) = Scalar(at_(k));
          }
          return f(Model(v.segment(logits_at, n), v(temperature_at)), VectorX<Scalar>(v.segment(sample_at, n)));
        },
        at_);
  }

 private:
  VectorXd at_;
};

/// The derivatives of one value by a gradient in parts, of which the active ones count.
template <class Gradient, class Sample>
Eigen::RowVectorXd row_of(const Active& active, const Gradient& gradient, const Sample& sample) {
  VectorXd row = joined<double>(gradient.logits, gradient.temperature, sample);
  for (Index k = 0; k < count; ++k) row(k) *= active(k) ? 1 : 0;
  return row.transpose();
}

const VectorXd no_sample = VectorXd::Zero(n);

/// A point where scores are equal and signs change: jumps and kinks of a formula would be here.
template <class Family>
VectorXd tied_sample() {
  if (Family::is_binary) return VectorXd::Constant(n, Family::is_on_x_scale ? 0.5 : 0.0);
  const VectorXd x = Eigen::Vector3d(0.25, 0.25, 0.5);
  return Family::is_on_x_scale ? x : VectorXd(x.array().log());
}

}  // namespace

TEMPLATE_LIST_TEST_CASE("log_prob carries derivatives of logits, temperature and sample, each alone or all",
                        "[log_prob]", testing::RelaxedSettings) {
  const double temperature = GENERATE(0.3, 1.0, 2.5);
  const bool tied = GENERATE(false, true);
  CAPTURE(temperature, tied);
  Random random(171);
  const VectorXd a = tied ? VectorXd::Zero(n) : random.vector<VectorXd>(n, -2, 2);
  const Model<TestType> model(a, temperature);
  const VectorXd y = tied ? tied_sample<typename TestType::Family>() : model.sample(random);
  const auto expected = model.log_prob_gradient(y);
  for (const Active& active : choices) {
    const auto actual = Point<TestType>(a, temperature, y).differentiate(active, [](const auto& q, const auto& z) {
      return joined<typename TestType::System::Scalar>(q.log_prob(z));
    });
    check_close(actual, {joined<double>(expected.value), row_of(active, expected, expected.sample)});
  }
}

TEMPLATE_LIST_TEST_CASE("Reparameterize carries derivatives of logits and temperature, each alone or both",
                        "[sampling]", testing::RelaxedSettings) {
  const double temperature = GENERATE(0.3, 1.0, 2.5);
  const bool tied = GENERATE(false, true);
  CAPTURE(temperature, tied);
  Random random(172);
  const VectorXd a = tied ? VectorXd::Zero(n) : random.vector<VectorXd>(n, -2, 2);
  const Model<TestType> model(a, temperature);
  const VectorXd noise = tied ? VectorXd::Zero(n) : model.noise(random), y = model.reparameterize(noise);
  for (const Active& active : choices) {
    MatrixXd jacobian(n, count);
    for (Index k = 0; k < n; ++k) {
      jacobian.row(k) = row_of(active, model.pathwise_gradient(y, VectorXd::Unit(n, k)), no_sample);
    }
    const auto actual = Point<TestType>(a, temperature, y).differentiate(active, [&](const auto& q, const auto&) {
      return q.reparameterize(noise);
    });
    check_close(actual, {y, jacobian});
  }
}

TEMPLATE_LIST_TEST_CASE("Sampling draws the numbers of double, with total derivatives", "[sampling]",
                        testing::RelaxedSettings) {
  using Scalar = typename TestType::System::Scalar;
  static_assert(std::is_same_v<typename Point<TestType>::Model::NoiseScalar, double>);
  const VectorXd a = Random(173).vector<VectorXd>(n, -2, 2);
  const Model<TestType> model(a, 0.7);
  Random random(174);
  const auto drawn = model.sample_and_log_prob(random, 2);

  MatrixXd jacobian(2 * n + 2, count);
  for (Index j = 0; j < 2; ++j) {
    const VectorXd y = drawn.sample.col(j);
    for (Index k = 0; k < n; ++k) {
      const auto path = model.pathwise_gradient(y, VectorXd::Unit(n, k));
      jacobian.row(n * j + k) = row_of(choices[0], path, no_sample);
    }
    const auto partial = model.log_prob_gradient(y);  // of log q: by the parameters, and through the sample
    jacobian.row(2 * n + j) = row_of(choices[0], partial, no_sample) +
                              row_of(choices[0], model.pathwise_gradient(y, partial.sample), no_sample);
  }
  const VectorXd values = joined<double>(drawn.sample.reshaped(), drawn.log_prob);
  const Point<TestType> point(a, 0.7, no_sample);
  check_close(point.differentiate(choices[0],
                                  [&](const auto& q, const auto&) {
                                    Random again(174);
                                    const auto mine = q.sample_and_log_prob(again, 2);
                                    CHECK(again() == Random(random)());
                                    return joined<Scalar>(mine.sample.reshaped(), mine.log_prob);
                                  }),
              {values, jacobian});
  check_close(point.differentiate(choices[0],
                                  [](const auto& q, const auto&) {
                                    Random again(174), noisy(174);
                                    const VectorX<Scalar> first = q.sample(again);
                                    const VectorX<Scalar> second = q.reparameterize(q.noise(noisy, 2)).col(1);
                                    return joined<Scalar>(first, second);
                                  }),
              {values.head(2 * n), jacobian.topRows(2 * n)});
}

TEMPLATE_LIST_TEST_CASE("A distribution function carries the density and the derivatives of its quantiles", "[cdf]",
                        testing::BinarySettings) {
  const double temperature = GENERATE(0.3, 1.0, 2.5);
  CAPTURE(temperature);
  Random random(175);
  const VectorXd a = random.vector<VectorXd>(n, -2, 2);
  const Model<TestType> model(a, temperature);
  const VectorXd y = model.sample(random), u = model.cdf(y);
  // F(y) = u: dF/dy is the density, and by the quantile's derivative at constant u, dF/da = -density dy/da.
  MatrixXd of_cdf(n, count), of_quantile(n, count);
  for (Index k = 0; k < n; ++k) {
    const Model<TestType> entry(a.segment(k, 1), temperature);
    const double density = std::exp(entry.log_prob(VectorXd(y.segment(k, 1))));
    const auto path = model.pathwise_gradient(y, VectorXd::Unit(n, k));
    of_quantile.row(k) = row_of(choices[0], path, VectorXd(VectorXd::Unit(n, k) / density));
    of_cdf.row(k) = -density * row_of(choices[0], path, VectorXd(-VectorXd::Unit(n, k)));
  }
  check_close(Point<TestType>(a, temperature, y)
                  .differentiate(choices[0], [](const auto& q, const auto& z) { return q.cdf(z); }),
              {u, of_cdf});
  check_close(Point<TestType>(a, temperature, u)
                  .differentiate(choices[0], [](const auto& q, const auto& v) { return q.quantile(v); }),
              {y, of_quantile});
}

TEMPLATE_LIST_TEST_CASE("A change of scale carries its derivative", "", testing::LogSettings) {
  using Scalar = typename TestType::System::Scalar;
  const VectorXd y = Eigen::Vector3d(-0.5, 0, -300);
  const auto of_y = [&](const auto& f) { return Point<TestType>(no_sample, 1, y).differentiate({0, 0, 1}, f); };
  const VectorXd slopes = Model<TestType>::to_concrete_gradient(y, VectorXd::Ones(n));
  MatrixXd jacobian = MatrixXd::Zero(n, count);
  jacobian.rightCols(n) = slopes.asDiagonal();
  check_close(of_y([](const auto& q, const auto& z) { return q.to_concrete(z); }),
              {Model<TestType>::to_concrete(y), jacobian});
  const auto values_of_gradient = of_y(
      [](const auto& q, const auto& z) { return q.to_concrete_gradient(z, VectorX<Scalar>::Constant(n, Scalar(1))); });
  CHECK(testing::close(values_of_gradient.values, slopes));
}

TEMPLATE_LIST_TEST_CASE("Roundings and questions about numbers with derivatives have the answers of double", "",
                        testing::RelaxedSettings) {
  using Scalar = typename TestType::System::Scalar;
  const VectorXd a = Random(176).vector<VectorXd>(n, -2, 2);
  const Model<TestType> model(a, 0.7);
  Random random(177);
  const VectorXd y = model.sample(random), hard = model.discrete().sample(random);
  const auto actual = Point<TestType>(a, 0.7, y).differentiate(choices[0], [](const auto& q, const auto& z) {
    using Q = std::decay_t<decltype(q)>;
    Random again(177);
    (void)q.sample(again);
    CHECK(q.in_support(z));
    CHECK_FALSE(q.in_support(VectorX<Scalar>::Constant(n, Scalar(testing::quiet_nan<>))));
    CHECK(q == q);
    CHECK(q.temperature() == 0.7);
    return joined<Scalar>(Q::harden(z), q.discrete().sample(again));
  });
  check_close(actual, {joined<double>(Model<TestType>::harden(y), hard), MatrixXd::Zero(2 * n, count)});
}

TEMPLATE_LIST_TEST_CASE("A masked class has derivatives of 0", "[masks]", testing::CategoricalSettings) {
  using Scalar = typename TestType::System::Scalar;
  const VectorXd a = Eigen::Vector3d(0.5, -testing::inf<>, -1);
  const Model<TestType> model(a, 0.7);
  Random random(178);
  const auto [y, log_prob] = model.sample_and_log_prob(random);
  const Point<TestType> point(a, 0.7, y);

  MatrixXd jacobian(n + 1, count);
  for (Index k = 0; k < n; ++k) {
    jacobian.row(k) = row_of(choices[0], model.pathwise_gradient(y, VectorXd::Unit(n, k)), no_sample);
  }
  jacobian.row(1).setZero();
  const auto partial = model.log_prob_gradient(y);
  jacobian.row(n) = row_of(choices[0], partial, no_sample) +
                    row_of(choices[0], model.pathwise_gradient(y, partial.sample), no_sample);
  const auto sampled = point.differentiate(choices[0], [](const auto& q, const auto&) {
    Random again(178);
    const auto mine = q.sample_and_log_prob(again);
    return joined<Scalar>(mine.sample, mine.log_prob);
  });
  check_close(sampled, {joined<double>(y, log_prob), jacobian});
  CHECK(sampled.jacobian.col(1).isZero(0));

  const auto scored =
      point.differentiate(choices[0], [](const auto& q, const auto& z) { return joined<Scalar>(q.log_prob(z)); });
  check_close(scored, {joined<double>(log_prob), row_of(choices[0], partial, partial.sample)});
}
