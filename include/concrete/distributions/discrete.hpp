#pragma once

#include <concepts>
#include <utility>

#include "concrete/distributions/distribution.hpp"
#include "concrete/distributions/divergence.hpp"
#include "concrete/distributions/formulas/discrete.hpp"

/// \file
/// Discrete, the zero-temperature limit of Concrete, with its entropy and divergence.

namespace concrete {

/// The categorical distribution on one-hot vectors, the zero-temperature limit of Concrete (OneHotCategorical
/// elsewhere).
///
///   sample    the one-hot vector of argmax_k (a_k + G_k),   G_k standard Gumbel
///   mass      log P(k) = a_k - lse(a)
///
/// with logits a, unnormalised; -inf masks a class.
///
/// \tparam LogitsType  a plain Eigen matrix, VectorXd, Vector3f, MatrixXf … of a floating-point or autodiff scalar; a
///                     column is one distribution. Deduced from the constructor's argument: of an expression, its
///                     plain type.
/// \see Maddison, Mnih, Teh (2017), section 2.2.
template <detail::PlainMatrix LogitsType>
class Discrete : public detail::Distribution<LogitsType, detail::DiscreteFormulas<typename LogitsType::Scalar>> {
  using Formulas = detail::DiscreteFormulas<typename LogitsType::Scalar>;
  using Base = detail::Distribution<LogitsType, Formulas>;

 public:
  using Logits = LogitsType;
  using Scalar = typename Logits::Scalar;
  using Base::batch_size;
  using Base::dimension;
  using Index = Eigen::Index;  ///< what a category is, from 0

  /// From logits.
  ///
  /// \param logits  n x B, any dense matrix expression of the scalar of the class; evaluated into the object.
  /// \throws        std::invalid_argument for an empty matrix, a logit of NaN or +inf, a column all of -inf.
  template <class D>
  explicit Discrete(const Eigen::MatrixBase<D>& logits) : Base(logits, Formulas()) {}

  /// From logits, which are moved from.
  ///
  /// \param logits  n x B.
  /// \throws        std::invalid_argument as the constructor that copies.
  explicit Discrete(Logits&& logits) : Base(std::move(logits), Formulas()) {}

  /// From weights marked by probabilities().
  ///
  /// \param p  n x B; they need not sum to one.
  /// \throws   std::invalid_argument if one is negative or not finite, or a column is all 0.
  template <class P>
  explicit Discrete(const Probabilities<P>& p) : Discrete(detail::CategoricalParameters::logits_of(p)) {}

  /// Draws the category itself, from the same noise as sample(engine).
  ///
  /// \param engine  any std::uniform_random_bit_generator.
  /// \return        an Index if the logits are a vector by type, else 1 x B of Index.
  template <detail::RandomBitGenerator Engine>
  [[nodiscard]] auto sample_index(Engine& engine) const {
    return draw_indices<detail::PerColumn<Index, Logits, Logits>>(engine, batch_size());
  }

  /// Draws `count` categories of each distribution.
  ///
  /// \param engine  any std::uniform_random_bit_generator.
  /// \param count   0 or more, of any signed or unsigned integer type.
  /// \return        1 x (B count) of Index, in the order of sample(engine, count).
  /// \throws        std::invalid_argument if count is negative, or B count overflows.
  template <detail::RandomBitGenerator Engine>
  [[nodiscard]] auto sample_index(Engine& engine, std::integral auto count) const {
    return draw_indices<Eigen::Matrix<Index, 1, Eigen::Dynamic>>(engine, this->columns_of(count));
  }

  template <detail::NoEngine Engine, class... Arguments>
  Index sample_index(Engine&&, const Arguments&...) const {
    return detail::refuse_engine<Index, Engine>();
  }

  /// Log-mass of one-hot vectors, or of categories given by their index.
  ///
  /// \param x  n x mB one-hot columns in Scalar; or 1 x mB of an integral scalar, or one integral number: categories from
  ///           0. Column j belongs to distribution j mod B.
  /// \return   nats; a Scalar if the logits and x are vectors by type (or x is a number), else 1 x mB; -inf for a
  ///           column that is not one-hot, a masked class or an index out of range, NaN where x has one.
  /// \throws   std::invalid_argument if x has not n rows (indices: 1), or its columns are no multiple of B.
  template <class X>
  [[nodiscard]] auto log_prob(const X& x) const {
    if constexpr (std::integral<X>) {
      static_assert(detail::is_vector<Logits>, "concrete: pass a row of indices, one per column, for a batch");
      return Formulas::log_mass(this->logits_column(0), static_cast<Index>(x));
    } else if constexpr (std::integral<typename detail::MatrixOr<X>::Scalar>) {
      const auto given = detail::read<typename X::Scalar>(x);
      detail::check_shape(given, "indices", Index{1}, batch_size());
      return per_column<detail::RowFor<Scalar, X>>(given.cols(), [&](Index j, Index b) {
        return Formulas::log_mass(this->logits_column(b), static_cast<Index>(given(0, j)));
      });
    } else {
      const auto given = detail::read_batch(x, "sample", this->logits());
      return per_column<detail::PerColumn<Scalar, Logits, X>>(given.cols(), [&](Index j, Index b) {
        return Formulas::log_prob(this->logits_column(b), detail::view_of(given).col(j));
      });
    }
  }

  /// log P(k), normalised.
  /// \return  n x B; -inf for masked classes.
  [[nodiscard]] Logits log_probabilities() const {
    Logits result = this->logits();
    for (Index b = 0; b < batch_size(); ++b) {
      const detail::LogSoftmax<Scalar> log_p(this->logits_column(b));
      for (Index k = 0; k < dimension(); ++k) result(k, b) = log_p(result(k, b));
    }
    return result;
  }

  /// P(k), normalised.
  /// \return  n x B; 0 for masked classes.
  [[nodiscard]] Logits probabilities() const {
    return log_probabilities().unaryExpr([](const Scalar& v) -> Scalar { return detail::exp<Scalar>(v); });
  }

  /// The one-hot rounding of relaxed samples (or of any scores), column by column.
  ///
  /// \param x  n x mB; an expression is evaluated once.
  /// \return   in the shape of x: 1 at the largest entry of a column, the first of equals, else 0; NaN in a column that
  ///           has one.
  template <class X>
  [[nodiscard]] static auto harden(const X& x) {
    const auto scores = detail::read<Scalar>(x);
    auto result = detail::uninitialised<typename decltype(scores)::PlainObject>(scores.rows(), scores.cols());
    const auto columns = detail::view_of(scores);
    for (Index j = 0; j < result.cols(); ++j) {
      detail::OneHot<Scalar> winner;
      winner.see(columns.col(j), 0);
      for (Index k = 0; k < result.rows(); ++k) result(k, j) = winner[k];
    }
    return result;
  }

  /// Whether logits (and sizes) are equal.
  friend bool operator==(const Discrete& p, const Discrete& q) { return p.same_logits(q); }

 private:
  template <class Result, class Engine>
  Result draw_indices(Engine& engine, Index cols) const {
    return per_column<Result>(cols, [&](Index, Index b) {
      Index best = 0;
      Scalar best_score = -detail::infinity<Scalar>();
      for (Index k = 0; k < dimension(); ++k) {
        const Scalar score =
            this->logits()(k, b) + static_cast<Scalar>(draw_gumbel<typename Base::NoiseScalar>(engine));
        if (best_score < score) {
          best = k;
          best_score = score;
        }
      }
      return best;
    });
  }

  template <class Result, class Value>
  Result per_column(Index cols, const Value& value) const {
    auto result = detail::uninitialised_per_column<Result>(cols);
    this->for_each_column(cols, [&](Index j, Index b) { detail::entry(result, j) = value(j, b); });
    return result;
  }
};

template <class D>
explicit Discrete(const Eigen::MatrixBase<D>&) -> Discrete<typename D::PlainObject>;
template <class P>
explicit Discrete(const Probabilities<P>&) -> Discrete<P>;
template <detail::NumbersButNoMatrix A>
explicit Discrete(const A&) -> Discrete<typename detail::NoLogits<A>::type>;
template <class P>
explicit Discrete(const Odds<P>&) -> Discrete<typename detail::NoOdds<P>::type>;
template <detail::GivenParameters A, class T>
Discrete(const A&, const T&) -> Discrete<typename detail::NoTemperatureHere<A>::type>;

using DiscreteXf = Discrete<Eigen::VectorXf>;   ///< one distribution, float
using DiscreteXd = Discrete<Eigen::VectorXd>;   ///< one distribution, double
using DiscreteXXf = Discrete<Eigen::MatrixXf>;  ///< a batch, float
using DiscreteXXd = Discrete<Eigen::MatrixXd>;  ///< a batch, double

/// Entropy in nats, -sum_k p_k log p_k of each column.
///
/// \param d  B distributions.
/// \return   a Scalar if the logits are a vector by type, else 1 x B; masked classes add 0.
/// \ingroup  api_exact
template <class Logits>
[[nodiscard]] auto entropy(const Discrete<Logits>& d) {
  using Scalar = typename Logits::Scalar;
  auto result = detail::uninitialised_per_column<detail::PerColumn<Scalar, Logits, Logits>>(d.batch_size());
  for (Eigen::Index b = 0; b < d.batch_size(); ++b) {
    detail::entry(result, b) = detail::DiscreteFormulas<Scalar>::entropy(detail::view_of(d.logits()).col(b));
  }
  return result;
}

/// Kullback-Leibler divergence of q from p in nats, sum_k q_k (log q_k - log p_k) of each column.
///
/// \param q     the distribution that the expectation is taken over, or a batch.
/// \param p     of q's dimension; its batch size divides q's, and column j of q is compared with its column
///              j mod p.batch_size().
/// \return      a Scalar if both logits are vectors by type, else one value per column of q; >= 0, and +inf where q has
///              a class that p masks.
/// \throws      std::invalid_argument if the shapes do not fit.
/// \ingroup     api_exact
template <class QLogits, class PLogits>
[[nodiscard]] auto kl_divergence(const Discrete<QLogits>& q, const Discrete<PLogits>& p) {
  using Formulas = detail::DiscreteFormulas<typename QLogits::Scalar>;
  return detail::divergence(q, p, [](const auto& a_q, const auto& a_p) { return Formulas::kl_divergence(a_q, a_p); });
}

/// The divergences with their gradient, d/da_q = q_k (log q_k - log p_k - KL) and d/da_p = p_k - q_k.
///
/// \param q         as in kl_divergence(q, p).
/// \param p         as in kl_divergence(q, p).
/// \param upstream  dL/d(value): one number for all columns, or a row with one per column of q. Where it is 0 or the
///                  divergence is +inf, the gradient is 0.
/// \return          {value, q: {logits, temperature}, p: {logits, temperature}} with temperatures of 0; p's logits summed
///                  over the columns of q compared with them.
/// \throws          std::invalid_argument if the shapes do not fit.
/// \ingroup         api_exact
template <class QLogits, class PLogits, class U = int>
[[nodiscard]] auto kl_divergence_gradient(const Discrete<QLogits>& q, const Discrete<PLogits>& p,
                                          const U& upstream = 1) {
  using Formulas = detail::DiscreteFormulas<typename QLogits::Scalar>;
  return detail::divergence_gradient(
      q, p, upstream, [](const auto& a_q, const auto& a_p) { return Formulas::kl_divergence(a_q, a_p); },
      [](const auto& a_q, const auto& a_p, const auto& w, auto&& grad_q, auto&& grad_p) {
        Formulas::kl_divergence_gradient(a_q, a_p, w, grad_q, grad_p);
      });
}

}  // namespace concrete
