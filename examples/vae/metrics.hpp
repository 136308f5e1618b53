#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

namespace vae {

constexpr double not_measured = std::numeric_limits<double>::quiet_NaN();

/// How the training stood after a step. Bounds are in nats per image.
struct MetricsRow {
  std::int64_t step = 0;
  double epoch = 0;                             // passes over the training images
  double train_bound = not_measured;            // of the relaxed model, mean over the steps since the row before
  double test_bound = not_measured;             // one sample, of the discrete model
  double test_importance_bound = not_measured;  // L_m of the discrete model; only measured at the end of a run
  double validation_bound = not_measured;       // L_m of the discrete model, if there are validation images
  double learning_rate = 0;
  double posterior_temperature = 0;
  double prior_temperature = 0;

  template <class Archive>
  void serialize(Archive& archive) {
    archive(step, epoch, train_bound, test_bound, test_importance_bound, validation_bound, learning_rate,
            posterior_temperature, prior_temperature);
  }
};

/// A table with a header line. Numbers are written so that they read back as they were; what was not measured stays
/// empty.
std::string to_csv(const std::vector<MetricsRow>& rows);

}  // namespace vae
