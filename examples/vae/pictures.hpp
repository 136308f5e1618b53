#pragma once

#include <string>
#include <vector>

#include "vae/idx.hpp"
#include "vae/metrics.hpp"
#include "vae/types.hpp"

namespace vae {

/// PNG files, as bytes. Images are pixels x N in columns, from 0 (paper) to 1 (ink), of the given size.
struct PictureSize {
  Index height, width;
};

/// Originals and their reconstructions, side by side.
///
/// \param subtitle  what these are
std::string draw_reconstructions(const Matrix<float>& originals, const Matrix<float>& reconstructions, PictureSize size,
                                 const std::string& subtitle);

/// A grid of images.
///
/// \param subtitle  what they are
std::string draw_samples(const Matrix<float>& samples, PictureSize size, const std::string& subtitle);

}  // namespace vae
