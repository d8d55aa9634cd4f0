// The kernels of AVX-512: 32 registers of 16 floats or 8 doubles.
//
// kMaxHeight[w]: tiles of width w vectors exist in all heights up to this; h * w + w + 1 registers must fit.
// kShapes: full tiles offered to the selector and the tuner, best default first. One line adds a kernel, with its
// test, its benchmark and its place in the tuner's sweep.
//
// 8 x 3 first: with rows of C a power of two apart, its 8 rows are as many lines of one set as an 8-way L1 holds. 12 x
// 2 is as fast in cache and loses 4 points there (sgemm 1024 and 2048, Zen 4).
#pragma once

#include "kernel/shape.h"

namespace tessera::kernel::avx512 {

struct F32Tiles {
  static constexpr int kMaxWidth = 8;
  static constexpr int kMaxHeight[] = {0, 16, 14, 9, 6, 5, 4, 3, 2};
  static constexpr Shape kShapes[] = {
      {8, 3, 1},  {8, 3, 2},  {8, 3, 4},  {12, 2, 1}, {12, 2, 2}, {12, 2, 4},
      {12, 2, 8}, {14, 2, 2}, {14, 2, 4}, {6, 4, 1},  {6, 4, 4},
  };
};

struct F64Tiles {
  static constexpr int kMaxWidth = 8;
  static constexpr int kMaxHeight[] = {0, 16, 14, 9, 6, 5, 4, 3, 2};
  static constexpr Shape kShapes[] = {
      {8, 3, 1}, {8, 3, 2}, {8, 3, 4}, {12, 2, 1}, {12, 2, 4}, {14, 2, 4}, {6, 4, 1}, {6, 4, 2}, {6, 4, 4},
  };
};

}  // namespace tessera::kernel::avx512
