#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <ostream>
#include <string>

namespace vae {

/// Shows how far a long loop has come: a bar that is redrawn in place on a terminal, at most twenty plain lines, a
/// second or more apart, anywhere else.
class Progress {
 public:
  using Clock = std::chrono::steady_clock;

  /// \param first  where the loop starts: not at 0 when a run is continued.
  Progress(std::ostream& out, bool terminal, std::string label, std::int64_t first, std::int64_t total,
           std::function<Clock::time_point()> now = Clock::now);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// Whether it is time for show(). To be asked at every turn, so that texts are made only when they are seen.
  bool due(std::int64_t done);
  void show(std::int64_t done, const std::string& detail);

  /// Seconds since the loop started.
  double elapsed() const;

 private:
  std::string time_left(std::int64_t done) const;

  std::ostream& out_;
  bool terminal_;
  std::string label_;
  std::int64_t first_, total_;
  std::int64_t next_;  // the turn at which the next plain line is due
  std::function<Clock::time_point()> now_;
  Clock::time_point start_, last_shown_;
  std::size_t width_ = 0;  // of the line that stands on the terminal
};

/// Whether standard output is a terminal.
bool on_terminal();

/// \throws std::runtime_error  if anything that was printed has not reached standard output.
void require_printed();

}  // namespace vae
