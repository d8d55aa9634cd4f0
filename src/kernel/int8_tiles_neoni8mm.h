// The 8-bit kernels of AArch64's matrix instructions: 32 registers of 2 x 2 sums. How to read it: tiles_neon.h.
#pragma once

#include "kernel/shape.h"

namespace tessera::kernel::neoni8mm {

struct Int8Tiles {
  static constexpr int kMaxWidth = 8;
  static constexpr int kMaxHeight[] = {0, 16, 12, 8, 6, 4, 4, 4, 2};
  static constexpr Shape kShapes[] = {{8, 3, 1}, {12, 2, 1}, {6, 4, 1}};
};

}  // namespace tessera::kernel::neoni8mm
