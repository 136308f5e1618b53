// error: q and p must be both ExpConcrete or both LogitBinaryConcrete

#include "concrete/concrete.hpp"

const Eigen::Vector3d logits(1, 0, -1), log_x(-1, -2, -0.5);
const concrete::ExpConcrete q(logits, 0.5);
const double good = concrete::relaxed_kl(q, concrete::ExpConcrete(logits, 1), log_x);

#ifdef CONCRETE_COMPILE_FAIL
const double bad = concrete::relaxed_kl(q, concrete::LogitBinaryConcrete(logits, 1), log_x);
#endif
