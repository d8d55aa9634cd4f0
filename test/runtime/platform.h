// What the build and the process are like, for tests that cannot run everywhere.
#pragma once

#include <cstddef>
#include <cstdio>

#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
#define TESSERA_TEST_SHADOW 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer) || __has_feature(address_sanitizer)
#define TESSERA_TEST_SHADOW 1
#endif
#endif

namespace tessera::test {

// Address or thread sanitizer: no address space limit goes with their shadow, and no threads in a forked child.
#if defined(TESSERA_TEST_SHADOW)
inline constexpr bool kShadowMemory = true;
#else
inline constexpr bool kShadowMemory = false;
#endif

// A user-mode emulator, under which a process cannot re-execute itself and sees the host's /proc.
#if defined(TESSERA_TEST_EMULATED)
inline constexpr bool kEmulated = true;
#else
inline constexpr bool kEmulated = false;
#endif

// Bytes of address space the process has mapped.
inline std::size_t mapped_bytes() {
  unsigned long pages = 0;
  if (std::FILE* file = std::fopen("/proc/self/statm", "re")) {
    if (std::fscanf(file, "%lu", &pages) != 1) pages = 0;
    std::fclose(file);
  }
  return pages * std::size_t{4096};
}

}  // namespace tessera::test
