// The 8-bit kernels of AArch64 without dot products: 32 registers; four accumulators for four columns of one row. How
// to read it: tiles_avx512.h.
#pragma once

#include "kernel/shape.h"

namespace tessera::kernel::neon {

struct Int8Tiles {
  static constexpr int kMaxWidth = 4;
  static constexpr int kMaxHeight[] = {0, 5, 3, 2, 1};
  static constexpr Shape kShapes[] = {{4, 1, 1}, {3, 2, 1}};
};

}  // namespace tessera::kernel::neon
