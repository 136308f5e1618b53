#pragma once

#include <concepts>
#include <initializer_list>
#include <limits>
#include <type_traits>
#include <utility>

#include "concrete/detail/engines.hpp"
#include "concrete/detail/matrix.hpp"
#include "concrete/detail/refusals.hpp"
#include "concrete/distributions/kernels.hpp"
#include "concrete/distributions/parameters.hpp"
#include "concrete/distributions/refused_parameters.hpp"
#include "concrete/noise/uniform.hpp"

namespace concrete::detail {

/// Whether a T is a number, and can be a count: bool and characters are integral too, but not for std::cmp_less().
template <std::integral T>
inline constexpr bool is_integer =
    !(std::same_as<T, bool> || std::same_as<T, char> || std::same_as<T, wchar_t> || std::same_as<T, char8_t> ||
      std::same_as<T, char16_t> || std::same_as<T, char32_t>);

/// What all six classes share: their logits, and sampling in all its forms.
///
/// `Formulas` holds the mathematics: how noise is drawn and how it becomes a sample. Everything about shapes and
/// results is here. A column is one random vector (for the binary classes, one column of independent entries); a sample
/// of m B columns belongs to B distributions, its column j to distribution j mod B.
///
/// Objects are immutable: a const one may be used from many threads at once, with one engine each. One that has been
/// moved from has no logits, and says so where it is asked for anything.
template <PlainMatrix LogitsType, class Formulas>
class Distribution {
 public:
  /// The plain matrix of the logits, n x B by its type.
  using Logits = LogitsType;
  /// The scalar of logits, samples and densities.
  using Scalar = typename Logits::Scalar;
  /// The scalar of noise: Scalar itself, or double under an autodiff scalar.
  using NoiseScalar = PlainScalar<Scalar>;

  static_assert(!std::is_integral_v<Scalar>, "concrete: logits must be floating point; use .cast<double>()");
  static_assert(std::numeric_limits<Scalar>::digits <= std::numeric_limits<long double>::digits,
                "concrete: constants have the digits of long double; use .cast<long double>()");
  static_assert(!Eigen::NumTraits<Scalar>::IsComplex, "concrete: logits must be real");
  static_assert(!std::same_as<Scalar, Eigen::half> && !std::same_as<Scalar, Eigen::bfloat16>,
                "concrete: half and bfloat16 are too short for densities; use .cast<float>()");

  /// The parameters as given, unnormalised: the logarithm of weights or odds, the logit of binary probabilities.
  /// \return  n x B.
  [[nodiscard]] const Logits& logits() const { return logits_; }
  /// The number of categories, or of binary entries a column.
  /// \return  n, at least 1.
  [[nodiscard]] Index dimension() const { return logits_.rows(); }
  /// The number of distributions.
  /// \return  B, at least 1.
  [[nodiscard]] Index batch_size() const { return logits_.cols(); }

  /// Draws one sample of each distribution.
  ///
  /// \param engine  any std::uniform_random_bit_generator, advanced by a fixed amount per entry (see draw_uniform).
  /// \return        n x B, of the type of the logits.
  /// \note          Allocates nothing but the result.
  template <RandomBitGenerator Engine>
  [[nodiscard]] Logits sample(Engine& engine) const {
    auto out = uninitialised<Logits>(dimension(), batch_size());
    draw(engine, out);
    return out;
  }

  /// The same as sample(engine), written as `<random>` does.
  /// \param engine  any std::uniform_random_bit_generator.
  /// \return        n x B, of the type of the logits.
  template <RandomBitGenerator Engine>
  [[nodiscard]] Logits operator()(Engine& engine) const {
    return sample(engine);
  }

  /// Draws `count` samples of each distribution.
  ///
  /// \param engine  any std::uniform_random_bit_generator.
  /// \param count   0 or more, of any signed or unsigned integer type.
  /// \return        n x (B count); columns i B … i B + B - 1 hold the i-th sample of all distributions.
  /// \throws        std::invalid_argument if count is negative, or B count overflows.
  template <RandomBitGenerator Engine>
  [[nodiscard]] auto sample(Engine& engine, std::integral auto count) const {
    auto out = uninitialised<BatchLike<Scalar, Logits>>(dimension(), columns_of(count));
    draw(engine, out);
    return out;
  }

  /// Draws into `out`, and allocates nothing unless it has to be resized.
  ///
  /// \param engine  any std::uniform_random_bit_generator.
  /// \param out     a writable vector, matrix, block, map, reshaped or transposed view. With n rows and m B columns,
  ///                m > 0, it is filled as it stands; otherwise a plain dynamic one is resized to n x B.
  /// \throws        std::invalid_argument if it has another shape and cannot be resized.
  template <RandomBitGenerator Engine, class Out>
  requires(!std::integral<std::remove_cvref_t<Out>>) void sample(Engine& engine, Out&& out) const {
    if constexpr (accepts<Out>()) {
      prepare(out, "out");
      draw(engine, out);
    }
  }

  template <NoEngine Engine, class... Arguments>
  Logits sample(Engine&&, const Arguments&...) const {
    return refuse_engine<Logits, Engine>();
  }
  template <NoEngine Engine>
  Logits operator()(Engine&&) const {
    return refuse_engine<Logits, Engine>();
  }
  template <class... X>
  Refused sample(const X&...) const = delete;  // concrete: sample(engine), sample(engine, count) or sample(engine, out)
  template <class E>
  Refused sample(const E&, std::initializer_list<Index>) const = delete;  // concrete: sample(engine, count)

  /// Draws the noise that one sample of each distribution is made of: sample(e) == reparameterize(noise(e)), up to
  /// rounding.
  ///
  /// \param engine  any std::uniform_random_bit_generator.
  /// \return        n x B standard Gumbel (binary classes: Logistic) variables, in NoiseScalar.
  /// \throws        std::invalid_argument if the distribution has been moved from.
  template <RandomBitGenerator Engine>
  [[nodiscard]] auto noise(Engine& engine) const {
    check_has_columns(batch_size());
    auto out = uninitialised<AnswerTo<NoiseScalar, Logits, Logits>>(dimension(), batch_size());
    fill_writable(engine, out, typename Formulas::Noise());
    return out;
  }

  /// Draws the noise of `count` samples of each distribution.
  ///
  /// \param engine  any std::uniform_random_bit_generator.
  /// \param count   0 or more, of any signed or unsigned integer type.
  /// \return        n x (B count) standard Gumbel (binary classes: Logistic) variables, in NoiseScalar.
  /// \throws        std::invalid_argument if count is negative, or B count overflows.
  template <RandomBitGenerator Engine>
  [[nodiscard]] auto noise(Engine& engine, std::integral auto count) const {
    auto out = uninitialised<BatchLike<NoiseScalar, Logits>>(dimension(), columns_of(count));
    fill_writable(engine, out, typename Formulas::Noise());
    return out;
  }

  template <NoEngine Engine, class... Arguments>
  Logits noise(Engine&&, const Arguments&...) const {
    return refuse_engine<Logits, Engine>();
  }
  template <class... X>
  Refused noise(const X&...) const = delete;  // concrete: noise(engine) or noise(engine, count); fill_gumbel fills

  /// The sample that given noise makes: a pure function, through which an autodiff scalar carries derivatives.
  ///
  /// \param noise  n x mB numbers as noise() draws them, in NoiseScalar; column j belongs to distribution j mod B.
  /// \return       n x mB samples.
  /// \throws       std::invalid_argument if noise has not n rows or its columns are no multiple of B.
  template <class N>
  [[nodiscard]] auto reparameterize(const N& noise) const {
    const auto given = read_batch<Logits, NoiseScalar>(noise, "noise", logits_);
    auto out = uninitialised<AnswerTo<Scalar, Logits, N>>(given.rows(), given.cols());
    auto view = view_of(given);
    const auto copy = [](void* state, const Block& block, NoiseScalar* values) {
      blocks::copy_in<NoiseScalar>(*static_cast<decltype(view)*>(state), block, block.column, block.size(), values);
    };
    using Kernel = SampleKernel<Formulas, NoiseSource<NoiseScalar>, false>;
    run<decltype(out)>(Kernel{formulas_, logits_view(), {&view, copy, copy}, writable_view_of(out)}, out.cols());
    return out;
  }

 protected:
  template <class D>
  Distribution(const Eigen::MatrixBase<D>& logits, const Formulas& formulas)
      : Distribution(convert_logits<Logits>(logits.derived()), formulas) {}
  Distribution(Logits&& logits, const Formulas& formulas) : logits_(std::move(logits)), formulas_(formulas) {
    Formulas::Parameters::check_logits(logits_);
    if constexpr (ElementaryScalar<Scalar>) has_masks_ = is_masked(logits_.minCoeff());
  }

  const Formulas& formulas() const { return formulas_; }

  /// Calls visit(j, b) for every column j of a sample and the distribution b = j mod B that it belongs to.
  template <class Visit>
  void for_each_column(Index cols, const Visit& visit) const {
    for (Index j = 0, b = 0; j < cols; ++j) {
      visit(j, b);
      if (++b == batch_size()) b = 0;
    }
  }

  /// The logits of a distribution of the batch.
  ColumnView<const Scalar> logits_column(Index b) const { return view_of(logits_).col(b); }

  /// The logits as kernels see them.
  LogitsView<Scalar> logits_view() const { return {view_of(logits_), !ElementaryScalar<Scalar> || has_masks_}; }

  /// Calls a kernel for points of type Points.
  template <class Points, class Kernel>
  void run(const Kernel& kernel, Index cols) const {
    detail::run<StaticSize<Formulas, Logits, Points>>(kernel, dimension() * cols);
  }

  /// Fills `out` with samples, and log_prob, if any, with their log-densities.
  template <bool with_log_prob = false, class Engine, class Out>
  void draw(Engine& engine, Out& out, const MatrixView<Scalar>* log_prob = nullptr) const {
    check_has_columns(batch_size());
    using Size = StaticSize<Formulas, Logits, Out>;
    using Noise = EngineNoise<Engine, typename Formulas::Noise>;
    Noise noise{engine};
    const auto fill = [&]<class AnyNoise>(const AnyNoise& any) {
      using Kernel = SampleKernel<Formulas, AnyNoise, with_log_prob>;
      run<Out>(Kernel{formulas_, logits_view(), any, writable_view_of(out), log_prob}, out.cols());
    };
    if constexpr (Size::is_tiny_column) {
      fill(noise);
    } else {
      fill(NoiseSource<NoiseScalar>{&noise, draw_by<Noise, false, Size::may_be_few>(),
                                    draw_by<Noise, true, !Size::is_few>()});
    }
  }

  Index columns_of(std::integral auto count) const {
    constexpr bool accepted = is_integer<decltype(count)>;
    static_assert(accepted,
                  "concrete: count must be of a signed or unsigned integer type, not bool or a character type");
    if constexpr (accepted) {
      if (std::cmp_less(count, 0)) fail("count must not be negative, but was ", count);
      check_has_columns(batch_size());
      const Index most = (std::numeric_limits<Index>::max)() / batch_size();
      if (std::cmp_greater(count, most)) fail("count must be at most ", most, ", but was ", count);
      return batch_size() * static_cast<Index>(count);
    }
    return 0;
  }

  /// Whether samples may be written to an Out; says why not.
  template <class Out>
  static constexpr bool accepts() {
    check_is_writable<Out>();
    if constexpr (Writable<Out>) {
      using Plain = std::remove_cvref_t<Out>;
      static_assert(std::same_as<typename Plain::Scalar, Scalar>,
                    "concrete: out has another scalar type than the distribution");
      check_static_rows<Logits, Plain>();
      return std::same_as<typename Plain::Scalar, Scalar>;
    }
    return false;
  }

  template <class Out>
  void prepare(Out& out, const char* name) const {
    check_has_columns(batch_size());
    prepare_samples(out, name, dimension(), batch_size());
  }

  bool same_logits(const Distribution& other) const {  // sizes first: Eigen's own == asserts on them
    return dimension() == other.dimension() && batch_size() == other.batch_size() &&
           logits_.binaryExpr(other.logits_, &equal<Scalar, Scalar>).all();
  }

 private:
  /// How a NoiseSource draws, if it has to.
  template <class Noise, bool in_strips, bool is_used>
  static typename NoiseSource<NoiseScalar>::Draw draw_by() {
    if constexpr (is_used) {
      return [](void* noise, const Block& block, NoiseScalar* values) {
        static_cast<const Noise*>(noise)->template draw<in_strips>(block, values);
      };
    }
    return nullptr;
  }

  Logits logits_;
  Formulas formulas_;
  bool has_masks_ = false;  // asked of float and double only
};

}  // namespace concrete::detail
