// How small is a program that draws and scores samples of one class, without streams and exceptions?

#include <concrete/distributions/exp_concrete.hpp>
#include <concrete/noise/engine.hpp>
#include <cstdint>

int main(int count, char**) {
  concrete::Engine engine(static_cast<std::uint64_t>(count));
  const concrete::ExpConcrete3f choice(Eigen::Vector3f(1, 0, static_cast<float>(-count)), 0.5F);
  return choice.log_prob(choice.sample(engine)) < 0;
}
