// The instruction-set levels that Tessera has kernels for.
//
// A level is a row here, a block in cmake/isa.cmake (its compiler flags), a register wrapper in
// base/simd/ and a list of tiles in kernel/tiles_<isa>.h. Levels of one architecture are ordered:
// a later one contains the earlier ones.
#pragma once

#include <cstddef>
#include <cstdint>

namespace tessera {

enum class Isa : std::uint8_t { baseline, avx2, avx512, neon };

inline constexpr std::size_t kIsaCount = 4;

// What a CPU (and its operating system, for register state) must offer. Bits, not model numbers.
enum CpuFeature : std::uint32_t {
  kFeatAvx2 = 1u << 0,
  kFeatFma = 1u << 1,
  kFeatAvx512F = 1u << 2,
  kFeatAvx512Dq = 1u << 3,
  kFeatAvx512Bw = 1u << 4,
  kFeatAvx512Vl = 1u << 5,
  kFeatNeon = 1u << 6,
};

struct IsaInfo {
  Isa isa;
  const char* name;        // as in TESSERA_ISA, kernel names, logs and profiles
  std::uint32_t features;  // all of these are needed
  bool has_fma;            // fused multiply-add: results have the same bits on all levels that have it
};

inline constexpr IsaInfo kIsaTable[kIsaCount] = {
    {Isa::baseline, "baseline", 0, false},
    {Isa::avx2, "avx2", kFeatAvx2 | kFeatFma, true},
    {Isa::avx512, "avx512", kFeatAvx2 | kFeatFma | kFeatAvx512F | kFeatAvx512Dq | kFeatAvx512Bw | kFeatAvx512Vl, true},
    {Isa::neon, "neon", kFeatNeon, true},
};

constexpr const IsaInfo& isa_info(Isa isa) { return kIsaTable[static_cast<std::size_t>(isa)]; }

}  // namespace tessera
