// The kernels of plain C++ on 16-byte vectors, for any CPU; and awkward shapes that no CPU wants, which stress the
// loops around them. How to read it: tiles_avx512.h.
#pragma once

#include "kernel/shape.h"

namespace tessera::kernel::baseline {

struct F32Tiles {
  static constexpr int kMaxWidth = 3;
  static constexpr int kMaxHeight[] = {0, 8, 4, 4};
  static constexpr Shape kShapes[] = {
      {4, 2, 2}, {4, 2, 1}, {4, 3, 1}, {1, 1, 1, true}, {7, 1, 3, true}, {3, 2, 5, true}, {1, 3, 1, true},
  };
};

struct F64Tiles {
  static constexpr int kMaxWidth = 3;
  static constexpr int kMaxHeight[] = {0, 8, 4, 4};
  static constexpr Shape kShapes[] = {
      {4, 2, 2}, {4, 2, 1}, {4, 3, 1}, {1, 1, 1, true}, {7, 1, 3, true}, {3, 2, 5, true}, {1, 3, 1, true},
  };
};

}  // namespace tessera::kernel::baseline
