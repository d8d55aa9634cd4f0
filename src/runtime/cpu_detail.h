// The parts of cpu.h that are pure functions of recorded data, for tests.
#pragma once

#include <cstdint>
#include <string_view>

#include "runtime/cpu.h"

namespace tessera::detail {

// Registers of one CPUID sub-leaf.
struct CpuidRegs {
  std::uint32_t eax, ebx, ecx, edx;
};

struct CacheLevel {
  int level = 0;          // 1, 2, 3; 0: the end of the enumeration
  bool has_data = false;  // data or unified
  CacheInfo cache;
};

// One sub-leaf of the deterministic cache enumeration: leaf 4, or 0x8000001D, which has the same layout.
CacheLevel decode_cache_leaf(const CpuidRegs& regs);

// Family, model and stepping of leaf 1's eax, extended fields included.
void decode_signature(std::uint32_t leaf1_eax, CpuInfo& info);

// Fields of MIDR_EL1: implementer, part, revision (variant << 4 | revision).
void decode_midr(std::uint64_t midr, CpuInfo& info);

index_t parse_cache_size(std::string_view text);  // sysfs: "32K", "2048K", "1M"; 0 when not understood
int count_cpu_list(std::string_view text);        // sysfs: "0-3,8" is 5; 0 when not understood

}  // namespace tessera::detail
