#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "vae/types.hpp"

namespace vae {

/// Grey images of one size, one byte a pixel, stored one after the other.
struct Images {
  Index height = 0;
  Index width = 0;
  std::vector<std::uint8_t> bytes;

  Index pixels() const { return height * width; }
  Index count() const { return pixels() == 0 ? 0 : static_cast<Index>(bytes.size()) / pixels(); }
  const std::uint8_t* image(Index i) const { return bytes.data() + i * pixels(); }
};

/// Reads an IDX file of images, the format of the original MNIST files, gzipped or not.
///
/// \throws std::runtime_error  one line that names the file and what is wrong with it. A header that promises more
///                             than the file holds costs no more memory than the file does.
Images read_idx_images(const std::filesystem::path& path);

}  // namespace vae
