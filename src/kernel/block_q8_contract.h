// Kernels that multiply rows of 8-bit numbers with weights in blocks (kernel/narrow_contract.h), integers within a
// block of steps. docs/numerics.md has the formulas.
//
// For row i of A and a block of steps, x(p) being the row's floats times alpha:
//   s(i) = max |x(p)| / 127,  q(i, p) = clamp(round(x(p) / s(i)), -127, 127); all 0 where s(i) is 0
//   s(i) = NaN where an x(p) is not finite, its q are 0
// A tile begins with beta * C as other tiles do, and then for each block in order
//   c(i, j) = c(i, j) + float(sum of q(i, p) * (w(p, j) - zero)) * (s(i) * d(j))
//   c(i, j) = c(i, j) + (s(i) * float(sum of q(i, p))) * m(j)                       u4 alone
// Sums within a block are exact, floating-point operations are rounded one by one: the same bits on every CPU.
#pragma once

#include "kernel/narrow_contract.h"

namespace tessera {

// A row's part of a block of steps. A micro-panel of h rows has, block after block, h of these.
struct QuantisedBlock {
  std::int8_t q[kBlockSteps];  // s4, u4: of every eight steps the even ones first, as masks find them in a word
  float scale;
  float sum;           // scale * sum of q
  std::int32_t start;  // what the kernels of the instruction set begin a sum with
};

// k steps of a row. What is missing of the last block is 0.
struct QuantiseArgs {
  const float* src;
  index_t inc_k;  // elements from step to step
  float alpha;
  index_t k;
  QuantisedBlock* dst;
  index_t step;  // from block to block: rows of the micro-panel
};
using QuantiseFn = void (*)(const QuantiseArgs&);

// The kernels of an instruction set. Of NarrowTileArgs, a is a micro-panel of QuantisedBlock; k is whole blocks, and a
// last part; prefetch_b is for tiles of one register alone. Tables as NarrowSet's; storages that are not in blocks have
// none.
struct BlockQ8Set {
  Isa isa;
  NarrowTiles tiles;
  QuantiseFn quantise[kStorages];
};

#define TESSERA_DECLARE_BLOCK_Q8(isa) const BlockQ8Set& block_q8_##isa();
TESSERA_FOR_EACH_INT8_ISA(TESSERA_DECLARE_BLOCK_Q8)
#undef TESSERA_DECLARE_BLOCK_Q8

}  // namespace tessera
