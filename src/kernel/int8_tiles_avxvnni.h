// The 8-bit kernels of AVX-VNNI: 16 registers of 8 sums. How to read it: tiles_avx512.h.
#pragma once

#include "kernel/shape.h"

namespace tessera::kernel::avxvnni {

struct Int8Tiles {
  static constexpr int kMaxWidth = 6;
  static constexpr int kMaxHeight[] = {0, 12, 6, 4, 2, 2, 1};
  static constexpr Shape kShapes[] = {{6, 2, 1}, {6, 2, 2}, {4, 3, 1}};
};

}  // namespace tessera::kernel::avxvnni
