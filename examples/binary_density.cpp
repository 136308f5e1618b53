// The density of a binary Concrete variable and its distribution function as temperature rises, for a fair and for a
// biased choice. Below temperature 1 the mass is at the ends; above, it gathers in the middle. P(X > 1/2) never moves.
//
//   binary_density [picture.svg]

#include <array>
#include <cmath>
#include <concrete/concrete.hpp>
#include <string>

#include "plot/axes.hpp"
#include "plot/svg.hpp"

namespace {

using concrete::BinaryConcrete;
using Eigen::Index, Eigen::RowVectorXd;
using plot::Anchor, plot::Axes, plot::Page, plot::Points;

struct Temperature {
  double value;
  const char *name, *color;
  double label_at[2];  // x of the label of its density, for each choice
};

/// Cold to hot, and the threshold in black.
constexpr std::array<Temperature, 6> temperatures{{{0.1, "0.1", "#1b4fa0", {0.5, 0.9}},
                                                   {0.3, "0.3", "#3987d5", {0.38, 0.66}},
                                                   {2. / 3, "2/3", "#6db3e8", {0.5, 0.56}},
                                                   {1, "1", "#262b38", {0.5, 0.87}},
                                                   {2, "2", "#f08a3c", {0.5, 0.72}},
                                                   {4, "4", "#c8322b", {0.5, 0.588}}}};

/// Points of [0, 1], close together towards both ends.
RowVectorXd points() {
  const auto smooth_step = [](double u) { return u * u * (3 - 2 * u); };
  return RowVectorXd::LinSpaced(241, 0, 1).unaryExpr([&](double u) { return smooth_step(smooth_step(u)); });
}

BinaryConcrete<RowVectorXd> law(double p, double temperature) {
  return BinaryConcrete<RowVectorXd>(concrete::probabilities(RowVectorXd::Constant(1, p)), temperature);
}

/// The part of a line of rising x that is not above the frame.
Points below_top(const Axes& axes, const RowVectorXd& x, const RowVectorXd& y) {
  Points result;
  for (Index k = 0; k < x.size(); ++k) {
    const bool inside = y(k) <= axes.y.high;
    if (k > 0 && inside != (y(k - 1) <= axes.y.high)) {  // where it crosses the top
      const double weight = (axes.y.high - y(k - 1)) / (y(k) - y(k - 1));
      result.push_back(axes.at(x(k - 1) + weight * (x(k) - x(k - 1)), axes.y.high));
    }
    if (inside) result.push_back(axes.at(x(k), y(k)));
  }
  return result;
}

void draw_choice(Page& page, int place, double p, const std::string& title) {
  const double left = 76 + 484 * place, right = left + 420;
  const Axes density{{0, 1, left, right}, {0, 4.5, 480, 136}}, cdf{{0, 1, left, right}, {0, 1, 790, 550}};
  density.draw(page, {0, 0.25, 0.5, 0.75, 1}, {0, 1, 2, 3, 4});
  cdf.draw(page, {0, 0.25, 0.5, 0.75, 1}, {0, 0.25, 0.5, 0.75, 1});
  page.text({left, 108}, title, {.size = 16, .bold = true});
  if (place == 0) density.label_y(page, "density");
  if (place == 0) cdf.label_y(page, "P(X < x)");
  cdf.label_x(page, "x");
  const RowVectorXd x = points();
  for (const Temperature& t : temperatures) {
    const auto q = law(p, t.value);
    page.line(below_top(density, x, q.log_prob(x).array().exp().min(1e3)), {.stroke = t.color, .width = 2.5});
    page.line(below_top(cdf, x, q.cdf(x)), {.stroke = t.color, .width = 2.5});
  }
  for (const Temperature& t : temperatures) {
    const double at = t.label_at[place], height = std::exp(law(p, t.value).log_prob(RowVectorXd::Constant(1, at))(0));
    page.text(density.at(at, height), t.name,
              {.size = 14, .color = t.color, .anchor = Anchor::middle, .bold = true, .halo = true});
  }
  page.text(cdf.at(0.535, 1 - p - 0.07), "P(X > 1/2) = " + plot::text_of(p));
  page.text(cdf.at(0.535, 1 - p - 0.145), "at every temperature");
  page.discs({cdf.at(0.5, 1 - p)}, 5, {.fill = plot::ink, .stroke = "#ffffff", .width = 2});
}

Page draw() {
  Page page(1000, 850);
  page.heading("The binary Concrete distribution at six temperatures",
               "Numbers on the lines are temperatures. At 1 and below, no density has a peak between the ends.");
  draw_choice(page, 0, 0.5, "P(1) = 0.5");
  draw_choice(page, 1, 0.8, "P(1) = 0.8");
  return page;
}

}  // namespace

int main(int argc, char** argv) { return plot::run(argc, argv, "binary_density", draw); }
