// error: a single logit is Eigen::Vector<float, 1>

#include "concrete/concrete.hpp"

const concrete::LogitBinaryConcrete good(Eigen::Vector<float, 1>(0.3f), 0.5);

#ifdef CONCRETE_COMPILE_FAIL
const concrete::LogitBinaryConcrete bad(0.3f, 0.5);
#endif
