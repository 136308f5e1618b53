// The KL term of a variational objective, of one sample and exactly. Their gradients agree in the mean, but the sampled
// one is off by about its length at any temperature, and by many times that once the posterior is close to the prior.
// A table and a picture show how far.
//
//   exact_kl [picture.svg]

#include <cmath>
#include <concrete/concrete.hpp>
#include <iomanip>
#include <iostream>
#include <string>
#include <vector>

#include "plot/axes.hpp"
#include "plot/svg.hpp"

namespace {

using Eigen::VectorXd;
using plot::Anchor, plot::Axes, plot::Page, plot::Points, plot::text_of;

constexpr Eigen::Index classes = 10, samples = 20'000;
// Fixed: in a fixed proportion to the posterior's, it would leave all as it is at any temperature.
constexpr double prior_temperature = 0.5;

/// The KL term and its gradient with respect to the logits; `spread` is the root of the variances' sum.
struct Comparison {
  double temperature, exact, sampled, standard_error, length, spread;
};

Comparison compare(const VectorXd& logits, double temperature, concrete::Engine& engine) {
  const concrete::ExpConcrete q(logits, temperature);
  const concrete::ExpConcrete p(VectorXd::Zero(classes), prior_temperature);
  const auto exact = concrete::kl_divergence_gradient(q, p);

  const concrete::ExpConcrete copies(logits.replicate(1, samples), temperature);  // each has a gradient of its own
  const auto [y, log_q] = copies.sample_and_log_prob(engine);
  const auto kl = concrete::relaxed_kl_gradient(copies, p, y, log_q);
  const Eigen::MatrixXd gradients = kl.q.logits + copies.pathwise_gradient(y, kl.sample).logits;

  const VectorXd mean = gradients.rowwise().mean();
  const double sampled = kl.value.mean(), variance = (kl.value.array() - sampled).square().sum() / (samples - 1);
  const double spread = std::sqrt((gradients.colwise() - mean).squaredNorm() / (samples - 1));
  return {temperature, exact.value, sampled, std::sqrt(variance / samples), exact.q.logits.norm(), spread};
}

void print(const std::vector<Comparison>& rows, double largest) {
  std::cout << "Logits from " << -largest << " to " << largest << '\n'
            << "temperature   KL exact      sampled             |gradient|   spread: exact   sampled\n";
  std::cout << std::fixed;
  for (const Comparison& row : rows) {
    std::cout << std::setprecision(2) << std::setw(11) << row.temperature << std::setprecision(3) << std::setw(11)
              << row.exact << std::setw(13) << row.sampled << " +- " << row.standard_error << std::setprecision(4)
              << std::setw(14) << row.length << std::setw(16) << 0 << std::setw(10) << row.spread << '\n';
  }
  std::cout << std::defaultfloat << '\n';
}

// A logarithmic scale, whose end stands for 0.
constexpr Axes axes{{0.1, 10, 92, 968, true}, {0.35, 20, 576, 112, true}};
constexpr const char *sampled_color = "#d65c14", *exact_color = "#1c8246";

void draw_axes(Page& page) {
  axes.draw(page, {0.1, 0.2, 0.5, 1, 2, 5, 10}, {0.5, 1, 2, 5, 10, 20});
  page.text({axes.x.begin - 10, axes.y.begin}, "0", {.color = plot::muted, .anchor = Anchor::end});
  axes.label_x(page, "temperature of the posterior; the prior's is " + text_of(prior_temperature));
  axes.label_y(page, "spread / length of the gradient");
}

/// A line with its name above its right end.
void draw_line(Page& page, const Points& line, const std::string& name, const char* color) {
  page.line(line, {.stroke = color, .width = 3});
  page.text({line.back().x - 8, line.back().y - 18}, name,
            {.size = 15, .color = color, .anchor = Anchor::end, .halo = true});
}

void draw_sampled(Page& page, const std::vector<Comparison>& rows, double largest) {
  Points line;
  for (const Comparison& row : rows) line.push_back(axes.at(row.temperature, row.spread / row.length));
  draw_line(page, line, "one sample, logits up to " + text_of(largest), sampled_color);
  page.discs(line, 5, {.fill = sampled_color});
}

Page draw() {
  Page page(1000, 646);
  page.heading("How far is the KL term's gradient off?",
               "Gradient with respect to the logits of ten classes: its spread, in multiples of its length.");
  draw_axes(page);
  draw_line(page, {{axes.x.begin, axes.y.begin}, {axes.x.end, axes.y.begin}}, "exact, whatever the logits",
            exact_color);
  concrete::Engine engine(2017);
  for (const double largest : {2.0, 0.6, 0.2}) {
    std::vector<Comparison> rows;
    for (const double temperature : plot::by_ratios(0.1, 10, 9)) {
      rows.push_back(compare(VectorXd::LinSpaced(classes, largest, -largest), temperature, engine));
    }
    print(rows, largest);
    draw_sampled(page, rows, largest);
  }
  return page;
}

}  // namespace

int main(int argc, char** argv) { return plot::run(argc, argv, "exact_kl", draw); }
