#pragma once

namespace vae {

/// From now on the first Ctrl-C, SIGTERM or loss of the terminal only sets a flag, so that the program can finish its
/// step and save. The second one kills at once. What the program was started to ignore, it ignores.
void catch_interruptions();

/// May be called by any thread.
bool interrupted();

}  // namespace vae
