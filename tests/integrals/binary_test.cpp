#include <Eigen/Core>
#include <cmath>

#include "catch.hpp"
#include "concrete/distributions/binary_concrete.hpp"
#include "integrals/quadrature.hpp"

namespace {

using Catch::Approx;
using One = Eigen::Matrix<double, 1, 1>;

}  // namespace

TEST_CASE("LogitBinaryConcrete: the density integrates to one over the line") {
  const double t = GENERATE(0.2, 0.5, 1.0, 2.0, 5.0), logit = GENERATE(-0.4, 2.0);
  CAPTURE(t, logit);
  const concrete::LogitBinaryConcrete q(One(logit), t);
  const auto density = [&](double u) { return std::exp(q.log_prob(One(u / t))) / t; };
  CHECK(testing::integral_over_line(density) == Approx(1).epsilon(1e-9));
}

TEST_CASE("BinaryConcrete: the density integrates to one over (0, 1)") {
  const double t = GENERATE(0.2, 0.5, 1.0, 2.0, 5.0), logit = GENERATE(-0.4, 2.0);
  CAPTURE(t, logit);
  const concrete::BinaryConcrete q(One(logit), t), mirrored(One(-logit), t);
  // Above 1/2 by the mirror image, whose argument keeps its digits.
  const auto density = [&](double x, double rest) {
    return std::exp(x < rest ? q.log_prob(One(x)) : mirrored.log_prob(One(rest)));
  };
  CHECK(testing::integral_over_unit(density, 1e-6) == Approx(1).epsilon(1e-9));
}
