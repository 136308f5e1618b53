#pragma once

#include <cstdint>
#include <filesystem>

#include "vae/container.hpp"
#include "vae/evaluation.hpp"

namespace vae {

/// What the file holds.
struct EvaluationRecord {
  static constexpr FileKind kind{"vae-eval", "an evaluation", 1};

  std::uint32_t identity = 0;
  Likelihoods likelihoods;

  template <class Archive>
  void serialize(Archive& archive) {
    archive(identity, likelihoods);
  }
};

/// How far an evaluation has come, so that hours of it survive an interruption. The file names the weights, the images
/// and the seed by a checksum: of others it says nothing.
class EvaluationFile {
 public:
  EvaluationFile(std::filesystem::path path, const Model<float>& model, const Matrix<float>& images,
                 std::uint64_t seed);

  /// What is there already, or the beginning.
  ///
  /// \throws std::runtime_error  if there is a file that cannot be read.
  Likelihoods load(Index samples) const;

  /// \throws std::runtime_error  "FILE: cannot be written: …"
  void save(const Likelihoods& likelihoods) const;

 private:
  std::filesystem::path path_;
  Index images_;
  std::uint32_t identity_;
};

}  // namespace vae
