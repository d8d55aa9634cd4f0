// What the benchmarks share: their command line, opening libraries, holding them to an instruction set, showing
// progress.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "peers/library.h"
#include "report.h"
#include "rounds.h"

namespace CLI {
class App;
}

namespace tessera::bench {

// What a benchmark that compares libraries is told.
struct CompareOptions {
  bool check = false, list = false;
  std::vector<std::string> sets;
  std::string types, filter, isa, json, subject;
  std::vector<std::string> peers, only;
  Metric metric = Metric::kGflops;
  RoundOptions rounds;
};

// Adds the options of all of these fields; help that names a default names that of `options`.
void add_options(CLI::App& app, CompareOptions& options, const std::string& sets_help);
// Adds --threads, --rounds and --problem-seconds.
void add_options(CLI::App& app, RoundOptions& options);

// A program's main: what `run` returns, or 2 after an exception, whose text is printed.
int run_program(const char* name, int (*run)(int argc, char** argv), int argc, char** argv);

// A library by the name that tables show, and where to look for it, first hit taken.
struct Candidate {
  std::string name;
  std::vector<std::string> paths;
};

// The subject and its peers, in this order; `overrides` are name=path and add to `peers` or replace one, `only`, when
// not empty, names those wanted. Prints a line for each, found or missing. Throws when none is left.
std::vector<std::unique_ptr<Library>> open_libraries(const std::string& subject, std::vector<Candidate> peers,
                                                     const std::vector<std::string>& overrides,
                                                     const std::vector<std::string>& only, int threads);

// Libraries read their environment when they are loaded, some before main: so it is set and the program starts anew.
// Returns when that has happened.
void restart_with_isa(const std::string& isa, char** argv);

// How far a run is, on standard error.
class Progress {
 public:
  Progress(size_t libraries, const RoundOptions& options) : libraries_(libraries), options_(options) {}

  // A problem whose calls are expected to take that long: announced before the run, and when it is done.
  void expect(double call_seconds) { total_ += cost(call_seconds); }
  void finished(double call_seconds);
  double done() const { return total_ > 0 ? done_ / total_ : 1; }

 private:
  double cost(double call_seconds) const;

  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  size_t libraries_;
  RoundOptions options_;
  double total_ = 0, done_ = 0;
  int shown_ = 0;
};

}  // namespace tessera::bench
