#pragma once

#include <sys/types.h>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "vae/data_set.hpp"
#include "vae/run_options.hpp"

/// A folder of its own for a test, removed at its end.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }
  std::string text() const { return path_.string(); }

 private:
  std::filesystem::path path_;
};

void write_file(const std::filesystem::path& path, const std::string& bytes);
void write_gzip(const std::filesystem::path& path, const std::string& bytes);

/// An IDX file of images with these bytes after the header.
std::string idx_file(std::uint32_t count, std::uint32_t height, std::uint32_t width, const std::string& pixels);

/// Images whose grey levels only depend on the seed.
vae::Images made_up_images(vae::Index count, vae::Index height, vae::Index width, unsigned seed, bool black_and_white);
std::string idx_file(const vae::Images& images);

/// Writes train-images, test-images and, if there are any, valid-images.
void write_data_set(const TemporaryFolder& folder, const vae::DataSet& data);

/// Numbers between 0 and 1 that only depend on the seed.
vae::Matrix<double> uniforms(vae::Index rows, vae::Index cols, unsigned seed);

/// Options of a run that takes no time.
vae::RunOptions small_run();

/// All files of a folder with their bytes; none if there is no folder.
std::map<std::string, std::string> contents(const std::filesystem::path& folder);

/// The cells of a table, its header line first.
std::vector<std::vector<std::string>> cells_of(const std::string& csv);

/// Whether the condition came true within half a minute.
bool wait_until(const std::function<bool()>& condition);

using Arguments = std::vector<std::string>;

Arguments operator+(Arguments left, const Arguments& right);

/// How a program ended and what it wrote.
struct Outcome {
  int status = -1;  // exit status, or minus the signal that killed it
  std::string out, err;
};

/// Where the program under test is.
std::string program_path();

/// The program under test, running.
class Process {
 public:
  /// \param launcher  the words before the program, with the path of what starts it; may be empty.
  explicit Process(std::vector<std::string> arguments, std::vector<std::string> launcher = {});
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  pid_t id() const { return id_; }
  void send(int signal) const;
  bool running();
  Outcome wait();

 private:
  TemporaryFolder folder_;
  pid_t id_ = -1;
  bool ended_ = false;
  int wait_status_ = 0;
};

inline Outcome run_vae(std::vector<std::string> arguments) { return Process(std::move(arguments)).wait(); }
