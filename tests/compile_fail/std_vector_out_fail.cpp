// error: out must be a writable Eigen matrix, block, map or view

#include <random>
#include <vector>

#include "concrete/concrete.hpp"

void good(std::mt19937& engine, std::vector<double>& out) {
  concrete::fill_uniform(engine, Eigen::Map<Eigen::Vector3d>(out.data()));
}

#ifdef CONCRETE_COMPILE_FAIL
void bad(std::mt19937& engine, std::vector<double>& out) { concrete::fill_uniform(engine, out); }
#endif
