#include <Eigen/Core>
#include <cmath>
#include <string>
#include <type_traits>
#include <vector>

#include "catch.hpp"
#include "refusals.hpp"
#include "support/limits.hpp"
#include "support/models.hpp"

// What exact divergences and moments refuse, and that parameters as extreme as they come are not refused.

namespace {

using Eigen::Index;
using Eigen::MatrixX;
using Eigen::MatrixXd;
using Eigen::VectorX;
using testing::check_refusals;
using testing::inf;

MatrixXd zeros(Index rows, Index cols) { return MatrixXd::Zero(rows, cols); }

}  // namespace

// ---- Refusals ----

TEMPLATE_TEST_CASE("Divergences are of distributions of one dimension, and the batch of p divides that of q",
                   "[arguments]", concrete::ExpConcreteXXd, concrete::ConcreteXXd, concrete::LogitBinaryConcreteXXd,
                   concrete::BinaryConcreteXXd) {
  const auto p = testing::make<TestType>(zeros(3, 2));
  const auto check = [&](const std::string& what, const auto& divergence) {
    const auto with = [&](Index rows, Index cols) {
      return [&divergence, rows, cols] { divergence(testing::make<TestType>(zeros(rows, cols), 0.5)); };
    };
    check_refusals({
        {what + ", a row less", with(2, 2), "q must have 3 rows, but has 2"},
        {what + ", a row more", with(4, 3), "q must have 3 rows, but has 4"},
        {what + ", transposed", with(2, 3), "q must have 3 rows, but has 2"},
        {what + ", a column less", with(3, 1), "q must have a multiple of 2 columns, but has 1"},
        {what + ", a column more", with(3, 5), "q must have a multiple of 2 columns, but has 5"},
    });
  };
  check("kl_divergence", [&](const TestType& q) { return kl_divergence(q, p); });
  check("kl_divergence_gradient", [&](const TestType& q) { return kl_divergence_gradient(q, p); });
  check("kl_divergence_gradient with upstream",
        [&](const TestType& q) { return kl_divergence_gradient(q, p, zeros(1, q.batch_size())); });
}

TEMPLATE_TEST_CASE("The upstream gradient of divergences is a row with one number for each", "[arguments]",
                   concrete::ExpConcreteXXd, concrete::ConcreteXXd, concrete::LogitBinaryConcreteXXd,
                   concrete::BinaryConcreteXXd) {
  const auto q = testing::make<TestType>(zeros(3, 4)), p = testing::make<TestType>(zeros(3, 2), 0.5);
  const auto with = [&](Index rows, Index cols) {
    return [&q, &p, rows, cols] { return kl_divergence_gradient(q, p, zeros(rows, cols)); };
  };
  check_refusals({
      {"as many as p has", with(1, 2), "upstream must be 1 x 4, but is 1 x 2"},
      {"a number more", with(1, 5), "upstream must be 1 x 4, but is 1 x 5"},
      {"a column", with(4, 1), "upstream must be 1 x 4, but is 4 x 1"},
      {"one for each logit", with(3, 4), "upstream must be 1 x 4, but is 3 x 4"},
      {"none", with(1, 0), "upstream must be 1 x 4, but is 1 x 0"},
      {"the distributions are judged first", [&] { return kl_divergence_gradient(p, q, zeros(1, 5)); },
       "q must have a multiple of 4 columns, but has 2"},
  });
}

TEMPLATE_TEST_CASE("The upstream gradient of means has their shape", "[arguments]", concrete::ConcreteXXd,
                   concrete::BinaryConcreteXXd, concrete::LogitBinaryConcreteXXd, concrete::DiscreteXXd,
                   concrete::BernoulliXXd) {
  const auto d = testing::make<TestType>(zeros(3, 2));
  const auto with = [&](Index rows, Index cols) {
    return [&d, rows, cols] { return mean_gradient(d, zeros(rows, cols)); };
  };
  check_refusals({
      {"a column less", with(3, 1), "upstream must be 3 x 2, but is 3 x 1"},
      {"two batches", with(3, 4), "upstream must be 3 x 2, but is 3 x 4"},
      {"a row less", with(2, 2), "upstream must be 3 x 2, but is 2 x 2"},
      {"transposed", with(2, 3), "upstream must be 3 x 2, but is 2 x 3"},
      {"one for each column", with(1, 2), "upstream must be 3 x 2, but is 1 x 2"},
      {"none", with(0, 0), "upstream must be 3 x 2, but is 0 x 0"},
  });
}

// ---- Extreme parameters ----

namespace {

/// The largest logits: sums of a few of them, divided by the lowest temperature, are numbers.
template <class Scalar>
constexpr Scalar far = std::is_same_v<Scalar, float> ? Scalar(1e4) : Scalar(1e6);

template <class Scalar>
const std::vector<Scalar> temperatures{Scalar(1e-6), Scalar(0.3), 1, Scalar(1e6)};

/// Columns of four logits.
template <class Scalar>
MatrixX<Scalar> extreme_logits() {
  constexpr Scalar a = far<Scalar>;
  MatrixX<Scalar> result(4, 8);
  result.row(0) << 0, a, -a, a, 1, 0, 690, a;
  result.row(1) << 0, 0, a, a, -2, 30, 0, 0;
  result.row(2) << 0, -a, -a, a, Scalar(0.5), -40, -710, 1;
  result.row(3) << 0, 1, 3, a, 0, 600, 1, -3;
  return result;
}

/// The same, with masks that leave three classes, two, or one.
template <class Scalar>
MatrixX<Scalar> masked_logits() {
  MatrixX<Scalar> result = extreme_logits<Scalar>();
  for (Index j = 0; j < result.cols(); ++j) result.col(j).head(1 + j % 3).setConstant(-inf<Scalar>);
  return result;
}

template <class Gradient>
bool is_finite(const Gradient& gradient) {
  return gradient.q.logits.allFinite() && gradient.p.logits.allFinite() && std::isfinite(gradient.q.temperature) &&
         std::isfinite(gradient.p.temperature);
}

template <class Gradient>
bool is_zero(const Gradient& gradient) {
  return gradient.q.logits.isZero(0) && gradient.p.logits.isZero(0) && gradient.q.temperature == 0 &&
         gradient.p.temperature == 0;
}

/// KL of every column of q from every column of p at all pairs of temperatures, in either direction of the columns.
template <template <class> class Over, class Scalar>
void check_divergences(const MatrixX<Scalar>& logits) {
  using D = Over<MatrixX<Scalar>>;
  for (const Scalar t_q : temperatures<Scalar>) {
    for (const Scalar t_p : temperatures<Scalar>) {
      const D q(logits, t_q);
      for (const MatrixX<Scalar>& other :
           {MatrixX<Scalar>(logits.rowwise().reverse()), MatrixX<Scalar>(logits.col(4))}) {
        const D p(other, t_p);
        CAPTURE(t_q, t_p, other.cols());
        const auto value = testing::as_row(kl_divergence(q, p));
        INFO("KL " << value);
        CHECK_FALSE(value.array().isNaN().any());
        CHECK((value.array() >= 0).all());
        const auto gradient = kl_divergence_gradient(q, p);
        CHECK(testing::identical(gradient.value, value));
        CHECK(is_finite(gradient));
        CHECK(is_zero(kl_divergence_gradient(q, p, 0)));
        const VectorX<Scalar> differ = ((logits.array() == -inf<Scalar>) !=
                                        (other.replicate(1, logits.cols() / other.cols()).array() == -inf<Scalar>))
                                           .colwise()
                                           .any()
                                           .transpose()
                                           .template cast<Scalar>();
        for (Index j = 0; j < q.batch_size(); ++j) {
          CAPTURE(j);
          CHECK((value(j) == inf<Scalar>) == (differ(j) == 1));
          if (differ(j) == 1) CHECK(gradient.q.logits.col(j).isZero(0));
        }
      }
    }
  }
}

}  // namespace

TEMPLATE_TEST_CASE("Divergences of categorical variables with extreme parameters are numbers", "[arguments]", float,
                   double) {
  check_divergences<concrete::ExpConcrete, TestType>(extreme_logits<TestType>());
  check_divergences<concrete::ExpConcrete, TestType>(masked_logits<TestType>());
}

TEMPLATE_TEST_CASE("Divergences of binary variables with extreme parameters are numbers", "[arguments]", float,
                   double) {
  check_divergences<concrete::LogitBinaryConcrete, TestType>(extreme_logits<TestType>());
}

TEMPLATE_TEST_CASE("Divergences of distributions next to each other are not negative", "[arguments]",
                   concrete::ExpConcreteXXd, concrete::LogitBinaryConcreteXXd, concrete::ExpConcreteXXf,
                   concrete::LogitBinaryConcreteXXf) {
  using Logits = typename TestType::Logits;
  const Logits q = testing::draw_logits<Logits>(421, -2, 2, 5, 60);
  for (const double apart : {1e-15, 1e-12, 1e-9, 1e-6}) {
    const Logits p = q + testing::draw_logits<Logits>(422, -apart, apart, 5, 60);
    for (const double t_p : {0.5, 0.5 + apart, 0.5 - apart}) {
      const auto value = kl_divergence(testing::make<TestType>(q, 0.5), testing::make<TestType>(p, t_p)).eval();
      CAPTURE(apart, t_p, value);
      CHECK((value.array() >= 0).all());
    }
  }
}

TEMPLATE_TEST_CASE("Moments of categorical variables with extreme parameters are numbers", "[arguments]", float,
                   double) {
  using Logits = MatrixX<TestType>;
  Logits logits(4, 16);
  logits << extreme_logits<TestType>(), masked_logits<TestType>();
  const auto masked = (logits.array() == -inf<TestType>).eval();
  const TestType rounding = 8 * testing::eps<TestType>;
  for (const TestType t : {TestType(1e-6), TestType(0.3), TestType(1e6)}) {
    CAPTURE(t);
    const concrete::Concrete<Logits> d(logits, t);
    const Logits mean_x = mean(d), variance_x = variance(d);
    INFO("mean\n" << mean_x << "\nvariance\n" << variance_x);
    CHECK((mean_x.array() >= 0 && mean_x.array() <= 1 + rounding).all());
    CHECK((mean_x.colwise().sum().array() - 1).abs().maxCoeff() <= rounding);
    CHECK((variance_x.array() >= 0 && variance_x.array() <= TestType(0.25)).all());
    CHECK((!masked || (mean_x.array() == 0 && variance_x.array() == 0)).all());
    CHECK(testing::as_row(entropy(d)).allFinite());

    const auto gradient = mean_gradient(d, logits.array().max(-far<TestType>).matrix());
    CHECK(gradient.logits.allFinite());
    CHECK((!masked || gradient.logits.array() == 0).all());
    CHECK(std::isfinite(gradient.temperature));

    const concrete::ExpConcrete<Logits> log_d(logits, t);
    for (const Logits& y : {mean(log_d), mode(log_d)}) {
      CAPTURE(y);
      CHECK((y.array() <= 0).all());
      CHECK((masked == (y.array() == -inf<TestType>)).all());
    }
    CHECK(testing::as_row(entropy(log_d)).allFinite());
  }
}

TEMPLATE_TEST_CASE("Covariances of extreme logits are numbers", "[arguments]", float, double) {
  using Column = VectorX<TestType>;
  for (const TestType t : {TestType(1e-6), TestType(0.3), TestType(1e6)}) {
    for (const Index j : {1, 4, 6}) {
      const concrete::Concrete<Column> d(Column(extreme_logits<TestType>().col(j)), t);
      const MatrixX<TestType> c = covariance(d);
      CAPTURE(t, j, c);
      CHECK(c.allFinite());
      CHECK(c == c.transpose());
      CHECK((c.diagonal().array() >= 0).all());
      CHECK(c.rowwise().sum().cwiseAbs().maxCoeff() <= 4 * testing::eps<TestType> + TestType(1e-14));
    }
  }
}

TEMPLATE_TEST_CASE("An upstream gradient of 0 leaves a gradient of 0", "[arguments]", concrete::ConcreteXXd,
                   concrete::BinaryConcreteXXd, concrete::LogitBinaryConcreteXXd, concrete::DiscreteXXd,
                   concrete::BernoulliXXd) {
  const MatrixXd logits = extreme_logits<double>();
  const auto gradient = mean_gradient(testing::make<TestType>(logits, 40), zeros(4, 8));
  CHECK(gradient.logits.isZero(0));
  CHECK(gradient.temperature == 0);
}

TEMPLATE_TEST_CASE("Moments of binary variables with extreme parameters are numbers", "[arguments]", float, double) {
  using Logits = MatrixX<TestType>;
  const Logits logits = extreme_logits<TestType>();
  for (const TestType t : temperatures<TestType>) {
    CAPTURE(t);
    const concrete::BinaryConcrete<Logits> d(logits, t);
    const Logits mean_x = mean(d), variance_x = variance(d);
    INFO("mean\n" << mean_x << "\nvariance\n" << variance_x);
    CHECK((mean_x.array() >= 0 && mean_x.array() <= 1).all());
    CHECK((variance_x.array() >= 0 && variance_x.array() <= TestType(0.25)).all());
    CHECK(testing::as_row(entropy(d)).allFinite());
    const auto gradient = mean_gradient(d, logits);
    CHECK(gradient.logits.allFinite());
    CHECK(std::isfinite(gradient.temperature));

    const concrete::LogitBinaryConcrete<Logits> logit_d(logits, t);
    CHECK(mean(logit_d).allFinite());
    CHECK((variance(logit_d).array() > 0).all());
    CHECK(variance(logit_d).allFinite());
    const auto logit_gradient = mean_gradient(logit_d, logits);
    CHECK(logit_gradient.logits.allFinite());
    CHECK(std::isfinite(logit_gradient.temperature));
    CHECK(mode(logit_d).allFinite());
    CHECK(testing::as_row(entropy(logit_d)).allFinite());
  }
}

TEMPLATE_TEST_CASE("One class alone has a law without chance", "[arguments]", float, double) {
  using Column = VectorX<TestType>;
  const TestType masked = -inf<TestType>;
  for (const Column& logits :
       {Column(Column::Constant(1, far<TestType>)), Column((Column(3) << masked, -2, masked).finished())}) {
    const Index at = logits.size() / 2;
    const Column one_hot = Column::Unit(logits.size(), at);
    for (const TestType t : temperatures<TestType>) {
      CAPTURE(logits, t);
      const concrete::Concrete<Column> d(logits, t);
      const concrete::ExpConcrete<Column> log_d(logits, t);
      CHECK(mean(d) == one_hot);
      CHECK(variance(d).isZero(0));
      CHECK(covariance(d).isZero(0));
      CHECK(entropy(d) == 0);
      CHECK(mean(log_d)(at) == 0);
      CHECK(mode(log_d)(at) == 0);
      CHECK(entropy(log_d) == 0);
      CHECK(mean_gradient(d, logits).logits.isZero(0));
      CHECK(mean_gradient(d, logits).temperature == 0);
      const concrete::Concrete<Column> other(Column(logits / 2), 2);
      CHECK(kl_divergence(d, other) == 0);
      CHECK(is_zero(kl_divergence_gradient(d, other)));
    }
  }
}
