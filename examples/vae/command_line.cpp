#include "vae/command_line.hpp"

#include <algorithm>
#include <concrete/training/temperature.hpp>
#include <concrete/version.hpp>
#include <iostream>
#include <limits>
#include <map>
#include <string>
#include <vector>

#include "vae/error.hpp"
#include "vae/option_parser.hpp"
#include "vae/presets.hpp"
#include "vae/progress.hpp"

namespace vae {
namespace {

constexpr std::int64_t default_epochs = 1200;
constexpr std::int64_t trillion = 1'000'000'000'000;

std::string version_text() {
  return "vae " + std::to_string(CONCRETE_VERSION_MAJOR) + "." + std::to_string(CONCRETE_VERSION_MINOR) + "." +
         std::to_string(CONCRETE_VERSION_PATCH);
}

void add_model_options(OptionParser& parser, RunOptions& run) {
  constexpr const char* group = "Model";
  parser.choice("--latent", run.latent.kind, "Kind of the latent variables")->group(group);
  parser.number<Index>("--units", run.latent.units, 1, 10'000, "Latent variables")->group(group);
  parser.number<Index>("--categories", run.latent.categories, 2, 4096, "States of a categorical one")->group(group);
  parser.choice("--layers", run.layers, "One affine layer, or two of tanh and one")->group(group);
  parser.number<std::int64_t>("--stochastic-layers", run.stochastic_layers, 1, 16, "Layers of latent variables")
      ->group(advanced);
  parser.choice("--task", run.task, "Model images, or predict their lower halves from the upper ones")->group(advanced);
}

void add_objective_options(OptionParser& parser, RunOptions& run) {
  constexpr const char* paper_temperature = "the paper's for this many states";
  parser
      .choice("--kl", run.objective.kl,
              "KL term: of the relaxed variables, integrated (exact) or sampled (relaxed), of the masses\n"
              "of the discrete ones at relaxed samples, or of the discrete ones: eq. 20, 20, 21 and 22\n"
              "of Maddison, Mnih and Teh")
      ->group(advanced)
      ->default_str("exact for one sample, relaxed for more");
  parser.number<Index>("--samples", run.objective.samples, 1, 10'000, "m of the importance-weighted bound L_m")
      ->group(advanced);
  parser.number("--posterior-temperature", run.posterior_temperature, 1e-6, 1e6, "Of the relaxed posterior")
      ->group(advanced)
      ->default_str(paper_temperature);
  parser.number("--prior-temperature", run.prior_temperature, 1e-6, 1e6, "Of the relaxed prior")
      ->group(advanced)
      ->default_str(paper_temperature);
  parser
      .number("--anneal", run.anneal, 1e-12, 1.0,
              "Lower the posterior's temperature to max(--posterior-temperature, exp(-RATE * step)),\n"
              "anew every 500 steps")
      ->group(advanced)
      ->type_name("RATE")
      ->default_str("off");
}

void add_training_options(OptionParser& parser, CommandLine& command) {
  using I = std::int64_t;
  constexpr const char* group = "Training";
  RunOptions& run = command.run;
  CLI::Option* epochs =
      parser.number<I>("--epochs", command.epochs, 1, 1'000'000'000, "Passes over the training images")->group(group);
  parser.number<I>("--steps", run.steps, 1, trillion, "Batches, in place of --epochs")
      ->group(group)
      ->default_str("")
      ->excludes(epochs);
  parser.number<I>("--batch", run.batch, 1, 1'000'000, "Images of a batch")->group(group);
  parser.number("--learning-rate", run.learning_rate, 1e-12, 1e38, "Of Adam")->group(group);
  parser.number<std::uint64_t>("--seed", run.seed, 0, std::numeric_limits<std::uint64_t>::max(), "Of all randomness")
      ->group(group);
  parser.number<int>("--threads", command.threads, 1, 1024, "Results do not depend on it")->group(group);
  parser.choice("--schedule", run.schedule, "Keep the learning rate, or lower it to 0 along half a cosine")
      ->group(advanced);
}

void add_output_options(OptionParser& parser, CommandLine& command) {
  using I = std::int64_t;
  constexpr const char* group = "Output";
  RunOptions& run = command.run;
  parser.app()
      .add_option("--out", command.out, "Folder of pictures, metrics.csv and checkpoint.bin")
      ->type_name("DIR")
      ->group(group)
      ->capture_default_str();
  parser.app().add_flag("--resume", command.resume, "Continue the run in --out, with its options")->group(group);
  parser.app()
      .add_flag("--overwrite", command.overwrite, "Start anew even if --out holds a run")
      ->group(group)
      ->excludes("--resume");
  parser.number<I>("--interval", run.interval, 1, trillion, "Steps between two rows of metrics.csv")->group(advanced);
  parser.number<I>("--checkpoint-every", run.checkpoint_every, 1, trillion, "Steps between two checkpoints")
      ->group(advanced);
  parser.number<I>("--evaluation-samples", run.evaluation_samples, 1, 1'000'000, "m of L_m on the test images")
      ->group(advanced);
  parser.number<I>("--evaluation-stride", run.evaluation_stride, 1, trillion, "Evaluate every k-th test image only")
      ->group(advanced);
  parser.number<I>("--hold-out", run.hold_out, 1, trillion, "Keep the last N training images for validation")
      ->type_name("N")
      ->group(advanced)
      ->default_str("0");
  parser
      .number<I>("--validation-samples", run.validation_samples, 1, 1'000'000,
                 "m of L_m on 1000 validation images at each row of metrics;\nthe best model is kept")
      ->group(advanced);
}

void add_options(OptionParser& parser, CommandLine& command) {
  add_model_options(parser, command.run);
  add_objective_options(parser, command.run);
  add_training_options(parser, command);
  add_output_options(parser, command);
}

void require_no_extras(const std::vector<std::string>& extras) {
  if (extras.empty()) return;
  std::string list;
  for (const std::string& extra : extras) list += " '" + extra + "'";
  throw UsageError("there is no option" + list + ": --help lists them");
}

void fill_in_temperatures(CommandLine& command) {
  RunOptions& run = command.run;
  const bool binary = run.latent.kind == LatentKind::binary;
  const auto recommended = concrete::recommended_temperatures(binary ? 2 : static_cast<int>(run.latent.categories));
  if (!command.has("--posterior-temperature")) run.posterior_temperature = recommended.posterior;
  if (!command.has("--prior-temperature")) run.prior_temperature = recommended.prior;
}

void fill_in_kl(CommandLine& command) {
  Objective& objective = command.run.objective;
  if (command.run.task == Task::prediction && command.has("--kl")) {
    throw UsageError("--task prediction has no KL term: leave out --kl, or the preset that sets it");
  }
  if (!command.has("--kl")) {
    objective.kl = objective.samples == 1 ? KlTreatment::exact : KlTreatment::relaxed;
  } else if (objective.kl == KlTreatment::exact && objective.samples != 1) {
    // L_m weighs the samples by their own log q - log p, which the integral has not.
    throw UsageError("--kl exact goes with --samples 1 only, but that was " + std::to_string(objective.samples) +
                     ": --kl relaxed has the bound of more samples");
  }
}

/// An option that has no effect is a mistake.
void check_model_options(const CommandLine& command) {
  if (command.has("--categories") && command.run.latent.kind == LatentKind::binary) {
    throw UsageError("--categories goes with --latent categorical only");
  }
  if (command.has("--prior-temperature") && command.run.task == Task::prediction) {
    throw UsageError("--task prediction has no prior: leave out --prior-temperature");
  }
}

/// Takes an option and its value out of a preset's.
void remove_option(std::vector<std::string>& arguments, const std::string& name) {
  const auto found = std::find(arguments.begin(), arguments.end(), name);
  if (found != arguments.end()) arguments.erase(found, found + 2);
}

/// The command line with a preset's options in place of its name, before all others: the last one counts.
std::vector<std::string> with_preset(int argc, const char* const* argv) {
  std::vector<std::string> given(argv + 1, argv + argc), all;
  for (std::size_t k = 0; k < given.size(); ++k) {
    const std::string name = "--preset";
    if (given[k] != name && given[k].compare(0, name.size() + 1, name + '=') != 0) continue;
    const bool apart = given[k] == name;
    if (apart && k + 1 == given.size()) throw UsageError("--preset needs a name");
    all = find_preset(apart ? given[k + 1] : given[k].substr(name.size() + 1)).arguments;
  }
  const auto is_epochs = [](const std::string& word) { return word.compare(0, 8, "--epochs") == 0; };
  if (std::any_of(given.begin(), given.end(), is_epochs)) remove_option(all, "--steps");
  all.insert(all.end(), given.begin(), given.end());
  return all;
}

void print_presets() {
  for (const Preset& preset : presets()) {
    std::cout << preset.name << "\n   ";
    for (const std::string& argument : preset.arguments) std::cout << ' ' << argument;
    std::cout << '\n';
  }
  require_printed();
}

}  // namespace

std::optional<CommandLine> parse_command_line(int argc, const char* const* argv) {
  CommandLine command;
  command.out = "vae-out";
  command.epochs = default_epochs;
  OptionParser parser("vae",
                      "Trains a variational auto-encoder with discrete latent variables, evaluates it and draws.");
  CLI::App& app = parser.app();
  app.set_help_flag("-h,--help", "Print the options that most runs need, and exit");
  app.set_help_all_flag("--help-all", "Print all options, and exit");
  app.set_version_flag("--version", version_text(), "Print the version, and exit");
  app.add_option("--data", command.run.data,
                 "Folder of IDX files *train-images*, *t10k-images*\n(default: digits among the sources)")
      ->type_name("DIR");
  std::string preset;  // with_preset() has put its options in
  app.add_option("--preset", preset, "Options of an experiment of the paper; others override")->type_name("NAME");
  bool list_presets = false;
  app.add_flag("--list-presets", list_presets, "Print the presets, and exit");
  add_options(parser, command);
  app.allow_extras();  // CLI11 would list them in reverse
  try {
    std::vector<std::string> words = with_preset(argc, argv);
    std::reverse(words.begin(), words.end());  // as CLI11 wants them
    app.parse(words);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() != 0) throw UsageError(error.what());
    app.exit(error);  // prints the help or the version
    require_printed();
    return std::nullopt;
  }
  require_no_extras(app.remaining());
  if (list_presets) {
    print_presets();
    return std::nullopt;
  }
  command.given = parser.given();
  if (command.out.empty()) throw UsageError("--out must name a folder, but was ''");
  if (app.count("--data") != 0) {
    if (command.run.data.empty()) throw UsageError("--data must name a folder, but was ''");
    command.given.insert("--data");
    // A run may be continued from another working directory.
    command.run.data = std::filesystem::absolute(command.run.data).lexically_normal().string();
  }
  if (command.resume) {
    if (!preset.empty()) throw UsageError("--resume keeps the run's options: leave out --preset");
    return command;
  }
  check_model_options(command);
  fill_in_temperatures(command);
  fill_in_kl(command);
  return command;
}

void check_options(const RunOptions& saved) {
  CommandLine command;
  OptionParser parser("vae", "");
  add_options(parser, command);
  std::vector<std::string> words;  // in reverse order, as CLI11 wants them
  const auto add = [&](const std::string& name, const auto& value) {
    words.push_back(to_text(value));
    words.push_back(name);
  };
  visit_lasting_options(saved, [&](const std::string& name, const auto& value) {
    const bool off = (name == "--anneal" && saved.anneal == 0) || (name == "--hold-out" && saved.hold_out == 0);
    const bool unused = (name == "--categories" && saved.latent.kind == LatentKind::binary) ||
                        ((name == "--kl" || name == "--prior-temperature") && saved.task == Task::prediction);
    if (!off && !unused) add(name, value);
  });
  add("--steps", saved.steps);
  add("--evaluation-samples", saved.evaluation_samples);
  add("--checkpoint-every", saved.checkpoint_every);
  parser.app().parse(words);
  command.given = parser.given();
  check_model_options(command);
  fill_in_kl(command);
}

RunOptions continued_options(const CommandLine& command, const RunOptions& saved) {
  std::map<std::string, std::string> saved_values;
  visit_lasting_options(saved, [&](const char* name, const auto& value) { saved_values[name] = to_text(value); });
  visit_lasting_options(command.run, [&](const std::string& name, const auto& value) {
    if (command.has(name) && to_text(value) != saved_values[name]) {
      throw UsageError(name + " " + to_text(value) + " contradicts the checkpoint's " + saved_values[name]);
    }
  });
  RunOptions options = saved;
  if (command.has("--data")) options.data = command.run.data;
  if (command.has("--checkpoint-every")) options.checkpoint_every = command.run.checkpoint_every;
  if (command.has("--evaluation-samples")) options.evaluation_samples = command.run.evaluation_samples;
  return options;
}

std::int64_t total_steps(const CommandLine& command, const RunOptions& options, Index train_images,
                         std::int64_t steps_done) {
  std::int64_t steps = options.steps;  // a continued run's number
  if (command.has("--steps")) {
    steps = command.run.steps;
  } else if (command.has("--epochs") || steps == 0) {
    steps = (command.epochs * train_images + options.batch - 1) / options.batch;
  }
  if (steps < steps_done) {
    const std::string done = std::to_string(steps_done);
    if (command.has("--steps")) {
      throw UsageError("--steps " + std::to_string(steps) + " is less than the " + done + " steps already done");
    }
    throw UsageError("--epochs " + std::to_string(command.epochs) + " makes " + std::to_string(steps) +
                     " steps, less than the " + done + " already done");
  }
  return steps;
}

}  // namespace vae
