// error: q and p have different scalar types

#include "concrete/concrete.hpp"

const Eigen::Vector3d logits(1, 0, -1);
const concrete::ExpConcrete q(logits, 0.5);
const double good = kl_divergence(q, concrete::ExpConcrete(logits, 1));

#ifdef CONCRETE_COMPILE_FAIL
const double bad = kl_divergence(q, concrete::ExpConcrete(logits.cast<float>(), 1));
#endif
