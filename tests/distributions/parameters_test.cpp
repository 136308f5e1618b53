#include "concrete/distributions/parameters.hpp"

#include <Eigen/Core>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <unsupported/Eigen/AutoDiff>

#include "catch.hpp"
#include "support/limits.hpp"

namespace detail = concrete::detail;
using Catch::Matchers::Message;
using concrete::odds;
using concrete::probabilities;
using detail::BinaryParameters;
using detail::CategoricalParameters;
using Eigen::Dynamic;
using Eigen::MatrixXd;
using Eigen::Vector2d;
using Eigen::Vector3d;
using Eigen::VectorXd;
using testing::inf;
using testing::quiet_nan;

namespace {

using Dual = Eigen::AutoDiffScalar<Eigen::Matrix<double, 1, 1>>;

/// A 4 x 20 matrix of zeros with one entry replaced.
MatrixXd with_entry(Eigen::Index i, Eigen::Index j, double value) {
  MatrixXd m = MatrixXd::Zero(4, 20);
  m(i, j) = value;
  return m;
}

/// A number of which nothing is known.
struct Silent {};

}  // namespace

// ---- Markers ----

TEST_CASE("Marked numbers are a plain copy of any expression") {
  const Vector3d p(.2, .3, .5);
  const auto marked = probabilities(p);
  STATIC_REQUIRE(std::is_same_v<decltype(marked), const concrete::Probabilities<Vector3d>>);
  CHECK(marked.value == p);
  const auto doubled = odds(2 * VectorXd(p).transpose());
  STATIC_REQUIRE(std::is_same_v<decltype(doubled), const concrete::Odds<Eigen::RowVectorXd>>);
  CHECK(doubled.value == 2 * p.transpose());
}

// ---- Messages ----

TEST_CASE("Messages have autodiff scalars by their value, and say so where a type has none") {
  using Second = Eigen::AutoDiffScalar<Eigen::Matrix<Dual, 1, 1>>;
  CHECK(detail::printable(Dual(-0.5, 1, 0)) == -0.5);
  CHECK(detail::printable(Second(Dual(-0.5, 1, 0))) == -0.5);
  CHECK(detail::printable(-0.5f) == -0.5);
  CHECK(detail::printable(1.0L / 3) == 1.0L / 3);
  CHECK(detail::printable(Silent()) == std::string("a value that does not print"));
}

// ---- Categorical ----

TEST_CASE("Categorical logits may be anything that leaves a class in every column") {
  const auto check = [](const auto& logits) { CategoricalParameters::check_logits(logits); };
  CHECK_NOTHROW(check(Vector3d(0, -inf<>, -1e308)));
  CHECK_NOTHROW(check(with_entry(3, 17, -inf<>)));
  CHECK_NOTHROW(check(VectorXd::Zero(1).eval()));
  CHECK_THROWS_MATCHES(check(with_entry(3, 17, quiet_nan<>)), std::invalid_argument,
                       Message("logits(3, 17) must not be NaN or +inf, but was nan"));
  CHECK_THROWS_MATCHES(check(with_entry(0, 2, inf<>)), std::invalid_argument,
                       Message("logits(0, 2) must not be NaN or +inf, but was inf"));
  MatrixXd m = MatrixXd::Zero(2, 3);
  m.col(1).setConstant(-inf<>);
  CHECK_THROWS_MATCHES(check(m), std::invalid_argument,
                       Message("logits must leave at least one class in each column, but column 1 is all -inf"));
  CHECK_THROWS_MATCHES(check(VectorXd()), std::invalid_argument, Message("logits must not be empty, but are 0 x 1"));
  CHECK_THROWS_MATCHES(check(MatrixXd(3, 0)), std::invalid_argument,
                       Message("logits must not be empty, but are 3 x 0"));
}

TEST_CASE("The first of several bad entries is named column after column") {
  MatrixXd m = with_entry(2, 1, quiet_nan<>);
  m(0, 5) = inf<>;
  CHECK_THROWS_MATCHES(CategoricalParameters::check_logits(m), std::invalid_argument,
                       Message("logits(2, 1) must not be NaN or +inf, but was nan"));
}

TEST_CASE("Categorical probabilities become their logarithms without being normalised") {
  const auto logits = [](const auto& p) { return CategoricalParameters::logits_of(probabilities(p)); };
  const Vector3d weights(2, 0, 0.25);
  CHECK(logits(weights) == Vector3d(std::log(2.0), -inf<>, std::log(0.25)));
  STATIC_REQUIRE(std::is_same_v<decltype(logits(Eigen::Vector3f())), Eigen::Vector3f>);
  CHECK_THROWS_MATCHES(logits(Vector2d(.5, -.5)), std::invalid_argument,
                       Message("probabilities(1, 0) must be finite and >= 0, but was -0.5"));
  CHECK_THROWS_MATCHES(logits(Vector2d(inf<>, .5)), std::invalid_argument,
                       Message("probabilities(0, 0) must be finite and >= 0, but was inf"));
  CHECK_THROWS_MATCHES(logits(with_entry(1, 2, quiet_nan<>)), std::invalid_argument,
                       Message("probabilities(1, 2) must be finite and >= 0, but was nan"));
  CHECK_THROWS_MATCHES(logits(with_entry(0, 0, 1)), std::invalid_argument,
                       Message("probabilities must leave at least one class in each column, but column 1 is all 0"));
  CHECK_THROWS_MATCHES(logits(MatrixXd(0, 3)), std::invalid_argument,
                       Message("probabilities must not be empty, but are 0 x 3"));
}

// ---- Binary ----

TEST_CASE("Binary logits must be finite") {
  const auto check = [](const auto& logits) { BinaryParameters::check_logits(logits); };
  CHECK_NOTHROW(check(with_entry(1, 1, std::numeric_limits<double>::max())));
  CHECK_NOTHROW(check(Eigen::RowVector3f(1, 2, 3)));
  CHECK_THROWS_MATCHES(check(with_entry(3, 17, -inf<>)), std::invalid_argument,
                       Message("logits(3, 17) must be finite, but was -inf"));
  CHECK_THROWS_MATCHES(check(with_entry(3, 17, inf<>)), std::invalid_argument,
                       Message("logits(3, 17) must be finite, but was inf"));
  CHECK_THROWS_MATCHES(check(with_entry(2, 0, quiet_nan<>)), std::invalid_argument,
                       Message("logits(2, 0) must be finite, but was nan"));
  CHECK_THROWS_MATCHES(check(MatrixXd(0, 0)), std::invalid_argument,
                       Message("logits must not be empty, but are 0 x 0"));
}

TEST_CASE("Binary probabilities become log-odds") {
  const auto logits = [](const auto& p) { return BinaryParameters::logits_of(probabilities(p)); };
  const Vector3d p(.25, .5, 1e-300);
  CHECK((logits(p) - Vector3d(-std::log(3.0), 0, std::log(1e-300))).cwiseAbs().maxCoeff() <= 1e-13);
  CHECK_THROWS_MATCHES(logits(Vector2d(.5, 1)), std::invalid_argument,
                       Message("probabilities(1, 0) must be in (0, 1), but was 1"));
  CHECK_THROWS_MATCHES(logits(Vector2d(0, .5)), std::invalid_argument,
                       Message("probabilities(0, 0) must be in (0, 1), but was 0"));
  CHECK_THROWS_MATCHES(logits(Vector2d(.5, quiet_nan<>)), std::invalid_argument,
                       Message("probabilities(1, 0) must be in (0, 1), but was nan"));
  CHECK_THROWS_MATCHES(logits(VectorXd()), std::invalid_argument,
                       Message("probabilities must not be empty, but are 0 x 1"));
}

TEST_CASE("Odds become their logarithms") {
  const auto logits = [](const auto& alpha) { return BinaryParameters::logits_of(odds(alpha)); };
  CHECK(logits(Vector3d(1, 8, 1e-300)) == Vector3d(0, std::log(8.0), std::log(1e-300)));
  CHECK_THROWS_MATCHES(logits(Vector2d(1, 0)), std::invalid_argument,
                       Message("odds(1, 0) must be finite and > 0, but was 0"));
  CHECK_THROWS_MATCHES(logits(Vector2d(-2, 1)), std::invalid_argument,
                       Message("odds(0, 0) must be finite and > 0, but was -2"));
  CHECK_THROWS_MATCHES(logits(Vector2d(1, inf<>)), std::invalid_argument,
                       Message("odds(1, 0) must be finite and > 0, but was inf"));
  CHECK_THROWS_MATCHES(logits(Vector2d(1, quiet_nan<>)), std::invalid_argument,
                       Message("odds(1, 0) must be finite and > 0, but was nan"));
  CHECK_THROWS_MATCHES(logits(MatrixXd(2, 0)), std::invalid_argument, Message("odds must not be empty, but are 2 x 0"));
}

// ---- Temperature ----

TEST_CASE("A temperature must be finite and positive") {
  const auto refusal = [](const char* value) {
    return Message(std::string("temperature must be finite and > 0, but was ") + value);
  };
  CHECK_NOTHROW(detail::check_temperature(1e-39f));
  CHECK_NOTHROW(detail::check_temperature(std::numeric_limits<double>::denorm_min()));
  CHECK_NOTHROW(detail::check_temperature(std::numeric_limits<double>::max()));
  CHECK_THROWS_MATCHES(detail::check_temperature(-0.5), std::invalid_argument, refusal("-0.5"));
  CHECK_THROWS_MATCHES(detail::check_temperature(0.0), std::invalid_argument, refusal("0"));
  CHECK_THROWS_MATCHES(detail::check_temperature(inf<float>), std::invalid_argument, refusal("inf"));
  CHECK_THROWS_MATCHES(detail::check_temperature(-inf<>), std::invalid_argument, refusal("-inf"));
  CHECK_THROWS_MATCHES(detail::check_temperature(-quiet_nan<>), std::invalid_argument, refusal("nan"));
}

// ---- Types ----

TEST_CASE("Autodiff parameters are checked by value and converted with their derivatives") {
  Eigen::Matrix<Dual, 2, 1> p;
  p << Dual(.25, 1, 0), Dual(.75);
  CHECK_NOTHROW(CategoricalParameters::check_logits(p));
  CHECK_NOTHROW(BinaryParameters::check_logits(p));
  CHECK(CategoricalParameters::logits_of(probabilities(p))(0).derivatives()(0) == 4);
  CHECK(std::abs(BinaryParameters::logits_of(probabilities(p))(0).derivatives()(0) - 1 / (.25 * .75)) < 1e-14);
  CHECK(BinaryParameters::logits_of(odds(p))(0).derivatives()(0) == 4);
  CHECK_THROWS_MATCHES(detail::check_temperature(Dual(-1)), std::invalid_argument,
                       Message("temperature must be finite and > 0, but was -1"));
  p(1) = Dual(quiet_nan<>);
  CHECK_THROWS_MATCHES(BinaryParameters::check_logits(p), std::invalid_argument,
                       Message("logits(1, 0) must be finite, but was nan"));
}

TEST_CASE("Logits that the type of a distribution cannot hold are refused") {
  CHECK(detail::convert_logits<VectorXd>(MatrixXd::Ones(3, 1).eval()) == VectorXd::Ones(3));
  CHECK(detail::convert_logits<Vector3d>(VectorXd::Ones(3).eval()) == Vector3d::Ones());
  CHECK_THROWS_MATCHES(detail::convert_logits<Vector3d>(VectorXd(2)), std::invalid_argument,
                       Message("logits are 2 x 1, which the distribution's type does not allow"));
  CHECK_THROWS_MATCHES(detail::convert_logits<VectorXd>(MatrixXd(3, 2)), std::invalid_argument,
                       Message("logits are 3 x 2, which the distribution's type does not allow"));
  CHECK_THROWS_MATCHES((detail::convert_logits<Eigen::Matrix<double, Dynamic, 4>>(MatrixXd(3, 2))),
                       std::invalid_argument,
                       Message("logits are 3 x 2, which the distribution's type does not allow"));
  using Bounded = Eigen::Matrix<double, Dynamic, Dynamic, Eigen::ColMajor, 4, 2>;
  CHECK(detail::convert_logits<Bounded>(MatrixXd::Ones(4, 2).eval()) == MatrixXd::Ones(4, 2));
  CHECK_THROWS_MATCHES(detail::convert_logits<Bounded>(MatrixXd(5, 2)), std::invalid_argument,
                       Message("logits are 5 x 2, which the distribution's type does not allow"));
  CHECK_THROWS_MATCHES(detail::convert_logits<Bounded>(MatrixXd(4, 3)), std::invalid_argument,
                       Message("logits are 4 x 3, which the distribution's type does not allow"));
}
