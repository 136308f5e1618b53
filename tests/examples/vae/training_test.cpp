#include "vae/training.hpp"

#include <cmath>
#include <utility>

#include "catch.hpp"
#include "support.hpp"
#include "vae/checkpoint.hpp"
#include "vae/files.hpp"
#include "vae/parallel.hpp"

using Catch::Matchers::ContainsSubstring;
using vae::LatentKind;

namespace {

vae::DataSet made_up_data(bool black_and_white) {
  return {made_up_images(25, 3, 3, 1, black_and_white), made_up_images(8, 3, 3, 2, black_and_white)};
}

void take_steps(vae::Trainer& trainer, int count) {
  for (int k = 0; k < count; ++k) trainer.step();
}

std::string checkpoint_bytes(const TemporaryFolder& folder, const vae::RunState& state) {
  vae::write_checkpoint(folder / "checkpoint", state);
  return vae::read_file(folder / "checkpoint");
}

}  // namespace

TEST_CASE("training: a run goes on from a checkpoint as if it had never stopped", "[vae]") {
  const bool black_and_white = GENERATE(true, false);
  const vae::DataSet data = made_up_data(black_and_white);
  vae::RunOptions options = small_run();
  options.anneal = 1e-3;
  if (!black_and_white) {
    options.latent.kind = LatentKind::categorical;
    options.objective = {vae::KlTreatment::relaxed_mass, 3};
  }
  TemporaryFolder folder;
  vae::Trainer whole(vae::begin_run(options, data), data);
  take_steps(whole, 20);

  vae::Trainer first(vae::begin_run(options, data), data);
  take_steps(first, 10);
  vae::write_checkpoint(folder / "half", first.state());
  vae::Trainer second(vae::read_checkpoint(folder / "half"), data);
  take_steps(second, 10);

  CHECK(vae::to_csv(second.metrics()) == vae::to_csv(whole.metrics()));
  CHECK(checkpoint_bytes(folder, second.state()) == checkpoint_bytes(folder, whole.state()));
  CHECK(second.steps_here() == 10);
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
  const vae::DataSet data{images, images};
  vae::Trainer trainer(vae::begin_run(options, data), data);
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
  vae::Trainer trainer(vae::begin_run(small_run(), data), data);
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
  CHECK(std::isnan(rows[1].test_bound));
  CHECK(vae::to_csv({rows[1]}) ==
        "step,epoch,train_bound,test_bound,test_importance_bound,posterior_temperature,"
        "prior_temperature\n7,1.96," +
            vae::exact_text(last) + ",,,0.6666666666666666,0.5\n");
}

TEST_CASE("training: the seed decides everything, measuring nothing", "[vae]") {
  const vae::DataSet data = made_up_data(false);
  vae::RunOptions often = small_run(), other_seed = small_run();
  often.interval = 1;
  other_seed.seed = 12;
  vae::Trainer a(vae::begin_run(small_run(), data), data), b(vae::begin_run(often, data), data),
      c(vae::begin_run(other_seed, data), data);
  for (vae::Trainer* trainer : {&a, &b, &c}) take_steps(*trainer, 8);
  CHECK(a.model().parameters() == b.model().parameters());
  CHECK(a.model().parameters() != c.model().parameters());
}

TEST_CASE("training: the number of threads decides nothing", "[vae][slow]") {
  if (!vae::set_threads(3)) return;
  const bool black_and_white = GENERATE(true, false);
  // Large enough for every layer, the likelihood and Adam to be shared out.
  const vae::DataSet data{made_up_images(40, 28, 28, 1, black_and_white),
                          made_up_images(8, 28, 28, 2, black_and_white)};
  vae::RunOptions options = small_run();
  options.latent.units = 100;
  options.latent.kind = black_and_white ? LatentKind::binary : LatentKind::categorical;
  options.batch = 40;
  options.objective.samples = 2;
  const auto metrics_and_parameters = [&](int threads) {
    vae::set_threads(threads);
    vae::Trainer trainer(vae::begin_run(options, data), data);
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
  vae::Trainer trainer(vae::begin_run(options, data), data);
  const auto diverge = [&] { take_steps(trainer, 50); };
  CHECK_THROWS_WITH(diverge(), ContainsSubstring("not a finite number: a lower --learning-rate may help"));
  trainer.model().parameters()[3] = HUGE_VALF;
  CHECK_THROWS_AS(trainer.state(), vae::Diverged);
}

TEST_CASE("training: a checkpoint of another model is refused", "[vae]") {
  const vae::DataSet data = made_up_data(true);
  vae::RunState state = vae::begin_run(small_run(), data);
  state.options.latent.units = 5;
  CHECK_THROWS_WITH(vae::Trainer(state, data), ContainsSubstring("does not fit"));
}
