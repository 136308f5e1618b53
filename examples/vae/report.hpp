#pragma once

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
        curve(out / "curve.png"),
        reconstructions(out / "reconstructions.png"),
        samples(out / "samples.png") {}

  std::filesystem::path folder, checkpoint, metrics, curve, reconstructions, samples;
};

/// Checkpoint and metrics as they stand.
void save_progress(Trainer& trainer, const OutputFiles& files);

/// Metrics with the final evaluation, and all pictures.
void save_results(Trainer& trainer, const DataSet& data, const Evaluation& evaluation, const OutputFiles& files);

/// A few lines for people.
void print_results(std::ostream& out, const Trainer& trainer, const DataSet& data, const Evaluation& evaluation,
                   const OutputFiles& files);

}  // namespace vae
