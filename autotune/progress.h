// What is said while it runs: a line that is written over on a terminal, a line now and then in a log.
#pragma once

#include <string>

namespace tessera::tune {

class Progress {
 public:
  explicit Progress(double budget_seconds);

  // `elapsed` seconds of the budget are gone; `what` is under way, with the best so far and its gain.
  void show(double elapsed, const std::string& what);
  // A line that stays.
  void say(const std::string& line);

 private:
  double budget_;
  bool terminal_;
  int shown_ = -1;  // tenths
};

}  // namespace tessera::tune
