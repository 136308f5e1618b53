// error: q and p have different scalar types

#include "concrete/concrete.hpp"

const Eigen::Vector3d logits(1, 0, -1);
const concrete::Discrete q(logits);
const double good = kl_divergence(q, concrete::Discrete(logits));

#ifdef CONCRETE_COMPILE_FAIL
const double bad = kl_divergence(q, concrete::Discrete(logits.cast<float>()));
#endif
