#include "autotune/progress.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>

namespace tessera::tune {

Progress::Progress(double budget_seconds) : budget_(budget_seconds), terminal_(isatty(STDERR_FILENO) != 0) {}

void Progress::show(double elapsed, const std::string& what) {
  const double share = std::clamp(elapsed / budget_, 0.0, 1.0);
  const int tenths = static_cast<int>(10 * share), left = static_cast<int>(std::max(0.0, budget_ - elapsed) + 0.5);
  if (!terminal_ && tenths == shown_) return;
  shown_ = tenths;
  std::string bar;
  for (int i = 0; i < 20; ++i) bar += i < static_cast<int>(20 * share) ? '#' : '.';
  std::fprintf(stderr, "%s[%s] %3.0f %%, at most %d:%02d left | %s%s", terminal_ ? "\r\033[K" : "", bar.c_str(),
               100 * share, left / 60, left % 60, what.c_str(), terminal_ ? "" : "\n");
}

void Progress::say(const std::string& line) {
  std::fprintf(stderr, "%s%s\n", terminal_ ? "\r\033[K" : "", line.c_str());
}

}  // namespace tessera::tune
