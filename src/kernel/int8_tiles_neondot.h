// The 8-bit kernels of AArch64's dot products: 32 registers of 4 sums. How to read it: tiles_neon.h.
#pragma once

#include "kernel/shape.h"

namespace tessera::kernel::neondot {

struct Int8Tiles {
  static constexpr int kMaxWidth = 8;
  static constexpr int kMaxHeight[] = {0, 16, 12, 8, 6, 4, 3, 3, 2};
  static constexpr Shape kShapes[] = {{8, 3, 4}, {8, 3, 1}, {8, 3, 2}, {12, 2, 1}, {6, 4, 1}};
};

}  // namespace tessera::kernel::neondot
