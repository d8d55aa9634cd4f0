// The kernels of 32-bit ARM with NEON: 16 registers of 4 floats, or 16 pairs of VFP's doubles. How to read it:
// tiles_avx512.h.
#pragma once

#include "kernel/shape.h"

namespace tessera::kernel::neon32 {

struct F32Tiles {
  static constexpr int kMaxWidth = 6;
  static constexpr int kMaxHeight[] = {0, 12, 6, 4, 2, 2, 1};
  static constexpr Shape kShapes[] = {
      {4, 3, 1},
      {6, 2, 1},
      {6, 2, 2},
      {4, 2, 2},
  };
};

struct F64Tiles {
  static constexpr int kMaxWidth = 3;
  static constexpr int kMaxHeight[] = {0, 8, 4, 4};
  static constexpr Shape kShapes[] = {{4, 2, 1}, {4, 3, 1}};
};

}  // namespace tessera::kernel::neon32
