// The logits of a relaxed choice are fitted by automatic differentiation. With its noise held, a sample is a function of
// logits and temperature, and a number that carries derivatives, here Eigen's AutoDiffScalar, goes through it.
//
// Take this where the loss is a formula that you would rather not differentiate; nested, it gives second derivatives. It
// takes a derivative for each parameter through every operation, so that its cost grows with their number. That of
// pathwise_gradient does not, but it asks for dloss/dsample, which a network's backward pass has anyway. Here the two
// are compared at every step.

#include <algorithm>
#include <concrete/concrete.hpp>
#include <cstdlib>
#include <iostream>
#include <unsupported/Eigen/AutoDiff>

namespace {

using Eigen::Matrix4Xd, Eigen::Vector4d;

constexpr int count = 2000;  // of samples
constexpr double temperature = 0.5;
const Vector4d wanted(0.1, 0.2, 0.3, 0.4);

/// A number with its derivatives with respect to four logits and the temperature, and the variable number k of those.
using Number = Eigen::AutoDiffScalar<Eigen::Matrix<double, 5, 1>>;
Number variable(double value, int k) { return {value, 5, k}; }

/// |mean of the samples - wanted|^2
Number loss(const Eigen::Vector4<Number>& logits, const Number& t, const Matrix4Xd& noise) {
  const concrete::ExpConcrete choice(logits, t);
  const auto x = choice.to_concrete(choice.reparameterize(noise));
  return (x.rowwise().mean() - wanted.cast<Number>()).squaredNorm();
}

/// The derivatives of the same, by hand.
Eigen::Matrix<double, 5, 1> pathwise(const Vector4d& logits, const Matrix4Xd& noise) {
  const concrete::ExpConcrete choice(logits, temperature);
  const Matrix4Xd y = choice.reparameterize(noise);
  const Vector4d dloss_dmean = 2 * (choice.to_concrete(y).rowwise().mean() - wanted);
  const Matrix4Xd dloss_dx = (dloss_dmean / count).replicate(1, count);
  const auto gradient = choice.pathwise_gradient(y, choice.to_concrete_gradient(y, dloss_dx));
  return (Eigen::Matrix<double, 5, 1>() << gradient.logits, gradient.temperature).finished();
}

}  // namespace

int main() {
  concrete::Engine engine(2017);
  Vector4d logits = Vector4d::Zero();
  const Matrix4Xd noise = concrete::ExpConcrete(logits, temperature).noise(engine, count);

  double difference = 0, last = 0;
  for (int step = 0; step <= 60; ++step) {
    Eigen::Vector4<Number> variables;
    for (int k = 0; k < 4; ++k) variables(k) = variable(logits(k), k);
    const Number value = loss(variables, variable(temperature, 4), noise);
    difference = std::max(difference, (value.derivatives() - pathwise(logits, noise)).cwiseAbs().maxCoeff());
    last = value.value();
    if (step % 10 == 0) std::cout << "step " << step << "  loss " << last << "  logits " << logits.transpose() << '\n';
    logits -= 6 * value.derivatives().head<4>();
  }
  const Vector4d mean = concrete::mean(concrete::Concrete(logits, temperature));
  std::cout << "wanted              " << wanted.transpose() << "\nmean of all samples " << mean.transpose()
            << "\nAutoDiffScalar and pathwise_gradient differ by at most " << difference << '\n';
  return difference < 1e-13 && last < 1e-9 ? EXIT_SUCCESS : EXIT_FAILURE;
}
