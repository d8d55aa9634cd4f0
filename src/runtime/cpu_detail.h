// Detection as functions of what a machine answers, so that a recorded one can be asked.
#pragma once

#include <cstddef>
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

// What an x86 CPU says of itself.
class X86Cpu {
 public:
  virtual CpuidRegs cpuid(std::uint32_t leaf, std::uint32_t subleaf) const = 0;
  virtual std::uint64_t xcr0() const = 0;  // asked only where OSXSAVE is set: elsewhere xgetbv faults

 protected:
  ~X86Cpu() = default;
};

// What Linux says of an ARM CPU: AT_HWCAP, AT_HWCAP2, MIDR_EL1 of CPU 0 (0: unknown), and how wide it has made the
// registers of SVE, in bytes (0: it has none). Bits of AT_HWCAP mean one thing to a 64-bit process and another to a
// 32-bit one.
struct ArmCpu {
  std::uint64_t hwcap, hwcap2, midr;
  int sve_bytes = 0;
};

// The files of sysfs.
class Files {
 public:
  // Up to `size` - 1 bytes of a file into `text`; empty when it cannot be read.
  virtual std::string_view read(const char* path, char* text, std::size_t size) const = 0;

 protected:
  ~Files() = default;
};

// Vendor, model, signature, features, and caches as the CPU tells them.
void detect_x86(const X86Cpu& cpu, CpuInfo& info);
void detect_arm(const ArmCpu& cpu, CpuInfo& info);
void detect_arm32(const ArmCpu& cpu, CpuInfo& info);

// MIDR_EL1 of CPU 0 from sysfs, else from /proc/cpuinfo, which 32-bit kernels have alone; 0 when neither says.
std::uint64_t midr_from_files(const Files& files);

// Whether a core of this MIDR_EL1 issues in order: Arm's Cortex-A5, A7, A8, A34, A35, A53, A55, A510, A520.
bool issues_in_order(std::uint64_t midr);

// What the kernel says: caches that the CPU itself did not tell, who shares them, the speed of the slowest core, and
// whether the other cores issue in order as the first one does.
void complete_from_sysfs(const Files& files, CpuInfo& info);

// Caches of which nothing is known; no more sharers than there are CPUs.
void complete_with_defaults(long online, CpuInfo& info);

}  // namespace tessera::detail
