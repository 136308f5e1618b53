// error: the engine must be a variable of a std::uniform_random_bit_generator

#include <random>

#include "concrete/concrete.hpp"

std::mt19937 engine(1);
std::normal_distribution<double> normal;
void good(Eigen::VectorXd& out) { concrete::fill_gumbel(engine, out); }

#ifdef CONCRETE_COMPILE_FAIL
void bad(Eigen::VectorXd& out) { concrete::fill_gumbel(normal, out); }
#endif
