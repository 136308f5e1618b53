#include "vae/interruption.hpp"

#include <atomic>
#include <csignal>

namespace vae {
namespace {

std::atomic<bool> flag = false;
static_assert(std::atomic<bool>::is_always_lock_free, "a signal handler must not wait for a lock");

extern "C" void note_interruption(int signal) {
  flag = true;
  std::signal(signal, SIG_DFL);
}

}  // namespace

void catch_interruptions() {
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    if (std::signal(signal, note_interruption) == SIG_IGN) std::signal(signal, SIG_IGN);
  }
}

bool interrupted() { return flag; }

}  // namespace vae
