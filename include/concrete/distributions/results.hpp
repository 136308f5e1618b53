#pragma once

/// \file
/// What functions of several results return.

namespace concrete {

/// Samples with their log-densities.
/// \tparam Sample   a plain Eigen matrix.
/// \tparam LogProb  a plain Eigen row vector, or a Scalar for a single vector by type.
template <class Sample, class LogProb>
struct SampleAndLogProb {
  Sample sample;     ///< n x mB
  LogProb log_prob;  ///< nats, 1 x mB
};

/// dL/d(parameters) of a distribution, in the shape of the parameters.
/// \tparam Logits  the plain Eigen matrix of the distribution's logits.
template <class Logits>
struct ParameterGradient {
  Logits logits;                        ///< n x B, summed over the samples of each distribution
  typename Logits::Scalar temperature;  ///< summed over all samples; 0 for a distribution without one
};

/// Log-densities and the gradient of sum_j upstream_j log_prob_j.
/// \tparam Value   a plain Eigen row vector, or a Scalar for vectors by type.
/// \tparam Sample  the plain Eigen matrix of the points.
/// \tparam Logits  the plain Eigen matrix of the distribution's logits.
template <class Value, class Sample, class Logits>
struct LogProbGradient {
  Value value;                          ///< the log-densities themselves, as log_prob returns them: nats, 1 x mB
  Sample sample;                        ///< n x mB
  Logits logits;                        ///< n x B, summed over the samples of each distribution
  typename Logits::Scalar temperature;  ///< summed over all samples
};

/// Divergences of q from p, one per column of q, and the gradient of sum_j upstream_j value_j.
/// \tparam Value    a plain Eigen row vector, or a Scalar for vectors by type.
/// \tparam QLogits  the plain Eigen matrix of the logits of q.
/// \tparam PLogits  the plain Eigen matrix of the logits of p.
template <class Value, class QLogits, class PLogits>
struct KlDivergenceGradient {
  Value value;                   ///< the divergences themselves: nats, 1 x B, B that of q
  ParameterGradient<QLogits> q;  ///< with respect to the parameters of q
  ParameterGradient<PLogits> p;  ///< with respect to those of p, summed over the columns of q compared with each
};

}  // namespace concrete
