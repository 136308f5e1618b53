#pragma once

#include <type_traits>

#include "concrete/detail/blocks.hpp"
#include "concrete/detail/noise_source.hpp"
#include "concrete/detail/view.hpp"

// Between the classes, which know Eigen types, and their formulas, which know views: kernels, each a formula with its
// arguments, and how one is called with the way to loop that serves a batch. Both are instantiated for formulas and
// scalars alone.

namespace concrete::detail {

/// Fills `out` with the samples that noise makes, and log_prob, if asked for, with their log-densities.
template <class Formulas, class Noise, bool with_log_prob>
struct SampleKernel {
  using T = typename Formulas::Scalar;
  const Formulas& formulas;
  LogitsView<T> logits;
  Noise noise;
  MatrixView<T> out;
  const MatrixView<T>* log_prob = nullptr;

  bool is_packed() const { return have_packed_columns(logits.values, out); }
  template <class Loops>
  void operator()(std::type_identity<Loops>) const {
    formulas.template sample<Loops>(logits, noise, out, with_log_prob ? log_prob : nullptr);
  }
};

/// Log-densities of points.
template <class Formulas>
struct LogProbKernel {
  using T = typename Formulas::Scalar;
  const Formulas& formulas;
  LogitsView<T> logits;
  MatrixView<const T> points;
  MatrixView<T> out;

  bool is_packed() const { return have_packed_columns(logits.values, points); }
  template <class Loops>
  void operator()(std::type_identity<Loops>) const {
    formulas.template log_prob<Loops>(logits, points, out);
  }
};

/// The same with their gradient.
template <class Formulas>
struct LogProbGradientKernel {
  using T = typename Formulas::Scalar;
  const Formulas& formulas;
  LogitsView<T> logits;
  MatrixView<const T> points, upstream;
  LogProbGradientView<T> out;

  bool is_packed() const { return have_packed_columns(logits.values, points, out.sample, out.logits); }
  template <class Loops>
  void operator()(std::type_identity<Loops>) const {
    formulas.template log_prob_gradient<Loops>(logits, points, upstream, out);
  }
};

/// The gradient through samples.
template <class Formulas>
struct PathwiseGradientKernel {
  using T = typename Formulas::Scalar;
  const Formulas& formulas;
  LogitsView<T> logits;
  MatrixView<const T> points, upstream;
  ParameterGradientView<T> out;

  bool is_packed() const { return have_packed_columns(logits.values, points, upstream, out.logits); }
  template <class Loops>
  void operator()(std::type_identity<Loops>) const {
    formulas.template pathwise_gradient<Loops>(logits, points, upstream, out);
  }
};

/// What types tell of the size of a batch, so that no way to loop is instantiated that they rule out.
template <class Formulas, class Logits, class Points>
struct StaticSize {
  using Scalar = typename Formulas::Scalar;
  static constexpr int rows = Logits::RowsAtCompileTime, cols = Points::ColsAtCompileTime;
  static constexpr bool is_known = rows != Eigen::Dynamic && cols != Eigen::Dynamic;
  static constexpr bool is_few = !ElementaryScalar<Scalar> || (is_known && rows * cols <= few_entries);
  static constexpr bool may_be_few = is_few || (!is_known && (rows == Eigen::Dynamic || rows <= few_entries));
  static constexpr bool is_tiny_column =
      Formulas::unrolls_tiny && ElementaryScalar<Scalar> && is_known && cols == 1 && rows > 1 && rows <= tiny_dimension;
};

/// Calls a kernel with the way to loop that serves `entries` entries. Tiny columns are unrolled where is_packed() says
/// that the entries of a column follow each other.
template <class Size, class Kernel>
void run(const Kernel& kernel, Index entries) {
  using T = typename Size::Scalar;
  if constexpr (Size::is_tiny_column) {
    if (!kernel.logits.may_be_masked && kernel.is_packed()) {
      return blocks::call_flattened(kernel, std::type_identity<OneColumn<T, Size::rows>>());
    }
  }
  if constexpr (Size::may_be_few) {
    if (Size::is_few || entries <= few_entries) return kernel(std::type_identity<OneColumn<T>>());
  }
  if constexpr (!Size::is_few) kernel(std::type_identity<Strips<T>>());
}

}  // namespace concrete::detail
