#include "concrete/detail/math.hpp"

#include <Eigen/Core>
#include <boost/math/special_functions/gamma.hpp>
#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

#include "catch.hpp"
#include "support/dual.hpp"
#include "support/limits.hpp"
#include "support/reference.hpp"

namespace detail = concrete::detail;
using Eigen::Index;
using testing::Dual;
using testing::eps_error;
using testing::inf;
using testing::quiet_nan;
using testing::variable;
using testing::Wide;

namespace {

/// Both signs of every magnitude that matters: around 1, tiny, where exp(-t) leaves the normal numbers, huge.
template <class T>
std::vector<T> real_line() {
  using Limits = std::numeric_limits<T>;
  const T underflow = -std::log(Limits::denorm_min());
  std::vector<T> points{0, Limits::denorm_min(), (Limits::min)(), Limits::epsilon(), (Limits::max)()};
  for (int k = -12; k <= 6; ++k) points.push_back(static_cast<T>(std::pow(T(10), static_cast<T>(k))));
  for (T t = T(0.125); t < 45; t += T(0.71)) points.push_back(t);
  for (T t = T(0.98) * underflow; t < T(1.02) * underflow; t += underflow / 200) points.push_back(t);
  const std::size_t half = points.size();
  for (std::size_t i = 0; i < half; ++i) points.push_back(-points[i]);
  return points;
}

/// The largest relative error of f over the points in units of eps, and where that is.
template <class T>
struct Worst {
  double error = -1;
  T where = 0;
};

template <class T, class F, class Reference>
Worst<T> worst(const std::vector<T>& points, const F& f, const Reference& reference) {
  Worst<T> result;
  for (const T x : points) {
    const double error = eps_error(f(x), reference(Wide(x)));
    if (!(error <= result.error)) result = {error, x};
  }
  return result;
}

}  // namespace

// ---- One variable, against 50 digits ----

TEMPLATE_TEST_CASE("softplus and logistic functions keep relative precision on the whole line", "", float, double,
                   long double) {
  using T = TestType;
  const auto line = real_line<T>();
  const auto check = [&](const char* name, double tolerance, const auto& f, const auto& reference) {
    const Worst<T> w = worst<T>(line, f, reference);
    INFO(name << " at " << w.where);
    CHECK(w.error <= tolerance);
  };
  // eps each: one per rounded operation and half an eps of exp, log1p or tanh, plus their own inaccuracy.
  check("softplus", 2, detail::softplus<T>,
        [](const Wide& t) { return t > 0 ? Wide(t + log1p(exp(-t))) : log1p(exp(t)); });
  check("sigmoid", 2, detail::sigmoid<T>, [](const Wide& t) { return Wide(1 / (1 + exp(-t))); });
  check("sigmoid_slope", 3, detail::sigmoid_slope<T>, [](const Wide& t) {
    const Wide decay = exp(-abs(t));
    return Wide(decay / ((1 + decay) * (1 + decay)));
  });
  // tanh(t / 2) as gradients make it.
  check(
      "loop_exp_pair", 2.5,
      [](T t) {
        const T m = detail::loop_exp_pair<T>(-std::abs(t)).expm1;
        return detail::with_sign_of<T>(-m / (2 + m), t);
      },
      [](const Wide& t) {
        const Wide decay = expm1(-abs(t)), size = -decay / (decay + 2);
        return t < 0 ? Wide(-size) : size;
      });
}

TEMPLATE_TEST_CASE("logit keeps relative precision at 0 and 1 and around its zero", "", float, double, long double) {
  using T = TestType;
  using Limits = std::numeric_limits<T>;
  std::vector<T> points{Limits::denorm_min(), (Limits::min)(),          T(1e-30), T(1e-10),
                        Limits::epsilon(),    1 - Limits::epsilon() / 2};
  for (int k = 1; k < 400; ++k) points.push_back(static_cast<T>(k) / 400);
  for (int k = 2; k < Limits::digits; ++k) {
    points.push_back(T(0.5) + std::ldexp(T(1), -k));
    points.push_back(T(0.5) - std::ldexp(T(1), -k));
  }
  for (const T seam : {T(0.25), T(0.75)}) {
    for (const T towards : {T(0), T(1)}) points.push_back(std::nextafter(seam, towards));
  }
  const Worst<T> w = worst<T>(points, detail::logit<T>, [](const Wide& x) { return Wide(log(x / (1 - x))); });
  INFO("at " << w.where);
  CHECK(w.error <= 2.5);
}

TEMPLATE_TEST_CASE("Functions of one variable reach their limits", "", float, double, long double) {
  using T = TestType;
  CHECK(detail::softplus<T>(-inf<T>) == 0);
  CHECK(detail::softplus<T>(inf<T>) == inf<T>);
  CHECK(detail::sigmoid<T>(-inf<T>) == 0);
  CHECK(detail::sigmoid<T>(inf<T>) == 1);
  CHECK(detail::sigmoid_slope<T>(-inf<T>) == 0);
  CHECK(detail::sigmoid_slope<T>(inf<T>) == 0);
  CHECK(detail::loop_exp_pair<T>(-inf<T>).exp == 0);
  CHECK(detail::loop_exp_pair<T>(-inf<T>).expm1 == -1);
  CHECK(detail::loop_exp_pair<T>(0).exp == 1);
  CHECK(detail::loop_exp_pair<T>(0).expm1 == 0);
  CHECK(detail::logit<T>(0) == -inf<T>);
  CHECK(detail::logit<T>(1) == inf<T>);
  CHECK(detail::logit<T>(T(0.5)) == 0);
  CHECK(std::isnan(detail::logit<T>(T(-0.01))));
  CHECK(std::isnan(detail::logit<T>(T(1.01))));
}

TEMPLATE_TEST_CASE("Functions of one variable pass NaN on", "", float, double, long double) {
  using T = TestType;
  for (const T sign : {T(1), T(-1)}) {
    const T x = std::copysign(quiet_nan<T>, sign);
    CHECK(std::isnan(detail::softplus<T>(x)));
    CHECK(std::isnan(detail::sigmoid<T>(x)));
    CHECK(std::isnan(detail::sigmoid_slope<T>(x)));
    CHECK(std::isnan(detail::loop_exp_pair<T>(-std::abs(x)).exp));
    CHECK(std::isnan(detail::loop_exp_pair<T>(-std::abs(x)).expm1));
    CHECK(std::isnan(detail::logit<T>(x)));
    CHECK(std::isnan(detail::log_of_total<T>(x)));
    CHECK(std::isnan(detail::abs<T>(x)));
  }
}

TEST_CASE("An autodiff scalar carries value and derivative through every function") {
  for (const double t : {-30.0, -3.0, -0.5, 0.0, 0.25, 2.0, 12.0}) {
    INFO("t = " << t);
    const Dual x = variable(t);
    // The generic paths have no log1p: absolute errors of some eps.
    const auto check = [](const Dual& y, double value, double derivative) {
      CHECK(std::abs(y.value() - value) <= 4e-16 * (1 + std::abs(value)));
      CHECK(std::abs(y.derivatives()(0) - derivative) <= 4e-16 * (1 + std::abs(derivative)));
    };
    check(detail::exp<Dual>(x), std::exp(t), std::exp(t));
    check(detail::softplus<Dual>(x), detail::softplus(t), detail::sigmoid(t));
    check(detail::sigmoid<Dual>(x), detail::sigmoid(t), detail::sigmoid_slope(t));
    check(detail::sigmoid_slope<Dual>(x), detail::sigmoid_slope(t), -detail::sigmoid_slope(t) * std::tanh(t / 2));
    check(detail::log_sigmoid_slope<Dual>(x), std::log(detail::sigmoid_slope(t)), -std::tanh(t / 2));
    if (t != 0) check(detail::abs<Dual>(x), std::abs(t), t < 0 ? -1 : 1);
  }
  for (const double p : {0.01, 0.3, 0.5, 0.7, 0.9}) {
    INFO("p = " << p);
    const Dual y = detail::logit<Dual>(variable(p));
    CHECK(std::abs(y.value() - detail::logit(p)) <= 1e-15);
    CHECK(std::abs(y.derivatives()(0) * p * (1 - p) - 1) <= 1e-15);
    const Dual z = detail::log1p<Dual>(variable(p));
    CHECK(std::abs(z.value() - std::log1p(p)) <= 1e-15);
    CHECK(std::abs(z.derivatives()(0) * (1 + p) - 1) <= 1e-15);
  }
}

// ---- Constants and questions ----

TEST_CASE("The plain scalar is the type itself or double") {
  STATIC_REQUIRE(std::is_same_v<detail::PlainScalar<float>, float>);
  STATIC_REQUIRE(std::is_same_v<detail::PlainScalar<long double>, long double>);
  STATIC_REQUIRE(std::is_same_v<detail::PlainScalar<Dual>, double>);
  CHECK(detail::infinity<float>() == inf<float>);
  CHECK(detail::infinity<Dual>().value() == inf<>);
  CHECK(std::isnan(detail::quiet_nan<long double>()));
  CHECK(detail::is_nan(detail::quiet_nan<Dual>()));
  CHECK_FALSE(detail::is_nan(1.0));
  CHECK(detail::constant<float>(3) == 3.0f);
  CHECK(detail::constant<Dual>(3).derivatives()(0) == 0);
}

TEST_CASE("Only -inf is masked") {
  CHECK(detail::is_masked(-inf<>));
  CHECK(detail::is_masked(-inf<float>));
  CHECK(detail::is_masked(Dual(-inf<>)));
  for (const double x : {std::numeric_limits<double>::lowest(), 0.0, inf<>, quiet_nan<>}) {
    CHECK_FALSE(detail::is_masked(x));
  }
}

TEST_CASE("What rounding made negative becomes zero and keeps its derivatives") {
  CHECK(detail::at_least_zero(-1e-17) == 0);
  CHECK(detail::at_least_zero(1e-17f) == 1e-17f);
  CHECK(std::isnan(detail::at_least_zero(quiet_nan<>)));
  const Dual zero = detail::at_least_zero<Dual>(3 * variable(-1e-17));
  CHECK(zero.value() == 0);
  CHECK(zero.derivatives()(0) == 3);
  CHECK(detail::at_least_zero<Dual>(3 * variable(2)).value() == 6);
}

TEST_CASE("A factor of zero wins over whatever it multiplies") {
  for (const double value : {inf<>, -inf<>, quiet_nan<>, 3.0}) {
    CHECK(detail::product_with_zero(0.0, value) == 0);
    CHECK(detail::product_with_zero(-0.0, value) == 0);
  }
  CHECK(detail::product_with_zero(-2.0, inf<>) == -inf<>);
  CHECK(detail::product_with_zero(-2.0, 3.0) == -6);
  CHECK(std::isnan(detail::product_with_zero(quiet_nan<>, 3.0)));
  CHECK(detail::product_with_zero(Dual(0), detail::infinity<Dual>()).value() == 0);
  CHECK(detail::product_with_zero(variable(0), Dual(3)).derivatives()(0) == 3);
  CHECK(detail::product_with_zero(variable(0), detail::infinity<Dual>()).derivatives()(0) == 0);
}

// ---- log Gamma ----

TEMPLATE_TEST_CASE("log_gamma is the logarithm of the factorial", "", float, double, long double) {
  using T = TestType;
  CHECK(detail::log_gamma<T>(1) == 0);
  CHECK(detail::log_gamma<T>(2) == 0);
  // Stirling's terms cancel to half of their size where the series begins.
  constexpr double tolerance = 3;
  Wide factorial = 1;
  double largest = 0;
  Index where = 0;
  for (Index n = 3; n <= 4000; ++n) {
    factorial *= n - 1;
    if (n > 100 && n % 50 != 0) continue;
    const double error = eps_error(detail::log_gamma<T>(n), Wide(log(factorial)));
    if (!(error <= largest)) {
      largest = error;
      where = n;
    }
  }
  INFO("n = " << where);
  CHECK(largest <= tolerance);
  CHECK(eps_error(detail::log_gamma<T>(100'000), Wide("1051287.70897365689490085801825")) <= tolerance);
  CHECK(eps_error(detail::log_gamma<T>(1'000'000), Wide("12815504.569147611659976971785")) <= tolerance);
  CHECK(eps_error(detail::log_gamma<T>(10'000'000), Wide("151180949.369473913940105582879")) <= tolerance);
}

TEST_CASE("log_gamma agrees with Boost.Math up to ten million") {
  for (double n = 1; n < 1e7; n = std::floor(1.03 * n + 1)) {
    const double expected = boost::math::lgamma(n);
    INFO("n = " << n);
    CHECK(std::abs(detail::log_gamma<double>(static_cast<Index>(n)) - expected) <=
          4 * std::numeric_limits<double>::epsilon() * expected);
  }
}
