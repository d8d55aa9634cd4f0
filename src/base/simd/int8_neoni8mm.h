// 8-bit products of AArch64's matrix instructions (Armv8.6): a register of two rows by eight steps times one of two
// columns is a square of four sums. Included only by objects compiled for that ISA.
#pragma once

#include "base/simd/int8_registers_neon.h"

namespace tessera::simd::neoni8mm {

struct Int8 : IntNeon<Int8> {
  static constexpr int kGroup = 8;
  static constexpr int kBlockRows = 2, kBlockColumns = 2;

  // Four to a sum, for blocks of weights: matrix instructions include those of dot products.
  static R dot(R sum, R left, R right) { return vdotq_s32(sum, bytes(left), bytes(right)); }
  static R block(R sums, R left, R right) { return vmmlaq_s32(sums, bytes(left), bytes(right)); }
  // Row kRow of two squares side by side.
  template <int kRow>
  static R row(const R* squares) {
    const int64x2_t x = vreinterpretq_s64_s32(squares[0]), y = vreinterpretq_s64_s32(squares[1]);
    return vreinterpretq_s32_s64(kRow == 0 ? vtrn1q_s64(x, y) : vtrn2q_s64(x, y));
  }
};

}  // namespace tessera::simd::neoni8mm
