// error: pass an Eigen matrix or vector; an Eigen array by \.matrix\(\)

#include "concrete/concrete.hpp"

const concrete::ExpConcrete distribution(Eigen::Vector3d(1, 0, -1), 0.5);
const Eigen::Array3d y(-1, -1, -1);
const double good = distribution.log_prob(y.matrix());

#ifdef CONCRETE_COMPILE_FAIL
const double bad = distribution.log_prob(y);
#endif
