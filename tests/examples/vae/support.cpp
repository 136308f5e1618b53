#include "support.hpp"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zlib.h>
#include <chrono>
#include <concrete/noise/uniform.hpp>
#include <fstream>
#include <stdexcept>
#include <thread>
#include <utility>

#include "vae/files.hpp"

TemporaryFolder::TemporaryFolder() {
  std::string name = (std::filesystem::temp_directory_path() / "vae-test-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
  path_ = name;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

void write_file(const std::filesystem::path& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

void write_gzip(const std::filesystem::path& path, const std::string& bytes) {
  gzFile file = gzopen(path.c_str(), "wb");
  gzwrite(file, bytes.data(), static_cast<unsigned>(bytes.size()));
  gzclose(file);
}

std::string idx_file(std::uint32_t count, std::uint32_t height, std::uint32_t width, const std::string& pixels) {
  std::string bytes("\x00\x00\x08\x03", 4);
  for (const std::uint32_t number : {count, height, width}) {
    for (const int shift : {24, 16, 8, 0}) bytes += static_cast<char>((number >> shift) & 0xFF);
  }
  return bytes + pixels;
}

vae::Images made_up_images(vae::Index count, vae::Index height, vae::Index width, unsigned seed, bool black_and_white) {
  vae::Images images{height, width, {}};
  vae::Engine engine(seed);
  for (vae::Index k = 0; k < count * height * width; ++k) {
    const auto grey = static_cast<std::uint8_t>(engine() >> 56);
    images.bytes.push_back(black_and_white ? (grey < 128 ? 0 : 255) : grey);
  }
  return images;
}

std::string idx_file(const vae::Images& images) {
  return idx_file(static_cast<std::uint32_t>(images.count()), static_cast<std::uint32_t>(images.height),
                  static_cast<std::uint32_t>(images.width), std::string(images.bytes.begin(), images.bytes.end()));
}

void write_data_set(const TemporaryFolder& folder, const vae::DataSet& data) {
  write_file(folder / "train-images", idx_file(data.train));
  write_file(folder / "test-images", idx_file(data.test));
  if (data.validation.count() != 0) write_file(folder / "valid-images", idx_file(data.validation));
}

vae::Matrix<double> uniforms(vae::Index rows, vae::Index cols, unsigned seed) {
  vae::Engine engine(seed);
  vae::Matrix<double> out(rows, cols);
  concrete::fill_uniform(engine, out);
  return out;
}

vae::RunOptions small_run() {
  vae::RunOptions options;
  options.latent = {vae::LatentKind::binary, 4, 3};
  options.posterior_temperature = 2.0 / 3;
  options.prior_temperature = 0.5;
  options.batch = 7;
  options.seed = 11;
  options.interval = 6;
  options.steps = 20;
  return options;
}

std::map<std::string, std::string> contents(const std::filesystem::path& folder) {
  std::map<std::string, std::string> files;
  if (!std::filesystem::exists(folder)) return files;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    files[entry.path().filename().string()] = entry.is_regular_file() ? vae::read_file(entry.path()) : "folder";
  }
  return files;
}

std::vector<std::vector<std::string>> cells_of(const std::string& csv) {
  std::vector<std::vector<std::string>> rows(1, std::vector<std::string>(1));
  for (const char c : csv) {
    if (c == '\n') {
      rows.emplace_back(1);
    } else if (c == ',') {
      rows.back().emplace_back();
    } else {
      rows.back().back() += c;
    }
  }
  rows.pop_back();  // what follows the last line
  return rows;
}

bool wait_until(const std::function<bool()>& condition) {
  for (int k = 0; k < 3000; ++k) {
    if (condition()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return false;
}

Arguments operator+(Arguments left, const Arguments& right) {
  left.insert(left.end(), right.begin(), right.end());
  return left;
}

std::string program_path() { return VAE_PROGRAM; }

Process::Process(std::vector<std::string> arguments, std::vector<std::string> launcher) {
  const std::string out = folder_ / "out", err = folder_ / "err";
  std::vector<char*> argv;
  std::string program = program_path();
  for (std::string& word : launcher) argv.push_back(word.data());
  argv.push_back(program.data());
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  id_ = fork();
  if (id_ < 0) throw std::runtime_error("fork failed");
  if (id_ == 0) {
    // Only calls that are safe after fork().
    dup2(open(out.c_str(), O_WRONLY | O_CREAT, 0600), STDOUT_FILENO);
    dup2(open(err.c_str(), O_WRONLY | O_CREAT, 0600), STDERR_FILENO);
    execv(argv[0], argv.data());
    _exit(127);
  }
}

Process::~Process() {
  if (running()) {
    send(SIGKILL);
    wait();
  }
}

void Process::send(int signal) const { kill(id_, signal); }

bool Process::running() {
  if (!ended_) ended_ = waitpid(id_, &wait_status_, WNOHANG) == id_;
  return !ended_;
}

Outcome Process::wait() {
  if (!ended_) ended_ = waitpid(id_, &wait_status_, 0) == id_;
  return {WIFEXITED(wait_status_) ? WEXITSTATUS(wait_status_) : -WTERMSIG(wait_status_),
          vae::read_file(folder_ / "out"), vae::read_file(folder_ / "err")};
}
