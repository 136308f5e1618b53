#include "concrete/distributions/formulas/categorical.hpp"

#include <Eigen/Core>
#include <unsupported/Eigen/AutoDiff>

#include "catch.hpp"
#include "support/limits.hpp"
#include "support/random.hpp"
#include "support/reference.hpp"

namespace detail = concrete::detail;
using Eigen::Index;
using Eigen::Vector3d;
using Eigen::Vector4d;
using Eigen::VectorXd;
using testing::eps;
using testing::inf;
using testing::quiet_nan;
using testing::Wide;

TEST_CASE("Masked classes are not counted and their terms never asked for") {
  const Vector4d a(1, -inf<>, 0, -inf<>);
  CHECK(detail::count_classes(a) == 2);
  CHECK(detail::count_classes(Vector3d(-1e308, 0, 1e308)) == 3);
  const double total = detail::sum_over_classes(a, [&](Index k) {
    CHECK(a(k) > -inf<>);
    return static_cast<double>(10 + k);
  });
  CHECK(total == 22);
}

TEMPLATE_TEST_CASE("LogSoftmax is accurate whatever is added to all logits", "", float, double, long double) {
  using T = TestType;
  using Vector = Eigen::Matrix<T, Eigen::Dynamic, 1>;
  testing::Random random(1);
  for (const T offset : {T(0), T(4096), T(-4096)}) {
    for (const Index n : {1, 2, 3, 10, 200}) {
      Vector a = (random.vector<Vector>(n, -9, 9).array() + offset).matrix();
      if (n > 2) a(1) = -inf<T>;
      Wide total = 0;
      for (Index k = 0; k < n; ++k) total += exp(Wide(a(k)));
      const detail::LogSoftmax<T> log_softmax(a);
      double largest = 0;
      for (Index k = 0; k < n; ++k) {
        const Wide expected = Wide(a(k)) - log(total);
        if (detail::is_masked(a(k))) {
          CHECK(log_softmax(a(k)) == -inf<T>);
        } else {
          largest = std::max(largest, testing::eps_error(log_softmax(a(k)), expected, 1 + abs(expected)));
        }
      }
      INFO("offset " << offset << " n " << n);
      CHECK(largest <= 2.5);
    }
  }
}

TEST_CASE("argmax is the first of equals") {
  CHECK(detail::argmax(Vector4d(1, 3, 3, 2)) == 1);
  CHECK(detail::argmax(Vector4d(-inf<>, -inf<>, -5, -inf<>)) == 2);
  CHECK(detail::argmax(Vector3d::Zero()) == 0);
  CHECK(detail::argmax(Vector3d(0, 1, inf<>)) == 2);
}

TEST_CASE("A one-hot vector has the first of the largest scores that it has seen, in parts or at once") {
  const auto one_hot = [](const VectorXd& scores, Index first_part) {
    detail::OneHot<double> winner;
    winner.see(scores.head(first_part), 0);
    winner.see(scores.tail(scores.size() - first_part), first_part);
    return VectorXd(VectorXd::NullaryExpr(scores.size(), [&](Index k) { return winner[k]; }));
  };
  for (Index first_part = 0; first_part <= 4; ++first_part) {
    CAPTURE(first_part);
    CHECK(one_hot(Vector4d(0.1, 0.4, 0.4, -inf<>), first_part) == Vector4d(0, 1, 0, 0));
    for (Index place = 0; place < 4; ++place) {
      VectorXd scores = Vector4d(3, 2, 1, 0);
      scores(place) = quiet_nan<>;
      CHECK(one_hot(scores, first_part).array().isNaN().all());
    }
  }
}

TEST_CASE("A point is on the simplex if no coordinate is negative and they sum to one") {
  const auto on_simplex = [](const VectorXd& a, const VectorXd& x) {
    return detail::is_on_simplex(a, [&](Index k) { return x(k); });
  };
  const Vector3d a = Vector3d::Zero();
  CHECK(on_simplex(a, Vector3d(.2, .3, .5)));
  CHECK(on_simplex(a, Vector3d(0, 0, 1)));
  CHECK_FALSE(on_simplex(a, Vector3d(.2, .3, .4999)));
  CHECK_FALSE(on_simplex(a, Vector3d(-1e-20, .5, .5)));
  CHECK_FALSE(on_simplex(a, Vector3d(quiet_nan<>, .5, .5)));
  CHECK_FALSE(on_simplex(a, Vector3d(inf<>, 0, 0)));
  CHECK_FALSE(on_simplex(a, Vector3d::Zero()));
  CHECK(on_simplex(Vector3d(0, -inf<>, 0), Vector3d(.5, 0, .5)));
  CHECK_FALSE(on_simplex(Vector3d(0, -inf<>, 0), Vector3d(.5, 1e-300, .5)));
}

TEST_CASE("The sum may miss one by as many eps as there are coordinates and 16 more") {
  const auto on_simplex = [](Index n, double excess) {
    return detail::is_on_simplex(VectorXd::Zero(n), [&](Index k) { return k == 0 ? 1 + excess : 0; });
  };
  for (const Index n : {1, 4, 1000}) {
    const double tolerance = static_cast<double>(n + 16) * eps<>;
    CHECK(on_simplex(n, tolerance));
    CHECK(on_simplex(n, -tolerance));
    CHECK_FALSE(on_simplex(n, tolerance + 2 * eps<>));
    CHECK_FALSE(on_simplex(n, -tolerance - 2 * eps<>));
  }
}
