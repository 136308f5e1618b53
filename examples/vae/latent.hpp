#pragma once

#include <concrete/training/temperature.hpp>
#include <memory>

#include "vae/types.hpp"

namespace vae {

enum class LatentKind { binary, categorical };

/// The KL term of the objective, in the numbering of Maddison, Mnih and Teh (2017). Checkpoints hold its number in
/// this list: a new one goes to the end.
enum class KlTreatment {
  relaxed,       ///< eq. 20: densities of the relaxed sample; surely a lower bound, for every m
  relaxed_mass,  ///< eq. 21: the discrete log-mass, evaluated at the relaxed sample
  discrete,      ///< eq. 22: the KL divergence of the discrete distributions, exact
  exact,         ///< eq. 20 for m = 1, its KL term integrated over the samples: the same bound without that noise
};

/// Whether every sample has a KL term of its own; the divergences depend on no sample.
constexpr bool is_of_samples(KlTreatment treatment) {
  return treatment == KlTreatment::relaxed || treatment == KlTreatment::relaxed_mass;
}

struct LatentShape {
  LatentKind kind = LatentKind::binary;
  Index units = 0;
  Index categories = 2;  // of the categorical kind
};

/// What a unit feeds the decoder: a corner of the hypercube {-1, 1}^bits, bits = ceil(log2(categories)).
Index code_bits(const LatentShape& shape);

/// The stochastic layer, between encoder and decoder. Posterior q and prior p are either both relaxed (Concrete, on
/// the log or logit scale: there densities are finite and gradients survive) or both discrete.
///
/// B images and m samples of each make mB columns; sample i of image b is column b + B i.
template <class Scalar>
class Latent {
 public:
  virtual ~Latent() = default;

  virtual Index posterior_rows() const = 0;  ///< logits that the encoder gives for an image
  virtual Index code_rows() const = 0;       ///< numbers that the decoder gets
  virtual Index prior_size() const = 0;      ///< the prior's logits, kept flat

  /// Draws relaxed samples from q and remembers them for kl() and gradient(). All logits have to be finite.
  ///
  /// \param logits  posterior_rows() x B
  /// \return        the codes, code_rows() x mB
  virtual const Matrix<Scalar>& sample(Engine& engine, const Matrix<Scalar>& logits, const Vector<Scalar>& prior,
                                       concrete::TemperaturePair temperatures, Index samples) = 0;

  /// The KL term: 1 x mB if it is of the samples (is_of_samples), else 1 x B.
  virtual Row<Scalar> kl(KlTreatment treatment) const = 0;

  struct Gradient {
    Matrix<Scalar> posterior;  ///< dL/dlogits, posterior_rows() x B
    Vector<Scalar> prior;
  };
  /// \param kl_upstream    dL/dkl, of kl()'s shape
  /// \param code_upstream  dL/dcodes by way of the decoder
  virtual Gradient gradient(KlTreatment treatment, const Row<Scalar>& kl_upstream,
                            const Matrix<Scalar>& code_upstream) const = 0;

  struct DiscreteSample {
    Matrix<Scalar> codes;   ///< code_rows() x mB
    Row<Scalar> log_ratio;  ///< log p(z) - log q(z | x)
  };
  virtual DiscreteSample sample_discrete(Engine& engine, const Matrix<Scalar>& logits, const Vector<Scalar>& prior,
                                         Index samples) const = 0;

  /// Codes of discrete samples from the prior.
  virtual Matrix<Scalar> sample_prior(Engine& engine, const Vector<Scalar>& prior, Index count) const = 0;
};

/// For float and double.
template <class Scalar>
std::unique_ptr<Latent<Scalar>> make_latent(const LatentShape& shape);

}  // namespace vae
