// Prints the worst errors of every function, in eps of the type relative to the conditioning of its formula, as a
// Markdown table: float · double. With a file that bench/peers/accuracy_torch.py wrote, PyTorch's stand beside them.

#include <cstdio>
#include <fstream>
#include <iostream>
#include <map>
#include <string>

#include "accuracy/tally.hpp"

namespace {

using testing::Tally;

struct PeerResult {
  std::string ordinary = "–";  // worst error
  std::string wrong = "–";     // share of points that are NaN, a wrong infinity or off by more than 64 eps
};

/// (distribution, function) -> what the peer reached in float and in double.
using PeerResults = std::map<Tally::Function, std::array<PeerResult, 2>>;

/// Lines of "distribution<tab>function<tab>float|double<tab>ordinary<tab>wrong".
PeerResults read_peer(const char* path) {
  PeerResults results;
  std::ifstream file(path);
  if (!file) throw std::runtime_error(std::string("cannot read ") + path);
  std::string distribution, function, scalar, ordinary, wrong;
  while (std::getline(file, distribution, '\t') && std::getline(file, function, '\t') &&
         std::getline(file, scalar, '\t') && std::getline(file, ordinary, '\t') && std::getline(file, wrong)) {
    results[{distribution, function}][scalar == "double" ? 1 : 0] = {ordinary, wrong};
  }
  return results;
}

std::string text_of(double error) {
  if (error < 0) return "–";
  char text[32];
  std::snprintf(text, sizeof text, "%.1f", error);
  return text;
}

template <class T>
Tally tally_of() {
  Tally tally;
  testing::measure<T>([&](const testing::Observation<T>& observation) { tally.add(observation); });
  return tally;
}

void print(const Tally& of_float, const Tally& of_double, const PeerResults& peer) {
  std::cout << "| | ordinary | t ≤ 1e-3 or ≥ 1e3 | logits ≥ 50 | masks | boundary | n > 1000 |"
            << (peer.empty() ? "" : " PyTorch, ordinary | PyTorch, wrong |") << "\n|---|---|---|---|---|---|---|"
            << (peer.empty() ? "" : "---|---|") << '\n';
  std::string last;
  for (const Tally::Function& function : of_float.functions()) {
    if (function.first != last)
      std::cout << "| **" << function.first << "** | | | | | | |" << (peer.empty() ? "" : " | |") << '\n';
    last = function.first;
    std::cout << "| " << function.second << " |";
    for (std::size_t regime = 0; regime < testing::regime_count; ++regime) {
      const double single = of_float.worst(function)[regime], twice = of_double.worst(function)[regime];
      std::cout << ' ' << text_of(single) << (single < 0 ? "" : " · " + text_of(twice)) << " |";
    }
    if (const auto found = peer.find(function); found != peer.end()) {
      const auto& [in_float, in_double] = found->second;
      std::cout << ' ' << in_float.ordinary << " · " << in_double.ordinary << " | " << in_float.wrong << " · "
                << in_double.wrong << " |";
    } else if (!peer.empty()) {
      std::cout << " – | – |";
    }
    std::cout << '\n';
  }
}

}  // namespace

int main(int count, char** arguments) try {
  if (count > 2) throw std::runtime_error("usage: accuracy_table [results of bench/peers/accuracy_torch.py]");
  const PeerResults peer = count == 2 ? read_peer(arguments[1]) : PeerResults{};
  print(tally_of<float>(), tally_of<double>(), peer);
} catch (const std::exception& error) {
  std::cerr << "accuracy_table: " << error.what() << '\n';
  return 1;
}
