#pragma once

#include <cstdint>
#include <filesystem>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>

#include "vae/archive.hpp"

namespace vae {

/// A kind of file: eight characters that it begins with, what to call it, and the version that is written and read.
struct FileKind {
  std::string_view magic, name;
  std::uint32_t version;
};

/// The bytes of an object: cereal's portable binary archive of it, the same on every machine.
template <class Object>
std::string to_bytes(const Object& object) {
  std::ostringstream stream;
  {
    cereal::PortableBinaryOutputArchive archive(stream, cereal::PortableBinaryOutputArchive::Options::LittleEndian());
    archive(object);
  }
  return stream.str();
}

/// \throws cereal::Exception  if they are not of such an object, or of more than that.
template <class Object>
Object from_bytes(const std::string& bytes) {
  Object object;
  std::istringstream stream(bytes);
  cereal::PortableBinaryInputArchive archive(stream);
  archive(object);
  if (stream.peek() != std::istringstream::traits_type::eof())
    throw cereal::Exception("there are more bytes than it has");
  return object;
}

std::uint32_t crc_of(std::string_view bytes);

/// Writes a file of magic word, version, checksum, length and payload, all or nothing (write_file_atomically).
///
/// \throws std::runtime_error  one line that names the file and what is wrong.
void write_payload(const std::filesystem::path& path, const FileKind& kind, const std::string& payload);

/// \throws std::runtime_error  one line that names the file and says whether it is missing, of another kind, of another
///                             version, truncated or damaged.
std::string read_payload(const std::filesystem::path& path, const FileKind& kind);

template <class Object>
void write_object(const std::filesystem::path& path, const FileKind& kind, const Object& object) {
  write_payload(path, kind, to_bytes(object));
}

/// \throws std::runtime_error  as read_payload(), and if the payload is not of such an object.
template <class Object>
Object read_object(const std::filesystem::path& path, const FileKind& kind) {
  const std::string payload = read_payload(path, kind);
  try {
    return from_bytes<Object>(payload);
  } catch (const cereal::Exception& error) {
    throw std::runtime_error(path.string() + ": is damaged: " + error.what());
  }
}

}  // namespace vae
