// Little of the library, as compiling takes most of the time here; the engine is in second.cpp, too.

#include <iostream>
#include <string>

#include <Eigen/Core>
#include <concrete/noise/engine.hpp>
#include <concrete/noise/gumbel.hpp>
#include <concrete/version.hpp>

concrete::Engine engine_of_second();

int main(int argc, char** argv) {
  const std::string version = std::to_string(CONCRETE_VERSION_MAJOR) + '.' + std::to_string(CONCRETE_VERSION_MINOR) +
                              '.' + std::to_string(CONCRETE_VERSION_PATCH);
  if (argc > 1 && version != argv[1]) {
    std::cerr << "These are the headers of " << version << ", not of " << argv[1] << '\n';
    return 1;
  }

  concrete::Engine engine = engine_of_second();
  Eigen::Vector3f noise;
  concrete::fill_gumbel(engine, noise);
  std::cout << noise.transpose() << '\n';
  return noise.allFinite() && engine != engine_of_second() ? 0 : 1;
}
