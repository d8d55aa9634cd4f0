#include "runtime/num_threads.h"

#include <sched.h>
#include <stdlib.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <cstdio>

#include "runtime/num_threads_detail.h"

namespace tessera {
namespace detail {
namespace {

constexpr int kMaxCount = 65535;

std::string_view trim(std::string_view text) {
  const char* blanks = " \t\r\n";
  const std::size_t begin = text.find_first_not_of(blanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(blanks) - begin + 1);
}

// A whole string of digits, saturating; -1 otherwise.
std::int64_t parse_digits(std::string_view text) {
  if (text.empty()) return -1;
  std::int64_t value = 0;
  for (char c : text) {
    if (c < '0' || c > '9') return -1;
    if (value < INT64_MAX / 100) value = value * 10 + (c - '0');
  }
  return value;
}

// Cuts the text before the first `separator` off `rest` and returns it.
std::string_view next_field(std::string_view& rest, char separator) {
  const std::size_t at = rest.find(separator);
  const std::string_view field = rest.substr(0, at);
  rest = at == std::string_view::npos ? std::string_view{} : rest.substr(at + 1);
  return field;
}

bool contains_word(std::string_view list, std::string_view word) {
  while (!list.empty()) {
    if (next_field(list, ',') == word) return true;
  }
  return false;
}

int ratio_rounded_up(std::int64_t quota, std::int64_t period) {
  if (quota <= 0 || period <= 0) return 0;
  const std::int64_t cpus = quota / period + (quota % period != 0 ? 1 : 0);
  return cpus < kMaxCount ? static_cast<int>(cpus) : kMaxCount;
}

struct Hierarchy {
  std::string_view path;         // the process's cgroup
  std::string_view root, mount;  // which cgroup is mounted where
};

// The hierarchy that limits CPU time in its v1 or v2 form.
bool find_hierarchy(std::string_view cgroups, std::string_view mounts, bool v2, Hierarchy& found) {
  bool have_path = false;
  while (!cgroups.empty() && !have_path) {
    std::string_view line = next_field(cgroups, '\n');  // <id>:<controllers>:<path>
    next_field(line, ':');
    const std::string_view controllers = next_field(line, ':');
    have_path = v2 ? controllers.empty() && !line.empty() : contains_word(controllers, "cpu");
    if (have_path) found.path = line;
  }
  if (!have_path) return false;
  while (!mounts.empty()) {
    std::string_view line = next_field(mounts, '\n');
    const std::size_t dash = line.find(" - ");  // <id> <parent> <dev> <root> <mount> ... - <type> <source> <options>
    if (dash == std::string_view::npos) continue;
    std::string_view tail = line.substr(dash + 3);
    const std::string_view type = next_field(tail, ' ');
    next_field(tail, ' ');
    if (v2 ? type != "cgroup2" : type != "cgroup" || !contains_word(tail, "cpu")) continue;
    for (int i = 0; i < 3; ++i) next_field(line, ' ');
    found.root = next_field(line, ' ');
    found.mount = next_field(line, ' ');
    return true;
  }
  return false;
}

}  // namespace

int parse_thread_count(const char* text) {
  if (text == nullptr) return 0;
  std::string_view rest = text;
  const std::int64_t n = parse_digits(trim(next_field(rest, ',')));
  return n <= 0 ? 0 : n < kMaxCount ? static_cast<int>(n) : kMaxCount;
}

int cpus_from_cpu_max(std::string_view cpu_max) {
  std::string_view rest = trim(cpu_max);
  const std::int64_t quota = parse_digits(next_field(rest, ' '));
  return ratio_rounded_up(quota, parse_digits(trim(rest)));
}

int cpus_from_cfs(std::string_view quota_us, std::string_view period_us) {
  return ratio_rounded_up(parse_digits(trim(quota_us)), parse_digits(trim(period_us)));
}

int cgroup_cpus(const std::function<std::string(const std::string& path)>& read) {
  const std::string cgroups = read("/proc/self/cgroup"), mounts = read("/proc/self/mountinfo");
  int least = 0;
  for (const bool v2 : {true, false}) {
    Hierarchy hierarchy;
    if (!find_hierarchy(cgroups, mounts, v2, hierarchy)) continue;
    // A container may see a mount of its own cgroup and the path as the host knows it.
    std::string_view path = hierarchy.path;
    if (hierarchy.root != "/") {
      const bool below = path.substr(0, hierarchy.root.size()) == hierarchy.root &&
                         (path.size() == hierarchy.root.size() || path[hierarchy.root.size()] == '/');
      path = below ? path.substr(hierarchy.root.size()) : std::string_view{};
    }
    for (;;) {
      while (!path.empty() && path.back() == '/') path.remove_suffix(1);
      const std::string folder = std::string(hierarchy.mount) + std::string(path) + "/";
      const int cpus = v2 ? cpus_from_cpu_max(read(folder + "cpu.max"))
                          : cpus_from_cfs(read(folder + "cpu.cfs_quota_us"), read(folder + "cpu.cfs_period_us"));
      if (cpus > 0 && (least == 0 || cpus < least)) least = cpus;
      if (path.empty()) break;
      path = path.substr(0, path.rfind('/'));
    }
  }
  return least;
}

int choose_num_threads(const char* tessera_num_threads, const char* omp_num_threads, int affinity, int quota) {
  if (const int n = parse_thread_count(tessera_num_threads)) return n;
  if (const int n = parse_thread_count(omp_num_threads)) return n;
  const int cpus = affinity > 0 ? affinity : 1;
  return quota > 0 && quota < cpus ? quota : cpus;
}

}  // namespace detail

namespace {

std::string read_file(const std::string& path) {
  std::string text;
  std::FILE* file = std::fopen(path.c_str(), "re");
  if (file == nullptr) return text;
  char chunk[4096];
  std::size_t n;
  while ((n = std::fread(chunk, 1, sizeof chunk, file)) > 0) text.append(chunk, n);
  std::fclose(file);
  return text;
}

int affinity_cpus() {
  // The kernel refuses a mask that is smaller than its own.
  for (int cpus = 1024; cpus <= 1 << 20; cpus *= 4) {
    cpu_set_t* mask = CPU_ALLOC(static_cast<std::size_t>(cpus));
    if (mask == nullptr) break;
    const std::size_t bytes = CPU_ALLOC_SIZE(static_cast<std::size_t>(cpus));
    const int count = sched_getaffinity(0, bytes, mask) == 0 ? CPU_COUNT_S(bytes, mask) : 0;
    CPU_FREE(mask);
    if (count > 0) return count;
  }
  const long online = sysconf(_SC_NPROCESSORS_ONLN);
  return online > 0 ? static_cast<int>(online) : 1;
}

int detect_default() {
  // secure_getenv: a setuid program does not take orders from its environment.
  const char* own = secure_getenv("TESSERA_NUM_THREADS");
  const char* omp = secure_getenv("OMP_NUM_THREADS");
  if (detail::parse_thread_count(own) != 0 || detail::parse_thread_count(omp) != 0) {
    return detail::choose_num_threads(own, omp, 1, 0);
  }
  int quota = 0;
  try {
    quota = detail::cgroup_cpus(read_file);
  } catch (...) {  // out of memory: as if there were no quota
  }
  return detail::choose_num_threads(nullptr, nullptr, affinity_cpus(), quota);
}

constinit std::atomic<int> g_default{0};
constinit std::atomic<int> g_global{0};
thread_local int t_local = 0;

int count_or_none(int n) { return n > 0 ? n : 0; }

}  // namespace

int default_num_threads() {
  int n = g_default.load(std::memory_order_relaxed);
  if (n != 0) return n;
  // Threads that come here at once may all look; the first answer stays.
  int unset = 0;
  n = detect_default();
  return g_default.compare_exchange_strong(unset, n, std::memory_order_relaxed) ? n : unset;
}

void set_num_threads_global(int n) { g_global.store(count_or_none(n), std::memory_order_relaxed); }
void set_num_threads_local(int n) { t_local = count_or_none(n); }
int num_threads_local() { return t_local; }

int num_threads() {
  if (t_local != 0) return t_local;
  const int global = g_global.load(std::memory_order_relaxed);
  return global != 0 ? global : default_num_threads();
}

}  // namespace tessera
