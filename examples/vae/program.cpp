#include "vae/program.hpp"

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <optional>

#include "vae/checkpoint.hpp"
#include "vae/command_line.hpp"
#include "vae/error.hpp"
#include "vae/evaluation.hpp"
#include "vae/files.hpp"
#include "vae/interruption.hpp"
#include "vae/parallel.hpp"
#include "vae/progress.hpp"
#include "vae/random.hpp"
#include "vae/report.hpp"
#include "vae/training.hpp"

namespace vae {
namespace {

constexpr int interrupted_status = 130;

struct Run {
  DataSet data;
  RunState state;
};

Run new_run(const CommandLine& command, const OutputFiles& files) {
  if (!command.overwrite && std::filesystem::exists(files.checkpoint)) {
    throw UsageError("--out " + files.folder.string() +
                     " holds a run already: --resume continues it, --overwrite starts anew");
  }
  DataSet data = load_data_set(data_folder(command.run));
  RunOptions options = command.run;
  options.steps = total_steps(command, options, data.train.count(), 0);
  RunState state = begin_run(options, data);
  return {std::move(data), std::move(state)};
}

Run old_run(const CommandLine& command, const OutputFiles& files) {
  RunState state = read_checkpoint(files.checkpoint);
  state.options = continued_options(command, state.options);
  DataSet data = load_data_set(data_folder(state.options));
  check_identity(state.data, data, data_folder(state.options));
  state.options.steps = total_steps(command, state.options, data.train.count(), state.step());
  return {std::move(data), std::move(state)};
}

/// Until all steps are done or the user interrupts.
void train(Trainer& trainer, const OutputFiles& files) {
  const RunOptions& options = trainer.options();
  const std::int64_t first = trainer.steps_done();
  Progress progress(std::cout, on_terminal(), "step", first, options.steps);
  double recent_bound = 0;
  while (trainer.steps_done() < options.steps && !interrupted()) {
    const double bound = trainer.step();
    const std::int64_t done = trainer.steps_done();
    recent_bound += (bound - recent_bound) / static_cast<double>(std::min<std::int64_t>(done - first, 100));
    if (progress.due(done)) {
      const double images = static_cast<double>((done - first) * options.batch) / progress.elapsed();
      progress.show(done, "bound " + fixed_text(recent_bound, 2) + "  " + fixed_text(images, 0) + " images/s");
    }
    if (done % options.checkpoint_every == 0 && done != options.steps) save_progress(trainer, files);
  }
  save_progress(trainer, files);
}

std::optional<Evaluation> evaluate_on_test_images(Trainer& trainer) {
  const Matrix<float>& images = trainer.test_images();
  Engine engine = make_engine(trainer.options().seed, Stream::evaluation);
  Progress progress(std::cout, on_terminal(), "test image", 0, images.cols());
  return evaluate(trainer.model(), images, trainer.options().evaluation_samples, engine, [&](Index done) {
    if (progress.due(done)) progress.show(done, "");
    return !interrupted();
  });
}

int train_and_report(Trainer& trainer, const DataSet& data, const OutputFiles& files) {
  train(trainer, files);
  std::optional<Evaluation> evaluation;
  if (!interrupted()) evaluation = evaluate_on_test_images(trainer);
  if (!evaluation) {
    std::cerr << "vae: interrupted after step " << trainer.steps_done() << ": vae --resume --out "
              << files.folder.string() << " goes on from there" << std::endl;
    return interrupted_status;
  }
  save_results(trainer, data, *evaluation, files);
  print_results(std::cout, trainer, data, *evaluation, files);
  return 0;
}

}  // namespace

int run(int argc, const char* const* argv) {
  const std::optional<CommandLine> command = parse_command_line(argc, argv);
  if (!command) return 0;
  if (!set_threads(command->threads)) {
    throw UsageError("--threads must be 1: this program was built without OpenMP");
  }
  const OutputFiles files(command->out);
  Run run = command->resume ? old_run(*command, files) : new_run(*command, files);
  Trainer trainer(std::move(run.state), run.data);
  prepare_folder(files.folder);
  catch_interruptions();
  return train_and_report(trainer, run.data, files);
}

}  // namespace vae
