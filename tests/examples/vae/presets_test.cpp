#include "vae/presets.hpp"

#include <map>
#include <set>

#include "catch.hpp"
#include "vae/command_line.hpp"
#include "vae/error.hpp"

namespace {

vae::CommandLine parse(const std::vector<std::string>& arguments) {
  std::vector<const char*> argv{"vae"};
  for (const std::string& argument : arguments) argv.push_back(argument.c_str());
  return *vae::parse_command_line(static_cast<int>(argv.size()), argv.data());
}

vae::RunOptions options_of(const std::string& preset) { return parse({"--preset", preset}).run; }

/// How the paper writes the layers of latent and visible units.
void check_architecture(const vae::RunOptions& run, vae::LayerKind layers, int stochastic_layers, vae::Task task) {
  CHECK(run.layers == layers);
  CHECK(run.stochastic_layers == stochastic_layers);
  CHECK(run.task == task);
}

void check_latent(const vae::RunOptions& run, vae::LatentKind kind, int categories, int units, double posterior,
                  double prior) {
  CHECK(run.latent.kind == kind);
  if (kind == vae::LatentKind::categorical) CHECK(run.latent.categories == categories);
  CHECK(run.latent.units == units);
  CHECK(run.posterior_temperature == posterior);
  CHECK(run.prior_temperature == prior);
}

void check_200_bits(const vae::RunOptions& run) {
  check_latent(run, vae::LatentKind::binary, 2, 200, 2.0 / 3, 1.0 / 2);
}

/// 240 bits in units of one, two or three, with the temperatures that the paper found for each.
void check_240_bits(const vae::RunOptions& run, const std::string& arity) {
  if (arity == "-binary") check_latent(run, vae::LatentKind::binary, 2, 240, 2.0 / 3, 1.0 / 2);
  if (arity == "-4ary") check_latent(run, vae::LatentKind::categorical, 4, 120, 1, 2.0 / 3);
  if (arity == "-8ary") check_latent(run, vae::LatentKind::categorical, 8, 80, 2.0 / 3, 2.0 / 5);
  CHECK(vae::code_bits(run.latent) * run.latent.units == 240);
}

const std::map<std::string, int> samples{{"-m1", 1}, {"-m5", 5}, {"-m50", 50}};
const std::set<std::string> arities{"-binary", "-4ary", "-8ary"};

constexpr auto linear = vae::LayerKind::linear, nonlinear = vae::LayerKind::nonlinear;
constexpr auto autoencoding = vae::Task::autoencoding, prediction = vae::Task::prediction;

}  // namespace

TEST_CASE("presets: every one is a command line, and has a name of its own", "[vae]") {
  std::set<std::string> names;
  for (const vae::Preset& preset : vae::presets()) {
    INFO(preset.name);
    CHECK(names.insert(preset.name).second);
    CHECK(preset.name.find(' ') == std::string::npos);
    CHECK_NOTHROW(parse(preset.arguments));
    // The name stands for the arguments.
    const vae::RunOptions named = options_of(preset.name), spelled = parse(preset.arguments).run;
    std::vector<std::string> a, b;
    vae::visit_lasting_options(named, [&](const char*, auto value) { a.push_back(std::to_string(double(value))); });
    vae::visit_lasting_options(spelled, [&](const char*, auto value) { b.push_back(std::to_string(double(value))); });
    CHECK(a == b);
    CHECK(named.steps == spelled.steps);
    CHECK(named.evaluation_samples == spelled.evaluation_samples);
    CHECK(named.batch == 64);
  }
}

TEST_CASE("presets: density estimation with 200 binary units", "[vae]") {
  for (const auto& [suffix, m] : samples) {
    INFO(suffix);
    const std::map<std::string, std::pair<vae::LayerKind, int>> models{{"200H-784V", {linear, 1}},
                                                                       {"200H-200H-784V", {linear, 2}},
                                                                       {"200H~784V", {nonlinear, 1}},
                                                                       {"200H~200H~784V", {nonlinear, 2}}};
    for (const auto& [name, model] : models) {
      INFO(name);
      const vae::RunOptions run = options_of("paper/" + name + suffix);
      check_architecture(run, model.first, model.second, autoencoding);
      check_200_bits(run);
      CHECK(run.objective.samples == m);
      CHECK(run.objective.kl == (m == 1 ? vae::KlTreatment::exact : vae::KlTreatment::relaxed));
    }
  }
}

TEST_CASE("presets: 240 bits in units of 2, 4 or 8 states", "[vae]") {
  for (const std::string& arity : arities) {
    INFO(arity);
    for (const int layers : {1, 2}) {
      const vae::RunOptions run = options_of((layers == 1 ? "paper/240H~784V" : "paper/240H~240H~784V") + arity);
      check_architecture(run, nonlinear, layers, autoencoding);
      check_240_bits(run, arity);
      CHECK(run.objective.samples == 1);
      CHECK(run.objective.kl == vae::KlTreatment::relaxed);
    }
  }
}

TEST_CASE("presets: structured prediction", "[vae]") {
  for (const std::string& arity : arities) {
    for (const auto& [suffix, m] : samples) {
      INFO(arity << suffix);
      const vae::RunOptions run = options_of("paper/392V-240H-240H-392V" + arity + suffix);
      check_architecture(run, linear, 2, prediction);
      check_240_bits(run, arity);
      CHECK(run.objective.samples == m);
    }
  }
}

TEST_CASE("presets: other options override, whatever the order", "[vae]") {
  const std::string name = "paper/200H-784V-m5";
  const std::vector<std::vector<std::string>> orders{{"--preset", name, "--units", "30", "--kl", "discrete"},
                                                     {"--units", "30", "--kl", "discrete", "--preset", name},
                                                     {"--units", "30", "--preset=" + name, "--kl", "discrete"}};
  for (const auto& order : orders) {
    const vae::RunOptions run = parse(order).run;
    CHECK(run.latent.units == 30);
    CHECK(run.objective.kl == vae::KlTreatment::discrete);
    CHECK(run.objective.samples == 5);
    CHECK(run.layers == linear);
  }
  // Kinds that a preset's other options depend on.
  CHECK(parse({"--preset", name, "--samples", "1"}).run.objective.kl == vae::KlTreatment::exact);
  CHECK(parse({"--preset", name, "--latent", "categorical", "--categories", "4"}).run.posterior_temperature == 1);
  // Of two presets the last one counts, alone.
  const vae::RunOptions last = parse({"--preset", "paper/392V-240H-240H-392V-8ary-m50", "--preset", name}).run;
  CHECK(last.task == autoencoding);
  CHECK(last.latent.kind == vae::LatentKind::binary);
  CHECK(last.objective.samples == 5);
}

TEST_CASE("presets: how long to train", "[vae]") {
  const std::string name = "paper/200H-784V-m1";
  const auto steps = [](const std::vector<std::string>& arguments) {
    const vae::CommandLine command = parse(arguments);
    return vae::total_steps(command, command.run, 640, 0);
  };
  const std::int64_t own = steps({"--preset", name});
  CHECK(own > 100'000);
  CHECK(steps({"--preset", name, "--steps", "7"}) == 7);
  CHECK(steps({"--steps", "7", "--preset", name}) == 7);
  CHECK(steps({"--preset", name, "--epochs", "3"}) == 30);
  CHECK(steps({"--epochs=3", "--preset", name}) == 30);
  CHECK_THROWS_WITH(steps({"--preset", name, "--epochs", "3", "--steps", "4"}), "--epochs excludes --steps");
}

TEST_CASE("presets: names that there are not", "[vae]") {
  const auto complaint = [](const std::vector<std::string>& arguments) {
    try {
      parse(arguments);
    } catch (const vae::UsageError& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  CHECK(complaint({"--preset", "paper/200H"}) == "--preset 'paper/200H' is not one of those that --list-presets lists");
  CHECK(complaint({"--preset="}) == "--preset '' is not one of those that --list-presets lists");
  CHECK(complaint({"--units", "5", "--preset"}) == "--preset needs a name");
}
