#pragma once

namespace vae {

/// From now on the first Ctrl-C or SIGTERM only sets a flag, so that the program can finish its step and save. The
/// second one kills at once.
void catch_interruptions();

bool interrupted();

}  // namespace vae
