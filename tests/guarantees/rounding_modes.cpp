#include <cfenv>
#include <initializer_list>
#include <limits>

#include "concrete/concrete.hpp"
#include "guarantees/check.hpp"

// Masked classes get no mass, and nothing that is finite elsewhere is NaN or infinite, in whatever direction results are
// rounded.

namespace {

using testing::check;

template <class Q>
void check_class(const Q& q, double no_mass) {
  concrete::Engine engine(1);
  const Eigen::MatrixXd y = q.sample(engine, 20), ones = Eigen::MatrixXd::Ones(y.rows(), y.cols());
  check((y.row(2).array() == no_mass).all(), "a masked class has no mass");
  check(q.log_prob(y).allFinite(), "log-densities of samples are finite");
  check(q.log_prob_gradient(y).logits.allFinite(), "so are their gradients");
  check(q.pathwise_gradient(y, ones).logits.allFinite(), "and those through samples");
}

}  // namespace

int main() {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  for (const int mode : {FE_UPWARD, FE_DOWNWARD, FE_TOWARDZERO}) {
    for (const int columns : {1, 2, 40}) {
      Eigen::MatrixXd logits = Eigen::MatrixXd::Random(5, columns);
      logits.row(2).setConstant(-infinity);
      std::fesetround(mode);
      check_class(concrete::Concrete(logits, 0.5), 0);
      check_class(concrete::ExpConcrete(logits, 0.5), -infinity);
      std::fesetround(FE_TONEAREST);
    }
  }
  return testing::exit_status();
}
