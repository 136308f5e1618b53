#include "vae/interruption.hpp"

#include <csignal>

namespace vae {
namespace {

volatile std::sig_atomic_t flag = 0;

extern "C" void note_interruption(int signal) {
  flag = 1;
  std::signal(signal, SIG_DFL);
}

}  // namespace

void catch_interruptions() {
  std::signal(SIGINT, note_interruption);
  std::signal(SIGTERM, note_interruption);
}

bool interrupted() { return flag != 0; }

}  // namespace vae
