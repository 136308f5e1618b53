#pragma once

#include <Eigen/Core>
#include <vector>

#include "support/reference.hpp"

// The textbook formulas of every density, gradient, distribution function and sample, to 50 digits, each with its
// conditioning: the sum of the magnitudes that the formula adds, with the errors of what goes into it carried along. An
// error of one eps in every input and every term moves the value by so much times eps.

namespace testing {

using WideVector = Eigen::VectorX<Wide>;

struct Quantity {
  Wide value;
  Wide magnitude;
};

using Quantities = std::vector<Quantity>;

/// A point of a distribution over n coordinates with the quantities that depend on it. What a point has no textbook
/// value for is left empty.
struct PointReference {
  Quantities log_prob;        ///< 1
  Quantities by_sample;       ///< n, d log p / d point
  Quantities by_logits;       ///< n
  Quantities by_temperature;  ///< 1
  Quantities path_logits;     ///< n, dL / d logits through the point, for dL / d point = upstream
  Quantities path_temperature;
};

/// What a noise vector becomes.
struct NoiseReference {
  Quantities sample;    ///< n
  Quantities log_prob;  ///< 1
};

/// Logits a (-inf masks a class) and temperature t of a Concrete (on the x scale) or ExpConcrete distribution.
struct CategoricalModel {
  WideVector a;
  Wide t;
  bool on_x_scale;

  PointReference at(const WideVector& point, const WideVector& upstream) const;
  NoiseReference from(const WideVector& noise) const;
};

/// The same for independent BinaryConcrete (on the x scale) or LogitBinaryConcrete variables.
struct BinaryModel {
  WideVector a;
  Wide t;
  bool on_x_scale;

  PointReference at(const WideVector& point, const WideVector& upstream) const;
  NoiseReference from(const WideVector& noise) const;
  Quantities cdf(const WideVector& point) const;
  Quantities quantile(const WideVector& probability) const;
};

/// The discrete limits, by the categories or by the entries of a column of logits.
struct DiscreteReference {
  Quantities log_mass;  ///< n: of each category; of 1 in each entry
  Quantities entropy;   ///< 1
};

struct DivergenceReference {
  Quantities divergence;  ///< 1, of q from p
  Quantities by_q;        ///< n, d / d logits of q
  Quantities by_p;        ///< n
};

DiscreteReference discrete_reference(const WideVector& a);
DiscreteReference bernoulli_reference(const WideVector& a);
DivergenceReference discrete_divergence(const WideVector& a_q, const WideVector& a_p);
DivergenceReference bernoulli_divergence(const WideVector& a_q, const WideVector& a_p);

}  // namespace testing
