// A right operand of f32 stored in fewer bits, in panels that are the same bytes on every CPU.
#pragma once

#include "base/int_math.h"
#include "kernel/narrow_contract.h"
#include "pack/source.h"
#include "runtime/thread_pool.h"

namespace tessera {

// Of the storages that are not in blocks.
constexpr DType dtype_of(Storage s) { return s == Storage::bf16 ? DType::bf16 : DType::f16; }
constexpr const char* name_of(Storage s) {
  constexpr const char* kNames[] = {"bf16", "f16", "s8", "s4", "u4"};
  return kNames[static_cast<int>(s)];
}

// Panels of kStoredColumns columns, one after the other (kernel/narrow_contract.h).
struct StoredPanels {
  Storage storage;
  index_t n, k;
  const char* data;  // aligned to 64

  index_t panel() const { return ceil_div(k, unit_steps(storage)) * unit_bytes(storage); }
  index_t bytes() const { return ceil_div(n, kStoredColumns) * panel(); }
};

// Writes panels.data from 16-bit elements of the storage's type, strides in elements.
void store_panels(const StoredPanels& panels, const void* b, index_t b_rs, index_t b_cs, const Executor& executor);
// Writes panels.data, in blocks, from floats (docs/numerics.md says how). False: a number is not finite, or too large
// for a scale; what is written is then undefined.
bool quantise_panels(const StoredPanels& panels, const float* b, index_t b_rs, index_t b_cs, const Executor& executor);
// b := the numbers that the panels stand for.
void widen_panels(const StoredPanels& panels, float* b, index_t b_rs, index_t b_cs);

// Stored panels as the loops ask for them: widened.
class StoredSource final : public PanelSource {
 public:
  explicit StoredSource(const StoredPanels& panels) : p_(panels) {}
  bool trims() const noexcept override { return false; }
  void pack(const PanelRequest& request) const noexcept override;

 private:
  void pack_steps(const PanelRequest& r, index_t step, index_t steps) const noexcept;
  void widen_blocks(const PanelRequest& r) const noexcept;

  const StoredPanels& p_;
};

}  // namespace tessera
