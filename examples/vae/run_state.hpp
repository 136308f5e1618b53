#pragma once

#include <cstdint>
#include <vector>

#include "vae/adam.hpp"
#include "vae/data_set.hpp"
#include "vae/metrics.hpp"
#include "vae/run_options.hpp"

namespace vae {

/// What the images of a run must have in common with those it is continued on.
struct DataIdentity {
  std::int64_t height = 0, width = 0, train_count = 0, test_count = 0;
  std::uint32_t train_checksum = 0, test_checksum = 0;

  template <class Archive>
  void serialize(Archive& archive) {
    archive(height, width, train_count, test_count, train_checksum, test_checksum);
  }
};

DataIdentity identify(const DataSet& data);

/// \throws std::runtime_error  one line that says in what the images under `folder` differ from the run's.
void check_identity(const DataIdentity& run, const DataSet& data, const std::string& folder);

/// Everything that a run needs to go on, bit for bit, as if it had never stopped.
struct RunState {
  RunOptions options;
  DataIdentity data;
  Vector<float> parameters;
  Adam<float> adam;  // counts the steps
  Shuffle shuffle;
  Engine binarising, latent_noise;
  double interval_bound = 0;        // sum of the bounds of the steps since the latest row of metrics
  std::int64_t interval_steps = 0;  // and their number
  std::vector<MetricsRow> metrics;

  std::int64_t step() const { return adam.steps(); }

  template <class Archive>
  void serialize(Archive& archive) {
    archive(options, data, parameters, adam, shuffle, binarising, latent_noise, interval_bound, interval_steps,
            metrics);
  }
};

}  // namespace vae
