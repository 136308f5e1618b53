#pragma once

#include "concrete/distributions/bernoulli.hpp"
#include "concrete/distributions/formulas/binary_concrete.hpp"
#include "concrete/distributions/relaxed.hpp"

namespace concrete::detail {

/// What BinaryConcrete and LogitBinaryConcrete have beyond the other relaxed classes: their entries are independent
/// and of one dimension, so they have a distribution function.
template <PlainMatrix LogitsType, Scale scale>
class RelaxedBinary : public Relaxed<LogitsType, BinaryConcreteFormulas<typename LogitsType::Scalar>, scale> {
 public:
  using Logits = LogitsType;
  using Scalar = typename Logits::Scalar;
  using Relaxed<Logits, BinaryConcreteFormulas<Scalar>, scale>::Relaxed;

  /// Distribution function P(Y <= y) of every entry.
  ///
  /// \param y  n x mB points; column j belongs to distribution j mod B.
  /// \return   n x mB probabilities; NaN where y is.
  /// \throws   std::invalid_argument if y has not n rows or its columns are no multiple of B.
  template <class Y>
  [[nodiscard]] auto cdf(const Y& y) const {
    return each_entry(y, "sample", [&](const Scalar& a, const Scalar& v) { return this->formulas().cdf(a, v); });
  }

  /// Inverse of the distribution function: the point below which an entry falls with probability u.
  ///
  /// \param u  n x mB probabilities in [0, 1]; column j belongs to distribution j mod B.
  /// \return   n x mB points; NaN where u is outside [0, 1].
  /// \throws   std::invalid_argument if u has not n rows or its columns are no multiple of B.
  template <class U>
  [[nodiscard]] auto quantile(const U& u) const {
    return each_entry(u, "probability",
                      [&](const Scalar& a, const Scalar& v) { return this->formulas().quantile(a, v); });
  }

  /// The zero-temperature limit: the same logits, the same rounding from the same noise.
  /// \return  a distribution over n x B zeros and ones.
  [[nodiscard]] Bernoulli<Logits> discrete() const { return Bernoulli<Logits>(this->logits()); }

 private:
  template <class Y, class F>
  auto each_entry(const Y& y, const char* name, const F& f) const {
    const auto given = read_batch(y, name, this->logits());
    auto result = uninitialised<AnswerTo<Scalar, Logits, Y>>(given.rows(), given.cols());
    this->for_each_column(given.cols(), [&](Index j, Index b) {
      for (Index i = 0; i < given.rows(); ++i) result(i, j) = f(this->logits()(i, b), given(i, j));
    });
    return result;
  }
};

}  // namespace concrete::detail
