#include "vae/progress.hpp"

#include <unistd.h>
#include <algorithm>
#include <cmath>
#include <iostream>
#include <stdexcept>
#include <utility>

#include "vae/metrics.hpp"

namespace vae {
namespace {

constexpr std::int64_t plain_lines = 20;
constexpr std::size_t bar_width = 20;
constexpr std::chrono::milliseconds redraw_after{100}, plain_line_after{1000};

std::string duration_text(double seconds) {
  const auto s = std::llround(seconds);
  if (s < 60) return std::to_string(s) + " s";
  if (s < 3600) return std::to_string(s / 60) + " min " + std::to_string(s % 60) + " s";
  return std::to_string(s / 3600) + " h " + std::to_string(s % 3600 / 60) + " min";
}

}  // namespace

Progress::Progress(std::ostream& out, bool terminal, std::string label, std::int64_t first, std::int64_t total,
                   std::function<Clock::time_point()> now)
    : out_(out),
      terminal_(terminal),
      label_(std::move(label)),
      first_(first),
      total_(total),
      next_(first + std::max<std::int64_t>(1, (total - first) / plain_lines)),
      now_(std::move(now)),
      start_(now_()),
      last_shown_(start_) {}

Progress::~Progress() {
  if (width_ != 0) out_ << std::endl;
}

bool Progress::due(std::int64_t done) {
  if (done == total_) return true;
  if (!terminal_ && done < next_) return false;
  return now_() - last_shown_ >= (terminal_ ? redraw_after : plain_line_after);
}

void Progress::show(std::int64_t done, const std::string& detail) {
  std::string line = label_ + ' ' + std::to_string(done) + '/' + std::to_string(total_);
  if (terminal_) {
    const auto filled = static_cast<std::size_t>(done) * bar_width / static_cast<std::size_t>(total_);
    line = label_ + " [" + std::string(filled, '#') + std::string(bar_width - filled, '.') + "] " +
           std::to_string(done) + '/' + std::to_string(total_);
  }
  if (!detail.empty()) line += "  " + detail;
  line += "  " + time_left(done);
  if (terminal_) {
    // Blanks wipe out what a longer line left; no escape sequence is needed.
    out_ << '\r' << line << std::string(width_ > line.size() ? width_ - line.size() : 0, ' ') << std::flush;
    width_ = line.size();
  } else {
    out_ << line << std::endl;
    while (next_ <= done) next_ += std::max<std::int64_t>(1, (total_ - first_) / plain_lines);
  }
  last_shown_ = now_();
}

double Progress::elapsed() const { return std::chrono::duration<double>(now_() - start_).count(); }

std::string Progress::time_left(std::int64_t done) const {
  if (done == total_) return "took " + duration_text(elapsed());
  if (done <= first_) return "";
  return duration_text(elapsed() * static_cast<double>(total_ - done) / static_cast<double>(done - first_)) + " left";
}

bool on_terminal() { return isatty(STDOUT_FILENO) == 1; }

void require_printed() {
  if (!(std::cout << std::flush)) throw std::runtime_error("standard output cannot be written");
}

}  // namespace vae
