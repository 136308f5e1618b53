#include "vae/idx.hpp"

#include <chrono>

#include "catch.hpp"
#include "support.hpp"
#include "vae/files.hpp"

using Catch::Matchers::ContainsSubstring;

namespace {

const std::string twelve("\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\xff", 12);

/// What reading a file of these bytes complains about.
std::string complaint(const std::string& bytes, bool gzip = false) {
  TemporaryFolder folder;
  const std::filesystem::path path = folder / "images";
  gzip ? write_gzip(path, bytes) : write_file(path, bytes);
  try {
    vae::read_idx_images(path);
  } catch (const std::runtime_error& error) {
    const std::string text = error.what(), name = path.string() + ": ";
    REQUIRE(text.compare(0, name.size(), name) == 0);
    REQUIRE(text.find('\n') == std::string::npos);
    return text.substr(name.size());
  }
  return "";
}

}  // namespace

TEST_CASE("idx: images are read, gzipped or not", "[vae]") {
  TemporaryFolder folder;
  const std::string bytes = idx_file(2, 2, 3, twelve);
  write_file(folder / "plain", bytes);
  write_gzip(folder / "zipped", bytes);
  for (const char* name : {"plain", "zipped"}) {
    const vae::Images images = vae::read_idx_images(folder / name);
    CHECK(images.count() == 2);
    CHECK(images.height == 2);
    CHECK(images.width == 3);
    CHECK(images.image(1)[0] == 6);
    CHECK(images.image(1)[5] == 255);
  }
}

TEST_CASE("idx: a file that is not there", "[vae]") {
  CHECK_THROWS_WITH(vae::read_idx_images("/no/such/file"), "/no/such/file: cannot be read: No such file or directory");
  TemporaryFolder folder;
  CHECK_THROWS_WITH(vae::read_idx_images(folder.text()), ContainsSubstring("cannot be read: Is a directory"));
}

TEST_CASE("idx: headers that are cut short", "[vae]") {
  CHECK(complaint("") == "truncated: an IDX header takes 16 bytes, but there are only 0");
  CHECK(complaint(idx_file(2, 2, 3, "").substr(0, 3)) ==
        "truncated: an IDX header takes 16 bytes, but there are only 3");
  CHECK(complaint(idx_file(2, 2, 3, "").substr(0, 15)) ==
        "truncated: an IDX header takes 16 bytes, but there are only 15");
}

TEST_CASE("idx: files of another kind", "[vae]") {
  CHECK(complaint(std::string("\x00\x00\x08\x01\x00\x00\x00\x01\x07", 9)) ==
        "not an IDX file of images: it begins with 0x00000801, not with 0x00000803");
  CHECK(complaint("hello, world") == "not an IDX file of images: it begins with 0x68656c6c, not with 0x00000803");
}

TEST_CASE("idx: no images, or images without pixels", "[vae]") {
  CHECK(complaint(idx_file(0, 2, 3, "")) == "holds 0 images of 2 x 3 pixels");
  CHECK(complaint(idx_file(2, 0, 3, "")) == "holds 2 images of 0 x 3 pixels");
  CHECK(complaint(idx_file(2, 2, 0, "")) == "holds 2 images of 2 x 0 pixels");
}

TEST_CASE("idx: pixels that are missing or left over", "[vae]") {
  const std::string missing = "truncated: its header promises 2 images of 2 x 3 pixels, 12 bytes, but only 11 follow";
  CHECK(complaint(idx_file(2, 2, 3, twelve.substr(1))) == missing);
  CHECK(complaint(idx_file(2, 2, 3, twelve.substr(1)), true) == missing);
  CHECK(complaint(idx_file(2, 2, 3, twelve + "!")) == "goes on after its 2 images of 2 x 3 pixels");
}

TEST_CASE("idx: a header's promises cost neither memory nor time", "[vae]") {
  CHECK(complaint(idx_file(0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF, twelve)) ==
        "its header promises 4294967295 images of 4294967295 x 4294967295 pixels, more than any file can hold");
  // 2^62 bytes: allocating them would fail.
  CHECK(complaint(idx_file(1U << 31, 1U << 31, 1, twelve)) ==
        "truncated: its header promises 2147483648 images of 2147483648 x 1 pixels, 4611686018427387904 "
        "bytes, but "
        "only 12 follow");
}

TEST_CASE("idx: damaged gzip data", "[vae]") {
  TemporaryFolder folder;
  write_gzip(folder / "good", idx_file(2, 2, 3, twelve));
  const std::string good = vae::read_file(folder / "good");
  write_file(folder / "cut", good.substr(0, good.size() - 12));
  CHECK_THROWS_WITH(vae::read_idx_images(folder / "cut"), ContainsSubstring("truncated: "));
  for (const std::size_t missing : {1U, 4U, 8U, 9U}) {  // of the checksum and the length behind it
    CAPTURE(missing);
    write_file(folder / "cut", good.substr(0, good.size() - missing));
    CHECK_THROWS_WITH(vae::read_idx_images(folder / "cut"), ContainsSubstring("truncated: "));
  }
  std::string bad = good;
  bad[bad.size() - 6] = static_cast<char>(bad[bad.size() - 6] ^ 1);  // in the checksum
  write_file(folder / "bad", bad);
  CHECK_THROWS_WITH(vae::read_idx_images(folder / "bad"), ContainsSubstring("damaged gzip data: "));
  write_file(folder / "more", good + "garbage");
  CHECK_THROWS_WITH(vae::read_idx_images(folder / "more"), ContainsSubstring("damaged gzip data: "));
  write_file(folder / "twice", good + good);
  CHECK_THROWS_WITH(vae::read_idx_images(folder / "twice"), ContainsSubstring("goes on after its 2 images"));
}

TEST_CASE("idx: gzip streams one after the other are one file", "[vae]") {
  TemporaryFolder folder;
  const std::string bytes = idx_file(2, 2, 3, twelve);
  write_gzip(folder / "first", bytes.substr(0, 20));
  write_gzip(folder / "second", bytes.substr(20));
  write_file(folder / "both", vae::read_file(folder / "first") + vae::read_file(folder / "second"));
  CHECK(vae::read_idx_images(folder / "both").image(1)[5] == 255);
}
