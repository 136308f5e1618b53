// How long does PyTorch's C++ library take for a relaxed sample? Its gumbel_softmax draws points of the simplex, a row
// each, by one thread.

#include <ATen/Parallel.h>
#include <torch/nn/functional/activation.h>
#include <torch/types.h>

#include <concepts>

#include "harness.hpp"

namespace {

using bench::Shape;

template <class Scalar>
auto gumbel_softmax(Shape shape) {
  at::set_num_threads(1);
  const auto type = std::same_as<Scalar, float> ? torch::kFloat : torch::kDouble;
  const auto options = torch::nn::functional::GumbelSoftmaxFuncOptions().tau(bench::some_temperature).dim(-1);
  return [logits = torch::sin(torch::arange(shape.n * shape.batch, type)).reshape({shape.batch, shape.n}), options] {
    torch::NoGradGuard no_gradient;
    benchmark::DoNotOptimize(torch::nn::functional::gumbel_softmax(logits, options));
  };
}

[[maybe_unused]] const bool registered = bench::register_for_scalars([]<class Scalar>() {
  bench::for_each_categorical<Scalar>(
      [](auto, Shape shape) { bench::add<Scalar>("sample", "libtorch", shape, gumbel_softmax<Scalar>); });
});

}  // namespace
