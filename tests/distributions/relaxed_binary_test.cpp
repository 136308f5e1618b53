#include "concrete/distributions/relaxed_binary.hpp"

#include <cmath>
#include <type_traits>

#include "catch.hpp"
#include "concrete/distributions/binary_concrete.hpp"
#include "concrete/distributions/logit_binary_concrete.hpp"
#include "support/gradient.hpp"
#include "support/limits.hpp"
#include "support/models.hpp"
#include "support/reference.hpp"

// What LogitBinaryConcrete and BinaryConcrete promise alike: distribution function and quantile, entry by entry.

namespace {

using Catch::Approx;
using concrete::BinaryConcrete;
using concrete::LogitBinaryConcrete;
using Eigen::Index;
using testing::draw_model;
using testing::eps_error;
using testing::identical;
using testing::Random;
using testing::Wide;

template <class T>
using One = Eigen::Matrix<T, 1, 1>;

Wide sigmoid(const Wide& t) { return t < 0 ? Wide(exp(t) / (1 + exp(t))) : Wide(1 / (1 + exp(-t))); }

}  // namespace

// ---- Values ----

TEMPLATE_TEST_CASE("Quantile and cdf undo each other", "[relaxed_binary][cdf]", LogitBinaryConcrete<Eigen::VectorXf>,
                   LogitBinaryConcrete<Eigen::VectorXd>, BinaryConcrete<Eigen::VectorXf>,
                   BinaryConcrete<Eigen::VectorXd>) {
  using Vector = typename TestType::Logits;
  using Scalar = typename TestType::Scalar;
  const double temperature = GENERATE(0.2, 1.0, 5.0);
  CAPTURE(temperature);
  Random random(161);
  const TestType q(random.vector<Vector>(20, -2, 2), temperature);
  const Vector u = random.vector<Vector>(20, 0.02, 0.98);
  // Scores within 6, up to 30 as y; near x = 1 (1 - x > e^-30 / 2 in double, e^-8 in float) x is off by an eps.
  const bool rounds_to_one = testing::is_on_x_scale<TestType> && temperature < 1;
  const Scalar eps = testing::eps<Scalar>;
  if (!rounds_to_one) CHECK((q.cdf(q.quantile(u)) - u).cwiseAbs().maxCoeff() <= 16 * eps);

  const Vector y = q.sample(random);
  const Vector there_and_back = q.quantile(q.cdf(y));
  for (Index i = 0; i < 20; ++i) {
    // A cdf near 1 is rounded by half an eps, of which the quantile makes eps / (2 t (1 - cdf)) in y.
    const Scalar upper = 1 - q.cdf(y)(i);
    const Scalar bound = 32 * eps * (1 + std::abs(y(i))) + eps / (static_cast<Scalar>(temperature) * upper);
    if (upper > 0) CHECK(std::abs(there_and_back(i) - y(i)) <= bound);
  }
}

TEMPLATE_TEST_CASE("The density is the derivative of cdf", "[relaxed_binary][cdf]", LogitBinaryConcrete<One<double>>,
                   BinaryConcrete<One<double>>) {
  for (const double temperature : {0.5, 1.0, 3.0}) {
    const TestType q(One<double>(0.8), temperature);
    for (const double y : {0.3, 0.5, 0.8}) {
      CAPTURE(temperature, y);
      const auto cdf = [&](double at) { return q.cdf(One<double>(at))(0); };
      CHECK(std::exp(q.log_prob(One<double>(y))) == Approx(testing::derivative(cdf, y, 0x1p-9)).epsilon(1e-11));
    }
  }
}

// ---- Ends ----

TEMPLATE_TEST_CASE("LogitBinaryConcrete: cdf and quantile at infinity", "[relaxed_binary][cdf]", float, double) {
  using Vector = Eigen::Vector4<TestType>;
  const auto inf = testing::inf<TestType>, nan = testing::quiet_nan<TestType>;
  const LogitBinaryConcrete q(Vector(-3, 0, 1, 2), 0.5);
  CHECK(identical(q.cdf(Vector(-inf, inf, nan, -inf)), Vector(0, 1, nan, 0)));
  CHECK(identical(q.quantile(Vector(0, 1, nan, 0)), Vector(-inf, inf, nan, -inf)));
  CHECK(identical(q.quantile(Vector(TestType(-1e-30), 2, -inf, inf)), Vector::Constant(nan)));
}

TEMPLATE_TEST_CASE("BinaryConcrete: cdf and quantile at 0 and 1 and beyond", "[relaxed_binary][cdf]", float, double) {
  using Vector = Eigen::Vector4<TestType>;
  const auto inf = testing::inf<TestType>, nan = testing::quiet_nan<TestType>;
  for (const double temperature : {0.5, 1.0, 2.0}) {
    const BinaryConcrete q(Vector(-3, 0, 1, 2), temperature);
    CHECK(identical(q.cdf(Vector(0, 1, nan, 0)), Vector(0, 1, nan, 0)));
    CHECK(identical(q.cdf(Vector(TestType(-1e-30), 2, -inf, inf)), Vector(0, 1, 0, 1)));
    CHECK(identical(q.quantile(Vector(0, 1, nan, 0)), Vector(0, 1, nan, 0)));
    CHECK(identical(q.quantile(Vector(TestType(-1e-30), 2, -inf, inf)), Vector::Constant(nan)));
  }
}

TEMPLATE_TEST_CASE("P(X > 1/2) is alpha / (1 + alpha) at every temperature", "[relaxed_binary][cdf]", float, double) {
  using T = TestType;
  for (const double logit : {-40.0, -2.0, 0.0, 0.3, 10.0}) {
    const Wide below = sigmoid(-Wide(static_cast<T>(logit)));
    for (const double temperature : {1e-6, 0.1, 1.0, 1e6}) {
      CAPTURE(logit, temperature);
      const One<T> a(static_cast<T>(logit));
      CHECK(eps_error(LogitBinaryConcrete<One<T>>(a, temperature).cdf(One<T>(T(0)))(0), below) <= 2);
      CHECK(eps_error(BinaryConcrete<One<T>>(a, temperature).cdf(One<T>(T(0.5)))(0), below) <= 2);
    }
  }
}

// ---- Shapes ----

TEMPLATE_TEST_CASE("Cdf and quantile answer entry by entry in the shape of their argument", "[relaxed_binary][cdf]",
                   LogitBinaryConcrete<Eigen::MatrixXd>, LogitBinaryConcrete<Eigen::Vector3d>,
                   LogitBinaryConcrete<testing::RowMajorXXf>, BinaryConcrete<Eigen::MatrixXf>,
                   BinaryConcrete<Eigen::RowVectorXd>) {
  using Scalar = typename TestType::Scalar;
  const TestType q = draw_model<TestType>(162);
  const Index n = q.dimension(), b = q.batch_size();
  Random random(163);
  const auto u = random.matrix<Eigen::MatrixX<Scalar>>(n, 3 * b, 0, 1);
  const auto y = q.quantile(u);
  const auto p = q.cdf(y);
  REQUIRE((y.rows() == n && y.cols() == 3 * b && p.rows() == n && p.cols() == 3 * b));
  for (Index j = 0; j < 3 * b; ++j) {
    const auto alone = testing::single(q, j % b);
    CHECK(identical(y.col(j), alone.quantile(u.col(j).eval())));
    CHECK(identical(p.col(j), alone.cdf(y.col(j).eval())));
  }
  CHECK(identical(q.quantile(1 * u), y));
  CHECK(identical(q.quantile(u.leftCols(b)), y.leftCols(b)));
}
