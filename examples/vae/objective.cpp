#include "vae/objective.hpp"

#include <concrete/training/importance_weighted.hpp>

namespace vae {

template <class Scalar>
Bound<Scalar> importance_weighted_bound(const Row<Scalar>& log_weights, const Row<Scalar>& divergence, Index images) {
  if (divergence.size() != 0) {
    const auto equal_weights = [](const Row<Scalar>& of) -> Row<Scalar> {
      return Row<Scalar>::Constant(of.size(), 1 / static_cast<Scalar>(of.size()));
    };
    return {log_weights.mean() - divergence.mean(), equal_weights(log_weights), equal_weights(divergence)};
  }
  const auto weighted = concrete::importance_weighted(log_weights, images);
  return {weighted.bound.mean(), weighted.weights / static_cast<Scalar>(images), {}};
}

template Bound<VAE_SCALAR> importance_weighted_bound(const Row<VAE_SCALAR>&, const Row<VAE_SCALAR>&, Index);

}  // namespace vae
