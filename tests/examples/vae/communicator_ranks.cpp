// communicator_ranks SIZE [abort|throw]: run as SIZE processes, of which each checks what vae::Communicator does for
// it. With `abort` process 1 then fails and calls abort(3), with `throw` it exits with status 4, while the others wait.

#include <cmath>
#include <cstddef>
#include <exception>
#include <iostream>
#include <limits>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

#include "vae/communicator.hpp"

namespace {

using Sizes = std::vector<std::size_t>;

void require(bool condition, const std::string& what) {
  if (!condition) throw std::runtime_error(what);
}

std::string bytes(const std::vector<float>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float)};
}

/// What a process brings to an average: numbers of many magnitudes, whose sum in float depends on the order.
std::vector<float> made_up_values(int rank, std::size_t count) {
  std::mt19937 engine(static_cast<std::mt19937::result_type>(rank + 1));
  std::uniform_int_distribution<int> mantissa(-(1 << 23), 1 << 23), exponent(0, 30);
  std::vector<float> values(count);
  for (float& value : values) value = std::ldexp(static_cast<float>(mantissa(engine)), -exponent(engine));
  return values;
}

void check_average(vae::Communicator& processes, std::size_t count) {
  const std::string at = "average of " + std::to_string(count);
  std::vector<double> sums(count, 0);
  for (int rank = 0; rank < processes.size(); ++rank) {
    const std::vector<float> values = made_up_values(rank, count);
    for (std::size_t k = 0; k < count; ++k) sums[k] += static_cast<double>(values[k]);
  }
  std::vector<float> means = made_up_values(processes.rank(), count);
  processes.average(means);
  for (std::size_t k = 0; k < count; ++k) {
    require(means[k] == static_cast<float>(sums[k] / processes.size()), at + ": wrong mean");
  }
  for (const std::string& others : processes.gather(bytes(means))) {
    require(others == bytes(means), at + ": not the same bits in every process");
  }
}

void check_average_of_special_values(vae::Communicator& processes) {
  std::vector<float> equal(1000, 0.1f);
  processes.average(equal);
  require(equal == std::vector<float>(1000, 0.1f), "average: the mean of equal values is another");

  std::vector<float> values{std::numeric_limits<float>::max(), -0.0f, 1.0f};
  if (processes.rank() == processes.size() - 1) values[2] = std::numeric_limits<float>::quiet_NaN();
  processes.average(values);
  require(values[0] == std::numeric_limits<float>::max(), "average: the sum overflows");
  require(values[1] == 0.0f && std::signbit(values[1]), "average: the sign of zero is lost");
  require(std::isnan(values[2]), "average: a value that is no number is lost");
}

void check_any(vae::Communicator& processes) {
  require(!processes.any(false), "any: set in no process");
  require(processes.any(true), "any: set in every process");
  for (int rank = 0; rank < processes.size(); ++rank) {
    require(processes.any(rank == processes.rank()), "any: set in process " + std::to_string(rank));
  }
}

/// Of another length in every process, empty in the first.
std::string made_up_text(int rank, std::size_t length) {
  std::string text(static_cast<std::size_t>(rank) * length, static_cast<char>('a' + rank));
  if (!text.empty()) text.back() = '\0';
  return text;
}

void check_texts(vae::Communicator& processes, std::size_t length) {
  const std::vector<std::string> texts = processes.gather(made_up_text(processes.rank(), length));
  require(texts.size() == (processes.is_root() ? static_cast<std::size_t>(processes.size()) : 0), "gather: how many");
  for (std::size_t rank = 0; rank < texts.size(); ++rank) {
    require(texts[rank] == made_up_text(static_cast<int>(rank), length), "gather: text " + std::to_string(rank));
  }

  const std::string roots = made_up_text(2, length);
  std::string text = processes.is_root() ? roots : made_up_text(processes.rank(), length + 1);
  processes.broadcast(text);
  require(text == roots, "broadcast: another text than process 0's");
}

void check_all(vae::Communicator& processes, int size) {
  require(processes.size() == size, "size: " + std::to_string(processes.size()));
  require(processes.is_root() == (processes.rank() == 0), "is_root");
  // Fewer values than processes, parts that differ in size, and buffers that grow and shrink.
  for (const std::size_t count : Sizes{0, 1, 2, 3, 100'003, 3, 1'000, 4'099}) check_average(processes, count);
  check_average_of_special_values(processes);
  check_any(processes);
  for (const std::size_t length : Sizes{0, 1, 1'000'000}) check_texts(processes, length);
}

void fail_in_one_process(vae::Communicator& processes) {
  if (processes.rank() == 1) throw std::runtime_error("as asked for");
  std::vector<float> values(100'000);
  for (;;) processes.average(values);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    vae::Communicator processes(argc, argv);
    const std::string failure = argc > 2 ? argv[2] : "";
    try {
      check_all(processes, std::stoi(argc > 1 ? argv[1] : "1"));
      if (!failure.empty()) fail_in_one_process(processes);
    } catch (const std::exception& error) {
      if (failure == "throw") throw;
      std::cerr << "communicator_ranks: process " << processes.rank() << ": " << error.what() << std::endl;
      processes.abort(failure.empty() ? 1 : 3);
    }
  } catch (const std::exception& error) {
    std::cerr << "communicator_ranks: " << error.what() << std::endl;
    return 4;
  }
}
