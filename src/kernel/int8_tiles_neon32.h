// The 8-bit kernels of 32-bit ARM with NEON: 16 registers; four accumulators for four columns of one row. How to read
// it: tiles_avx512.h.
#pragma once

#include "kernel/shape.h"

namespace tessera::kernel::neon32 {

struct Int8Tiles {
  static constexpr int kMaxWidth = 2;
  static constexpr int kMaxHeight[] = {0, 2, 1};
  static constexpr Shape kShapes[] = {{2, 1, 1}, {1, 2, 1}};
};

}  // namespace tessera::kernel::neon32
