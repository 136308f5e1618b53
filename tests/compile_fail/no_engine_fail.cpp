// error: uniform_random_bit_generator

#include <random>

#include "concrete/concrete.hpp"

const concrete::ExpConcrete distribution(Eigen::Vector3d(1, 0, -1), 0.5);
std::mt19937 engine(1);
std::uniform_real_distribution<double> uniform;
const Eigen::Vector3d good = distribution.sample(engine);

#ifdef CONCRETE_COMPILE_FAIL
const Eigen::Vector3d bad = distribution.sample(uniform);
#endif
