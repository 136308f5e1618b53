#include "vae/canvas.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <limits>
#include <stdexcept>

#define STB_IMAGE_WRITE_IMPLEMENTATION
#define STB_IMAGE_WRITE_STATIC
#include <stb/stb_easy_font.h>
#include <stb/stb_image_write.h>

namespace vae {
namespace {

struct Rectangle {
  int x, y, width, height;
};

/// The strokes of a text in the font's own pixels. stb_easy_font gives quads of four vertices, each of them three
/// floats and a color.
std::vector<Rectangle> strokes(std::string text) {
  constexpr std::size_t vertex_bytes = 16, quad_bytes = 4 * vertex_bytes;
  std::vector<char> buffer(text.size() * 16 * quad_bytes + quad_bytes);  // no letter has 16 strokes
  const int quads = stb_easy_font_print(0, 0, text.data(), nullptr, buffer.data(), static_cast<int>(buffer.size()));
  std::vector<Rectangle> rectangles;
  for (int q = 0; q < quads; ++q) {
    std::array<float, 2> first{}, third{};  // opposite corners
    const char* quad = buffer.data() + static_cast<std::size_t>(q) * quad_bytes;
    std::memcpy(first.data(), quad, sizeof first);
    std::memcpy(third.data(), quad + 2 * vertex_bytes, sizeof third);
    rectangles.push_back({static_cast<int>(first[0]), static_cast<int>(first[1]), static_cast<int>(third[0] - first[0]),
                          static_cast<int>(third[1] - first[1])});
  }
  return rectangles;
}

double distance_to_segment(Point p, Point a, Point b) {
  const double dx = b.x - a.x, dy = b.y - a.y, length2 = dx * dx + dy * dy;
  const double along = length2 == 0 ? 0 : std::clamp(((p.x - a.x) * dx + (p.y - a.y) * dy) / length2, 0.0, 1.0);
  return std::hypot(p.x - a.x - along * dx, p.y - a.y - along * dy);
}

}  // namespace

Canvas::Canvas(int width, int height, Color background)
    : width_(width), height_(height), bytes_(3 * static_cast<std::size_t>(width) * static_cast<std::size_t>(height)) {
  fill_rectangle(0, 0, width, height, background);
}

Color Canvas::at(int x, int y) const {
  const std::uint8_t* pixel =
      &bytes_[3 * (static_cast<std::size_t>(y) * static_cast<std::size_t>(width_) + static_cast<std::size_t>(x))];
  return {pixel[0], pixel[1], pixel[2]};
}

void Canvas::fill_rectangle(int x, int y, int width, int height, Color color) {
  for (int v = y; v < y + height; ++v) {
    for (int u = x; u < x + width; ++u) blend(u, v, color, 1);
  }
}

void Canvas::draw_text(int x, int y, const std::string& text, int scale, Color color, bool turned) {
  for (const Rectangle& r : strokes(text)) {
    if (turned) {
      fill_rectangle(x + scale * r.y, y - scale * (r.x + r.width), scale * r.height, scale * r.width, color);
    } else {
      fill_rectangle(x + scale * r.x, y + scale * r.y, scale * r.width, scale * r.height, color);
    }
  }
}

int Canvas::text_width(const std::string& text, int scale) {
  std::string copy = text;  // the font's functions take a char*, but do not write
  return scale * stb_easy_font_width(copy.data());
}

void Canvas::draw_line(const std::vector<Point>& points, double width, Color color) {
  // The distance to the nearest segment decides a pixel: one blend each, so that joints are no darker than the rest.
  const double reach = width / 2 + 1;
  std::vector<double> distance(bytes_.size() / 3, std::numeric_limits<double>::infinity());
  const auto at = [&](int x, int y) -> double& {
    return distance[static_cast<std::size_t>(y) * static_cast<std::size_t>(width_) + static_cast<std::size_t>(x)];
  };
  for (std::size_t k = 1; k < points.size(); ++k) {
    const Point a = points[k - 1], b = points[k];
    const int left = std::max(0, static_cast<int>(std::min(a.x, b.x) - reach));
    const int right = std::min(width_ - 1, static_cast<int>(std::max(a.x, b.x) + reach));
    const int top = std::max(0, static_cast<int>(std::min(a.y, b.y) - reach));
    const int bottom = std::min(height_ - 1, static_cast<int>(std::max(a.y, b.y) + reach));
    for (int y = top; y <= bottom; ++y) {
      for (int x = left; x <= right; ++x) {
        at(x, y) = std::min(at(x, y), distance_to_segment({x + 0.5, y + 0.5}, a, b));
      }
    }
  }
  for (int y = 0; y < height_; ++y) {
    for (int x = 0; x < width_; ++x) blend(x, y, color, width / 2 + 0.5 - at(x, y));
  }
}

void Canvas::draw_disc(Point centre, double radius, Color color) {
  for (int y = static_cast<int>(centre.y - radius) - 1; y <= static_cast<int>(centre.y + radius) + 1; ++y) {
    for (int x = static_cast<int>(centre.x - radius) - 1; x <= static_cast<int>(centre.x + radius) + 1; ++x) {
      blend(x, y, color, radius + 0.5 - std::hypot(x + 0.5 - centre.x, y + 0.5 - centre.y));
    }
  }
}

std::string Canvas::png() const {
  std::string bytes;
  const auto append = [](void* context, void* data, int size) {
    static_cast<std::string*>(context)->append(static_cast<const char*>(data), static_cast<std::size_t>(size));
  };
  if (stbi_write_png_to_func(append, &bytes, width_, height_, 3, bytes_.data(), 3 * width_) == 0) {
    throw std::runtime_error("not enough memory for a picture");
  }
  return bytes;
}

void Canvas::blend(int x, int y, Color color, double opacity) {
  if (x < 0 || x >= width_ || y < 0 || y >= height_ || opacity <= 0) return;
  const double weight = std::min(opacity, 1.0);
  std::uint8_t* pixel =
      &bytes_[3 * (static_cast<std::size_t>(y) * static_cast<std::size_t>(width_) + static_cast<std::size_t>(x))];
  const auto mix = [&](std::uint8_t& under, std::uint8_t over) {
    under = static_cast<std::uint8_t>(std::lround((1 - weight) * under + weight * over));
  };
  mix(pixel[0], color.red);
  mix(pixel[1], color.green);
  mix(pixel[2], color.blue);
}

}  // namespace vae
