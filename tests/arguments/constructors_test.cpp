#include <Eigen/Core>
#include <string>
#include <utility>

#include "catch.hpp"
#include "refusals.hpp"
#include "support/limits.hpp"
#include "support/models.hpp"

// What constructors refuse, and how they say it. Every class takes logits by copy and by move.

namespace {

using concrete::odds;
using concrete::probabilities;
using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;
using testing::check_refusals;
using testing::failure;
using testing::inf;
using testing::make;
using testing::quiet_nan;

/// 3 x 2 numbers of which one is bad.
MatrixXd with(double bad, double others = 0.5) {
  MatrixXd m = MatrixXd::Constant(3, 2, others);
  m(2, 1) = bad;
  return m;
}

/// 3 x 2 numbers whose second column holds only `fill`.
MatrixXd with_column(double fill) {
  MatrixXd m = MatrixXd::Constant(3, 2, 0.5);
  m.col(1).setConstant(fill);
  return m;
}

template <class D>
std::string refusal(MatrixXd logits) {
  const std::string copied = failure([&] { make<D>(logits); });
  const std::string moved = failure([&] {
    if constexpr (testing::is_relaxed<D>) {
      D(std::move(logits), 1);
    } else {
      D(std::move(logits));
    }
  });
  CHECK(moved == copied);
  return copied;
}

/// The same of numbers marked by probabilities() or odds().
template <class D, class Marked>
std::string refusal_of_marked(const Marked& marked) {
  return failure([&] {
    if constexpr (testing::is_relaxed<D>) {
      D(marked, 1);
    } else {
      D{marked};
    }
  });
}

}  // namespace

TEMPLATE_TEST_CASE("Logits of a categorical class are numbers or -inf, and leave a class in each column", "[arguments]",
                   concrete::ExpConcreteXXd, concrete::ConcreteXXd, concrete::DiscreteXXd) {
  const auto of = refusal<TestType>;
  CHECK(of(with(quiet_nan<>)) == "logits(2, 1) must not be NaN or +inf, but was nan");
  CHECK(of(with(-quiet_nan<>)) == "logits(2, 1) must not be NaN or +inf, but was nan");
  CHECK(of(with(inf<>)) == "logits(2, 1) must not be NaN or +inf, but was inf");
  CHECK(of(with_column(-inf<>)) == "logits must leave at least one class in each column, but column 1 is all -inf");
  CHECK(of(MatrixXd(0, 2)) == "logits must not be empty, but are 0 x 2");
  CHECK(of(MatrixXd(3, 0)) == "logits must not be empty, but are 3 x 0");
  CHECK(of(MatrixXd()) == "logits must not be empty, but are 0 x 0");
  CHECK(of(with(-inf<>)) == "(nothing was thrown)");
}

TEMPLATE_TEST_CASE("Logits of a binary class are finite", "[arguments]", concrete::LogitBinaryConcreteXXd,
                   concrete::BinaryConcreteXXd, concrete::BernoulliXXd) {
  const auto of = refusal<TestType>;
  CHECK(of(with(quiet_nan<>)) == "logits(2, 1) must be finite, but was nan");
  CHECK(of(with(-quiet_nan<>)) == "logits(2, 1) must be finite, but was nan");
  CHECK(of(with(inf<>)) == "logits(2, 1) must be finite, but was inf");
  CHECK(of(with(-inf<>)) == "logits(2, 1) must be finite, but was -inf");
  CHECK(of(MatrixXd(0, 2)) == "logits must not be empty, but are 0 x 2");
  CHECK(of(MatrixXd(3, 0)) == "logits must not be empty, but are 3 x 0");
  CHECK(of(MatrixXd()) == "logits must not be empty, but are 0 x 0");
  CHECK(of(with(1e308)) == "(nothing was thrown)");
}

TEMPLATE_TEST_CASE("Probabilities of a categorical class are finite, not negative, and leave a class in each column",
                   "[arguments]", concrete::ExpConcreteXXd, concrete::ConcreteXXd, concrete::DiscreteXXd) {
  const auto of = [](const MatrixXd& p) { return refusal_of_marked<TestType>(probabilities(p)); };
  CHECK(of(with(-0.25)) == "probabilities(2, 1) must be finite and >= 0, but was -0.25");
  CHECK(of(with(quiet_nan<>)) == "probabilities(2, 1) must be finite and >= 0, but was nan");
  CHECK(of(with(inf<>)) == "probabilities(2, 1) must be finite and >= 0, but was inf");
  CHECK(of(with_column(0)) == "probabilities must leave at least one class in each column, but column 1 is all 0");
  CHECK(of(MatrixXd(0, 2)) == "probabilities must not be empty, but are 0 x 2");
  CHECK(of(MatrixXd(3, 0)) == "probabilities must not be empty, but are 3 x 0");
  CHECK(of(with(0)) == "(nothing was thrown)");
  CHECK(of(with(7)) == "(nothing was thrown)");
}

TEMPLATE_TEST_CASE("Probabilities of a binary class are in (0, 1), odds finite and positive", "[arguments]",
                   concrete::LogitBinaryConcreteXXd, concrete::BinaryConcreteXXd, concrete::BernoulliXXd) {
  const auto of = [](const MatrixXd& p) { return refusal_of_marked<TestType>(probabilities(p)); };
  CHECK(of(with(0)) == "probabilities(2, 1) must be in (0, 1), but was 0");
  CHECK(of(with(1)) == "probabilities(2, 1) must be in (0, 1), but was 1");
  CHECK(of(with(1.5)) == "probabilities(2, 1) must be in (0, 1), but was 1.5");
  CHECK(of(with(-0.25)) == "probabilities(2, 1) must be in (0, 1), but was -0.25");
  CHECK(of(with(quiet_nan<>)) == "probabilities(2, 1) must be in (0, 1), but was nan");
  CHECK(of(with(inf<>)) == "probabilities(2, 1) must be in (0, 1), but was inf");
  CHECK(of(MatrixXd(0, 2)) == "probabilities must not be empty, but are 0 x 2");

  const auto of_odds = [](const MatrixXd& alpha) { return refusal_of_marked<TestType>(odds(alpha)); };
  CHECK(of_odds(with(0)) == "odds(2, 1) must be finite and > 0, but was 0");
  CHECK(of_odds(with(-2)) == "odds(2, 1) must be finite and > 0, but was -2");
  CHECK(of_odds(with(quiet_nan<>)) == "odds(2, 1) must be finite and > 0, but was nan");
  CHECK(of_odds(with(inf<>)) == "odds(2, 1) must be finite and > 0, but was inf");
  CHECK(of_odds(MatrixXd(3, 0)) == "odds must not be empty, but are 3 x 0");
}

TEST_CASE("Of several bad entries the first is named, column after column", "[arguments]") {
  MatrixXd logits = with(inf<>);
  logits(0, 1) = logits(2, 0) = quiet_nan<>;
  CHECK(refusal<concrete::ExpConcreteXXd>(logits) == "logits(2, 0) must not be NaN or +inf, but was nan");
}

TEST_CASE("Logits that the type of the distribution cannot hold are refused before anything is read", "[arguments]") {
  using concrete::ExpConcrete;
  using AtMostFour = Eigen::Matrix<double, Eigen::Dynamic, 1, Eigen::ColMajor, 4, 1>;
  const auto zeros = [](Index rows, Index cols) -> MatrixXd { return MatrixXd::Zero(rows, cols); };
  const std::string tail = ", which the distribution's type does not allow";
  check_refusals({
      {"rows of a fixed vector", [&] { ExpConcrete<Eigen::Vector3d>(zeros(2, 1), 1); }, "logits are 2 x 1" + tail},
      {"columns of a fixed vector", [&] { ExpConcrete<Eigen::Vector3d>(zeros(3, 2), 1); }, "logits are 3 x 2" + tail},
      {"nothing for a fixed vector", [&] { ExpConcrete<Eigen::Vector3d>(zeros(0, 0), 1); }, "logits are 0 x 0" + tail},
      {"columns of a vector", [&] { concrete::ConcreteXd(zeros(3, 2), 1); }, "logits are 3 x 2" + tail},
      {"columns of a fixed matrix", [&] { concrete::Concrete<testing::Matrix32d>(zeros(3, 3), 1); },
       "logits are 3 x 3" + tail},
      {"more rows than the maximum", [&] { concrete::Discrete<AtMostFour>(zeros(5, 1)); }, "logits are 5 x 1" + tail},
      {"rows of a row vector", [&] { concrete::LogitBinaryConcrete<Eigen::RowVectorXd>(zeros(2, 3), 1); },
       "logits are 2 x 3" + tail},
      {"columns of a binary vector", [&] { concrete::BinaryConcreteXd(zeros(3, 2), 1); }, "logits are 3 x 2" + tail},
      {"a bernoulli matrix", [&] { concrete::Bernoulli<Eigen::Matrix2d>(zeros(2, 1)); }, "logits are 2 x 1" + tail},
      {"probabilities", [&] { ExpConcrete<Eigen::Vector3d>(probabilities(VectorXd::Ones(2)), 1); },
       "logits are 2 x 1" + tail},
  });
  CHECK_NOTHROW(concrete::Discrete<AtMostFour>(zeros(4, 1)));
}

// ---- The temperature ----

TEMPLATE_TEST_CASE("A temperature is finite and positive", "[arguments]", concrete::ExpConcreteXXd,
                   concrete::ConcreteXXd, concrete::LogitBinaryConcreteXXd, concrete::BinaryConcreteXXd) {
  const MatrixXd half = MatrixXd::Constant(3, 2, 0.5);
  const auto of = [&](auto temperature) {
    const std::string message = failure([&] { TestType(half, temperature); });
    CHECK(failure([&] { TestType(MatrixXd(half), temperature); }) == message);
    CHECK(failure([&] { TestType(probabilities(half), temperature); }) == message);
    return message;
  };
  CHECK(of(0) == "temperature must be finite and > 0, but was 0");
  CHECK(of(-0.0) == "temperature must be finite and > 0, but was -0");
  CHECK(of(-1) == "temperature must be finite and > 0, but was -1");
  CHECK(of(-0.5f) == "temperature must be finite and > 0, but was -0.5");
  CHECK(of(quiet_nan<>) == "temperature must be finite and > 0, but was nan");
  CHECK(of(-quiet_nan<float>) == "temperature must be finite and > 0, but was nan");
  CHECK(of(inf<>) == "temperature must be finite and > 0, but was inf");
  CHECK(of(-inf<>) == "temperature must be finite and > 0, but was -inf");
  CHECK(of(std::numeric_limits<double>::denorm_min()) == "(nothing was thrown)");
}

TEST_CASE("A temperature is judged in the scalar of the class", "[arguments]") {
  const auto of = [](double temperature) {
    return failure([&] { concrete::ExpConcreteXf(Eigen::VectorXf::Zero(3), temperature); });
  };
  CHECK(of(1e-60) == "temperature must be finite and > 0, but was 0");
  CHECK(of(1e60) == "temperature must be finite and > 0, but was inf");
  CHECK(of(1e-39) == "(nothing was thrown)");
}
