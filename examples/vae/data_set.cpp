#include "vae/data_set.hpp"

#include <zlib.h>
#include <algorithm>
#include <initializer_list>
#include <stdexcept>
#include <string>
#include <string_view>

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
  const auto other = std::find_if(found.begin(), found.end(),
                                  [&](const fs::path& path) { return without_gz(path) != without_gz(found.front()); });
  if (other != found.end()) {
    throw std::runtime_error(folder.string() + ": cannot choose between " + found.front().string() + " and " +
                             other->string());
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

}  // namespace vae
