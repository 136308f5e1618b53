#include "vae/idx.hpp"

#include <zlib.h>
#include <algorithm>
#include <array>
#include <iomanip>
#include <limits>
#include <new>
#include <sstream>
#include <stdexcept>

#include "vae/files.hpp"

namespace vae {
namespace {

constexpr std::uint32_t images_magic = 0x00000803;  // unsigned bytes in three dimensions

/// A file, unpacked if it is gzipped: as far as it is asked for, so that a small file cannot fill the memory.
class InputFile {
 public:
  explicit InputFile(const std::filesystem::path& path) : path_(path), bytes_(read_file(path)) {
    stream_.next_in = reinterpret_cast<Bytef*>(bytes_.data());
    is_gzipped_ = bytes_.compare(0, 2, "\x1f\x8b") == 0;
    if (is_gzipped_ && inflateInit2(&stream_, MAX_WBITS + 16) != Z_OK) throw std::bad_alloc();  // 16: gzip alone
  }
  ~InputFile() {
    if (is_gzipped_) inflateEnd(&stream_);
  }
  InputFile(const InputFile&) = delete;
  InputFile& operator=(const InputFile&) = delete;

  /// Reads until `size` bytes are there or the file ends, and says how many there were.
  std::size_t read(std::uint8_t* out, std::size_t size) { return is_gzipped_ ? unpack(out, size) : copy(out, size); }

  [[noreturn]] void fail(const std::string& what) const { throw std::runtime_error(path_.string() + ": " + what); }

 private:
  std::size_t left() const {
    return bytes_.size() - static_cast<std::size_t>(stream_.next_in - reinterpret_cast<const Bytef*>(bytes_.data()));
  }

  std::size_t copy(std::uint8_t* out, std::size_t size) {
    const std::size_t count = std::min(size, left());
    std::copy_n(stream_.next_in, count, out);
    stream_.next_in += count;
    return count;
  }

  /// A gzip file is one gzip stream or several, each with a checksum behind it, and nothing else.
  std::size_t unpack(std::uint8_t* out, std::size_t size) {
    std::size_t done = 0;
    while (done < size && !(at_end_of_stream_ && left() == 0)) {
      if (at_end_of_stream_ && inflateReset(&stream_) != Z_OK) fail("damaged gzip data");
      const auto wanted = static_cast<uInt>(std::min<std::size_t>(size - done, most_at_once));
      stream_.next_out = out + done;
      stream_.avail_out = wanted;
      stream_.avail_in = static_cast<uInt>(std::min<std::size_t>(left(), most_at_once));
      const int code = inflate(&stream_, Z_NO_FLUSH);
      const std::size_t got = wanted - stream_.avail_out;
      done += got;
      if (code != Z_OK && code != Z_STREAM_END && code != Z_BUF_ERROR) fail_unpacking(code);
      if (code == Z_BUF_ERROR && got == 0 && left() == 0) fail("truncated: the gzipped data end too early");
      at_end_of_stream_ = code == Z_STREAM_END;
    }
    return done;
  }

  [[noreturn]] void fail_unpacking(int code) const {
    if (code == Z_MEM_ERROR) throw std::bad_alloc();
    fail(std::string("damaged gzip data") + (stream_.msg == nullptr ? "" : std::string(": ") + stream_.msg));
  }

  static constexpr std::size_t most_at_once = std::size_t{1} << 30;

  std::filesystem::path path_;
  std::string bytes_;
  z_stream stream_{};
  bool is_gzipped_ = false, at_end_of_stream_ = false;
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
  // Reading on to the end also compares the checksum there.
  if (std::uint8_t extra = 0; file.read(&extra, 1) != 0) file.fail("goes on after its " + header.text());
  return images;
}

}  // namespace vae
