// error: log_prob must be a writable row vector of the distribution's scalar, or a Scalar

#include <random>

#include "concrete/concrete.hpp"

const concrete::ExpConcrete distribution(Eigen::Vector3d(1, 0, -1), 0.5);
std::mt19937 engine(1);
void good(Eigen::Vector3d& out, Eigen::RowVectorXd& row) { distribution.sample_and_log_prob(engine, out, row); }

#ifdef CONCRETE_COMPILE_FAIL
void bad(Eigen::Vector3d& out, Eigen::RowVectorXf& row) { distribution.sample_and_log_prob(engine, out, row); }
#endif
