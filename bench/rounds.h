// Interleaved rounds: every library once per round, in rotated order, so that a change of clock or a noisy neighbour
// meets all of them alike.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "operands.h"
#include "peers/library.h"
#include "problem.h"

namespace tessera::bench {

struct RoundOptions {
  int threads = 1;
  int rounds = 9;  // at most; at least 3
  double sample_seconds = 0.002;
  double problem_seconds = 1.5;  // no further round begins after this
  bool huge_pages = false;
  bool cold = false;  // operands from DRAM: each call takes the next of enough sets to fill twice the caches
};

struct Result {
  bool supported = false;
  std::string wrong;            // empty when the result is right
  std::vector<double> seconds;  // per call, one for each round
  int64_t calls_per_sample = 0;

  double median() const;
  // Half of the distance between the quartiles, relative to the median.
  double spread() const;
};

// One library on one problem.
struct Contestant {
  bool supported = false;
  std::function<void(int64_t count)> repeat;  // that many calls
};

// Fills Result::seconds and calls_per_sample of every supported contestant. A call is known to take at least
// `least_seconds`. before_last(i) and after_last(i) surround the last sample of contestant i and may be empty.
void time_rounds(std::span<const Contestant> contestants, double least_seconds, const RoundOptions& options,
                 std::span<Result> results, const std::function<void(size_t)>& before_last = {},
                 const std::function<void(size_t)>& after_last = {});

// Runs the first operand set once and says what is wrong with the result; empty when nothing is.
std::string check_once(const Problem& problem, const Library& library, Operands& operands);

// One result for each library, in the same order.
std::vector<Result> run_rounds(const Problem& problem, const std::vector<std::unique_ptr<Library>>& libraries,
                               const RoundOptions& options);

}  // namespace tessera::bench
