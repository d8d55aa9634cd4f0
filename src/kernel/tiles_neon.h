// The kernels of AArch64 NEON: 32 registers of 4 floats or 2 doubles. How to read it: tiles_avx512.h.
// A tile also needs the registers that hold A (one per 4 or 2 rows): 8x12 is 24 + 3 + 2. With doubles, 8x6 and 12x4
// take 31 and 32: unrolled, g++ 12 spills 2 and 4 of them in the loop. bench/mca/mca.py shows a new line's loop and
// refuses one that spills.
#pragma once

#include "kernel/shape.h"

namespace tessera::kernel::neon {

struct F32Tiles {
  static constexpr int kMaxWidth = 8;
  static constexpr int kMaxHeight[] = {0, 16, 12, 8, 6, 4, 3, 3, 2};
  static constexpr Shape kShapes[] = {
      {8, 3, 4},
      {8, 3, 1},
      {8, 3, 2},
      {12, 2, 1},
      {12, 2, 2},
      {6, 4, 1},
      {.mr = 8, .nv = 3, .k_unroll = 2, .in_order = true},
  };
};

struct F64Tiles {
  static constexpr int kMaxWidth = 8;
  static constexpr int kMaxHeight[] = {0, 16, 12, 8, 6, 4, 3, 3, 2};
  static constexpr Shape kShapes[] = {
      {8, 3, 1}, {6, 4, 1}, {6, 4, 2}, {6, 4, 4}, {12, 2, 1},
  };
};

}  // namespace tessera::kernel::neon
