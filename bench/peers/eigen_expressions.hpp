#pragma once

// The same mathematics as a careful user of Eigen writes it: whole-array expressions, which Eigen vectorises, into
// memory that is there already. The noise is as good as its uniforms: its tails end early, and Eigen's own uniforms,
// which may be 0 or 1, make it infinite now and then.

#include <Eigen/Core>
#include <cmath>
#include <concepts>
#include <cstdint>
#include <limits>
#include <span>

namespace bench {

/// In place of an engine: Array::setRandom(), that is std::rand().
struct EigenRandom {};

/// Uniforms of 23 (float) or 52 bits, strictly between 0 and 1 if they come from an engine.
template <class Array>
class EigenUniforms {
  using Scalar = typename Array::Scalar;
  using Words = Eigen::ArrayX<std::uint32_t>;

 public:
  explicit EigenUniforms(Eigen::Index size) : words_(std::same_as<Scalar, float> ? size : 2 * size) {}

  template <class Engine>
  void operator()(Engine& engine, Array& uniforms) {
    fill(engine);
    auto flat = uniforms.reshaped();
    if constexpr (std::same_as<Scalar, float>) {
      flat = words_.unaryExpr([](std::uint32_t word) {
        return (static_cast<float>(static_cast<std::int32_t>(word >> 9)) + 0.5f) * 0x1p-23f;
      });
    } else {
      flat = words_.head(flat.size()).binaryExpr(words_.tail(flat.size()), [](std::uint32_t high, std::uint32_t low) {
        return ((high * 0x1p20 + (low >> 12)) + 0.5) * 0x1p-52;
      });
    }
  }

  void operator()(EigenRandom, Array& uniforms) {
    uniforms.setRandom();
    uniforms = (uniforms + 1) / 2;
  }

 private:
  template <class Engine>
  void fill(Engine& engine) {
    if constexpr (requires { engine.fill(std::span<std::uint32_t>()); }) {
      engine.fill(std::span(words_.data(), static_cast<std::size_t>(words_.size())));
    } else {
      static_assert(Engine::max() == std::numeric_limits<std::uint64_t>::max(), "two words a call");
      for (Eigen::Index i = 0; i < words_.size();) {
        const std::uint64_t bits = engine();
        words_(i++) = static_cast<std::uint32_t>(bits);
        if (i < words_.size()) words_(i++) = static_cast<std::uint32_t>(bits >> 32);
      }
    }
  }

  Words words_;
};

/// What ExpConcrete does, except for masks, faces of the simplex and long tails.
template <class LogitsType>
class EigenExpConcrete {
 public:
  using Logits = LogitsType;
  using Scalar = typename Logits::Scalar;
  using Array = Eigen::Array<Scalar, Logits::RowsAtCompileTime, Logits::ColsAtCompileTime>;
  using Row = Eigen::Array<Scalar, 1, Logits::ColsAtCompileTime>;

  EigenExpConcrete(const Logits& logits, double temperature)
      : logits_(logits),
        temperature_(static_cast<Scalar>(temperature)),
        n_(static_cast<Scalar>(logits.rows())),
        log_normalizer_(std::lgamma(n_) + (n_ - 1) * std::log(temperature_)),
        uniforms_(logits.size()),
        scratch_(logits.rows(), logits.cols()),
        row_(logits.cols()) {}

  template <class Engine>
  void sample(Engine& engine, Array& y) {
    uniforms_(engine, y);
    y = (logits_ - (-y.log()).log()) / temperature_;
    row_ = y.colwise().maxCoeff();
    y.rowwise() -= row_;
    scratch_ = y.exp();
    row_ = scratch_.colwise().sum().log();
    y.rowwise() -= row_;
  }

  void log_prob(const Array& y, Row& result) {
    scratch_ = logits_ - temperature_ * y;
    row_ = scratch_.colwise().maxCoeff();
    scratch_.rowwise() -= row_;
    result = scratch_.colwise().sum();
    scratch_ = scratch_.exp();
    result += log_normalizer_ - n_ * scratch_.colwise().sum().log();
  }

  /// d log_prob / d logits: -t times it is the gradient with respect to y.
  void log_prob_gradient(const Array& y, Row& value, Array& by_logits) {
    log_prob(y, value);  // leaves exp(s - max s) in scratch_
    row_ = n_ / scratch_.colwise().sum();
    by_logits = 1 - scratch_ * row_.replicate(logits_.rows(), 1);
  }

  /// dL/d logits of a sample, upstream being dL/dy.
  void pathwise_gradient(const Array& y, const Array& upstream, Array& by_logits) {
    row_ = upstream.colwise().sum();
    by_logits = (upstream - y.exp() * row_.replicate(logits_.rows(), 1)) / temperature_;
  }

 private:
  Array logits_;
  Scalar temperature_, n_, log_normalizer_;
  EigenUniforms<Array> uniforms_;
  Array scratch_;
  Row row_;
};

/// What LogitBinaryConcrete does.
template <class LogitsType>
class EigenLogitBinaryConcrete {
 public:
  using Logits = LogitsType;
  using Scalar = typename Logits::Scalar;
  using Array = Eigen::Array<Scalar, Logits::RowsAtCompileTime, Logits::ColsAtCompileTime>;
  using Row = Eigen::Array<Scalar, 1, Logits::ColsAtCompileTime>;

  EigenLogitBinaryConcrete(const Logits& logits, double temperature)
      : logits_(logits),
        temperature_(static_cast<Scalar>(temperature)),
        log_normalizer_(static_cast<Scalar>(logits.rows()) * std::log(temperature_)),
        uniforms_(logits.size()),
        scratch_(logits.rows(), logits.cols()) {}

  template <class Engine>
  void sample(Engine& engine, Array& y) {
    uniforms_(engine, y);
    y = (logits_ + (y / (1 - y)).log()) / temperature_;
  }

  void log_prob(const Array& y, Row& result) {
    scratch_ = logits_ - temperature_ * y;
    scratch_ = -scratch_.abs() - 2 * (1 + (-scratch_.abs()).exp()).log();
    result = log_normalizer_ + scratch_.colwise().sum();
  }

  void log_prob_gradient(const Array& y, Row& value, Array& by_logits) {
    log_prob(y, value);
    by_logits = 1 - 2 * (logits_ - temperature_ * y).logistic();
  }

  void pathwise_gradient(const Array&, const Array& upstream, Array& by_logits) { by_logits = upstream / temperature_; }

 private:
  Array logits_;
  Scalar temperature_, log_normalizer_;
  EigenUniforms<Array> uniforms_;
  Array scratch_;
};

}  // namespace bench
