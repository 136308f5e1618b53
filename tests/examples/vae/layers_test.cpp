#include "vae/layers.hpp"

#include <cmath>

#include "catch.hpp"
#include "support.hpp"

using vae::Index;
using Matrix = vae::Matrix<double>;
using Vector = vae::Vector<double>;

namespace {

/// Between -1 and 1.
Matrix symmetric_uniforms(Index rows, Index cols, unsigned seed) { return 2 * uniforms(rows, cols, seed).array() - 1; }

}  // namespace

TEST_CASE("layers: forward is tanh of affine, and affine at last", "[vae]") {
  vae::Layout layout;
  layout.add(2, 2);  // others may come before
  vae::Stack<double> stack(layout, {2, 3, 1});
  REQUIRE(layout.size() == 4 + 2 * 3 + 3 + 3 * 1 + 1);
  const Vector parameters = symmetric_uniforms(layout.size(), 1, 1);
  const Matrix input = symmetric_uniforms(2, 5, 2);
  const Matrix output = stack.forward(parameters, input);
  for (Index j = 0; j < 5; ++j) {
    double expected = parameters[4 + 9 + 3];
    for (Index h = 0; h < 3; ++h) {
      const double sum = parameters[4 + h] * input(0, j) + parameters[4 + 3 + h] * input(1, j) + parameters[4 + 6 + h];
      expected += parameters[4 + 9 + h] * std::tanh(sum);
    }
    CHECK(output(0, j) == Catch::Approx(expected).epsilon(1e-14));
  }
}

TEST_CASE("layers: backward against central differences", "[vae]") {
  for (const std::vector<Index>& sizes : {std::vector<Index>{3, 4}, {3, 5, 4}, {3, 5, 2, 4}}) {
    vae::Layout layout;
    vae::Stack<double> stack(layout, sizes);
    Vector parameters = symmetric_uniforms(layout.size(), 1, 3);
    Matrix input = symmetric_uniforms(3, 6, 4);
    const Matrix weights = symmetric_uniforms(4, 6, 5);  // the loss is the weighted sum of the outputs
    const auto loss = [&] { return stack.forward(parameters, input).cwiseProduct(weights).sum(); };
    loss();
    Vector gradient = Vector::Constant(layout.size(), std::nan(""));
    Matrix upstream = weights, input_gradient;
    stack.backward(parameters, input, upstream, gradient, &input_gradient);
    const auto check = [&](double& variable, double derivative) {
      const double h = 1e-5, here = variable;
      variable = here + h;
      const double above = loss();
      variable = here - h;
      const double below = loss();
      variable = here;
      CHECK(std::abs((above - below) / (2 * h) - derivative) < 1e-9);
    };
    for (Index k = 0; k < parameters.size(); ++k) check(parameters[k], gradient[k]);
    for (Index k = 0; k < input.size(); ++k) check(input.data()[k], input_gradient.data()[k]);

    loss();
    Vector without_input = Vector::Zero(layout.size());
    upstream = weights;
    stack.backward(parameters, input, upstream, without_input, nullptr);
    CHECK(without_input == gradient);
  }
}

TEST_CASE("layers: columns that are left out are columns without a gradient", "[vae]") {
  vae::Layout layout;
  vae::Stack<double> stack(layout, {3, 5, 2, 4});
  const Vector parameters = symmetric_uniforms(layout.size(), 1, 3);
  const Matrix input = symmetric_uniforms(3, 6, 4);
  const std::vector<Index> kept{1, 2, 5};
  Matrix upstream = Matrix::Zero(4, 6), kept_upstream(4, 3), kept_input(3, 3);
  for (Index k = 0; k < 3; ++k) {
    const Index j = kept[static_cast<std::size_t>(k)];
    kept_upstream.col(k) = upstream.col(j) = symmetric_uniforms(4, 1, static_cast<unsigned>(10 + k));
    kept_input.col(k) = input.col(j);
  }
  Vector gradient(layout.size()), kept_gradient(layout.size());
  Matrix input_gradient, kept_input_gradient;
  stack.forward(parameters, input);
  stack.backward(parameters, input, upstream, gradient, &input_gradient);
  const Matrix output = stack.forward(parameters, input);
  stack.keep_columns(kept);
  stack.backward(parameters, kept_input, kept_upstream, kept_gradient, &kept_input_gradient);
  CHECK((kept_gradient - gradient).cwiseAbs().maxCoeff() < 1e-14);
  REQUIRE(kept_input_gradient.cols() == 3);
  for (Index k = 0; k < 3; ++k) {
    CHECK((kept_input_gradient.col(k) - input_gradient.col(kept[static_cast<std::size_t>(k)])).norm() < 1e-14);
  }
  CHECK(stack.forward(parameters, input) == output);  // all of them again
}

TEST_CASE("layers: Glorot's initial weights", "[vae]") {
  vae::Layout layout;
  const vae::Stack<double> stack(layout, {60, 40});
  Vector parameters = Vector::Ones(layout.size());
  vae::Engine engine(7);
  stack.initialise(parameters, engine);
  const Vector weights = parameters.head(2400);
  const double limit = std::sqrt(6.0 / 100);
  CHECK(weights.cwiseAbs().maxCoeff() < limit);
  CHECK(weights.maxCoeff() > 0.99 * limit);
  CHECK(weights.minCoeff() < -0.99 * limit);
  CHECK(std::abs(weights.mean()) < 5 * limit / std::sqrt(3 * 2400.0));
  CHECK(parameters.tail(40).isZero(0));
}
