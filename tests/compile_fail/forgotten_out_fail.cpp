// error: ignoring return value of .*nodiscard

#include "concrete/concrete.hpp"

const Eigen::Vector3d logits(1, 0, -1);
const concrete::ExpConcrete model(logits, 0.5);

inline void good(double& log_prob) { model.log_prob(logits, log_prob); }

#ifdef CONCRETE_COMPILE_FAIL
#pragma GCC diagnostic error "-Wunused-result"
inline void bad() { model.log_prob(logits); }
#endif
