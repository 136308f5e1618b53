// error: as many rows as the distribution has dimensions: a column is one random vector

#include "concrete/concrete.hpp"

const concrete::ExpConcrete distribution(Eigen::Vector3d(1, 0, -1), 0.5);
const double good = distribution.log_prob(Eigen::Vector3d(-1, -1, -1));

#ifdef CONCRETE_COMPILE_FAIL
const double bad = distribution.log_prob(Eigen::Vector2d(-1, -1));
#endif
