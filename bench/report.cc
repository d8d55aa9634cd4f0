#include "report.h"

#include <cmath>
#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace tessera::bench {
namespace {

constexpr int kLineWidth = 48;

using Libraries = std::vector<std::unique_ptr<Library>>;

bool usable(const Result& result) { return result.supported && result.wrong.empty() && !result.seconds.empty(); }

class GeometricMean {
 public:
  void add(double value) {
    sum_ += std::log(value);
    ++count_;
  }
  int count() const { return count_; }
  double value() const { return std::exp(sum_ / count_); }

 private:
  double sum_ = 0;
  int count_ = 0;
};

std::string format(const char* pattern, double value) {
  char text[32];
  std::snprintf(text, sizeof text, pattern, value);
  return text;
}

std::string format_time(double seconds) {
  if (seconds < 1e-6) return format("%.1f ns", seconds * 1e9);
  if (seconds < 1e-3) return format("%.2f us", seconds * 1e6);
  return format("%.2f ms", seconds * 1e3);
}

std::string cell(const Entry& entry, const Result& result, const Machine& machine, Metric metric) {
  if (!result.supported) return "-";
  if (!result.wrong.empty()) return "WRONG";
  const double seconds = result.median(), gflops = entry.work.flops / seconds / 1e9;
  if (metric == Metric::kBandwidth) return format("%.2f", entry.work.bytes / seconds / 1e9);
  // Of a call this small only the overhead is of interest.
  if (metric == Metric::kTime || entry.work.flops < 100) return format_time(seconds);
  if (metric == Metric::kPeak) return format("%.1f%%", 100 * gflops / machine.peak(entry.work.type));
  return format("%.2f", gflops);
}

}  // namespace

std::optional<Comparison> compare(const Entry& entry, const Libraries& libraries) {
  std::optional<Comparison> found;
  for (size_t i = 0; i < libraries.size(); ++i)
    if (libraries[i]->name != kSubject && usable(entry.results[i]))
      if (!found || entry.results[i].median() < entry.results[found->best_peer].median()) found = Comparison{i, {}};
  for (size_t i = 0; found && i < libraries.size(); ++i)
    if (libraries[i]->name == kSubject && usable(entry.results[i]))
      found->ratio = entry.results[found->best_peer].median() / entry.results[i].median();
  return found;
}

void print_header(const SetReport& set, const Libraries& libraries, Metric metric) {
  const char* unit = metric == Metric::kGflops ? "GFLOP/s"
                     : metric == Metric::kPeak ? "share of FMA peak"
                     : metric == Metric::kTime ? "time per call"
                                               : "GB/s";
  std::printf("\n%s %s, %s (median of rounds)\n%-*s", set.name.c_str(), set.routine.c_str(), unit, kLineWidth,
              "problem");
  for (const auto& library : libraries) std::printf(" %9.9s", library->name.c_str());
  std::printf("  best peer  ratio  GB/s  of roof\n");
}

void print_row(const Entry& entry, const Libraries& libraries, const Machine& machine, Metric metric) {
  const std::string& line = entry.work.line;
  std::printf("%-*s", kLineWidth, line.c_str());
  double best = 0;
  for (size_t i = 0; i < libraries.size(); ++i) {
    std::printf(" %9s", cell(entry, entry.results[i], machine, metric).c_str());
    if (usable(entry.results[i]) && (best == 0 || libraries[i]->name == kSubject)) best = entry.results[i].median();
  }
  const auto comparison = compare(entry, libraries);
  std::printf("  %-9.9s", comparison ? libraries[comparison->best_peer]->name.c_str() : "-");
  std::printf("  %5s", comparison && comparison->ratio ? format("%.2f", *comparison->ratio).c_str() : "-");
  // Of the subject where it ran, else of the first library.
  const Machine::Roof roof = machine.roof(entry.work);
  if (best > 0 && roof.seconds > 0)
    std::printf(" %5.1f  %5.1f%% %s", entry.work.bytes / best / 1e9, 100 * roof.seconds / best, roof.bound.c_str());
  std::printf("\n");
  for (size_t i = 0; i < libraries.size(); ++i)
    if (!entry.results[i].wrong.empty())
      std::printf("  WRONG: %s: %s  (%s)\n", libraries[i]->name.c_str(), entry.results[i].wrong.c_str(), line.c_str());
  std::fflush(stdout);
}

void print_peak_summary(const SetReport& set, const Libraries& libraries, const Machine& machine) {
  const double peak = machine.peak(set.type) * 1e9;
  std::printf("%-*s", kLineWidth, "geometric mean, % of FMA peak (of n problems)");
  for (size_t i = 0; i < libraries.size(); ++i) {
    GeometricMean mean;
    for (const Entry& entry : set.entries)
      if (usable(entry.results[i])) mean.add(entry.work.flops / entry.results[i].median() / peak);
    if (mean.count() == 0 || peak == 0)
      std::printf(" %9s", "-");
    else
      std::printf(" %9s", (format("%.1f", 100 * mean.value()) + format("/%.0f", mean.count())).c_str());
  }
  GeometricMean envelope;
  for (const Entry& entry : set.entries)
    if (const auto found = compare(entry, libraries); found && peak > 0)
      envelope.add(entry.work.flops / entry.results[found->best_peer].median() / peak);
  if (envelope.count()) std::printf("  best of peers %.1f%%", 100 * envelope.value());
  std::printf("\n");
}

void print_ratio_summary(const SetReport& set, const Libraries& libraries) {
  GeometricMean ratio;
  double lowest = HUGE_VAL;
  int slower = 0;
  for (const Entry& entry : set.entries)
    if (const auto found = compare(entry, libraries); found && found->ratio) {
      ratio.add(*found->ratio);
      lowest = std::min(lowest, *found->ratio);
      slower += *found->ratio < 1;
    }
  if (ratio.count())
    std::printf("%s %s: ratio to the best peer: geometric mean %.3f, lowest %.2f, below 1 in %d of %d\n",
                set.name.c_str(), set.routine.c_str(), ratio.value(), lowest, slower, ratio.count());
  std::fflush(stdout);
}

void print_machine(const Machine& machine) {
  std::printf("\nmachine, all threads: median (lowest..highest) of the bursts at begin, middle and end\n");
  for (const auto& [key, rate] : machine.rates()) {
    const char* unit = key[0] == 'f' ? "GFLOP/s" : "GB/s";
    std::printf("  %-18s %8.1f  (%.1f..%.1f) %s\n", key.c_str(), rate.median, rate.lowest, rate.highest, unit);
  }
}

void write_json(const std::string& path, const RunInfo& info, const std::vector<SetReport>& sets,
                const Libraries& libraries, const Machine& machine) {
  using Json = nlohmann::ordered_json;
  Json root;
  const CacheSizes caches = cache_sizes();
  root["machine"] = {{"cpu", cpu_name()}, {"l1", caches.l1}, {"l2", caches.l2}, {"l3", caches.l3}};
  for (const auto& [key, rate] : machine.rates())
    root["machine"]["rates"][key] = {{"median", rate.median}, {"lowest", rate.lowest}, {"highest", rate.highest}};
  root["run"] = {{"threads", info.threads},
                 {"pinned_cpu", info.pinned_cpu},
                 {"cold", info.cold},
                 {"huge_pages", info.huge_pages},
                 {"isa", info.isa}};
  for (const auto& library : libraries)
    root["libraries"].push_back(
        {{"name", library->name}, {"path", library->path}, {"description", library->description()}});

  for (const SetReport& set : sets) {
    Json entries = Json::array();
    GeometricMean all;
    for (const Entry& entry : set.entries) {
      const Work& w = entry.work;
      const Machine::Roof roof = machine.roof(w);
      Json item = {{"line", w.line},
                   {"name", w.name},
                   {"flops", w.flops},
                   {"bytes", w.bytes},
                   {"roof_seconds", roof.seconds},
                   {"roof_gflops", roof.seconds > 0 ? w.flops / roof.seconds / 1e9 : 0},
                   {"bound", roof.bound}};
      for (size_t i = 0; i < libraries.size(); ++i) {
        const Result& result = entry.results[i];
        if (!result.supported) continue;
        Json& out = item["results"][libraries[i]->name];
        if (!result.wrong.empty()) out["wrong"] = result.wrong;
        if (result.seconds.empty()) continue;
        const double seconds = result.median(), gflops = w.flops / seconds / 1e9;
        out["seconds"] = seconds;
        out["spread"] = result.spread();
        out["gflops"] = gflops;
        out["rounds"] = result.seconds.size();
        out["calls_per_sample"] = result.calls_per_sample;
        if (roof.seconds > 0) {
          out["of_peak"] = gflops / machine.peak(w.type);
          out["of_roof"] = roof.seconds / seconds;
        }
      }
      if (const auto found = compare(entry, libraries)) {
        item["best_peer"] = libraries[found->best_peer]->name;
        if (found->ratio) {
          item["ratio"] = *found->ratio;
          all.add(*found->ratio);
        }
      }
      entries.push_back(std::move(item));
    }
    Json out = {{"name", set.name},
                {"routine", set.routine},
                {"type", std::string(1, set.type)},
                {"peak_gflops", machine.peak(set.type)}};
    if (all.count()) out["ratio_geomean"] = all.value();
    out["problems"] = std::move(entries);
    root["sets"].push_back(std::move(out));
  }
  std::ofstream file(path);
  file << root.dump(1) << '\n';
  if (!file.flush()) throw std::runtime_error("cannot write " + path);
}

}  // namespace tessera::bench
