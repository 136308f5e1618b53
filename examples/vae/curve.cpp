#include "vae/curve.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "vae/canvas.hpp"
#include "vae/text.hpp"

namespace vae {
namespace {

constexpr Color page{255, 255, 255}, axis{60, 66, 80}, grid{228, 230, 235}, text{60, 66, 80}, title{17, 24, 48};
constexpr int width = 1200, height = 760;
constexpr int left = 130, right = width - 40, top = 90, bottom = height - 100;  // the plot's frame

using Measure = double MetricsRow::*;

struct Series {
  Measure measure;
  std::string name;
  Color color;
};

const std::vector<Series>& all_series() {
  static const std::vector<Series> series{
      {&MetricsRow::train_bound, "train, relaxed model", {31, 98, 180}},
      {&MetricsRow::test_bound, "test, discrete model, one sample", {214, 92, 20}},
      {&MetricsRow::validation_bound, "validation, discrete model, some samples", {128, 80, 160}},
      {&MetricsRow::test_importance_bound, "test, discrete model, many samples", {28, 130, 70}},
  };
  return series;
}

struct Range {
  double low, high;

  double fraction(double value) const { return (value - low) / (high - low); }
};

double x_of(const Range& range, double value) { return left + range.fraction(value) * (right - left); }
double y_of(const Range& range, double value) { return bottom - range.fraction(value) * (bottom - top); }

std::vector<Point> measured(const std::vector<MetricsRow>& rows, Measure measure) {
  std::vector<Point> points;
  for (const MetricsRow& row : rows) {
    if (std::isfinite(row.*measure)) points.push_back({static_cast<double>(row.step), row.*measure});
  }
  return points;
}

/// All values with some room around them, never empty.
Range value_range(const std::vector<MetricsRow>& rows) {
  Range range{std::numeric_limits<double>::infinity(), -std::numeric_limits<double>::infinity()};
  for (const Series& series : all_series()) {
    for (const Point& point : measured(rows, series.measure)) {
      range = {std::min(range.low, point.y), std::max(range.high, point.y)};
    }
  }
  if (range.low > range.high) return {-1, 0};
  const double room = std::max(0.06 * (range.high - range.low), 1e-3 * std::max(1.0, std::abs(range.high)));
  return {range.low - room, range.high + room};
}

void draw_axes(Canvas& canvas, const Range& steps, const Range& values) {
  const auto number_text = [](double number, double spacing) {
    return fixed_text(number == 0 ? 0 : number, std::max(0, static_cast<int>(std::ceil(-std::log10(spacing) - 1e-9))));
  };
  const std::vector<double> xs = tick_positions(steps.low, steps.high, 6);
  for (const double value : xs) {
    const auto x = static_cast<int>(std::lround(x_of(steps, value)));
    const std::string label = fixed_text(value, 0);
    canvas.fill_rectangle(x, top, 1, bottom - top, grid);
    canvas.fill_rectangle(x - 1, bottom, 2, 9, axis);
    canvas.draw_text(x - Canvas::text_width(label, 2) / 2, bottom + 18, label, 2, text);
  }
  const std::vector<double> ys = tick_positions(values.low, values.high, 7);
  for (const double value : ys) {
    const auto y = static_cast<int>(std::lround(y_of(values, value)));
    const std::string label = number_text(value, ys.size() > 1 ? ys[1] - ys[0] : 1);
    canvas.fill_rectangle(left, y, right - left, 1, grid);
    canvas.fill_rectangle(left - 9, y - 1, 9, 2, axis);
    canvas.draw_text(left - 16 - Canvas::text_width(label, 2), y - Canvas::text_height(2) / 2, label, 2, text);
  }
  canvas.fill_rectangle(left - 2, top, 2, bottom - top + 2, axis);
  canvas.fill_rectangle(left - 2, bottom, right - left + 2, 2, axis);
  canvas.draw_text((left + right - Canvas::text_width("step", 2)) / 2, height - 38, "step", 2, text);
  const std::string y_label = "nats per image";
  canvas.draw_text(24, (top + bottom + Canvas::text_width(y_label, 2)) / 2, y_label, 2, text, true);
}

void draw_series(Canvas& canvas, const Series& series, std::vector<Point> points, const Range& steps,
                 const Range& values) {
  for (Point& point : points) point = {x_of(steps, point.x), y_of(values, point.y)};
  canvas.draw_line(points, 3, series.color);
  if (points.size() <= 60) {  // more would merge into a thick line
    for (const Point& point : points) canvas.draw_disc(point, 4.5, series.color);
  }
}

/// In the lower right corner: bounds rise, so it is free.
void draw_legend(Canvas& canvas, const std::vector<MetricsRow>& rows) {
  std::vector<Series> shown;
  int text_width = 0;
  for (const Series& series : all_series()) {
    if (measured(rows, series.measure).empty()) continue;
    shown.push_back(series);
    text_width = std::max(text_width, Canvas::text_width(series.name, 2));
  }
  constexpr int line = 28, mark = 34;
  const int x = right - 20 - text_width;
  int y = bottom - 14 - line * static_cast<int>(shown.size());
  canvas.fill_rectangle(x - mark - 24, y - 12, right - x + mark + 23, bottom - y + 11, page);
  for (const Series& series : shown) {
    const Point middle{x - 12 - mark / 2.0, y + 7.0};
    canvas.draw_line({{middle.x - mark / 2.0, middle.y}, {middle.x + mark / 2.0, middle.y}}, 3, series.color);
    canvas.draw_disc(middle, 4.5, series.color);
    canvas.draw_text(x, y, series.name, 2, text);
    y += line;
  }
}

}  // namespace

std::vector<double> tick_positions(double low, double high, int count) {
  const double rough = (high - low) / count;
  const double power = std::pow(10.0, std::floor(std::log10(rough)));
  double spacing = 10 * power;
  for (const double factor : {1.0, 2.0, 5.0}) {
    if (factor * power >= rough) {
      spacing = factor * power;
      break;
    }
  }
  std::vector<double> ticks;
  for (double k = std::ceil(low / spacing); k * spacing <= high; ++k) ticks.push_back(k * spacing);
  return ticks;
}

std::string draw_curve(const std::vector<MetricsRow>& rows) {
  Canvas canvas(width, height, page);
  const Range steps{0, rows.empty() ? 1.0 : static_cast<double>(rows.back().step)};
  const Range values = value_range(rows);
  canvas.draw_text(left, 30, "Lower bounds of the log-likelihood", 3, title);
  canvas.draw_text(left, 62, "Relaxed variables cost more nats than the discrete ones that they stand for", 2, text);
  draw_axes(canvas, steps, values);
  draw_legend(canvas, rows);
  for (const Series& series : all_series()) {
    draw_series(canvas, series, measured(rows, series.measure), steps, values);
  }
  return canvas.png();
}

}  // namespace vae
