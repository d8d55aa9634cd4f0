// What this machine is: feature bits usable under the running operating system, caches.
#pragma once

#include <cstdint>

#include "base/dtype.h"

namespace tessera {

struct CacheInfo {
  index_t bytes = 0;  // 0: this level does not exist
  index_t line = 64;
  int ways = 8;
  int shared_by = 1;  // logical CPUs that share one such cache
};

struct CpuInfo {
  char vendor[16] = {};
  char model[64] = {};
  int family = 0, model_number = 0, stepping = 0;  // x86 signature; AArch64: implementer, part, revision (MIDR)
  std::uint32_t features = 0;                      // CpuFeature bits that CPU *and* OS offer (XCR0 honoured)
  CacheInfo l1d, l2, l3;
  bool in_order = false;    // every core issues in order, as far as their numbers are known
  double slowest_core = 1;  // speed of the slowest core as a share of the fastest one's, as the kernel estimates it
};

// Detected once, at first use. Thread-safe. Cache sizes fall back on 32 KiB / 512 KiB / 4 MiB where nothing is known.
const CpuInfo& cpu_info();

// The pure part of x86 detection, for tests on recorded descriptions: feature bits from CPUID leaves 1, 7 and 7.1 and
// XCR0.
struct X86FeatureWords {
  std::uint32_t leaf1_ecx, leaf7_ebx;
  std::uint64_t xcr0;  // 0 when OSXSAVE is not set
  std::uint32_t leaf7_ecx = 0, leaf7_1_eax = 0;
};
std::uint32_t x86_features(const X86FeatureWords& words);

}  // namespace tessera
