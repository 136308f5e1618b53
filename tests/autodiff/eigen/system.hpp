#pragma once

#include <Eigen/Core>
#include <tuple>
#include <unsupported/Eigen/AutoDiff>

#include "autodiff/derivatives.hpp"

namespace testing {

/// Eigen's AutoDiffScalar, with as many derivatives as its type says or, by Eigen::Dynamic, as there are variables.
template <int count>
struct EigenSystem {
  using Scalar = Eigen::AutoDiffScalar<Eigen::Matrix<double, count, 1>>;

  template <class F>
  static Derivatives differentiate(const F& f, const Eigen::VectorXd& at) {
    const Eigen::Index size = count == Eigen::Dynamic ? at.size() : count;
    Eigen::VectorX<Scalar> variables(at.size());
    for (Eigen::Index k = 0; k < at.size(); ++k) {
      variables(k) = Scalar(at(k), static_cast<int>(size), static_cast<int>(k));
    }
    const Eigen::VectorX<Scalar> y = f(variables);
    Derivatives result{Eigen::VectorXd(y.size()), Eigen::MatrixXd::Zero(y.size(), at.size())};
    for (Eigen::Index i = 0; i < y.size(); ++i) {
      result.values(i) = y(i).value();
      if (y(i).derivatives().size() > 0) result.jacobian.row(i) = y(i).derivatives().head(at.size()).transpose();
    }
    return result;
  }
};

using Systems = std::tuple<EigenSystem<max_variables>, EigenSystem<Eigen::Dynamic>>;

}  // namespace testing
