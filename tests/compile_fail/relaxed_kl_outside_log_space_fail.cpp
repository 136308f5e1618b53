// error: KL terms are computed in log space; use ExpConcrete for Concrete

#include "concrete/concrete.hpp"

const Eigen::Vector3d logits(1, 0, -1), log_x(-1, -2, -0.5);
const double good = concrete::relaxed_kl(concrete::ExpConcrete(logits, 0.5), concrete::ExpConcrete(logits, 1), log_x);

#ifdef CONCRETE_COMPILE_FAIL
const double bad = concrete::relaxed_kl(concrete::Concrete(logits, 0.5), concrete::Concrete(logits, 1), log_x);
#endif
