#include "vae/text.hpp"

#include <limits>
#include <string>

#include "catch.hpp"

TEST_CASE("text: a number reads back as it was", "[vae]") {
  for (const double number : {0.1, 1.0 / 3, -2.5e-300, 1e23}) CHECK(std::stod(vae::exact_text(number)) == number);
  CHECK(vae::exact_text(0.1) == "0.1");
}

TEST_CASE("text: as many digits as asked for", "[vae]") {
  CHECK(vae::fixed_text(-107.178, 2) == "-107.18");
  CHECK(vae::fixed_text(2, 0) == "2");
  CHECK(vae::fixed_text(std::numeric_limits<double>::max(), 3).size() == 309 + 4);
}
