// error: concrete: count must be of a signed or unsigned integer type

#include <random>

#include "concrete/concrete.hpp"

const concrete::Concrete distribution(Eigen::Vector3d(1, 0, -1), 0.5);
std::mt19937 engine(1);
const Eigen::MatrixXd good = distribution.sample(engine, 5u);

#ifdef CONCRETE_COMPILE_FAIL
const Eigen::MatrixXd bad = distribution.sample(engine, true);
#endif
