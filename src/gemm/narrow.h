// Products of f32 whose right operand is stored in fewer bits. But for gemm_block_q8 every path has the bits of the f32
// product of the widened numbers: few rows are multiplied by kernels that widen in registers, for more the loops widen
// it while packing.
#pragma once

#include "gemm/gemm.h"
#include "gemm/stored.h"

namespace tessera {

// A call of gemm(), of f32, whose extras have a stored B.
void gemm_stored(const GemmCall& call, const GemmSettings& settings);

// The same with a B in blocks and a strided A, whose rows are made 8-bit numbers and multiplied by integer kernels
// (kernel/block_q8_contract.h). Never fails.
void gemm_block_q8(const GemmCall& call, const GemmSettings& settings, const Int8Entry& isa);

// The same where both operands are matrices of 16-bit numbers: call.type is f32, a and b point to `storage`, alpha and
// beta to floats.
void gemm_half(const GemmCall& call, Storage storage, const GemmSettings& settings);

}  // namespace tessera
