#include "vae/report.hpp"

#include <algorithm>
#include <ostream>
#include <stdexcept>
#include <string>

#include "vae/binariser.hpp"
#include "vae/checkpoint.hpp"
#include "vae/curve.hpp"
#include "vae/error.hpp"
#include "vae/files.hpp"
#include "vae/pictures.hpp"
#include "vae/random.hpp"
#include "vae/text.hpp"

namespace vae {
namespace {

constexpr Index reconstructions_shown = 30, samples_of_codes = 32, samples_shown = 80;

/// As they are, in their grey levels.
Matrix<float> grey_images(const Images& images, const std::vector<Index>& indices) {
  Matrix<float> out(images.pixels(), static_cast<Index>(indices.size()));
  for (Index j = 0; j < out.cols(); ++j) {
    const std::uint8_t* grey = images.image(indices[static_cast<std::size_t>(j)]);
    for (Index p = 0; p < out.rows(); ++p) out(p, j) = static_cast<float>(grey[p]) / 255.0F;
  }
  return out;
}

/// The evaluation goes to the row of the step whose model was evaluated. Its bound of one sample does not: of other noise
/// than the rows', it would stand beside their curve.
std::vector<MetricsRow> with_evaluation(std::vector<MetricsRow> rows, std::int64_t step, const Evaluation& evaluation) {
  const auto row = std::find_if(rows.begin(), rows.end(), [&](const MetricsRow& r) { return r.step == step; });
  if (row != rows.end()) row->test_importance_bound = evaluation.importance;
  return rows;
}

/// The mean over several samples of the codes.
Matrix<float> mean_reconstructions(Model<float>& model, const Matrix<float>& images, Engine& engine) {
  Matrix<float> sum = model.reconstruct(images, engine);
  for (Index k = 1; k < samples_of_codes; ++k) sum += model.reconstruct(images, engine);
  return sum / static_cast<float>(samples_of_codes);
}

/// Of the pixels that the model has to explain.
double baseline(const Trainer& trainer, const DataSet& data) {
  const Index modelled = model_shape(trainer.options(), data).modelled_pixels();
  return mean_image_log_likelihood(trainer.test_images().bottomRows(modelled), mean_image(data.train).tail(modelled));
}

/// What another run has left and this one does not replace before its end.
void remove_results(const OutputFiles& files) {
  for (const auto& file : {files.evaluation, files.curve, files.reconstructions, files.samples}) {
    std::filesystem::remove(file);
  }
}

}  // namespace

void require_no_results(const OutputFiles& files) {
  const std::string out = "--out " + files.folder.string();
  if (std::filesystem::exists(files.checkpoint)) {
    throw UsageError(out + " holds a run already: --resume continues it, --overwrite starts anew");
  }
  for (const auto& file : files.all()) {
    if (!std::filesystem::exists(file)) continue;
    throw UsageError(out + " has a " + file.filename().string() + " without a run: --overwrite replaces it");
  }
}

void require_no_folders(const OutputFiles& files) {
  for (const auto& file : files.all()) {
    if (std::filesystem::is_directory(file)) {
      throw std::runtime_error(file.string() + ": is a folder, where a file is to be written");
    }
  }
}

void save_progress(Trainer& trainer, const OutputFiles& files) {
  const RunState& state = trainer.collect_state();
  if (!trainer.is_root()) return;
  write_checkpoint(files.checkpoint, state);
  if (state.step() == 0) remove_results(files);  // not before: they are lost only once this run can be resumed
  write_file_atomically(files.metrics, to_csv(trainer.metrics()));
}

void save_results(const Trainer& trainer, const FinalModel& final_model, const DataSet& data,
                  const Evaluation& evaluation, const OutputFiles& files) {
  const std::vector<MetricsRow> rows = with_evaluation(trainer.metrics(), final_model.step, evaluation);
  write_file_atomically(files.metrics, to_csv(rows));
  write_file_atomically(files.curve, draw_curve(rows));

  const PictureSize size{data.test.height, data.test.width};
  Engine engine = make_engine(trainer.options().seed, Stream::pictures);
  const std::vector<Index> indices = spread_indices(data.test, reconstructions_shown);
  Matrix<float> binarised;
  Binariser(data.test).draw(indices, engine, binarised);
  const Matrix<float> reconstructions = mean_reconstructions(*final_model.model, binarised, engine);
  const std::string how =
      "pixel probabilities, mean over " + std::to_string(samples_of_codes) + " samples of each code";
  write_file_atomically(files.reconstructions,
                        draw_reconstructions(grey_images(data.test, indices), reconstructions, size, how));
  const bool prediction = trainer.options().task == Task::prediction;
  write_file_atomically(files.samples,
                        draw_samples(final_model.model->generate(samples_shown, binarised, engine), size,
                                     prediction ? "pixel probabilities of lower halves, given the upper ones"
                                                : "pixel probabilities given discrete samples of the prior"));
}

void print_results(std::ostream& out, const Trainer& trainer, const FinalModel& final_model, const DataSet& data,
                   const Evaluation& evaluation, const OutputFiles& files) {
  const auto nats = [](double value) {
    const std::string text = fixed_text(value, 2);
    return std::string(text.size() < 10 ? 10 - text.size() : 0, ' ') + text;
  };
  const Matrix<float>& images = trainer.test_images();
  const std::string samples = std::to_string(trainer.options().evaluation_samples);
  out << "\nDiscrete model "
      << (final_model.is_best ? "of step " + std::to_string(final_model.step) + ", the best on the validation images, "
                              : "")
      << "on " << images.cols() << " test images, in nats per image:\n"
      << nats(evaluation.one_sample) << "  lower bound of one sample\n"
      << nats(evaluation.importance) << "  lower bound of " << samples << " samples (L_" << samples
      << "); standard error " << fixed_text(evaluation.error_of_samples, 3) << " for these images, "
      << fixed_text(evaluation.error_of_images, 2) << " for the population\n"
      << nats(baseline(trainer, data)) << "  without a model: every pixel by itself, at its training mean\n"
      << '\n';
  if (trainer.steps_here() > 0) {
    const double milliseconds = 1e3 * trainer.seconds_in_steps() / static_cast<double>(trainer.steps_here());
    out << fixed_text(milliseconds, 3) << " ms per step of " << trainer.options().batch << " images, "
        << final_model.model->parameters().size() << " parameters\n";
  }
  out << "Results in " << files.folder.string() << ": samples.png reconstructions.png curve.png metrics.csv "
      << "checkpoint.bin" << std::endl;
}

}  // namespace vae
