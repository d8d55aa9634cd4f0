// GEMM benchmarks. Without --compare each (problem, library) is an ordinary Google Benchmark; with it, all libraries
// run every problem in interleaved rounds, are checked, and are compared with the best of them. docs/benchmarking.md.
#include <benchmark/benchmark.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>
#include <iostream>
#include <memory>
#include <regex>
#include <stdexcept>

#include "driver.h"
#include "machine.h"
#include "operands.h"
#include "peers/library.h"
#include "problem.h"
#include "report.h"
#include "rounds.h"

namespace tessera::bench {
namespace {

// The peers that distributions ship; --peer adds others or replaces one of these.
std::vector<Candidate> default_peers() {
  return {{"openblas", {"libopenblas.so.0"}},
          {"blis", {"libblis.so.4", "libblis.so"}},
          {"onednn", {"libdnnl.so.2", "libdnnl.so.3"}},
          {"libxsmm", {TESSERA_BENCH_XSMM}}};
}

struct GemmSet {
  SetReport report;
  std::vector<Problem> problems;  // of report.entries, in the same order
};

// A set is a name in bench/problems, a file, or one problem itself.
std::vector<GemmSet> open_sets(const CompareOptions& options) {
  const std::regex filter(options.filter);
  std::vector<GemmSet> sets;
  for (const std::string& given : options.sets) {
    std::vector<Problem> problems;
    std::string name = std::filesystem::path(given).stem();
    if (given.find(' ') != std::string::npos) {
      problems = {parse_problem(given)};
      name = "problem";
    } else {
      const std::string known = std::string(TESSERA_BENCH_PROBLEMS) + "/" + given + ".txt";
      problems = read_problems(std::filesystem::exists(known) ? known : given);
    }
    // A problem from the command line has its type; a file is run in each of --types.
    for (const char type : given.find(' ') != std::string::npos ? std::string(1, problems[0].type) : options.types) {
      GemmSet set{{name, std::string(1, type) + "gemm", type, {}}, {}};
      for (const Problem& problem : problems) {
        const Problem typed = with_type(problem, type);
        if (std::regex_search(typed.line() + " # " + typed.name, filter)) {
          set.report.entries.push_back({typed.work(), {}});
          set.problems.push_back(typed);
        }
      }
      if (!set.problems.empty()) sets.push_back(std::move(set));
    }
  }
  return sets;
}

// A lower bound of a call's time: 50 GFLOP/s and thread, 10 GB/s.
double expected_call(const Problem& problem, const RoundOptions& options) {
  return problem.flops() / (5e10 * options.threads) + problem.bytes() / 1e10;
}

// Returns the number of wrong results.
int run_comparison(const CompareOptions& options, std::vector<GemmSet> sets,
                   const std::vector<std::unique_ptr<Library>>& libraries, int pinned_cpu) {
  const RunInfo info{options.rounds.threads, pinned_cpu, options.rounds.cold, options.rounds.huge_pages, options.isa};
  Machine machine(options.rounds.threads, options.isa, options.rounds.huge_pages);
  machine.sample();
  Progress progress(libraries.size(), options.rounds);
  for (const GemmSet& set : sets)
    for (const Problem& problem : set.problems) progress.expect(expected_call(problem, options.rounds));
  bool middle = false;
  int wrong = 0;
  std::vector<SetReport> reports;
  for (auto& [report, problems] : sets) {
    print_header(report, libraries, options.metric);
    for (size_t i = 0; i < problems.size(); ++i) {
      Entry& entry = report.entries[i];
      entry.results = run_rounds(problems[i], libraries, options.rounds);
      for (const Result& result : entry.results) wrong += !result.wrong.empty();
      print_row(entry, libraries, machine, options.metric);
      progress.finished(expected_call(problems[i], options.rounds));
      if (!middle && progress.done() >= 0.5) {
        machine.sample();
        middle = true;
      }
    }
    print_peak_summary(report, libraries, machine);
    print_ratio_summary(report, libraries);
    reports.push_back(std::move(report));
  }
  machine.sample();
  print_machine(machine);
  if (!options.json.empty()) write_json(options.json, info, reports, libraries, machine);
  if (wrong) std::printf("\n%d WRONG results\n", wrong);
  return wrong;
}

// Without a clock: each library once on operands whose result is exact and once on random ones. Returns the number of
// wrong results.
int run_check(const std::vector<GemmSet>& sets, const std::vector<std::unique_ptr<Library>>& libraries,
              const RoundOptions& options) {
  int wrong = 0, right = 0;
  for (const GemmSet& set : sets)
    for (const Problem& problem : set.problems) {
      Operands operands(problem, 1, options.huge_pages);
      for (const Fill fill : {Fill::kExact, Fill::kRandom}) {
        operands.fill(fill);
        for (const auto& library : libraries) {
          if (!library->supports(problem)) continue;
          const std::string why = check_once(problem, *library, operands);
          why.empty() ? ++right : ++wrong;
          if (!why.empty())
            std::printf("WRONG: %s: %s: %s\n", library->name.c_str(), problem.line().c_str(), why.c_str());
        }
      }
    }
  std::printf("%d results right, %d wrong\n", right, wrong);
  return wrong;
}

void run_google_benchmark(const std::vector<GemmSet>& sets, const std::vector<std::unique_ptr<Library>>& libraries,
                          const RoundOptions& options, int argc, char** argv) {
  for (const GemmSet& set : sets)
    for (const Problem& problem : set.problems)
      for (const auto& library : libraries) {
        if (!library->supports(problem)) continue;
        const Library* raw = library.get();
        benchmark::RegisterBenchmark((library->name + "/" + problem.line()).c_str(), [raw, problem, options](
                                                                                         benchmark::State& state) {
          Operands operands(problem, 1, options.huge_pages);
          operands.fill(Fill::kRandom);
          if (const std::string wrong = check_once(problem, *raw, operands); !wrong.empty()) {
            state.SkipWithError(("WRONG: " + wrong).c_str());
            return;
          }
          const int64_t batch = problem.flops() < 1e5 ? 100 : 1;  // the loop's own cost must not show
          while (state.KeepRunningBatch(batch)) raw->repeat(problem, operands.sets(), batch);
          state.counters["FLOP/s"] = benchmark::Counter(problem.flops(), benchmark::Counter::kIsIterationInvariantRate);
          state.counters["B/s"] = benchmark::Counter(problem.bytes(), benchmark::Counter::kIsIterationInvariantRate);
        })->UseRealTime();
      }
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) throw std::runtime_error("see --help");
  benchmark::RunSpecifiedBenchmarks();
}

std::vector<std::string> all_sets() {
  std::vector<std::string> names;
  for (const auto& file : std::filesystem::directory_iterator(TESSERA_BENCH_PROBLEMS))
    if (file.path().extension() == ".txt") names.push_back(file.path().stem());
  std::sort(names.begin(), names.end());
  return names;
}

int run(int argc, char** argv) {
  CompareOptions options;
  options.types = "s";
  options.subject = TESSERA_BENCH_SUBJECT;
  bool compare = false;
  CLI::App app{"GEMM benchmarks: see docs/benchmarking.md. Other arguments (--benchmark_...) go to Google Benchmark."};
  app.allow_extras();
  add_options(
      app, options,
      "sets (names in bench/problems), files, or problems such as \"sgemm N T 64 3136 576\"; default: every set");
  app.add_flag("--compare", compare, "all libraries in interleaved rounds, checked, with ratios to the best peer");
  app.add_flag("--cold", options.rounds.cold, "take operands from DRAM: cycle through twice the caches");
  CLI11_PARSE(app, argc, argv);
  for (const char type : options.types)
    if (std::string("sdcz").find(type) == std::string::npos) throw std::runtime_error("--types takes letters of sdcz");

  if (options.sets.empty()) options.sets = all_sets();
  std::vector<GemmSet> sets = open_sets(options);
  if (options.list) {
    for (const GemmSet& set : sets)
      for (const Problem& problem : set.problems)
        std::cout << problem.line() << (problem.name.empty() ? "" : " # " + problem.name) << '\n';
    return 0;
  }
  if (!options.isa.empty()) restart_with_isa(options.isa, argv);

  // Before the libraries are loaded: they count CPUs then, and with one there is no worker that could disturb.
  const int pinned_cpu = options.rounds.threads == 1 ? pin_to_idle_cpu() : -1;
  const auto libraries =
      open_libraries(options.subject, default_peers(), options.peers, options.only, options.rounds.threads);
  if (options.check) return run_check(sets, libraries, options.rounds) ? 1 : 0;
  if (compare) return run_comparison(options, std::move(sets), libraries, pinned_cpu) ? 1 : 0;

  std::vector<std::string> extras = app.remaining();
  std::vector<char*> benchmark_argv{argv[0]};
  for (std::string& extra : extras) benchmark_argv.push_back(extra.data());
  run_google_benchmark(sets, libraries, options.rounds, static_cast<int>(benchmark_argv.size()), benchmark_argv.data());
  return 0;
}

}  // namespace
}  // namespace tessera::bench

int main(int argc, char** argv) { return tessera::bench::run_program("bench_gemm", tessera::bench::run, argc, argv); }
