// error: concrete: covariance is that of one vector: make a distribution of one column, such as logits.col\(j\)

#include "concrete/concrete.hpp"

const Eigen::MatrixXd logits = Eigen::MatrixXd::Zero(3, 2);
const Eigen::MatrixXd good = covariance(concrete::Concrete(logits.col(0), 0.5));

#ifdef CONCRETE_COMPILE_FAIL
const Eigen::MatrixXd bad = covariance(concrete::Concrete(logits, 0.5));
#endif
