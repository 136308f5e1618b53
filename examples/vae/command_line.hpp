#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <set>
#include <string>

#include "vae/run_options.hpp"

namespace vae {

/// What the user asked for.
struct CommandLine {
  RunOptions run;
  std::set<std::string> given;  ///< names of the options that were there; the values of the others are defaults
  std::int64_t epochs = 0;      ///< used unless --steps was given
  std::filesystem::path out;
  int threads = 1;
  bool resume = false;
  bool overwrite = false;

  bool has(const std::string& name) const { return given.count(name) != 0; }
};

/// \return  nothing if --help or --version was all that was wanted, and has been printed.
/// \throws UsageError  one line that names the option and says what is wrong with it.
std::optional<CommandLine> parse_command_line(int argc, const char* const* argv);

/// \throws UsageError  if options that were read from a file are none that a command line could have set.
void check_options(const RunOptions& saved);

/// The options of a run that is continued: its checkpoint's, with what the command line may change.
///
/// \throws UsageError  if an option that was given contradicts the checkpoint.
RunOptions continued_options(const CommandLine& command, const RunOptions& saved);

/// How many steps to train altogether, whether given as steps or as epochs, or else the checkpoint's number.
///
/// \throws UsageError  if that is less than what has been done already.
std::int64_t total_steps(const CommandLine& command, const RunOptions& options, Index train_images,
                         std::int64_t steps_done);

}  // namespace vae
