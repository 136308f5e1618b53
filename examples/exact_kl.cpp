// The KL term of a variational objective, of one sample and exactly. Their gradients agree in the mean, but the sampled
// one is off by about its length at any temperature, and by many times that once the posterior is close to the prior.
// A table and a picture show how far.
//
//   exact_kl [picture.png]

#include <cmath>
#include <concrete/concrete.hpp>
#include <cstdlib>
#include <fstream>
#include <iomanip>
#include <iostream>
#include <sstream>
#include <string>
#include <vector>

#include "vae/canvas.hpp"

namespace {

using Eigen::VectorXd;
using vae::Canvas, vae::Color, vae::Point;

constexpr Eigen::Index classes = 10, samples = 20'000;
// Fixed: in a fixed proportion to the posterior's, it would leave all as it is at any temperature.
constexpr double prior_temperature = 0.5;

/// The KL term and its gradient with respect to the logits; `spread` is the root of the variances' sum.
struct Comparison {
  double temperature, exact, sampled, standard_error, length, spread;
};

Comparison compare(const VectorXd& logits, double temperature, concrete::Engine& engine) {
  const concrete::ExpConcrete q(logits, temperature), p(VectorXd::Zero(classes), prior_temperature);
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

constexpr int left = 120, right = 960, top = 96, bottom = 540, zero = 590;  // a logarithmic scale, and 0 below it
constexpr Color page{255, 255, 255}, ink{60, 66, 80}, grid{228, 230, 235}, sampled_color{214, 92, 20},
    exact_color{28, 130, 70};

int x_of(double temperature) { return static_cast<int>(left + (right - left) * (1 + std::log10(temperature)) / 2); }
int y_of(double ratio) { return static_cast<int>(bottom - (bottom - top) * std::log(ratio / 0.5) / std::log(40)); }

/// Text that ends at x, and text around x.
void write_before(Canvas& canvas, int x, int y, const std::string& text, Color color = ink) {
  canvas.draw_text(x - Canvas::text_width(text, 2), y - Canvas::text_height(2) / 2, text, 2, color);
}
void write_around(Canvas& canvas, int x, int y, const std::string& text) {
  write_before(canvas, x + Canvas::text_width(text, 2) / 2, y, text);
}

std::string text_of(double number) { return (std::ostringstream() << number).str(); }

void draw_axes(Canvas& canvas) {
  for (const double temperature : {0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0}) {
    canvas.fill_rectangle(x_of(temperature), top, 1, zero - top, grid);
    write_around(canvas, x_of(temperature), zero + 26, text_of(temperature));
  }
  for (const double ratio : {0.5, 1.0, 2.0, 5.0, 10.0, 20.0}) {
    canvas.fill_rectangle(left, y_of(ratio), right - left, 1, grid);
    write_before(canvas, left - 16, y_of(ratio), text_of(ratio));
  }
  write_before(canvas, left - 16, zero, "0");
  canvas.fill_rectangle(left - 1, top, 2, bottom - top + 1, ink);
  canvas.draw_text(left, 34, "How far is the KL term's gradient off?", 3, ink);
  write_around(canvas, (left + right) / 2, zero + 64,
               "temperature of the posterior; the prior's is " + text_of(prior_temperature));
  const std::string label = "spread / length of gradient";
  canvas.draw_text(26, (top + bottom + Canvas::text_width(label, 2)) / 2, label, 2, ink, true);
  canvas.draw_line({{left, zero}, {right, zero}}, 4, exact_color);
  write_before(canvas, right - 8, zero - 18, "exact, whatever the logits", exact_color);
}

void draw(Canvas& canvas, const std::vector<Comparison>& rows, double largest) {
  std::vector<Point> points;
  for (const Comparison& row : rows) {
    points.push_back({x_of(row.temperature) + 0.5, y_of(row.spread / row.length) + 0.5});
    canvas.draw_disc(points.back(), 5, sampled_color);
  }
  canvas.draw_line(points, 3, sampled_color);
  write_before(canvas, right - 8, y_of(rows.back().spread / rows.back().length) - 22,
               "one sample, logits up to " + text_of(largest), sampled_color);
}

}  // namespace

int main(int argc, char** argv) {
  const std::string file = argc > 1 ? argv[1] : "exact_kl.png";
  concrete::Engine engine(2017);
  Canvas canvas(1000, 690, page);
  draw_axes(canvas);
  for (const double largest : {2.0, 0.6, 0.2}) {
    std::vector<Comparison> rows;
    for (int k = -4; k <= 4; ++k) {
      rows.push_back(compare(VectorXd::LinSpaced(classes, largest, -largest), std::pow(10, k / 4.0), engine));
    }
    print(rows, largest);
    draw(canvas, rows, largest);
  }
  std::ofstream out(file, std::ios::binary);
  out << canvas.png() << std::flush;
  std::cout << (out ? "wrote " : "cannot write ") << file << '\n';
  return out ? EXIT_SUCCESS : EXIT_FAILURE;
}
