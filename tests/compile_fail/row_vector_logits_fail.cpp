// error: a row vector is a batch of distributions over one category; transpose it

#include "concrete/concrete.hpp"

const concrete::ExpConcrete good(Eigen::RowVector3d(1, 0, -1).transpose(), 0.5);

#ifdef CONCRETE_COMPILE_FAIL
const concrete::ExpConcrete bad(Eigen::RowVector3d(1, 0, -1), 0.5);
#endif
