// error: upstream must be one number, or a row vector with one for each column

#include "concrete/concrete.hpp"

const concrete::ExpConcreteXXd distribution(Eigen::MatrixXd::Zero(3, 2), 0.5);
const Eigen::MatrixXd y = Eigen::MatrixXd::Constant(3, 2, -1);
const Eigen::Array<double, 1, 2> weights(0.5, 2);
const auto good = distribution.log_prob_gradient(y, weights.matrix());

#ifdef CONCRETE_COMPILE_FAIL
const auto bad = distribution.log_prob_gradient(y, weights);
#endif
