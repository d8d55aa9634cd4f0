// A child process in which no request for memory succeeds.
#pragma once

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>

#include "runtime/workspace.h"

namespace tessera::test {

// Takes all that malloc and the kernel still give.
inline bool exhaust_memory() {
  release_workspace();
  rlimit limit{};
  if (getrlimit(RLIMIT_AS, &limit) != 0) return false;
  limit.rlim_cur = 1;
  if (setrlimit(RLIMIT_AS, &limit) != 0) return false;
  for (std::size_t size = 1 << 20; size >= 16; size /= 2)
    while (void* volatile p = std::malloc(size)) static_cast<void>(p);
  for (const std::size_t bytes : {std::size_t{1}, std::size_t{1} << 16, std::size_t{4} << 20})
    if (workspace(WorkspaceSlot::packed_a, bytes) != nullptr) return false;
  return true;
}

inline constexpr int kMemoryWasLeft = 100, kChildFailed = 101;

// What run() returns in such a child, 0..99: it may not allocate, so neither use gtest nor iostreams. Else one of the
// above.
template <class Run>
int without_memory(const Run& run) {
  const pid_t child = fork();
  if (child == 0) _exit(exhaust_memory() ? run() : kMemoryWasLeft);
  int status = 0;
  if (child < 0 || waitpid(child, &status, 0) != child || !WIFEXITED(status)) return kChildFailed;
  return WEXITSTATUS(status);
}

}  // namespace tessera::test
