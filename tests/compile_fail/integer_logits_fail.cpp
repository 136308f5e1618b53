// error: logits must be floating point; use \.cast<double>\(\)

#include "concrete/concrete.hpp"

const concrete::ExpConcrete good(Eigen::Vector3i(1, 0, -1).cast<double>(), 0.5);

#ifdef CONCRETE_COMPILE_FAIL
const concrete::ExpConcrete bad(Eigen::Vector3i(1, 0, -1), 0.5);
#endif
