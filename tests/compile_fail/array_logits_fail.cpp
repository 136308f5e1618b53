// error: construct from an Eigen matrix or vector; an Eigen array by \.matrix\(\)

#include "concrete/concrete.hpp"

const concrete::ExpConcrete good(Eigen::Array3d(1, 0, -1).matrix(), 0.5);

#ifdef CONCRETE_COMPILE_FAIL
const concrete::ExpConcrete bad(Eigen::Array3d(1, 0, -1), 0.5);
#endif
