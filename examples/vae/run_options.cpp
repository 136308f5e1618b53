#include "vae/run_options.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace vae {

std::string data_folder(const RunOptions& options) { return options.data.empty() ? VAE_DIGITS : options.data; }

concrete::TemperaturePair temperatures_at(const RunOptions& options, std::int64_t step) {
  concrete::TemperaturePair temperatures{options.posterior_temperature, options.prior_temperature};
  if (options.anneal > 0) {
    concrete::ExponentialAnnealing annealing;
    annealing.initial = std::max(1.0, options.posterior_temperature);
    annealing.minimum = options.posterior_temperature;
    annealing.rate = options.anneal;
    annealing.interval = 500;
    temperatures.posterior = annealing(step);
  }
  return temperatures;
}

double learning_rate_at(const RunOptions& options, std::int64_t steps_done) {
  if (options.schedule == Schedule::constant) return options.learning_rate;
  const double fraction = static_cast<double>(steps_done) / static_cast<double>(options.steps);
  return options.learning_rate * 0.5 * (1 + std::cos(std::numbers::pi * fraction));
}

}  // namespace vae
