// error: KL terms are computed in log space; use ExpConcrete for Concrete

#include "concrete/concrete.hpp"

const Eigen::Vector3d logits(1, 0, -1), log_x(-1, -2, -0.5);
const concrete::ExpConcrete q(logits, 0.5);
const Eigen::Vector3d good = concrete::relaxed_kl_gradient(q, concrete::ExpConcrete(logits, 1), log_x, 0.0).sample;

#ifdef CONCRETE_COMPILE_FAIL
const Eigen::Vector3d bad = concrete::relaxed_kl_gradient(q, concrete::Concrete(logits, 1), log_x, 0.0).sample;
#endif
