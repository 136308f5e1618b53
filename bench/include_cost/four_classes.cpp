// What does a program cost that samples, scores and differentiates batches of all four relaxed classes?

#include <Eigen/Dense>
#include <concrete/concrete.hpp>
#include <iostream>

namespace {

template <class Distribution>
double use(concrete::Engine& engine) {
  const Distribution q(Eigen::MatrixXd::Random(10, 100), 0.5);
  const Eigen::MatrixXd y = q.sample(engine);
  const auto drawn = q.sample_and_log_prob(engine);
  const auto density = q.log_prob_gradient(y);
  const auto pathwise = q.pathwise_gradient(drawn.sample, density.sample);
  return drawn.log_prob.sum() + q.log_prob(y).sum() + density.value.sum() + density.logits.sum() + density.temperature +
         pathwise.logits.sum() + pathwise.temperature;
}

}  // namespace

int main() {
  concrete::Engine engine(2017);
  std::cout << use<concrete::ExpConcreteXXd>(engine) << ' ' << use<concrete::ConcreteXXd>(engine) << ' '
            << use<concrete::LogitBinaryConcreteXXd>(engine) << ' ' << use<concrete::BinaryConcreteXXd>(engine) << '\n';
}
