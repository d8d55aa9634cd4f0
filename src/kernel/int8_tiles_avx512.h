// The 8-bit kernels of AVX-512BW without VNNI: 32 registers of 16 sums. How to read it: tiles_avx512.h.
#pragma once

#include "kernel/shape.h"

namespace tessera::kernel::avx512 {

struct Int8Tiles {
  static constexpr int kMaxWidth = 8;
  static constexpr int kMaxHeight[] = {0, 16, 14, 9, 6, 5, 4, 3, 2};
  static constexpr Shape kShapes[] = {{12, 2, 1}, {8, 3, 1}, {6, 4, 1}};
};

}  // namespace tessera::kernel::avx512
