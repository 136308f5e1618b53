#include <random>

#include <concrete/concrete.hpp>

// Named by nothing: it is there to be linked with main.cpp.
Eigen::VectorXd second_translation_unit(const concrete::ExpConcrete<Eigen::VectorXd>& distribution);

Eigen::VectorXd second_translation_unit(const concrete::ExpConcrete<Eigen::VectorXd>& distribution) {
  std::mt19937_64 engine(2);
  return distribution.sample(engine);
}
