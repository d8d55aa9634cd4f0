// Products of f32 whose right operand is stored in fewer bits. Every path has the bits of the f32 product of the
// widened numbers: few rows are multiplied by kernels that widen in registers, for more the loops widen it while
// packing.
#pragma once

#include "base/int_math.h"
#include "gemm/gemm.h"
#include "kernel/narrow_contract.h"

namespace tessera {

constexpr DType dtype_of(Storage s) { return s == Storage::bf16 ? DType::bf16 : DType::f16; }

// A right operand in panels of kStoredColumns columns, one after the other, each step by step: the same bytes on every
// CPU.
struct StoredPanels {
  Storage storage;
  index_t n, k;
  const char* data;  // aligned to 64

  index_t row() const { return kStoredColumns * size_of(dtype_of(storage)); }  // bytes of a step
  index_t panel() const { return k * row(); }
  index_t bytes() const { return ceil_div(n, kStoredColumns) * panel(); }
};

// Writes panels.data from elements of the storage's type, strides in elements.
void store_panels(const StoredPanels& panels, const void* b, index_t b_rs, index_t b_cs, const Executor& executor);

// A call of gemm(), of f32, whose extras have a stored B.
void gemm_stored(const GemmCall& call, const GemmSettings& settings);

// The same where both operands are matrices of 16-bit numbers: call.type is f32, a and b point to `storage`, alpha and
// beta to floats.
void gemm_half(const GemmCall& call, Storage storage, const GemmSettings& settings);

}  // namespace tessera
