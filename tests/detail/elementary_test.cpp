#include "concrete/detail/elementary.hpp"

#include <array>
#include <bit>
#include <cfloat>
#include <cmath>
#include <cstdint>
#include <limits>

#include "catch.hpp"
#include "support/limits.hpp"
#include "support/random.hpp"
#include "support/reference.hpp"

#if FLT_EVAL_METHOD == 0  // in wider registers there are no such functions

namespace detail = concrete::detail;
using testing::eps_error;
using testing::inf;
using testing::quiet_nan;
using testing::Wide;

namespace {

struct Exp {
  template <class T>
  static T ours(T x) {
    return detail::loop_exp(x);
  }
  template <class T>
  static T exact(const T& x) {
    using std::exp;
    return exp(x);
  }
};

struct Log {
  template <class T>
  static T ours(T x) {
    return detail::loop_log(x);
  }
  template <class T>
  static T exact(const T& x) {
    using std::log;
    return log(x);
  }
};

/// e^x where it is a normal number.
struct ExpNormal {
  template <class T>
  static T ours(T x) {
    return detail::loop_exp_normal(x);
  }
  template <class T>
  static T exact(const T& x) {
    return Exp::exact(x);
  }
};

/// e^-|x|, flushed to 0 below the smallest normal number.
struct ExpFlushed {
  template <class T>
  static T ours(T x) {
    return detail::loop_exp_flushed(-std::abs(x));
  }
  template <class T>
  static T exact(const T& x) {
    using std::abs, std::exp;
    return exp(T(-abs(x)));
  }
};

struct Expm1 {
  template <class T>
  static T ours(T x) {
    return detail::loop_expm1(-std::abs(x));
  }
  template <class T>
  static T exact(const T& x) {
    using std::abs, std::expm1;
    return expm1(T(-abs(x)));
  }
};

/// The distance from a float to a result in double, in units in the last place of the float.
double ulp_error(float actual, double expected) {
  const auto rounded = static_cast<float>(expected);
  if (std::isnan(expected) || !std::isfinite(rounded) || !std::isfinite(actual)) {
    const bool alike = (std::isnan(actual) && std::isnan(expected)) || actual == rounded;
    return alike ? 0 : inf<>;
  }
  const float ulp = std::nextafter(std::abs(rounded), inf<float>) - std::abs(rounded);
  return std::abs(static_cast<double>(actual) - expected) / static_cast<double>(ulp);
}

}  // namespace

TEMPLATE_TEST_CASE("Elementary functions are within one ulp over all patterns of a float", "", Exp, ExpNormal, Log,
                   ExpFlushed, Expm1) {
  double worst = 0;
  float where = 0;
  constexpr std::uint64_t stride = 2003;  // a prime: every exponent, and every bit of the mantissa in turn
  for (std::uint64_t pattern = 0; pattern <= 0xffffffffu; pattern += stride) {
    const auto x = std::bit_cast<float>(static_cast<std::uint32_t>(pattern));
    constexpr bool for_normal_results = std::is_same_v<TestType, ExpFlushed> || std::is_same_v<TestType, ExpNormal>;
    if (for_normal_results && std::abs(x) > 87) continue;
    const double error = ulp_error(TestType::ours(x), TestType::exact(static_cast<double>(x)));
    if (!(error <= worst)) {
      worst = error;
      where = x;
    }
  }
  CAPTURE(where);
  CHECK(worst < 1);
}

TEMPLATE_TEST_CASE("Elementary functions are within one eps of 50 digits in double", "", Exp, ExpNormal, Log,
                   ExpFlushed, Expm1) {
  testing::Random random(1);
  double worst = 0, where = 0;
  for (int i = 0; i < 6000; ++i) {
    // In turn: where exp is finite, around 0, around 1 and over all magnitudes.
    const std::array<double, 4> points{
        random.uniform(-708, 709), random.uniform(-2, 2), 1 + random.uniform(-0.3, 0.3),
        std::ldexp(random.uniform(0.5, 1), static_cast<int>(random.uniform(-1020, 1020)))};
    double x = points[static_cast<std::size_t>(i % 4)];
    if constexpr (std::is_same_v<TestType, Log>) {
      x = std::abs(x);
    } else if (std::abs(x) > 708) {
      continue;
    }
    const double error = eps_error(TestType::ours(x), TestType::exact(Wide(x)));
    if (!(error <= worst)) {
      worst = error;
      where = x;
    }
  }
  CAPTURE(where);
  CHECK(worst < 1);
}

TEMPLATE_TEST_CASE("Elementary functions know zeros, infinities, NaNs and subnormal numbers", "", float, double) {
  using T = TestType;
  using Limits = std::numeric_limits<T>;
  SECTION("exp") {
    CHECK(detail::loop_exp(T(0)) == 1);
    CHECK(detail::loop_exp(T(-0.0)) == 1);
    CHECK(detail::loop_exp(inf<T>) == inf<T>);
    CHECK(detail::loop_exp(-inf<T>) == 0);
    CHECK(detail::loop_exp((Limits::max)()) == inf<T>);
    CHECK(detail::loop_exp(Limits::lowest()) == 0);
    CHECK(std::isnan(detail::loop_exp(quiet_nan<T>)));
    CHECK(std::isnan(detail::loop_exp(-quiet_nan<T>)));
    const T subnormal = std::log((Limits::min)()) - 5;
    CHECK(detail::loop_exp(subnormal) == Catch::Approx(static_cast<double>(std::exp(subnormal))).epsilon(1e-4));
  }
  SECTION("flushed exp") {
    const T lowest = -std::log((Limits::min)());
    CHECK(detail::loop_exp_flushed(T(0)) == 1);
    CHECK(detail::loop_exp_flushed(T(-0.0)) == 1);
    CHECK(detail::loop_exp_flushed(-T(0.999) * lowest) >= (Limits::min)());
    for (const T far : {T(1.001) * lowest, 2 * lowest, T(1e9), (Limits::max)(), inf<T>}) {
      CHECK(detail::loop_exp_flushed(-far) == 0);
      CHECK(detail::loop_exp_flushed(-far) == 0);
    }
    CHECK(std::isnan(detail::loop_exp_flushed(-quiet_nan<T>)));
    CHECK(std::isnan(detail::loop_exp_flushed(-quiet_nan<T>)));
  }
  SECTION("log of normal numbers") {
    for (const T x : {(Limits::min)(), T(1e-30), T(0.7), T(1), T(1.5), T(1e30), (Limits::max)()}) {
      CHECK(detail::loop_log_normal(x) == detail::loop_log(x));
    }
  }
  SECTION("log") {
    CHECK(detail::loop_log(T(1)) == 0);
    CHECK(detail::loop_log(T(0)) == -inf<T>);
    CHECK(detail::loop_log(T(-0.0)) == -inf<T>);
    CHECK(detail::loop_log(inf<T>) == inf<T>);
    CHECK(std::isnan(detail::loop_log(-inf<T>)));
    CHECK(std::isnan(detail::loop_log(T(-1))));
    CHECK(std::isnan(detail::loop_log(-Limits::denorm_min())));
    CHECK(std::isnan(detail::loop_log(quiet_nan<T>)));
    for (const T x : {Limits::denorm_min(), 5 * Limits::denorm_min(), (Limits::min)() / 3}) {
      CHECK(eps_error(detail::loop_log(x), log(Wide(x))) < 1);
    }
  }
  SECTION("expm1") {
    CHECK(detail::loop_expm1(T(0)) == 0);
    CHECK(detail::loop_expm1(-inf<T>) == -1);
    CHECK(std::isnan(detail::loop_expm1(quiet_nan<T>)));
    CHECK(detail::loop_expm1(-Limits::denorm_min()) == -Limits::denorm_min());
  }
}

TEST_CASE("A mask selects by the sign bit, also of a NaN and of -0") {
  CHECK(detail::select(detail::mask_of_sign(detail::bits_of(-1.0)), 2.0, 3.0) == 2.0);
  CHECK(detail::select(detail::mask_of_sign(detail::bits_of(1.0)), 2.0, 3.0) == 3.0);
  CHECK(detail::select(detail::mask_of_sign(detail::bits_of(-0.0f)), 2.0f, 3.0f) == 2.0f);
  CHECK(detail::mask_nan(quiet_nan<float>) == 0xffffffffu);
  CHECK(detail::mask_nan(-quiet_nan<float>) == 0xffffffffu);
  CHECK(detail::mask_nan(inf<float>) == 0u);
  CHECK(detail::mask_less(1.0, 2.0) == ~std::uint64_t{0});
  CHECK(detail::mask_less(2.0, 2.0) == 0u);
}

TEST_CASE("long double falls back on the standard library") {
  STATIC_REQUIRE_FALSE(detail::ElementaryScalar<long double>);
  CHECK(detail::loop_exp(1.5L) == std::exp(1.5L));
  CHECK(detail::loop_log(1.5L) == std::log(1.5L));
}

#endif
