// The instruction-set levels that Tessera has kernels for.
//
// A level is a row here, a block in cmake/isa.cmake (its compiler flags), a register wrapper in
// base/simd/ and a list of tiles in kernel/tiles_<isa>.h. Levels of one architecture are ordered:
// a later one contains the earlier ones. A level need not have every family of kernels: one that adds integer
// instructions alone has integer kernels alone, and floating point is served by the best level below it.
#pragma once

#include <cstddef>
#include <cstdint>

namespace tessera {

enum class Isa : std::uint8_t { baseline, avx2, avxvnni, avx512, avx512vnni, neon, neondot, neoni8mm, sve256, neon32 };

inline constexpr std::size_t kIsaCount = 10;

// What a CPU (and its operating system, for register state) must offer. Bits, not model numbers.
enum CpuFeature : std::uint32_t {
  kFeatAvx2 = 1u << 0,
  kFeatFma = 1u << 1,
  kFeatAvx512F = 1u << 2,
  kFeatAvx512Dq = 1u << 3,
  kFeatAvx512Bw = 1u << 4,
  kFeatAvx512Vl = 1u << 5,
  kFeatNeon = 1u << 6,
  kFeatAvxVnni = 1u << 7,
  kFeatAvx512Vnni = 1u << 8,
  kFeatNeonDot = 1u << 9,
  kFeatNeonI8mm = 1u << 10,
  kFeatNeon32 = 1u << 11,  // NEON of a 32-bit ARM process, with the fused multiply-add of VFPv4
  kFeatF16c = 1u << 12,
  kFeatSve256 = 1u << 13,  // SVE with registers of 256 bits, no more and no less
};

struct IsaInfo {
  Isa isa;
  const char* name;        // as in TESSERA_ISA, kernel names, logs and profiles
  std::uint32_t features;  // all of these are needed
  bool has_fma;            // fused multiply-add: results have the same bits on all levels that have it
  bool flushes = false;    // vectors of floats take and give subnormal numbers as 0
};

inline constexpr std::uint32_t kFeaturesAvx2 = kFeatAvx2 | kFeatFma | kFeatF16c;
inline constexpr std::uint32_t kFeaturesAvx512 =
    kFeaturesAvx2 | kFeatAvx512F | kFeatAvx512Dq | kFeatAvx512Bw | kFeatAvx512Vl;

inline constexpr IsaInfo kIsaTable[kIsaCount] = {
    {Isa::baseline, "baseline", 0, false},
    {Isa::avx2, "avx2", kFeaturesAvx2, true},
    {Isa::avxvnni, "avxvnni", kFeaturesAvx2 | kFeatAvxVnni, true},
    {Isa::avx512, "avx512", kFeaturesAvx512, true},
    {Isa::avx512vnni, "avx512vnni", kFeaturesAvx512 | kFeatAvx512Vnni, true},
    {Isa::neon, "neon", kFeatNeon, true},
    {Isa::neondot, "neondot", kFeatNeon | kFeatNeonDot, true},
    {Isa::neoni8mm, "neoni8mm", kFeatNeon | kFeatNeonDot | kFeatNeonI8mm, true},
    {Isa::sve256, "sve256", kFeatNeon | kFeatSve256, true},
    {Isa::neon32, "neon32", kFeatNeon32, true, true},
};

constexpr const IsaInfo& isa_info(Isa isa) { return kIsaTable[static_cast<std::size_t>(isa)]; }

}  // namespace tessera
