// error: the engine must be a variable of a std::uniform_random_bit_generator

#include <random>

#include "concrete/concrete.hpp"

const concrete::BinaryConcrete distribution(Eigen::Vector3d(1, 0, -1), 0.5);
std::mt19937 engine(1);
const auto good = distribution.sample_and_log_prob(engine, 5);

#ifdef CONCRETE_COMPILE_FAIL
const auto bad = distribution.sample_and_log_prob(5, 5);
#endif
