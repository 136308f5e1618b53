#pragma once

#include <concepts>
#include <type_traits>
#include <utility>

#include "concrete/distributions/distribution.hpp"
#include "concrete/distributions/divergence.hpp"
#include "concrete/distributions/formulas/bernoulli.hpp"

/// \file
/// Bernoulli, the zero-temperature limit of BinaryConcrete, with its entropy and divergence.

namespace concrete {

/// Independent binary variables, the zero-temperature limit of BinaryConcrete.
///
///   sample    1 where a + L > 0, else 0,                   L standard Logistic
///   mass      log P(1) = -softplus(-a),  log P(0) = -softplus(a); log_prob sums it over a column
///
/// with logits a, the log-odds log(P(1) / P(0)).
///
/// \tparam LogitsType  a plain Eigen matrix, VectorXd, MatrixXf … of a floating-point or autodiff scalar. A column is
///                     one vector of independent entries. Deduced from the constructor's argument: of an expression,
///                     its plain type.
/// \see Maddison, Mnih, Teh (2017), appendix B.
template <detail::PlainMatrix LogitsType>
class Bernoulli : public detail::Distribution<LogitsType, detail::BernoulliFormulas<typename LogitsType::Scalar>> {
  using Formulas = detail::BernoulliFormulas<typename LogitsType::Scalar>;
  using Base = detail::Distribution<LogitsType, Formulas>;

 public:
  using Logits = LogitsType;
  using Scalar = typename Logits::Scalar;
  using Index = Eigen::Index;  ///< what 0 and 1 are as integers

  /// From logits.
  ///
  /// \param logits  n x B, any dense matrix expression of the scalar of the class; evaluated into the object.
  /// \throws        std::invalid_argument for an empty matrix or a logit that is not finite.
  template <class D>
  explicit Bernoulli(const Eigen::MatrixBase<D>& logits) : Base(logits, Formulas()) {}

  /// From logits, which are moved from.
  ///
  /// \param logits  n x B.
  /// \throws        std::invalid_argument as the constructor that copies.
  explicit Bernoulli(Logits&& logits) : Base(std::move(logits), Formulas()) {}

  /// From P(1) of each entry, marked by probabilities().
  ///
  /// \param p  n x B.
  /// \throws   std::invalid_argument if one is not in (0, 1).
  template <class P>
  explicit Bernoulli(const Probabilities<P>& p) : Bernoulli(detail::BinaryParameters::logits_of(p)) {}

  /// From P(1) / P(0) of each entry, marked by odds().
  ///
  /// \param alpha  n x B.
  /// \throws       std::invalid_argument if one is not finite and positive.
  template <class P>
  explicit Bernoulli(const Odds<P>& alpha) : Bernoulli(detail::BinaryParameters::logits_of(alpha)) {}

  /// Draws 0 and 1 as integers, from the same noise as sample(engine).
  ///
  /// \param engine  any std::uniform_random_bit_generator.
  /// \return        n x B of Index.
  template <detail::RandomBitGenerator Engine>
  [[nodiscard]] auto sample_index(Engine& engine) const {
    return draw_indices<detail::AnswerTo<Index, Logits, Logits>>(engine, this->batch_size());
  }

  /// Draws `count` samples of each distribution as integers.
  ///
  /// \param engine  any std::uniform_random_bit_generator.
  /// \param count   0 or more, of any signed or unsigned integer type.
  /// \return        n x (B count) of Index, in the order of sample(engine, count).
  /// \throws        std::invalid_argument if count is negative, or B count overflows.
  template <detail::RandomBitGenerator Engine>
  [[nodiscard]] auto sample_index(Engine& engine, std::integral auto count) const {
    return draw_indices<detail::BatchLike<Index, Logits>>(engine, this->columns_of(count));
  }

  template <detail::NoEngine Engine, class... Arguments>
  Index sample_index(Engine&&, const Arguments&...) const {
    return detail::refuse_engine<Index, Engine>();
  }

  /// Log-mass of 0-1 vectors, summed over a column.
  ///
  /// \param x  n x mB of 0 and 1, in Scalar or integral; column j belongs to distribution j mod B.
  /// \return   nats; a Scalar if the logits and x are vectors by type, else 1 x mB; -inf for a column with any other
  ///           value, NaN where x has one.
  /// \throws   std::invalid_argument if x has not n rows or its columns are no multiple of B.
  template <class X>
  [[nodiscard]] auto log_prob(const X& x) const {
    using Given = typename detail::MatrixOr<X>::Scalar;
    using Value = std::conditional_t<std::integral<Given>, Given, Scalar>;
    const auto given = detail::read_batch<Logits, Value>(x, "sample", this->logits());
    auto result = detail::uninitialised_per_column<detail::PerColumn<Scalar, Logits, X>>(given.cols());
    this->for_each_column(given.cols(), [&](Index j, Index b) {
      detail::entry(result, j) = detail::sum<Scalar>(
          given.rows(), [&](Index i) { return Formulas::log_mass(this->logits()(i, b), given(i, j)); });
    });
    return result;
  }

  /// log P(1) of each entry.
  /// \return  n x B.
  [[nodiscard]] Logits log_probabilities() const {
    return this->logits().unaryExpr([](const Scalar& a) -> Scalar { return -detail::softplus<Scalar>(-a); });
  }

  /// P(1) of each entry.
  /// \return  n x B.
  [[nodiscard]] Logits probabilities() const {
    return this->logits().unaryExpr([](const Scalar& a) -> Scalar { return detail::sigmoid<Scalar>(a); });
  }

  /// The 0-1 rounding of relaxed samples on [0, 1].
  ///
  /// \param x  n x mB; an expression is evaluated once.
  /// \return   in the shape of x: 1 where x > 1/2, else 0; NaN where x is.
  template <class X>
  [[nodiscard]] static auto harden(const X& x) {
    return detail::entrywise<Scalar>(x, [](const Scalar& v) { return detail::step(v, detail::constant<Scalar>(0.5)); });
  }

  /// Whether logits (and sizes) are equal.
  friend bool operator==(const Bernoulli& p, const Bernoulli& q) { return p.same_logits(q); }

 private:
  template <class Result, class Engine>
  Result draw_indices(Engine& engine, Index cols) const {
    auto result = detail::uninitialised<Result>(this->dimension(), cols);
    this->for_each_column(cols, [&](Index j, Index b) {
      for (Index i = 0; i < this->dimension(); ++i) {
        const Scalar score =
            this->logits()(i, b) + static_cast<Scalar>(draw_logistic<typename Base::NoiseScalar>(engine));
        result(i, j) = score > detail::PlainScalar<Scalar>(0) ? 1 : 0;
      }
    });
    return result;
  }
};

template <class D>
explicit Bernoulli(const Eigen::MatrixBase<D>&) -> Bernoulli<typename D::PlainObject>;
template <class P>
explicit Bernoulli(const Probabilities<P>&) -> Bernoulli<P>;
template <class P>
explicit Bernoulli(const Odds<P>&) -> Bernoulli<P>;
template <detail::NumbersButNoMatrix A>
explicit Bernoulli(const A&) -> Bernoulli<typename detail::NoLogits<A>::type>;
template <detail::GivenParameters A, class T>
Bernoulli(const A&, const T&) -> Bernoulli<typename detail::NoTemperatureHere<A>::type>;

using BernoulliXf = Bernoulli<Eigen::VectorXf>;   ///< one vector, float
using BernoulliXd = Bernoulli<Eigen::VectorXd>;   ///< one vector, double
using BernoulliXXf = Bernoulli<Eigen::MatrixXf>;  ///< a batch, float
using BernoulliXXd = Bernoulli<Eigen::MatrixXd>;  ///< a batch, double

/// Entropy in nats, softplus(a) - a sigmoid(a), summed over each column.
///
/// \param d  B vectors of independent entries.
/// \return   a Scalar if the logits are a vector by type, else 1 x B.
/// \ingroup  api_exact
template <class Logits>
[[nodiscard]] auto entropy(const Bernoulli<Logits>& d) {
  using Scalar = typename Logits::Scalar;
  auto result = detail::uninitialised_per_column<detail::PerColumn<Scalar, Logits, Logits>>(d.batch_size());
  for (Eigen::Index b = 0; b < d.batch_size(); ++b) {
    detail::entry(result, b) = detail::sum<Scalar>(
        d.dimension(), [&](Eigen::Index i) { return detail::BernoulliFormulas<Scalar>::entropy(d.logits()(i, b)); });
  }
  return result;
}

namespace detail {

/// The divergence of one column of logits from another.
template <class Scalar>
struct BernoulliKlDivergence {
  template <class AQ, class AP>
  Scalar operator()(const AQ& a_q, const AP& a_p) const {
    return sum<Scalar>(a_q.size(), [&](Index i) { return BernoulliFormulas<Scalar>::kl_divergence(a_q(i), a_p(i)); });
  }
};

}  // namespace detail

/// Kullback-Leibler divergence of q from p in nats, summed over the entries of each column:
/// softplus(a_p) - softplus(a_q) - (a_p - a_q) sigmoid(a_q).
///
/// \param q     the distribution that the expectation is taken over, or a batch.
/// \param p     of q's dimension; its batch size divides q's, and column j of q is compared with its column
///              j mod p.batch_size().
/// \return      a Scalar if both logits are vectors by type, else one value per column of q; >= 0.
/// \throws      std::invalid_argument if the shapes do not fit.
/// \ingroup     api_exact
template <class QLogits, class PLogits>
[[nodiscard]] auto kl_divergence(const Bernoulli<QLogits>& q, const Bernoulli<PLogits>& p) {
  return detail::divergence(q, p, detail::BernoulliKlDivergence<typename QLogits::Scalar>());
}

/// The divergences with their gradient, d/da_q = sigmoid(a_q) sigmoid(-a_q) (a_q - a_p) and
/// d/da_p = sigmoid(a_p) - sigmoid(a_q).
///
/// \param q         as in kl_divergence(q, p).
/// \param p         as in kl_divergence(q, p).
/// \param upstream  dL/d(value): one number for all columns, or a row with one per column of q.
/// \return          {value, q: {logits, temperature}, p: {logits, temperature}} with temperatures of 0; p's logits summed
///                  over the columns of q compared with them.
/// \throws          std::invalid_argument if the shapes do not fit.
/// \ingroup         api_exact
template <class QLogits, class PLogits, class U = int>
[[nodiscard]] auto kl_divergence_gradient(const Bernoulli<QLogits>& q, const Bernoulli<PLogits>& p,
                                          const U& upstream = 1) {
  using Scalar = typename QLogits::Scalar;
  const auto add_gradient = [](const auto& a_q, const auto& a_p, const Scalar& w, auto&& grad_q, auto&& grad_p) {
    for (Eigen::Index i = 0; i < a_q.size(); ++i) {
      const Scalar q_i = detail::sigmoid<Scalar>(a_q(i)), p_i = detail::sigmoid<Scalar>(a_p(i));
      const Scalar slope = detail::product_with_zero<Scalar>(detail::sigmoid_slope<Scalar>(a_q(i)), a_q(i) - a_p(i));
      grad_q(i) += Scalar(w * slope);
      grad_p(i) += Scalar(w * Scalar(p_i - q_i));
    }
  };
  return detail::divergence_gradient(q, p, upstream, detail::BernoulliKlDivergence<Scalar>(), add_gradient);
}

}  // namespace concrete
