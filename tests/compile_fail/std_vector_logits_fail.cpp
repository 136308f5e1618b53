// error: a std::vector by Eigen::Map

#include <vector>

#include "concrete/concrete.hpp"

const std::vector<double> logits = {1, 0, -1};
const concrete::ExpConcrete good(Eigen::Map<const Eigen::Vector3d>(logits.data()), 0.5);

#ifdef CONCRETE_COMPILE_FAIL
const concrete::ExpConcrete bad(logits, 0.5);
#endif
