#include "vae/training.hpp"

#include <cmath>
#include <utility>

#include "catch.hpp"
#include "support.hpp"
#include "vae/checkpoint.hpp"
#include "vae/error.hpp"
#include "vae/evaluation.hpp"
#include "vae/files.hpp"
#include "vae/parallel.hpp"
#include "vae/random.hpp"
#include "vae/text.hpp"

using Catch::Matchers::ContainsSubstring;
using vae::LatentKind;

namespace {

vae::DataSet made_up_data(bool black_and_white) {
  return {made_up_images(25, 3, 3, 1, black_and_white), made_up_images(8, 3, 3, 2, black_and_white)};
}

vae::DataSet with_validation(vae::DataSet data) {
  data.validation = made_up_images(6, 3, 3, 3, false);
  return data;
}

/// A training by one process.
struct Alone {
  explicit Alone(vae::RunState state, const vae::DataSet& data) : trainer(std::move(state), data, communicator) {}
  Alone(const vae::RunOptions& options, const vae::DataSet& data) : Alone(vae::begin_run(options, data), data) {}

  vae::Communicator communicator;
  vae::Trainer trainer;
};

void take_steps(vae::Trainer& trainer, int count) {
  for (int k = 0; k < count; ++k) trainer.step();
}

std::string checkpoint_bytes(const TemporaryFolder& folder, const vae::RunState& state) {
  vae::write_checkpoint(folder / "checkpoint", state);
  return vae::read_file(folder / "checkpoint");
}

}  // namespace

TEST_CASE("training: a run goes on from a checkpoint as if it had never stopped", "[vae]") {
  const bool black_and_white = GENERATE(true, false), deep = GENERATE(true, false);
  INFO("black and white " << black_and_white << ", deep " << deep);
  vae::DataSet data = made_up_data(black_and_white);
  vae::RunOptions options = small_run();
  options.anneal = 1e-3;
  if (!black_and_white) {
    options.latent.kind = LatentKind::categorical;
    options.objective = {vae::KlTreatment::relaxed_mass, 3};
  }
  if (deep) {
    data = with_validation(data);
    options.stochastic_layers = 2;
    options.schedule = vae::Schedule::cosine;
    if (black_and_white) options.task = vae::Task::prediction;
  }
  TemporaryFolder folder;
  Alone whole(options, data);
  take_steps(whole.trainer, 20);

  Alone first(options, data);
  take_steps(first.trainer, 10);
  vae::write_checkpoint(folder / "half", first.trainer.collect_state());
  Alone second(vae::read_checkpoint(folder / "half"), data);
  take_steps(second.trainer, 10);

  CHECK(vae::to_csv(second.trainer.metrics()) == vae::to_csv(whole.trainer.metrics()));
  CHECK(checkpoint_bytes(folder, second.trainer.collect_state()) ==
        checkpoint_bytes(folder, whole.trainer.collect_state()));
  CHECK(second.trainer.steps_here() == 10);
  CHECK(second.trainer.final_model().model->parameters() == whole.trainer.final_model().model->parameters());
}

TEST_CASE("training: a code of one bit is found", "[vae]") {
  vae::RunOptions options = small_run();
  options.latent.units = 1;
  options.layers = vae::LayerKind::linear;
  options.objective.kl = vae::KlTreatment::discrete;
  options.learning_rate = 0.02;
  options.interval = 500;
  // Two images that differ everywhere: one bit of information, and one unit to hold it.
  vae::Images images{3, 3, std::vector<std::uint8_t>(9, 0)};
  images.bytes.resize(18, 255);
  const vae::DataSet data{images, images, {}};
  Alone run(options, data);
  vae::Trainer& trainer = run.trainer;
  take_steps(trainer, 2000);
  const std::vector<vae::MetricsRow> rows = trainer.metrics();
  REQUIRE(rows.size() == 4);
  CHECK(rows[3].train_bound > rows[0].train_bound);
  // The best possible is -log 2 = -0.693, the entropy of the data; without a code it is -9 log 2 = -6.24.
  CHECK(rows[3].test_bound > -0.75);
  CHECK(rows[3].test_bound < -0.693);
}

TEST_CASE("training: rows of metrics", "[vae]") {
  const vae::DataSet data = made_up_data(true);
  Alone run(small_run(), data);
  vae::Trainer& trainer = run.trainer;
  double sum = 0;
  for (int k = 0; k < 6; ++k) sum += trainer.step();
  const double last = trainer.step();
  const std::vector<vae::MetricsRow> rows = trainer.metrics();
  REQUIRE(rows.size() == 2);
  CHECK(rows[0].step == 6);
  CHECK(rows[0].epoch == 6 * 7 / 25.0);
  CHECK(rows[0].train_bound == Catch::Approx(sum / 6).epsilon(1e-12));
  CHECK(std::isfinite(rows[0].test_bound));
  CHECK(rows[1].step == 7);
  CHECK(rows[1].train_bound == last);
  CHECK(std::isnan(rows[0].validation_bound));
  CHECK(std::isnan(rows[1].test_bound));
  CHECK(vae::to_csv({rows[1]}) ==
        "step,epoch,train_bound,test_bound,test_importance_bound,validation_bound,learning_rate,posterior_temperature,"
        "prior_temperature\n7,1.96," +
            vae::exact_text(last) + ",,,,0.001,0.6666666666666666,0.5\n");
}

TEST_CASE("training: the seed decides everything, measuring nothing", "[vae]") {
  const vae::DataSet data = made_up_data(false);
  vae::RunOptions often = small_run(), other_seed = small_run();
  often.interval = 1;
  other_seed.seed = 12;
  Alone a(small_run(), data), b(often, data), c(other_seed, data);
  for (Alone* run : {&a, &b, &c}) take_steps(run->trainer, 8);
  CHECK(a.trainer.model().parameters() == b.trainer.model().parameters());
  CHECK(a.trainer.model().parameters() != c.trainer.model().parameters());
  // Of validation images there is no more to be seen than of other measuring.
  const vae::DataSet validated = with_validation(data);
  Alone d(small_run(), validated);
  take_steps(d.trainer, 8);
  CHECK(d.trainer.model().parameters() == a.trainer.model().parameters());
}

TEST_CASE("training: the number of threads decides nothing", "[vae][slow]") {
  if (!vae::set_threads(3)) return;
  const bool black_and_white = GENERATE(true, false);
  // Large enough for every layer, the likelihood and Adam to be shared out.
  const vae::DataSet data{
      made_up_images(40, 28, 28, 1, black_and_white), made_up_images(8, 28, 28, 2, black_and_white), {}};
  vae::RunOptions options = small_run();
  options.latent.units = 100;
  options.latent.kind = black_and_white ? LatentKind::binary : LatentKind::categorical;
  options.batch = 40;
  options.objective.samples = 2;
  options.stochastic_layers = black_and_white ? 2 : 1;
  const auto metrics_and_parameters = [&](int threads) {
    vae::set_threads(threads);
    Alone run(options, data);
    vae::Trainer& trainer = run.trainer;
    take_steps(trainer, 6);
    return std::pair(vae::to_csv(trainer.metrics()), trainer.model().parameters());
  };
  const auto [metrics, parameters] = metrics_and_parameters(1);
  for (const int threads : {2, 3}) {
    const auto [other_metrics, other_parameters] = metrics_and_parameters(threads);
    CHECK(other_metrics == metrics);
    CHECK(other_parameters == parameters);
  }
  vae::set_threads(1);
}

TEST_CASE("training: temperatures of a step", "[vae]") {
  vae::RunOptions options = small_run();
  CHECK(vae::temperatures_at(options, 12345).posterior == options.posterior_temperature);
  options.anneal = 1e-3;
  CHECK(vae::temperatures_at(options, 0).posterior == 1);
  CHECK(vae::temperatures_at(options, 499).posterior == 1);
  CHECK(vae::temperatures_at(options, 500).posterior == 2.0 / 3);  // exp(-1/2) = 0.61 is less
  options.posterior_temperature = 0.5;
  CHECK(vae::temperatures_at(options, 999).posterior == Catch::Approx(std::exp(-0.5)));
  CHECK(vae::temperatures_at(options, 100'000).posterior == 0.5);
  CHECK(vae::temperatures_at(options, 100'000).prior == options.prior_temperature);
}

TEST_CASE("training: divergence is noticed, and never saved", "[vae]") {
  const vae::DataSet data = made_up_data(true);
  vae::RunOptions options = small_run();
  options.learning_rate = 1e38;
  options.interval = 1000;
  Alone run(options, data);
  vae::Trainer& trainer = run.trainer;
  const auto diverge = [&] { take_steps(trainer, 50); };
  CHECK_THROWS_WITH(diverge(), ContainsSubstring("not a finite number: a lower --learning-rate may help"));
  trainer.model().parameters()[3] = HUGE_VALF;
  CHECK_THROWS_AS(trainer.collect_state(), vae::Diverged);
}

TEST_CASE("training: a checkpoint of another model is refused", "[vae]") {
  const vae::DataSet data = made_up_data(true);
  vae::RunState state = vae::begin_run(small_run(), data);
  state.options.latent.units = 5;
  CHECK_THROWS_WITH(Alone(state, data), ContainsSubstring("does not fit"));
  state = vae::begin_run(small_run(), data);
  state.options.stochastic_layers = 2;
  CHECK_THROWS_WITH(Alone(state, data), ContainsSubstring("does not fit"));
  state = vae::begin_run(small_run(), data);
  state.weights.centres.conservativeResize(8);
  CHECK_THROWS_WITH(Alone(state, data), ContainsSubstring("does not fit"));
}

TEST_CASE("training: a run of several processes is not for one", "[vae]") {
  const vae::DataSet data = made_up_data(true);
  vae::RunState state = vae::begin_run(small_run(), data, 3);
  REQUIRE(state.noise.size() == 3);
  CHECK(state.noise[0].latent == vae::begin_run(small_run(), data).noise[0].latent);
  CHECK(state.noise[1].latent != state.noise[0].latent);
  CHECK(state.noise[1].latent != state.noise[2].latent);
  CHECK(state.noise[1].binarising != state.noise[1].latent);
  CHECK_THROWS_AS(Alone(state, data), vae::UsageError);
  CHECK_THROWS_WITH(Alone(state, data), "--resume needs as many processes as the run had, 3, but there are 1");
  state.options.steps = 0;  // done: there is nothing to continue, only to evaluate
  Alone evaluating(state, data);
  CHECK(evaluating.trainer.collect_state().noise.size() == 3);
}

TEST_CASE("training: the best model on the validation images is kept", "[vae]") {
  const vae::DataSet data = with_validation(made_up_data(false));
  vae::RunOptions options = small_run();
  options.learning_rate = 0.05;  // soon too much is learned by heart
  options.interval = 10;
  options.steps = 300;
  Alone run(options, data);
  CHECK(run.trainer.best().step == 0);
  CHECK_FALSE(run.trainer.final_model().is_best);
  CHECK(run.trainer.final_model().model->parameters() == run.trainer.model().parameters());
  std::vector<vae::Weights> weights;
  for (int k = 0; k < 30; ++k) {
    take_steps(run.trainer, 10);
    weights.push_back({run.trainer.model().parameters(), run.trainer.model().centres()});
  }
  const std::vector<vae::MetricsRow> rows = run.trainer.metrics();
  REQUIRE(rows.size() == 30);
  std::size_t best = 0;
  for (std::size_t k = 1; k < rows.size(); ++k) {
    if (rows[k].validation_bound > rows[best].validation_bound) best = k;
  }
  REQUIRE(best > 0);
  REQUIRE(best < 29);  // or nothing would tell the best model from the latest
  CHECK(run.trainer.best().step == rows[best].step);
  CHECK(run.trainer.best().bound == rows[best].validation_bound);
  const auto check_best = [&](const vae::Trainer& trainer) {
    const vae::FinalModel final_model = trainer.final_model();
    CHECK(final_model.is_best);
    CHECK(final_model.step == rows[best].step);
    CHECK(final_model.model->parameters() == weights[best].parameters);
    CHECK(final_model.model->centres() == weights[best].centres);
  };
  check_best(run.trainer);
  // It survives a checkpoint, and is compared with what comes after.
  TemporaryFolder folder;
  vae::write_checkpoint(folder / "c", run.trainer.collect_state());
  Alone again(vae::read_checkpoint(folder / "c"), data);
  check_best(again.trainer);
  CHECK(again.trainer.model().parameters() == weights.back().parameters);
  take_steps(again.trainer, 10);
  CHECK(again.trainer.best().step == rows[best].step);
}

TEST_CASE("training: the latest model may be the best, also where no interval ends", "[vae]") {
  const vae::DataSet data = with_validation(made_up_data(false));
  vae::RunOptions options = small_run();
  options.interval = 10;
  options.steps = 300;
  Alone run(options, data);
  vae::Vector<float>& parameters = run.trainer.model().parameters();
  const vae::Vector<float> good = parameters;
  parameters.setConstant(3);  // nonsense
  take_steps(run.trainer, 10);
  REQUIRE(run.trainer.best().step == 10);
  parameters = good;
  take_steps(run.trainer, 5);
  const vae::FinalModel latest = run.trainer.final_model();
  CHECK(latest.is_best);
  CHECK(latest.step == 15);
  CHECK(latest.model->parameters() == parameters);
  CHECK(run.trainer.best().step == 10);  // only looked at
  parameters.setConstant(-30);           // worse nonsense
  CHECK(run.trainer.final_model().step == 10);
}

TEST_CASE("training: a row has the temperatures and the learning rate of its last step", "[vae]") {
  const vae::DataSet data = made_up_data(true);
  vae::RunOptions options = small_run();
  options.anneal = 1e-4;
  options.posterior_temperature = 0.5;
  options.schedule = vae::Schedule::cosine;
  options.interval = options.steps = 500;
  Alone run(options, data);
  take_steps(run.trainer, 500);
  REQUIRE(run.trainer.metrics().size() == 1);
  CHECK(run.trainer.metrics()[0].posterior_temperature == 1);  // it falls with step 501
  CHECK(run.trainer.metrics()[0].learning_rate == vae::learning_rate_at(options, 499));
}

TEST_CASE("training: what the validation bound is of", "[vae]") {
  const vae::DataSet data = with_validation(made_up_data(true));
  vae::RunOptions options = small_run();
  options.validation_samples = 5;
  Alone run(options, data);
  take_steps(run.trainer, 6);
  vae::Engine engine = vae::make_engine(options.seed, vae::Stream::validation_binarising);
  const vae::Matrix<float> images = vae::binarised_subset(data.validation, 1, engine);
  const vae::Evaluation expected = vae::evaluate(run.trainer.model(), images, 5, options.seed, vae::Stream::validation);
  REQUIRE(run.trainer.metrics().size() == 1);
  CHECK(run.trainer.metrics()[0].validation_bound == expected.importance);
}

TEST_CASE("training: learning rate of a step", "[vae]") {
  vae::RunOptions options = small_run();
  options.learning_rate = 0.003;
  options.steps = 100;
  for (const int step : {0, 50, 99, 1000}) CHECK(vae::learning_rate_at(options, step) == 0.003);
  options.schedule = vae::Schedule::cosine;
  CHECK(vae::learning_rate_at(options, 0) == 0.003);
  CHECK(vae::learning_rate_at(options, 25) == Catch::Approx(0.003 * (2 + std::sqrt(2)) / 4));
  CHECK(vae::learning_rate_at(options, 50) == Catch::Approx(0.0015));
  CHECK(vae::learning_rate_at(options, 99) > 0);
  CHECK(vae::learning_rate_at(options, 100) == Catch::Approx(0).margin(1e-18));

  // The rate of the latest step goes to the metrics, and into the step.
  const vae::DataSet data = made_up_data(true);
  options.interval = 50;
  Alone run(options, data);
  take_steps(run.trainer, 99);
  CHECK(run.trainer.metrics()[0].learning_rate == vae::learning_rate_at(options, 49));
  const vae::Vector<float> before = run.trainer.model().parameters();
  run.trainer.step();
  const vae::Vector<float> change = run.trainer.model().parameters() - before;
  CHECK(change.norm() > 0);
  // A step of Adam is at most about its rate.
  CHECK(static_cast<double>(change.cwiseAbs().maxCoeff()) < 4 * vae::learning_rate_at(options, 99));
}
