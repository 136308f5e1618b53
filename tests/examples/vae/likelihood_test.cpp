#include "vae/likelihood.hpp"

#include <cmath>

#include "catch.hpp"

using vae::Index;

TEST_CASE("likelihood: Bernoulli pixels", "[vae]") {
  vae::Matrix<double> images(3, 2), logits(3, 4);
  images << 1, 0, 0, 0, 1, 1;
  logits << 0.5, -2, 3, 0, 1, 1, -1, 7, -0.3, 2, 0.1, -4;
  vae::Row<double> value, again;
  vae::log_likelihood(images, logits, value);
  vae::Matrix<double> gradient = logits;
  vae::log_likelihood_gradient(images, gradient, again);
  CHECK(again == value);
  for (Index j = 0; j < 4; ++j) {
    double expected = 0;
    for (Index p = 0; p < 3; ++p) {
      const double ink = 1 / (1 + std::exp(-logits(p, j))), x = images(p, j % 2);
      expected += std::log(x == 1 ? ink : 1 - ink);
      CHECK(gradient(p, j) == Catch::Approx(x - ink).epsilon(1e-14));
    }
    CHECK(value[j] == Catch::Approx(expected).epsilon(1e-14));
  }
}

TEST_CASE("likelihood: logits that saturate", "[vae]") {
  vae::Matrix<float> images(2, 2), logits(2, 2);
  images << 1, 0, 0, 1;
  logits << 1000, 1000, -1000, -1000;
  vae::Row<float> value;
  vae::log_likelihood_gradient(images, logits, value);
  CHECK(value[0] == 0);
  CHECK(value[1] == -2000);
  CHECK(logits(0, 0) == 0);
  CHECK(logits(0, 1) == -1);
  CHECK(logits(1, 1) == 1);
}
