// GEMM benchmarks. Without --compare each (problem, library) is an ordinary Google Benchmark; with it, all libraries
// run every problem in interleaved rounds, are checked, and are compared with the best of them. docs/benchmarking.md.
#include <benchmark/benchmark.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <map>
#include <memory>
#include <regex>
#include <stdexcept>

#include "machine.h"
#include "operands.h"
#include "peers/library.h"
#include "problem.h"
#include "report.h"
#include "rounds.h"

namespace tessera::bench {
namespace {

struct Options {
  bool compare = false, check = false, list = false;
  std::vector<std::string> sets;
  std::string types = "s", filter, isa, json, subject = TESSERA_BENCH_SUBJECT;
  std::vector<std::string> peers, only;
  Metric metric = Metric::kGflops;
  RoundOptions rounds;
};

// The peers that distributions ship; --peer adds others or replaces one of these.
std::map<std::string, std::vector<std::string>> default_peers() {
  return {{"openblas", {"libopenblas.so.0"}},
          {"blis", {"libblis.so.4", "libblis.so"}},
          {"onednn", {"libdnnl.so.2", "libdnnl.so.3"}},
          {"libxsmm", {TESSERA_BENCH_XSMM}}};
}

// What makes each library stay at or below an ISA. The peers' variables name CPU types; AMD's own are given on AMD,
// because they differ from Intel's in block sizes. Empty for an ISA that the peers cannot be held to.
std::vector<std::pair<std::string, std::string>> isa_environment(const std::string& isa) {
  std::vector<std::pair<std::string, std::string>> environment{{"TESSERA_ISA", isa}};
#if defined(__x86_64__)
  const bool amd = __builtin_cpu_is("amd");
  if (isa == "avx2") {
    // BLIS before 1.0 wants the position in its enumeration of CPUs: 3 is haswell, 6 zen3.
    environment.insert(environment.end(), {{"OPENBLAS_CORETYPE", amd ? "Zen" : "Haswell"},
                                           {"BLIS_ARCH_TYPE", amd ? "6" : "3"},
                                           {"DNNL_MAX_CPU_ISA", "AVX2"},
                                           {"LIBXSMM_TARGET", "hsw"}});
  }
#endif
  return environment;
}

// Libraries read their environment when they are loaded, some before main: so it is set and the program starts anew.
void restart_with_isa(const std::string& isa, char** argv) {
  constexpr const char kDone[] = "TESSERA_BENCH_RESTARTED";
  if (std::getenv(kDone)) return;
  for (const auto& [name, value] : isa_environment(isa)) setenv(name.c_str(), value.c_str(), 1);
  setenv(kDone, "1", 1);
  execv("/proc/self/exe", argv);
  throw std::runtime_error("cannot restart with TESSERA_ISA set");
}

std::vector<std::unique_ptr<Library>> open_libraries(const Options& options) {
  std::vector<std::pair<std::string, std::vector<std::string>>> wanted{{kSubject, {options.subject}}};
  auto peers = default_peers();
  std::vector<std::string> order{"openblas", "blis", "onednn", "libxsmm"};
  for (const std::string& peer : options.peers) {
    const size_t equals = peer.find('=');
    if (equals == std::string::npos) throw std::runtime_error("--peer wants name=path, not " + peer);
    const std::string name = peer.substr(0, equals);
    if (!peers.count(name)) order.push_back(name);
    peers[name] = {peer.substr(equals + 1)};
  }
  for (const std::string& name : order) wanted.emplace_back(name, peers[name]);

  std::vector<std::unique_ptr<Library>> libraries;
  for (const auto& [name, paths] : wanted) {
    if (!options.only.empty() && std::find(options.only.begin(), options.only.end(), name) == options.only.end())
      continue;
    std::string error;
    auto library = open_library(name, paths, &error);
    if (!library) {
      std::printf("%-9s missing: %s\n", name.c_str(), error.c_str());
      continue;
    }
    library->set_num_threads(options.rounds.threads);
    std::printf("%-9s %s: %s\n", name.c_str(), library->path.c_str(), library->description().c_str());
    libraries.push_back(std::move(library));
  }
  if (libraries.empty()) throw std::runtime_error("no library to measure");
  return libraries;
}

// A set is a name in bench/problems, a file, or one problem itself.
std::vector<SetReport> open_sets(const Options& options) {
  const std::regex filter(options.filter);
  std::vector<SetReport> sets;
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
      SetReport set{name, type, {}};
      for (const Problem& problem : problems) {
        const Problem typed = with_type(problem, type);
        if (std::regex_search(typed.line() + " # " + typed.name, filter)) set.entries.push_back({typed, {}});
      }
      if (!set.entries.empty()) sets.push_back(std::move(set));
    }
  }
  return sets;
}

// For the estimate of the time left: what a problem is expected to cost all libraries together.
double expected_seconds(const Problem& problem, size_t libraries, const RoundOptions& options) {
  const double call = problem.flops() / (5e10 * options.threads) + problem.bytes() / 1e10;
  const double round = double(libraries) * std::max(call, options.sample_seconds);
  const double rounds = std::min<double>(options.rounds, std::max(3.0, options.problem_seconds / round));
  return 0.02 + (rounds + 2) * round;
}

class Progress {
 public:
  Progress(const std::vector<SetReport>& sets, size_t libraries, const RoundOptions& options)
      : libraries_(libraries), options_(options) {
    for (const SetReport& set : sets)
      for (const Entry& entry : set.entries) total_ += expected_seconds(entry.problem, libraries, options);
  }

  double done() const { return total_ > 0 ? done_ / total_ : 1; }

  void finished(const Problem& problem) {
    done_ += expected_seconds(problem, libraries_, options_);
    const double elapsed = std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
    const int percent = static_cast<int>(100 * done());
    const bool terminal = isatty(2);
    // A log gets a line for each tenth, a terminal one that is written over.
    if (!terminal && percent / 10 == shown_ / 10) return;
    shown_ = percent;
    std::fprintf(stderr, "%s%3d %%, about %.0f s left%s", terminal ? "\r" : "", percent,
                 elapsed * (1 - done()) / done(), terminal ? "  " : "\n");
    if (terminal && percent == 100) std::fprintf(stderr, "\n");
  }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  size_t libraries_;
  RoundOptions options_;
  double total_ = 0, done_ = 0;
  int shown_ = 0;
};

// Returns the number of wrong results.
int run_comparison(const Options& options, std::vector<SetReport> sets,
                   const std::vector<std::unique_ptr<Library>>& libraries, int pinned_cpu) {
  const RunInfo info{options.rounds.threads, pinned_cpu, options.rounds.cold, options.rounds.huge_pages, options.isa};
  Machine machine(options.rounds.threads, options.isa, options.rounds.huge_pages);
  machine.sample();
  Progress progress(sets, libraries.size(), options.rounds);
  bool middle = false;
  int wrong = 0;
  for (SetReport& set : sets) {
    print_header(set, libraries, options.metric);
    for (Entry& entry : set.entries) {
      entry.results = run_rounds(entry.problem, libraries, options.rounds);
      for (const Result& result : entry.results) wrong += !result.wrong.empty();
      print_row(entry, libraries, machine, options.metric);
      progress.finished(entry.problem);
      if (!middle && progress.done() >= 0.5) {
        machine.sample();
        middle = true;
      }
    }
    print_summary(set, libraries, machine);
  }
  machine.sample();
  print_machine(machine);
  if (!options.json.empty()) write_json(options.json, info, sets, libraries, machine);
  if (wrong) std::printf("\n%d WRONG results\n", wrong);
  return wrong;
}

// Without a clock: each library once on operands whose result is exact and once on random ones. Returns the number of
// wrong results.
int run_check(const std::vector<SetReport>& sets, const std::vector<std::unique_ptr<Library>>& libraries,
              const RoundOptions& options) {
  int wrong = 0, right = 0;
  for (const SetReport& set : sets)
    for (const Entry& entry : set.entries) {
      Operands operands(entry.problem, 1, options.huge_pages);
      for (const Fill fill : {Fill::kExact, Fill::kRandom}) {
        operands.fill(fill);
        for (const auto& library : libraries) {
          if (!library->supports(entry.problem)) continue;
          const std::string why = check_once(entry.problem, *library, operands);
          why.empty() ? ++right : ++wrong;
          if (!why.empty())
            std::printf("WRONG: %s: %s: %s\n", library->name.c_str(), entry.problem.line().c_str(), why.c_str());
        }
      }
    }
  std::printf("%d results right, %d wrong\n", right, wrong);
  return wrong;
}

void run_google_benchmark(const std::vector<SetReport>& sets, const std::vector<std::unique_ptr<Library>>& libraries,
                          const RoundOptions& options, int argc, char** argv) {
  for (const SetReport& set : sets)
    for (const Entry& entry : set.entries)
      for (const auto& library : libraries) {
        if (!library->supports(entry.problem)) continue;
        const Problem& problem = entry.problem;
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
  Options options;
  CLI::App app{"GEMM benchmarks: see docs/benchmarking.md. Other arguments (--benchmark_...) go to Google Benchmark."};
  app.allow_extras();
  app.add_option(
      "sets", options.sets,
      "sets (names in bench/problems), files, or problems such as \"sgemm N T 64 3136 576\"; default: every set");
  app.add_flag("--compare", options.compare,
               "all libraries in interleaved rounds, checked, with ratios to the best peer");
  app.add_flag("--check", options.check, "only check the results, without timing");
  app.add_flag("--list", options.list, "print the problems and exit");
  app.add_option("--types", options.types, "precisions to run files in, such as sd (default s)");
  app.add_option("--filter", options.filter, "only problems whose line or name matches this regular expression");
  app.add_option("--libraries", options.only, "only these")->delimiter(',')->allow_extra_args(false);
  app.add_option("--peer", options.peers, "another library or another path for one: name=path/to/libblas.so")
      ->allow_extra_args(false);
  app.add_option("--tessera", options.subject, "path of Tessera's libblas.so.3");
  app.add_option("--threads", options.rounds.threads, "threads of every library (default 1, pinned to an idle CPU)")
      ->check(CLI::PositiveNumber);
  app.add_option("--isa", options.isa, "hold all libraries to this instruction set");
  app.add_option("--rounds", options.rounds.rounds, "rounds at most (default 9, at least 3)");
  app.add_option("--problem-seconds", options.rounds.problem_seconds,
                 "begin no further round after this (default 1.5)");
  app.add_flag("--cold", options.rounds.cold, "take operands from DRAM: cycle through twice the caches");
  app.add_flag("--huge-pages", options.rounds.huge_pages,
               "advise huge pages for operands, as NumPy does for large arrays");
  app.add_option("--json", options.json, "write results here");
  app.add_option("--metric", options.metric, "what the table shows")
      ->transform(CLI::CheckedTransformer(std::map<std::string, Metric>{
          {"gflops", Metric::kGflops}, {"peak", Metric::kPeak}, {"time", Metric::kTime}}));
  CLI11_PARSE(app, argc, argv);
  for (const char type : options.types)
    if (std::string("sdcz").find(type) == std::string::npos) throw std::runtime_error("--types takes letters of sdcz");

  if (options.sets.empty()) options.sets = all_sets();
  std::vector<SetReport> sets = open_sets(options);
  if (options.list) {
    for (const SetReport& set : sets)
      for (const Entry& entry : set.entries)
        std::cout << entry.problem.line() << (entry.problem.name.empty() ? "" : " # " + entry.problem.name) << '\n';
    return 0;
  }
  if (!options.isa.empty()) restart_with_isa(options.isa, argv);

  // Before the libraries are loaded: they count CPUs then, and with one there is no worker that could disturb.
  const int pinned_cpu = options.rounds.threads == 1 ? pin_to_idle_cpu() : -1;
  const auto libraries = open_libraries(options);
  if (options.check) return run_check(sets, libraries, options.rounds) ? 1 : 0;
  if (options.compare) return run_comparison(options, std::move(sets), libraries, pinned_cpu) ? 1 : 0;

  std::vector<std::string> extras = app.remaining();
  std::vector<char*> benchmark_argv{argv[0]};
  for (std::string& extra : extras) benchmark_argv.push_back(extra.data());
  run_google_benchmark(sets, libraries, options.rounds, static_cast<int>(benchmark_argv.size()), benchmark_argv.data());
  return 0;
}

}  // namespace
}  // namespace tessera::bench

int main(int argc, char** argv) {
  try {
    return tessera::bench::run(argc, argv);
  } catch (const std::exception& error) {
    std::cerr << "bench_gemm: " << error.what() << '\n';
    return 2;
  }
}
