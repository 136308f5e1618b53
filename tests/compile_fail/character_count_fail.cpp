// error: concrete: count must be of a signed or unsigned integer type

#include <random>

#include "concrete/concrete.hpp"

const concrete::Bernoulli distribution(Eigen::Vector3d(1, 0, -1));
std::mt19937 engine(1);
const auto good = distribution.sample_index(engine, short{5});

#ifdef CONCRETE_COMPILE_FAIL
const auto bad = distribution.sample_index(engine, u8'5');
#endif
