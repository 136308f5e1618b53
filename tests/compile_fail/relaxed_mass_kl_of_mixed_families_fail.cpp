// error: q and p must be both ExpConcrete or both LogitBinaryConcrete

#include "concrete/concrete.hpp"

const Eigen::Vector3d logits(1, 0, -1), y(-1, -2, -0.5);
const concrete::LogitBinaryConcrete q(logits, 0.5);
const double good = concrete::relaxed_mass_kl(q, concrete::LogitBinaryConcrete(logits, 1), y);

#ifdef CONCRETE_COMPILE_FAIL
const double bad = concrete::relaxed_mass_kl(q, concrete::ExpConcrete(logits, 1), y);
#endif
