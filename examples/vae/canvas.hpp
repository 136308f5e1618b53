#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace vae {

struct Color {
  std::uint8_t red, green, blue;
};

struct Point {
  double x, y;
};

/// A picture to draw on; y grows downwards. What reaches over an edge is cut off.
class Canvas {
 public:
  Canvas(int width, int height, Color background);

  int width() const { return width_; }
  int height() const { return height_; }
  Color at(int x, int y) const;

  void fill_rectangle(int x, int y, int width, int height, Color color);

  /// A line of text with its upper left corner at (x, y), in a pixel font blown up by an integer. Turned, it reads from
  /// the bottom to the top and (x, y) is its lower left corner.
  void draw_text(int x, int y, const std::string& text, int scale, Color color, bool turned = false);
  static int text_width(const std::string& text, int scale);
  static int text_height(int scale) { return 7 * scale; }  // of a capital letter

  /// A smooth line through the points.
  void draw_line(const std::vector<Point>& points, double width, Color color);

  void draw_disc(Point centre, double radius, Color color);

  /// The bytes of a PNG file.
  std::string png() const;

 private:
  /// Lays the color over a pixel, opaque at 1.
  void blend(int x, int y, Color color, double opacity);

  int width_, height_;
  std::vector<std::uint8_t> bytes_;  // red, green, blue of one row after the other
};

}  // namespace vae
