#pragma once

#include "vae/latent.hpp"
#include "vae/types.hpp"

namespace vae {

struct Objective {
  KlTreatment kl = KlTreatment::relaxed;
  Index samples = 1;  ///< m of the bound L_m
};

/// The objective's value, and its derivatives with respect to what it was computed from.
template <class Scalar>
struct Bound {
  Scalar mean;                     ///< nats per image
  Row<Scalar> sample_weights;      ///< of log_weights, 1 x mB
  Row<Scalar> divergence_weights;  ///< of minus the divergence, of its shape
};

/// L_m averaged over B images (Burda, Grosse and Salakhutdinov 2016):
///
///   log (1/m) sum_i exp(log_weights_i)
///
/// \param log_weights  1 x mB; sample i of image b is entry b + B i.
/// \param divergence   what is to be subtracted that belongs to an image and to none of its samples: 1 x B, 1 x mB of
///                     equal means, or empty. Taken into every log-weight, it would leave weights p(x | z) exp(-KL),
///                     whose mean is no estimate of p(x). So with it the objective is the plain mean of the m
///                     one-sample bounds.
template <class Scalar>
Bound<Scalar> importance_weighted_bound(const Row<Scalar>& log_weights, const Row<Scalar>& divergence, Index images);

}  // namespace vae
