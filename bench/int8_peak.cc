#include "int8_peak.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <vector>

#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace tessera::bench {
namespace {

#if defined(__x86_64__)

// Twelve accumulators: two units times a latency of five need ten.
#define TESSERA_INT8_LOOP(name, step, after)                                                                      \
  void name(std::int64_t n) {                                                                                     \
    asm volatile("1:\n.irp r,0,1,2,3,4,5,6,7,8,9,10,11\n" step "\n.endr\ndec %[n]\njnz 1b\n" after                \
                 : [n] "+r"(n)                                                                                    \
                 :                                                                                                \
                 : "cc", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", \
                   "xmm11", "xmm12", "xmm13", "xmm14", "xmm15");                                                  \
  }

TESSERA_INT8_LOOP(madd_avx2, "vpmaddwd %%ymm15, %%ymm14, %%ymm13\nvpaddd %%ymm13, %%ymm\\r, %%ymm\\r", "vzeroupper\n")
TESSERA_INT8_LOOP(madd_avx512, "vpmaddwd %%zmm15, %%zmm14, %%zmm13\nvpaddd %%zmm13, %%zmm\\r, %%zmm\\r", "vzeroupper\n")
TESSERA_INT8_LOOP(dot_avxvnni, "%{vex%} vpdpbusd %%ymm15, %%ymm14, %%ymm\\r", "vzeroupper\n")
TESSERA_INT8_LOOP(dot_avx512vnni, "vpdpbusd %%zmm15, %%zmm14, %%zmm\\r", "vzeroupper\n")

bool has_avx_vnni() {
  unsigned a, b, c, d;
  return __get_cpuid_count(7, 1, &a, &b, &c, &d) && (a >> 4 & 1u) != 0;
}

struct Loop {
  const char* isa;
  bool (*usable)();
  void (*run)(std::int64_t);
  double ops;
};
constexpr Loop kLoops[] = {
    {"avx2", [] { return __builtin_cpu_supports("avx2") != 0; }, madd_avx2, 12 * 32},
    {"avxvnni", has_avx_vnni, dot_avxvnni, 12 * 64},
    {"avx512", [] { return __builtin_cpu_supports("avx512bw") != 0; }, madd_avx512, 12 * 64},
    {"avx512vnni", [] { return __builtin_cpu_supports("avx512vnni") != 0; }, dot_avx512vnni, 12 * 128},
};

double rate(const Loop& loop) {
  constexpr std::int64_t kSteps = 300000;
  std::vector<double> rates;
  for (int i = 0; i < 15; ++i) {
    const auto start = std::chrono::steady_clock::now();
    loop.run(kSteps);
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    rates.push_back(loop.ops * kSteps / seconds / 1e9);
  }
  std::nth_element(rates.begin(), rates.begin() + rates.size() / 2, rates.end());
  return rates[rates.size() / 2];
}

#endif

}  // namespace

double int8_peak([[maybe_unused]] const std::string& isa_cap) {
  double best = 0;
#if defined(__x86_64__)
  for (const Loop& loop : kLoops) {
    if (loop.usable()) best = std::max(best, rate(loop));
    if (isa_cap == loop.isa) break;
  }
#endif
  return best;
}

}  // namespace tessera::bench
