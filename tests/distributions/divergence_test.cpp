#include "concrete/distributions/divergence.hpp"

#include <Eigen/Core>
#include <stdexcept>
#include <type_traits>

#include "catch.hpp"

namespace detail = concrete::detail;
using Catch::Matchers::Message;
using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::RowVectorXd;
using Eigen::Vector2d;
using Eigen::VectorXd;

namespace {

/// As much of a distribution as a divergence asks for.
template <class LogitsType>
class Parameters {
 public:
  using Logits = LogitsType;
  using Scalar = typename Logits::Scalar;

  explicit Parameters(const Logits& logits) : logits_(logits) {}

  const Logits& logits() const { return logits_; }
  Index dimension() const { return logits_.rows(); }
  Index batch_size() const { return logits_.cols(); }

 private:
  Logits logits_;
};

template <class Logits>
Parameters(const Logits&) -> Parameters<Logits>;

MatrixXd numbered(Index rows, Index cols) {
  MatrixXd m(rows, cols);
  for (Index i = 0; i < m.size(); ++i) m(i) = static_cast<double>(i + 1);
  return m;
}

constexpr auto inner_product = [](const auto& a_q, const auto& a_p) {
  double total = 0;
  for (Index k = 0; k < a_q.size(); ++k) total += a_q(k) * a_p(k);
  return total;
};
constexpr auto inner_product_gradient = [](const auto& a_q, const auto& a_p, double w, auto&& grad_q, auto&& grad_p) {
  for (Index k = 0; k < a_q.size(); ++k) {
    grad_q(k) += w * a_p(k);
    grad_p(k) += w * a_q(k);
  }
};

}  // namespace

TEST_CASE("A divergence is a number for two vectors by type and else a row") {
  const auto value = [](const auto& q, const auto& p) {
    return detail::divergence(Parameters(q), Parameters(p), inner_product);
  };
  STATIC_REQUIRE(std::is_same_v<decltype(value(VectorXd(), Vector2d())), double>);
  STATIC_REQUIRE(std::is_same_v<decltype(value(MatrixXd(), Vector2d())), RowVectorXd>);
  STATIC_REQUIRE(std::is_same_v<decltype(value(MatrixXd(), MatrixXd())), RowVectorXd>);
  STATIC_REQUIRE(std::is_same_v<decltype(value(VectorXd(), MatrixXd())), Eigen::Matrix<double, 1, 1, Eigen::RowMajor>>);
  CHECK(value(Vector2d(1, 2), VectorXd(Vector2d(3, 4))) == 11);
}

TEST_CASE("Column j of q is compared with column j mod B of p") {
  const MatrixXd q = numbered(3, 6), p = 10 * numbered(3, 2);
  const RowVectorXd value = detail::divergence(Parameters(q), Parameters(p), inner_product);
  REQUIRE(value.cols() == 6);
  for (Index j = 0; j < 6; ++j) CHECK(value(j) == q.col(j).dot(p.col(j % 2)));
}

TEST_CASE("Gradients of a shared prior add up") {
  const MatrixXd q = numbered(3, 6), p = 10 * numbered(3, 2);
  const RowVectorXd w = (RowVectorXd(6) << 1, -2, 0.5, 3, 0, 4).finished();
  const auto result =
      detail::divergence_gradient(Parameters(q), Parameters(p), w, inner_product, inner_product_gradient);
  MatrixXd grad_q(3, 6), grad_p = MatrixXd::Zero(3, 2);
  for (Index j = 0; j < 6; ++j) {
    grad_q.col(j) = w(j) * p.col(j % 2);
    grad_p.col(j % 2) += w(j) * q.col(j);
  }
  CHECK(result.q.logits == grad_q);
  CHECK(result.p.logits == grad_p);
  CHECK(result.q.temperature == 0);
  CHECK(result.p.temperature == 0);
  CHECK(result.value == detail::divergence(Parameters(q), Parameters(p), inner_product));
}

TEST_CASE("A column with an upstream of zero is not asked for its gradient") {
  const MatrixXd q = numbered(2, 3);
  int asked = 0;
  const auto count = [&asked](const auto&, const auto&, double, auto&&, auto&&) { ++asked; };
  const auto gradient = [&](const auto& upstream) {
    return detail::divergence_gradient(Parameters(q), Parameters(q), upstream, inner_product, count);
  };
  CHECK(gradient(0).q.logits.isZero(0));
  CHECK(asked == 0);
  gradient(RowVectorXd(Eigen::RowVector3d(0, 1, 0)));
  CHECK(asked == 1);
  gradient(1);
  CHECK(asked == 4);
}

TEST_CASE("Shapes that do not fit are refused") {
  const auto value = [](Index q_rows, Index q_cols, Index p_rows, Index p_cols) {
    detail::divergence(Parameters(numbered(q_rows, q_cols)), Parameters(numbered(p_rows, p_cols)), inner_product);
  };
  CHECK_THROWS_MATCHES(value(2, 2, 3, 2), std::invalid_argument, Message("q must have 3 rows, but has 2"));
  CHECK_THROWS_MATCHES(value(3, 3, 3, 2), std::invalid_argument,
                       Message("q must have a multiple of 2 columns, but has 3"));
  CHECK_THROWS_MATCHES(value(3, 1, 3, 2), std::invalid_argument,
                       Message("q must have a multiple of 2 columns, but has 1"));
  const auto gradient = [](const RowVectorXd& upstream) {
    const Parameters q(numbered(3, 2));
    detail::divergence_gradient(q, q, upstream, inner_product, inner_product_gradient);
  };
  CHECK_THROWS_MATCHES(gradient(RowVectorXd::Ones(3)), std::invalid_argument,
                       Message("upstream must be 1 x 2, but is 1 x 3"));
}
