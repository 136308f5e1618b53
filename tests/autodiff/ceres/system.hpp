#pragma once

#include <ceres/jet.h>

#include <Eigen/Core>
#include <tuple>

#include "autodiff/derivatives.hpp"

namespace testing {

/// The Jets of the Ceres Solver.
struct CeresSystem {
  using Scalar = ceres::Jet<double, max_variables>;

  template <class F>
  static Derivatives differentiate(const F& f, const Eigen::VectorXd& at) {
    Eigen::VectorX<Scalar> variables(at.size());
    for (Eigen::Index k = 0; k < at.size(); ++k) variables(k) = Scalar(at(k), static_cast<int>(k));
    const Eigen::VectorX<Scalar> y = f(variables);
    Derivatives result{Eigen::VectorXd(y.size()), Eigen::MatrixXd(y.size(), at.size())};
    for (Eigen::Index i = 0; i < y.size(); ++i) {
      result.values(i) = y(i).a;
      result.jacobian.row(i) = y(i).v.head(at.size()).transpose();
    }
    return result;
  }
};

using Systems = std::tuple<CeresSystem>;

}  // namespace testing
