// error: another scalar type than the distribution expects; use \.cast<Scalar>\(\)

#include "concrete/concrete.hpp"

const concrete::ExpConcrete distribution(Eigen::Vector3d(1, 0, -1), 0.5);
const Eigen::Vector3f y(-1, -1, -1);
const double good = distribution.log_prob(y.cast<double>());

#ifdef CONCRETE_COMPILE_FAIL
const double bad = distribution.log_prob(y);
#endif
