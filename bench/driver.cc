#include "driver.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>

#include "report.h"

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
  }
#endif
  return environment;
}

}  // namespace

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
