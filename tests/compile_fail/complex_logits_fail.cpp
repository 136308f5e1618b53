// error: logits must be real

#include "concrete/concrete.hpp"

const Eigen::Vector3cd logits(1, 0, -1);
const concrete::ExpConcrete good(logits.real(), 0.5);

#ifdef CONCRETE_COMPILE_FAIL
const concrete::ExpConcrete bad(logits, 0.5);
#endif
