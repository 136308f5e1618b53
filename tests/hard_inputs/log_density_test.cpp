#include <Eigen/Core>
#include <cmath>

#include "catch.hpp"
#include "support/densities.hpp"
#include "support/limits.hpp"
#include "support/models.hpp"

// Log-densities where exponentials overflow, clipping would bite or terms cancel.

namespace {

using Eigen::Vector2d;
using Eigen::Vector3d;
using Eigen::Vector4d;
using testing::eps_error;
using testing::LogDensity;
using testing::Wide;

/// A value that was printed with so many decimals belongs to these parameters as exact numbers; so does `reference`.
void check_print(const LogDensity& reference, const char* printed, const char* half_a_digit) {
  CHECK(abs(Wide(reference.value - Wide(printed))) <= Wide(half_a_digit));
}

/// The density of a distribution at a point, against that of 50 digits for the same rounded numbers. Each argument
/// and each term is rounded once or twice by half an eps of its magnitude, and their sums no worse: 2 eps of the
/// magnitudes.
template <class D, class Point>
void check_density(const D& model, const Point& point) {
  const auto expected = testing::log_density(model, 0, point);
  CHECK(eps_error(model.log_prob(point), expected.value, expected.magnitude) <= 2);
}

/// One logit, one temperature, one point.
struct Scalars {
  const char* temperature;
  const char* logit;
  const char* point;
  const char* printed;
  const char* half_a_digit;
};

template <class T>
Eigen::VectorX<T> one(const char* number) {
  return Eigen::VectorX<T>::Constant(1, static_cast<T>(Wide(number)));
}

Eigen::VectorX<Wide> wide_one(const char* number) { return Eigen::VectorX<Wide>::Constant(1, Wide(number)); }

}  // namespace

// ---- LogitBinaryConcrete ----

TEMPLATE_TEST_CASE("LogitBinaryConcrete: finite log-densities at cold temperatures and far points and logits", "[hard]",
                   float, double) {
  // Elsewhere NaN (pytorch #18254), inf (TensorFlow Probability #1738), or -inf by log1p(exp(t)).
  const Scalars s = GENERATE(Scalars{"0.05", "-5", "-100", "-4.38202663467388", "5e-15"},
                             Scalars{"0.005", "-5", "-2000", "-10.3117480635263", "5e-14"},
                             Scalars{"0.1", "10", "-800", "-92.302585092994", "5e-13"},
                             Scalars{"1", "-1e6", "0", "-1000000", "1e-40"}, Scalars{"1", "100", "0", "-100", "1e-40"},
                             Scalars{"1", "800", "0", "-800", "1e-40"}, Scalars{"1", "-100", "0", "-100", "1e-40"},
                             Scalars{"1", "1e4", "0", "-10000", "1e-40"});
  CAPTURE(s.temperature, s.logit, s.point);
  check_print(testing::logit_binary_log_density(wide_one(s.logit), wide_one(s.point), Wide(s.temperature)), s.printed,
              s.half_a_digit);
  const concrete::LogitBinaryConcrete q(one<TestType>(s.logit), static_cast<TestType>(Wide(s.temperature)));
  check_density(q, one<TestType>(s.point));
}

// ---- BinaryConcrete ----

TEMPLATE_TEST_CASE("BinaryConcrete: a point of 1e-30 is neither clipped nor squared away", "[hard]", float, double) {
  const Scalars s = GENERATE(Scalars{"0.05", "-5", "1e-30", "64.1493852082271", "5e-14"},
                             Scalars{"2", "0", "1e-30", "-68.3844056092614", "5e-14"});
  CAPTURE(s.temperature, s.logit);
  check_print(testing::binary_log_density(wide_one(s.logit), wide_one(s.point), Wide(s.temperature)), s.printed,
              s.half_a_digit);
  const concrete::BinaryConcrete q(one<TestType>(s.logit), static_cast<TestType>(Wide(s.temperature)));
  check_density(q, one<TestType>(s.point));
}

TEMPLATE_TEST_CASE("BinaryConcrete: the log-densities of a probability of 0.1 at temperature 1", "[hard]", float,
                   double) {
  const Scalars s =
      GENERATE(Scalars{"1", "", "0.1", "1.02165124753", "5e-12"}, Scalars{"1", "", "0.3", "-0.250326285908", "5e-13"},
               Scalars{"1", "", "0.5", "-1.02165124753", "5e-12"}, Scalars{"1", "", "0.9", "-2.0110437312", "5e-11"});
  CAPTURE(s.point);
  const Eigen::VectorX<Wide> logit = Eigen::VectorX<Wide>::Constant(1, -log(Wide(9)));
  const auto exact = testing::binary_log_density(logit, wide_one(s.point), Wide(1));
  check_print(exact, s.printed, s.half_a_digit);

  const concrete::BinaryConcrete q(concrete::probabilities(one<TestType>("0.1")), 1);
  check_density(q, one<TestType>(s.point));
  // Half an eps in each of p and x moves their logits by up to 5 eps and the Jacobian by 4, of magnitudes from 5 up.
  CHECK(eps_error(q.log_prob(one<TestType>(s.point)), exact.value, exact.magnitude) <= 4);
}

// ---- Concrete and ExpConcrete ----

TEMPLATE_TEST_CASE("Concrete: log-densities of three logits, and of four probabilities", "[hard]", float, double) {
  using Vector = Eigen::VectorX<TestType>;
  const Vector3d a(.3, .1, .4), x(.2, .3, .5);
  const concrete::Concrete q(Vector(a.cast<TestType>()), static_cast<TestType>(0.4));
  check_density(q, Vector(x.cast<TestType>()));
  check_print(testing::concrete_log_density(testing::widen(a), x, Wide(0.4)), "-0.964740069282676", "2e-15");

  const Vector4d p(.1, .2, .3, .4), y(.1294, .2324, .3859, .2523);
  const concrete::Concrete r(concrete::probabilities(Vector(p.cast<TestType>())), static_cast<TestType>(2.2));
  check_density(r, Vector(y.cast<TestType>()));
  const Eigen::VectorX<Wide> log_p = testing::widen(p).unaryExpr([](const Wide& v) -> Wide { return log(v); });
  check_print(testing::concrete_log_density(log_p, y, Wide(2.2)), "3.97096803125305", "3e-14");
}

TEMPLATE_TEST_CASE("ExpConcrete: a log-density where the exponentials of all points but one are 0", "[hard]", float,
                   double) {
  using Vector = Eigen::Vector3<TestType>;
  const concrete::ExpConcrete q(Vector(0, 0, 0), static_cast<TestType>(0.01));
  check_density(q, Vector(0, -2000, -3000));
  check_print(testing::exp_concrete_log_density(Eigen::VectorX<Wide>::Zero(3), Vector3d(0, -2000, -3000), Wide("0.01")),
              "-48.5173293881142", "5e-14");
}

TEST_CASE("ExpConcrete: two equal classes at their centre, each temperature with its own normalizer", "[hard]") {
  // Elsewhere one normalizer served all rows of a batch: pytorch #37162.
  const Vector2d centre = Vector2d::Constant(-std::log(2.0));
  check_density(concrete::ExpConcrete(Vector2d(0, 0), 0.5), centre);
  check_density(concrete::ExpConcrete(Vector2d(0, 0), 2), centre);
  check_print(testing::exp_concrete_log_density(Eigen::VectorX<Wide>::Zero(2), centre, Wide(0.5)), "-2.07944154",
              "5e-9");
  check_print(testing::exp_concrete_log_density(Eigen::VectorX<Wide>::Zero(2), centre, Wide(2)), "-0.69314718", "5e-9");

  // Nor may the rows of a batch with different numbers of classes share one.
  Eigen::MatrixXd logits = Eigen::MatrixXd::Zero(3, 2), y = Eigen::MatrixXd::Constant(3, 2, -std::log(2.0));
  logits(2, 0) = -testing::inf<>;
  y(2, 0) = -testing::inf<>;
  const concrete::ExpConcrete batch(logits, 0.5);
  for (Eigen::Index b = 0; b < 2; ++b) {
    const auto expected = testing::log_density(batch, b, y.col(b));
    CHECK(eps_error(batch.log_prob(y)(b), expected.value, expected.magnitude) <= 2);
  }
}

TEMPLATE_TEST_CASE("A logit of -inf leaves the density of the other classes", "[hard]", float, double) {
  // Elsewhere NaN, from -inf + inf.
  using Vector = Eigen::Vector3<TestType>;
  const auto inf = testing::inf<TestType>;
  const Vector a(TestType(0.3), -inf, TestType(-0.7)), y(TestType(-0.2), -inf, TestType(-1.5));
  const Eigen::Vector2<TestType> rest_a(a(0), a(2)), rest_y(y(0), y(2));
  const concrete::ExpConcrete q(a, TestType(0.5));
  const concrete::ExpConcrete rest(rest_a, TestType(0.5));
  check_density(q, y);
  CHECK(q.log_prob(y) == rest.log_prob(rest_y));
  const Vector x = q.to_concrete(y);
  const Eigen::Vector2<TestType> rest_x(x(0), x(2));
  const concrete::Concrete on_simplex(a, TestType(0.5));
  const concrete::Concrete rest_on_simplex(rest_a, TestType(0.5));
  check_density(on_simplex, x);
  CHECK(on_simplex.log_prob(x) == rest_on_simplex.log_prob(rest_x));
}

TEMPLATE_TEST_CASE("Samples of many classes at cold temperatures have finite log-densities", "[hard]", float, double) {
  // Elsewhere NaN below a temperature of 0.3: pyro #3304.
  testing::Random random(431);
  for (const double temperature : {1e-6, 0.01, 0.1, 0.29}) {
    CAPTURE(temperature);
    const concrete::ExpConcrete q(random.vector<Eigen::VectorX<TestType>>(300, -5, 5), temperature);
    const auto drawn = q.sample_and_log_prob(random, 3);
    CHECK(drawn.log_prob.allFinite());
    for (Eigen::Index j = 0; j < 3; ++j) check_density(q, drawn.sample.col(j).eval());
  }
}
