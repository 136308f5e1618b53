#include "vae/evaluation_file.hpp"

#include <utility>

namespace vae {
namespace {

template <class Matrix>
std::uint32_t crc_of_entries(const Matrix& matrix) {
  return crc_of({reinterpret_cast<const char*>(matrix.data()),
                 static_cast<std::size_t>(matrix.size()) * sizeof(typename Matrix::Scalar)});
}

}  // namespace

EvaluationFile::EvaluationFile(std::filesystem::path path, const Model<float>& model, const Matrix<float>& images,
                               std::uint64_t seed)
    : path_(std::move(path)),
      images_(images.cols()),
      identity_(crc_of(std::to_string(crc_of_entries(model.parameters())) + ' ' +
                       std::to_string(crc_of_entries(model.centres())) + ' ' + std::to_string(crc_of_entries(images)) +
                       ' ' + std::to_string(seed))) {}

Likelihoods EvaluationFile::load(Index samples) const {
  if (std::filesystem::exists(path_)) {
    auto record = read_object<EvaluationRecord>(path_, EvaluationRecord::kind);
    if (record.identity == identity_ && record.likelihoods.samples == samples &&
        static_cast<Index>(record.likelihoods.importance.size()) == images_) {
      return std::move(record.likelihoods);
    }
  }
  return Likelihoods(images_, samples);
}

void EvaluationFile::save(const Likelihoods& likelihoods) const {
  write_object(path_, EvaluationRecord::kind, EvaluationRecord{identity_, likelihoods});
}

}  // namespace vae
