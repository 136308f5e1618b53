#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace vae {

/// The processes that train one model together, each with all of the model and a part of every batch: one, unless a
/// launcher such as mpirun started more.
///
/// Every function but rank(), size(), is_root() and abort() has to be called by all processes, in the same order, and
/// by the thread that made this: it may wait until all have called it. They throw std::runtime_error where MPI fails;
/// what has been thrown in one process alone has to end in abort(), as the others would wait for ever.
class Communicator {
 public:
  /// One process, whatever started it.
  Communicator() = default;

  /// Initialises MPI if a launcher started the program; at most once in a program.
  ///
  /// \throws std::runtime_error  the launcher started several processes that cannot be joined: the program was built
  ///                             without MPI, or for another MPI than the launcher's.
  Communicator(int& argc, char**& argv);

  /// Waits for the other processes, but not while an exception leaves the scope: a launcher ends the others when one
  /// process exits without having finished with MPI.
  ~Communicator();

  Communicator(const Communicator&) = delete;
  Communicator& operator=(const Communicator&) = delete;

  int rank() const { return rank_; }
  int size() const { return size_; }
  bool is_root() const { return rank_ == 0; }

  /// Replaces values by their means over all processes, the same bits in every process: sums of double, in the order
  /// of ranks, divided and rounded to float once. So the mean of equal values is that value.
  ///
  /// \param values  as many in every process
  ///
  /// \throws std::length_error  in every process: there are more than 2^31 - 1 - size().
  void average(std::span<float> values);

  /// Whether the flag is set in any process.
  bool any(bool flag) const;

  /// \return in process 0 every process's text, in the order of ranks; in the others nothing.
  ///
  /// \throws std::length_error  the text, or in process 0 all texts together, exceed 2^31 - 1 bytes.
  std::vector<std::string> gather(const std::string& text) const;

  /// Replaces the text by that of process 0.
  ///
  /// \throws std::length_error  in every process: it exceeds 2^31 - 1 bytes.
  void broadcast(std::string& text) const;

  /// Ends all processes at once, wherever they are; the launcher's status is `status`.
  [[noreturn]] void abort(int status) const;

 private:
  /// Shares `count` values out among processes: part p is added up by process p.
  void share_out(std::size_t count);

  int rank_ = 0, size_ = 1;
  bool initialised_ = false;
  int exceptions_ = 0;  // on their way when this was made

  // Of average(), kept from call to call.
  std::vector<int> part_sizes_, part_offsets_;  // of all parts, in the values
  std::vector<int> copy_sizes_, copy_offsets_;  // of every process's copy of the own part, in copies_
  std::vector<float> copies_;
};

}  // namespace vae
