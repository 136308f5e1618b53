#include "vae/data_set.hpp"

#include <zlib.h>
#include <algorithm>
#include <concrete/noise/uniform.hpp>
#include <initializer_list>
#include <numeric>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "vae/error.hpp"

namespace vae {
namespace {

namespace fs = std::filesystem;

std::string without_gz(const fs::path& path) {
  return path.extension() == ".gz" ? path.stem().string() : path.string();
}

using NameParts = std::initializer_list<std::string_view>;

/// The one file whose name holds one of `parts`, or an empty path. Of FILE and FILE.gz either will do; other pairs are
/// ambiguous.
fs::path find_images(const fs::path& folder, NameParts parts) {
  std::vector<fs::path> found;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    const bool fits = std::any_of(parts.begin(), parts.end(),
                                  [&](std::string_view part) { return name.find(part) != std::string::npos; });
    if (fits && entry.is_regular_file()) found.push_back(entry.path().filename());
  }
  std::sort(found.begin(), found.end());
  if (found.empty()) return {};
  if (without_gz(found.front()) != without_gz(found.back())) {
    throw std::runtime_error(folder.string() + ": cannot choose between " + found.front().string() + " and " +
                             found.back().string());
  }
  return folder / found.front();
}

fs::path require_images(const fs::path& folder, NameParts parts) {
  const fs::path found = find_images(folder, parts);
  if (!found.empty()) return found;
  std::string wanted;
  for (std::string_view part : parts) wanted += (wanted.empty() ? "*" : " or *") + std::string(part) + "*";
  throw std::runtime_error(folder.string() + ": holds no file " + wanted);
}

std::string size_text(const Images& images) {
  return std::to_string(images.height) + " x " + std::to_string(images.width);
}

}  // namespace

DataSet load_data_set(const fs::path& folder) {
  std::error_code error;
  if (!fs::is_directory(folder, error)) {
    throw std::runtime_error(folder.string() + ": " + (error ? error.message() : "is not a folder"));
  }
  const fs::path train = require_images(folder, {"train-images"});
  const fs::path test = require_images(folder, {"test-images", "t10k-images"});
  const fs::path validation = find_images(folder, {"valid-images", "validation-images"});
  DataSet data{read_idx_images(train), {}};
  const auto read_like_train = [&](const fs::path& path) {
    Images images = read_idx_images(path);
    if (size_text(images) == size_text(data.train)) return images;
    throw std::runtime_error(path.string() + ": its images are " + size_text(images) + ", but those of " +
                             train.string() + " are " + size_text(data.train));
  };
  data.test = read_like_train(test);
  if (!validation.empty()) data.validation = read_like_train(validation);
  return data;
}

void hold_out(DataSet& data, Index count) {
  if (data.validation.count() != 0) throw UsageError("--hold-out is for data without validation images of their own");
  if (count >= data.train.count()) {
    throw UsageError("--hold-out " + std::to_string(count) + " leaves nothing of the " +
                     std::to_string(data.train.count()) + " training images");
  }
  const auto first = data.train.bytes.end() - static_cast<std::ptrdiff_t>(count * data.train.pixels());
  data.validation = {data.train.height, data.train.width, {first, data.train.bytes.end()}};
  data.train.bytes.erase(first, data.train.bytes.end());
}

bool is_black_and_white(const Images& images) {
  return std::all_of(images.bytes.begin(), images.bytes.end(), [](std::uint8_t g) { return g == 0 || g == 255; });
}

std::uint32_t checksum(const Images& images) {
  const std::string size = size_text(images);
  uLong crc = crc32_z(0, reinterpret_cast<const Bytef*>(size.data()), size.size());
  crc = crc32_z(crc, images.bytes.data(), images.bytes.size());
  return static_cast<std::uint32_t>(crc);
}

Vector<float> mean_image(const Images& images) {
  Vector<double> sum = Vector<double>::Zero(images.pixels());
  for (Index i = 0; i < images.count(); ++i) {
    const std::uint8_t* bytes = images.image(i);
    for (Index p = 0; p < images.pixels(); ++p) sum[p] += bytes[p];
  }
  return (sum / (255.0 * static_cast<double>(images.count()))).cwiseMax(1e-3).cwiseMin(1 - 1e-3).cast<float>();
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

Shuffle::Shuffle(Index images, const Engine& engine) : engine_(engine), order_(static_cast<std::size_t>(images)) {
  std::iota(order_.begin(), order_.end(), 0U);
  reorder();
}

void Shuffle::next(std::vector<Index>& batch) {
  for (Index& index : batch) {
    if (position_ == order_.size()) reorder();
    index = order_[position_++];
  }
}

/// Fisher and Yates. std::shuffle would draw otherwise with another standard library; the bias of the remainder is
/// below the number of images times 2^-64.
void Shuffle::reorder() {
  for (std::size_t last = order_.size() - 1; last > 0; --last) std::swap(order_[last], order_[engine_() % (last + 1)]);
  position_ = 0;
}

}  // namespace vae
