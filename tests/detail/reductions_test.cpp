#include "concrete/detail/reductions.hpp"

#include <Eigen/Core>
#include <cmath>
#include <cstddef>
#include <vector>

#include "catch.hpp"
#include "support/dual.hpp"
#include "support/limits.hpp"
#include "support/random.hpp"
#include "support/reference.hpp"

namespace detail = concrete::detail;
using Eigen::Index;
using testing::Dual;
using testing::eps_error;
using testing::inf;
using testing::quiet_nan;
using testing::variable;
using testing::Wide;

// ---- Sums ----

TEST_CASE("A sum takes every term once") {
  for (const Index count : {0, 1, 7, 8, 9, 15, 16, 127, 128, 129, 136, 255, 256, 257, 1000, 4099}) {
    std::vector<int> taken(static_cast<std::size_t>(count), 0);
    const double total = detail::sum<double>(count, [&](Index k) {
      ++taken[static_cast<std::size_t>(k)];
      return static_cast<double>(k);
    });
    INFO(count << " terms");
    CHECK(total == static_cast<double>(count * (count - 1) / 2));
    CHECK(taken == std::vector<int>(static_cast<std::size_t>(count), 1));
  }
}

TEST_CASE("A sum may begin anywhere and be of autodiff scalars") {
  const auto square = [](Index k) { return static_cast<double>(k * k); };
  CHECK(detail::sum<double>(Index{3}, Index{7}, square) == 9 + 16 + 25 + 36);
  CHECK(detail::sum<double>(Index{-2}, Index{300}, square) - detail::sum<double>(Index{300}, square) == 5);
  const Dual x = variable(2);
  const Dual total = detail::sum<Dual>(Index{300}, [&](Index k) { return Dual(x * static_cast<double>(k)); });
  CHECK(total.value() == 299 * 300);
  CHECK(total.derivatives()(0) == 299 * 150);
  CHECK(detail::sum<Dual>(Index{0}, [&](Index) { return x; }).value() == 0);
}

TEMPLATE_TEST_CASE("The error of a long sum grows with the logarithm of its length", "", float, double) {
  using T = TestType;
  constexpr Index count = 1'000'000;
  // At most 16 + 3 additions within a block and 13 above it, each with half an eps of the sum of magnitudes. A plain
  // loop misses a million times 0.1 by 5000 eps at least.
  constexpr double bound = (16 + 3 + 13) / 2.0;
  const auto error = [&](const auto& term) {
    Wide exact = 0, magnitude = 0;
    for (Index k = 0; k < count; k += 1000) {
      long double total = 0, size = 0;
      for (Index i = k; i < k + 1000; ++i) {
        total += static_cast<long double>(term(i));
        size += static_cast<long double>(std::abs(term(i)));
      }
      exact += Wide(total);
      magnitude += Wide(size);
    }
    return eps_error(detail::sum<T>(count, term), exact, magnitude);
  };
  CHECK(error([](Index) { return T(0.1); }) <= bound);
  testing::Random random(1);
  const auto terms = random.vector<Eigen::Matrix<T, Eigen::Dynamic, 1>>(count, -1, 2);
  CHECK(error([&](Index k) { return terms(k); }) <= bound);
}

// ---- Maxima ----

TEST_CASE("The maximum is found wherever it stands") {
  for (const Index size : {1, 2, 8, 9, 16, 17, 33, 100}) {
    for (Index place = 0; place < size; ++place) {
      Eigen::VectorXd column = Eigen::VectorXd::Constant(size, -7);
      column(place) = -3;
      if (detail::maximum(column) != -3) FAIL("size " << size << " place " << place);
    }
  }
  CHECK(detail::maximum(Eigen::Vector3d(-inf<>, -inf<>, -inf<>)) == -inf<>);
  CHECK(detail::maximum(Eigen::Vector3d(0, inf<>, 1)) == inf<>);
  Eigen::Matrix<Dual, 2, 1> duals(variable(1), variable(2));
  CHECK(detail::maximum(duals).value() == 2);
}

// ---- log sum exp ----

TEMPLATE_TEST_CASE("log_sum_exp is accurate for numbers of any size", "", float, double, long double) {
  using T = TestType;
  using Vector = Eigen::Matrix<T, Eigen::Dynamic, 1>;
  testing::Random random(2);
  for (const T offset : {T(0), T(1e4), T(-1e4)}) {
    for (const Index size : {1, 2, 5, 40, 300}) {
      const Vector column = random.vector<Vector>(size, -8, 8).array() + offset;
      Wide total = 0;
      for (Index k = 0; k < size; ++k) total += exp(Wide(column(k)));
      const auto result = detail::log_sum_exp(column);
      INFO("offset " << offset << " size " << size);
      CHECK(result.top == column.maxCoeff());
      CHECK(result.total >= 1);
      CHECK(eps_error(result.value(), Wide(log(total)), Wide(1 + std::abs(offset))) <=
            2 + static_cast<double>(size) / 64);
    }
  }
}

TEST_CASE("log_sum_exp of infinities") {
  const auto value = [](const Eigen::VectorXd& column) { return detail::log_sum_exp(column).value(); };
  const double low = -inf<>, high = inf<>;
  CHECK(value(Eigen::Vector3d(low, 1.5, low)) == 1.5);
  CHECK(value(Eigen::Vector3d(low, 0, 0)) == std::log(2.0));
  CHECK(value(Eigen::Vector2d(low, low)) == low);
  CHECK(detail::log_sum_exp(Eigen::Vector2d(low, low)).total == 1);
  CHECK(value(Eigen::Vector3d(1, high, 2)) == high);
  CHECK(value(Eigen::Vector3d(low, high, high)) == high);
  CHECK(value(Eigen::Vector2d(1e308, -1e308)) == 1e308);
  CHECK(value(Eigen::Matrix<double, 1, 1>(-745.5)) == -745.5);
}

TEST_CASE("log_sum_exp is NaN wherever the NaN stands and whatever is beside it") {
  for (const double beside : {0.0, 1e300, -inf<>, inf<>}) {
    for (Index place = 0; place < 3; ++place) {
      Eigen::Vector3d column = Eigen::Vector3d::Constant(beside);
      column(place) = quiet_nan<>;
      INFO("NaN at " << place << " beside " << beside);
      CHECK(std::isnan(detail::log_sum_exp(column).value()));
    }
  }
}

TEST_CASE("log_sum_exp of autodiff scalars has softmax as its gradient") {
  Eigen::Matrix<Dual, 3, 1> column;
  column << Dual(0.3), variable(-1.2), Dual(-inf<>);
  const Dual result = detail::log_sum_exp(column).value();
  CHECK(std::abs(result.value() - std::log(std::exp(0.3) + std::exp(-1.2))) < 1e-15);
  CHECK(std::abs(result.derivatives()(0) - detail::sigmoid(-1.5)) < 1e-15);
}
