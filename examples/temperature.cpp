// From one-hot to uniform: what temperature does to samples whose noise stays as it is, and to the mean of all samples,
// which is computed, not sampled. As temperature falls to 0 a sample becomes the class that wins, and the mean the
// classes' probabilities; as it rises all coordinates become the same.
//
//   temperature [picture.svg]

#include <concrete/concrete.hpp>
#include <string>
#include <vector>

#include "plot/axes.hpp"
#include "plot/svg.hpp"

namespace {

using Eigen::Index, Eigen::MatrixXd, Eigen::RowVectorXd, Eigen::VectorXd;
using plot::Anchor, plot::Axes, plot::Page, plot::Point, plot::Points;

constexpr int classes = 5, draws = 4;
constexpr double lowest = 0.05, highest = 10;
constexpr const char* colors[] = {"#2f6fb5", "#3fa7bf", "#e3a72f", "#dc7030", "#a8324a"};
constexpr const char* names[] = {"A", "B", "C", "D", "E"};

concrete::ConcreteXd law(double temperature) {
  VectorXd probabilities(classes);
  probabilities << 0.35, 0.25, 0.2, 0.15, 0.05;
  return {concrete::probabilities(probabilities), temperature};
}

const std::vector<double>& temperatures() {
  static const std::vector<double> result = plot::by_ratios(lowest, highest, 121);
  return result;
}

/// Vectors over the classes, a column for each temperature.
template <class F>
MatrixXd at_all_temperatures(const F& vector_at) {
  MatrixXd result(classes, 0);
  for (const double t : temperatures()) {
    result.conservativeResize(Eigen::NoChange, result.cols() + 1);
    result.rightCols<1>() = vector_at(t);
  }
  return result;
}

Points line(const Axes& axes, const RowVectorXd& values) {
  Points result;
  for (const double t : temperatures()) result.push_back(axes.at(t, values(static_cast<Index>(result.size()))));
  return result;
}

/// The coordinates of a sample, each on top of those before it.
void draw_sample(Page& page, const Axes& axes, const VectorXd& noise) {
  const MatrixXd x = at_all_temperatures([&](double t) { return law(t).reparameterize(noise); });
  for (int k = classes - 1; k >= 0; --k) {  // down to 0, over the one before: no ground shines through a seam
    Points outline = line(axes, x.topRows(k + 1).colwise().sum());
    outline.insert(outline.end(), {axes.at(highest, 0), axes.at(lowest, 0)});
    page.polygons({outline}, {.fill = colors[k]});
  }
  const auto name = [&](int k, double at, const VectorXd& column) {
    page.text({at, axes.y(column.head(k).sum() + column(k) / 2)}, names[k],
              {.color = "#ffffff", .anchor = Anchor::middle, .bold = true});
  };
  for (int k = 0; k < classes; ++k) {
    if (x(k, 0) > 0.5) name(k, axes.x.begin + 14, x.leftCols<1>());
    name(k, axes.x.end - 12, x.rightCols<1>());
  }
}

void draw_samples(Page& page) {
  concrete::Engine engine(2017);
  const MatrixXd noise = law(1).noise(engine, draws);
  for (int j = 0; j < draws; ++j) {
    const double left = 72 + 230.0 * j;
    const Axes axes{{lowest, highest, left, left + 206, true}, {0, 1, 302, 130}};
    axes.draw(page, {0.1, 1, 10}, j == 0 ? std::vector<double>{0, 0.5, 1} : std::vector<double>{});
    draw_sample(page, axes, noise.col(j));
    axes.label_x(page, "temperature");
    page.text({left, 112}, "sample " + std::to_string(j + 1), {.size = 16, .bold = true});
  }
}

/// The limits stand at the ends of the frame, a little beyond the temperatures that are drawn.
void draw_mean(Page& page) {
  const Axes axes{{0.03, 16, 72, 968, true}, {0, 0.4, 714, 424}};
  axes.draw(page, {0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10}, {0, 0.1, 0.2, 0.3, 0.4});
  axes.label_x(page, "temperature");
  page.text({axes.x.begin, axes.y.begin + 16}, "→ 0", {.color = plot::muted, .anchor = Anchor::middle});
  page.text({axes.x.end, axes.y.begin + 16}, "→ ∞", {.color = plot::muted, .anchor = Anchor::middle});
  page.text({axes.x.begin, 400}, "mean of all samples, E X", {.size = 16, .bold = true});

  const MatrixXd means = at_all_temperatures([](double t) { return concrete::mean(law(t)); });
  const VectorXd cold = concrete::mean(law(1).discrete());
  for (int k = 0; k < classes; ++k) {
    const Points points = line(axes, means.row(k));
    const Point left{axes.x.begin, axes.y(cold(k))}, right{axes.x.end, axes.y(1.0 / classes)};
    page.line({left, points.front()}, {.stroke = colors[k], .width = 2, .dashes = "1 5"});
    page.line({points.back(), right}, {.stroke = colors[k], .width = 2, .dashes = "1 5"});
    page.line(points, {.stroke = colors[k], .width = 3});
    page.discs({left}, 5, {.fill = colors[k]});
    page.discs({right}, 5, {.fill = plot::ink});
    page.text({left.x + 12, left.y - 14}, names[k], {.color = colors[k], .bold = true});
  }
}

Page draw() {
  Page page(1000, 776);
  page.heading("From one-hot to uniform: a relaxed choice of one in five",
               "The coordinates of four samples, each made of its own noise at every temperature, and the exact mean.");
  draw_samples(page);
  draw_mean(page);
  return page;
}

}  // namespace

int main(int argc, char** argv) { return plot::run(argc, argv, "temperature", draw); }
