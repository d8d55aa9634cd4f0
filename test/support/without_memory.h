// A child process in which no request for memory succeeds.
#pragma once

#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <tessera/context.h>
#include <unistd.h>

#include <cstdlib>

namespace tessera::test {

// Takes all that malloc and the kernel still give; false when something is left.
inline bool exhaust_malloc() {
  rlimit limit{};
  if (getrlimit(RLIMIT_AS, &limit) != 0) return false;
  limit.rlim_cur = 1;
  if (setrlimit(RLIMIT_AS, &limit) != 0) return false;
  for (std::size_t size = 1 << 20; size >= 16; size /= 2)
    while (void* volatile p = std::malloc(size)) static_cast<void>(p);
  return mmap(nullptr, 1, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED;
}

inline constexpr int kMemoryWasLeft = 100, kChildFailed = 101;

// What run() returns in such a child, 0..99: it may not allocate, so neither use gtest nor iostreams. Else one of the
// above.
template <class Run>
int without_memory(const Run& run) {
  const pid_t child = fork();
  if (child == 0) {
    tsr_release_workspace();
    _exit(exhaust_malloc() ? run() : kMemoryWasLeft);
  }
  int status = 0;
  if (child < 0 || waitpid(child, &status, 0) != child || !WIFEXITED(status)) return kChildFailed;
  return WEXITSTATUS(status);
}

}  // namespace tessera::test
