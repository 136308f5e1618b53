#include "vae/adam.hpp"

#include <cmath>

#include "catch.hpp"

using Vector = vae::Vector<double>;

TEST_CASE("Adam: two steps by hand", "[vae]") {
  Vector parameters(2);
  parameters << 1, -2;
  Vector gradient(2);
  gradient << 0.5, -3;
  vae::Adam<double> adam(2);
  adam.step(parameters, gradient, 0.1);
  // At the first step m / (1 - 0.9) = g and v / (1 - 0.999) = g^2: every parameter moves by the rate.
  CHECK(parameters[0] == Catch::Approx(1 - 0.1 * 0.5 / (0.5 + 1e-8)).epsilon(1e-14));
  CHECK(parameters[1] == Catch::Approx(-2 + 0.1 * 3 / (3 + 1e-8)).epsilon(1e-14));

  const double before = parameters[0];
  gradient << 0.25, 0;
  adam.step(parameters, gradient, 0.1);
  const double m = 0.9 * 0.05 + 0.1 * 0.25, v = 0.999 * 0.001 * 0.25 + 0.001 * 0.0625;
  const double expected = before - 0.1 * (m / (1 - 0.81)) / (std::sqrt(v / (1 - 0.998001)) + 1e-8);
  CHECK(parameters[0] == Catch::Approx(expected).epsilon(1e-13));
  CHECK(adam.steps() == 2);
}

TEST_CASE("Adam: every strip of a long vector is treated alike", "[vae]") {
  const vae::Index size = 5000;
  vae::Vector<float> parameters = vae::Vector<float>::Zero(size);
  const vae::Vector<float> gradient = vae::Vector<float>::LinSpaced(size, 1, 2);
  vae::Adam<float> adam(size);
  for (int k = 0; k < 3; ++k) adam.step(parameters, gradient, 1e-3);
  // A constant gradient moves each parameter by the rate, whatever its size.
  CHECK((parameters.array() + 3e-3F).abs().maxCoeff() < 1e-8F);
}

TEST_CASE("Adam: finds the minimum of a badly scaled bowl", "[vae]") {
  Vector x(2);
  x << 3, -3;
  vae::Adam<double> adam(2);
  for (int k = 0; k < 3000; ++k) {
    Vector gradient(2);
    gradient << 1000 * (x[0] - 1), 0.001 * (x[1] - 2);
    adam.step(x, gradient, 0.01);
  }
  CHECK(x[0] == Catch::Approx(1).epsilon(1e-3));
  CHECK(x[1] == Catch::Approx(2).epsilon(1e-3));
}
