// The 8-bit kernels of AVX-512 VNNI: 32 registers of 16 sums. How to read it: tiles_avx512.h.
// 8 x 3 first: all three reach 98 % of peak on panels, but rows of A that are read where they lie are broadcast once
// for three multiplications there, once for two in 12 x 2 (96 %; Zen 4).
#pragma once

#include "kernel/shape.h"

namespace tessera::kernel::avx512vnni {

struct Int8Tiles {
  static constexpr int kMaxWidth = 8;
  static constexpr int kMaxHeight[] = {0, 16, 14, 9, 6, 5, 4, 3, 2};
  static constexpr Shape kShapes[] = {{8, 3, 1}, {8, 3, 2}, {12, 2, 1}, {12, 2, 2}, {14, 2, 1}, {6, 4, 1}, {6, 4, 2}};
};

}  // namespace tessera::kernel::avx512vnni
