// error: out must be a writable Eigen matrix, block, map or view

#include <random>

#include "concrete/concrete.hpp"

const concrete::Bernoulli distribution(Eigen::Vector3d(1, 0, -1));
void good(std::mt19937& engine, Eigen::MatrixXd& out) { distribution.sample(engine, out.topRows(3)); }

#ifdef CONCRETE_COMPILE_FAIL
void bad(std::mt19937& engine, Eigen::MatrixXd& out) { distribution.sample(engine, 2 * out); }
#endif
