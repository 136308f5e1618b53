#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "vae/idx.hpp"
#include "vae/types.hpp"

namespace vae {

struct DataSet {
  Images train;
  Images test;
  Images validation = {};  // may be empty
};

/// Reads the one file *train-images*, the one file *test-images* or *t10k-images* and, if there is one, the one file
/// *valid-images* or *validation-images* of a folder.
///
/// \throws std::runtime_error  one line that names the folder or the file and what is wrong with it.
DataSet load_data_set(const std::filesystem::path& folder);

/// Makes the last `count` training images the validation images.
///
/// \throws UsageError  if there are validation images already, or no training images would be left.
void hold_out(DataSet& data, Index count);

/// A CRC-32 of the size and the pixels: a run continued on other images would not be the same run.
std::uint32_t checksum(const Images& images);

/// The expected binarised image, kept within [0.001, 0.999]: its logit has to be finite.
Vector<float> mean_image(const Images& images);

}  // namespace vae
