#include <iostream>

#include <Eigen/Core>
#include <concrete/concrete.hpp>

int main() {
  concrete::Engine engine(2017);
  const concrete::Concrete choice(Eigen::Vector3d(1.0, 0.0, -1.0), 0.5);
  std::cout << choice.sample(engine).transpose() << '\n';
}
