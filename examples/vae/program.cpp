#include "vae/program.hpp"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <exception>
#include <filesystem>
#include <iostream>
#include <new>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "vae/checkpoint.hpp"
#include "vae/command_line.hpp"
#include "vae/communicator.hpp"
#include "vae/container.hpp"
#include "vae/error.hpp"
#include "vae/evaluation_file.hpp"
#include "vae/files.hpp"
#include "vae/interruption.hpp"
#include "vae/parallel.hpp"
#include "vae/progress.hpp"
#include "vae/random.hpp"
#include "vae/report.hpp"
#include "vae/text.hpp"
#include "vae/training.hpp"

namespace vae {
namespace {

constexpr int interrupted_status = 130;

/// What the first process finds out and tells the others.
struct Setup {
  bool wanted = false;  // false: --help was all
  int threads = 1;
  std::string out;
  std::vector<std::string> arguments;
  RunState state;

  template <class Archive>
  void serialize(Archive& archive) {
    archive(wanted, threads, out, arguments, state);
  }
};

/// \throws UsageError  if the options do not fit the images.
DataSet load_data(const RunOptions& options) {
  DataSet data = load_data_set(data_folder(options));
  if (options.hold_out != 0) hold_out(data, options.hold_out);
  return data;
}

/// \param lock  is taken before anything is believed of what the folder holds.
RunState new_run(const CommandLine& command, const OutputFiles& files, int processes, std::optional<DataSet>& data,
                 std::optional<FolderLock>& lock) {
  if (!command.overwrite) require_no_results(files);  // before the images are read: they may take long
  data = load_data(command.run);
  RunOptions options = command.run;
  options.steps = total_steps(command, options, data->train.count(), 0);
  RunState state = begin_run(options, *data, processes);
  prepare_folder(files.folder);
  lock.emplace(files.folder);
  if (!command.overwrite) require_no_results(files);
  require_no_folders(files);
  return state;
}

RunState old_run(const CommandLine& command, const OutputFiles& files, std::optional<FolderLock>& lock) {
  lock.emplace(files.folder);
  require_no_folders(files);
  RunState state = read_checkpoint(files.checkpoint);
  try {
    check_options(state.options);
  } catch (const UsageError& error) {
    throw std::runtime_error(files.checkpoint.string() + ": is damaged: " + error.what());
  }
  if (std::filesystem::exists(files.evaluation)) {  // it has to be readable, as it will be read in the end
    read_object<EvaluationRecord>(files.evaluation, EvaluationRecord::kind);
  }
  state.options = continued_options(command, state.options);
  state.options.steps = total_steps(command, state.options, state.data.train_count, state.step());
  return state;
}

/// \param data  what had to be read for that, if any
/// \param lock  of the output folder
Setup find_out(int argc, char** argv, int processes, std::optional<DataSet>& data, std::optional<FolderLock>& lock) {
  Setup setup;
  const std::optional<CommandLine> command = parse_command_line(argc, argv);
  if (!command) return setup;
  const OutputFiles files(command->out);
  setup.wanted = true;
  setup.threads = command->threads;
  setup.out = files.folder.string();
  setup.arguments.assign(argv + 1, argv + argc);
  setup.state = command->resume ? old_run(*command, files, lock) : new_run(*command, files, processes, data, lock);
  return setup;
}

/// The images of a run that is under way somewhere. If they do not fit, that is no fault of the command line, and other
/// processes may have found what does.
DataSet load_data_again(const RunOptions& options) {
  try {
    return load_data(options);
  } catch (const UsageError& error) {
    throw std::runtime_error(error.what());
  }
}

/// Until all steps are done or the user interrupts one of the processes.
///
/// \return whether all are done
bool train(Trainer& trainer, const OutputFiles& files, Communicator& communicator) {
  const RunOptions& options = trainer.options();
  const std::int64_t first = trainer.steps_done();
  Progress progress(std::cout, on_terminal(), "step", first, options.steps);
  double recent_bound = 0;
  if (first == 0) save_progress(trainer, files);  // from now on --resume finds this run
  while (trainer.steps_done() < options.steps && !communicator.any(interrupted())) {
    const double bound = trainer.step();
    const std::int64_t done = trainer.steps_done();
    recent_bound += (bound - recent_bound) / static_cast<double>(std::min<std::int64_t>(done - first, 100));
    if (communicator.is_root() && progress.due(done)) {
      const double images = static_cast<double>((done - first) * options.batch) / progress.elapsed();
      progress.show(done, "bound " + fixed_text(recent_bound, 2) + "  " + fixed_text(images, 0) + " images/s");
    }
    if (done % options.checkpoint_every == 0 && done != options.steps) save_progress(trainer, files);
  }
  save_progress(trainer, files);
  return trainer.steps_done() == options.steps;
}

/// \return nothing if interrupted.
std::optional<Evaluation> evaluate_on_test_images(const Trainer& trainer, const Model<float>& model,
                                                  const OutputFiles& files) {
  using Clock = std::chrono::steady_clock;
  constexpr std::chrono::seconds between_saves{10};
  const Matrix<float>& images = trainer.test_images();
  const std::uint64_t seed = trainer.options().seed;
  const EvaluationFile file(files.evaluation, model, images, seed);
  Likelihoods likelihoods = file.load(trainer.options().evaluation_samples);
  Progress progress(std::cout, on_terminal(), "test image", likelihoods.done(), images.cols());
  Clock::time_point saved = Clock::now();
  const auto note_progress = [&](const Likelihoods& so_far) {
    const Index count = so_far.done();
    if (progress.due(count)) {
      progress.show(count, "L_" + std::to_string(so_far.samples) + " " + fixed_text(summary(so_far).importance, 2));
    }
    if (Clock::now() - saved > between_saves) {
      file.save(so_far);
      saved = Clock::now();
    }
  };
  const bool done = evaluate(model, images, seed, Stream::evaluation, likelihoods, {note_progress, interrupted});
  file.save(likelihoods);
  if (!done) return std::nullopt;
  return summary(likelihoods);
}

/// \return whether it was not interrupted.
bool evaluate_and_report(const Trainer& trainer, const DataSet& data, const OutputFiles& files) {
  const FinalModel final_model = trainer.final_model();
  const std::optional<Evaluation> evaluation = evaluate_on_test_images(trainer, *final_model.model, files);
  if (!evaluation) return false;
  save_results(trainer, final_model, data, *evaluation, files);
  print_results(std::cout, trainer, final_model, data, *evaluation, files);
  return true;
}

int train_and_report(Trainer& trainer, const DataSet& data, const OutputFiles& files, Communicator& communicator) {
  const bool trained = train(trainer, files, communicator);
  if (!communicator.is_root()) return trained ? 0 : interrupted_status;
  if (trained && !interrupted() && evaluate_and_report(trainer, data, files)) {
    require_printed();
    return 0;
  }
  const std::string launcher = communicator.size() > 1 ? "mpirun -n " + std::to_string(communicator.size()) + " " : "";
  std::cerr << "vae: interrupted after step " << trainer.steps_done() << ": " << launcher << "vae --resume --out "
            << files.folder.string() << " goes on from there" << std::endl;
  return interrupted_status;
}

int run(int argc, char** argv, Communicator& communicator) {
  std::string message;
  std::optional<DataSet> data;
  std::optional<FolderLock> lock;
  if (communicator.is_root()) message = to_bytes(find_out(argc, argv, communicator.size(), data, lock));
  communicator.broadcast(message);
  auto setup = from_bytes<Setup>(message);
  if (!setup.wanted) return 0;
  if (communicator.any(setup.arguments != std::vector<std::string>(argv + 1, argv + argc))) {
    throw UsageError("the processes were started with different arguments");
  }
  if (!set_threads(setup.threads)) {
    throw UsageError("--threads must be 1: this program was built without OpenMP");
  }
  if (!data) data = load_data_again(setup.state.options);
  check_identity(setup.state.data, *data, data_folder(setup.state.options));
  const OutputFiles files(setup.out);
  Trainer trainer(std::move(setup.state), *data, communicator);
  catch_interruptions();
  return train_and_report(trainer, *data, files, communicator);
}

struct Failure {
  int status;
  std::string message;
  bool everywhere;  // all processes run into it together
};

Failure describe_current_exception() {
  try {
    throw;
  } catch (const UsageError& error) {
    return {2, error.what(), true};
  } catch (const Diverged& error) {
    return {1, error.what(), true};
  } catch (const std::filesystem::filesystem_error& error) {
    return {1, error.path1().string() + ": " + error.code().message(), false};
  } catch (const std::bad_alloc&) {
    return {1, "not enough memory", false};
  } catch (const std::exception& error) {
    return {1, error.what(), false};
  }
}

}  // namespace

int run(int argc, char** argv) {
  std::optional<Communicator> communicator;
  try {
    std::signal(SIGPIPE, SIG_IGN);  // results come first, words fail
    communicator.emplace(argc, argv);
    return run(argc, argv, *communicator);
  } catch (...) {
    const Failure failure = describe_current_exception();
    const int process = communicator ? communicator->rank() : 0;
    if (failure.everywhere && process != 0) return failure.status;  // the first process speaks, and ends all
    // In one piece: a launcher puts what it says itself between any two.
    std::cerr << (process == 0 ? "vae: " : "vae: process " + std::to_string(process) + ": ") + failure.message + '\n'
              << std::flush;
    if (communicator && communicator->size() > 1) communicator->abort(failure.status);
    return failure.status;
  }
}

}  // namespace vae
