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

/// Whether every pixel is black or white, so that there is nothing to draw.
bool is_black_and_white(const Images& images);

/// A CRC-32 of the size and the pixels: a run continued on other images would not be the same run.
std::uint32_t checksum(const Images& images);

/// The expected binarised image, kept within [0.001, 0.999]: its logit has to be finite.
Vector<float> mean_image(const Images& images);

/// Images on their way into the model: a pixel of grey level g becomes 1 with probability g / 255, else 0.
class Binariser {
 public:
  explicit Binariser(const Images& images) : images_(&images), fixed_(is_black_and_white(images)) {}

  /// Draws the images at `indices` into the columns of `out`. Black and white ones take nothing from the engine.
  void draw(const std::vector<Index>& indices, Engine& engine, Matrix<float>& out) const;

 private:
  const Images* images_;
  bool fixed_;
};

/// Every `stride`-th image, binarised once.
Matrix<float> binarised_subset(const Images& images, Index stride, Engine& engine);

/// At most `count` images from all over the set, which may be sorted.
std::vector<Index> spread_indices(const Images& images, Index count);

/// Goes through all images in a new random order in each epoch. A batch may reach over the end of an epoch, so that
/// no image is ever left out.
class Shuffle {
 public:
  Shuffle() = default;  // to be filled from a checkpoint
  Shuffle(Index images, const Engine& engine);

  void next(std::vector<Index>& batch);

  Index size() const { return static_cast<Index>(order_.size()); }

  template <class Archive>
  void serialize(Archive& archive) {
    archive(engine_, order_, position_);
  }

 private:
  void reorder();

  Engine engine_;
  std::vector<std::uint32_t> order_;
  std::uint64_t position_ = 0;
};

}  // namespace vae
