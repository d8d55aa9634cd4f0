// What a tsr_packed holds.
#pragma once

#include <tessera/packed.h>

#include "gemm/narrow.h"
#include "gemm/packed.h"

struct tsr_packed {
  bool is_stored = false;  // in fewer bits: `stored`, else `panels`
  tessera::PackedPanels panels{};
  tessera::StoredPanels stored{};

  tsr_packed() = default;
  tsr_packed(const tsr_packed&) = delete;
  tsr_packed& operator=(const tsr_packed&) = delete;
  ~tsr_packed();
  // Bytes of the data, and where they are.
  tessera::index_t bytes() const { return is_stored ? stored.bytes() : panels.bytes(); }
  const char*& data() { return is_stored ? stored.data : panels.data; }
  const char* data() const { return is_stored ? stored.data : panels.data; }
  // As the B of a call.
  void give(tessera::GemmExtras& extras) const {
    if (is_stored) {
      extras.b_stored = &stored;
    } else {
      extras.b_packed = &panels;
    }
  }
  // Memory for bytes() bytes at data(); false when there is none.
  bool allocate();
};
