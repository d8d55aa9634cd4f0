// Products of f32 whose right operand is stored in fewer bits. Every path has the bits of the f32 product of the
// widened numbers: few rows are multiplied by kernels that widen in registers, for more the loops widen it while
// packing.
#pragma once

#include "base/int_math.h"
#include "gemm/gemm.h"
#include "kernel/narrow_contract.h"

namespace tessera {

// Of the storages that are not in blocks.
constexpr DType dtype_of(Storage s) { return s == Storage::bf16 ? DType::bf16 : DType::f16; }
constexpr const char* name_of(Storage s) {
  constexpr const char* kNames[] = {"bf16", "f16", "s8", "s4", "u4"};
  return kNames[static_cast<int>(s)];
}

// A right operand in panels of kStoredColumns columns, one after the other (kernel/narrow_contract.h): the same bytes
// on every CPU.
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

// A call of gemm(), of f32, whose extras have a stored B.
void gemm_stored(const GemmCall& call, const GemmSettings& settings);

// The same where both operands are matrices of 16-bit numbers: call.type is f32, a and b point to `storage`, alpha and
// beta to floats.
void gemm_half(const GemmCall& call, Storage storage, const GemmSettings& settings);

}  // namespace tessera
