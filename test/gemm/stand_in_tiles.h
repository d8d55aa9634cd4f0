// A tile set for kernels that compute nothing: floats, four to a vector, with the packers of the baseline.
#pragma once

#include "kernel/contract.h"

namespace tessera::test {

inline constexpr int kStandInLanes = 4;

inline TileSet stand_in_tiles() {
  TileSet set{};
  set.isa = Isa::baseline;
  set.type = DType::f32;
  set.left = set.right = {sizeof(float), 1, 0};
  set.c_size = sizeof(float);
  set.lanes = kStandInLanes;
  set.lanes_log2 = 2;
  set.max_width = 3;
  return set;
}

}  // namespace tessera::test
