// Linked with b.cpp: a function or variable of a header that is not inline would be defined twice.

#include <cmath>

#include "concrete/concrete.hpp"

double log_prob_in_b(const Eigen::VectorXd& logits, const Eigen::VectorXd& y);

int main() {
  const Eigen::VectorXd logits = Eigen::VectorXd::LinSpaced(3, -1.0, 1.0);
  const Eigen::VectorXd y = Eigen::VectorXd::LinSpaced(3, 0.5, -0.5);
  const double here = concrete::ExpConcrete(logits, 0.5).log_prob(y);
  return std::isfinite(here) && here == log_prob_in_b(logits, y) ? 0 : 1;
}
