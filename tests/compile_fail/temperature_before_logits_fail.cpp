// error: vector of logits, before the temperature

#include "concrete/concrete.hpp"

const Eigen::Vector3d logits(1, 0, -1);
const concrete::ExpConcrete good(logits, 0.5);

#ifdef CONCRETE_COMPILE_FAIL
const concrete::ExpConcrete bad(0.5, logits);
#endif
