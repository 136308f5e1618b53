#include "vae/presets.hpp"

#include <algorithm>
#include <utility>

#include "vae/error.hpp"

namespace vae {
namespace {

using Arguments = std::vector<std::string>;

Arguments operator+(Arguments left, const Arguments& right) {
  left.insert(left.end(), right.begin(), right.end());
  return left;
}

struct Architecture {
  const char* name;
  Arguments arguments;
};

const Arguments linear{"--layers", "linear"}, nonlinear{"--layers", "nonlinear"};
const Arguments two_layers{"--stochastic-layers", "2"};

// How long, and how fast: the same for all samples, so that they can be compared.
const Arguments linear_training{"--learning-rate", "2e-3", "--schedule", "cosine", "--steps", "1000000"};
const Arguments nonlinear_training{"--learning-rate", "1e-3", "--schedule", "cosine", "--steps", "500000"};
const Arguments measuring{"--interval", "5000", "--checkpoint-every", "10000", "--evaluation-samples", "5000"};

const std::vector<std::pair<std::string, Arguments>> sample_counts{
    {"-m1", {"--samples", "1"}}, {"-m5", {"--samples", "5"}}, {"-m50", {"--samples", "50"}}};

/// 240 bits in units of 1, 2 and 3.
const std::vector<std::pair<std::string, Arguments>> arities{
    {"-binary", {"--latent", "binary", "--units", "240"}},
    {"-4ary", {"--latent", "categorical", "--categories", "4", "--units", "120"}},
    {"-8ary", {"--latent", "categorical", "--categories", "8", "--units", "80"}}};

std::vector<Preset> make_presets() {
  std::vector<Preset> list;
  const Arguments binary{"--latent", "binary", "--units", "200"};
  const std::vector<Architecture> densities{{"200H-784V", binary + linear + linear_training},
                                            {"200H-200H-784V", binary + linear + two_layers + linear_training},
                                            {"200H~784V", binary + nonlinear + nonlinear_training},
                                            {"200H~200H~784V", binary + nonlinear + two_layers + nonlinear_training}};
  for (const Architecture& model : densities) {
    for (const auto& [suffix, m] : sample_counts)
      list.push_back({"paper/" + std::string(model.name) + suffix, model.arguments + m});
  }
  // Integrated, the KL term of many categorical units costs more than the rest of a step: so it is sampled, of all
  // arities alike.
  const Arguments coded = nonlinear + Arguments{"--kl", "relaxed"} + nonlinear_training;
  const std::vector<Architecture> codes{{"240H~784V", coded}, {"240H~240H~784V", coded + two_layers}};
  for (const Architecture& model : codes) {
    for (const auto& [suffix, units] : arities) {
      list.push_back({"paper/" + std::string(model.name) + suffix, model.arguments + units});
    }
  }
  const Arguments prediction = Arguments{"--task", "prediction"} + linear + two_layers + linear_training;
  for (const auto& [arity, units] : arities) {
    for (const auto& [suffix, m] : sample_counts) {
      list.push_back({"paper/392V-240H-240H-392V" + arity + suffix, prediction + units + m});
    }
  }
  for (Preset& preset : list) preset.arguments = preset.arguments + measuring;
  return list;
}

}  // namespace

const std::vector<Preset>& presets() {
  static const std::vector<Preset> list = make_presets();
  return list;
}

const Preset& find_preset(const std::string& name) {
  const auto found =
      std::find_if(presets().begin(), presets().end(), [&](const Preset& preset) { return preset.name == name; });
  if (found != presets().end()) return *found;
  throw UsageError("--preset '" + name + "' is not one of those that --list-presets lists");
}

}  // namespace vae
