// What a comparison found, as a table while it runs and as JSON when it is done.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "machine.h"
#include "peers/library.h"
#include "rounds.h"
#include "work.h"

namespace tessera::bench {

// The library that ratios are about; the others are its peers.
inline constexpr const char kSubject[] = "tessera";

struct Entry {
  Work work;
  std::vector<Result> results;
};

struct SetReport {
  std::string name;
  std::string routine;  // with its type, as in "sgemm"
  char type;
  std::vector<Entry> entries;
};

struct RunInfo {
  int threads;
  int pinned_cpu;
  bool cold;
  bool huge_pages;
  std::string isa;
};

enum class Metric { kGflops, kPeak, kTime, kBandwidth };

// The fastest correct peer of an entry; the ratio is above 1 when the subject is faster.
struct Comparison {
  size_t best_peer;
  std::optional<double> ratio;
};
std::optional<Comparison> compare(const Entry& entry, const std::vector<std::unique_ptr<Library>>& libraries);

void print_header(const SetReport& set, const std::vector<std::unique_ptr<Library>>& libraries, Metric metric);
void print_row(const Entry& entry, const std::vector<std::unique_ptr<Library>>& libraries, const Machine& machine,
               Metric metric);
// Every library's share of the FMA peak, as a geometric mean.
void print_peak_summary(const SetReport& set, const std::vector<std::unique_ptr<Library>>& libraries,
                        const Machine& machine);
// The subject's ratio to the best peers.
void print_ratio_summary(const SetReport& set, const std::vector<std::unique_ptr<Library>>& libraries);
void print_machine(const Machine& machine);

// Throws std::runtime_error when the file cannot be written.
void write_json(const std::string& path, const RunInfo& info, const std::vector<SetReport>& sets,
                const std::vector<std::unique_ptr<Library>>& libraries, const Machine& machine);

}  // namespace tessera::bench
