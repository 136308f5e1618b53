#include "vae/checkpoint.hpp"

#include "vae/container.hpp"

namespace vae {
namespace {

constexpr FileKind checkpoint_kind{"vae-ckpt", "a checkpoint", 3};

}  // namespace

void write_checkpoint(const std::filesystem::path& path, const RunState& state) {
  write_object(path, checkpoint_kind, state);
}

RunState read_checkpoint(const std::filesystem::path& path) { return read_object<RunState>(path, checkpoint_kind); }

}  // namespace vae
