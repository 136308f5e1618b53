#pragma once

#include <array>
#include <filesystem>
#include <iosfwd>

#include "vae/evaluation.hpp"
#include "vae/training.hpp"

namespace vae {

/// What a run leaves in its folder.
struct OutputFiles {
  explicit OutputFiles(const std::filesystem::path& out)
      : folder(out),
        checkpoint(out / "checkpoint.bin"),
        metrics(out / "metrics.csv"),
        evaluation(out / "evaluation.bin"),
        curve(out / "curve.png"),
        reconstructions(out / "reconstructions.png"),
        samples(out / "samples.png") {}

  std::array<std::filesystem::path, 6> all() const {
    return {checkpoint, metrics, evaluation, curve, reconstructions, samples};
  }

  std::filesystem::path folder, checkpoint, metrics, evaluation, curve, reconstructions, samples;
};

/// \throws UsageError  if there is anything that a run has left, or that a new one would replace.
void require_no_results(const OutputFiles& files);

/// \throws std::runtime_error  if a folder stands where a file will be written.
void require_no_folders(const OutputFiles& files);

/// Checkpoint and metrics as they stand, in that order; at step 0 what an earlier run has left goes in between. To be
/// called by all processes; the first one writes.
void save_progress(Trainer& trainer, const OutputFiles& files);

/// Metrics with the final evaluation, and all pictures.
///
/// \param final_model  what was evaluated
void save_results(const Trainer& trainer, const FinalModel& final_model, const DataSet& data,
                  const Evaluation& evaluation, const OutputFiles& files);

/// A few lines for people.
void print_results(std::ostream& out, const Trainer& trainer, const FinalModel& final_model, const DataSet& data,
                   const Evaluation& evaluation, const OutputFiles& files);

}  // namespace vae
