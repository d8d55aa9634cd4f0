// The parts of num_threads.h that are pure functions of text, for tests.
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace tessera::detail {

// The first number of a comma-separated list ("4", " 4 ", "4,2"); 0 when that is not a positive number. nullptr is
// allowed. Saturates at 65535.
int parse_thread_count(const char* text);

// CPUs that a quota amounts to, rounded up; 0 when there is no limit or the text is not understood.
int cpus_from_cpu_max(std::string_view cpu_max);                           // cgroup v2: "<quota|max> <period>"
int cpus_from_cfs(std::string_view quota_us, std::string_view period_us);  // cgroup v1; quota -1: no limit

// The smallest quota among the process's cgroup and its ancestors, found by way of /proc/self/cgroup and
// /proc/self/mountinfo; 0 when there is none. `read` returns a file's content, "" when it cannot be read.
int cgroup_cpus(const std::function<std::string(const std::string& path)>& read);

// The default from everything it depends on. `quota` 0: none.
int choose_num_threads(const char* tessera_num_threads, const char* omp_num_threads, int affinity, int quota);

}  // namespace tessera::detail
