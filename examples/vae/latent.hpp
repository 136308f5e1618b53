#pragma once

#include <bit>
#include <cstdint>
#include <memory>

#include "vae/types.hpp"

namespace vae {

enum class LatentKind { binary, categorical };

/// The KL term of the objective, in the numbering of Maddison, Mnih and Teh (2017).
enum class KlTreatment {
  relaxed,       ///< eq. 20: densities of the relaxed sample; guaranteed to be a lower bound, for every m
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

/// What a unit feeds the layers around it: a corner of the hypercube {-1, 1}^bits, bits = ceil(log2(categories)).
inline Index code_bits(const LatentShape& shape) {
  if (shape.kind == LatentKind::binary) return 1;
  return static_cast<Index>(std::bit_width(static_cast<std::uint64_t>(shape.categories - 1)));
}

/// The units of one stochastic layer. Posterior q and prior p are either both relaxed (Concrete, on the log or logit
/// scale: there densities are finite and gradients survive) or both discrete.
///
/// B columns of q's logits and m samples of each make mB columns; sample i of column b is column b + B i. All logits
/// have to be finite.
template <class Scalar>
class Latent {
 public:
  virtual ~Latent() = default;

  virtual Index logit_rows() const = 0;  ///< logits that describe all units
  virtual Index code_rows() const = 0;   ///< numbers that the layers around it get

  // ---- Relaxed, with gradients: sample(), then kl() and kl_gradient() if there is a prior, then posterior_gradient()

  /// Draws from q.
  ///
  /// \param logits  logit_rows() x B
  /// \return        the codes, code_rows() x mB; valid until the next call.
  virtual const Matrix<Scalar>& sample(Engine& engine, const Matrix<Scalar>& logits, double temperature,
                                       Index samples) = 0;

  /// The KL term of the latest sample: 1 x mB if it is of the samples (is_of_samples), else 1 x B.
  ///
  /// \param logits  the prior's: one column for all samples, or mB, one for each.
  virtual Row<Scalar> kl(KlTreatment treatment, const Matrix<Scalar>& logits, double temperature) = 0;

  /// \param upstream  dL/dkl, of kl()'s shape.
  /// \return          dL/d(prior's logits). The rest of the gradient goes into posterior_gradient().
  virtual Matrix<Scalar> kl_gradient(KlTreatment treatment, const Row<Scalar>& upstream) = 0;

  /// \param code_upstream  dL/dcodes by way of everything but the KL term.
  /// \return               dL/d(posterior's logits), logit_rows() x B, the KL term's share included.
  virtual Matrix<Scalar> posterior_gradient(const Matrix<Scalar>& code_upstream) = 0;

  // ---- Discrete

  struct DiscreteSample {
    Matrix<Scalar> states;  ///< as log_mass() takes them
    Matrix<Scalar> codes;   ///< code_rows() x mB
  };
  virtual DiscreteSample sample_discrete(Engine& engine, const Matrix<Scalar>& logits, Index samples) const = 0;

  /// log P(states) for logits of as many columns as there are samples, or a divisor of it: 1 x mB.
  virtual Row<Scalar> log_mass(const Matrix<Scalar>& logits, const Matrix<Scalar>& states) const = 0;
};

/// For VAE_SCALAR, as all of a model.
template <class Scalar>
std::unique_ptr<Latent<Scalar>> make_latent(const LatentShape& shape);

}  // namespace vae
