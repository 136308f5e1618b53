// error: pass an Eigen matrix or vector

#include "concrete/concrete.hpp"

const concrete::LogitBinaryConcrete distribution(Eigen::Vector3d(1, 0, -1), 0.5);
const Eigen::Vector3d y(-1, 0, 1);
const auto good = distribution.pathwise_gradient(y, Eigen::Vector3d::Ones());

#ifdef CONCRETE_COMPILE_FAIL
const auto bad = distribution.pathwise_gradient(y, 1.0);
#endif
