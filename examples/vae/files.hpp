#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace vae {

/// \throws std::runtime_error  "FILE: cannot be read: …"
std::string read_file(const std::filesystem::path& path);

/// Puts a new file in the place of an old one in a single step: whatever happens, a power cut too, the path holds
/// either all of the old bytes or all of the new. It writes to a new file FILE.?????? first, which only a crash leaves behind.
///
/// \throws std::runtime_error  "FILE: cannot be written: …"; the old file is then as it was.
void write_file_atomically(const std::filesystem::path& path, std::string_view bytes);

/// Creates the folder if it is missing and makes sure that files can be written to it.
///
/// \throws std::runtime_error  "FOLDER: …"
void prepare_folder(const std::filesystem::path& folder);

/// Keeps other programs that ask for it out of a folder, as long as it lives.
class FolderLock {
 public:
  /// \throws std::runtime_error  "FOLDER: another …" if it is locked. Where files cannot be locked there is no lock.
  explicit FolderLock(const std::filesystem::path& folder);
  ~FolderLock();
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;

 private:
  int descriptor_;
};

}  // namespace vae
