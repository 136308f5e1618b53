// The program as several processes that train together, started by MPI's launcher.

#include <signal.h>
#include <stdlib.h>
#include <algorithm>
#include <chrono>
#include <cmath>
#include <fstream>
#include <iterator>
#include <sstream>

#include "catch.hpp"
#include "support.hpp"
#include "vae/checkpoint.hpp"
#include "vae/files.hpp"

using Catch::Matchers::ContainsSubstring;

namespace {

/// The words that start so many processes; none for one.
std::vector<std::string> launcher(int processes) {
  // A launcher refuses root, and more processes than cores, unless told otherwise: each in its own way. A process that
  // waits leaves its core to other tests. What MPI itself does not give back is no business of LeakSanitizer's.
  for (const char* name :
       {"OMPI_ALLOW_RUN_AS_ROOT", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "OMPI_MCA_rmaps_base_oversubscribe",
        "OMPI_MCA_mpi_yield_when_idle", "PRTE_ALLOW_RUN_AS_ROOT", "PRTE_ALLOW_RUN_AS_ROOT_CONFIRM"}) {
    setenv(name, "1", 1);
  }
  setenv("PRTE_MCA_rmaps_default_mapping_policy", ":oversubscribe", 1);
  setenv("LSAN_OPTIONS", "detect_leaks=0", 1);
  if (processes == 1) return {};
  return {MPIEXEC, MPIEXEC_COUNT, std::to_string(processes)};
}

Outcome run_processes(int processes, const Arguments& arguments) {
  return Process(arguments, launcher(processes)).wait();
}

Arguments words(const std::string& text) {
  std::istringstream stream(text);
  return {std::istream_iterator<std::string>(stream), {}};
}

/// A run that takes no time.
struct Data : TemporaryFolder {
  Data() {
    write_data_set(*this, {made_up_images(40, 4, 4, 1, false), made_up_images(9, 4, 4, 2, false),
                           made_up_images(6, 4, 4, 3, false)});
  }
  /// The number of steps is to follow.
  Arguments options() const {
    return Arguments{"--data", text()} + words(
                                             "--units 4 --batch 8 --samples 2 --interval 5 --checkpoint-every 5 "
                                             "--evaluation-samples 3 --validation-samples 3 --steps");
  }
};

/// Process 1 of those below `parent`, or 0.
pid_t find_process_1(pid_t parent) {
  const std::string folder = "/proc/" + std::to_string(parent);
  std::ifstream children(folder + "/task/" + std::to_string(parent) + "/children");
  for (pid_t child = 0; children >> child;) {
    std::ifstream file("/proc/" + std::to_string(child) + "/environ", std::ios::binary);
    const std::string environment{std::istreambuf_iterator<char>(file), {}};
    for (const char* name : {"OMPI_COMM_WORLD_RANK", "PMI_RANK"}) {
      if (environment.find(std::string(name) + "=1" + '\0') != std::string::npos) return child;
    }
    if (const pid_t below = find_process_1(child); below != 0) return below;
  }
  return 0;
}

/// What a run has computed, without what a killed one may leave half-written.
std::vector<std::string> results(const std::filesystem::path& out) {
  std::vector<std::string> bytes;
  for (const char* name : {"checkpoint.bin", "evaluation.bin", "metrics.csv", "samples.png", "reconstructions.png"}) {
    bytes.push_back(vae::read_file(out / name));
  }
  return bytes;
}

}  // namespace

TEST_CASE("mpi: two processes learn what one does", "[vae][mpi][slow]") {
  TemporaryFolder folder;
  // Images of four kinds, with noise: there is something to learn.
  const vae::Images kinds = made_up_images(4, 4, 4, 1, true);
  vae::DataSet data{kinds, made_up_images(9, 4, 4, 2, true), {}};
  for (int k = 1; k < 16; ++k) data.train.bytes.insert(data.train.bytes.end(), kinds.bytes.begin(), kinds.bytes.end());
  for (std::uint8_t& grey : data.train.bytes) grey = grey == 0 ? 26 : 229;
  write_data_set(folder, data);
  // Bounds of the first 100 steps and of the last 1000.
  const auto bounds = [&](int processes, int seed) {
    const std::string out = folder / "out";
    const Outcome outcome = run_processes(
        processes, words("--layers linear --units 4 --batch 8 --steps 2000 --interval 100 --learning-rate 0.01 "
                         "--evaluation-samples 3 --overwrite") +
                       Arguments{"--data", folder.text(), "--seed", std::to_string(seed), "--out", out});
    REQUIRE(outcome.status == 0);
    const auto rows = cells_of(vae::read_file(out + "/metrics.csv"));
    REQUIRE(rows.size() == 21);
    double last = 0;
    for (std::size_t k = 11; k < rows.size(); ++k) last += std::stod(rows[k][2]) / 10;
    return std::pair(std::stod(rows[1][2]), last);
  };
  // A seed decides how one process and two begin and which images they take, but each process draws noise of its own.
  constexpr int seeds = 6;
  double mean = 0, square = 0, learned = 0;
  for (int seed = 1; seed <= seeds; ++seed) {
    const auto one = bounds(1, seed), two = bounds(2, seed);
    const double difference = two.second - one.second;
    mean += difference / seeds;
    square += difference * difference / seeds;
    learned += (one.second - one.first) / seeds;
  }
  const double standard_error = std::sqrt((square - mean * mean) / (seeds - 1));
  const double tolerance = 6.87 * standard_error;  // Student's t of 5 degrees of freedom, p = 1e-3
  INFO("one process learned " << learned << ", two differ by " << mean << ", tolerance " << tolerance);
  CHECK(std::abs(mean) < tolerance);
  CHECK(learned > 5 * tolerance);  // a difference would show
}

TEST_CASE("mpi: without noise, two processes take the steps that one takes", "[vae][mpi]") {
  TemporaryFolder folder;
  write_data_set(folder, {made_up_images(40, 4, 4, 1, true), made_up_images(9, 4, 4, 2, true), {}});
  // At such a temperature all codes are within 1e-4 of zero.
  const auto train_bounds = [&](int processes) {
    const std::string out = folder / std::to_string(processes);
    const Outcome outcome =
        run_processes(processes, words("--units 4 --batch 8 --layers linear --kl exact --posterior-temperature 1e6 "
                                       "--prior-temperature 1e6 --steps 40 --interval 1 --learning-rate 0.01") +
                                     Arguments{"--data", folder.text(), "--out", out});
    REQUIRE(outcome.status == 0);
    std::vector<double> bounds;
    for (const auto& row : cells_of(vae::read_file(out + "/metrics.csv"))) {
      if (row[0] != "step") bounds.push_back(std::stod(row[2]));
    }
    return bounds;
  };
  const std::vector<double> one = train_bounds(1), two = train_bounds(2);
  REQUIRE(one.size() == 40);
  REQUIRE(two.size() == 40);
  // Nearly: a process's running mean moves on by a tenth with its own images before it meets the others'.
  constexpr double tolerance = 0.03;
  for (std::size_t k = 0; k < 40; ++k) CHECK(two[k] == Catch::Approx(one[k]).margin(tolerance).epsilon(0));
  // Other images, or the same in both processes, would show.
  const auto [worst, best] = std::minmax_element(one.begin(), one.end());
  CHECK(*best - *worst > 20 * tolerance);
}

TEST_CASE("mpi: the seed decides every byte, stopped and continued or not", "[vae][mpi]") {
  Data data;
  TemporaryFolder folder;
  const std::string whole = folder / "whole", again = folder / "again", parts = folder / "parts";
  const Outcome outcome = run_processes(2, data.options() + Arguments{"20", "--out", whole});
  CHECK(outcome.status == 0);
  CHECK(outcome.err.empty());
  CHECK(contents(whole).size() == 6);
  CHECK(vae::read_checkpoint(whole + "/checkpoint.bin").noise.size() == 2);
  REQUIRE(run_processes(2, data.options() + Arguments{"20", "--out", again}).status == 0);
  CHECK(contents(again) == contents(whole));
  REQUIRE(run_processes(2, data.options() + Arguments{"7", "--out", parts}).status == 0);
  REQUIRE(run_processes(2, {"--resume", "--steps", "20", "--out", parts}).status == 0);
  CHECK(contents(parts) == contents(whole));
  // To evaluate a finished run, one process is enough.
  REQUIRE(run_processes(1, {"--resume", "--out", parts}).status == 0);
  CHECK(contents(parts) == contents(whole));
}

TEST_CASE("mpi: a run is continued by as many processes", "[vae][mpi]") {
  Data data;
  const int before = GENERATE(1, 2);
  const int now = 3 - before;
  const std::string out = data / "out";
  REQUIRE(run_processes(before, data.options() + Arguments{"5", "--out", out}).status == 0);
  const auto files = contents(out);
  const Outcome outcome = run_processes(now, {"--resume", "--steps", "10", "--out", out});
  CHECK(outcome.status == 2);
  CHECK_THAT(outcome.err, ContainsSubstring("vae: --resume needs as many processes as the run had, " +
                                            std::to_string(before) + ", but there are " + std::to_string(now) + "\n"));
  CHECK(contents(out) == files);
}

TEST_CASE("mpi: errors of the first process end all", "[vae][mpi]") {
  Data data;
  const std::string out = data / "out";
  const Outcome usage = run_processes(2, data.options() + Arguments{"none", "--out", out});
  CHECK(usage.status == 2);
  CHECK_THAT(usage.err, ContainsSubstring("vae: --steps must be a whole number"));
  const Outcome odd = run_processes(2, data.options() + Arguments{"5", "--batch", "7", "--out", out});
  CHECK(odd.status == 2);
  CHECK_THAT(odd.err, ContainsSubstring("vae: --batch 7 cannot be shared equally by 2 processes\n"));
  const Outcome missing = run_processes(2, {"--data", data / "none", "--out", out});
  CHECK(missing.status == 1);
  CHECK_THAT(missing.err, ContainsSubstring("none: No such file or directory\n"));
  const Outcome help = run_processes(2, {"--help"});
  CHECK(help.status == 0);
  CHECK(help.out.find("--units") == help.out.rfind("--units"));  // once
}

TEST_CASE("mpi: error: another process has other arguments", "[vae][mpi]") {
  Data data;
  const std::string out = data / "out";
  const Arguments arguments = data.options() + Arguments{"5", "--out", out};
  const Arguments others = {":", MPIEXEC_COUNT, "1", program_path(), "--seed", "2"};
  Arguments start_one = launcher(2);
  start_one.back() = "1";
  const Outcome outcome = Process(arguments + others, start_one).wait();
  CHECK(outcome.status == 2);
  CHECK_THAT(outcome.err, ContainsSubstring("vae: the processes were started with different arguments\n"));
  CHECK(contents(out).empty());
}

TEST_CASE("mpi: a process that is killed ends the others, and the run goes on", "[vae][mpi]") {
  Data data;
  const std::string whole = data / "whole", parts = data / "parts";
  Process process(data.options() + Arguments{"100000000", "--out", parts}, launcher(2));
  REQUIRE(wait_until([&] { return std::filesystem::exists(parts + "/checkpoint.bin"); }));
  const pid_t victim = find_process_1(process.id());
  REQUIRE(victim != 0);
  REQUIRE(kill(victim, SIGKILL) == 0);
  const auto start = std::chrono::steady_clock::now();
  REQUIRE(wait_until([&] { return !process.running(); }));
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(15));
  CHECK(process.wait().status != 0);

  const std::int64_t step = vae::read_checkpoint(parts + "/checkpoint.bin").step();
  CHECK(step % 5 == 0);
  const std::string steps = std::to_string(step + 10);
  REQUIRE(run_processes(2, {"--resume", "--steps", steps, "--out", parts}).status == 0);
  REQUIRE(run_processes(2, data.options() + Arguments{steps, "--out", whole}).status == 0);
  CHECK(results(parts) == results(whole));
}

TEST_CASE("mpi: who interrupts one process interrupts all, and the run goes on", "[vae][mpi]") {
  Data data;
  const std::string whole = data / "whole", parts = data / "parts";
  Process process(data.options() + Arguments{"100000000", "--out", parts}, launcher(2));
  REQUIRE(wait_until([&] { return std::filesystem::exists(parts + "/checkpoint.bin"); }));
  const pid_t process_1 = find_process_1(process.id());
  REQUIRE(process_1 != 0);
  REQUIRE(kill(process_1, SIGINT) == 0);
  const Outcome outcome = process.wait();
  CHECK(outcome.status == 130);
  const std::int64_t step = vae::read_checkpoint(parts + "/checkpoint.bin").step();
  CHECK_THAT(outcome.err, ContainsSubstring("vae: interrupted after step " + std::to_string(step) + ": "));
  CHECK_FALSE(std::filesystem::exists(parts + "/evaluation.bin"));
  const std::string steps = std::to_string(step + 10);
  REQUIRE(run_processes(2, {"--resume", "--steps", steps, "--out", parts}).status == 0);
  REQUIRE(run_processes(2, data.options() + Arguments{steps, "--out", whole}).status == 0);
  CHECK(results(parts) == results(whole));
}
