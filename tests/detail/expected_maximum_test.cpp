#include "concrete/detail/expected_maximum.hpp"

#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <type_traits>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "support/gradient.hpp"
#include "support/limits.hpp"
#include "support/random.hpp"

namespace detail = concrete::detail;
using detail::GumbelSumRows;
using detail::MaximumIntegral;
using Eigen::Index;
using testing::Random;

namespace {

constexpr double euler = static_cast<double>(detail::euler_gamma);

/// A law with its maximum over some numbers.
template <class Law>
class Maximum {
 public:
  using Scalar = typename Law::Scalar;
  using Integral = MaximumIntegral<Law>;

  Maximum(Law law, const std::vector<double>& m,
          typename Integral::Requested requested = {.slope = true, .excess = false})
      : law_(std::move(law)), m_(m.begin(), m.end()), integral_(law_) {
    integral_.start(m_.data(), static_cast<Index>(m_.size()), requested);
  }
  Maximum(const Maximum&) = delete;
  Maximum& operator=(const Maximum&) = delete;

  Integral* operator->() { return &integral_; }

  double probability(std::size_t k) { return static_cast<double>(integral_.probability(static_cast<Index>(k))); }

  std::vector<double> probabilities() {
    std::vector<double> result;
    for (std::size_t k = 0; k < m_.size(); ++k) result.push_back(probability(k));
    return result;
  }

 private:
  Law law_;
  std::vector<Scalar> m_;
  Integral integral_;
};

double range_of(const std::vector<double>& m) { return -*std::min_element(m.begin(), m.end()); }

template <class Scalar>
detail::MaximumLaw<Scalar> law_for(double c, bool mirrored, const std::vector<double>& m) {
  return detail::make_maximum_law<Scalar>(static_cast<Scalar>(c), mirrored, static_cast<Index>(m.size()),
                                          static_cast<Scalar>(range_of(m)), {.slope = true, .curvature = true});
}

using Tabled = Maximum<detail::MaximumLaw<double>>;
using Untabled = Maximum<GumbelSumRows<long double>>;

double total(const std::vector<double>& values) {
  double result = 0;
  for (const double value : values) result += value;
  return result;
}

double harmonic_number(Index n) {
  double result = 0;
  for (Index k = n; k > 0; --k) result += 1 / static_cast<double>(k);
  return result;
}

/// Numbers the largest of which is 0.
std::vector<double> draw_numbers(Random& random, std::size_t n, double spread) {
  std::vector<double> m(n);
  for (double& value : m) value = random.uniform(-spread, 0);
  m[n / 2] = 0;
  return m;
}

struct Case {
  double c;
  bool mirrored;
};

/// All kinds of laws: of divergences and moments, with simple tails and without.
const std::vector<Case> cases{{-1, false},  {-0.6, false}, {-0.01, false}, {-1e-6, false}, {1, false},
                              {0.7, false}, {0.3, false},  {1e-6, false},  {1, true},      {0.7, true},
                              {0.5, true},  {0.45, true},  {0.1, true},    {1e-6, true}};

}  // namespace

TEMPLATE_TEST_CASE("What refers to a law cannot be copied away from it", "", float, double, long double) {
  using Integral = MaximumIntegral<detail::MaximumLaw<TestType>>;
  STATIC_REQUIRE_FALSE(std::is_copy_constructible_v<Integral>);
  STATIC_REQUIRE_FALSE(std::is_copy_assignable_v<Integral>);
  STATIC_REQUIRE_FALSE(std::is_constructible_v<Integral, detail::MaximumLaw<TestType>>);
}

// ---- Closed forms ----

TEST_CASE("The maximum of n Logistic variables is a harmonic number on average") {
  for (const Index n : {1, 2, 3, 10, 100, 1000, 10'000, 100'000}) {
    const std::vector<double> m(static_cast<std::size_t>(n), 0.0);
    const double expected = harmonic_number(n - 1);
    for (const Case& of : {Case{-1, false}, Case{1, true}}) {
      Tabled maximum(law_for<double>(of.c, of.mirrored, m), m);
      CAPTURE(n, of.c);
      CHECK(std::abs(maximum->expectation() - expected) <= 2e-14 * (1 + expected));
      CHECK(std::abs(maximum.probability(0) * static_cast<double>(n) - 1) <= 5e-13);
    }
  }
  const std::vector<double> ten(10, 0.0);
  CHECK(std::abs(Tabled(law_for<double>(-1, false, ten), ten)->expectation() - 2.828968253968254) <= 1e-14);
}

TEST_CASE("The larger of two Logistic variables has a closed form") {
  for (const double d : {0.01, 0.5, 3.0, 20.0}) {
    const std::vector<double> m{-d, 0};
    Tabled maximum(law_for<double>(-1, false, m), m);
    // P(m_0 + L is larger) = ∫ F(z) f(z + d) dz = (d e^-d - e^-d + e^-2d) / (1 - e^-d)^2
    const double e = std::exp(-d), rest = -std::expm1(-d);
    CAPTURE(d);
    CHECK(std::abs(maximum.probability(0) - e * (d - rest) / (rest * rest)) <= 2e-13);
    CHECK(std::abs(maximum->expectation() - (d * (1 + e) / rest - d) / 2) <= 2e-14);
  }
}

TEST_CASE("A single number is always the largest") {
  const std::vector<double> m{0};
  for (const Case& of : cases) {
    Tabled maximum(law_for<double>(of.c, of.mirrored, m), m);
    const double mean = of.mirrored ? -euler * (1 - of.c) : euler * (1 + of.c);
    CAPTURE(of.c, of.mirrored);
    CHECK(std::abs(maximum.probability(0) - 1) <= 1e-14);
    CHECK(std::abs(maximum->expectation() - mean) <= 4e-14);
    CHECK(std::abs(maximum->slope() - euler) <= 2e-13);
  }
}

// ---- Any numbers ----

TEST_CASE("Probabilities of the largest add up to one", "[slow]") {
  Random random(711);
  for (const Case& of : cases) {
    for (const std::size_t n : {2u, 5u, 40u}) {
      for (const double spread : {0.0, 10.0, 500.0}) {
        if (n != 5 && spread == 500) continue;  // such tables are long
        const std::vector<double> m = draw_numbers(random, n, spread);
        Tabled maximum(law_for<double>(of.c, of.mirrored, m), m);
        const std::vector<double> p = maximum.probabilities();
        CAPTURE(of.c, of.mirrored, n, spread, total(p));
        CHECK(std::abs(total(p) - 1) <= 2e-14);
        CHECK(*std::min_element(p.begin(), p.end()) >= -1e-15);
        CHECK(std::isfinite(maximum->expectation()));
      }
    }
  }
}

TEST_CASE("A table and the law itself in long double give the same maximum") {
  Random random(712);
  for (const Case& of : cases) {
    const std::vector<double> m = draw_numbers(random, 3, 6);
    Tabled maximum(law_for<double>(of.c, of.mirrored, m), m);
    Untabled exact(law_for<long double>(of.c, of.mirrored, m), m);
    const auto error = [](double actual, long double expected) {
      return std::abs(actual - static_cast<double>(expected)) / (1 + std::abs(static_cast<double>(expected)));
    };
    CAPTURE(of.c, of.mirrored);
    CHECK(error(maximum->expectation(), exact->expectation()) <= 2e-14);
    CHECK(error(maximum->slope(), exact->slope()) <= 2e-13);
    for (std::size_t k = 0; k < m.size(); ++k) {
      const double p = exact.probability(k);
      CAPTURE(k, m[k], p);
      CHECK(std::abs(maximum.probability(k) - p) <= 2e-14);
      if (!of.mirrored && of.c > 0) CHECK(std::abs(maximum.probability(k) / p - 1) <= 1e-12);
    }
  }
}

TEST_CASE("The probabilities are the slopes of the expected maximum", "[slow]") {
  Random random(713);
  for (const Case& of : cases) {
    std::vector<double> m = draw_numbers(random, 4, 3);
    Tabled maximum(law_for<double>(of.c, of.mirrored, m), m);
    const std::vector<double> p = maximum.probabilities();
    for (std::size_t k = 0; k < m.size(); ++k) {
      if (m[k] > -0.1) continue;
      const auto expectation = [&](double value) {
        std::vector<double> moved = m;
        moved[k] = value;
        return Tabled(law_for<double>(of.c, of.mirrored, moved), moved)->expectation();
      };
      CAPTURE(of.c, of.mirrored, k);
      CHECK(std::abs(p[k] - testing::derivative(expectation, m[k])) <= 2e-11);
    }
  }
}

TEST_CASE("The slope is that of the expected maximum along c") {
  Random random(714);
  for (const Case& of : {Case{-0.6, false}, Case{-0.3, false}, Case{0.7, false}, Case{0.2, false}, Case{0.8, true},
                         Case{0.6, true}, Case{0.4, true}, Case{0.2, true}}) {
    const std::vector<double> m = draw_numbers(random, 4, 3);
    const auto expectation = [&](double c) { return Tabled(law_for<double>(c, of.mirrored, m), m)->expectation(); };
    CAPTURE(of.c, of.mirrored);
    CHECK(std::abs(Tabled(law_for<double>(of.c, of.mirrored, m), m)->slope() -
                   testing::derivative(expectation, of.c, 0x1p-8)) <= 1e-9);
  }
}

TEST_CASE("The order of the numbers does not matter, nor do numbers far below") {
  Random random(715);
  for (const Case& of : cases) {
    const std::vector<double> m = draw_numbers(random, 5, 4), reversed(m.rbegin(), m.rend());
    std::vector<double> more = m;
    more.insert(more.begin(), {-80, -60, -90});
    Tabled maximum(law_for<double>(of.c, of.mirrored, m), m);
    Tabled backwards(law_for<double>(of.c, of.mirrored, reversed), reversed);
    Tabled longer(law_for<double>(of.c, of.mirrored, more), more);
    CAPTURE(of.c, of.mirrored);
    CHECK(std::abs(maximum->expectation() - backwards->expectation()) <= 2e-14);
    CHECK(std::abs(maximum->expectation() - longer->expectation()) <= 4e-14);
    for (std::size_t k = 0; k < m.size(); ++k) {
      const double p = maximum.probability(k);
      CAPTURE(k, p);
      CHECK(std::abs(p - backwards.probability(4 - k)) <= 2e-14);
      CHECK(std::abs(p - longer.probability(k + 3)) <= 2e-14);
    }
    for (std::size_t k = 0; k < 3; ++k) CHECK(longer.probability(k) <= 1e-14);
  }
}

TEST_CASE("Of sums, probabilities keep their digits however small they are") {
  for (const double c : {0.3, 0.7}) {
    const std::vector<double> m{0, -100, -200, -300};
    Tabled maximum(law_for<double>(c, false, m), m);
    const double first = maximum.probability(1) / std::exp(-100.0);
    CAPTURE(c, first);
    // Far below the others, the probability is proportional to e^m.
    CHECK(std::abs(maximum.probability(2) / std::exp(-200.0) / first - 1) <= 1e-11);
    CHECK(std::abs(maximum.probability(3) / std::exp(-300.0) / first - 1) <= 1e-11);
  }
}

TEST_CASE("The excess is what the maximum of sums has beyond one of them") {
  Random random(716);
  for (const double c : {-1.0, -0.4, -1e-6, 1e-6, 0.3, 0.8, 1.0}) {
    for (const double spread : {0.0, 1.0, 10.0}) {
      const std::vector<double> m = draw_numbers(random, 4, spread);
      Tabled maximum(law_for<double>(c, false, m), m, {.slope = false, .excess = true});
      const double expected = maximum->expectation() - euler * (1 + c), excess = maximum->excess();
      CAPTURE(c, spread, excess);
      if (c > 0) CHECK(std::abs(excess - expected) <= 4e-14 * (1 + expected));
      CHECK(excess > 0);
    }
  }
}

TEST_CASE("An excess keeps its digits however small it is") {
  for (const double c : {0.3, 0.8}) {
    const auto excess = [&](double below) {
      const std::vector<double> m{0, -below};
      return Tabled(law_for<double>(c, false, m), m, {.slope = false, .excess = true})->excess() / std::exp(-below);
    };
    CAPTURE(c);
    CHECK(std::abs(excess(300) / excess(200) - 1) <= 1e-11);
    CHECK(std::abs(excess(500) / excess(300) - 1) <= 1e-11);
  }
}

// ---- Integrands of rows ----

TEST_CASE("Rows of hazards, slopes and curvatures are what the integrals are made of") {
  Random random(717);
  for (const double c : {0.3, 0.9}) {
    const std::vector<double> m = draw_numbers(random, 3, 2);
    Tabled maximum(law_for<double>(c, false, m), m);
    const auto count = static_cast<std::size_t>(maximum->count());
    std::vector<double> row(count), hazards(count, 0), curvatures(count, 0);
    double slope = 0;
    for (Index k = 0; k < 3; ++k) {
      maximum->hazards(k, row.data());
      CHECK(maximum->integral_of(row.data()) == maximum->probability(k));
      for (std::size_t i = 0; i < count; ++i) hazards[i] += row[i];
      maximum->curvatures(k, row.data());
      for (std::size_t i = 0; i < count; ++i) curvatures[i] += row[i];
      maximum->slopes(k, row.data());
      slope += maximum->integral_of(row.data());
    }
    CAPTURE(c);
    CHECK(std::abs(slope - maximum->slope()) <= 1e-13);
    // ∫ P H = ∫ P (H^2 + H') = 1, of which the curvatures hold H + H'.
    for (std::size_t i = 0; i < count; ++i) row[i] = hazards[i] * hazards[i] + curvatures[i] - hazards[i];
    CHECK(std::abs(maximum->integral_of(row.data())) <= 1e-13);
    CHECK(std::abs(maximum->integral_of(hazards.data()) - 1) <= 1e-14);
  }
}
