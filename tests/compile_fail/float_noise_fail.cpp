// error: another scalar type than the distribution expects; use \.cast<Scalar>\(\)

#include "concrete/concrete.hpp"

const concrete::ExpConcrete distribution(Eigen::Vector3d(1, 0, -1), 0.5);
const Eigen::Vector3f noise(1, 0, 0);
const Eigen::Vector3d good = distribution.reparameterize(noise.cast<double>());

#ifdef CONCRETE_COMPILE_FAIL
const Eigen::Vector3d bad = distribution.reparameterize(noise);
#endif
