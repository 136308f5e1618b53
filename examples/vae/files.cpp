#include "vae/files.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <system_error>

namespace vae {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail(const fs::path& path, const std::string& what, int error) {
  throw std::runtime_error(path.string() + ": " + what + ": " + std::strerror(error));
}

/// The permissions of a new file.
mode_t default_mode() {
  const mode_t mask = umask(0);
  umask(mask);
  return 0666 & ~mask;
}

/// A new file of a name that nothing has. Closes, and takes away what was written unless it was kept.
class TemporaryFile {
 public:
  explicit TemporaryFile(const fs::path& target)
      : target_(target),
        path_(target.string() + ".XXXXXX") {  // in the same folder: rename() does not cross file systems
    descriptor_ = mkostemp(path_.data(), O_CLOEXEC);
    if (descriptor_ < 0) fail(target_, "cannot be written", errno);
    fchmod(descriptor_, default_mode());
  }
  ~TemporaryFile() {
    if (descriptor_ >= 0) close(descriptor_);
    if (!kept_) unlink(path_.c_str());
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;

  void write(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t count = ::write(descriptor_, bytes.data(), bytes.size());
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) fail(target_, "cannot be written", errno);
      bytes.remove_prefix(static_cast<std::size_t>(count));
    }
  }

  void become_target() {
    // The bytes have to be on the disk before the name is: else a crash might leave the name with nothing behind it.
    if (fsync(descriptor_) != 0) fail(target_, "cannot be written", errno);
    const int closed = close(descriptor_);
    descriptor_ = -1;
    if (closed != 0) fail(target_, "cannot be written", errno);
    if (rename(path_.c_str(), target_.c_str()) != 0) fail(target_, "cannot be written", errno);
    kept_ = true;
  }

 private:
  fs::path target_;
  std::string path_;
  int descriptor_ = -1;
  bool kept_ = false;
};

}  // namespace

std::string read_file(const fs::path& path) {
  if (fs::is_directory(path)) fail(path, "cannot be read", EISDIR);
  if (fs::exists(path) && !fs::is_regular_file(path)) {  // of a pipe, it would wait for somebody to write
    throw std::runtime_error(path.string() + ": cannot be read: it is no regular file");
  }
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  std::ostringstream bytes;
  // An empty file sets failbit on `bytes`, which is no error; a folder opens but cannot be read.
  if (file && file.peek() != std::ifstream::traits_type::eof()) bytes << file.rdbuf();
  if (!file.is_open() || file.bad()) fail(path, "cannot be read", errno != 0 ? errno : EIO);
  return bytes.str();
}

void write_file_atomically(const fs::path& path, std::string_view bytes) {
  TemporaryFile file(path);
  file.write(bytes);
  file.become_target();
  // The new name is durable once its folder is; a file system that cannot do that is no reason to stop.
  const fs::path folder = path.has_parent_path() ? path.parent_path() : fs::path(".");
  if (const int descriptor = open(folder.c_str(), O_RDONLY | O_CLOEXEC); descriptor >= 0) {
    fsync(descriptor);
    close(descriptor);
  }
}

void prepare_folder(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) throw std::runtime_error(folder.string() + ": cannot be created: " + error.message());
  if (access(folder.c_str(), W_OK | X_OK) != 0) fail(folder, "cannot be written to", errno);
}

FolderLock::FolderLock(const fs::path& folder) : descriptor_(open(folder.c_str(), O_RDONLY | O_CLOEXEC)) {
  if (descriptor_ < 0 || flock(descriptor_, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK) return;
  close(descriptor_);
  throw std::runtime_error(folder.string() + ": another vae is at work there");
}

FolderLock::~FolderLock() {
  if (descriptor_ >= 0) close(descriptor_);
}

}  // namespace vae
