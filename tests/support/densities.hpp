#pragma once

#include <Eigen/Core>

#include "concrete/concrete.hpp"
#include "support/reference.hpp"

// The densities of the four relaxed distributions as textbooks print them, to 50 digits.

namespace testing {

/// A log-density, and the sum of the magnitudes of its terms: an error of the working precision's eps in each argument
/// and each term moves the value by so much times eps.
struct LogDensity {
  Wide value;
  Wide magnitude;
};

/// The entries of a column as Wide.
template <class D>
Eigen::VectorX<Wide> widen(const Eigen::MatrixBase<D>& column) {
  return column.unaryExpr([](const typename D::Scalar& value) { return Wide(value); });
}

/// log of (n-1)! t^(n-1) prod_k alpha_k e^(-t y_k) / (sum_i alpha_i e^(-t y_i))^n,  alpha = e^a, over the classes with
/// alpha > 0.
template <class Y>
LogDensity exp_concrete_log_density(const Eigen::VectorX<Wide>& a, const Y& y, const Wide& t) {
  Wide factorial = 1, sum_of_logs = 0, sum = 0, magnitudes = 0, weighted_magnitudes = 0;
  int n = 0;
  for (Eigen::Index k = 0; k < a.size(); ++k) {
    if (!isfinite(a(k))) continue;
    if (n++ > 0) factorial *= n - 1;
    const Wide log_weight = a(k) - t * Wide(y(k)), weight = exp(log_weight);
    const Wide magnitude = abs(a(k)) + abs(t * Wide(y(k)));
    sum += weight;
    sum_of_logs += log_weight;
    magnitudes += magnitude;
    weighted_magnitudes += weight * magnitude;
  }
  const Wide log_factorial = log(factorial), power = (n - 1) * log(t), log_sum = log(sum);
  return {log_factorial + power + sum_of_logs - n * log_sum,
          log_factorial + abs(power) + magnitudes + n * weighted_magnitudes / sum + n * log(Wide(n))};
}

/// log of (n-1)! t^(n-1) prod_k alpha_k x_k^(-t-1) / (sum_i alpha_i x_i^(-t))^n.
template <class X>
LogDensity concrete_log_density(const Eigen::VectorX<Wide>& a, const X& x, const Wide& t) {
  Eigen::VectorX<Wide> log_x(x.size());
  Wide jacobian = 0, magnitude = 0;
  for (Eigen::Index k = 0; k < x.size(); ++k) {
    if (!isfinite(a(k))) {
      log_x(k) = 0;
      continue;
    }
    log_x(k) = log(Wide(x(k)));
    jacobian += log_x(k);
    magnitude += abs(log_x(k));
  }
  const LogDensity of_log = exp_concrete_log_density(a, log_x, t);
  return {of_log.value - jacobian, of_log.magnitude + magnitude};
}

/// log of t alpha e^(-t y) / (1 + alpha e^(-t y))^2, summed over the entries.
template <class Y>
LogDensity logit_binary_log_density(const Eigen::VectorX<Wide>& a, const Y& y, const Wide& t) {
  LogDensity result{0, 0};
  for (Eigen::Index i = 0; i < a.size(); ++i) {
    const Wide log_weight = a(i) - t * Wide(y(i));
    result.value += log(t) + log_weight - 2 * log(1 + exp(log_weight));
    result.magnitude += abs(log(t)) + abs(a(i)) + abs(t * Wide(y(i))) + 2 * log(Wide(2));
  }
  return result;
}

/// log of t alpha x^(-t-1) (1-x)^(-t-1) / (alpha x^(-t) + (1-x)^(-t))^2, summed over the entries.
template <class X>
LogDensity binary_log_density(const Eigen::VectorX<Wide>& a, const X& x, const Wide& t) {
  LogDensity result{0, 0};
  for (Eigen::Index i = 0; i < a.size(); ++i) {
    const Wide log_one = log(Wide(x(i))), log_zero = log(1 - Wide(x(i)));
    const Wide sum = exp(a(i) - t * log_one) + exp(-t * log_zero);
    result.value += log(t) + a(i) - (t + 1) * (log_one + log_zero) - 2 * log(sum);
    result.magnitude +=
        abs(log(t)) + abs(a(i)) + t * abs(log_one - log_zero) + abs(log_one) + abs(log_zero) + 2 * log(Wide(2));
  }
  return result;
}

/// The log-density of distribution b of a batch at a point.
template <class Logits, class Y>
LogDensity log_density(const concrete::ExpConcrete<Logits>& q, Eigen::Index b, const Y& y) {
  return exp_concrete_log_density(widen(q.logits().col(b)), y, Wide(q.temperature()));
}
template <class Logits, class X>
LogDensity log_density(const concrete::Concrete<Logits>& q, Eigen::Index b, const X& x) {
  return concrete_log_density(widen(q.logits().col(b)), x, Wide(q.temperature()));
}
template <class Logits, class Y>
LogDensity log_density(const concrete::LogitBinaryConcrete<Logits>& q, Eigen::Index b, const Y& y) {
  return logit_binary_log_density(widen(q.logits().col(b)), y, Wide(q.temperature()));
}
template <class Logits, class X>
LogDensity log_density(const concrete::BinaryConcrete<Logits>& q, Eigen::Index b, const X& x) {
  return binary_log_density(widen(q.logits().col(b)), x, Wide(q.temperature()));
}

/// f'(x) of a function of 50 digits, by a central difference that leaves 25 of them.
template <class F>
Wide wide_derivative(const F& f, const Wide& x) {
  const Wide step = (abs(x) > 1 ? Wide(abs(x)) : Wide(1)) * Wide("1e-20");
  return (f(x + step) - f(x - step)) / (2 * step);
}

}  // namespace testing
