#pragma once

#include <vector>

#include "vae/idx.hpp"
#include "vae/types.hpp"

namespace vae {

/// Whether every pixel is black or white, so that there is nothing to draw.
bool is_black_and_white(const Images& images);

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

}  // namespace vae
