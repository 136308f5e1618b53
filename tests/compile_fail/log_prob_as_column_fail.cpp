// error: log_prob must be a writable row vector of the distribution's scalar, or a Scalar

#include <random>

#include "concrete/concrete.hpp"

const concrete::Concrete distribution(Eigen::Vector3d(1, 0, -1), 0.5);
std::mt19937 engine(1);
void good(Eigen::Matrix3d& out, Eigen::RowVector3d& row) { distribution.sample_and_log_prob(engine, out, row); }

#ifdef CONCRETE_COMPILE_FAIL
void bad(Eigen::Matrix3d& out, Eigen::Vector3d& column) { distribution.sample_and_log_prob(engine, out, column); }
#endif
