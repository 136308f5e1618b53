#include "vae/checkpoint.hpp"

#include "catch.hpp"
#include "support.hpp"
#include "vae/files.hpp"
#include "vae/training.hpp"

using Catch::Matchers::ContainsSubstring;

namespace {

vae::DataSet made_up_data() {
  return {made_up_images(25, 3, 3, 1, false), made_up_images(8, 3, 3, 2, false), made_up_images(6, 3, 3, 3, false)};
}

vae::RunState trained_state(int steps) {
  const vae::DataSet data = made_up_data();
  vae::Communicator alone;
  vae::Trainer trainer(vae::begin_run(small_run(), data), data, alone);
  for (int k = 0; k < steps; ++k) trainer.step();
  return trainer.collect_state();
}

}  // namespace

TEST_CASE("checkpoint: what is read is what was written", "[vae]") {
  TemporaryFolder folder;
  vae::RunState state = trained_state(8);
  state.options.data = "/some/folder";
  state.options.seed = 0xFEDCBA9876543210;
  state.options.task = vae::Task::prediction;
  state.options.schedule = vae::Schedule::cosine;
  state.options.stochastic_layers = 2;
  state.options.hold_out = 3;
  state.noise.push_back(vae::make_noise(5, 1));
  vae::write_checkpoint(folder / "c", state);
  const vae::RunState again = vae::read_checkpoint(folder / "c");
  CHECK(again.step() == 8);
  CHECK(again.options.data == "/some/folder");
  CHECK(again.options.seed == state.options.seed);
  CHECK(again.options.posterior_temperature == state.options.posterior_temperature);
  CHECK(again.options.task == vae::Task::prediction);
  CHECK(again.options.schedule == vae::Schedule::cosine);
  CHECK(again.options.stochastic_layers == 2);
  CHECK(again.options.hold_out == 3);
  CHECK(again.weights.parameters == state.weights.parameters);
  CHECK(again.weights.centres == state.weights.centres);
  CHECK(again.best.step == 6);
  CHECK(again.best.bound == state.best.bound);
  CHECK(again.best.weights.parameters == state.best.weights.parameters);
  CHECK(again.best.weights.centres == state.best.weights.centres);
  REQUIRE(again.noise.size() == 2);
  for (std::size_t k = 0; k < 2; ++k) {
    CHECK(again.noise[k].latent == state.noise[k].latent);
    CHECK(again.noise[k].binarising == state.noise[k].binarising);
  }
  CHECK(again.interval_bound == state.interval_bound);
  CHECK(again.interval_steps == 2);
  CHECK(vae::to_csv(again.metrics) == vae::to_csv(state.metrics));
  CHECK(again.data.train_checksum == state.data.train_checksum);
  // All that is not compared here is in the bytes.
  vae::write_checkpoint(folder / "d", again);
  CHECK(vae::read_file(folder / "c") == vae::read_file(folder / "d"));
}

TEST_CASE("checkpoint: any damage is noticed", "[vae]") {
  TemporaryFolder folder;
  vae::write_checkpoint(folder / "c", trained_state(3));
  const std::string good = vae::read_file(folder / "c");
  for (std::size_t place = 0; place < good.size(); place += place < 64 ? 1 : good.size() / 50) {
    std::string bad = good;
    bad[place] = static_cast<char>(bad[place] ^ 0x10);
    write_file(folder / "c", bad);
    INFO("byte " << place);
    CHECK_THROWS_WITH(vae::read_checkpoint(folder / "c"), ContainsSubstring((folder / "c").string() + ": is "));
  }
}

TEST_CASE("checkpoint: of an earlier version, or another file", "[vae]") {
  TemporaryFolder folder;
  vae::write_checkpoint(folder / "c", trained_state(1));
  std::string bytes = vae::read_file(folder / "c");
  bytes[8] = 2;
  write_file(folder / "c", bytes);
  CHECK_THROWS_WITH(vae::read_checkpoint(folder / "c"),
                    (folder / "c").string() + ": is a checkpoint of version 2, but this program reads version 3");
  write_file(folder / "c", "step,epoch,train_bound\n");
  CHECK_THROWS_WITH(vae::read_checkpoint(folder / "c"), ContainsSubstring("c: is not a checkpoint of this program"));
  CHECK_THROWS_WITH(vae::read_checkpoint(folder / "none"), ContainsSubstring("none: cannot be read: No such file"));
}

TEST_CASE("checkpoint: the data must be those of the run", "[vae]") {
  const vae::DataSet data = made_up_data();
  const vae::DataIdentity identity = vae::identify(data);
  CHECK_NOTHROW(vae::check_identity(identity, data, "F"));
  vae::DataSet other = data;
  for (vae::Images* images : {&other.train, &other.test, &other.validation}) {
    images->height = 1;
    images->width = 9;
  }
  CHECK_THROWS_WITH(vae::check_identity(identity, other, "F"),
                    "F: the images are 1 x 9, but the checkpoint's run had 3 x 3");
  other = data;
  other.train.bytes.resize(24 * 9);
  CHECK_THROWS_WITH(vae::check_identity(identity, other, "F"),
                    "F: the number of training images is 24, but the checkpoint's run had 25");
  other = data;
  other.test.bytes[5] ^= 1;
  CHECK_THROWS_WITH(vae::check_identity(identity, other, "F"), ContainsSubstring("the test images have checksum"));
  other = data;
  other.validation.bytes[5] ^= 1;
  CHECK_THROWS_WITH(vae::check_identity(identity, other, "F"),
                    ContainsSubstring("the validation images have checksum"));
  other.validation = {};
  CHECK_THROWS_WITH(vae::check_identity(identity, other, "F"),
                    "F: the number of validation images is 0, but the checkpoint's run had 6");
}
