// The program from outside: what it writes, its exit status, its messages.

#include <signal.h>
#include <unistd.h>
#include <chrono>
#include <map>
#include <sstream>
#include <thread>

#include "catch.hpp"
#include "support.hpp"
#include "vae/files.hpp"

using Catch::Matchers::ContainsSubstring;

namespace {

using Arguments = std::vector<std::string>;

Arguments operator+(Arguments left, const Arguments& right) {
  left.insert(left.end(), right.begin(), right.end());
  return left;
}

/// Options of a run that takes no time.
const Arguments quick{"--units", "4",          "--batch", "8",      "--evaluation-samples", "3", "--evaluation-stride",
                      "10",      "--interval", "5",       "--steps"};

/// All files of a folder with their bytes.
std::map<std::string, std::string> contents(const std::filesystem::path& folder) {
  std::map<std::string, std::string> files;
  if (!std::filesystem::exists(folder)) return files;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    files[entry.path().filename().string()] = entry.is_regular_file() ? vae::read_file(entry.path()) : "folder";
  }
  return files;
}

/// The program must end with this status and one line that says `message`, and leave `out` as it was.
void expect_error(const Arguments& arguments, int status, const std::string& message,
                  const std::filesystem::path& out) {
  const auto before = contents(out);
  const Outcome outcome = run_vae(arguments);
  CHECK(outcome.status == status);
  CHECK(outcome.err == "vae: " + message + "\n");
  CHECK(outcome.out.empty());
  CHECK(contents(out) == before);
}

/// The same for a new run into a folder that is not there yet.
void expect_error(const Arguments& arguments, int status, const std::string& message) {
  TemporaryFolder folder;
  const std::filesystem::path out = folder / "out";
  expect_error(arguments + Arguments{"--out", out.string()}, status, message, out);
  CHECK_FALSE(std::filesystem::exists(out));
}

/// A folder of data that are in order but for what the test changes.
struct Data : TemporaryFolder {
  Data() { write_data_set(*this, {made_up_images(9, 3, 3, 1, true), made_up_images(4, 3, 3, 2, true)}); }
};

bool wait_until(const std::function<bool()>& condition) {
  for (int k = 0; k < 3000; ++k) {
    if (condition()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return false;
}

}  // namespace

TEST_CASE("program: a run leaves its results", "[vae]") {
  TemporaryFolder folder;
  const std::filesystem::path out = folder / "deep" / "out";
  const Outcome outcome = run_vae(quick + Arguments{"12", "--out", out.string()});
  CHECK(outcome.status == 0);
  CHECK(outcome.err.empty());
  CHECK_THAT(outcome.out, ContainsSubstring("lower bound of one sample") && ContainsSubstring("(L_3)") &&
                              ContainsSubstring("ms per step") && ContainsSubstring(out.string()));
  for (const char c : outcome.out) CHECK((c == '\n' || (c >= ' ' && c <= '~')));  // no terminal: no control characters
  const auto files = contents(out);
  CHECK(files.size() == 5);
  for (const char* name : {"samples.png", "reconstructions.png", "curve.png", "checkpoint.bin"}) {
    CHECK(files.count(name) == 1);
  }
  std::istringstream csv(files.at("metrics.csv"));
  std::string line;
  std::getline(csv, line);
  CHECK(line == "step,epoch,train_bound,test_bound,test_importance_bound,posterior_temperature,prior_temperature");
  for (const char* begin : {"5,", "10,", "12,"}) {
    std::getline(csv, line);
    CHECK(line.compare(0, std::string(begin).size(), begin) == 0);
  }
  CHECK(line.find(",,") == std::string::npos);  // the last row has the final evaluation
}

TEST_CASE("program: stopped and continued, it writes the same bytes", "[vae]") {
  TemporaryFolder folder;
  const std::string whole = folder / "whole", parts = folder / "parts";
  REQUIRE(run_vae(quick + Arguments{"20", "--out", whole}).status == 0);
  REQUIRE(run_vae(quick + Arguments{"7", "--out", parts}).status == 0);
  REQUIRE(run_vae({"--resume", "--steps", "20", "--out", parts}).status == 0);
  CHECK(contents(whole) == contents(parts));
  // A finished run is only evaluated and drawn again.
  REQUIRE(run_vae({"--resume", "--out", parts}).status == 0);
  CHECK(contents(whole) == contents(parts));
}

TEST_CASE("program: Ctrl-C saves, and the run goes on from there", "[vae]") {
  const int signal = GENERATE(SIGINT, SIGTERM);
  TemporaryFolder folder;
  const std::string whole = folder / "whole", parts = folder / "parts";
  Process process(quick + Arguments{"100000000", "--checkpoint-every", "5", "--out", parts});
  REQUIRE(wait_until([&] { return std::filesystem::exists(parts + "/checkpoint.bin"); }));
  process.send(signal);
  const Outcome outcome = process.wait();
  CHECK(outcome.status == 130);
  const std::string before = "vae: interrupted after step ";
  REQUIRE(outcome.err.compare(0, before.size(), before) == 0);
  const std::int64_t step = std::stoll(outcome.err.substr(before.size()));
  CHECK(outcome.err == before + std::to_string(step) + ": vae --resume --out " + parts + " goes on from there\n");
  const std::string steps = std::to_string(step + 10);
  REQUIRE(run_vae({"--resume", "--out", parts, "--steps", steps}).status == 0);
  REQUIRE(run_vae(quick + Arguments{steps, "--checkpoint-every", "5", "--out", whole}).status == 0);
  CHECK(contents(whole) == contents(parts));
}

TEST_CASE("program: a second Ctrl-C kills at once", "[vae]") {
  TemporaryFolder folder;
  const std::filesystem::path out = folder / "out";
  // One step takes seconds.
  Process process({"--units", "1000", "--samples", "200", "--steps", "3", "--out", out.string()});
  REQUIRE(wait_until([&] { return std::filesystem::exists(out); }));
  std::this_thread::sleep_for(std::chrono::milliseconds(150));
  process.send(SIGINT);
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  REQUIRE(process.running());
  process.send(SIGINT);
  CHECK(process.wait().status == -SIGINT);
  CHECK(contents(out).empty());
}

TEST_CASE("program: help and version", "[vae]") {
  const Outcome help = run_vae({"--help"});
  CHECK(help.status == 0);
  CHECK_THAT(help.out, ContainsSubstring("--posterior-temperature"));
  const Outcome version = run_vae({"--version"});
  CHECK(version.status == 0);
  CHECK(version.out.compare(0, 4, "vae ") == 0);
}

TEST_CASE("program: error: option out of range", "[vae]") {
  expect_error({"--batch", "0"}, 2, "--batch must be a whole number from 1 to 1000000, but was '0'");
}

TEST_CASE("program: error: steps and epochs", "[vae]") {
  expect_error({"--steps", "1", "--epochs", "1"}, 2, "--epochs excludes --steps");
}

TEST_CASE("program: error: an exact KL term of several samples", "[vae]") {
  expect_error({"--kl", "exact", "--samples", "2"}, 2,
               "--kl exact goes with --samples 1 only, but that was 2: --kl relaxed has the bound of more samples");
}

TEST_CASE("program: error: no such folder", "[vae]") {
  expect_error({"--data", "/no/such/folder"}, 1, "/no/such/folder: No such file or directory");
}

TEST_CASE("program: error: no training file", "[vae]") {
  TemporaryFolder empty;
  expect_error({"--data", empty.text()}, 1, empty.text() + ": holds no file *train-images*");
}

TEST_CASE("program: error: truncated data", "[vae]") {
  Data data;
  const std::filesystem::path train = data / "train-images";
  write_file(train, idx_file(9, 3, 3, "too little"));
  expect_error(
      {"--data", data.text()}, 1,
      train.string() + ": truncated: its header promises 9 images of 3 x 3 pixels, 81 bytes, but only 10 follow");
}

TEST_CASE("program: error: labels in place of images", "[vae]") {
  Data data;
  const std::filesystem::path test = data / "test-images";
  write_file(test, std::string("\x00\x00\x08\x01\x00\x00\x00\x01\x07", 9));
  expect_error({"--data", data.text()}, 1,
               test.string() + ": not an IDX file of images: it begins with 0x00000801, not with 0x00000803");
}

TEST_CASE("program: error: sizes that differ", "[vae]") {
  Data data;
  write_file(data / "test-images", idx_file(1, 1, 2, "ab"));
  expect_error({"--data", data.text()}, 1,
               (data / "test-images").string() + ": its images are 1 x 2, but those of " +
                   (data / "train-images").string() + " are 3 x 3");
}

TEST_CASE("program: error: nothing to resume", "[vae]") {
  TemporaryFolder folder;
  const std::filesystem::path out = folder / "out";
  expect_error({"--resume", "--out", out.string()}, 1,
               (out / "checkpoint.bin").string() + ": cannot be read: No such file or directory", out);
}

TEST_CASE("program: error: --out is no folder", "[vae]") {
  TemporaryFolder folder;
  write_file(folder / "file", "x");
  const std::string out = folder / "file" / "out";
  expect_error(quick + Arguments{"1", "--out", out}, 1, out + ": cannot be created: Not a directory", out);
}

TEST_CASE("program: error: --out holds a run", "[vae]") {
  TemporaryFolder folder;
  const std::filesystem::path out = folder / "out";
  REQUIRE(run_vae(quick + Arguments{"1", "--out", out.string()}).status == 0);
  expect_error(quick + Arguments{"2", "--out", out.string()}, 2,
               "--out " + out.string() + " holds a run already: --resume continues it, --overwrite starts anew", out);
  CHECK(run_vae(quick + Arguments{"2", "--out", out.string(), "--overwrite"}).status == 0);

  // What a continued run may not change.
  expect_error({"--resume", "--out", out.string(), "--units", "5"}, 2, "--units 5 contradicts the checkpoint's 4", out);
  expect_error({"--resume", "--out", out.string(), "--steps", "1"}, 2,
               "--steps 1 is less than the 2 steps already done", out);
  Data data;
  expect_error({"--resume", "--out", out.string(), "--data", data.text()}, 1,
               data.text() + ": the images are 3 x 3, but the checkpoint's run had 8 x 8", out);
}

TEST_CASE("program: error: damaged checkpoint", "[vae]") {
  TemporaryFolder folder;
  const std::filesystem::path out = folder / "out", checkpoint = out / "checkpoint.bin";
  REQUIRE(run_vae(quick + Arguments{"1", "--out", out.string()}).status == 0);
  const std::string good = vae::read_file(checkpoint);
  write_file(checkpoint, good.substr(0, 100));
  expect_error({"--resume", "--out", out.string()}, 1,
               checkpoint.string() + ": is truncated: 76 of " + std::to_string(good.size() - 24) + " bytes", out);
}

TEST_CASE("program: error: divergence keeps the last good checkpoint", "[vae]") {
  TemporaryFolder folder;
  const std::filesystem::path out = folder / "out";
  REQUIRE(run_vae(quick + Arguments{"1", "--out", out.string()}).status == 0);
  const Arguments diverging{"--learning-rate", "1e38", "--checkpoint-every", "1", "--overwrite", "--out", out.string()};
  expect_error(quick + Arguments{"9"} + diverging, 1,
               "the parameters of step 1 are not finite numbers: a lower --learning-rate may help", out);
}
