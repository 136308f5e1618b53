#pragma once

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <stdexcept>

#include "byte_reader.hpp"
#include "concrete/concrete.hpp"

// What holds for every distribution that a constructor accepts, whatever the numbers.

namespace fuzz {

using Eigen::Index;

/// Ends the program where a property does not hold.
inline void require(bool holds, const char* property) {
  if (holds) return;
  std::fprintf(stderr, "violated: %s\n", property);
  std::abort();
}

template <class D>
bool has_nan(const Eigen::MatrixBase<D>& m) {
  return m.array().isNaN().any();
}

template <class Logits>
constexpr bool on_x_scale(const concrete::Concrete<Logits>*) {
  return true;
}
template <class Logits>
constexpr bool on_x_scale(const concrete::BinaryConcrete<Logits>*) {
  return true;
}
constexpr bool on_x_scale(const void*) { return false; }

template <class D>
inline constexpr bool is_binary = requires(const D& d) {
  d.cdf(d.logits());
};

/// Whether the parameters are within the range for which the library promises correct values.
template <class D>
bool is_documented(const D& model) {
  using Scalar = typename D::Scalar;
  const Scalar largest = std::is_same_v<Scalar, float> ? Scalar(1e4) : Scalar(1e6);
  const auto fits = [&](Scalar a) { return std::abs(a) <= largest || a == -std::numeric_limits<Scalar>::infinity(); };
  return model.temperature() >= Scalar(1e-6) && model.temperature() <= Scalar(1e6) &&
         model.logits().unaryExpr(fits).all();
}

/// A distribution of n x B logits, probabilities or odds, unless the constructor refuses them.
template <class D>
std::optional<D> construct(ByteReader& in, Index n, Index batch) {
  using Scalar = typename D::Scalar;
  const Index kind = in.integer(0, 9);
  const auto temperature = in.number<Scalar>();
  const auto numbers = in.matrix<Scalar>(n, batch);
  try {
    if constexpr (is_binary<D>) {
      if (kind == 9) return D(concrete::odds(numbers), temperature);
    }
    return kind >= 8 ? D(concrete::probabilities(numbers), temperature) : D(numbers, temperature);
  } catch (const std::invalid_argument&) {
    return std::nullopt;
  }
}

/// Samples are in the support, whatever the engine returns, and their densities and gradients are numbers.
template <class D>
void check_samples(const D& model, ByteReader& in, Index count) {
  using Scalar = typename D::Scalar;
  const auto drawn = model.sample_and_log_prob(in, count);
  require(!has_nan(drawn.sample), "a sample is no NaN");
  require(model.in_support(drawn.sample).all(), "a sample is in the support");
  require(!has_nan(drawn.log_prob), "the density from the noise is no NaN");
  if (!is_documented(model)) return;
  require(!has_nan(model.log_prob(drawn.sample)), "the density of a sample is no NaN");
  require(on_x_scale(&model) || drawn.log_prob.allFinite(), "the density from the noise is finite in log space");

  const auto upstream = in.matrix<Scalar>(model.dimension(), drawn.sample.cols())
                            .unaryExpr([](Scalar g) { return std::abs(g) <= Scalar(1e6) ? g : Scalar(1); })
                            .eval();
  const auto path = model.pathwise_gradient(drawn.sample, upstream);
  require(path.logits.allFinite(), "the gradient of a sample with respect to the logits is finite");
  require(std::isfinite(path.temperature), "the gradient of a sample with respect to the temperature is finite");
  const auto gradient = model.log_prob_gradient(drawn.sample);
  require(gradient.logits.allFinite(), "the gradient of a density with respect to the logits is finite");
  require(!has_nan(gradient.sample), "the gradient of a density with respect to the sample is no NaN");
  require(!std::isnan(gradient.temperature), "the gradient of a density with respect to the temperature is no NaN");
  if (on_x_scale(&model)) return;
  require(gradient.sample.allFinite(), "the gradient with respect to the sample is finite in log space");
  require(std::isfinite(gradient.temperature), "the gradient with respect to the temperature is finite in log space");
}

/// Any points: densities are NaN just where the point is, and gradients are NaN nowhere else.
template <class D>
void check_points(const D& model, ByteReader& in, Index count) {
  using Scalar = typename D::Scalar;
  const auto points = in.matrix<Scalar>(model.dimension(), model.batch_size() * count);
  const auto weights = in.matrix<Scalar>(1, points.cols());
  const auto log_prob = model.log_prob(points);
  const auto gradient = model.log_prob_gradient(points, in.integer(0, 3));
  const auto support = model.in_support(points);
  (void)model.log_prob_gradient(points, weights);
  (void)model.pathwise_gradient(points, points);
  (void)D::harden(points);
  if (!is_documented(model)) return;
  for (Index j = 0; j < points.cols(); ++j) {
    const bool unknown = has_nan(points.col(j));
    require(std::isnan(log_prob(j)) == unknown, "the density is NaN just where the point is");
    require(!(unknown && support(j)), "NaN is outside the support");
    require(unknown || !has_nan(gradient.sample.col(j)), "the gradient with respect to a point is no NaN");
  }
  if (has_nan(points)) return;
  require(!has_nan(gradient.logits), "the gradient with respect to the logits is no NaN");
  require(!std::isnan(gradient.temperature), "the gradient with respect to the temperature is no NaN");
  const auto of_one_sign =
      weights.unaryExpr([](Scalar w) { return std::abs(w) <= Scalar(1e6) ? std::abs(w) : Scalar(1); }).eval();
  const Scalar up = model.log_prob_gradient(points, of_one_sign).temperature;
  const Scalar down = model.log_prob_gradient(points, -of_one_sign).temperature;
  require(!std::isnan(up) && !std::isnan(down), "nor is it with upstreams of one sign, some of them 0");
}

/// The distribution function lies in [0, 1], and its inverse rises, up to the rounding of logit at 1/4 and 3/4.
template <class D>
void check_distribution_function(const D& model, ByteReader& in) {
  using Scalar = typename D::Scalar;
  const Index n = model.dimension(), batch = model.batch_size();
  const Eigen::MatrixX<Scalar> y = in.matrix<Scalar>(n, batch), u = in.matrix<Scalar>(n, batch);
  const Eigen::MatrixX<Scalar> v = in.matrix<Scalar>(n, batch);
  const auto p = model.cdf(y), at_u = model.quantile(u), at_v = model.quantile(v);
  for (Index i = 0; i < y.size(); ++i) {
    require(std::isnan(y(i)) ? std::isnan(p(i)) : p(i) >= 0 && p(i) <= 1, "a distribution function is in [0, 1]");
    const bool is_probability = u(i) >= 0 && u(i) <= 1;
    require(std::isnan(at_u(i)) == !is_probability, "there is a quantile of every probability");
    if (!(is_probability && v(i) >= u(i) && v(i) <= 1) || !is_documented(model)) continue;
    const Scalar slack =
        8 * std::numeric_limits<Scalar>::epsilon() * (1 + std::abs(model.logits()(i))) * (1 + 1 / model.temperature());
    require(at_u(i) <= at_v(i) || at_u(i) - at_v(i) <= slack, "the quantile rises");
  }
}

/// The discrete limits: entropies and divergences are numbers from 0 up.
template <class D>
void check_limits(const D& model, ByteReader& in) {
  const auto other = construct<D>(in, model.dimension(), 1);
  const auto limit = model.discrete();
  const auto sample = limit.sample(in, 1);
  require(!has_nan(limit.log_prob(sample)), "the mass of a sample is no NaN");
  require(((sample.array() == 0) || (sample.array() == 1)).all(), "a discrete sample is 0 or 1");
  (void)limit.sample_index(in, 1);
  require(!has_nan(limit.log_probabilities()) && !has_nan(limit.probabilities()), "a probability is no NaN");
  require((entropy(limit).array() >= 0).all(), "an entropy is at least 0");
  if (!other) return;
  const auto kl = kl_divergence(limit, other->discrete());
  require((kl.array() >= 0).all(), "a divergence is at least 0");
  const auto gradient = kl_divergence_gradient(limit, other->discrete());
  require(!has_nan(gradient.q.logits) && !has_nan(gradient.p.logits), "the gradient of a divergence is no NaN");
}

/// What training does with samples in log space.
template <class D>
void check_training(const D& q, ByteReader& in, Index count) {
  const auto p = construct<D>(in, q.dimension(), 1);
  const auto [y, log_q] = q.sample_and_log_prob(in, count);
  if (y.cols() > 0) {
    const auto bound = concrete::importance_weighted(log_q, q.batch_size());
    require(!has_nan(bound.bound) && !has_nan(concrete::doubly_reparameterized_weights(bound.weights)),
            "the bound of finite weights is no NaN");
  }
  if (!p || !is_documented(q) || !is_documented(*p)) return;
  require(!has_nan(relaxed_kl(q, *p, y, log_q)), "relaxed_kl is no NaN");
  require(!has_nan(relaxed_kl_gradient(q, *p, y, log_q).sample), "the gradient of relaxed_kl is no NaN");
  const auto of_mass = relaxed_mass_kl_gradient(q, *p, y);
  require(
      !has_nan(of_mass.value) && !has_nan(of_mass.sample) && !has_nan(of_mass.q.logits) && !has_nan(of_mass.p.logits),
      "relaxed_mass_kl and its gradient are no NaN");
  (void)D::to_concrete_gradient(y, y);
}

/// Arguments of any shape end in a result or in std::invalid_argument.
template <class D>
void check_shapes(const D& model, ByteReader& in) {
  using Scalar = typename D::Scalar;
  const Index n = in.integer(0, 4), cols = in.integer(0, 4);
  const auto y = in.matrix<Scalar>(n, cols);
  const auto attempt = [](const auto& call) {
    try {
      call();
    } catch (const std::invalid_argument&) {
    }
  };
  attempt([&] { return model.log_prob(y); });
  attempt([&] { return model.log_prob_gradient(model.sample(in), y); });
  attempt([&] { return model.pathwise_gradient(y, y); });
  attempt([&] { return model.reparameterize(y); });
  attempt([&] { return model.discrete().log_prob(y); });
  attempt([&] { return concrete::importance_weighted(y, in.integer(0, 3) - 1); });
  auto out = y;
  attempt([&] { model.sample(in, out.leftCols(cols / 2)); });
  attempt([&] { model.sample(in, out); });
}

/// Expectations without sampling are numbers within their bounds. Rarely, as their tables take long.
template <class D>
void check_exact(const D& q, ByteReader& in) {
  const auto p = construct<D>(in, q.dimension(), 1);
  if (in.integer(0, 15) != 7) return;
  require(!has_nan(entropy(q)), "an exact entropy is no NaN");
  if constexpr (on_x_scale(static_cast<const D*>(nullptr))) {
    const auto mean = concrete::mean(q), variance = concrete::variance(q);
    require((mean.array() >= 0).all() && (mean.array() <= 1).all(), "a mean is in [0, 1]");
    require((variance.array() >= 0).all(), "a variance is at least 0");
    const auto gradient = mean_gradient(q, mean);
    require(!has_nan(gradient.logits) && !std::isnan(gradient.temperature), "the gradient of a mean is no NaN");
  } else {
    require(!has_nan(mean(q)) && !has_nan(mode(q)), "means and modes are no NaN");
  }
  if (!p) return;
  const auto kl = kl_divergence_gradient(q, *p);
  require((kl.value.array() >= 0).all(), "an exact divergence is at least 0");
  require(!has_nan(kl.q.logits) && !has_nan(kl.p.logits), "its gradient is no NaN");
  require(!std::isnan(kl.q.temperature) && !std::isnan(kl.p.temperature), "nor are the temperatures'");
}

template <class D>
void check_everything(ByteReader& in) {
  const Index n = in.integer(1, 6), batch = in.integer(1, 3), count = in.integer(0, 2);
  const auto model = construct<D>(in, n, batch);
  if (!model) return;
  check_points(*model, in, count);
  check_samples(*model, in, count);
  if constexpr (is_binary<D>) check_distribution_function(*model, in);
  check_limits(*model, in);
  if constexpr (requires { D::to_concrete(model->logits()); }) check_training(*model, in, count);
  check_shapes(*model, in);
  check_exact(*model, in);
}

}  // namespace fuzz
