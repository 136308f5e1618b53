#include "vae/binariser.hpp"

#include <cmath>
#include <cstdint>

#include "catch.hpp"
#include "support.hpp"

using vae::Index;

TEST_CASE("binariser: indices from all over", "[vae]") {
  const vae::Images ten = made_up_images(10, 1, 1, 1, true);
  CHECK(vae::spread_indices(ten, 1) == std::vector<Index>{0});
  CHECK(vae::spread_indices(ten, 4) == std::vector<Index>{0, 2, 5, 7});
  CHECK(vae::spread_indices(ten, 10) == std::vector<Index>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9});
  CHECK(vae::spread_indices(ten, 99) == vae::spread_indices(ten, 10));
  CHECK(vae::spread_indices({1, 1, {}}, 3).empty());
}

TEST_CASE("binariser: black and white images stay as they are", "[vae]") {
  const vae::Images images = made_up_images(5, 3, 3, 4, true);
  REQUIRE(vae::is_black_and_white(images));
  vae::Engine engine(1);
  const vae::Matrix<float> x = vae::binarised_subset(images, 2, engine);
  REQUIRE(x.cols() == 3);
  for (Index j = 0; j < 3; ++j) {
    for (Index p = 0; p < 9; ++p) CHECK(x(p, j) == (images.image(2 * j)[p] == 255 ? 1.0F : 0.0F));
  }
  CHECK(engine == vae::Engine(1));
}

TEST_CASE("binariser: grey pixels turn into ink as often as they are dark", "[vae]") {
  const vae::Images images{1, 4, {0, 1, 100, 255}};
  const Index n = 40'000;
  vae::Engine engine(3);
  vae::Matrix<float> x;
  vae::Binariser(images).draw(std::vector<Index>(static_cast<std::size_t>(n), 0), engine, x);
  CHECK((x.array() == 0.0F || x.array() == 1.0F).all());
  for (Index p = 0; p < 4; ++p) {
    const double grey = images.bytes[static_cast<std::size_t>(p)] / 255.0;
    // Five standard deviations: p = 6e-7, none at all at the ends.
    const double allowed = 5 * std::sqrt(grey * (1 - grey) / static_cast<double>(n));
    CHECK(std::abs(x.row(p).cast<double>().mean() - grey) <= allowed);
  }
}
