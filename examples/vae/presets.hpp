#pragma once

#include <string>
#include <vector>

namespace vae {

/// A name for a list of options.
struct Preset {
  std::string name;
  std::vector<std::string> arguments;  // as on the command line
};

/// The experiments of Maddison, Mnih and Teh (2017), section 5: their models, temperatures, samples and batch size. "-"
/// in a name is their "–", a linear layer, and "~" their "∼", two tanh layers and a linear one.
///
/// Their learning rates (3e-4 linear, 1e-4 nonlinear) were kept for up to 10^7 steps; here a higher one falls along half
/// a cosine, over the steps that the preset sets.
const std::vector<Preset>& presets();

/// \throws UsageError  if there is none of that name.
const Preset& find_preset(const std::string& name);

}  // namespace vae
