// error: out must be a writable Eigen matrix, block, map or view \(an Eigen array by \.matrix\(\)\)

#include <random>

#include "concrete/concrete.hpp"

const concrete::ExpConcrete distribution(Eigen::Vector3d(1, 0, -1), 0.5);
void draw(std::mt19937& engine, Eigen::Array3d& out) { distribution.sample(engine, out.matrix()); }

#ifdef CONCRETE_COMPILE_FAIL
void bad(std::mt19937& engine, Eigen::Array3d& out) { distribution.sample(engine, out); }
#endif
