#include "vae/training.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>
#include <utility>

#include "vae/container.hpp"
#include "vae/error.hpp"
#include "vae/evaluation.hpp"
#include "vae/random.hpp"
#include "vae/text.hpp"

namespace vae {
namespace {

constexpr Index most_validation_images = 1000;

Matrix<float> binarised_validation_images(const Images& images, std::uint64_t seed) {
  Matrix<float> out;
  Engine engine = make_engine(seed, Stream::validation_binarising);
  Binariser(images).draw(spread_indices(images, most_validation_images), engine, out);
  return out;
}

}  // namespace

ModelShape model_shape(const RunOptions& options, const DataSet& data) {
  const Images& images = data.train;
  return {images.pixels(), options.latent,
          options.layers,  options.stochastic_layers,
          options.task,    options.task == Task::prediction ? images.height / 2 * images.width : 0};
}

RunState begin_run(const RunOptions& options, const DataSet& data, int processes) {
  const auto model = make_model(model_shape(options, data), mean_image(data.train));
  Engine initialisation = make_engine(options.seed, Stream::initialisation);
  model->initialise(initialisation);
  RunState state;
  state.options = options;
  state.data = identify(data);
  state.weights = {model->parameters(), model->centres()};
  state.adam = Adam<float>(model->parameters().size());
  state.shuffle = Shuffle(data.train.count(), make_engine(options.seed, Stream::shuffling));
  for (int process = 0; process < processes; ++process) state.noise.push_back(make_noise(options.seed, process));
  return state;
}

Trainer::Trainer(RunState state, const DataSet& data, Communicator& communicator)
    : state_(std::move(state)),
      communicator_(communicator),
      model_(make_model(model_shape(state_.options, data), mean_image(data.train))),
      train_images_(data.train),
      indices_(static_cast<std::size_t>(state_.options.batch)),
      first_step_(state_.step()) {
  const Index parameters = model_->parameters().size();
  if (state_.weights.parameters.size() != parameters || state_.adam.size() != parameters ||
      state_.weights.centres.size() != model_->centres().size() || state_.shuffle.size() != data.train.count()) {
    throw std::runtime_error("the checkpoint does not fit the model that its options describe");
  }
  const auto processes = static_cast<std::size_t>(communicator.size());
  if (state_.noise.size() != processes && state_.step() < state_.options.steps) {
    throw UsageError("--resume needs as many processes as the run had, " + std::to_string(state_.noise.size()) +
                     ", but there are " + std::to_string(processes));
  }
  if (indices_.size() % processes != 0) {
    throw UsageError("--batch " + std::to_string(indices_.size()) + " cannot be shared equally by " +
                     std::to_string(processes) + " processes");
  }
  model_->parameters() = state_.weights.parameters;
  model_->centres() = state_.weights.centres;
  const auto rank = static_cast<std::size_t>(communicator.rank());
  if (rank < state_.noise.size()) noise_ = state_.noise[rank];
  Engine test_binarising = make_engine(state_.options.seed, Stream::test_binarising);
  test_images_ = binarised_subset(data.test, state_.options.evaluation_stride, test_binarising);
  if (data.validation.count() != 0) {
    validation_images_ = binarised_validation_images(data.validation, state_.options.seed);
  }
}

double Trainer::step() {
  const auto start = std::chrono::steady_clock::now();
  const double bound = train_on_batch();
  time_in_steps_ += std::chrono::steady_clock::now() - start;
  state_.interval_bound += bound;
  ++state_.interval_steps;
  if (steps_done() % options().interval == 0) end_interval();
  return bound;
}

double Trainer::train_on_batch() {
  draw_batch();
  const double bound = average_over_processes(
      model_->estimate_bound(batch_, options().objective, temperatures_at(options(), steps_done()), noise_.latent));
  if (!std::isfinite(bound)) {
    throw Diverged("the bound of step " + std::to_string(steps_done() + 1) + " is " + exact_text(bound) +
                   ", not a finite number");
  }
  state_.adam.step(model_->parameters(), model_->loss_gradient(), learning_rate_at(options(), steps_done()));
  return bound;
}

/// This process's part of the batch: all shuffle alike.
void Trainer::draw_batch() {
  state_.shuffle.next(indices_);
  const auto size = static_cast<std::ptrdiff_t>(indices_.size()) / communicator_.size();
  const auto first = indices_.begin() + size * communicator_.rank();
  train_images_.draw({first, first + size}, noise_.binarising, batch_);
}

double Trainer::average_over_processes(double bound) {
  if (communicator_.size() == 1) return bound;
  Vector<float>&gradient = model_->loss_gradient(), &centres = model_->centres();
  exchange_.resize(gradient.size() + centres.size() + 1);  // one exchange of all waits for the network only once
  exchange_ << gradient, centres, static_cast<float>(bound);
  communicator_.average({exchange_.data(), static_cast<std::size_t>(exchange_.size())});
  gradient = exchange_.head(gradient.size());
  // A running mean is linear in the means of the batches, so that its average is the running mean of the whole batch.
  centres = exchange_.segment(gradient.size(), centres.size());
  return static_cast<double>(exchange_[exchange_.size() - 1]);
}

void Trainer::require_finite_parameters() const {
  if (model_->parameters().allFinite()) return;
  throw Diverged("the parameters of step " + std::to_string(steps_done()) + " are not finite numbers");
}

const RunState& Trainer::collect_state() {
  require_finite_parameters();
  state_.weights = {model_->parameters(), model_->centres()};
  if (steps_here() == 0) return state_;
  if (communicator_.size() == 1) {
    state_.noise = {noise_};
  } else {
    const std::vector<std::string> all = communicator_.gather(to_bytes(noise_));
    for (std::size_t k = 0; k < all.size(); ++k) state_.noise[k] = from_bytes<Noise>(all[k]);
  }
  return state_;
}

FinalModel Trainer::final_model() const {
  FinalModel result{copy_of(*model_), steps_done(), best().step != 0};
  if (best().step == 0 || best().step == steps_done()) return result;
  const bool measured = state_.interval_steps == 0;
  if (!measured && is_better_than_best(validation_bound())) return result;
  result.step = best().step;
  result.model->parameters() = best().weights.parameters;
  result.model->centres() = best().weights.centres;
  return result;
}

std::vector<MetricsRow> Trainer::metrics() const {
  std::vector<MetricsRow> rows = state_.metrics;
  if (state_.interval_steps > 0) rows.push_back(row_of_interval());
  return rows;
}

/// The same noise at every row: the curve then shows the model change, not the noise. Few images get several samples.
void Trainer::end_interval() {
  require_finite_parameters();
  MetricsRow row = row_of_interval();
  const Index samples = std::max<Index>(1, 2048 / test_images_.cols());
  row.test_bound = evaluate(*model_, test_images_, samples, options().seed, Stream::evaluation).one_sample;
  if (validation_images_.size() != 0) {
    row.validation_bound = validation_bound();
    if (is_better_than_best(row.validation_bound)) {
      state_.best = {steps_done(), row.validation_bound, {model_->parameters(), model_->centres()}};
    }
  }
  state_.metrics.push_back(row);
  state_.interval_bound = 0;
  state_.interval_steps = 0;
}

double Trainer::validation_bound() const {
  return evaluate(*model_, validation_images_, options().validation_samples, options().seed, Stream::validation)
      .importance;
}

bool Trainer::is_better_than_best(double validation_bound) const {
  return best().step == 0 || validation_bound > best().bound;
}

MetricsRow Trainer::row_of_interval() const {
  const RunOptions& o = state_.options;
  const concrete::TemperaturePair temperatures = temperatures_at(o, steps_done() - 1);
  MetricsRow row;
  row.step = steps_done();
  row.epoch = static_cast<double>(row.step) * static_cast<double>(o.batch) / static_cast<double>(state_.shuffle.size());
  row.train_bound = state_.interval_bound / static_cast<double>(state_.interval_steps);
  row.learning_rate = learning_rate_at(o, steps_done() - 1);
  row.posterior_temperature = temperatures.posterior;
  row.prior_temperature = temperatures.prior;
  return row;
}

}  // namespace vae
