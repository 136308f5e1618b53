#pragma once

#include <adolc/adouble.h>
#include <adolc/drivers/drivers.h>
#include <adolc/taping.h>

#include <Eigen/Core>
#include <tuple>

#include "autodiff/derivatives.hpp"
#include "catch.hpp"

/// What Eigen has to know of a number, and ADOL-C does not tell.
template <>
struct Eigen::NumTraits<adouble> : Eigen::NumTraits<double> {
  using Real = adouble;
  using NonInteger = adouble;
  using Nested = adouble;
  enum { RequireInitialization = 1, AddCost = 5, MulCost = 5 };
};

namespace testing {

/// ADOL-C's adouble: f is recorded on a tape, which is then followed back from each value.
struct AdolcSystem {
  using Scalar = adouble;

  template <class F>
  static Derivatives differentiate(const F& f, Eigen::VectorXd at) {
    constexpr short tape = 1;
    trace_on(tape);
    Eigen::VectorX<adouble> variables(at.size());
    for (Eigen::Index k = 0; k < at.size(); ++k) variables(k) <<= at(k);
    Eigen::VectorX<adouble> y = f(variables);
    Derivatives result{Eigen::VectorXd(y.size()), Eigen::MatrixXd(y.size(), at.size())};
    for (Eigen::Index i = 0; i < y.size(); ++i) y(i) >>= result.values(i);
    trace_off();
    Eigen::VectorXd weights = Eigen::VectorXd::Zero(y.size()), row(at.size());
    const auto outputs = static_cast<int>(y.size()), inputs = static_cast<int>(at.size());
    for (Eigen::Index i = 0; i < y.size(); ++i) {
      weights(i) = 1;
      REQUIRE(vec_jac(tape, outputs, inputs, 0, at.data(), weights.data(), row.data()) >= 0);
      weights(i) = 0;
      result.jacobian.row(i) = row.transpose();
    }
    return result;
  }
};

using Systems = std::tuple<AdolcSystem>;

}  // namespace testing
