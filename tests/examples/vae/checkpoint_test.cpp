#include "vae/checkpoint.hpp"

#include "catch.hpp"
#include "support.hpp"
#include "vae/files.hpp"
#include "vae/training.hpp"

using Catch::Matchers::ContainsSubstring;

namespace {

vae::DataSet made_up_data() { return {made_up_images(25, 3, 3, 1, false), made_up_images(8, 3, 3, 2, false)}; }

vae::RunState trained_state(int steps) {
  const vae::DataSet data = made_up_data();
  vae::Trainer trainer(vae::begin_run(small_run(), data), data);
  for (int k = 0; k < steps; ++k) trainer.step();
  return trainer.state();
}

}  // namespace

TEST_CASE("checkpoint: what is read is what was written", "[vae]") {
  TemporaryFolder folder;
  vae::RunState state = trained_state(8);
  state.options.data = "/some/folder";
  state.options.seed = 0xFEDCBA9876543210;
  vae::write_checkpoint(folder / "c", state);
  const vae::RunState again = vae::read_checkpoint(folder / "c");
  CHECK(again.step() == 8);
  CHECK(again.options.data == "/some/folder");
  CHECK(again.options.seed == state.options.seed);
  CHECK(again.options.posterior_temperature == state.options.posterior_temperature);
  CHECK(again.parameters == state.parameters);
  CHECK(again.latent_noise == state.latent_noise);
  CHECK(again.binarising == state.binarising);
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

TEST_CASE("checkpoint: cut short, or another file", "[vae]") {
  TemporaryFolder folder;
  vae::write_checkpoint(folder / "c", trained_state(3));
  const std::string good = vae::read_file(folder / "c");
  for (const std::size_t size : {std::size_t{8}, std::size_t{23}, std::size_t{24}, good.size() / 2, good.size() - 1}) {
    write_file(folder / "c", good.substr(0, size));
    CHECK_THROWS_WITH(vae::read_checkpoint(folder / "c"), ContainsSubstring("c: is truncated"));
  }
  for (const std::string& foreign : {std::string(), std::string("vae"), std::string("step,epoch,train_bound\n")}) {
    write_file(folder / "c", foreign);
    CHECK_THROWS_WITH(vae::read_checkpoint(folder / "c"), ContainsSubstring("c: is not a checkpoint of this program"));
  }
  write_file(folder / "c", good + "x");
  CHECK_THROWS_WITH(vae::read_checkpoint(folder / "c"), ContainsSubstring("c: is damaged"));
  CHECK_THROWS_WITH(vae::read_checkpoint(folder / "none"), ContainsSubstring("none: cannot be read: No such file"));
}

TEST_CASE("checkpoint: of another version", "[vae]") {
  TemporaryFolder folder;
  vae::write_checkpoint(folder / "c", trained_state(1));
  std::string bytes = vae::read_file(folder / "c");
  for (const int version : {0, 3, 7}) {
    bytes[8] = static_cast<char>(version);
    write_file(folder / "c", bytes);
    CHECK_THROWS_WITH(vae::read_checkpoint(folder / "c"),
                      ContainsSubstring("is a checkpoint of version " + std::to_string(version) +
                                        ", but this program reads versions 1 to 2"));
  }
  bytes[8] = 1;
  write_file(folder / "c", bytes);
  CHECK(vae::read_checkpoint(folder / "c").step() == 1);
}

TEST_CASE("checkpoint: the data must be those of the run", "[vae]") {
  const vae::DataSet data = made_up_data();
  const vae::DataIdentity identity = vae::identify(data);
  CHECK_NOTHROW(vae::check_identity(identity, data, "F"));
  vae::DataSet other = data;
  std::swap(other.train.height, other.train.width);
  other.train.height = 1;
  other.train.width = 9;
  CHECK_THROWS_WITH(vae::check_identity(identity, other, "F"),
                    "F: the images are 1 x 9, but the checkpoint's run had 3 x 3");
  other = data;
  other.train.bytes.resize(24 * 9);
  CHECK_THROWS_WITH(vae::check_identity(identity, other, "F"),
                    "F: the number of training images is 24, but the checkpoint's run had 25");
  other = data;
  other.test.bytes[5] ^= 1;
  CHECK_THROWS_WITH(vae::check_identity(identity, other, "F"), ContainsSubstring("the test images have checksum"));
}
