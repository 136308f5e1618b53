// error: the engine must be a variable of a std::uniform_random_bit_generator

#include <random>

#include "concrete/concrete.hpp"

const concrete::Discrete distribution(Eigen::Vector3d(1, 0, -1));
std::mt19937 engine(1);
const Eigen::Index good = distribution.sample_index(engine);

#ifdef CONCRETE_COMPILE_FAIL
const Eigen::Index bad = distribution.sample_index(std::mt19937(1));
#endif
