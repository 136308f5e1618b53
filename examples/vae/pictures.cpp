#include "vae/pictures.hpp"

#include <algorithm>
#include <cmath>

#include "vae/canvas.hpp"

namespace vae {
namespace {

constexpr Color page{255, 255, 255}, paper{250, 250, 248}, ink{17, 24, 48}, frame{208, 211, 217};
constexpr Color title_color{17, 24, 48}, label_color{96, 103, 118};

constexpr int margin = 32, gap = 8, wide_gap = 28;
constexpr int title_scale = 3, label_scale = 2;
constexpr int title_height = margin + 21 + 14 + 14 + 20;  // above, title, between, subtitle, below

/// Images are shown this many times as large, so that those of 8 x 8 pixels can be looked at too.
int magnification(PictureSize size) { return std::max(1, 84 / static_cast<int>(std::max(size.height, size.width))); }

struct Cell {
  int width, height, scale;

  explicit Cell(PictureSize size)
      : width(static_cast<int>(size.width) * magnification(size)),
        height(static_cast<int>(size.height) * magnification(size)),
        scale(magnification(size)) {}
};

Color shade(float value) {
  const double weight = std::clamp(static_cast<double>(value), 0.0, 1.0);
  const auto mix = [&](int from, int to) {
    return static_cast<std::uint8_t>(std::lround(from + weight * (to - from)));
  };
  return {mix(paper.red, ink.red), mix(paper.green, ink.green), mix(paper.blue, ink.blue)};
}

void draw_image(Canvas& canvas, int x, int y, const Cell& cell, const Matrix<float>& images, Index i,
                PictureSize size) {
  canvas.fill_rectangle(x - 1, y - 1, cell.width + 2, cell.height + 2, frame);
  for (Index row = 0; row < size.height; ++row) {
    for (Index column = 0; column < size.width; ++column) {
      canvas.fill_rectangle(x + cell.scale * static_cast<int>(column), y + cell.scale * static_cast<int>(row),
                            cell.scale, cell.scale, shade(images(row * size.width + column, i)));
    }
  }
}

void draw_titles(Canvas& canvas, const std::string& title, const std::string& subtitle) {
  canvas.draw_text(margin, margin, title, title_scale, title_color);
  canvas.draw_text(margin, margin + 21 + 14, subtitle, label_scale, label_color);
}

void draw_centred(Canvas& canvas, int x, int width, int y, const std::string& text) {
  canvas.draw_text(x + (width - Canvas::text_width(text, label_scale)) / 2, y, text, label_scale, label_color);
}

/// How many things of this width fit into a picture of a convenient size.
int fitting(int available, int size, int at_most) { return std::clamp(available / size, 1, at_most); }

}  // namespace

std::string draw_reconstructions(const Matrix<float>& originals, const Matrix<float>& reconstructions, PictureSize size,
                                 const std::string& subtitle) {
  constexpr int heading = 14 + 8;
  const Cell cell(size);
  const int pair_width = 2 * cell.width + gap;
  const int columns = fitting(1100, pair_width + wide_gap, 5);
  const int rows = (static_cast<int>(originals.cols()) + columns - 1) / columns;
  const int content = std::max(columns * (pair_width + wide_gap) - wide_gap, Canvas::text_width(subtitle, label_scale));
  Canvas canvas(2 * margin + content, title_height + heading + rows * (cell.height + gap) - gap + margin, page);
  draw_titles(canvas, "Test images and reconstructions", subtitle);
  for (int column = 0; column < columns; ++column) {
    const int x = margin + column * (pair_width + wide_gap);
    draw_centred(canvas, x, cell.width, title_height, "data");
    draw_centred(canvas, x + cell.width + gap, cell.width, title_height, "model");
    for (int row = 0; row < rows; ++row) {
      const Index i = row * columns + column;
      if (i >= originals.cols()) break;
      const int y = title_height + heading + row * (cell.height + gap);
      draw_image(canvas, x, y, cell, originals, i, size);
      draw_image(canvas, x + cell.width + gap, y, cell, reconstructions, i, size);
    }
  }
  return canvas.png();
}

std::string draw_samples(const Matrix<float>& samples, PictureSize size, const std::string& subtitle) {
  const Cell cell(size);
  const int columns = fitting(1000, cell.width + gap, 10);
  const int rows = (static_cast<int>(samples.cols()) + columns - 1) / columns;
  const int content = std::max(columns * (cell.width + gap) - gap, Canvas::text_width(subtitle, label_scale));
  Canvas canvas(2 * margin + content, title_height + rows * (cell.height + gap) - gap + margin, page);
  draw_titles(canvas, "Samples of the model", subtitle);
  for (int i = 0; i < static_cast<int>(samples.cols()); ++i) {
    draw_image(canvas, margin + i % columns * (cell.width + gap), title_height + i / columns * (cell.height + gap),
               cell, samples, i, size);
  }
  return canvas.png();
}

}  // namespace vae
