#include "vae/files.hpp"

#include "catch.hpp"
#include "support.hpp"

using Catch::Matchers::ContainsSubstring;

namespace {

std::size_t entries(const TemporaryFolder& folder) {
  std::size_t count = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(folder.text())) ++count;
  return count;
}

}  // namespace

TEST_CASE("files: written whole, in place of the old", "[vae]") {
  TemporaryFolder folder;
  const std::string bytes("a\0b\n", 4);
  vae::write_file_atomically(folder / "f", "old and longer");
  vae::write_file_atomically(folder / "f", bytes);
  CHECK(vae::read_file(folder / "f") == bytes);
  vae::write_file_atomically(folder / "f", "");
  CHECK(vae::read_file(folder / "f").empty());
  CHECK(entries(folder) == 1);
}

TEST_CASE("files: a file that is written follows no link and takes nobody's name", "[vae]") {
  TemporaryFolder folder;
  write_file(folder / "f.tmp", "a user's");
  write_file(folder / "other", "another file");
  std::filesystem::create_symlink(folder / "other", folder / "f");
  vae::write_file_atomically(folder / "f", "new");
  CHECK(vae::read_file(folder / "f") == "new");
  CHECK(vae::read_file(folder / "other") == "another file");
  CHECK(vae::read_file(folder / "f.tmp") == "a user's");
  CHECK(entries(folder) == 3);
}

TEST_CASE("files: new files have the permissions that others have", "[vae]") {
  TemporaryFolder folder;
  write_file(folder / "other", "");
  vae::write_file_atomically(folder / "f", "");
  const auto permissions = [&](const char* name) { return std::filesystem::status(folder / name).permissions(); };
  CHECK(permissions("f") == permissions("other"));
}

TEST_CASE("files: a failure leaves nothing behind", "[vae]") {
  TemporaryFolder folder;
  std::filesystem::create_directories(folder / "f" / "full");  // cannot be renamed over
  CHECK_THROWS_WITH(vae::write_file_atomically(folder / "f", "new"),
                    ContainsSubstring((folder / "f").string() + ": cannot be written: "));
  CHECK(entries(folder) == 1);
  CHECK_THROWS_WITH(vae::write_file_atomically(folder / "none" / "f", "new"),
                    ContainsSubstring("none/f: cannot be written: No such file or directory"));
}

TEST_CASE("files: what cannot be read", "[vae]") {
  TemporaryFolder folder;
  CHECK_THROWS_WITH(vae::read_file(folder / "none"),
                    (folder / "none").string() + ": cannot be read: No such file or directory");
  CHECK_THROWS_WITH(vae::read_file(folder.text()), ContainsSubstring("cannot be read: "));
}

TEST_CASE("files: folders are made, or it is said why not", "[vae]") {
  TemporaryFolder folder;
  vae::prepare_folder(folder / "a" / "b");
  CHECK(std::filesystem::is_directory(folder / "a" / "b"));
  vae::prepare_folder(folder / "a" / "b");
  write_file(folder / "file", "");
  CHECK_THROWS_WITH(vae::prepare_folder(folder / "file" / "b"), ContainsSubstring("file/b: cannot be created: "));
  CHECK_THROWS_WITH(vae::prepare_folder(folder / "file"), ContainsSubstring("file: "));
}

TEST_CASE("files: a folder is locked by one at a time", "[vae]") {
  TemporaryFolder folder;
  {
    const vae::FolderLock first(folder.text());
    CHECK_THROWS_WITH(vae::FolderLock(folder.text()), folder.text() + ": another vae is at work there");
  }
  const vae::FolderLock next(folder.text());
  CHECK(entries(folder) == 0);
}
