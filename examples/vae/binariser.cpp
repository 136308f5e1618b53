#include "vae/binariser.hpp"

#include <algorithm>
#include <concrete/noise/uniform.hpp>
#include <cstdint>

namespace vae {

bool is_black_and_white(const Images& images) {
  return std::all_of(images.bytes.begin(), images.bytes.end(), [](std::uint8_t g) { return g == 0 || g == 255; });
}

void Binariser::draw(const std::vector<Index>& indices, Engine& engine, Matrix<float>& out) const {
  const Index pixels = images_->pixels();
  const auto count = static_cast<Index>(indices.size());
  out.resize(pixels, count);
  if (!fixed_) concrete::fill_uniform(engine, out);
  for (Index j = 0; j < count; ++j) {
    const std::uint8_t* grey = images_->image(indices[static_cast<std::size_t>(j)]);
    float* x = &out(0, j);
    if (fixed_) {
      for (Index p = 0; p < pixels; ++p) x[p] = static_cast<float>(grey[p] >> 7);
    } else {
      // u in (0, 1): level 0 never, level 255 always turns into ink.
      for (Index p = 0; p < pixels; ++p) x[p] = x[p] * 255.0F < static_cast<float>(grey[p]) ? 1.0F : 0.0F;
    }
  }
}

Matrix<float> binarised_subset(const Images& images, Index stride, Engine& engine) {
  std::vector<Index> indices;
  for (Index i = 0; i < images.count(); i += stride) indices.push_back(i);
  Matrix<float> out;
  Binariser(images).draw(indices, engine, out);
  return out;
}

std::vector<Index> spread_indices(const Images& images, Index count) {
  count = std::min(count, images.count());
  std::vector<Index> indices;
  for (Index k = 0; k < count; ++k) indices.push_back(k * images.count() / count);
  return indices;
}

}  // namespace vae
