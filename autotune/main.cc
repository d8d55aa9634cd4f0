// tessera-tune: finds what is fast on this machine and writes it down for the library. docs/tuning.md.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <stdexcept>

#include "autotune/profile_file.h"
#include "autotune/report.h"
#include "autotune/session.h"
#include "explain_command.h"
#include "runtime/num_threads.h"

namespace tessera::tune {
namespace {

// "90", "90s", "10m", "1.5h"
double parse_duration(const std::string& text) {
  std::size_t used = 0;
  double seconds = -1;
  try {
    seconds = std::stod(text, &used);
  } catch (const std::exception&) {
  }
  const std::string unit = text.substr(used);
  const double scale = unit.empty() || unit == "s" ? 1 : unit == "m" ? 60 : unit == "h" ? 3600 : -1;
  if (!(seconds > 0) || scale < 0) throw std::runtime_error("a budget is like 90, 90s, 10m or 1h, not " + text);
  return seconds * scale;
}

// "kc=64,mc=32"
Values parse_start(const std::vector<std::string>& given) {
  Values values;
  for (const std::string& assignment : given) {
    const std::size_t equals = assignment.find('=');
    if (equals == std::string::npos || assignment.substr(0, equals) == "kernel")
      throw std::runtime_error("--start takes field=number, not " + assignment);
    char* end = nullptr;
    const std::string number = assignment.substr(equals + 1);
    const double value = std::strtod(number.c_str(), &end);
    if (number.empty() || *end != '\0') throw std::runtime_error(assignment + ": not a number");
    const std::string field = assignment.substr(0, equals);
    check_field(field, value);
    values[field] = value;
  }
  return values;
}

std::string user_profile() {
  char path[256];
  if (!user_profile_path(process_profile_places(), cpu_info(), path))
    throw std::runtime_error("neither XDG_CONFIG_HOME nor HOME is set: say where with --out");
  return path;
}

// The file of the profile in use; shipped ones are in none.
std::string profile_in_use() {
  const Profile& profile = active_profile();
  if (profile.source == ProfileSource::analytic || profile.source == ProfileSource::shipped) {
    LogText text;
    describe_profile(profile, text);
    throw std::runtime_error(std::string("no profile file is in use: ") + text.c_str());
  }
  return profile.name;
}

int show(const std::string& given) {
  const Profile& profile = active_profile();
  Json json;
  if (given.empty()) {
    LogText text;
    describe_profile(profile, text);
    std::printf("in use: %s\n", text.c_str());
    if (profile.source == ProfileSource::analytic) return 0;
    for (const ShippedProfile* s = kShippedProfiles; s->name != nullptr; ++s)
      if (profile.source == ProfileSource::shipped && std::string(profile.name) == s->name) json = Json::parse(s->text);
    if (json.is_null()) json = read_profile_json(profile.name, nullptr);
  } else {
    json = read_profile_json(given, nullptr);
  }
  const Json cpu = json.value("cpu", Json::object());
  std::printf("made for %s (%s family %d model %d), scope %s, Tessera %s, %s\n", cpu.value("name", "").c_str(),
              cpu.value("vendor", "").c_str(), cpu.value("family", 0), cpu.value("model", 0),
              json.value("scope", "cpu").c_str(), json.value("library", "?").c_str(),
              json.value("created", "?").c_str());
  const Json measured = json.value("measured", Json::object());
  for (const auto& [tuning, fields] : tunings_of(json)) {
    std::printf("\n%s\n", tuning.c_str());
    for (const auto& [name, value] : fields.items())
      if (name != "kernels")
        std::printf("  %-18s %s\n", name.c_str(),
                    (value.is_string() ? value.get<std::string>() : value.dump()).c_str());
    for (const auto& [section, groups] : measured.items()) {
      if (section.rfind(tuning, 0) != 0) continue;
      for (const auto& [group, m] : groups.items())
        std::printf("  %-18s %+.1f %% (noise %.1f %%) over %.1f GFLOP/s with analytic defaults\n", group.c_str(),
                    100 * m.value("gain", 0.0), 100 * m.value("noise", 0.0), m.value("analytic_gflops", 0.0));
    }
  }
  return 0;
}

// 0: the same tuning; 1: not.
int diff(const std::string& first, const std::string& second) {
  const auto tunings = [](const std::string& path) {
    Json all = Json::object();
    for (const auto& [name, fields] : tunings_of(read_profile_json(path, nullptr))) all[name] = fields;
    return all.flatten();
  };
  const Json a = tunings(first), b = tunings(second);
  int differences = 0;
  const auto text = [](const Json& json, const std::string& key) {
    return json.contains(key) ? json[key].dump() : "default";
  };
  const auto line = [&](const std::string& key) {
    ++differences;
    std::printf("%-40s %s -> %s\n", key.c_str() + 1, text(a, key).c_str(), text(b, key).c_str());
  };
  for (const auto& [key, value] : a.items())
    if (!b.contains(key) || b[key] != value) line(key);
  for (const auto& [key, value] : b.items())
    if (!a.contains(key)) line(key);
  if (differences == 0) std::printf("the same tuning\n");
  return differences > 0;
}

int export_profile(const std::string& from, const std::string& scope, std::string to) {
  Json json = read_profile_json(from.empty() ? profile_in_use() : from, nullptr);
  json["scope"] = scope;
  if (!to.empty() && to.back() == '/') {
    CpuInfo cpu{};
    std::snprintf(cpu.vendor, sizeof cpu.vendor, "%s", json["cpu"].value("vendor", "").c_str());
    cpu.family = json["cpu"].value("family", 0);
    cpu.model_number = json["cpu"].value("model", 0);
    char name[64];
    cpu_profile_name(cpu, name);
    to += std::string(name) + ".json";
  }
  if (to.empty() || to == "-") {
    std::cout << json.dump(2) << '\n';
  } else {
    write_file(to, json.dump(2) + "\n");
    std::printf("wrote %s\n", to.c_str());
  }
  return 0;
}

int report(const std::string& journal, const std::string& out) {
  const std::vector<Json> records = Journal::read(journal);
  if (records.empty()) throw std::runtime_error("there is no journal in " + journal);
  write_file(out, html_report(records));
  std::printf("wrote %s\n", out.c_str());
  return 0;
}

int run_command(int argc, char** argv) {
  CLI::App app{
      "Finds block sizes, kernels and thresholds that are fast on this machine and writes them to a profile that\n"
      "Tessera reads from then on. Without a subcommand it tunes; leave the machine alone meanwhile."};
  app.set_version_flag("--version", TESSERA_PROJECT_VERSION);
  Options options;
  bool quick = false, full = false;
  std::string budget, page;
  std::vector<std::string> start, parts;
  auto* quick_flag = app.add_flag("--quick", quick, "a minute, on few shapes");
  app.add_flag("--full", full, "an hour, on many shapes")->excludes(quick_flag);
  app.add_option("--budget", budget, "time to spend: 90, 90s, 10m, 1h (default 10m)");
  app.add_option("--parts", parts, "what to tune, of f32, f64, int8, conv, threads (default all)")->delimiter(',');
  app.add_option("--isa", options.isas, "instruction sets to tune for (default: the best)")->delimiter(',');
  app.add_option("--threads", options.threads, "threads that programs will use (default: as the library)")
      ->check(CLI::PositiveNumber);
  auto* shapes = app.add_option("--shapes", options.shapes, "problems to tune for, a file as in bench/problems");
  app.add_option("--from-trace", options.trace, "tune for what a program did: its log under TESSERA_VERBOSE=1")
      ->excludes(shapes);
  app.add_option("--start", start, "fields to begin from, such as kc=256,mc=96")->delimiter(',');
  app.add_flag("--peers", options.peers, "time OpenBLAS, BLIS and oneDNN on the same shapes, for the report");
  app.add_flag("--resume", options.resume, "go on with the journal of a run that was ended");
  app.add_option("--out", options.profile, "the profile (default: this user's, which the library finds)");
  app.add_option("--report", page, "also write the report there");
  std::string journal;
  app.add_option("--journal", journal, "the journal (default: below XDG_STATE_HOME)");

  std::string first, second, scope = "cpu", from, to;
  std::vector<std::string> words;
  auto* show_command = app.add_subcommand("show", "print a profile (default: the one in use)");
  show_command->add_option("profile", first);
  auto* diff_command = app.add_subcommand("diff", "compare the tunings of two profiles; exit code 1 when they differ");
  diff_command->add_option("a", first)->required();
  diff_command->add_option("b", second)->required();
  auto* explain = app.add_subcommand(
      "explain", "the plan of a problem and where its numbers come from: sgemm M N K [NT] [threads]");
  explain->add_option("words", words)->required();
  auto* report_command = app.add_subcommand("report", "the last run as one HTML page");
  report_command->add_option("--journal", journal, "the journal (default: below XDG_STATE_HOME)");
  report_command->add_option("--out", to, "the page (default tessera-tune.html)");
  auto* export_command = app.add_subcommand("export", "write a profile for others");
  export_command->add_option("--scope", scope, "which CPUs may use it: cpu, family, isa (default cpu)")
      ->check(CLI::IsMember({"cpu", "family", "isa"}));
  export_command->add_option("--from", from, "the profile (default: the one in use)");
  export_command->add_option("to", to, "file, directory/ or - (default)");
  app.require_subcommand(0, 1);
  CLI11_PARSE(app, argc, argv);

  if (journal.empty()) journal = default_journal();
  if (*show_command) return show(first);
  if (*diff_command) return diff(first, second);
  if (*report_command) return report(journal, to.empty() ? "tessera-tune.html" : to);
  if (*export_command) return export_profile(from, scope, to);
  if (*explain) {
    std::vector<const char*> pointers;
    for (const std::string& word : words) pointers.push_back(word.c_str());
    const int status = explain_command(static_cast<int>(pointers.size()), pointers.data());
    if (status != 0) throw std::runtime_error("explain takes {s,d,c,z}gemm M N K [NN|NT|TN|TT] [threads]");
    return status;
  }

  for (const std::string& name : parts) options.parts.push_back(part_named(name));
  options.effort = quick ? Effort::quick : full ? Effort::full : Effort::normal;
  options.budget = !budget.empty() ? parse_duration(budget) : quick ? 60 : full ? 3600 : 600;
  options.start = parse_start(start);
  options.journal = journal;
  if (options.profile.empty()) options.profile = user_profile();
  const int status = run(options);
  if (!page.empty()) report(journal, page);
  return status;
}

}  // namespace
}  // namespace tessera::tune

int main(int argc, char** argv) {
  try {
    return tessera::tune::run_command(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "tessera-tune: %s\n", error.what());
    return 2;
  }
}
