// error: out must be a writable Eigen matrix, block, map or view

#include <random>

#include "concrete/concrete.hpp"

const concrete::ExpConcrete distribution(Eigen::Vector3d(1, 0, -1), 0.5);
void good(std::mt19937& engine, Eigen::Vector3d& out) { distribution.sample(engine, out); }

#ifdef CONCRETE_COMPILE_FAIL
void bad(std::mt19937& engine, const Eigen::Vector3d& out) { distribution.sample(engine, out); }
#endif
