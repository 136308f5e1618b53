#include <vector>

#include "concrete/concrete.hpp"

// What the misuses of misuses.txt speak of.

using namespace concrete;

Engine engine(1);
Eigen::Vector3d y(-1, -2, -0.5), out;
double built_in[3] = {1, 0, -1};
std::vector<double> numbers{1, 0, -1};
const ExpConcrete q(y, 0.5);
const Concrete x_class(y, 0.5);
const BinaryConcrete binary(y, 0.5);
const LogitBinaryConcrete logit_binary(y, 0.5);
const Discrete discrete(y);
