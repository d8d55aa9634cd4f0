#include "machine_loops.h"

namespace tessera::bench {
namespace {

// Operands with full mantissas: multiplying zeros would draw less power and could run at a higher clock than real work.
[[maybe_unused]] alignas(64) const float kX32[4] = {1.2345678f, -0.9876543f, 0.7654321f, -1.3579111f};
[[maybe_unused]] alignas(64) const float kY32[4] = {-0.8765432f, 1.1357913f, 1.0864213f, 0.9753197f};
[[maybe_unused]] alignas(64) const double kX64[2] = {1.2345678901234567, -0.9876543210987654};
[[maybe_unused]] alignas(64) const double kY64[2] = {-0.8765432109876543, 1.1357913579135791};

#if defined(__x86_64__)

// Two operands and 12 or 24 accumulators: 2 units times a latency of 4 or 5 need at least 10 chains.
#define TESSERA_FMA_LOOP(name, x_data, y_data, broadcast, zero, step, after)                                      \
  void name(int64_t n) {                                                                                          \
    asm volatile(broadcast zero "1:\n" step "dec %[n]\njnz 1b\n" after                                            \
                 : [n] "+r"(n)                                                                                    \
                 : [x] "m"(x_data), [y] "m"(y_data)                                                               \
                 : "cc", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", \
                   "xmm11", "xmm12", "xmm13", "xmm14", "xmm15");                                                  \
  }

#define TESSERA_R12 "0,1,2,3,4,5,6,7,8,9,10,11"
#define TESSERA_R24 TESSERA_R12 ",12,13,14,15,16,17,18,19,20,21,22,23"

// Without FMA the peak is an addition and a multiplication side by side.
TESSERA_FMA_LOOP(
    fma_f32_baseline, kX32, kY32, "movups %[x], %%xmm14\nmovups %[y], %%xmm15\n",
    ".irp r," TESSERA_R12 "\nmovaps %%xmm14, %%xmm\\r\n.endr\n",
    ".irp r,0,1,2,3,4,5\naddps %%xmm14, %%xmm\\r\n.endr\n.irp r,6,7,8,9,10,11\nmulps %%xmm15, %%xmm\\r\n.endr\n", "")
TESSERA_FMA_LOOP(
    fma_f64_baseline, kX64, kY64, "movups %[x], %%xmm14\nmovups %[y], %%xmm15\n",
    ".irp r," TESSERA_R12 "\nmovaps %%xmm14, %%xmm\\r\n.endr\n",
    ".irp r,0,1,2,3,4,5\naddpd %%xmm14, %%xmm\\r\n.endr\n.irp r,6,7,8,9,10,11\nmulpd %%xmm15, %%xmm\\r\n.endr\n", "")

TESSERA_FMA_LOOP(fma_f32_avx2, kX32, kY32, "vbroadcastf128 %[x], %%ymm14\nvbroadcastf128 %[y], %%ymm15\n",
                 ".irp r," TESSERA_R12 "\nvxorps %%ymm\\r, %%ymm\\r, %%ymm\\r\n.endr\n",
                 ".irp r," TESSERA_R12 "\nvfmadd231ps %%ymm14, %%ymm15, %%ymm\\r\n.endr\n", "vzeroupper\n")
TESSERA_FMA_LOOP(fma_f64_avx2, kX64, kY64, "vbroadcastf128 %[x], %%ymm14\nvbroadcastf128 %[y], %%ymm15\n",
                 ".irp r," TESSERA_R12 "\nvxorps %%ymm\\r, %%ymm\\r, %%ymm\\r\n.endr\n",
                 ".irp r," TESSERA_R12 "\nvfmadd231pd %%ymm14, %%ymm15, %%ymm\\r\n.endr\n", "vzeroupper\n")

TESSERA_FMA_LOOP(fma_f32_avx512, kX32, kY32, "vbroadcastf32x4 %[x], %%zmm30\nvbroadcastf32x4 %[y], %%zmm31\n",
                 ".irp r," TESSERA_R24 "\nvpxord %%zmm\\r, %%zmm\\r, %%zmm\\r\n.endr\n",
                 ".irp r," TESSERA_R24 "\nvfmadd231ps %%zmm30, %%zmm31, %%zmm\\r\n.endr\n", "vzeroupper\n")
TESSERA_FMA_LOOP(fma_f64_avx512, kX64, kY64, "vbroadcastf32x4 %[x], %%zmm30\nvbroadcastf32x4 %[y], %%zmm31\n",
                 ".irp r," TESSERA_R24 "\nvpxord %%zmm\\r, %%zmm\\r, %%zmm\\r\n.endr\n",
                 ".irp r," TESSERA_R24 "\nvfmadd231pd %%zmm30, %%zmm31, %%zmm\\r\n.endr\n", "vzeroupper\n")

#define TESSERA_STREAM_LOOP(name, pointer, width, instruction, after)                               \
  void name(pointer p, size_t bytes) {                                                              \
    asm volatile("1:\n.irp r,0,1,2,3,4,5,6,7\n" instruction                                         \
                 "\n.endr\nadd %[step], %[p]\nsub %[step], %[n]\njnz 1b\n" after                    \
                 : [p] "+r"(p), [n] "+r"(bytes)                                                     \
                 : [step] "i"(8 * width)                                                            \
                 : "cc", "memory", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7"); \
  }

TESSERA_STREAM_LOOP(read_baseline, const void*, 16, "movups 16*\\r(%[p]), %%xmm\\r", "")
TESSERA_STREAM_LOOP(write_baseline, void*, 16, "movups %%xmm\\r, 16*\\r(%[p])", "")
TESSERA_STREAM_LOOP(read_avx2, const void*, 32, "vmovups 32*\\r(%[p]), %%ymm\\r", "vzeroupper\n")
TESSERA_STREAM_LOOP(write_avx2, void*, 32, "vmovups %%ymm\\r, 32*\\r(%[p])", "vzeroupper\n")
TESSERA_STREAM_LOOP(read_avx512, const void*, 64, "vmovups 64*\\r(%[p]), %%zmm\\r", "vzeroupper\n")
TESSERA_STREAM_LOOP(write_avx512, void*, 64, "vmovups %%zmm\\r, 64*\\r(%[p])", "vzeroupper\n")

constexpr MachineLoops kLoops[] = {
    {"baseline", [] { return true; }, fma_f32_baseline, 12 * 4, fma_f64_baseline, 12 * 2, read_baseline,
     write_baseline},
    {"avx2", [] { return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"); }, fma_f32_avx2, 12 * 8 * 2,
     fma_f64_avx2, 12 * 4 * 2, read_avx2, write_avx2},
    {"avx512", [] { return __builtin_cpu_supports("avx512f") != 0; }, fma_f32_avx512, 24 * 16 * 2, fma_f64_avx512,
     24 * 8 * 2, read_avx512, write_avx512},
};

#elif defined(__aarch64__)

#define TESSERA_CLOBBERS                                                                                              \
  "v0", "v1", "v2", "v3", "v4", "v5", "v6", "v7", "v8", "v9", "v10", "v11", "v12", "v13", "v14", "v15", "v16", "v17", \
      "v18", "v19", "v20", "v21", "v22", "v23", "v30", "v31"

// 4 units times a latency of 4 need 16 chains.
#define TESSERA_FMA_LOOP(name, x_data, y_data, lanes)                                                               \
  void name(int64_t n) {                                                                                            \
    asm volatile(                                                                                                   \
        "ldr q30, %[x]\nldr q31, %[y]\n"                                                                            \
        ".irp r,0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23\nmovi v\\r\\().16b, #0\n.endr\n1:\n"  \
        ".irp r,0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23\nfmla v\\r\\()." lanes ", v30." lanes \
        ", v31." lanes "\n.endr\nsubs %[n], %[n], #1\nb.ne 1b\n"                                                    \
        : [n] "+r"(n)                                                                                               \
        : [x] "m"(x_data), [y] "m"(y_data)                                                                          \
        : "cc", TESSERA_CLOBBERS);                                                                                  \
  }

TESSERA_FMA_LOOP(fma_f32_neon, kX32, kY32, "4s")
TESSERA_FMA_LOOP(fma_f64_neon, kX64, kY64, "2d")

#define TESSERA_STREAM_LOOP(name, pointer, instruction)                                                  \
  void name(pointer p, size_t bytes) {                                                                   \
    asm volatile("1:\n" instruction " q0, q1, [%[p]]\n" instruction " q2, q3, [%[p], #32]\n" instruction \
                 " q4, q5, [%[p], #64]\n" instruction                                                    \
                 " q6, q7, [%[p], #96]\nadd %[p], %[p], #128\nsubs %[n], %[n], #128\nb.ne 1b\n"          \
                 : [p] "+r"(p), [n] "+r"(bytes)                                                          \
                 :                                                                                       \
                 : "cc", "memory", TESSERA_CLOBBERS);                                                    \
  }

TESSERA_STREAM_LOOP(read_neon, const void*, "ldp")
TESSERA_STREAM_LOOP(write_neon, void*, "stp")

constexpr MachineLoops kLoops[] = {
    {"neon", [] { return true; }, fma_f32_neon, 24 * 4 * 2, fma_f64_neon, 24 * 2 * 2, read_neon, write_neon},
};

#endif

}  // namespace

std::span<const MachineLoops> machine_loops() {
#if defined(__x86_64__) || defined(__aarch64__)
  return kLoops;
#else
  return {};
#endif
}

}  // namespace tessera::bench
