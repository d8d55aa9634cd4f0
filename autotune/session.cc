#include "autotune/session.h"

#include <sched.h>
#include <stdlib.h>
#include <tessera/version.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <thread>

#include "autotune/measure.h"
#include "autotune/profile_file.h"
#include "autotune/progress.h"
#include "autotune/quiet.h"
#include "int8_peak.h"
#include "machine.h"
#include "runtime/num_threads.h"
#include "runtime/peak.h"

namespace tessera::tune {
namespace {

constexpr int kJournalFormat = 1;
constexpr double kSearchShare = 0.75;  // of a section's budget; the rest confirms
constexpr int kVoidRounds = 4;         // of a race, for disturbances; then they count
constexpr int kRetreats = 4;           // incumbents tried when the last one is not confirmed
constexpr double kWait = 0.05;         // seconds between pulses on a busy machine
constexpr double kSmallFlops = 2e7;
constexpr double kThreadsShare = 0.15;  // of a part's budget: thresholds of threading are few numbers

// A winner is measured again, on every shape, and must not cost any group of them anything.
constexpr RaceRules kConfirmation{.min_rounds = 10,
                                  .max_rounds = 16,
                                  .rounds_to_win = 10,
                                  .sigmas = 2.5,
                                  .least_gain = 0.003,
                                  .most_loss = 0.002,
                                  .loss_for_gain = false,
                                  .both_orders = true};

volatile std::sig_atomic_t g_interrupts = 0;
extern "C" void on_interrupt(int) {
  g_interrupts = g_interrupts + 1;
  if (g_interrupts > 1) _exit(130);
}

class InterruptsCaught {
 public:
  InterruptsCaught() {
    struct sigaction action {};
    action.sa_handler = on_interrupt;
    sigaction(SIGINT, &action, &before_);
  }
  ~InterruptsCaught() { sigaction(SIGINT, &before_, nullptr); }
  InterruptsCaught(const InterruptsCaught&) = delete;
  InterruptsCaught& operator=(const InterruptsCaught&) = delete;

 private:
  struct sigaction before_ {};
};

// One CPU for what runs on one thread; the mask from before for what does not.
class OnOneCpu {
 public:
  OnOneCpu() : saved_(sched_getaffinity(0, sizeof mask_, &mask_) == 0) { bench::pin_to_idle_cpu(); }
  ~OnOneCpu() {
    if (saved_) sched_setaffinity(0, sizeof mask_, &mask_);
  }
  OnOneCpu(const OnOneCpu&) = delete;
  OnOneCpu& operator=(const OnOneCpu&) = delete;

 private:
  cpu_set_t mask_;
  bool saved_;
};

std::string percent(double gain) {
  char text[24];
  std::snprintf(text, sizeof text, "%+.1f %%", 100 * std::expm1(gain));
  return text;
}

// What is tuned with one set of kernels, and its share of the budget.
struct Subject {
  const IsaEntry* isa;
  const Int8Entry* int8;
  Part part;
  double share;
};

double share_of(Part part) {
  switch (part) {
    case Part::f32:
    case Part::f64:
      return 1;
    case Part::threads:
      return 0.1;
    default:
      return 0.6;
  }
}

struct Stand {  // a bench and its share of the judgement
  std::unique_ptr<Bench> bench;
  double weight;
  int group;
};
using Stands = std::vector<Stand>;

class Session {
 public:
  explicit Session(const Options& options)
      : options_(options),
        threads_(options.threads > 0 ? options.threads : default_num_threads()),
        begin_(now()),
        progress_(options.budget),
        journal_(options.journal, options.resume) {
    const std::vector<Part> parts =
        options.parts.empty() ? std::vector<Part>(std::begin(kParts), std::end(kParts)) : options.parts;
    const auto usable = [](Isa isa) { return can_run(isa, cpu_info().features); };
    const auto add = [&](Part part, const IsaEntry* isa, const Int8Entry* int8) {
      if (has_stage(part, Stage::blocks) || threads_ > 1)
        subjects_.push_back(
            {isa != nullptr ? isa : &best_isa(), int8 != nullptr ? int8 : &best_int8(), part, share_of(part)});
    };
    for (const std::string& name : options.isas) {
      Isa isa{};
      const bool known = isa_from_name(name.c_str(), isa) && usable(isa);
      const IsaEntry* entry = known ? find_isa(isa) : nullptr;
      const Int8Entry* int8 = known ? find_int8(isa) : nullptr;
      if (entry == nullptr && int8 == nullptr)
        throw std::runtime_error("instruction set " + name + " cannot be used here");
      for (const Part part : parts)
        if (part != Part::threads && (part == Part::int8 ? int8 != nullptr : entry != nullptr)) add(part, entry, int8);
    }
    for (const Part part : parts)
      if (options.isas.empty() || part == Part::threads) add(part, nullptr, nullptr);
  }

  int run() {
    const Json head = head_record();
    if (options_.resume && !journal_.records().empty()) {
      if (journal_.records()[0].value("head", Json()) != head)
        throw std::runtime_error(options_.journal +
                                 " was written with other options, shapes or kernels; run without --resume");
      take_over();
    } else {
      journal_.append({{"kind", "begin"}, {"head", head}, {"created", timestamp()}});
    }
    const InterruptsCaught caught;
    double shares = 0;
    for (const Subject& subject : subjects_) shares += subject.share;
    for (const Subject& subject : subjects_) {
      // What is found is in use for what follows: convolutions multiply too.
      if (!activate_profile(tuned_)) throw std::bad_alloc();
      if (!interrupted()) tune(subject, budget_left() * subject.share / shares);
      shares -= subject.share;
    }
    write_profile();
    return wrong_ > 0 ? 1 : 0;
  }

 private:
  double elapsed() const { return now() - begin_ + replayed_; }
  double budget_left() const { return std::max(0.0, options_.budget - elapsed()); }
  static bool interrupted() { return g_interrupts > 0; }
  bool stop() const { return interrupted() && !confirming_; }

  // What must be the same for a run to go on with a journal.
  Json head_record() const {
    Json kernels = Json::object(), shapes = Json::array();
    for (const Subject& subject : subjects_) {
      if (const KernelList* list = kernels_of(setup_of(subject), subject.part)) {
        char hash[17];
        kernel_list_hash(*list, hash);
        kernels[name_of(subject)] = hash;
      }
      for (const Shape& shape : shapes_for(subject.part)) shapes.push_back(shape.line);
    }
    return {{"format", kJournalFormat}, {"library", tsr_version()}, {"cpu", cpu_json(cpu_info())},
            {"threads", threads_},      {"kernels", kernels},       {"shapes", shapes},
            {"start", options_.start}};
  }

  // "avx512 f32", "avx512vnni int8", "threads"; also with the stage.
  static std::string name_of(const Subject& s) {
    if (s.part == Part::threads) return tune::name_of(s.part);
    return std::string(isa_info(s.part == Part::int8 ? s.int8->isa : s.isa->isa).name) + ' ' + tune::name_of(s.part);
  }
  // As it is in the profile so far.
  Setup setup_of(const Subject& s) const { return setup_for(*s.isa, *s.int8, tuned_); }

  std::vector<Shape> shapes_for(Part part) const {
    return !options_.shapes.empty()  ? shapes_of_file(options_.shapes, part)
           : !options_.trace.empty() ? shapes_of_trace(options_.trace, part)
                                     : default_shapes(part, options_.effort);
  }

  void take_over() {
    for (const Json& record : journal_.records()) {
      if (record["kind"] == "trial") trials_[record["section"]].push_back(record);
      if (record["kind"] == "confirm") confirmations_[record["section"]].push_back(record);
    }
    std::size_t count = 0;
    for (const auto& [section, records] : trials_) count += records.size();
    progress_.say("going on after " + std::to_string(count) + " comparisons in " + options_.journal);
  }

  Stands make_stands(const std::vector<Shape>& shapes, Stage stage, const Setup& setup) {
    Stands stands;
    std::map<std::string, std::pair<int, double>> groups;  // number, weight
    for (const Shape& shape : shapes) {
      auto& group = groups.emplace(shape.group, std::pair{static_cast<int>(groups.size()), 0.0}).first->second;
      group.second += shape.weight;
    }
    for (const Shape& shape : shapes) {
      if ((stage == Stage::blocks && shape.threaded) || interrupted()) continue;
      std::unique_ptr<Bench> bench = make_bench(shape, setup, shape.threaded ? threads_ : 1);
      // Where small calls end is a threshold of threading, and must not harm them on one thread.
      if (stage == Stage::threads && !shape.threaded && bench->flops() > kSmallFlops) continue;
      const auto& [number, weight] = groups.at(shape.group);
      stands.push_back({std::move(bench), shape.weight / weight, number});
    }
    return stands;
  }

  // Waits until the machine is as fast as it was; false: interrupted, or `deadline` has passed.
  bool wait_until_quiet(Pulse& pulse, double deadline) {
    for (bool said = false; !stop() && elapsed() <= deadline;) {
      switch (gate_.pulse(pulse.beat())) {
        case QuietGate::Advice::go:
          return true;
        case QuietGate::Advice::accept:
          progress_.say("the machine stays at " + std::to_string(static_cast<int>(100 * gate_.speed())) +
                        " % of its best speed: measuring at that");
          return true;
        case QuietGate::Advice::wait:
          if (!said) progress_.show(elapsed(), "the machine is busy or throttled: waiting");
          said = true;
          std::this_thread::sleep_for(std::chrono::duration<double>(kWait));
      }
    }
    return false;
  }

  struct Comparison {
    Outcome outcome;
    Race race;
    std::vector<std::size_t> stands;               // that are in the race
    std::vector<std::pair<double, double>> times;  // of each: medians of both
  };

  // Null: there was no time for it.
  std::optional<Comparison> compare(Stands& stands, const Setup& incumbent, const Setup& candidate,
                                    const RaceRules& rules, Pulse& pulse, double deadline) {
    double total = 0;
    std::vector<std::size_t> touched;
    std::vector<Race::Entry> entries;
    for (std::size_t i = 0; i < stands.size(); ++i) {
      total += stands[i].weight;
      if (stands[i].bench->same_plan(incumbent, candidate)) continue;
      touched.push_back(i);
      entries.push_back({stands[i].weight, stands[i].group});
    }
    Comparison c{{}, Race(entries, total, rules), touched, {}};
    if (touched.empty()) return c;
    for (const std::size_t i : touched) {
      if (stands[i].bench->verify(candidate)) continue;
      ++wrong_;
      progress_.say("WRONG: " + stands[i].bench->shape().line +
                    " has another result under a candidate, which is dropped: please report this");
      c.outcome = {-1, 0, false, 1};
      return c;
    }
    std::vector<std::vector<double>> all(2 * touched.size());
    for (int voided = 0;;) {
      if (!wait_until_quiet(pulse, deadline)) return std::nullopt;
      std::vector<std::pair<double, double>> times;
      const bool first = c.race.rounds() % 2 == 0;  // the incumbent
      for (const std::size_t i : touched) {
        Bench& bench = *stands[i].bench;
        bench.time(incumbent);  // the shape before has left the caches to itself
        const double a = bench.time(first ? incumbent : candidate), b = bench.time(first ? candidate : incumbent);
        times.push_back(first ? std::pair{a, b} : std::pair{b, a});
      }
      if (gate_.pulse(pulse.beat()) == QuietGate::Advice::wait && voided++ < kVoidRounds) continue;
      for (std::size_t e = 0; e < times.size(); ++e) {
        c.race.add(e, times[e].first, times[e].second);
        all[2 * e].push_back(times[e].first);
        all[2 * e + 1].push_back(times[e].second);
      }
      if (c.race.decided()) break;
    }
    for (std::size_t e = 0; e < touched.size(); ++e) c.times.emplace_back(median(all[2 * e]), median(all[2 * e + 1]));
    c.outcome = c.race.outcome();
    return c;
  }

  void tune(const Subject& subject, double budget) {
    const std::vector<Shape> shapes = shapes_for(subject.part);
    if (shapes.empty()) return;
    const bool two = has_stage(subject.part, Stage::threads) && has_stage(subject.part, Stage::blocks) &&
                     threads_ > 1 &&
                     std::any_of(shapes.begin(), shapes.end(), [](const Shape& s) { return s.threaded; });
    for (const Stage stage : {Stage::blocks, Stage::threads}) {
      const bool wanted =
          has_stage(subject.part, stage) && (stage == Stage::blocks || two || !has_stage(subject.part, Stage::blocks));
      if (!wanted || interrupted()) continue;
      const double share = !two ? 1 : stage == Stage::blocks ? 1 - kThreadsShare : kThreadsShare;
      put_into(tuned_, tune_stage(subject, stage, shapes, elapsed() + budget * share), subject.part);
    }
  }

  // The confirmed tuning, or what there was.
  Setup tune_stage(const Subject& subject, Stage stage, const std::vector<Shape>& shapes, double deadline) {
    const Part part = subject.part;
    const bool threaded = stage == Stage::threads;
    const std::string section = name_of(subject) + (threaded && part != Part::threads ? " threads" : "");
    std::optional<OnOneCpu> pinned;
    if (!threaded) pinned.emplace();
    Pulse pulse(*subject.isa);
    gate_ = QuietGate();
    const Setup before = setup_of(subject);
    Stands stands = make_stands(shapes, stage, before);
    Search search(space_of(before, part, stage, options_.start));
    const auto setup_of_point = [&](const Point& point) { return setup_at(search.space(), point, part, before); };
    announce(section, before, part, search.space());

    const double search_deadline = elapsed() + kSearchShare * (deadline - elapsed());
    std::vector<Json>& known = trials_[section];
    std::size_t replayed = 0, number = 0;
    while (const Point* candidate = search.next()) {
      const Setup now_best = setup_of_point(search.incumbent()), other = setup_of_point(*candidate);
      if (replayed < known.size() && touches(stands, now_best, other)) {
        const Json& record = known[replayed++];
        if (record["point"].get<Point>() != *candidate)
          throw std::runtime_error("the journal does not fit this machine's plans; run without --resume");
        replayed_ += record["seconds"].get<double>();
        ++number;
        search.tell({record["gain"].get<double>(), record["noise"].get<double>(), record["better"].get<bool>(),
                     record["rounds"].get<int>()});
        continue;
      }
      if (interrupted() || elapsed() > search_deadline) break;
      const double started = now();
      const std::optional<Comparison> c = compare(stands, now_best, other, {}, pulse, search_deadline);
      if (!c) break;
      if (c->outcome.rounds > 0) {
        ++number;
        journal_.append({{"kind", "trial"},
                         {"section", section},
                         {"point", *candidate},
                         {"incumbent", search.incumbent()},
                         {"gain", c->outcome.gain},
                         {"noise", c->outcome.noise},
                         {"better", c->outcome.better},
                         {"rounds", c->outcome.rounds},
                         {"shapes", c->stands.size()},
                         {"seconds", now() - started}});
      }
      search.tell(c->outcome);
      progress_.show(elapsed(), section + ": " + std::to_string(number) + " comparisons, best " +
                                    percent(search.gain()) + " with " + changes(search, before, part));
    }
    const Setup confirmed = confirm(section, before, part, stands, search, pulse);
    if (options_.peers && !threaded) time_peers(section, stands, confirmed);
    return confirmed;
  }

  bool touches(const Stands& stands, const Setup& a, const Setup& b) const {
    return std::any_of(stands.begin(), stands.end(), [&](const Stand& s) { return !s.bench->same_plan(a, b); });
  }

  void announce(const std::string& section, const Setup& setup, Part part, const Space& space) {
    Json dimensions = Json::array();
    for (const Dimension& d : space.dimensions) {
      Json values = Json::array();
      for (const double v : d.values) values.push_back(value_text(setup, part, d.name, v));
      dimensions.push_back({{"name", d.name}, {"values", values}});
    }
    Json record = {{"kind", "section"},
                   {"section", section},
                   {"dimensions", dimensions},
                   {"seed", space.seed},
                   {"peak", peak_of(setup, part)}};
    Blocks blocks{};
    if (derived_blocks(setup, part, blocks))
      record["derived"] = {{"mc", blocks.mc}, {"kc", blocks.kc}, {"nc", blocks.nc}};
    journal_.append(record);
  }

  // Of a core, in GFLOP/s; 0 where memory is the bound, or nothing is known.
  static double peak_of(const Setup& setup, Part part) {
    if (part == Part::threads) return 0;
    if (part == Part::int8) return bench::int8_peak(isa_info(setup.int8.isa->isa).name);
    return measured_peak(*setup.machine.isa, part == Part::f64 ? DType::f64 : DType::f32);
  }

  // "kc 384, mc 192"
  static std::string changes(const Search& search, const Setup& setup, Part part) {
    std::string text;
    const Point &best = search.best(), &seed = search.space().seed;
    for (std::size_t d = 0; d < best.size(); ++d) {
      if (best[d] == seed[d]) continue;
      const Dimension& dimension = search.space().dimensions[d];
      text += (text.empty() ? "" : ", ") + dimension.name + ' ' +
              value_text(setup, part, dimension.name, dimension.values[static_cast<std::size_t>(best[d])]);
    }
    return text.empty() ? "what it began with" : text;
  }

  // The last incumbent that, measured anew, is better than `before` on the whole and worse in no group.
  Setup confirm(const std::string& section, const Setup& before, Part part, Stands& stands, const Search& search,
                Pulse& pulse) {
    std::vector<Point> path = search.history();
    std::reverse(path.begin(), path.end());
    int tries = 0;
    for (const Point& point : path) {
      const Setup tuned = setup_at(search.space(), point, part, before);
      if (!touches(stands, before, tuned) || ++tries > kRetreats) break;
      for (const Json& record : confirmations_[section]) {
        if (record["point"].get<Point>() != point) continue;
        replayed_ += record["seconds"].get<double>();
        if (record["better"].get<bool>()) {
          measured_[section] = record;
          return tuned;
        }
      }
      progress_.show(elapsed(), section + ": confirming");
      const double started = now();
      confirming_ = true;  // after a Ctrl-C too; another one ends it
      const Comparison c = *compare(stands, before, tuned, kConfirmation, pulse, 1e300);
      confirming_ = false;
      Json record = confirmation(section, point, c, stands, before, tuned);
      record["seconds"] = now() - started;
      journal_.append(record);
      measured_[section] = record;
      if (c.outcome.better) {
        progress_.say(section + ": " + percent(c.outcome.gain) + " (noise " + percent(c.outcome.noise).substr(1) +
                      ") with " + words(search, point, before, part));
        return tuned;
      }
      progress_.say(section + ": " + words(search, point, before, part) + " is not confirmed (" +
                    percent(c.outcome.gain) + ", noise " + percent(c.outcome.noise).substr(1) + ")");
    }
    if (measured_.count(section) == 0) {
      // Nothing to compare: what the defaults reach is shown all the same.
      Comparison none{{}, Race({}, 1, {}), {}, {}};
      Json record = confirmation(section, search.space().seed, none, stands, before, before);
      record["seconds"] = 0.0;
      journal_.append(record);
      measured_[section] = record;
    } else {
      measured_[section]["kept"] = false;
    }
    progress_.say(section + ": the defaults stay");
    return before;
  }

  static std::string words(const Search& search, const Point& point, const Setup& before, Part part) {
    std::string text;
    const Setup tuned = setup_at(search.space(), point, part, before);
    for (const Dimension& d : search.space().dimensions) {
      const double value = field_value(tuned, part, d.name);
      if (value == field_value(before, part, d.name)) continue;
      text += (text.empty() ? "" : ", ") + d.name + ' ' + value_text(before, part, d.name, value);
    }
    return text;
  }

  Json confirmation(const std::string& section, const Point& point, const Comparison& c, Stands& stands,
                    const Setup& before, const Setup& tuned) {
    Json shapes = Json::array();
    for (std::size_t i = 0; i < stands.size(); ++i) {
      Bench& bench = *stands[i].bench;
      const auto at = std::find(c.stands.begin(), c.stands.end(), i);
      const auto e = static_cast<std::size_t>(at - c.stands.begin());
      Json shape = {{"line", bench.shape().line},
                    {"group", bench.shape().group},
                    {"flops", bench.flops()},
                    {"threads", bench.threads()}};
      if (at != c.stands.end() && e < c.times.size()) {
        shape["before"] = c.times[e].first;
        shape["after"] = c.times[e].second;
        shape["gain"] = c.race.entry(e).gain;
        shape["noise"] = c.race.entry(e).noise;
      } else {
        // The same plan: measured once for both.
        std::vector<double> seconds;
        bench.warm(before);
        for (int turn = 0; turn < 3; ++turn) seconds.push_back(bench.time(before));
        shape["before"] = shape["after"] = median(seconds);
        shape["gain"] = 0.0;
      }
      shape["plan"] = bench.plan(tuned);
      shapes.push_back(shape);
    }
    return {{"kind", "confirm"},
            {"section", section},
            {"point", point},
            {"gain", c.outcome.gain},
            {"noise", c.outcome.noise},
            {"better", c.outcome.better},
            {"rounds", c.outcome.rounds},
            {"disturbed", gate_.disturbed()},
            {"shapes", shapes}};
  }

  // Other libraries on the same operands, beside the tuned plans.
  void time_peers(const std::string& section, Stands& stands, const Setup& tuned) {
    static const std::pair<const char*, std::vector<std::string>> kPeers[] = {
        {"OpenBLAS", {"libopenblas.so.0"}},
        {"BLIS", {"libblis.so.4", "libblis.so"}},
        {"oneDNN", {"libdnnl.so.2", "libdnnl.so.3"}}};
    Json record = {{"kind", "peers"}, {"section", section}, {"peers", Json::object()}};
    for (const auto& [name, paths] : kPeers) {
      std::string error;
      const std::unique_ptr<bench::Library> library = bench::open_library(name, paths, &error);
      if (library == nullptr) continue;
      library->set_num_threads(1);
      Json times = Json::object();
      for (Stand& stand : stands) {
        if (interrupted() || !stand.bench->time(*library)) continue;  // generates code, wakes threads
        std::vector<double> ratios;
        for (int turn = 0; turn < 3; ++turn) {
          const double ours = stand.bench->time(tuned);
          ratios.push_back(*stand.bench->time(*library) / ours);
        }
        times[stand.bench->shape().line] = median(ratios);
      }
      if (!times.empty()) record["peers"][name] = times;
    }
    if (!record["peers"].empty()) journal_.append(record);
  }

  void write_profile() {
    Json measured = Json::object();
    for (const auto& [section, record] : measured_) {
      Json groups = Json::object();
      std::map<std::string, std::vector<const Json*>> by_group;
      for (const Json& shape : record["shapes"]) by_group[shape["group"]].push_back(&shape);
      const bool kept = record.value("kept", true);
      for (const auto& [group, shapes] : by_group) {
        double before = 0, gain = 0, noise = 0;
        for (const Json* shape : shapes) {
          before += std::log((*shape)["flops"].get<double>() / (*shape)["before"].get<double>() * 1e-9);
          gain += (*shape)["gain"].get<double>();
          noise += std::pow(shape->value("noise", 0.0), 2);
        }
        const auto n = static_cast<double>(shapes.size());
        const auto round3 = [](double x) { return std::round(x * 1e3) / 1e3; };
        groups[group] = {{"shapes", shapes.size()},
                         {"analytic_gflops", round3(std::exp(before / n))},
                         {"gain", kept ? round3(std::expm1(gain / n)) : 0.0},
                         {"noise", round3(std::sqrt(noise) / n)}};
      }
      measured[section] = groups;
    }
    const Json profile = profile_json(cpu_info(), tuned_, measured);
    write_file(options_.profile, profile.dump(2) + "\n");
    journal_.append({{"kind", "end"}, {"profile", profile}, {"seconds", elapsed()}, {"interrupted", interrupted()}});
    progress_.say((interrupted() ? "interrupted; " : "") + std::string("wrote ") + options_.profile);
    if (wrong_ > 0) progress_.say(std::to_string(wrong_) + " candidates changed results");
  }

  const Options options_;
  const int threads_;
  const double begin_;
  Progress progress_;
  Journal journal_;
  std::vector<Subject> subjects_;
  Profile tuned_;  // what has been found
  QuietGate gate_;
  double replayed_ = 0;  // seconds that the run before has spent
  int wrong_ = 0;
  bool confirming_ = false;
  std::map<std::string, std::vector<Json>> trials_, confirmations_;
  std::map<std::string, Json> measured_;
};

}  // namespace

std::string default_journal() {
  char name[64];
  cpu_profile_name(cpu_info(), name);
  const char* state = getenv("XDG_STATE_HOME");
  const char* home = getenv("HOME");
  const std::filesystem::path directory = state != nullptr && state[0] == '/' ? std::filesystem::path(state)
                                          : home != nullptr ? std::filesystem::path(home) / ".local/state"
                                                            : std::filesystem::temp_directory_path();
  return directory / "tessera" / (std::string(name) + ".journal");
}

int run(const Options& options) { return Session(options).run(); }

}  // namespace tessera::tune
