// Writes the words of concrete::Engine to the standard output for as long as anybody reads them, for batteries of tests
// that take hours and so are no part of the suite:
//
//   engine_words [seed [streams]] | dieharder -a -g 200
//
// With several streams the words come from each of them in turn, which is how a relation between streams would show.

#include <array>
#include <cstdint>
#include <cstdio>
#include <span>
#include <string>
#include <vector>

#include "concrete/noise/engine.hpp"

int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  const std::uint64_t seed = arguments.empty() ? concrete::Engine::default_seed : std::stoull(arguments[0]);
  const std::size_t streams = arguments.size() < 2 ? 1 : std::stoul(arguments[1]);

  std::vector<concrete::Engine> engines;
  for (std::size_t stream = 0; stream < streams; ++stream) engines.emplace_back(seed, stream);

  constexpr std::size_t rounds = 1024;
  std::array<std::uint32_t, rounds> words;
  std::vector<std::uint32_t> interleaved(rounds * streams);
  do {
    for (std::size_t stream = 0; stream < streams; ++stream) {
      engines[stream].fill(words);
      for (std::size_t round = 0; round < rounds; ++round) interleaved[round * streams + stream] = words[round];
    }
  } while (std::fwrite(interleaved.data(), sizeof(std::uint32_t), interleaved.size(), stdout) == interleaved.size());
}
