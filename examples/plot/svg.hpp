#pragma once

#include <cmath>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <sstream>
#include <string>
#include <vector>

namespace plot {

struct Point {
  double x, y;
};

using Points = std::vector<Point>;

inline constexpr const char *ink = "#262b38", *muted = "#667085", *faint = "#e3e6ec";

/// How a shape looks, in the words of SVG.
struct Style {
  std::string fill = "none", stroke = "none";
  double width = 1;
  std::string dashes = "none";
};

enum class Anchor { start, middle, end };

struct Font {
  double size = 14;
  std::string color = ink;
  Anchor anchor = Anchor::start;
  bool bold = false;
  bool upward = false;  // reads from the bottom to the top
  bool halo = false;    // keeps lines that it stands on away
};

/// A number to two decimals, without zeros at its end.
inline std::string text_of(double number) {
  return (std::ostringstream() << std::round(100 * number) / 100 + 0.0).str();  // + 0.0: never "-0"
}

/// A page of an SVG file, with as much of SVG as pictures of functions need; y grows downwards. It has a white ground,
/// so that dark letters can be read on it wherever it is shown.
class Page {
 public:
  Page(double width, double height) : size_{width, height} {
    polygons({{{0, 0}, {width, 0}, {width, height}, {0, height}}}, {.fill = "#ffffff"});
  }

  void line(const Points& points, const Style& style) {
    body_ << "<path d=\"" << path(points) << '"' << attributes(style)
          << " stroke-linejoin=\"round\" stroke-linecap=\"round\"/>\n";
  }

  /// One shape of several outlines, with holes where they run the other way round.
  void polygons(const std::vector<Points>& outlines, const Style& style) {
    body_ << "<path d=\"";
    for (const Points& points : outlines) body_ << path(points) << 'Z';
    body_ << '"' << attributes(style) << "/>\n";
  }

  void discs(const Points& centres, double radius, const Style& style) {
    body_ << "<g" << attributes(style) << ">\n";
    for (const Point& centre : centres) {
      body_ << "<circle cx=\"" << text_of(centre.x) << "\" cy=\"" << text_of(centre.y) << "\" r=\"" << text_of(radius)
            << "\"/>\n";
    }
    body_ << "</g>\n";
  }

  /// A line of text; `at` is half a capital letter above the base line.
  void text(Point at, const std::string& text, const Font& font = {}) {
    static constexpr const char* anchors[] = {"start", "middle", "end"};
    const double fall = 0.36 * font.size;
    (font.upward ? at.x : at.y) += fall;
    const std::string x = text_of(at.x), y = text_of(at.y);
    body_ << "<text x=\"" << x << "\" y=\"" << y << "\" font-size=\"" << text_of(font.size) << "\" fill=\""
          << font.color << "\" text-anchor=\"" << anchors[static_cast<int>(font.anchor)] << '"';
    if (font.bold) body_ << " font-weight=\"bold\"";
    if (font.upward) body_ << " transform=\"rotate(-90 " << x << ' ' << y << ")\"";
    if (font.halo) {
      body_ << " paint-order=\"stroke\" stroke=\"#ffffff\" stroke-width=\"8\" stroke-linejoin=\"round\"";
    }
    body_ << '>' << escaped(text) << "</text>\n";
  }

  void heading(const std::string& title, const std::string& subtitle) {
    text({28, 36}, title, {.size = 22, .bold = true});
    text({28, 66}, subtitle, {.size = 15, .color = muted});
  }

  /// The whole file.
  std::string svg() const {
    const std::string width = text_of(size_.x), height = text_of(size_.y);
    return "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"" + width + "\" height=\"" + height +
           "\" viewBox=\"0 0 " + width + ' ' + height +
           "\" font-family=\"'Helvetica Neue', Helvetica, Arial, 'Liberation Sans', 'DejaVu Sans', sans-serif\">\n" +
           body_.str() + "</svg>\n";
  }

 private:
  static std::string path(const Points& points) {
    std::string result;
    for (const Point& point : points) {
      result += (result.empty() ? 'M' : ' ') + text_of(point.x) + ',' + text_of(point.y);
    }
    return result;
  }

  static std::string attributes(const Style& style) {
    std::string result = " fill=\"" + style.fill + '"';
    if (style.stroke != "none")
      result += " stroke=\"" + style.stroke + "\" stroke-width=\"" + text_of(style.width) + '"';
    if (style.dashes != "none") result += " stroke-dasharray=\"" + style.dashes + '"';
    return result;
  }

  static std::string escaped(const std::string& text) {
    std::string result;
    for (const char c : text) {
      if (c == '&') {
        result += "&amp;";
      } else if (c == '<') {
        result += "&lt;";
      } else {
        result += c;
      }
    }
    return result;
  }

  Point size_;
  std::ostringstream body_;
};

/// The main() of a program that draws one picture, `draw`, into the file that its only argument names or `<name>.svg`.
template <class Draw>
int run(int argc, char** argv, const std::string& name, const Draw& draw) {
  const std::string file = argc > 1 ? argv[1] : name + ".svg";
  if (argc > 2 || file.empty() || file[0] == '-') {
    std::cerr << "usage: " << name << " [picture.svg]\n";
    return 2;
  }
  const Page page = draw();
  std::ofstream out(file, std::ios::binary);
  out << page.svg() << std::flush;
  if (!out) {
    std::cerr << "cannot write " << file << ": its folder must exist, be writable and have room\n";
    return EXIT_FAILURE;
  }
  std::cout << "wrote " << file << '\n';
  return EXIT_SUCCESS;
}

}  // namespace plot
