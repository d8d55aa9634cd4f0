#include "driver.h"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <stdexcept>

namespace tessera::bench {
namespace {

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
  } else if (isa == "avx512") {
    environment.emplace_back("DNNL_MAX_CPU_ISA", "AVX512_CORE");  // without VNNI
  }
#endif
  return environment;
}

}  // namespace

void add_options(CLI::App& app, CompareOptions& options, const std::string& sets_help) {
  app.add_option("sets", options.sets, sets_help);
  app.add_flag("--check", options.check, "only check the results, without timing");
  app.add_flag("--list", options.list, "print the problems and exit");
  app.add_option("--types", options.types, "precisions to run sets in, such as sd (default " + options.types + ")");
  app.add_option("--filter", options.filter, "only problems whose line or name matches this regular expression");
  app.add_option("--libraries", options.only, "only these")->delimiter(',')->allow_extra_args(false);
  app.add_option("--peer", options.peers, "another library or another path for one: name=path/to/libblas.so")
      ->allow_extra_args(false);
  app.add_option("--tessera", options.subject, "path of Tessera's libblas.so.3");
  app.add_option("--isa", options.isa, "hold all libraries to this instruction set");
  add_options(app, options.rounds);
  app.add_flag("--huge-pages", options.rounds.huge_pages,
               "advise huge pages for operands, as NumPy does for large arrays");
  app.add_option("--json", options.json, "write results here");
  app.add_option("--metric", options.metric, "what the table shows")
      ->transform(CLI::CheckedTransformer(std::map<std::string, Metric>{{"gflops", Metric::kGflops},
                                                                        {"peak", Metric::kPeak},
                                                                        {"time", Metric::kTime},
                                                                        {"bandwidth", Metric::kBandwidth}}));
}

void add_options(CLI::App& app, RoundOptions& options) {
  app.add_option("--threads", options.threads, "threads of every library (default 1, pinned to an idle CPU)")
      ->check(CLI::PositiveNumber);
  app.add_option("--rounds", options.rounds, "rounds at most (default 9, at least 3)");
  char help[64];
  std::snprintf(help, sizeof help, "begin no further round after this (default %g)", options.problem_seconds);
  app.add_option("--problem-seconds", options.problem_seconds, help);
}

int run_program(const char* name, int (*run)(int, char**), int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s: %s\n", name, error.what());
    return 2;
  }
}

void restart_with_isa(const std::string& isa, char** argv) {
  constexpr const char kDone[] = "TESSERA_BENCH_RESTARTED";
  if (std::getenv(kDone)) return;
  for (const auto& [name, value] : isa_environment(isa)) setenv(name.c_str(), value.c_str(), 1);
  setenv(kDone, "1", 1);
  execv("/proc/self/exe", argv);
  throw std::runtime_error("cannot restart with TESSERA_ISA set");
}

std::vector<std::unique_ptr<Library>> open_libraries(const std::string& subject, std::vector<Candidate> peers,
                                                     const std::vector<std::string>& overrides,
                                                     const std::vector<std::string>& only, int threads) {
  for (const std::string& peer : overrides) {
    const size_t equals = peer.find('=');
    if (equals == std::string::npos) throw std::runtime_error("--peer wants name=path, not " + peer);
    const Candidate given{peer.substr(0, equals), {peer.substr(equals + 1)}};
    const auto known =
        std::find_if(peers.begin(), peers.end(), [&](const Candidate& c) { return c.name == given.name; });
    known == peers.end() ? peers.push_back(given) : void(*known = given);
  }
  peers.insert(peers.begin(), {kSubject, {subject}});

  std::vector<std::unique_ptr<Library>> libraries;
  for (const auto& [name, paths] : peers) {
    if (!only.empty() && std::find(only.begin(), only.end(), name) == only.end()) continue;
    std::string error;
    auto library = open_library(name, paths, &error);
    if (!library) {
      std::printf("%-9s missing: %s\n", name.c_str(), error.c_str());
      continue;
    }
    library->set_num_threads(threads);
    std::printf("%-9s %s: %s\n", name.c_str(), library->path.c_str(), library->description().c_str());
    libraries.push_back(std::move(library));
  }
  if (libraries.empty()) throw std::runtime_error("no library to measure");
  return libraries;
}

double Progress::cost(double call_seconds) const {
  const double round = double(libraries_) * std::max(call_seconds, options_.sample_seconds);
  const double rounds = std::min<double>(options_.rounds, std::max(3.0, options_.problem_seconds / round));
  return 0.02 + (rounds + 2) * round;
}

void Progress::finished(double call_seconds) {
  done_ += cost(call_seconds);
  const double elapsed = std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  const int percent = static_cast<int>(100 * done());
  const bool terminal = isatty(2);
  // A log gets a line for each tenth, a terminal one that is written over.
  if (!terminal && percent / 10 == shown_ / 10) return;
  shown_ = percent;
  std::fprintf(stderr, "%s%3d %%, about %.0f s left%s", terminal ? "\r" : "", percent, elapsed * (1 - done()) / done(),
               terminal ? "  " : "\n");
  if (terminal && percent == 100) std::fprintf(stderr, "\n");
}

}  // namespace tessera::bench
