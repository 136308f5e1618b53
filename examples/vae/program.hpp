#pragma once

namespace vae {

/// The whole program: reads the command line, trains or goes on training, evaluates, draws.
///
/// \return the exit status: 0, or 130 if interrupted
/// \throws UsageError, std::exception  with one line that says what went wrong.
int run(int argc, const char* const* argv);

}  // namespace vae
