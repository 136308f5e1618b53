#include "vae/communicator.hpp"

#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <stdexcept>

#ifdef VAE_WITH_MPI
#include <mpi.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <exception>
#include <limits>
#endif

namespace vae {
namespace {

/// As how many processes the program was started, according to its launcher's environment; 0 if that does not say.
int announced_size() {
  // Open MPI's mpirun; that of MPICH and its relatives, and srun by PMI. mpirun's own word comes first: within a job of
  // srun the other one can be that of the shell.
  for (const char* name : {"OMPI_COMM_WORLD_SIZE", "PMI_SIZE"}) {
    if (const char* text = std::getenv(name)) return std::atoi(text);
  }
  return 0;
}

void flush_output() {
  std::cout.flush();
  std::cerr.flush();
  std::fflush(nullptr);
}

}  // namespace

#ifdef VAE_WITH_MPI

namespace {

void check(int code, const char* call) {
  if (code == MPI_SUCCESS) return;
  std::array<char, MPI_MAX_ERROR_STRING> text{};
  int length = 0;
  MPI_Error_string(code, text.data(), &length);
  throw std::runtime_error(std::string(call) +
                           " failed: " + std::string(text.data(), static_cast<std::size_t>(length)));
}

/// MPI counts in int.
int to_count(std::size_t size, const char* what) {
  if (size > static_cast<std::size_t>(std::numeric_limits<int>::max())) {
    throw std::length_error(std::string(what) + ": more than MPI can send at once");
  }
  return static_cast<int>(size);
}

/// Writes to `means` the means over `copies`, each of means.size() values, one behind the other.
void average_copies(const std::vector<float>& copies, int number, std::span<float> means) {
  std::array<double, 512> sums;  // in the first cache
  const std::size_t count = means.size();
  for (std::size_t begin = 0; begin < count; begin += sums.size()) {
    const std::size_t width = std::min(sums.size(), count - begin);
    std::copy_n(copies.data() + begin, width, sums.begin());
    for (std::size_t copy = begin + count; copy < copies.size(); copy += count) {
      for (std::size_t k = 0; k < width; ++k) sums[k] += static_cast<double>(copies[copy + k]);
    }
    for (std::size_t k = 0; k < width; ++k) means[begin + k] = static_cast<float>(sums[k] / number);
  }
}

}  // namespace

Communicator::Communicator(int& argc, char**& argv) : exceptions_(std::uncaught_exceptions()) {
  // Without a launcher MPI has nobody to talk to, but Open MPI would still take its time to start a daemon and make a
  // folder for it, and fail where that is impossible. srun by PMIx sets PMIX_RANK alone.
  const int announced = announced_size();
  if (announced == 0 && std::getenv("PMIX_RANK") == nullptr) return;
  int provided = MPI_THREAD_SINGLE;
  check(MPI_Init_thread(&argc, &argv, MPI_THREAD_FUNNELED, &provided), "MPI_Init_thread");
  initialised_ = true;
  check(MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN), "MPI_Comm_set_errhandler");
  if (provided < MPI_THREAD_FUNNELED) throw std::runtime_error("MPI_Init_thread failed: no support for threads");
  check(MPI_Comm_rank(MPI_COMM_WORLD, &rank_), "MPI_Comm_rank");
  check(MPI_Comm_size(MPI_COMM_WORLD, &size_), "MPI_Comm_size");
  if (announced > 1 && announced != size_) {
    throw std::runtime_error("started as " + std::to_string(announced) + " processes, but MPI joins " +
                             std::to_string(size_) + ": this program was built for another MPI than its launcher's");
  }
}

Communicator::~Communicator() {
  if (initialised_ && std::uncaught_exceptions() == exceptions_) MPI_Finalize();
}

void Communicator::share_out(std::size_t count) {
  const auto end_of_part = [&](std::size_t parts) {
    return static_cast<int>(static_cast<std::uint64_t>(count) * parts / static_cast<std::uint64_t>(size_));
  };
  const auto processes = static_cast<std::size_t>(size_), self = static_cast<std::size_t>(rank_);
  part_sizes_.resize(processes);
  part_offsets_.resize(processes);
  for (std::size_t p = 0; p < processes; ++p) {
    part_offsets_[p] = end_of_part(p);
    part_sizes_[p] = end_of_part(p + 1) - part_offsets_[p];
  }
  copy_sizes_.assign(processes, part_sizes_[self]);
  copy_offsets_.resize(processes);
  for (std::size_t p = 0; p < processes; ++p) copy_offsets_[p] = static_cast<int>(p) * part_sizes_[self];
  copies_.resize(processes * static_cast<std::size_t>(part_sizes_[self]));
}

void Communicator::average(std::span<float> values) {
  if (size_ == 1) return;
  // MPI_Allreduce may add up in another order in every process. Here each value is added up by one process alone, and
  // the others copy its result. They send as much as in an Allreduce by the same two phases, and the order of the sum
  // depends neither on MPI nor on where the processes run.
  to_count(values.size() + static_cast<std::size_t>(size_), "average");
  share_out(values.size());
  check(MPI_Alltoallv(values.data(), part_sizes_.data(), part_offsets_.data(), MPI_FLOAT, copies_.data(),
                      copy_sizes_.data(), copy_offsets_.data(), MPI_FLOAT, MPI_COMM_WORLD),
        "MPI_Alltoallv");
  const auto self = static_cast<std::size_t>(rank_);
  average_copies(
      copies_, size_,
      values.subspan(static_cast<std::size_t>(part_offsets_[self]), static_cast<std::size_t>(part_sizes_[self])));
  check(MPI_Allgatherv(MPI_IN_PLACE, 0, MPI_DATATYPE_NULL, values.data(), part_sizes_.data(), part_offsets_.data(),
                       MPI_FLOAT, MPI_COMM_WORLD),
        "MPI_Allgatherv");
}

bool Communicator::any(bool flag) const {
  if (size_ == 1) return flag;
  int result = flag ? 1 : 0;
  check(MPI_Allreduce(MPI_IN_PLACE, &result, 1, MPI_INT, MPI_MAX, MPI_COMM_WORLD), "MPI_Allreduce");
  return result != 0;
}

std::vector<std::string> Communicator::gather(const std::string& text) const {
  if (size_ == 1) return {text};
  const int length = to_count(text.size(), "gather");
  const std::size_t results = is_root() ? static_cast<std::size_t>(size_) : 0;
  std::vector<int> lengths(results), offsets(results);
  check(MPI_Gather(&length, 1, MPI_INT, lengths.data(), 1, MPI_INT, 0, MPI_COMM_WORLD), "MPI_Gather");
  std::size_t total = 0;
  for (std::size_t p = 0; p < results; ++p) {
    offsets[p] = to_count(total, "gather");
    total += static_cast<std::size_t>(lengths[p]);
  }
  to_count(total, "gather");
  std::string joined(total, '\0');
  check(MPI_Gatherv(text.data(), length, MPI_CHAR, joined.data(), lengths.data(), offsets.data(), MPI_CHAR, 0,
                    MPI_COMM_WORLD),
        "MPI_Gatherv");
  std::vector<std::string> texts(results);
  for (std::size_t p = 0; p < results; ++p) {
    texts[p] = joined.substr(static_cast<std::size_t>(offsets[p]), static_cast<std::size_t>(lengths[p]));
  }
  return texts;
}

void Communicator::broadcast(std::string& text) const {
  if (size_ == 1) return;
  std::uint64_t length = text.size();
  check(MPI_Bcast(&length, 1, MPI_UINT64_T, 0, MPI_COMM_WORLD), "MPI_Bcast");
  const int count = to_count(length, "broadcast");
  text.resize(length);
  check(MPI_Bcast(text.data(), count, MPI_CHAR, 0, MPI_COMM_WORLD), "MPI_Bcast");
}

void Communicator::abort(int status) const {
  flush_output();
  if (initialised_) {
    MPI_Abort(MPI_COMM_WORLD, status);
    std::_Exit(status);
  }
  std::exit(status);
}

#else

Communicator::Communicator(int&, char**&) {
  const int announced = announced_size();
  if (announced > 1) {
    throw std::runtime_error("started as " + std::to_string(announced) +
                             " processes, but this program was built without MPI");
  }
}

Communicator::~Communicator() = default;

void Communicator::average(std::span<float>) {}

bool Communicator::any(bool flag) const { return flag; }

std::vector<std::string> Communicator::gather(const std::string& text) const { return {text}; }

void Communicator::broadcast(std::string&) const {}

void Communicator::abort(int status) const {
  flush_output();
  std::exit(status);
}

#endif

}  // namespace vae
