#include "vae/pictures.hpp"

#include <cstdint>

#include "catch.hpp"
#include "vae/canvas.hpp"
#include "vae/curve.hpp"

namespace {

struct PngSize {
  std::uint32_t width, height;
};

/// From the header chunk, which is always the first.
PngSize png_size(const std::string& bytes) {
  REQUIRE(bytes.size() > 33);
  REQUIRE(bytes.substr(0, 8) == "\x89PNG\r\n\x1a\n");
  REQUIRE(bytes.substr(12, 4) == "IHDR");
  REQUIRE(bytes[24] == 8);  // bits a channel
  REQUIRE(bytes[25] == 2);  // red, green and blue
  REQUIRE(bytes.substr(bytes.size() - 8, 4) == "IEND");
  const auto number = [&](std::size_t at) {
    std::uint32_t value = 0;
    for (std::size_t k = at; k < at + 4; ++k) value = value << 8 | static_cast<unsigned char>(bytes[k]);
    return value;
  };
  return {number(16), number(20)};
}

}  // namespace

TEST_CASE("canvas: what is drawn lies where it should", "[vae]") {
  vae::Canvas canvas(20, 10, {255, 255, 255});
  canvas.fill_rectangle(3, 2, 4, 5, {10, 20, 30});
  CHECK(canvas.at(3, 2).green == 20);
  CHECK(canvas.at(6, 6).blue == 30);
  CHECK(canvas.at(7, 6).blue == 255);
  CHECK(canvas.at(2, 2).red == 255);
  canvas.fill_rectangle(-5, -5, 100, 100, {1, 1, 1});  // cut off at the edges
  CHECK(canvas.at(19, 9).red == 1);
}

TEST_CASE("canvas: lines are as thick as they should be, with soft edges", "[vae]") {
  vae::Canvas canvas(40, 40, {255, 255, 255});
  canvas.draw_line({{5, 20}, {20, 20}, {35, 20}}, 4, {0, 0, 0});
  for (const int x : {10, 20, 30}) {  // 20 is the joint
    CHECK(canvas.at(x, 19).red == 0);
    CHECK(canvas.at(x, 20).red == 0);
    CHECK(canvas.at(x, 15).red == 255);
    CHECK(canvas.at(x, 24).red == 255);
  }
  canvas.draw_line({{5, 5}, {30, 13}}, 2, {0, 0, 0});
  int grey = 0;
  for (int x = 5; x < 30; ++x) {
    for (int y = 0; y < 17; ++y) grey += canvas.at(x, y).red > 20 && canvas.at(x, y).red < 235;
  }
  CHECK(grey > 20);
}

TEST_CASE("canvas: text", "[vae]") {
  CHECK(vae::Canvas::text_width("iii", 2) < vae::Canvas::text_width("mmm", 2));
  CHECK(vae::Canvas::text_width("abc", 4) == 4 * vae::Canvas::text_width("abc", 1));
  vae::Canvas canvas(60, 60, {255, 255, 255}), turned(60, 60, {255, 255, 255});
  canvas.draw_text(5, 7, "Lq", 2, {0, 0, 0});
  turned.draw_text(7, 54, "Lq", 2, {0, 0, 0}, true);
  int ink = 0;
  for (int x = 0; x < 59; ++x) {
    for (int y = 0; y < 60; ++y) {
      ink += canvas.at(x, y).red == 0;
      // A quarter turn: right becomes up, down becomes right.
      REQUIRE(canvas.at(x, y).red == turned.at(y, 58 - x).red);
    }
  }
  CHECK(ink > 60);
}

TEST_CASE("pictures: PNG files of the right size", "[vae]") {
  const vae::Matrix<float> images = vae::Matrix<float>::Constant(64, 80, 0.5F);
  const PngSize samples = png_size(vae::draw_samples(images, {8, 8}, "samples"));
  CHECK(samples.width == 2 * 32 + 10 * 88 - 8);
  CHECK(samples.height > 8 * 88);
  const vae::Matrix<float> few = images.leftCols(7);
  const PngSize pairs = png_size(vae::draw_reconstructions(few, few, {8, 8}, "means"));
  CHECK(pairs.width == 2 * 32 + 5 * (2 * 80 + 8 + 28) - 28);
  CHECK(pairs.height > 2 * 88);
}

TEST_CASE("pictures: images of any shape", "[vae]") {
  const vae::Matrix<float> wide = vae::Matrix<float>::Constant(3 * 500, 4, 2.0F);  // out of range, too
  CHECK(png_size(vae::draw_samples(wide, {3, 500}, "samples")).width > 500);
  const vae::Matrix<float> dot = vae::Matrix<float>::Zero(1, 1);
  CHECK(png_size(vae::draw_samples(dot, {1, 1}, "samples")).height > 84);
  CHECK(png_size(vae::draw_reconstructions(dot, dot, {1, 1}, "means")).height > 84);
}

TEST_CASE("curve: drawn from whatever was measured", "[vae]") {
  vae::MetricsRow row;
  CHECK(png_size(vae::draw_curve({})).width == 1200);
  row.step = 1;
  CHECK(png_size(vae::draw_curve({row})).width == 1200);
  row.train_bound = -3;
  CHECK(png_size(vae::draw_curve({row})).width == 1200);
  vae::MetricsRow late = row;
  late.step = 1'000'000'000;
  late.train_bound = -1e30;
  CHECK(png_size(vae::draw_curve({row, late})).height == 760);
}

TEST_CASE("curve: ticks are round numbers", "[vae]") {
  using Ticks = std::vector<double>;
  CHECK(vae::tick_positions(0, 10, 5) == Ticks{0, 2, 4, 6, 8, 10});
  CHECK(vae::tick_positions(-130, -95, 7) == Ticks{-130, -125, -120, -115, -110, -105, -100, -95});
  CHECK(vae::tick_positions(0, 7000, 6) == Ticks{0, 2000, 4000, 6000});
  const Ticks small = vae::tick_positions(0.13, 0.19, 3);
  REQUIRE(small.size() == 3);
  CHECK(small[0] == Catch::Approx(0.14));
}
