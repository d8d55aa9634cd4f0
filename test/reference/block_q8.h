// What docs/numerics.md says of rows of 8-bit numbers times weights in blocks, one element at a time.
#pragma once

#include "kernel/narrow_contract.h"

namespace tessera::test {

// Strides of A and C in elements; `panels` as kernel/narrow_contract.h has them.
struct BlockQ8Product {
  Storage storage;
  const char* panels;
  index_t m, n, k;
  float alpha;
  const float* a;
  index_t a_rs, a_cs;
  float beta;
  float* c;
  index_t c_rs, c_cs;
};

void multiply_block_q8(const BlockQ8Product& x);
// The largest difference there may be between an element of that product, with beta = 0, and the exact product of
// alpha * A with the numbers that the blocks stand for.
double block_q8_bound(const BlockQ8Product& x, index_t i, index_t j);

}  // namespace tessera::test
