#include "vae/checkpoint.hpp"

#include <zlib.h>
#include <array>
#include <bit>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>

#include "vae/archive.hpp"
#include "vae/files.hpp"

namespace vae {
namespace {

// A checkpoint is: the magic word, then version, CRC-32 of the payload and length of the payload as little-endian
// numbers, then the payload, cereal's portable binary archive of the state.
constexpr std::string_view magic = "vae-ckpt";
// Version 2 may hold --kl exact, which a program of version 1 would take for another treatment; all else is as it was.
constexpr std::uint32_t oldest_version = 1, current_version = 2;
constexpr std::size_t header_size = magic.size() + 4 + 4 + 8;

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

std::uint32_t crc_of(std::string_view bytes) {
  return static_cast<std::uint32_t>(crc32_z(0, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
}

}  // namespace

void write_checkpoint(const std::filesystem::path& path, const RunState& state) {
  std::ostringstream payload_stream;
  {
    cereal::PortableBinaryOutputArchive archive(payload_stream,
                                                cereal::PortableBinaryOutputArchive::Options::LittleEndian());
    archive(state);
  }
  const std::string payload = payload_stream.str();
  std::string bytes(magic);
  append(bytes, current_version);
  append(bytes, crc_of(payload));
  append(bytes, std::uint64_t{payload.size()});
  write_file_atomically(path, bytes + payload);
}

RunState read_checkpoint(const std::filesystem::path& path) {
  const auto fail = [&](const std::string& what) { throw std::runtime_error(path.string() + ": " + what); };
  const std::string bytes = read_file(path);
  if (bytes.compare(0, magic.size(), magic) != 0) fail("is not a checkpoint of this program");
  if (bytes.size() < header_size) fail("is truncated");
  const auto version = number_at<std::uint32_t>(bytes, magic.size());
  const auto crc = number_at<std::uint32_t>(bytes, magic.size() + 4);
  const auto length = number_at<std::uint64_t>(bytes, magic.size() + 8);
  if (version < oldest_version || version > current_version) {
    fail("is a checkpoint of version " + std::to_string(version) + ", but this program reads versions " +
         std::to_string(oldest_version) + " to " + std::to_string(current_version));
  }
  const std::string payload = bytes.substr(header_size);
  if (payload.size() < length) {
    fail("is truncated: " + std::to_string(payload.size()) + " of " + std::to_string(length) + " bytes");
  }
  if (payload.size() > length || crc_of(payload) != crc) fail("is damaged: its checksum does not fit");
  RunState state;
  try {
    std::istringstream stream(payload);
    cereal::PortableBinaryInputArchive archive(stream);
    archive(state);
  } catch (const cereal::Exception& error) {
    fail(std::string("is damaged: ") + error.what());
  }
  return state;
}

}  // namespace vae
