// The kernels of AVX2 with FMA: 16 registers of 8 floats or 4 doubles. How to read it: tiles_avx512.h.
// 4 rows by 3 vectors fills all 16 registers: unrolled by 2 or 4, g++ 12 spills it (64 and 84 % of peak against 97).
#pragma once

#include "kernel/shape.h"

namespace tessera::kernel::avx2 {

struct F32Tiles {
  static constexpr int kMaxWidth = 6;
  static constexpr int kMaxHeight[] = {0, 12, 6, 4, 2, 2, 1};
  static constexpr Shape kShapes[] = {
      {6, 2, 4}, {6, 2, 1}, {6, 2, 2}, {6, 2, 8}, {4, 3, 1},
  };
};

struct F64Tiles {
  static constexpr int kMaxWidth = 6;
  static constexpr int kMaxHeight[] = {0, 12, 6, 4, 2, 2, 1};
  static constexpr Shape kShapes[] = {
      {6, 2, 4}, {6, 2, 1}, {6, 2, 2}, {6, 2, 8}, {4, 3, 1},
  };
};

}  // namespace tessera::kernel::avx2
