#pragma once

namespace vae {

/// The whole program: reads the command line, trains or goes on training, evaluates, draws.
///
/// \return the exit status: 0; 1 or 2 after one line on standard error that says what went wrong, 2 if the command line
///         has to be changed; 130 if interrupted
int run(int argc, char** argv);

}  // namespace vae
