#include "vae/report.hpp"

#include <algorithm>
#include <ostream>
#include <string>

#include "vae/checkpoint.hpp"
#include "vae/curve.hpp"
#include "vae/files.hpp"
#include "vae/pictures.hpp"
#include "vae/random.hpp"

namespace vae {
namespace {

constexpr Index reconstructions_shown = 30, samples_shown = 80;

/// Images from all over the set, which may be sorted.
std::vector<Index> spread_indices(const Images& images) {
  const Index count = std::min(reconstructions_shown, images.count());
  std::vector<Index> indices;
  for (Index k = 0; k < count; ++k) indices.push_back(k * images.count() / count);
  return indices;
}

/// As they are, in their grey levels.
Matrix<float> grey_images(const Images& images, const std::vector<Index>& indices) {
  Matrix<float> out(images.pixels(), static_cast<Index>(indices.size()));
  for (Index j = 0; j < out.cols(); ++j) {
    const std::uint8_t* grey = images.image(indices[static_cast<std::size_t>(j)]);
    for (Index p = 0; p < out.rows(); ++p) out(p, j) = static_cast<float>(grey[p]) / 255.0F;
  }
  return out;
}

std::vector<MetricsRow> with_evaluation(std::vector<MetricsRow> rows, const Evaluation& evaluation) {
  rows.back().test_bound = evaluation.one_sample;
  rows.back().test_importance_bound = evaluation.importance;
  return rows;
}

}  // namespace

void save_progress(Trainer& trainer, const OutputFiles& files) {
  write_checkpoint(files.checkpoint, trainer.state());
  write_file_atomically(files.metrics, to_csv(trainer.metrics()));
}

void save_results(Trainer& trainer, const DataSet& data, const Evaluation& evaluation, const OutputFiles& files) {
  const std::vector<MetricsRow> rows = with_evaluation(trainer.metrics(), evaluation);
  write_file_atomically(files.metrics, to_csv(rows));
  write_file_atomically(files.curve, draw_curve(rows));

  const PictureSize size{data.test.height, data.test.width};
  Engine engine = make_engine(trainer.options().seed, Stream::pictures);
  const std::vector<Index> indices = spread_indices(data.test);
  Matrix<float> binarised;
  Binariser(data.test).draw(indices, engine, binarised);
  const Matrix<float> reconstructions = trainer.model().reconstruct(binarised, engine);
  write_file_atomically(files.reconstructions,
                        draw_reconstructions(grey_images(data.test, indices), reconstructions, size));
  write_file_atomically(files.samples, draw_samples(trainer.model().generate(samples_shown, engine), size));
}

void print_results(std::ostream& out, const Trainer& trainer, const DataSet& data, const Evaluation& evaluation,
                   const OutputFiles& files) {
  const auto nats = [](double value) {
    const std::string text = fixed_text(value, 2);
    return std::string(text.size() < 10 ? 10 - text.size() : 0, ' ') + text;
  };
  const std::string samples = std::to_string(trainer.options().evaluation_samples);
  const double baseline = mean_image_log_likelihood(trainer.test_images(), mean_image(data.train));
  out << "\nDiscrete model on " << trainer.test_images().cols() << " test images, in nats per image:\n"
      << nats(evaluation.one_sample) << "  lower bound of one sample\n"
      << nats(evaluation.importance) << "  lower bound of " << samples << " samples (L_" << samples << ")\n"
      << nats(baseline) << "  without a model: every pixel by itself, at its training mean\n"
      << '\n';
  if (trainer.steps_here() > 0) {
    const double milliseconds = 1e3 * trainer.seconds_in_steps() / static_cast<double>(trainer.steps_here());
    out << fixed_text(milliseconds, 3) << " ms per step of " << trainer.options().batch << " images\n";
  }
  out << "Results in " << files.folder.string() << ": samples.png reconstructions.png curve.png metrics.csv "
      << "checkpoint.bin" << std::endl;
}

}  // namespace vae
