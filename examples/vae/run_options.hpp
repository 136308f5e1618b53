#pragma once

#include <cstdint>
#include <string>

#include "vae/model.hpp"

namespace vae {

/// How the learning rate changes over the run.
enum class Schedule {
  constant,
  cosine,  ///< along half a cosine, to 0 at the last step
};

/// What defines a run. Its checkpoint holds them, so that --resume needs no other option.
struct RunOptions {
  std::string data;  // folder; empty for the digits among the sources
  LatentShape latent{LatentKind::binary, 48, 8};
  LayerKind layers = LayerKind::nonlinear;
  std::int64_t stochastic_layers = 1;
  Task task = Task::autoencoding;
  Objective objective;
  double posterior_temperature = 0;
  double prior_temperature = 0;
  double anneal = 0;  // 0: the posterior's temperature stays as it is
  std::int64_t batch = 64;
  double learning_rate = 1e-3;
  Schedule schedule = Schedule::constant;
  std::uint64_t seed = 1;
  std::int64_t interval = 500;
  std::int64_t hold_out = 0;  // training images that only validate
  std::int64_t validation_samples = 50;

  std::int64_t steps = 0;
  std::int64_t evaluation_samples = 200;
  std::int64_t evaluation_stride = 1;
  std::int64_t checkpoint_every = 2000;
};

/// Calls visit(option's name, value) for all that a run continued by --resume must keep, or it would not be the run
/// that it continues. Their order and types, and the numbers of enumerators, are those of checkpoints: to change them is
/// to change the version in checkpoint.cpp.
template <class Options, class Visit>
void visit_lasting_options(Options& options, Visit&& visit) {
  visit("--latent", options.latent.kind);
  visit("--units", options.latent.units);
  visit("--categories", options.latent.categories);
  visit("--layers", options.layers);
  visit("--stochastic-layers", options.stochastic_layers);
  visit("--task", options.task);
  visit("--kl", options.objective.kl);
  visit("--samples", options.objective.samples);
  visit("--posterior-temperature", options.posterior_temperature);
  visit("--prior-temperature", options.prior_temperature);
  visit("--anneal", options.anneal);
  visit("--batch", options.batch);
  visit("--learning-rate", options.learning_rate);
  visit("--schedule", options.schedule);
  visit("--seed", options.seed);
  visit("--interval", options.interval);
  visit("--evaluation-stride", options.evaluation_stride);
  visit("--hold-out", options.hold_out);
  visit("--validation-samples", options.validation_samples);
}

template <class Archive>
void serialize(Archive& archive, RunOptions& options) {
  visit_lasting_options(options, [&](const char*, auto& value) { archive(value); });
  archive(options.data, options.steps, options.evaluation_samples, options.checkpoint_every);
}

/// The folder of the images; that of the digits among the sources if none was named.
std::string data_folder(const RunOptions& options);

/// The temperatures of a step. Annealed, the posterior's follows max(--posterior-temperature, exp(-rate t)), where t is
/// the step rounded down to a multiple of 500, and the prior's stays.
concrete::TemperaturePair temperatures_at(const RunOptions& options, std::int64_t step);

/// The learning rate of the step that follows so many.
double learning_rate_at(const RunOptions& options, std::int64_t steps_done);

}  // namespace vae
