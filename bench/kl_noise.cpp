// How much noise does a sampled KL term put into the gradient that trains the example's encoder?
//
//   kl_noise --data DIR --units 200 --layers linear --steps 20000 --evaluation-stride 10
//
// takes the options of `vae` and trains the same model twice, by --kl exact and by --kl relaxed. After every
// --checkpoint-every steps and at the end it holds the model and a batch of the training images fixed and draws the
// latent variables anew, 200 times, for either gradient of the encoder's parameters. It prints the length of the mean
// gradient and the standard deviation, the root of the variances' sum over the parameters.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <exception>
#include <iostream>
#include <numeric>
#include <string>
#include <vector>

#include "vae/command_line.hpp"
#include "vae/error.hpp"
#include "vae/evaluation.hpp"
#include "vae/parallel.hpp"
#include "vae/random.hpp"
#include "vae/text.hpp"
#include "vae/training.hpp"

namespace {

using vae::KlTreatment;

constexpr int draws = 200;

std::string cell(const std::string& text) { return std::string(text.size() < 12 ? 12 - text.size() : 1, ' ') + text; }
std::string cell(double value, int digits) { return cell(vae::fixed_text(value, digits)); }

/// Of a gradient over draws of the latent variables.
struct Spread {
  double length_of_mean = 0;
  double deviation = 0;
};

/// The same noise whatever the treatment, so that only the KL term makes a difference.
Spread gradient_spread(vae::Trainer& trainer, const vae::Matrix<float>& batch, KlTreatment kl) {
  const auto temperatures = vae::temperatures_at(trainer.options(), trainer.steps_done());
  vae::Engine engine = vae::make_engine(trainer.options().seed, vae::Stream::evaluation);
  const vae::Vector<float> centres = trainer.model().centres();  // every estimate moves them on
  vae::Vector<double> mean;
  double squares = 0;  // distances from the mean, summed over draws and parameters: Welford's recurrence
  for (int k = 1; k <= draws; ++k) {
    trainer.model().estimate_bound(batch, {kl, 1}, temperatures, engine);
    const vae::Vector<double> gradient = trainer.model().encoder_gradient().cast<double>();
    if (k == 1) mean.setZero(gradient.size());
    const vae::Vector<double> distance = gradient - mean;
    mean += distance / k;
    squares += distance.dot(gradient - mean);
    trainer.model().centres() = centres;
  }
  return {mean.norm(), std::sqrt(squares / (draws - 1))};
}

void print_spreads(vae::Trainer& trainer, const vae::Matrix<float>& batch) {
  const Spread exact = gradient_spread(trainer, batch, KlTreatment::exact);
  const Spread sampled = gradient_spread(trainer, batch, KlTreatment::relaxed);
  std::cout << cell(std::to_string(trainer.steps_done())) << cell(exact.length_of_mean, 3) << cell(exact.deviation, 3)
            << cell(sampled.length_of_mean, 3) << cell(sampled.deviation, 3) << std::endl;
}

vae::Matrix<float> first_images(const vae::RunOptions& options, const vae::Images& images) {
  std::vector<vae::Index> indices(static_cast<std::size_t>(std::min<vae::Index>(options.batch, images.count())));
  std::iota(indices.begin(), indices.end(), vae::Index{0});
  vae::Engine engine = vae::make_engine(options.seed, vae::Stream::binarising);
  vae::Matrix<float> batch;
  vae::Binariser(images).draw(indices, engine, batch);
  return batch;
}

/// \return  the bound, averaged over the steps
double train(vae::Trainer& trainer, const vae::Matrix<float>& batch) {
  const vae::RunOptions& options = trainer.options();
  double sum = 0;
  while (trainer.steps_done() < options.steps) {
    sum += trainer.step();
    const std::int64_t done = trainer.steps_done();
    if (done % options.checkpoint_every == 0 || done == options.steps) print_spreads(trainer, batch);
  }
  return sum / static_cast<double>(options.steps);
}

void train_and_print(vae::RunOptions options, const vae::DataSet& data, KlTreatment kl, const std::string& name) {
  options.objective.kl = kl;
  vae::Communicator alone;
  vae::Trainer trainer(vae::begin_run(options, data), data, alone);
  std::cout << "Trained by --kl " << name << ", gradient of the encoder, mean and deviation:\n"
            << cell("step") << cell("exact KL") << cell("+-") << cell("sampled KL") << cell("+-") << std::endl;
  const double bound = train(trainer, first_images(options, data.train));
  const vae::Evaluation evaluation = vae::evaluate(trainer.model(), trainer.test_images(), options.evaluation_samples,
                                                   options.seed, vae::Stream::evaluation);
  std::cout << cell(bound, 2) << "  relaxed bound, mean over the training\n"
            << cell(trainer.metrics().back().train_bound, 2) << "  the same over the last interval\n"
            << cell(evaluation.importance, 2) << "  L_" << options.evaluation_samples << " of the discrete model\n"
            << cell(1e3 * trainer.seconds_in_steps() / static_cast<double>(trainer.steps_here()), 3)
            << "  ms per step\n"
            << std::endl;
}

int run(int argc, const char* const* argv) {
  const auto command = vae::parse_command_line(argc, argv);
  if (!command) return 0;
  if (command->has("--kl") || command->has("--samples") || command->resume) {
    throw vae::UsageError("leave out --kl, --samples and --resume: two runs of one sample begin, by either KL term");
  }
  if (!vae::set_threads(command->threads)) {
    throw vae::UsageError("--threads must be 1: this program was built without OpenMP");
  }
  vae::RunOptions options = command->run;
  const vae::DataSet data = vae::load_data_set(vae::data_folder(options));
  options.steps = vae::total_steps(*command, options, data.train.count(), 0);
  train_and_print(options, data, KlTreatment::exact, "exact");
  train_and_print(options, data, KlTreatment::relaxed, "relaxed");
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const vae::UsageError& error) {
    std::cerr << "kl_noise: " << error.what() << std::endl;
    return 2;
  } catch (const std::exception& error) {
    std::cerr << "kl_noise: " << error.what() << std::endl;
    return 1;
  }
}
