#pragma once

#include <cmath>
#include <string>
#include <vector>

#include "svg.hpp"

namespace plot {

/// Numbers from `low` to `high` along the page from `begin` to `end`, evenly or by their logarithms.
struct Scale {
  double low, high, begin, end;
  bool logarithmic = false;

  double operator()(double number) const {
    const double fraction = logarithmic ? std::log(number / low) / std::log(high / low) : (number - low) / (high - low);
    return begin + (end - begin) * fraction;
  }
};

/// `count` numbers from `low` to `high` with equal ratios.
inline std::vector<double> by_ratios(double low, double high, int count) {
  std::vector<double> result;
  for (int k = 0; k < count; ++k) result.push_back(low * std::pow(high / low, double(k) / (count - 1)));
  return result;
}

/// The frame of a plot.
struct Axes {
  Scale x, y;

  Point at(double x_number, double y_number) const { return {x(x_number), y(y_number)}; }

  /// Lines at the given numbers, labelled below and at the left.
  void draw(Page& page, const std::vector<double>& x_ticks, const std::vector<double>& y_ticks) const {
    for (const double number : x_ticks) {
      page.line({{x(number), y.begin}, {x(number), y.end}}, {.stroke = faint});
      page.text({x(number), y.begin + 16}, text_of(number), {.color = muted, .anchor = Anchor::middle});
    }
    for (const double number : y_ticks) {
      page.line({{x.begin, y(number)}, {x.end, y(number)}}, {.stroke = faint});
      page.text({x.begin - 10, y(number)}, text_of(number), {.color = muted, .anchor = Anchor::end});
    }
    page.line({{x.begin, y.begin}, {x.end, y.begin}}, {.stroke = muted});
  }

  void label_x(Page& page, const std::string& text) const {
    page.text({(x.begin + x.end) / 2, y.begin + 42}, text, {.color = muted, .anchor = Anchor::middle});
  }

  void label_y(Page& page, const std::string& text) const {
    page.text({x.begin - 48, (y.begin + y.end) / 2}, text, {.color = muted, .anchor = Anchor::middle, .upward = true});
  }
};

}  // namespace plot
