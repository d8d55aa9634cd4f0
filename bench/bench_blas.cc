// BLAS routines other than gemm, from the tables routines_*.cc: every library in interleaved rounds, checked against
// the reference BLAS, and compared with the best of them. docs/benchmarking.md.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <regex>
#include <sstream>
#include <stdexcept>

#include "blas_case.h"
#include "driver.h"
#include "machine.h"
#include "peers/library.h"
#include "report.h"
#include "rounds.h"

namespace tessera::bench {
namespace {

constexpr const char kReference[] = "reference";

// Distributions keep these two beside the one that is the system's libblas.
std::vector<Candidate> default_peers() {
  const std::string folder = TESSERA_BENCH_LIBRARIES;
  return {{"openblas", {"libopenblas.so.0"}},
          {"blis", {"libblis.so.4", "libblis.so"}},
          {"atlas", {folder + "/atlas/libblas.so.3"}},
          {kReference, {folder + "/blas/libblas.so.3"}}};
}

const std::vector<Routine>& all_routines() {
  static const std::vector<Routine> all = [] {
    std::vector<Routine> routines;
    for (const auto& table : {level1_routines(), level2_routines(), level3_routines()})
      routines.insert(routines.end(), table.begin(), table.end());
    return routines;
  }();
  return all;
}

struct BlasSet {
  SetReport report;
  std::vector<BlasProblem> problems;
  const Routine* routine;
};

std::vector<std::string> split(const std::string& text, char by) {
  std::vector<std::string> parts;
  std::istringstream in(text);
  for (std::string part; std::getline(in, part, by);) parts.push_back(part);
  return parts;
}

// "?axpy n=4,100 incx=2 # name" means one set for each type, and one problem for each combination of values.
void add_line(const std::string& line, const std::string& set_name, const CompareOptions& options,
              std::vector<BlasSet>& sets) {
  const size_t comment = line.find('#');
  std::istringstream in(line.substr(0, comment));
  std::string routine;
  if (!(in >> routine)) return;
  std::vector<std::map<std::string, std::string>> settings(1);
  for (std::string word; in >> word;) {
    const size_t equals = word.find('=');
    if (equals == std::string::npos) throw std::runtime_error("expected key=value, not '" + word + "' in: " + line);
    std::vector<std::map<std::string, std::string>> product;
    for (const auto& some : settings)
      for (const std::string& value : split(word.substr(equals + 1), ',')) {
        product.push_back(some);
        product.back()[word.substr(0, equals)] = value;
      }
    settings = product;
  }
  std::string name;
  if (comment != std::string::npos) {
    const size_t first = line.find_first_not_of(" #", comment);
    if (first != std::string::npos) name = line.substr(first);
  }
  const std::regex filter(options.filter);
  bool known = false;
  for (const Routine& row : all_routines()) {
    if (row.name != routine && row.pattern != routine) continue;
    known = true;
    if (row.name != routine && options.types.find(row.type) == std::string::npos) continue;
    BlasSet set{{set_name, row.name, row.type, {}}, {}, &row};
    for (const auto& some : settings) {
      const BlasProblem problem{row.name, some, name, options.rounds.huge_pages};
      if (!std::regex_search(problem.line() + " # " + name, filter)) continue;
      set.problems.push_back(problem);
    }
    if (!set.problems.empty()) sets.push_back(std::move(set));
  }
  if (!known) throw std::runtime_error("unknown routine '" + routine + "'");
}

// A set is a name in bench/problems_blas, a file, or one problem itself.
std::vector<BlasSet> open_sets(const CompareOptions& options) {
  std::vector<BlasSet> sets;
  for (const std::string& given : options.sets) {
    if (given.find(' ') != std::string::npos) {
      add_line(given, "problem", options, sets);
      continue;
    }
    const std::string known = std::string(TESSERA_BENCH_PROBLEMS) + "/" + given + ".txt";
    const std::string path = std::filesystem::exists(known) ? known : given;
    std::ifstream in(path);
    if (!in) throw std::runtime_error("cannot read " + path);
    for (std::string line; std::getline(in, line);) add_line(line, std::filesystem::path(given).stem(), options, sets);
  }
  return sets;
}

// What the reference BLAS computes, or the first library where it is missing or lacks the routine.
std::vector<char> expected_outputs(BlasCase& test, const std::string& symbol,
                                   const std::vector<std::unique_ptr<Library>>& libraries) {
  void* function = nullptr;
  for (const auto& library : libraries) {
    void* here = library->symbol(symbol);
    if (here && (!function || library->name == kReference)) function = here;
  }
  if (!function) return {};
  test.reset();
  test.repeat(function, 1);
  return test.outputs();
}

// One result for each library: checked, and timed unless only checks are wanted.
std::vector<Result> run_problem(const BlasSet& set, BlasCase& test,
                                const std::vector<std::unique_ptr<Library>>& libraries, const CompareOptions& options) {
  const std::string symbol = set.routine->name + "_";
  const std::vector<char> expected = expected_outputs(test, symbol, libraries);
  std::vector<Result> results(libraries.size());
  std::vector<Contestant> contestants(libraries.size());
  for (size_t i = 0; i < libraries.size(); ++i) {
    void* function = libraries[i]->symbol(symbol);
    results[i].supported = contestants[i].supported = function != nullptr;
    if (!function) continue;
    test.reset();
    test.repeat(function, 1);
    results[i].wrong = test.compare(expected);
    contestants[i].repeat = [&test, function](int64_t count) { test.repeat(function, count); };
  }
  test.reset();
  if (!options.check) {
    const double least = test.work().bytes / (2e11 * options.rounds.threads);  // 200 GB/s and thread
    time_rounds(contestants, least, options.rounds, results);
  }
  return results;
}

int run(int argc, char** argv) {
  CompareOptions options;
  options.types = "sdcz";
  options.subject = TESSERA_BENCH_SUBJECT;
  options.metric = Metric::kTime;
  CLI::App app{"Benchmarks of BLAS routines: see docs/benchmarking.md"};
  add_options(app, options,
              "sets (names in bench/problems_blas), files, or problems such as \"daxpy n=100,1000 incx=2\"; default: "
              "every set");
  CLI11_PARSE(app, argc, argv);

  if (options.sets.empty())
    for (const auto& file : std::filesystem::directory_iterator(TESSERA_BENCH_PROBLEMS))
      options.sets.push_back(file.path().stem());
  std::sort(options.sets.begin(), options.sets.end());
  std::vector<BlasSet> sets = open_sets(options);
  if (options.list) {
    for (const BlasSet& set : sets)
      for (const BlasProblem& problem : set.problems) std::cout << problem.line() << '\n';
    return 0;
  }
  if (!options.isa.empty()) restart_with_isa(options.isa, argv);

  // Before the libraries are loaded: they count CPUs then, and with one there is no worker that could disturb.
  const int pinned_cpu = options.rounds.threads == 1 ? pin_to_idle_cpu() : -1;
  const auto libraries =
      open_libraries(options.subject, default_peers(), options.peers, options.only, options.rounds.threads);
  Machine machine(options.rounds.threads, options.isa, options.rounds.huge_pages);
  if (!options.check) machine.sample();

  int right = 0, wrong = 0;
  std::vector<SetReport> reports;
  size_t problems = 0, done = 0;
  for (const BlasSet& set : sets) problems += set.problems.size();
  Progress progress(libraries.size(), options.rounds);
  // A routine's own cost is known once its operands exist: problems count alike.
  for (size_t i = 0; i < problems; ++i) progress.expect(0);
  for (BlasSet& set : sets) {
    if (!options.check) print_header(set.report, libraries, options.metric);
    for (const BlasProblem& problem : set.problems) {
      const auto test = set.routine->make(problem);
      Entry entry{test->work(), run_problem(set, *test, libraries, options)};
      for (size_t i = 0; i < libraries.size(); ++i) {
        if (!entry.results[i].supported) continue;
        entry.results[i].wrong.empty() ? ++right : ++wrong;
        if (options.check && !entry.results[i].wrong.empty())
          std::printf("WRONG: %s: %s: %s\n", libraries[i]->name.c_str(), problem.line().c_str(),
                      entry.results[i].wrong.c_str());
      }
      if (!options.check) {
        print_row(entry, libraries, machine, options.metric);
        progress.finished(0);
        if (++done == (problems + 1) / 2) machine.sample();
      }
      set.report.entries.push_back(std::move(entry));
    }
    reports.push_back(std::move(set.report));
  }
  if (options.check) {
    std::printf("%d results right, %d wrong\n", right, wrong);
    return wrong != 0;
  }
  machine.sample();
  print_machine(machine);
  std::printf("\n");
  for (const SetReport& report : reports) print_ratio_summary(report, libraries);
  if (!options.json.empty()) {
    const RunInfo info{options.rounds.threads, pinned_cpu, false, options.rounds.huge_pages, options.isa};
    write_json(options.json, info, reports, libraries, machine);
  }
  if (wrong) std::printf("\n%d WRONG results\n", wrong);
  return wrong != 0;
}

}  // namespace
}  // namespace tessera::bench

int main(int argc, char** argv) { return tessera::bench::run_program("bench_blas", tessera::bench::run, argc, argv); }
