// What a tsr_packed holds.
#pragma once

#include <tessera/packed.h>

#include "gemm/packed.h"

struct tsr_packed {
  tessera::PackedPanels panels{};
  void* memory = nullptr;  // of panels.data; from malloc

  tsr_packed() = default;
  tsr_packed(const tsr_packed&) = delete;
  tsr_packed& operator=(const tsr_packed&) = delete;
  ~tsr_packed();
  // Memory for panels.bytes() bytes at panels.data; false when there is none.
  bool allocate();
};
