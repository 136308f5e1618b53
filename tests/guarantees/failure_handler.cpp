#include <cstdio>
#include <cstdlib>
#include <string_view>

// A program's own answer to a violated precondition. It must not return; this one leaves with a status of its own.

namespace {

[[noreturn]] void leave(const char* message) {
  std::fprintf(stderr, "handled: %s\n", message);
  std::exit(7);
}

}  // namespace

#define CONCRETE_FAILURE_HANDLER(message) leave(message)

#include "concrete/concrete.hpp"
#include "support/random.hpp"

int main(int argc, char** argv) {
  const std::string_view defect = argc > 1 ? argv[1] : "";
  const Eigen::Vector3d logits(0.3, -0.5, 0.9);
  const concrete::ExpConcreteXd q(logits, 0.7);
  if (defect == "temperature") concrete::ExpConcrete(logits, 0.0);
  if (defect == "logits") concrete::Bernoulli(Eigen::VectorXd(logits / 0.0));
  if (defect == "sample") (void)q.log_prob(Eigen::VectorXd::Zero(2));
  if (defect == "count") {
    testing::Random engine(1);
    (void)q.sample(engine, -1);
  }
  return EXIT_SUCCESS;
}
