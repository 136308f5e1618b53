#include "vae/idx.hpp"

#include <zlib.h>
#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <iomanip>
#include <limits>
#include <sstream>
#include <stdexcept>

namespace vae {
namespace {

constexpr std::uint32_t images_magic = 0x00000803;  // unsigned bytes in three dimensions

/// A file read through zlib, which passes on files that are not gzipped as they are.
class InputFile {
 public:
  explicit InputFile(const std::filesystem::path& path) : path_(path) {
    errno = 0;
    file_ = gzopen(path.string().c_str(), "rb");
    if (file_ == nullptr) fail(std::string("cannot be opened: ") + std::strerror(errno));
  }
  ~InputFile() { gzclose(file_); }
  InputFile(const InputFile&) = delete;
  InputFile& operator=(const InputFile&) = delete;

  /// Reads until `size` bytes are there or the file ends, and says how many there were.
  std::size_t read(std::uint8_t* out, std::size_t size) {
    std::size_t done = 0;
    while (done < size) {
      const auto part = static_cast<unsigned>(std::min<std::size_t>(size - done, 1U << 20));
      const int count = gzread(file_, out + done, part);
      if (count < 0) fail_reading();
      if (count == 0) break;
      done += static_cast<std::size_t>(count);
    }
    return done;
  }

  [[noreturn]] void fail(const std::string& what) const { throw std::runtime_error(path_.string() + ": " + what); }

 private:
  [[noreturn]] void fail_reading() const {
    int code = Z_OK;
    const std::string text = gzerror(file_, &code);
    if (code == Z_ERRNO) fail(std::string("cannot be read: ") + std::strerror(errno));
    if (code == Z_BUF_ERROR) fail("truncated: the gzipped data end too early");
    fail("damaged gzip data: " + text.substr(text.rfind(": ") == std::string::npos ? 0 : text.rfind(": ") + 2));
  }

  std::filesystem::path path_;
  gzFile file_ = nullptr;
};

std::uint32_t big_endian(const std::uint8_t* bytes) {
  return std::uint32_t{bytes[0]} << 24 | std::uint32_t{bytes[1]} << 16 | std::uint32_t{bytes[2]} << 8 | bytes[3];
}

struct Header {
  std::uint64_t count, height, width;

  std::string text() const {
    return std::to_string(count) + " images of " + std::to_string(height) + " x " + std::to_string(width) + " pixels";
  }
  std::uint64_t image_bytes() const { return height * width; }  // two 32-bit factors cannot overflow
};

Header read_header(InputFile& file) {
  std::array<std::uint8_t, 16> bytes{};
  const std::size_t size = file.read(bytes.data(), bytes.size());
  if (size < 4) file.fail("truncated: an IDX header takes 16 bytes, but there are only " + std::to_string(size));
  if (const std::uint32_t magic = big_endian(bytes.data()); magic != images_magic) {
    std::ostringstream message;
    message << "not an IDX file of images: it begins with 0x" << std::hex << std::setfill('0') << std::setw(8) << magic
            << ", not with 0x" << std::setw(8) << images_magic;
    file.fail(message.str());
  }
  if (size < bytes.size()) {
    file.fail("truncated: an IDX header takes 16 bytes, but there are only " + std::to_string(size));
  }
  const Header header{big_endian(&bytes[4]), big_endian(&bytes[8]), big_endian(&bytes[12])};
  if (header.count == 0 || header.image_bytes() == 0) file.fail("holds " + header.text());
  if (header.image_bytes() > std::numeric_limits<std::int64_t>::max() / header.count) {
    file.fail("its header promises " + header.text() + ", more than any file can hold");
  }
  return header;
}

/// Grows with what the file really holds: the header alone must not decide how much memory is taken.
std::vector<std::uint8_t> read_pixels(InputFile& file, const Header& header) {
  constexpr std::uint64_t chunk = 1U << 20;
  const std::uint64_t promised = header.count * header.image_bytes();
  std::vector<std::uint8_t> bytes;
  while (bytes.size() < promised) {
    const std::size_t old_size = bytes.size();
    const auto wanted = static_cast<std::size_t>(std::min(chunk, promised - old_size));
    bytes.resize(old_size + wanted);
    const std::size_t got = file.read(bytes.data() + old_size, wanted);
    if (got < wanted) {
      file.fail("truncated: its header promises " + header.text() + ", " + std::to_string(promised) +
                " bytes, but only " + std::to_string(old_size + got) + " follow");
    }
  }
  return bytes;
}

}  // namespace

Images read_idx_images(const std::filesystem::path& path) {
  InputFile file(path);
  const Header header = read_header(file);
  Images images{static_cast<Index>(header.height), static_cast<Index>(header.width), read_pixels(file, header)};
  // Reading on to the end also lets zlib compare the checksum there.
  if (std::uint8_t extra = 0; file.read(&extra, 1) != 0) file.fail("goes on after its " + header.text());
  return images;
}

}  // namespace vae
