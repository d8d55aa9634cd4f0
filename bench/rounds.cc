#include "rounds.h"

#include <time.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <thread>

#include "machine.h"

namespace tessera::bench {
namespace {

using Clock = std::chrono::steady_clock;
constexpr int kMinRounds = 3;

double timed(const Contestant& contestant, int64_t count) {
  const auto start = Clock::now();
  contestant.repeat(count);
  return std::chrono::duration<double>(Clock::now() - start).count();
}

double process_cpu_seconds() {
  timespec now;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return double(now.tv_sec) + 1e-9 * double(now.tv_nsec);
}

// Worker threads spin for a while after a call (OpenBLAS and libgomp for milliseconds) and would take a core from the
// library that is measured next: wait until this process uses no CPU. The system adds what a thread on another CPU uses
// once a tick, which is up to 10 ms long: over less time a spinning thread looks quiet.
void wait_until_quiet() {
  for (int i = 0; i < 50; ++i) {
    const double before = process_cpu_seconds();
    std::this_thread::sleep_for(std::chrono::milliseconds(12));
    if (process_cpu_seconds() - before < 2e-4) return;
  }
}

double quantile(std::vector<double> values, double q) {
  std::sort(values.begin(), values.end());
  const double at = q * double(values.size() - 1);
  const auto low = static_cast<size_t>(at);
  const size_t high = std::min(low + 1, values.size() - 1);
  return values[low] + (at - double(low)) * (values[high] - values[low]);
}

}  // namespace

double Result::median() const { return quantile(seconds, 0.5); }
double Result::spread() const { return (quantile(seconds, 0.75) - quantile(seconds, 0.25)) / 2 / median(); }

std::string check_once(const Problem& problem, const Library& library, Operands& operands) {
  operands.reset_c();
  library.repeat(problem, std::span(operands.sets()).first(1), 1);
  return operands.check(true);
}

void time_rounds(std::span<const Contestant> contestants, double least_seconds, const RoundOptions& options,
                 std::span<Result> results, const std::function<void(size_t)>& before_last,
                 const std::function<void(size_t)>& after_last) {
  const size_t count = contestants.size();
  for (size_t i = 0; i < count; ++i) {
    if (!contestants[i].supported) continue;
    // A large problem is its own sample.
    int64_t calls = 1;
    if (least_seconds < options.sample_seconds)
      for (double seconds; (seconds = timed(contestants[i], calls)) < options.sample_seconds;)
        calls =
            std::max(calls * 2, static_cast<int64_t>(0.8 * double(calls) * options.sample_seconds / (seconds + 1e-9)));
    results[i].calls_per_sample = calls;
  }

  const auto start = Clock::now();
  bool last = false;
  for (int round = 0; !last; ++round) {
    const double elapsed = std::chrono::duration<double>(Clock::now() - start).count();
    const double per_round = round ? elapsed / round : 0;
    last = round + 1 >= std::max(options.rounds, kMinRounds) ||
           (round + 1 >= kMinRounds && elapsed + 2 * per_round > options.problem_seconds);
    for (size_t at = 0; at < count; ++at) {
      const size_t i = (at + round) % count;
      Result& result = results[i];
      if (!contestants[i].supported) continue;
      if (options.threads > 1) wait_until_quiet();
      // Wakes the library's threads and brings its code and this output back; long calls are not doubled for it.
      if (result.calls_per_sample > 1) timed(contestants[i], 1);
      if (last && before_last) before_last(i);
      result.seconds.push_back(timed(contestants[i], result.calls_per_sample) / double(result.calls_per_sample));
      if (last && after_last) after_last(i);
    }
  }
}

std::vector<Result> run_rounds(const Problem& problem, const std::vector<std::unique_ptr<Library>>& libraries,
                               const RoundOptions& options) {
  const CacheSizes caches = cache_sizes();
  const double all_caches = caches.l3 + caches.l2 * options.threads;
  const int sets = options.cold ? 1 + static_cast<int>(std::min(1e5, 2 * all_caches / problem.footprint())) : 1;
  Operands operands(problem, sets, options.huge_pages);

  const size_t count = libraries.size();
  std::vector<Result> results(count);
  std::vector<Contestant> contestants(count);

  operands.fill(Fill::kExact);
  for (size_t i = 0; i < count; ++i) {
    results[i].supported = contestants[i].supported = libraries[i]->supports(problem);
    if (!results[i].supported) continue;
    results[i].wrong = check_once(problem, *libraries[i], operands);
    contestants[i].repeat = [&, i](int64_t calls) { libraries[i]->repeat(problem, operands.sets(), calls); };
  }

  operands.fill(Fill::kRandom);
  operands.reset_c();
  const double least_seconds = problem.flops() / (1e11 * options.threads);  // 100 GFLOP/s and thread
  time_rounds(
      contestants, least_seconds, options, results, [&](size_t) { operands.poison_samples(); },
      [&](size_t i) {
        if (problem.beta == 0 && results[i].wrong.empty() && results[i].calls_per_sample >= sets)
          results[i].wrong = operands.check(false);
      });
  return results;
}

}  // namespace tessera::bench
