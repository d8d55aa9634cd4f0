// The kernels of SVE with registers of 256 bits: 32 registers of 8 floats or 4 doubles. How to read it: tiles_avx512.h.
// 8 x 3 unrolled by 4 is spilled by g++ 12. Elements of A are broadcast by a load each, which a Neoverse V1 has room
// for.
#pragma once

#include "kernel/shape.h"

namespace tessera::kernel::sve256 {

struct F32Tiles {
  static constexpr int kMaxWidth = 8;
  static constexpr int kMaxHeight[] = {0, 16, 14, 9, 6, 5, 4, 3, 2};
  static constexpr Shape kShapes[] = {{8, 3, 1}, {8, 3, 2}, {12, 2, 1}, {12, 2, 2}, {6, 4, 1}};
};

struct F64Tiles {
  static constexpr int kMaxWidth = 8;
  static constexpr int kMaxHeight[] = {0, 16, 14, 9, 6, 5, 4, 3, 2};
  static constexpr Shape kShapes[] = {{8, 3, 1}, {8, 3, 2}, {12, 2, 1}, {12, 2, 2}, {6, 4, 1}};
};

}  // namespace tessera::kernel::sve256
