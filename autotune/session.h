// A run of the tuner: sections, budget, journal, confirmation, profile.
#pragma once

#include <string>
#include <vector>

#include "autotune/candidates.h"
#include "autotune/journal.h"
#include "autotune/shapes.h"

namespace tessera::tune {

struct Options {
  double budget = 600;  // seconds
  Effort effort = Effort::normal;
  std::vector<Part> parts;        // none: all
  std::vector<std::string> isas;  // none: the best
  int threads = 0;                // 0: the process's default
  std::string shapes, trace;      // files instead of the default shapes
  Values start;                   // fields to begin from
  std::string journal, profile;   // paths
  bool resume = false, peers = false;
};

// Where journals of this machine are by default: $XDG_STATE_HOME/tessera/<cpu>.journal.
std::string default_journal();

// Runs to the end, to the end of the budget or to Ctrl-C, and writes the profile. Returns the exit code: 1 when a
// result differed. Throws std::runtime_error.
int run(const Options& options);

}  // namespace tessera::tune
