// 8-bit products of 32-bit ARM with NEON: as int8_neon.h, with half the registers. Included only by objects compiled
// for that ISA.
#pragma once

#include "base/simd/int8_registers_neon.h"
#include "base/simd/neon32.h"

namespace tessera::simd::neon32 {

struct Int8 : IntNeon<Int8> {
  static constexpr int kRegisters = 16;
  static constexpr int kGroup = 16;
  static constexpr int kBlockRows = 1, kBlockColumns = 1;

  using Products = int16x8_t;
  static Products low(R left, R right) { return vmull_s8(vget_low_s8(bytes(left)), vget_low_s8(bytes(right))); }
  static Products high(R left, R right) { return vmull_s8(vget_high_s8(bytes(left)), vget_high_s8(bytes(right))); }
  static R add(R sums, Products p) { return vpadalq_s16(sums, p); }
  template <int>
  static R row(const R* parts) {
    return pairs(pairs(parts[0], parts[1]), pairs(parts[2], parts[3]));
  }
  static R pairs(R x, R y) {
    return vcombine_s32(vpadd_s32(vget_low_s32(x), vget_high_s32(x)), vpadd_s32(vget_low_s32(y), vget_high_s32(y)));
  }
  template <int kBits>
  using BlockSum = NeonBlockSum<Int8, kBits>;
  static F load_f16(const std::uint16_t* p) { return F32::load_f16(p); }
};

}  // namespace tessera::simd::neon32
