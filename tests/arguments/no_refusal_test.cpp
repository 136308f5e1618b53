#include <Eigen/Core>
#include <cmath>
#include <cstdint>
#include <type_traits>

#include "catch.hpp"
#include "support/limits.hpp"
#include "support/models.hpp"

// Arguments that are not refused: no columns at all, and points that are NaN or infinite.

namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using testing::identical;
using testing::inf;
using testing::quiet_nan;
using testing::Random;

}  // namespace

// ---- No columns ----

TEMPLATE_TEST_CASE("No columns are zero samples, of which everything has zero columns", "[arguments]",
                   concrete::ExpConcreteXXd, concrete::ConcreteXXd, concrete::LogitBinaryConcreteXXd,
                   concrete::BinaryConcreteXXd) {
  const auto d = testing::draw_model<TestType>(411);
  Random engine(412), untouched(412);
  const auto is_empty = [](const auto& m, Index rows) { return m.rows() == rows && m.cols() == 0; };
  const auto drawn = d.sample_and_log_prob(engine, 0);
  CHECK(is_empty(drawn.sample, 3));
  CHECK(is_empty(drawn.log_prob, 1));
  CHECK(is_empty(d.sample(engine, 0), 3));
  CHECK(engine() == untouched());

  const MatrixXd none(3, 0);
  CHECK(is_empty(d.log_prob(none), 1));
  CHECK(is_empty(d.in_support(none), 1));
  CHECK(is_empty(TestType::harden(none), 3));
  const auto path = d.pathwise_gradient(none, none);
  CHECK(path.logits.isZero(0));
  CHECK(path.temperature == 0);
  const auto gradient = d.log_prob_gradient(none, Eigen::RowVectorXd(0));
  CHECK(is_empty(gradient.value, 1));
  CHECK(is_empty(gradient.sample, 3));
  CHECK(gradient.logits.isZero(0));
  if constexpr (testing::is_binary<TestType>) {
    CHECK(is_empty(d.cdf(none), 3));
    CHECK(is_empty(d.quantile(none), 3));
  }
  if constexpr (!testing::is_on_x_scale<TestType>) {
    CHECK(is_empty(TestType::to_concrete(none), 3));
    CHECK(is_empty(TestType::to_concrete_gradient(none, none), 3));
    CHECK(is_empty(relaxed_kl(d, d, none), 1));
    CHECK(relaxed_kl_gradient(d, d, none, Eigen::RowVectorXd(0)).p.logits.isZero(0));
    CHECK(relaxed_mass_kl_gradient(d, d, none).q.logits.isZero(0));
  }
}

TEST_CASE("No columns have no masses", "[arguments]") {
  const concrete::DiscreteXXd d(MatrixXd::Zero(3, 2));
  const concrete::BernoulliXXd b(MatrixXd::Zero(3, 2));
  Random engine(413);
  CHECK(d.log_prob(MatrixXd(3, 0)).size() == 0);
  CHECK(d.log_prob(Eigen::RowVectorXi(0)).size() == 0);
  CHECK(d.sample_index(engine, 0).size() == 0);
  CHECK(b.log_prob(MatrixXd(3, 0)).size() == 0);
  CHECK(b.log_prob(Eigen::MatrixXi(3, 0)).size() == 0);
  CHECK(b.sample_index(engine, 0).cols() == 0);
}

// ---- Points that are no numbers ----

TEMPLATE_TEST_CASE("NaN and infinite points give NaN and limits, and no error", "[arguments]", concrete::ExpConcreteXXd,
                   concrete::ConcreteXXd, concrete::LogitBinaryConcreteXXd, concrete::BinaryConcreteXXd) {
  const auto d = testing::make<TestType>(MatrixXd::Zero(2, 1));
  for (const double bad : {quiet_nan<>, inf<>, -inf<>}) {
    CAPTURE(bad);
    const MatrixXd y = (MatrixXd(2, 2) << 0.5, bad, 0.5, bad).finished();
    const auto log_prob = d.log_prob(y);
    const auto gradient = d.log_prob_gradient(y);
    CHECK(identical(log_prob, gradient.value));
    CHECK(std::isfinite(log_prob(0)));
    CHECK(d.in_support(y)(1) == (std::is_same_v<TestType, concrete::LogitBinaryConcreteXXd> && bad == bad));
    if (bad == bad) {
      CHECK(log_prob(1) == -inf<>);
      CHECK_FALSE(gradient.sample.array().isNaN().any());
      CHECK_FALSE(gradient.logits.array().isNaN().any());
    } else {
      CHECK(std::isnan(log_prob(1)));
      CHECK(gradient.sample.col(1).array().isNaN().all());
      CHECK(gradient.logits.array().isNaN().all());
    }
    CHECK(gradient.sample.col(0).allFinite());
    CHECK_NOTHROW(d.pathwise_gradient(y, y));
    if constexpr (testing::is_binary<TestType>) {
      const auto p = d.cdf(y);
      CHECK((bad == bad ? p(1, 1) == (bad > 0 ? 1 : 0) : std::isnan(p(1, 1))));
      CHECK(std::isnan(d.quantile(y)(1, 1)));
      CHECK(std::isfinite(d.quantile(y)(0, 0)));
    }
  }
}

TEMPLATE_TEST_CASE("A NaN coordinate makes relaxed_mass_kl and its gradient NaN", "[arguments]",
                   concrete::ExpConcreteXXd, concrete::LogitBinaryConcreteXXd) {
  const auto q = testing::draw_model<TestType>(414), p = testing::draw_model<TestType>(415);
  Random engine(416);
  MatrixXd y = q.sample(engine);
  y(1, 2) = quiet_nan<>;
  const auto result = relaxed_mass_kl_gradient(q, p, y);
  for (Index j = 0; j < y.cols(); ++j) {
    CAPTURE(j);
    CHECK(std::isnan(result.value(j)) == (j == 2));
    CHECK(std::isnan(result.sample(1, j)) == (j == 2));
    CHECK(std::isnan(result.q.logits(1, j)) == (j == 2));
    CHECK(std::isnan(result.p.logits(1, j)) == (j == 2));
  }
}

TEST_CASE("Masses of what is no category are -inf, of NaN NaN", "[arguments]") {
  const concrete::DiscreteXd d(Eigen::Vector3d(0, 1, 2));
  CHECK(d.log_prob(-1) == -inf<>);
  CHECK(d.log_prob(3) == -inf<>);
  CHECK(d.log_prob(~std::uint64_t{0}) == -inf<>);
  CHECK(d.log_prob(Eigen::Vector3d(inf<>, 0, 0)) == -inf<>);
  CHECK(std::isnan(d.log_prob(Eigen::Vector3d(1, quiet_nan<>, 0))));
}
