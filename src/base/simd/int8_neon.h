// 8-bit products of AArch64 without dot products (Armv8.0): sixteen steps of a row and a column are multiplied to 16
// bits and added in pairs to four partial sums. A multiply-accumulate to 16 bits would save an instruction and
// overflow. Included only by objects compiled for that ISA.
#pragma once

#include "base/simd/int8_registers_neon.h"

namespace tessera::simd::neon {

struct Int8 : IntNeon<Int8> {
  static constexpr int kGroup = 16;
  static constexpr int kBlockRows = 1, kBlockColumns = 1;

  using Products = int16x8_t;
  static Products low(R left, R right) { return vmull_s8(vget_low_s8(bytes(left)), vget_low_s8(bytes(right))); }
  static Products high(R left, R right) { return vmull_high_s8(bytes(left), bytes(right)); }
  static R add(R sums, Products p) { return vpadalq_s16(sums, p); }
  template <int>
  static R row(const R* parts) {
    return pairs(pairs(parts[0], parts[1]), pairs(parts[2], parts[3]));
  }
  static R pairs(R x, R y) { return vpaddq_s32(x, y); }
  template <int kBits>
  using BlockSum = NeonBlockSum<Int8, kBits>;
};

}  // namespace tessera::simd::neon
