// The 8-bit kernels of any CPU: 16-byte registers of 4 sums; and awkward shapes that stress the loops. How to read it:
// tiles_avx512.h.
#pragma once

#include "kernel/shape.h"

namespace tessera::kernel::baseline {

struct Int8Tiles {
  static constexpr int kMaxWidth = 3;
  static constexpr int kMaxHeight[] = {0, 8, 4, 4};
  static constexpr Shape kShapes[] = {{4, 2, 1}, {4, 3, 1}, {1, 1, 1, true}, {7, 1, 3, true}, {3, 2, 5, true}};
};

}  // namespace tessera::kernel::baseline
