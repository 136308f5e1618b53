#include "concrete/detail/gumbel_sum.hpp"

#include <boost/math/special_functions/bessel.hpp>
#include <boost/math/special_functions/digamma.hpp>
#include <boost/math/special_functions/gamma.hpp>
#include <cmath>

#include "catch.hpp"
#include "support/dual.hpp"
#include "support/gradient.hpp"
#include "support/limits.hpp"
#include "support/reference.hpp"

namespace detail = concrete::detail;
using detail::GumbelSum;
using detail::LogCdf;
using testing::Dual;
using testing::variable;
using testing::Wide;

namespace {

constexpr double euler = static_cast<double>(detail::euler_gamma);

/// How far a law may be from the true one, relative to its functions; where F is small, divided by it.
template <class Real>
constexpr double accuracy = 0;
template <>
constexpr double accuracy<float> = 2e-6;
template <>
constexpr double accuracy<double> = 2e-14;
template <>
constexpr double accuracy<long double> = 4e-17;

template <class Real>
double relative_error(Real actual, const Wide& expected) {
  return static_cast<double>(abs(Wide(actual) - expected) / abs(expected));
}

/// |actual - expected| in units of 1 + |expected|.
double error(double actual, double expected) { return std::abs(actual - expected) / (1 + std::abs(expected)); }

}  // namespace

// ---- Closed forms ----

TEMPLATE_TEST_CASE("The difference of two Gumbel variables is Logistic", "", float, double, long double) {
  using Real = TestType;
  constexpr double tolerance = accuracy<Real>;
  const GumbelSum<Real> sum(-1, false, 40, true), mirrored(1, true, 40);
  const Wide psi_2 = 1 - boost::math::constants::euler<Wide>();
  for (Real z = -36; z <= 36; z += Real(0.75)) {
    const Wide x = 1 / (1 + exp(Wide(z))), minus_log = log1p(exp(-Wide(z)));
    const LogCdf<Real> law = sum.at(z, true), image = mirrored.at(z);
    CAPTURE(z);
    CHECK(relative_error(law.minus_log, minus_log) <= tolerance);
    CHECK(relative_error(law.hazard, x) <= tolerance);
    CHECK(relative_error(law.curvature, Wide(x * x)) <= 10 * tolerance);
    CHECK(abs(Wide(law.slope) + x * (psi_2 - minus_log)) <= tolerance * x * (1 + minus_log));
    CHECK(relative_error(image.minus_log, minus_log) <= tolerance);
    CHECK(relative_error(image.hazard, x) <= tolerance);
    const Wide image_minus_log = log1p(exp(Wide(z)));
    CHECK(abs(Wide(image.slope) + x * (psi_2 - image_minus_log)) <= tolerance * x * (1 + image_minus_log));
  }
}

TEMPLATE_TEST_CASE("The sum of two Gumbel variables has a Bessel function for its law", "", double, long double) {
  using Real = TestType;
  const GumbelSum<Real> sum(1, false, 60);
  for (Real z = -6; z <= 60; z += Real(0.5)) {
    const Wide s = exp(-Wide(z)), root = 2 * sqrt(s);
    const Wide cdf = root * boost::math::cyl_bessel_k(1, root), density = 2 * s * boost::math::cyl_bessel_k(0, root);
    const LogCdf<Real> law = sum.at(z);
    CAPTURE(z, law.minus_log, law.hazard);
    CHECK(relative_error(law.minus_log, Wide(-log(cdf))) * static_cast<double>(cdf) <= accuracy<Real>);
    CHECK(relative_error(law.hazard, Wide(density / cdf)) * static_cast<double>(cdf) <= accuracy<Real>);
  }
}

TEST_CASE("A sum with next to nothing of the second variable is a Gumbel variable") {
  for (const double c : {1e-6, -1e-6}) {
    const GumbelSum<double> sum(c, false, 30);
    for (double z = -3; z <= 30; z += 0.5) {
      const LogCdf<double> law = sum.at(z, true);
      const double x = std::exp(-z);
      CAPTURE(c, z);
      // By powers of c, whose second is next.
      CHECK(std::abs(law.minus_log / (x * (1 + c * euler)) - 1) <= 100 * c * c);
      CHECK(std::abs(law.hazard / (x * (1 + c * euler)) - 1) <= 100 * c * c);
      CHECK(std::abs(law.slope / (x * euler) - 1) <= 100 * std::abs(c));
      CHECK(law.curvature >= 0);
      CHECK(law.curvature <= 10 * c * c * x * x + 1e-15 * x);
    }
  }
}

TEST_CASE("A mirrored sum with next to nothing of the second variable is a mirrored Gumbel variable") {
  const double c = 1e-6;
  const GumbelSum<double> sum(c, true, 3);
  for (double z = -30; z <= 3; z += 0.5) {
    const LogCdf<double> law = sum.at(z);
    const double x = std::exp(z), cdf = -std::expm1(-x), hazard = x * std::exp(-x) / cdf;
    CAPTURE(z);
    CHECK(error(law.minus_log, -std::log(cdf) + c * euler * hazard) <= 100 * c * c + 1e-14);
    CHECK(std::abs(law.hazard / hazard - 1) <= 100 * c);
    CHECK(std::abs(law.slope / (euler * hazard) - 1) <= 100 * c);
  }
}

// ---- Relations ----

TEMPLATE_TEST_CASE("What is mirrored has the mirrored law", "", double, long double) {
  using Real = TestType;
  for (const Real c : {Real(0.01), Real(0.2), Real(0.5), Real(0.77), Real(1)}) {
    const GumbelSum<Real> sum(-c, false, 30), mirrored(c, true, 30);
    for (Real z = -5; z <= 5; z += Real(0.25)) {
      const LogCdf<Real> here = mirrored.at(z), there = sum.at(-z);
      const Real cdf = std::exp(-here.minus_log), rest = std::exp(-there.minus_log);
      CAPTURE(c, z);
      CHECK(std::abs(cdf + rest - 1) <= 20 * testing::eps<Real>);
      CHECK(std::abs(here.hazard * cdf - there.hazard * rest) <= 20 * testing::eps<Real>);
      CHECK(std::abs(here.slope * cdf - there.slope * rest) <= 20 * testing::eps<Real>);
    }
  }
}

TEST_CASE("Hazard, curvature and slope are derivatives of -log F") {
  for (const bool mirrored : {false, true}) {
    for (const double c : {-1.0, -0.6, -0.05, 0.05, 0.4, 0.7, 0.98}) {
      if (mirrored && c < 0) continue;
      const GumbelSum<double> sum(c, mirrored, 20);
      const double lowest = mirrored ? -6 : -2.5;
      for (double z = lowest; z <= (mirrored ? 2.5 : 9); z += 0.4) {
        const LogCdf<double> law = sum.at(z, true);
        const auto minus_log = [&](double at) { return sum.at(at).minus_log; };
        const auto hazard = [&](double at) { return sum.at(at).hazard; };
        const auto of_c = [&](double at) { return GumbelSum<double>(at, mirrored, 20).at(z).minus_log; };
        CAPTURE(mirrored, c, z);
        CHECK(error(law.hazard, -testing::derivative(minus_log, z)) <= 1e-11);
        if (!mirrored) CHECK(error(law.curvature, law.hazard + testing::derivative(hazard, z)) <= 1e-10);
        if (std::abs(c) < 0.97) CHECK(error(law.slope, testing::derivative(of_c, c, 0x1p-10)) <= 1e-9);
      }
    }
  }
}

TEST_CASE("The curvature of a sum is a variance") {
  for (const double c : {-1.0, -0.3, -1e-3, 1e-3, 0.3, 0.99}) {
    const GumbelSum<double> sum(c, false, 100, true);
    for (double z = -2; z <= 100; z += 3) {
      CAPTURE(c, z);
      CHECK(sum.at(z, true).curvature > 0);
    }
  }
}

// ---- Tails ----

TEST_CASE("The left tail of a difference falls with the reciprocal of its factor") {
  for (const double c : {-1.0, -0.9, -0.7, -0.5}) {
    const GumbelSum<double> sum(c, false, 1);
    const double rate = -1 / c;
    for (const double z : {-20 / rate, -27 / rate, -36 / rate}) {  // F is e^-20 to e^-36
      const double expected = -z * rate - std::lgamma(1 + rate);
      const LogCdf<double> law = sum.at(z);
      CAPTURE(c, z);
      // What is next to it is e^z.
      const double tolerance = 1e-12 + 100 * std::exp(z);
      CHECK(std::abs(law.minus_log / expected - 1) <= tolerance);
      CHECK(std::abs(law.hazard / rate - 1) <= tolerance);
      // -log F = -rate z - log Gamma(1 + rate), and drate/dc = rate^2.
      CHECK(std::abs(law.slope / (rate * rate * (-z - boost::math::digamma(1 + rate))) - 1) <= tolerance);
    }
  }
}

TEST_CASE("The right tail is that of the Gumbel variable whose factor is larger") {
  for (const double c : {-1.0, -0.5, -0.01, 0.01, 0.25, 0.5}) {
    const GumbelSum<double> sum(c, false, 500);
    for (const double z : {80.0, 200.0, 500.0}) {
      const LogCdf<double> law = sum.at(z);
      const double expected = std::tgamma(1 - c) * std::exp(-z);
      CAPTURE(c, z);
      CHECK(std::abs(law.minus_log / expected - 1) <= 1e-12);
      CHECK(std::abs(law.hazard / expected - 1) <= 1e-12);
      CHECK(std::abs(law.slope / (-boost::math::digamma(1 - c) * expected) - 1) <= 1e-11);
    }
  }
}

TEST_CASE("The right tail of the sum of two is of the order of z e^-z") {
  const GumbelSum<double> sum(1, false, 500);
  for (const double z : {80.0, 200.0, 500.0}) {
    const LogCdf<double> law = sum.at(z);
    CAPTURE(z);
    CHECK(std::abs(law.minus_log / (std::exp(-z) * (z + 1 - 2 * euler)) - 1) <= 1e-12);
    CHECK(std::abs(law.hazard / (std::exp(-z) * (z - 2 * euler)) - 1) <= 1e-12);
  }
}

TEST_CASE("The left tail of a mirrored sum is e^z, the right one steeper") {
  for (const double c : {0.1, 0.5, 1.0}) {
    const GumbelSum<double> sum(c, true, 30);
    for (const double z : {-30.0, -100.0, -500.0}) {
      const LogCdf<double> law = sum.at(z);
      CAPTURE(c, z);
      CHECK(std::abs(law.minus_log / (-z - std::lgamma(1 + c)) - 1) <= 1e-13);
      CHECK(std::abs(law.hazard - 1) <= 1e-12);
    }
    const LogCdf<double> far = sum.at(30);
    CAPTURE(c);
    CHECK(far.minus_log >= 0);
    CHECK(far.minus_log <= 2 * std::tgamma(1 + 1 / c) * std::exp(-30 / c));
    CHECK(far.hazard >= 0);
  }
}

TEST_CASE("The factor of a simple right tail is a Gamma function") {
  using boost::math::digamma;
  for (const double c : {-1.0, -0.7, -0.5, -0.1}) {
    const auto [factor, slope] = GumbelSum<double>(c, false, 30).tail();
    CAPTURE(c);
    CHECK(std::abs(factor / std::tgamma(1 - c) - 1) <= 1e-14);
    CHECK(error(slope, -digamma(1 - c) * std::tgamma(1 - c)) <= 1e-14);
  }
  for (const double c : {0.5, 0.7, 1.0}) {
    const auto [factor, slope] = GumbelSum<double>(c, true, 30).tail();
    CAPTURE(c);
    CHECK(std::abs(factor / std::tgamma(1 + 1 / c) - 1) <= 1e-13);
    CHECK(error(slope, -digamma(1 + 1 / c) * std::tgamma(1 + 1 / c) / (c * c)) <= 2e-13);
  }
}

// ---- Scalars that carry derivatives ----

TEST_CASE("Laws over an autodiff scalar carry hazard and slope") {
  for (const bool mirrored : {false, true}) {
    for (const double c : {-1.0, -0.4, 0.3, 0.8}) {
      if (mirrored && c < 0) continue;
      const GumbelSum<double> plain(c, mirrored, 20);
      const GumbelSum<Dual> of_z(Dual(c), mirrored, 20), of_c(variable(c), mirrored, 20);
      for (const double z : {-2.0, -0.3, 0.0, 1.5, 3.0}) {
        const LogCdf<double> law = plain.at(z, true);
        const LogCdf<Dual> along_z = of_z.at(variable(z)), along_c = of_c.at(Dual(z));
        CAPTURE(mirrored, c, z);
        CHECK(error(along_z.minus_log.value(), law.minus_log) <= 1e-14);
        CHECK(error(along_z.minus_log.derivatives()(0), -law.hazard) <= 1e-13);
        CHECK(error(along_c.minus_log.derivatives()(0), law.slope) <= 1e-13);
        CHECK(error(along_c.hazard.value(), law.hazard) <= 1e-13);
        if (!mirrored) CHECK(error(along_z.hazard.derivatives()(0), law.curvature - law.hazard) <= 1e-13);
      }
    }
  }
}
