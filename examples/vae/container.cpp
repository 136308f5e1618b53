#include "vae/container.hpp"

#include <zlib.h>

#include "vae/files.hpp"

namespace vae {
namespace {

// The magic word, then version, CRC-32 of the payload and length of the payload as little-endian numbers, then the
// payload.
constexpr std::size_t magic_size = 8, header_size = magic_size + 4 + 4 + 8;

template <class Number>
void append(std::string& bytes, Number number) {
  for (std::size_t k = 0; k < sizeof number; ++k) bytes += static_cast<char>((number >> (8 * k)) & 0xFF);
}

template <class Number>
Number number_at(std::string_view bytes, std::size_t place) {
  Number number = 0;
  for (std::size_t k = 0; k < sizeof number; ++k) {
    number |= static_cast<Number>(static_cast<Number>(static_cast<unsigned char>(bytes[place + k])) << (8 * k));
  }
  return number;
}

}  // namespace

std::uint32_t crc_of(std::string_view bytes) {
  return static_cast<std::uint32_t>(crc32_z(0, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
}

void write_payload(const std::filesystem::path& path, const FileKind& kind, const std::string& payload) {
  std::string bytes(kind.magic);
  append(bytes, kind.version);
  append(bytes, crc_of(payload));
  append(bytes, std::uint64_t{payload.size()});
  write_file_atomically(path, bytes + payload);
}

std::string read_payload(const std::filesystem::path& path, const FileKind& kind) {
  const auto fail = [&](const std::string& what) { throw std::runtime_error(path.string() + ": " + what); };
  const std::string bytes = read_file(path);
  if (bytes.compare(0, magic_size, kind.magic) != 0) fail("is not " + std::string(kind.name) + " of this program");
  if (bytes.size() < header_size) fail("is truncated");
  const auto version = number_at<std::uint32_t>(bytes, magic_size);
  const auto crc = number_at<std::uint32_t>(bytes, magic_size + 4);
  const auto length = number_at<std::uint64_t>(bytes, magic_size + 8);
  if (version != kind.version) {
    fail("is " + std::string(kind.name) + " of version " + std::to_string(version) +
         ", but this program reads version " + std::to_string(kind.version));
  }
  std::string payload = bytes.substr(header_size);
  if (payload.size() < length) {
    fail("is truncated: " + std::to_string(payload.size()) + " of " + std::to_string(length) + " bytes");
  }
  if (payload.size() > length || crc_of(payload) != crc) fail("is damaged: its checksum does not fit");
  return payload;
}

}  // namespace vae
