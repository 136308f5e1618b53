#include "concrete/concrete.hpp"

double log_prob_in_b(const Eigen::VectorXd& logits, const Eigen::VectorXd& y);

double log_prob_in_b(const Eigen::VectorXd& logits, const Eigen::VectorXd& y) {
  return concrete::ExpConcrete(logits, 0.5).log_prob(y);
}
