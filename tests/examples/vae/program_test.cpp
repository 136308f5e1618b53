// The program from outside: what it writes, its exit status, its messages.

#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>
#include <algorithm>
#include <chrono>
#include <limits>
#include <sstream>
#include <thread>

#include "catch.hpp"
#include "support.hpp"
#include "vae/checkpoint.hpp"
#include "vae/evaluation_file.hpp"
#include "vae/files.hpp"
#include "vae/presets.hpp"

using Catch::Matchers::ContainsSubstring;

namespace {

/// Options of a run that takes no time.
const Arguments quick{"--units", "4",          "--batch", "8",      "--evaluation-samples", "3", "--evaluation-stride",
                      "10",      "--interval", "5",       "--steps"};

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

/// What starts the program by a shell that does something first; "$@" are its words.
Arguments by_shell(const std::string& script) { return {"/bin/sh", "-c", script, "sh"}; }

/// A folder of data that are in order but for what the test changes.
struct Data : TemporaryFolder {
  Data() { write_data_set(*this, {made_up_images(9, 3, 3, 1, true), made_up_images(4, 3, 3, 2, true)}); }
};

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
  CHECK(files.size() == 6);
  for (const char* name : {"samples.png", "reconstructions.png", "curve.png", "checkpoint.bin", "evaluation.bin"}) {
    CHECK(files.count(name) == 1);
  }
  const auto rows = cells_of(files.at("metrics.csv"));
  REQUIRE(rows.size() == 4);
  CHECK(rows[0] == Arguments{"step", "epoch", "train_bound", "test_bound", "test_importance_bound", "validation_bound",
                             "learning_rate", "posterior_temperature", "prior_temperature"});
  CHECK(rows[1][0] == "5");
  CHECK(rows[2][0] == "10");
  CHECK(rows[3][0] == "12");
  // The last row has the final evaluation by many samples, and only that; no image is for validation.
  CHECK(rows[2][4].empty());
  for (std::size_t k = 0; k < 9; ++k) CHECK(rows[3][k].empty() == (k == 3 || k == 5));
}

TEST_CASE("program: stopped and continued, it writes the same bytes", "[vae]") {
  const Arguments model = GENERATE(Arguments{}, Arguments{"--stochastic-layers", "2", "--samples", "3"},
                                   Arguments{"--stochastic-layers", "2", "--latent", "categorical", "--hold-out", "99"},
                                   Arguments{"--task", "prediction", "--stochastic-layers", "2"});
  TemporaryFolder folder;
  const std::string whole = folder / "whole", parts = folder / "parts";
  REQUIRE(run_vae(quick + Arguments{"20", "--out", whole} + model).status == 0);
  REQUIRE(run_vae(quick + Arguments{"7", "--out", parts} + model).status == 0);
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

TEST_CASE("program: Ctrl-C during the evaluation", "[vae][slow]") {
  TemporaryFolder folder;
  const std::string whole = folder / "whole", parts = folder / "parts";
  // Training takes no time, the evaluation seconds.
  const Arguments options = quick + Arguments{"5", "--evaluation-samples", "6000", "--evaluation-stride", "1", "--out"};
  REQUIRE(run_vae(options + Arguments{whole}).status == 0);
  const auto is_trained = [&] {
    return std::filesystem::exists(parts + "/checkpoint.bin") &&
           vae::read_checkpoint(parts + "/checkpoint.bin").step() == 5;
  };
  const auto interrupt_after = [&](const Arguments& arguments, std::chrono::milliseconds delay) {
    Process process(arguments);
    REQUIRE(wait_until(is_trained));
    std::this_thread::sleep_for(delay);
    process.send(SIGINT);
    const Outcome outcome = process.wait();
    CHECK(outcome.status == 130);
    CHECK(outcome.err == "vae: interrupted after step 5: vae --resume --out " + parts + " goes on from there\n");
  };
  std::chrono::milliseconds delay(200);
  interrupt_after(options + Arguments{parts}, delay);
  // On a busy machine the evaluation may not have begun.
  while (!std::filesystem::exists(parts + "/evaluation.bin")) {
    interrupt_after({"--resume", "--out", parts}, delay += std::chrono::milliseconds(200));
  }
  auto files = contents(parts);
  CHECK(files.size() == 3);
  CHECK(files["checkpoint.bin"] == contents(whole)["checkpoint.bin"]);
  REQUIRE(files.count("evaluation.bin") == 1);
  CHECK(files["evaluation.bin"] != contents(whole)["evaluation.bin"]);
  REQUIRE(run_vae({"--resume", "--out", parts}).status == 0);
  CHECK(contents(whole) == contents(parts));
}

TEST_CASE("program: an evaluation that is done is not done again", "[vae]") {
  TemporaryFolder folder;
  const std::filesystem::path out = folder / "out";
  REQUIRE(run_vae(quick + Arguments{"5", "--out", out.string()}).status == 0);
  constexpr vae::FileKind kind = vae::EvaluationRecord::kind;
  auto record = vae::read_object<vae::EvaluationRecord>(out / "evaluation.bin", kind);
  REQUIRE(record.likelihoods.done() == 30);
  for (double& bound : record.likelihoods.importance) bound = -1.25;  // what no evaluation would find
  vae::write_object(out / "evaluation.bin", kind, record);
  REQUIRE(run_vae({"--resume", "--out", out.string()}).status == 0);
  const auto again = vae::read_object<vae::EvaluationRecord>(out / "evaluation.bin", kind).likelihoods;
  CHECK(again.done() == 30);
  CHECK(again.importance[0] == -1.25);
  // More samples are another evaluation.
  REQUIRE(run_vae({"--resume", "--evaluation-samples", "4", "--out", out.string()}).status == 0);
  CHECK(vae::read_object<vae::EvaluationRecord>(out / "evaluation.bin", kind).likelihoods.importance[0] < -2);
}

TEST_CASE("program: the best model on the images held out is what is evaluated", "[vae]") {
  TemporaryFolder folder;
  const std::filesystem::path out = folder / "out";
  // So fast that the last model is not the best.
  const Outcome outcome = run_vae(quick + Arguments{"100", "--hold-out", "1490", "--learning-rate", "0.1",
                                                    "--validation-samples", "3", "--out", out.string()});
  REQUIRE(outcome.status == 0);
  const auto rows = cells_of(vae::read_file(out / "metrics.csv"));
  REQUIRE(rows.size() == 21);
  std::size_t best = 1;
  for (std::size_t k = 2; k < rows.size(); ++k) {
    if (std::stod(rows[k][5]) > std::stod(rows[best][5])) best = k;
  }
  REQUIRE(best < 20);
  for (std::size_t k = 1; k < rows.size(); ++k) CHECK(rows[k][4].empty() == (k != best));
  CHECK_THAT(outcome.out, ContainsSubstring("Discrete model of step " + rows[best][0] +
                                            ", the best on the validation "
                                            "images, on 30 test images"));
}

TEST_CASE("program: prediction", "[vae]") {
  TemporaryFolder folder;
  const std::filesystem::path out = folder / "out";
  const Outcome outcome =
      run_vae(quick + Arguments{"12", "--task", "prediction", "--samples", "5", "--out", out.string()});
  CHECK(outcome.status == 0);
  CHECK(outcome.err.empty());
  CHECK(contents(out).size() == 6);
}

TEST_CASE("program: two stochastic layers", "[vae]") {
  const char* kl = GENERATE("exact", "relaxed", "relaxed-mass", "discrete");
  TemporaryFolder folder;
  const std::filesystem::path out = folder / "out";
  const Outcome outcome =
      run_vae(quick + Arguments{"12", "--stochastic-layers", "2", "--kl", kl, "--out", out.string()});
  CHECK(outcome.status == 0);
  CHECK(outcome.err.empty());
  CHECK(contents(out).size() == 6);
}

TEST_CASE("program: a second Ctrl-C kills at once", "[vae]") {
  TemporaryFolder folder;
  const std::filesystem::path out = folder / "out";
  // One step takes seconds.
  Process process({"--units", "1000", "--samples", "200", "--steps", "3", "--out", out.string()});
  REQUIRE(wait_until([&] { return std::filesystem::exists(out / "metrics.csv"); }));
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  process.send(SIGINT);
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  REQUIRE(process.running());
  process.send(SIGINT);
  CHECK(process.wait().status == -SIGINT);
  CHECK(vae::read_checkpoint(out / "checkpoint.bin").step() == 0);
}

TEST_CASE("program: help and version", "[vae]") {
  std::string line;
  const Outcome help = run_vae({"--help"});
  CHECK(help.status == 0);
  CHECK_THAT(help.out, ContainsSubstring("Usage: vae [OPTIONS]"));
  CHECK(help.out.find("--posterior-temperature") == std::string::npos);
  CHECK(std::count(help.out.begin(), help.out.end(), '\n') <= 30);  // a screen
  for (std::istringstream lines(help.out); std::getline(lines, line);) CHECK(line.size() <= 100);
  const Outcome all = run_vae({"--help-all"});
  CHECK(all.status == 0);
  CHECK_THAT(all.out, ContainsSubstring("--units"));
  CHECK_THAT(all.out, ContainsSubstring("--posterior-temperature"));
  const Outcome version = run_vae({"--version"});
  CHECK(version.status == 0);
  CHECK(version.out.compare(0, 4, "vae ") == 0);
}

TEST_CASE("program: all presets are listed", "[vae]") {
  const Outcome list = run_vae({"--list-presets"});
  CHECK(list.status == 0);
  CHECK(list.err.empty());
  std::string expected;
  for (const vae::Preset& preset : vae::presets()) {
    expected += preset.name + "\n   ";
    for (const std::string& argument : preset.arguments) expected += ' ' + argument;
    expected += '\n';
  }
  CHECK(list.out == expected);
}

TEST_CASE("program: a preset runs, shortened", "[vae]") {
  TemporaryFolder folder;
  const std::filesystem::path out = folder / "out";
  const Outcome outcome = run_vae(quick + Arguments{"7", "--out", out.string(), "--preset", "paper/200H-200H-784V-m5"});
  CHECK(outcome.status == 0);
  const vae::RunState state = vae::read_checkpoint(out / "checkpoint.bin");
  CHECK(state.step() == 7);
  CHECK(state.options.latent.units == 4);
  CHECK(state.options.stochastic_layers == 2);
  CHECK(state.options.objective.samples == 5);
  CHECK(state.options.schedule == vae::Schedule::cosine);
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

TEST_CASE("program: error: a KL term of a prediction", "[vae]") {
  expect_error({"--kl", "relaxed", "--task", "prediction"}, 2,
               "--task prediction has no KL term: leave out --kl, or the preset that sets it");
}

TEST_CASE("program: error: no such preset", "[vae]") {
  expect_error({"--preset", "none"}, 2, "--preset 'none' is not one of those that --list-presets lists");
}

TEST_CASE("program: error: nothing left to train on, or images held out already", "[vae]") {
  Data data;
  expect_error({"--data", data.text(), "--hold-out", "9"}, 2, "--hold-out 9 leaves nothing of the 9 training images");
  write_file(data / "valid-images", idx_file(made_up_images(2, 3, 3, 3, true)));
  expect_error({"--data", data.text(), "--hold-out", "1"}, 2,
               "--hold-out is for data without validation images of their own");
}

TEST_CASE("program: error: prediction of half a row", "[vae]") {
  TemporaryFolder data;
  write_data_set(data, {made_up_images(9, 1, 4, 1, true), made_up_images(4, 1, 4, 2, true)});
  expect_error({"--data", data.text(), "--task", "prediction"}, 1,
               "prediction of the lower half needs images of two rows of pixels or more");
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

TEST_CASE("program: error: damaged evaluation", "[vae]") {
  TemporaryFolder folder;
  const std::filesystem::path out = folder / "out", evaluation = out / "evaluation.bin";
  REQUIRE(run_vae(quick + Arguments{"1", "--out", out.string()}).status == 0);
  std::string bytes = vae::read_file(evaluation);
  bytes.back() = static_cast<char>(bytes.back() ^ 1);
  write_file(evaluation, bytes);
  const Outcome outcome = run_vae({"--resume", "--out", out.string()});
  CHECK(outcome.status == 1);
  CHECK(outcome.err == "vae: " + evaluation.string() + ": is damaged: its checksum does not fit\n");
  CHECK(vae::read_file(evaluation) == bytes);
  // It is noticed before hours of training are spent.
  expect_error({"--resume", "--steps", "100000000", "--out", out.string()}, 1,
               evaluation.string() + ": is damaged: its checksum does not fit", out);
  // A new run has no use for it.
  CHECK(run_vae(quick + Arguments{"2", "--overwrite", "--out", out.string()}).status == 0);
}

TEST_CASE("program: error: divergence keeps the last good checkpoint", "[vae]") {
  TemporaryFolder folder;
  const std::filesystem::path out = folder / "out";
  const Outcome outcome =
      run_vae(quick + Arguments{"9", "--learning-rate", "1e38", "--checkpoint-every", "1", "--out", out.string()});
  CHECK(outcome.status == 1);
  CHECK(outcome.err == "vae: the parameters of step 1 are not finite numbers: a lower --learning-rate may help\n");
  CHECK(vae::read_checkpoint(out / "checkpoint.bin").step() == 0);
}

TEST_CASE("program: a new run leaves nothing of the old one", "[vae]") {
  TemporaryFolder folder;
  const std::filesystem::path out = folder / "out";
  REQUIRE(run_vae(quick + Arguments{"1", "--out", out.string()}).status == 0);
  REQUIRE(contents(out).size() == 6);
  Process process(quick + Arguments{"100000000", "--overwrite", "--out", out.string()});
  // The table is written last: from then on nothing is under way until the first --checkpoint-every, long after this.
  REQUIRE(wait_until([&] { return cells_of(vae::read_file(out / "metrics.csv")).size() == 1; }));
  process.send(SIGKILL);
  CHECK(process.wait().status == -SIGKILL);
  CHECK(contents(out).size() == 2);
  CHECK(vae::read_checkpoint(out / "checkpoint.bin").options.steps == 100000000);
}

TEST_CASE("program: error: a folder in use", "[vae]") {
  TemporaryFolder folder;
  const std::filesystem::path out = folder / "out";
  REQUIRE(run_vae(quick + Arguments{"1", "--out", out.string()}).status == 0);
  const vae::FolderLock lock(out);
  expect_error({"--resume", "--out", out.string()}, 1, out.string() + ": another vae is at work there", out);
}

TEST_CASE("program: nothing is believed of a folder before it is locked", "[vae]") {
  TemporaryFolder folder;
  const std::filesystem::path out = folder / "out";
  REQUIRE(run_vae(quick + Arguments{"1", "--out", out.string()}).status == 0);
  write_file(out / "checkpoint.bin", "what another program is about to replace");
  const vae::FolderLock lock(out);
  expect_error({"--resume", "--out", out.string()}, 1, out.string() + ": another vae is at work there", out);
}

TEST_CASE("program: error: --out has results without a run", "[vae]") {
  TemporaryFolder folder;
  const std::filesystem::path out = folder / "out";
  std::filesystem::create_directory(out);
  const char* name = GENERATE("metrics.csv", "evaluation.bin", "samples.png");
  write_file(out / name, "somebody's");
  expect_error(quick + Arguments{"1", "--out", out.string()}, 2,
               "--out " + out.string() + " has a " + name + " without a run: --overwrite replaces it", out);
  CHECK(run_vae(quick + Arguments{"1", "--overwrite", "--out", out.string()}).status == 0);
}

TEST_CASE("program: old results stay until the new run has a checkpoint", "[vae]") {
  TemporaryFolder folder;
  const std::filesystem::path out = folder / "out";
  REQUIRE(run_vae(quick + Arguments{"1", "--out", out.string()}).status == 0);
  const auto before = contents(out);
  Process process(quick + Arguments{"2", "--overwrite", "--out", out.string()},
                  by_shell("trap '' XFSZ; ulimit -f 0; exec \"$@\""));
  CHECK(process.wait().status != 0);
  CHECK(contents(out) == before);
}

TEST_CASE("program: error: a folder where a file is to be written", "[vae]") {
  TemporaryFolder folder;
  const std::filesystem::path out = folder / "out";
  const char* name = GENERATE("checkpoint.bin", "curve.png");
  std::filesystem::create_directories(out / name);
  const Outcome outcome = run_vae(quick + Arguments{"1", "--overwrite", "--out", out.string()});
  CHECK(outcome.status == 1);
  CHECK(outcome.err == "vae: " + (out / name).string() + ": is a folder, where a file is to be written\n");
  CHECK(std::filesystem::is_directory(out / name));
}

TEST_CASE("program: error: a checkpoint of options that no command line could set", "[vae]") {
  TemporaryFolder folder;
  const std::filesystem::path out = folder / "out", checkpoint = out / "checkpoint.bin";
  REQUIRE(run_vae(quick + Arguments{"1", "--out", out.string()}).status == 0);
  const vae::RunState good = vae::read_checkpoint(checkpoint);
  const auto expect_damage = [&](auto vae::RunOptions::*option, auto value, const std::string& message) {
    vae::RunState bad = good;
    bad.options.*option = value;
    vae::write_checkpoint(checkpoint, bad);
    expect_error({"--resume", "--out", out.string()}, 1, checkpoint.string() + ": is damaged: " + message, out);
  };
  const std::string whole = " must be a whole number from 1 to ";
  expect_damage(&vae::RunOptions::interval, 0, "--interval" + whole + "1000000000000, but was '0'");
  expect_damage(&vae::RunOptions::checkpoint_every, 0, "--checkpoint-every" + whole + "1000000000000, but was '0'");
  expect_damage(&vae::RunOptions::evaluation_samples, 0, "--evaluation-samples" + whole + "1000000, but was '0'");
  expect_damage(&vae::RunOptions::evaluation_stride, 0, "--evaluation-stride" + whole + "1000000000000, but was '0'");
  expect_damage(&vae::RunOptions::batch, 0, "--batch" + whole + "1000000, but was '0'");
  expect_damage(&vae::RunOptions::stochastic_layers, -1, "--stochastic-layers" + whole + "16, but was '-1'");
  expect_damage(&vae::RunOptions::schedule, static_cast<vae::Schedule>(7),
                "--schedule must be one of constant|cosine, but was '?'");
  expect_damage(&vae::RunOptions::learning_rate, std::numeric_limits<double>::quiet_NaN(),
                "--learning-rate must be a number from 1e-12 to 1e+38, but was 'nan'");
}

TEST_CASE("program: error: a pipe in place of the checkpoint", "[vae]") {
  TemporaryFolder folder;
  const std::filesystem::path out = folder / "out", checkpoint = out / "checkpoint.bin";
  std::filesystem::create_directory(out);
  REQUIRE(mkfifo(checkpoint.c_str(), 0600) == 0);
  const Outcome outcome = run_vae({"--resume", "--out", out.string()});
  CHECK(outcome.status == 1);
  CHECK(outcome.err == "vae: " + checkpoint.string() + ": cannot be read: it is no regular file\n");
}

TEST_CASE("program: error: names that are none", "[vae]") {
  expect_error({"--data", ""}, 2, "--data must name a folder, but was ''");
  TemporaryFolder folder;
  expect_error({"--out", ""}, 2, "--out must name a folder, but was ''", folder / "out");
  const std::string loop = folder / "loop", endless = folder / std::string(300, 'x');
  std::filesystem::create_symlink(loop, loop);
  expect_error(quick + Arguments{"1", "--out", loop}, 1, loop + "/checkpoint.bin: Too many levels of symbolic links",
               folder / "out");
  expect_error(quick + Arguments{"1", "--out", endless}, 1, endless + "/checkpoint.bin: File name too long",
               folder / "out");
}

TEST_CASE("program: error: words that are no options", "[vae]") {
  expect_error({"first", "second"}, 2, "there is no option 'first' 'second': --help lists them");
}

TEST_CASE("program: standard output that cannot be written", "[vae]") {
  TemporaryFolder folder;
  const std::filesystem::path out = folder / "out";
  Process help({"--help"}, by_shell("exec \"$@\" >/dev/full"));
  CHECK(help.wait().status == 1);
  Process full(quick + Arguments{"1", "--out", out.string()}, by_shell("exec \"$@\" >/dev/full"));
  const Outcome outcome = full.wait();
  CHECK(outcome.status == 1);
  CHECK(outcome.err == "vae: standard output cannot be written\n");
  CHECK(contents(out).size() == 6);  // results come first
  Process piped(quick + Arguments{"20", "--overwrite", "--out", out.string()},
                by_shell("{ \"$@\"; echo $? >&2; } | true"));
  CHECK_THAT(piped.wait().err, ContainsSubstring("standard output cannot be written\n1\n"));
  CHECK(contents(out).size() == 6);
}
