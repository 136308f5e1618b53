// error: half and bfloat16 are too short for densities; use \.cast<float>\(\)

#include "concrete/concrete.hpp"

const Eigen::Matrix<Eigen::half, 3, 1> logits = Eigen::Vector3f(1, 0, -1).cast<Eigen::half>();
const concrete::ExpConcrete good(logits.cast<float>(), 0.5);

#ifdef CONCRETE_COMPILE_FAIL
const concrete::ExpConcrete bad(logits, 0.5);
#endif
