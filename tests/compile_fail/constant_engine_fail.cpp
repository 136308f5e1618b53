// error: the engine must be a variable of a std::uniform_random_bit_generator

#include <random>

#include "concrete/concrete.hpp"

const concrete::LogitBinaryConcrete distribution(Eigen::Vector3d(1, 0, -1), 0.5);
void good(std::mt19937& engine, Eigen::Vector3d& out) { distribution.sample(engine, out); }

#ifdef CONCRETE_COMPILE_FAIL
void bad(const std::mt19937& engine, Eigen::Vector3d& out) { distribution.sample(engine, out); }
#endif
