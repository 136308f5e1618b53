// The density of a Concrete distribution over three classes, on the triangle of their mixtures, as temperature rises:
// at first almost all mass is at the corners and edges, at last it gathers in the middle. The dots are samples of the
// same noise at every temperature: all of them move, but their largest coordinate remains the same one.
//
//   simplex_density [picture.svg]

#include <algorithm>
#include <array>
#include <cmath>
#include <concrete/concrete.hpp>
#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "plot/svg.hpp"

namespace {

using concrete::Concrete3d;
using Eigen::Matrix3Xd, Eigen::RowVectorXd, Eigen::Vector3d;
using plot::Anchor, plot::Page, plot::Point, plot::Points, plot::text_of;

constexpr double lowest = -4, highest = 3, step = 0.5;  // levels of the log-density
constexpr int levels = static_cast<int>((highest - lowest) / step) + 1;
constexpr int samples = 300;

/// The color between levels k - 1 and k, counted from 0: matplotlib's viridis, whose equal steps look equal.
std::string color_below(int k) {
  using Color = Eigen::Array3d;
  static const std::array<Color, 9> anchors{Color(68, 1, 84),    Color(71, 45, 123),  Color(59, 82, 139),
                                            Color(44, 114, 142), Color(33, 145, 140), Color(40, 174, 128),
                                            Color(94, 201, 98),  Color(173, 220, 48), Color(253, 231, 37)};
  const double place = 8.0 * k / levels;
  const auto anchor = std::min<std::size_t>(static_cast<std::size_t>(place), 7);
  const double weight = place - static_cast<double>(anchor);
  const Color color = ((1 - weight) * anchors[anchor] + weight * anchors[anchor + 1]).round();
  return "rgb(" + text_of(color(0)) + ',' + text_of(color(1)) + ',' + text_of(color(2)) + ')';
}

/// Triangles over the simplex, finer towards its edges: x ~ (i, j, k)^1.5 with i + j + k = rows.
struct Mesh {
  static constexpr int rows = 72;
  Matrix3Xd points{3, (rows + 1) * (rows + 2) / 2};
  std::vector<std::array<int, 3>> triangles;

  Mesh() {
    const auto index = [](int i, int j) { return i * (i + 1) / 2 + j; };
    for (int i = 0; i <= rows; ++i) {
      for (int j = 0; j <= i; ++j) {
        const Vector3d powers = Vector3d(rows - i, i - j, j).array().cube().sqrt();
        points.col(index(i, j)) = powers / powers.sum();
        if (i < rows) triangles.push_back({index(i, j), index(i + 1, j), index(i + 1, j + 1)});
        if (i < rows && j < i) triangles.push_back({index(i, j), index(i + 1, j + 1), index(i, j + 1)});
      }
    }
  }
};

/// Where the log-density crosses a level between two points.
Vector3d crossing(const Concrete3d& law, double level, Vector3d below, Vector3d above) {
  for (int halving = 0; halving < 40; ++halving) {
    const Vector3d middle = (below + above) / 2;
    (law.log_prob(middle) < level ? below : above) = middle;
  }
  return above;
}

using Node = std::pair<int, int>;  // a point of the mesh, twice, or the crossing between two of them

/// The edges around the part of the mesh whose values reach a level: those around the parts of all triangles, but for
/// the ones that two share.
std::map<Node, Node> edges_around(const Mesh& mesh, const RowVectorXd& values, double level) {
  std::set<std::pair<Node, Node>> edges;
  for (const auto& triangle : mesh.triangles) {
    std::vector<Node> part;
    for (std::size_t k = 0; k < 3; ++k) {
      const int u = triangle[k], v = triangle[(k + 1) % 3];
      if (values(u) >= level) part.emplace_back(u, u);
      if ((values(u) >= level) != (values(v) >= level)) part.emplace_back(std::min(u, v), std::max(u, v));
    }
    for (std::size_t k = 0; k < part.size(); ++k) {
      const Node &from = part[k], &to = part[(k + 1) % part.size()];
      if (edges.erase({to, from}) == 0) edges.emplace(from, to);
    }
  }
  return {edges.begin(), edges.end()};
}

/// A triangle of the page that is the simplex.
struct Panel {
  static constexpr double side = 272, height = 235.6;
  Point top;

  Point at(const Vector3d& x) const { return {top.x + side * (x(2) - x(1)) / 2, top.y + height * (1 - x(0))}; }
  Points triangle() const { return {at(Vector3d::UnitX()), at(Vector3d::UnitY()), at(Vector3d::UnitZ())}; }
};

/// Appends a point unless it is almost the last one.
void push_apart(Points& points, Point point) {
  if (points.empty() || std::hypot(point.x - points.back().x, point.y - points.back().y) > 0.8) points.push_back(point);
}

/// The outlines of the set where the log-density reaches a level.
std::vector<Points> outlines(const Panel& panel, const Mesh& mesh, const Concrete3d& law, double level) {
  const RowVectorXd values = law.log_prob(mesh.points);
  std::map<Node, Node> next = edges_around(mesh, values, level);
  std::vector<Points> result;
  while (!next.empty()) {
    Points outline;
    for (Node node = next.begin()->first; next.contains(node); node = next.extract(node).mapped()) {
      auto [below, above] = node;
      if (values(below) > values(above)) std::swap(below, above);
      const Vector3d from = mesh.points.col(below), to = mesh.points.col(above);
      if (below != above) push_apart(outline, panel.at(crossing(law, level, from, to)));
      if (below == above && to.maxCoeff() == 1) outline.push_back(panel.at(to));  // others lie between two corners
    }
    result.push_back(outline);
  }
  return result;
}

void draw_density(Page& page, const Panel& panel, const Mesh& mesh, const Concrete3d& law) {
  page.polygons({panel.triangle()}, {.fill = color_below(0)});
  for (int k = 0; k < levels; ++k) {  // over each other, not side by side: no ground shines through a seam
    page.polygons(outlines(panel, mesh, law, lowest + k * step), {.fill = color_below(k + 1)});
  }
}

void draw_frame(Page& page, const Panel& panel) {
  const Vector3d middle = Vector3d::Constant(1.0 / 3);
  for (int k = 0; k < 3; ++k) {  // where two classes are equal and the third is less
    const Vector3d edge = (Vector3d::Ones() - Vector3d::Unit(k)) / 2;
    page.line({panel.at(middle), panel.at(edge)}, {.stroke = "#ffffff", .dashes = "1 4"});
  }
  page.polygons({panel.triangle()}, {.stroke = plot::ink, .width = 1.5});
  const Point a = panel.at(Vector3d::UnitX()), b = panel.at(Vector3d::UnitY()), c = panel.at(Vector3d::UnitZ());
  const plot::Font font{.size = 15, .anchor = Anchor::middle, .bold = true};
  page.text({a.x, a.y - 14}, "A", font);
  page.text({b.x, b.y + 16}, "B", font);
  page.text({c.x, c.y + 16}, "C", font);
}

void draw_samples(Page& page, const Panel& panel, const Concrete3d& law) {
  concrete::Engine engine(2017);
  const Matrix3Xd sample = law.reparameterize(law.noise(engine, samples));
  Points dots;
  for (const auto& x : sample.colwise()) dots.push_back(panel.at(x));
  page.discs(dots, 1.6, {.fill = "#ffffff", .stroke = plot::ink, .width = 0.5});
}

void draw_scale(Page& page, double left, double top, double width, double height) {
  for (int k = 0; k <= levels; ++k) {
    const double x = left + width * k / (levels + 1);
    page.polygons({{{x, top}, {left + width, top}, {left + width, top + height}, {x, top + height}}},
                  {.fill = color_below(k)});
    const double level = lowest + (k - 1) * step;
    if (k > 0 && level == std::round(level)) {
      const std::string number = (level < 0 ? "−" : "") + text_of(std::abs(level));
      page.text({x, top + height + 14}, number, {.color = plot::muted, .anchor = Anchor::middle});
    }
  }
  page.text({left - 16, top + height / 2}, "log-density in nats", {.color = plot::muted, .anchor = Anchor::end});
}

Page draw() {
  Page page(1000, 800);
  page.heading("The Concrete density of three classes",
               "P(A) = 0.5, P(B) = 0.3, P(C) = 0.2. Dots: " + std::to_string(samples) +
                   " samples; temperature moves each, but across no dotted line.");
  const Mesh mesh;
  Point top{176, 132};
  for (const double temperature : {0.1, 0.5, 1.0, 1.5, 2.0, 3.0}) {
    const Concrete3d law(concrete::probabilities(Vector3d(0.5, 0.3, 0.2)), temperature);
    const Panel panel{top};
    draw_density(page, panel, mesh, law);
    draw_frame(page, panel);
    draw_samples(page, panel, law);
    page.text({top.x - Panel::side / 2, top.y}, "temperature", {.color = plot::muted});
    page.text({top.x - Panel::side / 2, top.y + 24}, text_of(temperature), {.size = 22, .bold = true});
    top = top.x < 700 ? Point{top.x + 324, top.y} : Point{176, top.y + 312};
  }
  draw_scale(page, 330, 744, 500, 16);
  return page;
}

}  // namespace

int main(int argc, char** argv) { return plot::run(argc, argv, "simplex_density", draw); }
