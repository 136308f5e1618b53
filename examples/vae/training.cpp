#include "vae/training.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <utility>

#include "vae/evaluation.hpp"
#include "vae/random.hpp"

namespace vae {

ModelShape model_shape(const RunOptions& options, const DataSet& data) {
  return {data.train.pixels(), options.latent, options.layers};
}

RunState begin_run(const RunOptions& options, const DataSet& data) {
  Model<float> model(model_shape(options, data), mean_image(data.train));
  Engine initialisation = make_engine(options.seed, Stream::initialisation);
  model.initialise(initialisation);
  RunState state;
  state.options = options;
  state.data = identify(data);
  state.parameters = model.parameters();
  state.adam = Adam<float>(state.parameters.size());
  state.shuffle = Shuffle(data.train.count(), make_engine(options.seed, Stream::shuffling));
  state.binarising = make_engine(options.seed, Stream::binarising);
  state.latent_noise = make_engine(options.seed, Stream::latent_noise);
  return state;
}

Trainer::Trainer(RunState state, const DataSet& data)
    : state_(std::move(state)),
      model_(model_shape(state_.options, data), mean_image(data.train)),
      train_images_(data.train),
      indices_(static_cast<std::size_t>(state_.options.batch)),
      first_step_(state_.step()) {
  const Index parameters = model_.parameters().size();
  if (state_.parameters.size() != parameters || state_.adam.size() != parameters ||
      state_.shuffle.size() != data.train.count()) {
    throw std::runtime_error("the checkpoint does not fit the model that its options describe");
  }
  model_.parameters() = state_.parameters;
  Engine test_binarising = make_engine(state_.options.seed, Stream::test_binarising);
  test_images_ = binarised_subset(data.test, state_.options.evaluation_stride, test_binarising);
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
  state_.shuffle.next(indices_);
  train_images_.draw(indices_, state_.binarising, batch_);
  const double bound =
      model_.estimate_bound(batch_, options().objective, temperatures_at(options(), steps_done()), state_.latent_noise);
  if (!std::isfinite(bound)) {
    throw Diverged("the bound of step " + std::to_string(steps_done() + 1) + " is " + exact_text(bound) +
                   ", not a finite number: a lower --learning-rate may help");
  }
  state_.adam.step(model_.parameters(), model_.loss_gradient(), options().learning_rate);
  return bound;
}

void Trainer::require_finite_parameters() const {
  if (model_.parameters().allFinite()) return;
  throw Diverged("the parameters of step " + std::to_string(steps_done()) +
                 " are not finite numbers: a lower --learning-rate may help");
}

const RunState& Trainer::state() {
  require_finite_parameters();
  state_.parameters = model_.parameters();
  return state_;
}

std::vector<MetricsRow> Trainer::metrics() const {
  std::vector<MetricsRow> rows = state_.metrics;
  if (state_.interval_steps > 0) rows.push_back(row_of_interval());
  return rows;
}

void Trainer::end_interval() {
  require_finite_parameters();
  MetricsRow row = row_of_interval();
  // The same noise at every row: the curve then shows the model change, not the noise. Few images get several samples.
  Engine engine = make_engine(options().seed, Stream::evaluation);
  const Index samples = std::max<Index>(1, 2048 / test_images_.cols());
  row.test_bound = evaluate(model_, test_images_, samples, engine)->one_sample;
  state_.metrics.push_back(row);
  state_.interval_bound = 0;
  state_.interval_steps = 0;
}

MetricsRow Trainer::row_of_interval() const {
  const RunOptions& o = state_.options;
  const concrete::TemperaturePair temperatures = temperatures_at(o, steps_done());
  MetricsRow row;
  row.step = steps_done();
  row.epoch = static_cast<double>(row.step) * static_cast<double>(o.batch) / static_cast<double>(state_.shuffle.size());
  row.train_bound = state_.interval_bound / static_cast<double>(state_.interval_steps);
  row.posterior_temperature = temperatures.posterior;
  row.prior_temperature = temperatures.prior;
  return row;
}

}  // namespace vae
