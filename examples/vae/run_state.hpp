#pragma once

#include <cstdint>
#include <vector>

#include "vae/adam.hpp"
#include "vae/data_set.hpp"
#include "vae/metrics.hpp"
#include "vae/run_options.hpp"
#include "vae/shuffle.hpp"

namespace vae {

/// What the images of a run must have in common with those it is continued on.
struct DataIdentity {
  std::int64_t height = 0, width = 0, train_count = 0, test_count = 0, validation_count = 0;
  std::uint32_t train_checksum = 0, test_checksum = 0, validation_checksum = 0;

  template <class Archive>
  void serialize(Archive& archive) {
    archive(height, width, train_count, test_count, validation_count, train_checksum, test_checksum,
            validation_checksum);
  }
};

DataIdentity identify(const DataSet& data);

/// \throws std::runtime_error  one line that says in what the images under `folder` differ from the run's.
void check_identity(const DataIdentity& run, const DataSet& data, const std::string& folder);

/// A model's numbers.
struct Weights {
  Vector<float> parameters, centres;

  template <class Archive>
  void serialize(Archive& archive) {
    archive(parameters, centres);
  }
};

/// The best model so far, on the validation images.
struct Best {
  std::int64_t step = 0;  // 0: none yet
  double bound = 0;       // L_m, nats per image
  Weights weights;

  template <class Archive>
  void serialize(Archive& archive) {
    archive(step, bound, weights);
  }
};

/// The randomness of one of the processes that train together: each has its own.
struct Noise {
  Engine binarising, latent;

  template <class Archive>
  void serialize(Archive& archive) {
    archive(binarising, latent);
  }
};

Noise make_noise(std::uint64_t seed, int process);

/// Everything that a run needs to go on, bit for bit, as if it had never stopped.
struct RunState {
  RunOptions options;
  DataIdentity data;
  Weights weights;
  Best best;
  Adam<float> adam;  // counts the steps
  Shuffle shuffle;
  std::vector<Noise> noise;         // of each process
  double interval_bound = 0;        // sum of the bounds of the steps since the latest row of metrics
  std::int64_t interval_steps = 0;  // and their number
  std::vector<MetricsRow> metrics;

  std::int64_t step() const { return adam.steps(); }

  template <class Archive>
  void serialize(Archive& archive) {
    archive(options, data, weights, best, adam, shuffle, noise, interval_bound, interval_steps, metrics);
  }
};

}  // namespace vae
