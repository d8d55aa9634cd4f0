#include "machine.h"

#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <barrier>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <functional>
#include <memory>
#include <sstream>
#include <thread>

#include "aligned_buffer.h"
#include "machine_loops.h"

namespace tessera::bench {
namespace {

using Clock = std::chrono::steady_clock;
constexpr int kBursts = 7;
constexpr double kBurstSeconds = 0.004;

std::string read_word(const std::string& path) {
  std::ifstream in(path);
  std::string word;
  in >> word;
  return word;
}

// Runs work(thread, repetitions) on all threads at once and returns the time from the first start to the last end. Each
// thread reads the clock itself: one that only waits may be woken after the others are done.
double timed_burst(int threads, const std::function<void(int, int64_t)>& work, int64_t repetitions) {
  std::vector<Clock::time_point> starts(threads), ends(threads);
  std::barrier sync(threads);
  const auto run = [&](int t) {
    sync.arrive_and_wait();
    starts[t] = Clock::now();
    work(t, repetitions);
    ends[t] = Clock::now();
  };
  std::vector<std::thread> pool;
  for (int t = 1; t < threads; ++t) pool.emplace_back(run, t);
  run(0);
  for (std::thread& thread : pool) thread.join();
  return std::chrono::duration<double>(*std::max_element(ends.begin(), ends.end()) -
                                       *std::min_element(starts.begin(), starts.end()))
      .count();
}

// Appends rates, in units of `amount` per repetition and thread, divided by 1e9.
void measure(int threads, double amount, const std::function<void(int, int64_t)>& work, std::vector<double>* rates) {
  int64_t repetitions = 1;
  while (timed_burst(threads, work, repetitions) < kBurstSeconds && repetitions < int64_t{1} << 40) repetitions *= 2;
  for (int i = 0; i < kBursts; ++i)
    rates->push_back(amount * double(repetitions) * threads / timed_burst(threads, work, repetitions) / 1e9);
}

double median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + values.size() / 2, values.end());
  return values[values.size() / 2];
}

std::vector<const MachineLoops*> loops_within(const std::string& cap) {
  std::vector<const MachineLoops*> usable;
  for (const MachineLoops& loops : machine_loops()) {
    if (loops.usable()) usable.push_back(&loops);
    if (cap == loops.isa) break;
  }
  return usable;
}

// Four streams, a page of each in turn: one stream alone leaves the memory waiting at each page, where the hardware
// prefetcher stops (22 GB/s against 29 on Zen 4 with 4 KiB pages).
void read_pages(const MachineLoops& loops, const char* from, size_t bytes) {
  constexpr size_t kPage = 4096, kStreams = 4;
  const size_t stream = bytes / kStreams;
  for (size_t at = 0; at < stream; at += kPage)
    for (size_t s = 0; s < kStreams; ++s) loops.read(from + s * stream + at, kPage);
}

std::vector<int64_t> idle_ticks(int cpus) {
  std::vector<int64_t> idle(cpus, 0);
  std::ifstream in("/proc/stat");
  for (std::string line; std::getline(in, line);) {
    std::istringstream words(line);
    std::string name;
    int64_t user, nice, system, ticks;
    if (!(words >> name >> user >> nice >> system >> ticks) || name.size() < 4 || name.compare(0, 3, "cpu") != 0)
      continue;
    const int cpu = std::atoi(name.c_str() + 3);
    if (cpu < cpus) idle[cpu] = ticks;
  }
  return idle;
}

}  // namespace

CacheSizes cache_sizes() {
  CacheSizes sizes{32768, 524288, 8388608};
  for (int i = 0; i < 8; ++i) {
    const std::string index = "/sys/devices/system/cpu/cpu0/cache/index" + std::to_string(i) + "/";
    const std::string type = read_word(index + "type"), level = read_word(index + "level");
    const double kib = std::atof(read_word(index + "size").c_str());
    if (kib <= 0 || type == "Instruction") continue;
    (level == "1" ? sizes.l1 : level == "2" ? sizes.l2 : sizes.l3) = kib * 1024;
  }
  sizes.l3 = std::max(sizes.l3, sizes.l2);
  return sizes;
}

std::string cpu_name() {
  std::ifstream in("/proc/cpuinfo");
  for (std::string line; std::getline(in, line);)
    if (line.compare(0, 10, "model name") == 0) return line.substr(line.find(':') + 2);
  return "unknown";
}

int pin_to_idle_cpu() {
  cpu_set_t allowed;
  if (sched_getaffinity(0, sizeof allowed, &allowed) != 0) return -1;
  const std::vector<int64_t> before = idle_ticks(CPU_SETSIZE);
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  const std::vector<int64_t> after = idle_ticks(CPU_SETSIZE);
  int best = -1;
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu)
    if (CPU_ISSET(cpu, &allowed) && (best < 0 || after[cpu] - before[cpu] > after[best] - before[best])) best = cpu;
  if (best < 0) return -1;
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(best, &one);
  return sched_setaffinity(0, sizeof one, &one) == 0 ? best : -1;
}

Machine::Machine(int threads, const std::string& isa_cap, bool huge_pages)
    : threads_(threads), isa_cap_(isa_cap), huge_pages_(huge_pages), caches_(cache_sizes()) {}

void Machine::sample() {
  const std::vector<const MachineLoops*> usable = loops_within(isa_cap_);
  if (usable.empty()) return;
  for (const MachineLoops* loops : usable) {
    measure(
        threads_, loops->fma_f32_flops, [&](int, int64_t n) { loops->fma_f32(n); },
        &bursts_["fma_f32_" + std::string(loops->isa)]);
    measure(
        threads_, loops->fma_f64_flops, [&](int, int64_t n) { loops->fma_f64(n); },
        &bursts_["fma_f64_" + std::string(loops->isa)]);
  }

  // Half of each level, so that what else lives there does not push it out; DRAM far beyond the last.
  const auto whole = [](double bytes) { return std::max<size_t>(1, static_cast<size_t>(bytes) / 16384) * 16384; };
  const std::pair<const char*, size_t> levels[] = {{"L1", whole(caches_.l1 / 2)},
                                                   {"L2", whole(caches_.l2 / 2)},
                                                   {"L3", whole(caches_.l3 / 2 / threads_)},
                                                   {"DRAM", whole(std::max(4 * caches_.l3, 134217728.0) / threads_)}};
  std::vector<AlignedBuffer> from, to;
  for (int t = 0; t < threads_; ++t)
    for (auto* buffers : {&from, &to}) {
      buffers->push_back(allocate_aligned(levels[3].second, huge_pages_));
      std::memset(buffers->back().get(), 1, levels[3].second);
    }
  for (const auto& [level, bytes] : levels) {
    const size_t size = bytes;
    const bool in_core = double(size) <= caches_.l2;
    // The widest loads are not always the fastest from far away: the best ISA of each level counts.
    std::vector<double> fastest;
    for (const MachineLoops* loops : usable) {
      std::vector<double> rates;
      measure(
          threads_, double(size),
          [&](int t, int64_t n) {
            while (n-- > 0) in_core ? loops->read(from[t].get(), size) : read_pages(*loops, from[t].get(), size);
          },
          &rates);
      if (fastest.empty() || median(rates) > median(fastest)) fastest = rates;
    }
    std::vector<double>& reads = bursts_[std::string("read_") + level];
    reads.insert(reads.end(), fastest.begin(), fastest.end());
    measure(
        threads_, double(size),
        [&](int t, int64_t n) {
          while (n-- > 0) usable.back()->write(to[t].get(), size);
        },
        &bursts_[std::string("write_") + level]);
    // Source and destination share the level.
    const size_t half = size / 2;
    measure(
        threads_, double(half),
        [&](int t, int64_t n) {
          while (n-- > 0) std::memcpy(to[t].get(), from[t].get(), half);
        },
        &bursts_[std::string("copy_") + level]);
  }
}

std::map<std::string, Machine::Rate> Machine::rates() const {
  std::map<std::string, Rate> all;
  for (const auto& [key, values] : bursts_)
    all[key] = {median(values), *std::min_element(values.begin(), values.end()),
                *std::max_element(values.begin(), values.end())};
  return all;
}

double Machine::rate(const std::string& key) const {
  const auto found = bursts_.find(key);
  return found == bursts_.end() ? 0 : median(found->second);
}

double Machine::peak(char type) const {
  double best = 0;
  for (const MachineLoops* loops : loops_within(isa_cap_))
    best = std::max(best, rate((type == 's' || type == 'c' ? "fma_f32_" : "fma_f64_") + std::string(loops->isa)));
  return best;
}

Machine::Roof Machine::roof(const Work& work) const {
  const double size = work.footprint;
  const std::string level = size <= caches_.l1 * threads_   ? "L1"
                            : size <= caches_.l2 * threads_ ? "L2"
                            : size <= caches_.l3            ? "L3"
                                                            : "DRAM";
  const double fma = peak(work.type) * 1e9, memory = rate("read_" + level) * 1e9;
  if (fma == 0 || memory == 0) return {0, ""};
  const double by_fma = work.flops / fma, by_memory = work.bytes / memory;
  return by_memory > by_fma ? Roof{by_memory, level} : Roof{by_fma, "FMA"};
}

}  // namespace tessera::bench
