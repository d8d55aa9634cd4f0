// The 8-bit kernels of AVX2: 16 registers of 8 sums. How to read it: tiles_avx512.h. A product needs a register before
// it is added: one row less than the float kernels have.
#pragma once

#include "kernel/shape.h"

namespace tessera::kernel::avx2 {

struct Int8Tiles {
  static constexpr int kMaxWidth = 6;
  static constexpr int kMaxHeight[] = {0, 12, 6, 4, 2, 2, 1};
  static constexpr Shape kShapes[] = {{6, 2, 1}, {4, 3, 1}};
};

}  // namespace tessera::kernel::avx2
