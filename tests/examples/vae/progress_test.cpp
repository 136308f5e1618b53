#include "vae/progress.hpp"

#include <chrono>
#include <sstream>

#include "catch.hpp"

using Catch::Matchers::ContainsSubstring;

TEST_CASE("progress: plain lines are few and end with the last", "[vae]") {
  std::ostringstream out;
  {
    vae::Progress progress(out, false, "step", 0, 1000, [] { return vae::Progress::Clock::time_point(); });
    for (int k = 1; k <= 1000; ++k) {
      if (progress.due(k)) progress.show(k, "bound -3");
    }
  }
  CHECK(out.str() == "step 1000/1000  bound -3  took 0 s\n");  // no time for any other line
}

TEST_CASE("progress: plain lines keep their distance", "[vae]") {
  std::ostringstream out;
  vae::Progress::Clock::time_point now;
  vae::Progress progress(out, false, "step", 0, 1000, [&] { return now; });
  now += std::chrono::milliseconds(999);
  CHECK_FALSE(progress.due(500));
  now += std::chrono::milliseconds(1);
  CHECK_FALSE(progress.due(49));
  CHECK(progress.due(50));
  progress.show(50, "");
  CHECK_FALSE(progress.due(100));
  CHECK(out.str() == "step 50/1000  19 s left\n");
}

TEST_CASE("progress: a bar on a terminal is redrawn in place", "[vae]") {
  std::ostringstream out;
  {
    vae::Progress progress(out, true, "step", 10, 20);
    progress.show(15, "a long text");
    progress.show(20, "");
  }
  const std::string text = out.str();
  CHECK(text.compare(0, 40, "\rstep [###############.....] 15/20  a lo") == 0);
  const std::size_t second = text.find('\r', 1);
  REQUIRE(second != std::string::npos);
  CHECK_THAT(text.substr(second), ContainsSubstring("[####################] 20/20"));
  CHECK(text.size() - 1 - second >= second);  // blanks cover what was longer
  CHECK(text.back() == '\n');
}
