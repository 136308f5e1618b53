#pragma once

#include <concepts>
#include <initializer_list>
#include <type_traits>
#include <utility>

#include "concrete/distributions/distribution.hpp"
#include "concrete/distributions/results.hpp"

namespace concrete {

namespace detail {

/// What the four relaxed classes share: a temperature, densities and gradients.
///
/// `Formulas` holds the mathematics, for points on the given scale; each class documents its own.
template <PlainMatrix LogitsType, class Formulas, Scale scale>
class Relaxed : public Distribution<LogitsType, Formulas> {
  using Base = Distribution<LogitsType, Formulas>;

 public:
  using Logits = LogitsType;
  using Scalar = typename Logits::Scalar;
  using Base::batch_size;
  using Base::dimension;

  /// What log_prob_gradient returns of points of type Y.
  /// \tparam Y  an Eigen matrix or vector of n rows.
  template <class Y>
  using LogProbGradientAt = LogProbGradient<PerColumn<Scalar, Logits, Y>, AnswerTo<Scalar, Logits, Y>, Logits>;

  /// From logits and a temperature.
  ///
  /// \param logits       n x B, any dense matrix expression of the scalar of the class; evaluated into the object.
  /// \param temperature  one number > 0, cast to Scalar.
  /// \throws             std::invalid_argument naming the argument, its value and place: an empty matrix, a logit that
  ///                     the class does not allow, a temperature that is not finite and positive.
  template <class D, class T>
  Relaxed(const Eigen::MatrixBase<D>& logits, const T& temperature)
      : Base(logits, Formulas(logits.rows(), checked_temperature(temperature), scale)) {}

  /// From logits, which are moved from, and a temperature.
  ///
  /// \param logits       n x B.
  /// \param temperature  one number > 0, cast to Scalar.
  /// \throws             std::invalid_argument as the constructor that copies.
  template <class T>
  Relaxed(Logits&& logits, const T& temperature)
      : Base(std::move(logits), Formulas(logits.rows(), checked_temperature(temperature), scale)) {}

  /// From numbers that are marked by what they are, and a temperature.
  ///
  /// \param marked       n x B, marked by probabilities() or, for the binary classes, by odds().
  /// \param temperature  one number > 0, cast to Scalar.
  /// \throws             std::invalid_argument if the numbers are not what they are marked as, or if the temperature
  ///                     is not finite and positive.
  template <MarkedFor<typename Formulas::Parameters> Marked, class T>
  Relaxed(const Marked& marked, const T& temperature) : Relaxed(Formulas::Parameters::logits_of(marked), temperature) {}

  // What cannot be constructed, with a word to who tries: compilers show these lines.
  // clang-format off
  Relaxed() = delete;  // concrete: none is without logits; std::optional or emplace_back() make room for one
  template <class D> explicit Relaxed(const Eigen::MatrixBase<D>&) = delete;  // concrete: the temperature is missing
  template <MarkedNumbers M> explicit Relaxed(const M&) = delete;             // concrete: the temperature is missing
  template <AnyDistribution D> requires(!std::derived_from<D, Relaxed>)
  explicit Relaxed(const D&) = delete;  // concrete: construct it from the other's logits() and a temperature
  template <NumbersButNoMatrix A, class T>
  Relaxed(const A&, const T&) = delete;  // concrete: an Eigen matrix or vector of logits first, then the temperature
  template <MarkedNumbers M, class T> requires(!MarkedFor<M, typename Formulas::Parameters>)
  Relaxed(const M&, const T&) = delete;  // concrete: odds are of the binary classes; probabilities() takes any weights
  // clang-format on

  /// The temperature.
  /// \return  finite and > 0.
  [[nodiscard]] const Scalar& temperature() const { return this->formulas().temperature(); }

  /// Draws one sample of each distribution with its log-density, which comes from the noise: accurate also where the
  /// sample has rounded to a corner.
  ///
  /// The density depends on the noise and the temperature alone. An autodiff scalar therefore gives total derivatives
  /// here: in the log-scale classes 0 with respect to the logits, (n - 1) / temperature (binary: 1 / temperature an
  /// entry) with respect to the temperature.
  ///
  /// \param engine  any std::uniform_random_bit_generator, advanced as by sample(engine).
  /// \return        {sample, log_prob}: n x B and one value in nats per column.
  template <RandomBitGenerator Engine>
  [[nodiscard]] auto sample_and_log_prob(Engine& engine) const {
    using LogProb = PerColumn<Scalar, Logits, Logits>;
    SampleAndLogProb<Logits, LogProb> result{uninitialised<Logits>(dimension(), batch_size()),
                                             uninitialised_per_column<LogProb>(batch_size())};
    draw_with_log_prob(engine, result.sample, result.log_prob);
    return result;
  }

  /// Draws `count` samples of each distribution with their log-densities.
  ///
  /// \param engine  any std::uniform_random_bit_generator.
  /// \param count   0 or more, of any signed or unsigned integer type.
  /// \return        {sample, log_prob}: n x (B count) and, in nats, 1 x (B count).
  /// \throws        std::invalid_argument if count is negative, or B count overflows.
  template <RandomBitGenerator Engine>
  [[nodiscard]] auto sample_and_log_prob(Engine& engine, std::integral auto count) const {
    using Sample = BatchLike<Scalar, Logits>;
    using LogProb = RowFor<Scalar, Sample>;
    const Index cols = this->columns_of(count);
    SampleAndLogProb<Sample, LogProb> result{uninitialised<Sample>(dimension(), cols), uninitialised<LogProb>(1, cols)};
    draw_with_log_prob(engine, result.sample, result.log_prob);
    return result;
  }

  /// Draws into `sample` and `log_prob`, and allocates nothing unless one has to be resized.
  ///
  /// \param engine    any std::uniform_random_bit_generator.
  /// \param sample    as `out` in sample(engine, out).
  /// \param log_prob  a writable row with an entry per column of `sample` (a plain dynamic one is resized), or a Scalar
  ///                  if that is one column. The two must not overlap.
  /// \throws          std::invalid_argument if one has another shape and cannot be resized.
  template <RandomBitGenerator Engine, class Sample, class LogProb>
  void sample_and_log_prob(Engine& engine, Sample&& sample, LogProb&& log_prob) const {
    if constexpr (Relaxed::template accepts<Sample>() && accepts_log_prob<LogProb>()) {
      this->prepare(sample, "sample");
      prepare_log_prob(log_prob, "log_prob", sample.cols());
      draw_with_log_prob(engine, sample, log_prob);
    }
  }

  template <NoEngine Engine, class... Arguments>
  SampleAndLogProb<Logits, Scalar> sample_and_log_prob(Engine&&, const Arguments&...) const {
    return refuse_engine<SampleAndLogProb<Logits, Scalar>, Engine>();
  }
  template <class... X>
  Refused sample_and_log_prob(const X&...) const = delete;  // concrete: (engine[, count]) or (engine, y, log_prob)

  /// Log-density of given points, in nats; the formula stands with each class.
  ///
  /// \param y  n x mB; column j belongs to distribution j mod B. An expression is evaluated once.
  /// \return   a Scalar if the logits and y are vectors by type, else 1 x mB; NaN where y has one, -inf where a
  ///           coordinate is out of range or a masked class has mass. Whether x adds up to one is left to in_support().
  /// \throws   std::invalid_argument if y has not n rows or its columns are no multiple of B.
  /// \note     Allocates nothing but the result.
  template <class Y>
  [[nodiscard]] auto log_prob(const Y& y) const {
    const auto points = read_batch(y, "sample", this->logits());
    auto result = uninitialised_per_column<PerColumn<Scalar, Logits, Y>>(points.cols());
    compute_log_prob(points, result);
    return result;
  }

  /// Log-density of given points, written to `out`; allocates nothing unless that has to be resized.
  ///
  /// \param y    n x mB, as in log_prob(y).
  /// \param out  gets nats: a writable row with an entry per column of y (a plain dynamic one is resized), or a Scalar
  ///             if that is one column. It must not overlap y.
  /// \throws     std::invalid_argument as log_prob(y), and if `out` has another shape and cannot be resized.
  template <class Y, class Out>
  void log_prob(const Y& y, Out&& out) const {
    if constexpr (accepts_log_prob<Out>()) {
      const auto points = read_batch(y, "sample", this->logits());
      prepare_log_prob(out, "out", points.cols());
      compute_log_prob(points, out);
    }
  }

  template <class... X>
  Refused log_prob(const X&...) const = delete;  // concrete: log_prob(y) or log_prob(y, out) with y in an Eigen matrix
  template <class Number>
  Refused log_prob(std::initializer_list<Number>) const = delete;  // concrete: log_prob(y) with y in an Eigen matrix

  /// Carries a gradient through samples back to the parameters, by the noise that the samples themselves imply.
  ///
  /// \param y         n x mB samples of this distribution.
  /// \param upstream  dL/dy, of the same shape.
  /// \return          {logits n x B, temperature}: dL/d(parameters), summed over the samples. Zeros for masked classes.
  /// \throws          std::invalid_argument if y has not n rows, its columns are no multiple of B, or upstream has
  ///                  another shape.
  /// \note            O(n) per column, allocates nothing but the result.
  template <class Y, class U>
  [[nodiscard]] auto pathwise_gradient(const Y& y, const U& upstream) const {
    ParameterGradient<Logits> result;
    pathwise_gradient(y, upstream, result);
    return result;
  }

  /// The pathwise gradient, written to `out`: a loop that passes the result of one step to the next allocates nothing.
  ///
  /// \param y         n x mB samples of this distribution.
  /// \param upstream  dL/dy, of the same shape.
  /// \param out       what pathwise_gradient(y, upstream) returns; resized where it has another shape. It must not
  ///                  overlap y or upstream.
  /// \throws          std::invalid_argument as pathwise_gradient(y, upstream).
  template <class Y, class U>
  void pathwise_gradient(const Y& y, const U& upstream, ParameterGradient<Logits>& out) const {
    const auto points = read_batch(y, "sample", this->logits());
    const auto given = read<Scalar>(upstream);
    check_same_shape(given, "upstream", points.rows(), points.cols());
    set_zero(out.logits);
    out.temperature = constant<Scalar>(0);
    compute_pathwise_gradient(points, given, out);
  }

  template <class... X>
  Refused pathwise_gradient(const X&...) const = delete;  // concrete: pathwise_gradient(y, upstream), which is dL/dy

  /// Log-densities of given points with their gradient.
  ///
  /// \param y         n x mB points, as in log_prob.
  /// \param upstream  dL/dlog_prob: one number for all columns, or 1 x mB. Where it is 0 the gradient is 0.
  /// \return          {value, sample, logits, temperature}: the log-densities, dL/dy (n x mB), and dL/d(parameters)
  ///                  summed over the samples. 0 outside the support, as at a negative coordinate or mass on a masked
  ///                  class, and for masked classes; on the boundary a limit, which may be infinite.
  /// \throws          std::invalid_argument if y has not n rows, its columns are no multiple of B, or upstream is a
  ///                  matrix of another shape than 1 x mB.
  /// \note            O(n) per column, allocates nothing but the result.
  template <class Y, class U = int>
  [[nodiscard]] auto log_prob_gradient(const Y& y, const U& upstream = 1) const {
    LogProbGradientAt<Y> result;
    log_prob_gradient(y, upstream, result);
    return result;
  }

  /// Log-densities with their gradient, written to `out`: a loop that passes the result of one step to the next
  /// allocates nothing.
  ///
  /// \param y         n x mB points, as in log_prob.
  /// \param upstream  dL/dlog_prob: one number for all columns, or 1 x mB. Where it is 0 the gradient is 0.
  /// \param out       what log_prob_gradient(y) returns; resized where it has another shape. It must not overlap y or
  ///                  upstream.
  /// \throws          std::invalid_argument as log_prob_gradient(y, upstream).
  template <class Y, class U>
  void log_prob_gradient(const Y& y, const U& upstream, LogProbGradientAt<Y>& out) const {
    const auto points = read_batch(y, "sample", this->logits());
    const Upstream<Scalar, U> weight(upstream, points.cols());
    if constexpr (MatrixExpression<decltype(out.value)>) out.value.resize(1, points.cols());
    out.sample.resize(points.rows(), points.cols());
    set_zero(out.logits);
    out.temperature = constant<Scalar>(0);
    compute_log_prob_gradient(points, weight, out);
    if constexpr (std::floating_point<Scalar> && scale == Scale::logarithmic) {
      if (temperature() < least_summed_temperature && !is_finite(out.temperature)) {
        out.temperature = scaled_temperature_gradient(points, upstream);
      }
    }
  }

  /// Whether points lie in the closed support, up to rounding; each class says what that is.
  ///
  /// \param y  n x mB points, as in log_prob.
  /// \return   a bool if the logits and y are vectors by type, else 1 x mB of bool.
  /// \throws   std::invalid_argument if y has not n rows or its columns are no multiple of B.
  template <class Y>
  [[nodiscard]] auto in_support(const Y& y) const {
    const auto points = read_batch(y, "sample", this->logits());
    auto result = uninitialised_per_column<PerColumn<bool, Logits, Y>>(points.cols());
    const auto a = view_of(this->logits());
    const auto y_view = view_of(points);
    this->for_each_column(points.cols(), [&](Index j, Index b) {
      entry(result, j) = this->formulas().in_support(a.col(b), y_view.col(j));
    });
    return result;
  }

  /// Whether logits and temperatures (and sizes) are equal.
  friend bool operator==(const Relaxed& p, const Relaxed& q) {
    return p.same_logits(q) && equal(p.temperature(), q.temperature());
  }

 private:
  /// Whether log-densities may be written to an Out; says why not.
  template <class Out>
  static constexpr bool accepts_log_prob() {
    constexpr bool accepted = holds_log_prob<Out>();
    static_assert(accepted,
                  "concrete: log_prob must be a writable row vector of the distribution's scalar, or a Scalar");
    return accepted;
  }

  template <class Out>
  static constexpr bool holds_log_prob() {
    if constexpr (Writable<Out>) {
      using Row = std::remove_cvref_t<Out>;
      return std::same_as<typename Row::Scalar, Scalar> &&
             (Row::RowsAtCompileTime == 1 || Row::RowsAtCompileTime == Eigen::Dynamic);
    }
    return std::same_as<Out, Scalar&>;
  }

  template <class Out>
  static void prepare_log_prob(Out& out, const char* name, Index cols) {
    if constexpr (MatrixExpression<std::remove_cvref_t<Out>>) {
      prepare_shape(out, name, 1, cols);
    } else if (cols != 1) {
      fail(name, " must have ", cols, " entries, but is one number");
    }
  }

  template <class T>
  static Scalar checked_temperature(const T& temperature) {
    static_assert(std::is_constructible_v<Scalar, const T&>,
                  "concrete: the temperature is one number, convertible to the scalar of the logits");
    if constexpr (std::is_constructible_v<Scalar, const T&>) {
      const Scalar result = static_cast<Scalar>(temperature);
      check_temperature(result);
      return result;
    }
    return constant<Scalar>(0);
  }

  template <class Engine, class Sample, class LogProb>
  void draw_with_log_prob(Engine& engine, Sample& sample, LogProb& log_prob) const {
    const auto row = row_view_of(log_prob);
    this->template draw<true>(engine, sample, &row);
  }

  /// Below it, d log p / dt of many columns, each of them about 1/t, may add up to more than the largest number.
  static constexpr auto least_summed_temperature = static_cast<PlainScalar<Scalar>>(0x1p-60);

  /// dL/dt from points y / c at the temperature c t, where the scores t y are the same and it is smaller by c: the sum
  /// itself, or infinite if that is too large, instead of a difference of infinities. Rare enough to allocate.
  template <class Y, class U>
  CONCRETE_NEVER_INLINE Scalar scaled_temperature_gradient(const Y& y, const U& upstream) const {
    constexpr Scalar c = 1 / least_summed_temperature;
    const typename Y::PlainObject scaled_y = y / c;
    LogProbGradientAt<typename Y::PlainObject> gradient;
    Relaxed(this->logits(), c * temperature()).log_prob_gradient(scaled_y, upstream, gradient);
    return c * gradient.temperature;
  }

  void set_zero(Logits& gradient) const {
    gradient.resize(dimension(), batch_size());
    gradient.setConstant(constant<Scalar>(0));
  }

  template <class Points, class Given>
  void compute_pathwise_gradient(const Points& points, const Given& given, ParameterGradient<Logits>& out) const {
    this->template run<Points>(PathwiseGradientKernel<Formulas>{this->formulas(),
                                                                this->logits_view(),
                                                                view_of(points),
                                                                view_of(given),
                                                                {writable_view_of(out.logits), &out.temperature}},
                               points.cols());
  }

  template <class Points, class Weight, class Out>
  void compute_log_prob_gradient(const Points& points, const Weight& weight, Out& out) const {
    this->template run<Points>(LogProbGradientKernel<Formulas>{this->formulas(),
                                                               this->logits_view(),
                                                               view_of(points),
                                                               weight.view(points.cols()),
                                                               {row_view_of(out.value), writable_view_of(out.sample),
                                                                writable_view_of(out.logits), &out.temperature}},
                               points.cols());
  }

  template <class Points, class Out>
  void compute_log_prob(const Points& points, Out& out) const {
    this->template run<Points>(
        LogProbKernel<Formulas>{this->formulas(), this->logits_view(), view_of(points), row_view_of(out)},
        points.cols());
  }
};

}  // namespace detail
}  // namespace concrete
