#include "vae/command_line.hpp"

#include <string>
#include <vector>

#include "catch.hpp"
#include "vae/error.hpp"

using Catch::Matchers::ContainsSubstring;

namespace {

vae::CommandLine parse(std::vector<const char*> arguments) {
  arguments.insert(arguments.begin(), "vae");
  return *vae::parse_command_line(static_cast<int>(arguments.size()), arguments.data());
}

/// What is wrong with a command line.
std::string complaint(const std::vector<const char*>& arguments) {
  try {
    parse(arguments);
  } catch (const vae::UsageError& error) {
    const std::string text = error.what();
    REQUIRE(text.find('\n') == std::string::npos);
    return text;
  }
  return "";
}

}  // namespace

TEST_CASE("command line: values arrive", "[vae]") {
  const vae::CommandLine c = parse({"--latent",
                                    "categorical",
                                    "--units=20",
                                    "--categories",
                                    "10",
                                    "--layers",
                                    "linear",
                                    "--kl",
                                    "relaxed-mass",
                                    "--samples",
                                    "5",
                                    "--steps",
                                    "123",
                                    "--batch",
                                    "32",
                                    "--learning-rate",
                                    "3e-4",
                                    "--seed",
                                    "18446744073709551615",
                                    "--anneal",
                                    "1e-5",
                                    "--out",
                                    "somewhere",
                                    "--evaluation-samples",
                                    "7",
                                    "--evaluation-stride",
                                    "10",
                                    "--stochastic-layers",
                                    "2",
                                    "--schedule",
                                    "cosine",
                                    "--hold-out",
                                    "99",
                                    "--validation-samples",
                                    "33"});
  CHECK(c.run.latent.kind == vae::LatentKind::categorical);
  CHECK(c.run.latent.units == 20);
  CHECK(c.run.latent.categories == 10);
  CHECK(c.run.layers == vae::LayerKind::linear);
  CHECK(c.run.objective.kl == vae::KlTreatment::relaxed_mass);
  CHECK(c.run.objective.samples == 5);
  CHECK(c.run.steps == 123);
  CHECK(c.run.learning_rate == 3e-4);
  CHECK(c.run.seed == 18446744073709551615U);
  CHECK(c.run.anneal == 1e-5);
  CHECK(c.run.evaluation_samples == 7);
  CHECK(c.run.evaluation_stride == 10);
  CHECK(c.run.stochastic_layers == 2);
  CHECK(c.run.schedule == vae::Schedule::cosine);
  CHECK(c.run.hold_out == 99);
  CHECK(c.run.validation_samples == 33);
  CHECK(c.run.task == vae::Task::autoencoding);
  CHECK(parse({"--task", "prediction"}).run.task == vae::Task::prediction);
  CHECK(c.out == "somewhere");
  CHECK(c.has("--units"));
  CHECK_FALSE(c.has("--threads"));
}

TEST_CASE("command line: temperatures are the paper's unless given", "[vae]") {
  CHECK(parse({}).run.posterior_temperature == 2.0 / 3);
  CHECK(parse({}).run.prior_temperature == 0.5);
  const vae::CommandLine four = parse({"--latent", "categorical", "--categories", "4", "--prior-temperature", "0.3"});
  CHECK(four.run.posterior_temperature == 1);
  CHECK(four.run.prior_temperature == 0.3);
}

TEST_CASE("command line: the KL term is exact where the bound allows it, unless given", "[vae]") {
  const char* latent = GENERATE("binary", "categorical");
  const auto treatment = [&](std::vector<const char*> arguments) {
    arguments.insert(arguments.end(), {"--latent", latent});
    return parse(arguments).run.objective.kl;
  };
  CHECK(treatment({}) == vae::KlTreatment::exact);
  CHECK(treatment({"--samples", "1"}) == vae::KlTreatment::exact);
  CHECK(treatment({"--samples", "2"}) == vae::KlTreatment::relaxed);
  CHECK(treatment({"--kl", "relaxed"}) == vae::KlTreatment::relaxed);
  CHECK(treatment({"--kl", "discrete", "--samples", "2"}) == vae::KlTreatment::discrete);
  CHECK(treatment({"--samples", "1", "--kl", "exact"}) == vae::KlTreatment::exact);
  CHECK(complaint({"--latent", latent, "--kl", "exact", "--samples", "5"}) ==
        "--kl exact goes with --samples 1 only, but that was 5: --kl relaxed has the bound of more samples");
}

TEST_CASE("command line: nonsense is named", "[vae]") {
  CHECK(complaint({"--units", "0"}) == "--units must be a whole number from 1 to 10000, but was '0'");
  CHECK(complaint({"--units", "3.5"}) == "--units must be a whole number from 1 to 10000, but was '3.5'");
  CHECK(complaint({"--units", "99999999999999999999"}) ==
        "--units must be a whole number from 1 to 10000, but was '99999999999999999999'");
  CHECK(complaint({"--posterior-temperature", "-1"}) ==
        "--posterior-temperature must be a number from 1e-06 to 1e+06, but was '-1'");
  CHECK(complaint({"--prior-temperature", "nan"}) ==
        "--prior-temperature must be a number from 1e-06 to 1e+06, but was 'nan'");
  CHECK(complaint({"--prior-temperature", "inf"}).find("but was 'inf'") != std::string::npos);
  CHECK(complaint({"--prior-temperature", "1e9"}).find("but was '1e9'") != std::string::npos);
  CHECK(complaint({"--learning-rate", ""}).find("but was ''") != std::string::npos);
  CHECK(complaint({"--learning-rate", "1e-3x"}).find("but was '1e-3x'") != std::string::npos);
  CHECK(complaint({"--kl", "20"}) == "--kl must be one of exact|relaxed|relaxed-mass|discrete, but was '20'");
  CHECK(complaint({"--stochastic-layers", "17"}) ==
        "--stochastic-layers must be a whole number from 1 to 16, but was '17'");
  CHECK(complaint({"--schedule", "linear"}) == "--schedule must be one of constant|cosine, but was 'linear'");
  CHECK(complaint({"--task", "both"}) == "--task must be one of autoencoding|prediction, but was 'both'");
  CHECK(complaint({"--hold-out", "0"}).find("--hold-out must be a whole number from 1 to ") == 0);
  CHECK(complaint({"--latent", "0"}) == "--latent must be one of binary|categorical, but was '0'");
}

TEST_CASE("command line: options that do not go together", "[vae]") {
  CHECK(complaint({"--steps", "5", "--epochs", "6"}) == "--epochs excludes --steps");
  CHECK(complaint({"--resume", "--overwrite"}) == "--resume excludes --overwrite");
  CHECK(complaint({"--kl", "relaxed", "--task", "prediction"}) ==
        "--task prediction has no KL term: leave out --kl, or the preset that sets it");
  CHECK(complaint({"--categories", "4"}) == "--categories goes with --latent categorical only");
  CHECK(complaint({"--task", "prediction", "--prior-temperature", "1"}) ==
        "--task prediction has no prior: leave out --prior-temperature");
  CHECK(complaint({"--resume", "--preset", "paper/200H-784V-m1"}) ==
        "--resume keeps the run's options: leave out --preset");
  CHECK_THAT(complaint({"--speed", "3"}), ContainsSubstring("--speed"));
  CHECK_THAT(complaint({"extra"}), ContainsSubstring("extra"));
  CHECK_THAT(complaint({"--units"}), ContainsSubstring("--units"));
}

TEST_CASE("command line: a continued run keeps its options", "[vae]") {
  const vae::RunOptions saved = parse({"--units", "20", "--steps", "50", "--learning-rate", "0.002"}).run;
  const vae::RunOptions same = vae::continued_options(parse({"--resume"}), saved);
  CHECK(same.latent.units == 20);
  CHECK(same.learning_rate == 0.002);
  CHECK(vae::continued_options(parse({"--resume", "--units", "20"}), saved).latent.units == 20);
  const vae::RunOptions relaxed = parse({"--kl", "relaxed"}).run;
  CHECK(vae::continued_options(parse({"--resume"}), relaxed).objective.kl == vae::KlTreatment::relaxed);
  const auto contradiction = [&](std::vector<const char*> arguments) {
    arguments.push_back("--resume");
    const vae::CommandLine command = parse(arguments);
    try {
      vae::continued_options(command, saved);
    } catch (const vae::UsageError& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  CHECK(contradiction({"--units", "21"}) == "--units 21 contradicts the checkpoint's 20");
  CHECK(contradiction({"--latent", "categorical"}) == "--latent categorical contradicts the checkpoint's binary");
  CHECK(contradiction({"--learning-rate", "0.001"}) == "--learning-rate 0.001 contradicts the checkpoint's 0.002");
  CHECK(contradiction({"--kl", "relaxed"}) == "--kl relaxed contradicts the checkpoint's exact");
  CHECK(contradiction({"--samples", "2"}) == "--samples 2 contradicts the checkpoint's 1");
  CHECK(contradiction({"--seed", "2"}) == "--seed 2 contradicts the checkpoint's 1");
  CHECK(contradiction({"--anneal", "0.1"}) == "--anneal 0.1 contradicts the checkpoint's 0");
  CHECK(contradiction({"--stochastic-layers", "2"}) == "--stochastic-layers 2 contradicts the checkpoint's 1");
  CHECK(contradiction({"--task", "prediction"}) == "--task prediction contradicts the checkpoint's autoencoding");
  CHECK(contradiction({"--schedule", "cosine"}) == "--schedule cosine contradicts the checkpoint's constant");
  CHECK(contradiction({"--hold-out", "2"}) == "--hold-out 2 contradicts the checkpoint's 0");
  CHECK(contradiction({"--validation-samples", "2"}) == "--validation-samples 2 contradicts the checkpoint's 50");
  CHECK(contradiction({"--evaluation-samples", "5", "--checkpoint-every", "9", "--threads", "2"}).empty());
}

TEST_CASE("command line: how long to train", "[vae]") {
  vae::RunOptions options = parse({"--batch", "64"}).run;
  CHECK(vae::total_steps(parse({"--epochs", "2"}), options, 100, 0) == 4);  // 200 images, the last batch not full
  CHECK(vae::total_steps(parse({"--steps", "9"}), options, 100, 0) == 9);
  CHECK(vae::total_steps(parse({}), options, 100, 0) > 0);
  options.steps = 50;  // as the checkpoint says
  CHECK(vae::total_steps(parse({"--resume"}), options, 100, 20) == 50);
  CHECK(vae::total_steps(parse({"--resume", "--steps", "80"}), options, 100, 20) == 80);
  CHECK(vae::total_steps(parse({"--resume", "--epochs", "64"}), options, 100, 20) == 100);
  CHECK_THROWS_WITH(vae::total_steps(parse({"--resume", "--steps", "19"}), options, 100, 20),
                    "--steps 19 is less than the 20 steps already done");
  CHECK_THROWS_WITH(vae::total_steps(parse({"--resume", "--epochs", "1"}), options, 100, 20),
                    "--epochs 1 makes 2 steps, less than the 20 already done");
}
