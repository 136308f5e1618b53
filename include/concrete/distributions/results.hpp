#pragma once

namespace concrete {

/// Samples with their log-densities: n x kB and 1 x kB (one Scalar for a single vector).
template <class Sample, class LogProb>
struct SampleAndLogProb {
  Sample sample;
  LogProb log_prob;
};

/// dL/d(parameters) of a distribution, in the shape of the parameters.
template <class Logits>
struct ParameterGradient {
  Logits logits;                        ///< n x B, summed over the samples of each distribution
  typename Logits::Scalar temperature;  ///< summed over all samples; 0 for a distribution without one
};

/// Log-densities and the gradient of sum_j upstream_j log_prob_j.
template <class Value, class Sample, class Logits>
struct LogProbGradient {
  Value value;                          ///< the log-densities themselves, as log_prob returns them
  Sample sample;                        ///< n x kB
  Logits logits;                        ///< n x B, summed over the samples of each distribution
  typename Logits::Scalar temperature;  ///< summed over all samples
};

/// Divergences of q from p, one per column of q, and the gradient of sum_j upstream_j value_j.
template <class Value, class QLogits, class PLogits>
struct KlDivergenceGradient {
  Value value;
  ParameterGradient<QLogits> q;
  ParameterGradient<PLogits> p;
};

}  // namespace concrete
