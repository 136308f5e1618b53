// error: the temperature is one number, convertible to the scalar of the logits

#include "concrete/concrete.hpp"

const Eigen::Vector3d logits(1, 0, -1);
const concrete::LogitBinaryConcrete good(logits, logits.sum() + 1);

#ifdef CONCRETE_COMPILE_FAIL
const concrete::LogitBinaryConcrete bad(logits, logits);
#endif
