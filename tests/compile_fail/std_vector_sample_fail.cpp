// error: pass an Eigen matrix or vector; an Eigen array by \.matrix\(\), a std::vector by Eigen::Map

#include <vector>

#include "concrete/concrete.hpp"

const concrete::ExpConcrete distribution(Eigen::Vector3d(1, 0, -1), 0.5);
const std::vector<double> y = {-1, -1, -1};
const double good = distribution.log_prob(Eigen::Map<const Eigen::Vector3d>(y.data()));

#ifdef CONCRETE_COMPILE_FAIL
const double bad = distribution.log_prob(y);
#endif
