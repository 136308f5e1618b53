// How long does the example take for a training step: drawing the batch, bound, gradient and Adam?
//
// The model of the paper's MNIST experiments on made-up black and white images of 28 x 28: 200 binary units, batches
// of 64, one sample, eq. 20; in one thread and in two. Time is per step; "allocations" is how often a step calls
// malloc, in the thread that steps.

#include <benchmark/benchmark.h>

#include <cstdint>
#include <random>

#include "support/allocation.hpp"
#include "vae/parallel.hpp"
#include "vae/training.hpp"

namespace {

vae::Images made_up_images(vae::Index count) {
  vae::Images images{28, 28, std::vector<std::uint8_t>(static_cast<std::size_t>(28 * 28 * count))};
  std::mt19937 engine(1);
  for (std::uint8_t& byte : images.bytes) byte = engine() % 8 == 0 ? 255 : 0;  // about as much ink as a digit
  return images;
}

vae::RunOptions options(vae::LayerKind layers) {
  vae::RunOptions options;
  options.latent = {vae::LatentKind::binary, 200};
  options.layers = layers;
  options.posterior_temperature = 2.0 / 3;
  options.prior_temperature = 0.5;
  options.interval = 1'000'000'000;  // no evaluation between the steps
  return options;
}

void BM_step(benchmark::State& state, vae::LayerKind layers) {
  if (!vae::set_threads(static_cast<int>(state.range(0)))) {
    state.SkipWithError("built without OpenMP");
    return;
  }
  const vae::DataSet data{made_up_images(10'000), made_up_images(1)};
  vae::Communicator alone;
  vae::Trainer trainer(vae::begin_run(options(layers), data), data, alone);
  trainer.step();  // whatever is kept from step to step is allocated here
  for (auto _ : state) benchmark::DoNotOptimize(trainer.step());
  if (testing::allocations_are_counted) {
    state.counters["allocations"] = static_cast<double>(testing::allocations([&] { trainer.step(); }));
  }
}

void one_and_two(benchmark::internal::Benchmark* benchmark) {
  benchmark->Unit(benchmark::kMicrosecond)->UseRealTime()->ArgName("threads")->Arg(1)->Arg(2);
}

BENCHMARK_CAPTURE(BM_step, linear, vae::LayerKind::linear)->Apply(one_and_two);
BENCHMARK_CAPTURE(BM_step, nonlinear, vae::LayerKind::nonlinear)->Apply(one_and_two);

}  // namespace
