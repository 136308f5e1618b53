#pragma once

#include <filesystem>

#include "vae/run_state.hpp"

namespace vae {

/// Puts the state in the place of the checkpoint before it, all or nothing (write_file_atomically). The same state
/// gives the same bytes on every machine.
///
/// \throws std::runtime_error  one line that names the file and what is wrong.
void write_checkpoint(const std::filesystem::path& path, const RunState& state);

/// \throws std::runtime_error  one line that names the file and says whether it is missing, no checkpoint, of another
///                             version, truncated or damaged.
RunState read_checkpoint(const std::filesystem::path& path);

}  // namespace vae
