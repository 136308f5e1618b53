#pragma once

#include <CLI/CLI.hpp>
#include <array>
#include <charconv>
#include <concepts>
#include <cstdlib>
#include <memory>
#include <set>
#include <string>
#include <system_error>
#include <type_traits>
#include <utility>

#include "vae/error.hpp"
#include "vae/model.hpp"
#include "vae/run_options.hpp"
#include "vae/text.hpp"

namespace vae {

constexpr std::array latent_names{std::pair{"binary", LatentKind::binary},
                                  std::pair{"categorical", LatentKind::categorical}};
constexpr std::array layer_names{std::pair{"linear", LayerKind::linear}, std::pair{"nonlinear", LayerKind::nonlinear}};
constexpr std::array task_names{std::pair{"autoencoding", Task::autoencoding},
                                std::pair{"prediction", Task::prediction}};
constexpr std::array schedule_names{std::pair{"constant", Schedule::constant}, std::pair{"cosine", Schedule::cosine}};
constexpr std::array kl_names{std::pair{"exact", KlTreatment::exact}, std::pair{"relaxed", KlTreatment::relaxed},
                              std::pair{"relaxed-mass", KlTreatment::relaxed_mass},
                              std::pair{"discrete", KlTreatment::discrete}};

constexpr const auto& names_of(LatentKind) { return latent_names; }
constexpr const auto& names_of(LayerKind) { return layer_names; }
constexpr const auto& names_of(Task) { return task_names; }
constexpr const auto& names_of(Schedule) { return schedule_names; }
constexpr const auto& names_of(KlTreatment) { return kl_names; }

template <class T>
concept Choice = std::is_enum_v<T>;

/// The value of an option as the user would write it.
std::string to_text(std::integral auto value) { return std::to_string(value); }
inline std::string to_text(double value) { return exact_text(value); }
std::string to_text(Choice auto value) {
  for (const auto& [name, choice] : names_of(value)) {
    if (choice == value) return name;
  }
  return "?";
}

/// The group of the options that --help leaves to --help-all.
constexpr const char* advanced = "Advanced";

/// Help that fits a screen.
class HelpFormatter : public CLI::Formatter {
 public:
  HelpFormatter() { column_width(42); }

  std::string make_help(const CLI::App* app, std::string name, CLI::AppFormatMode mode) const override {
    std::string text = app->get_description() + "\nUsage: " + name + " [OPTIONS]\n";
    const auto add = [&](const std::string& group) {
      text += make_group(group, false, app->get_options([&](const CLI::Option* o) { return o->get_group() == group; }));
    };
    for (const std::string& group : app->get_groups()) {
      if (!group.empty() && group != advanced) add(group);
    }
    if (mode == CLI::AppFormatMode::All) add(advanced);
    return text;
  }
};

/// Options with a place that their value goes to. CLI11's own conversions take 010 for eight and are terse about what
/// they reject; these say what the option may be and what it was.
class OptionParser {
 public:
  OptionParser(const std::string& name, const std::string& description) : app_(description, name) {
    app_.formatter(std::make_shared<HelpFormatter>());
    app_.option_defaults()->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  }

  CLI::App& app() { return app_; }

  /// Names of the options that were given. Those with a default are set anyway.
  const std::set<std::string>& given() const { return given_; }

  template <class Number>
  CLI::Option* number(const std::string& name, Number& value, Number least, Number most, const std::string& help) {
    const auto set = [this, name, &value, least, most](const std::string& text) {
      // Written so that a NaN is out of range too.
      if (Number number{}; parse(text, number) && number >= least && number <= most) {
        value = number;
        given_.insert(name);
        return;
      }
      throw UsageError(name + " must be " + (std::integral<Number> ? "a whole number" : "a number") + " from " +
                       to_text(least) + " to " + to_text(most) + ", but was '" + text + "'");
    };
    return app_.add_option_function<std::string>(name, set, help)
        ->type_name(std::integral<Number> ? "INT" : "FLOAT")
        ->default_str(to_text(value));
  }

  template <Choice Enum>
  CLI::Option* choice(const std::string& name, Enum& value, const std::string& help) {
    std::string choices;
    for (const auto& entry : names_of(value)) choices += (choices.empty() ? "" : "|") + std::string(entry.first);
    const auto set = [this, name, &value, choices](const std::string& text) {
      for (const auto& [word, meaning] : names_of(value)) {
        if (text != word) continue;
        value = meaning;
        given_.insert(name);
        return;
      }
      throw UsageError(name + " must be one of " + choices + ", but was '" + text + "'");
    };
    return app_.add_option_function<std::string>(name, set, help)->type_name(choices)->default_str(to_text(value));
  }

 private:
  static bool parse(const std::string& text, std::integral auto& value) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc() && end == text.data() + text.size();
  }
  static bool parse(const std::string& text, double& value) {
    char* end = nullptr;
    value = std::strtod(text.c_str(), &end);
    return !text.empty() && *end == '\0';
  }

  CLI::App app_;
  std::set<std::string> given_;
};

}  // namespace vae
