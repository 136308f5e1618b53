#pragma once

#include <chrono>
#include <memory>

#include "vae/binariser.hpp"
#include "vae/communicator.hpp"
#include "vae/data_set.hpp"
#include "vae/model.hpp"
#include "vae/run_state.hpp"

namespace vae {

ModelShape model_shape(const RunOptions& options, const DataSet& data);

/// The state before the first step of a run of so many processes.
RunState begin_run(const RunOptions& options, const DataSet& data, int processes = 1);

/// A model and where it comes from.
struct FinalModel {
  std::unique_ptr<Model<float>> model;
  std::int64_t step = 0;
  bool is_best = false;  // of several, on the validation images
};

/// Takes a run from step to step, together with the same trainer in every other process: of each batch every process
/// takes an equal part, and all take the same step along the mean of their gradients.
class Trainer {
 public:
  /// \param data          has to outlive the trainer, as has the communicator.
  /// \param communicator  the processes that train together.
  /// \throws std::runtime_error  if the state does not fit the model that its options describe or, a UsageError, the
  ///                             number of processes.
  Trainer(RunState state, const DataSet& data, Communicator& communicator);

  /// One batch: bound, gradient, Adam; and a row of metrics when an interval ends here.
  ///
  /// \return the bound of this batch, nats per image
  /// \throws Diverged
  double step();

  /// With the weights of the latest step. To be called by all processes, at the same step.
  ///
  /// \throws Diverged  if one of them is not finite: such a state must never replace a good one.
  const RunState& collect_state();

  /// Whether this process is the one that writes.
  bool is_root() const { return communicator_.is_root(); }

  std::int64_t steps_done() const { return state_.step(); }

  /// Steps taken by this trainer, and their time without the measuring between them.
  std::int64_t steps_here() const { return steps_done() - first_step_; }
  double seconds_in_steps() const { return std::chrono::duration<double>(time_in_steps_).count(); }

  const RunOptions& options() const { return state_.options; }
  Model<float>& model() { return *model_; }

  /// The best model of those measured on the validation images; nothing, of step 0, before there is one.
  const Best& best() const { return state_.best; }

  /// What to evaluate and draw: the best model on the validation images, the latest among them even where no interval
  /// ends; the latest if there are no such images.
  FinalModel final_model() const;

  /// The test images that are evaluated, binarised once and for all.
  const Matrix<float>& test_images() const { return test_images_; }

  /// The rows of metrics and one more for the latest step, if none ends there.
  std::vector<MetricsRow> metrics() const;

 private:
  double train_on_batch();
  void draw_batch();
  double average_over_processes(double bound);
  void require_finite_parameters() const;
  void end_interval();
  double validation_bound() const;
  bool is_better_than_best(double validation_bound) const;
  MetricsRow row_of_interval() const;

  RunState state_;
  Communicator& communicator_;
  std::unique_ptr<Model<float>> model_;
  Binariser train_images_;
  Matrix<float> test_images_, validation_images_;
  Noise noise_;  // of this process
  std::vector<Index> indices_;
  Matrix<float> batch_;
  Vector<float> exchange_;  // what is averaged over the processes
  std::int64_t first_step_;
  std::chrono::steady_clock::duration time_in_steps_{};
};

}  // namespace vae
