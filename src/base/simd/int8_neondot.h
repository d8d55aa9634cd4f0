// 8-bit products of AArch64's dot product instructions (Armv8.2): four to a sum. Included only by objects compiled for
// that ISA.
#pragma once

#include "base/simd/int8_registers_neon.h"

namespace tessera::simd::neondot {

struct Int8 : IntNeon<Int8> {
  static constexpr int kGroup = 4;

  static R dot(R sum, R left, R right) { return vdotq_s32(sum, bytes(left), bytes(right)); }
  // With group kLane of `left`. A function, because clang's intrinsic is a macro that wants a literal.
  template <int kLane>
  static R dot_lane(R sum, R left, R right) {
    return vdotq_laneq_s32(sum, bytes(right), bytes(left), kLane);
  }

  static void transpose(R (&r)[4]) {
    const R t0 = vtrn1q_s32(r[0], r[1]), t1 = vtrn2q_s32(r[0], r[1]);
    const R t2 = vtrn1q_s32(r[2], r[3]), t3 = vtrn2q_s32(r[2], r[3]);
    r[0] = vcombine_s32(vget_low_s32(t0), vget_low_s32(t2));
    r[1] = vcombine_s32(vget_low_s32(t1), vget_low_s32(t3));
    r[2] = vcombine_s32(vget_high_s32(t0), vget_high_s32(t2));
    r[3] = vcombine_s32(vget_high_s32(t1), vget_high_s32(t3));
  }
  static R along_k(const std::uint8_t* p, int steps, const Convert& c) {
    if (steps >= 16) return vreinterpretq_s32_u8(c(vld1q_u8(p)));
    alignas(16) std::uint8_t row[16] = {};
    for (int i = 0; i < steps; ++i) row[i] = c(p[i]);
    return load(row);
  }
  static R across(const std::uint8_t* const* rows, const Convert& c) {
    alignas(16) std::uint8_t x[16];
    for (int q = 0; q < 4; ++q)
      for (int i = 0; i < 4; ++i) x[4 * i + q] = rows[q][i];
    return vreinterpretq_s32_u8(c(vld1q_u8(x)));
  }
  static constexpr int kWide = 4;
  [[gnu::always_inline]] static void across_wide(const std::uint8_t* const* rows, const Convert& c, R* groups) {
    const uint8x16_t r0 = c(vld1q_u8(rows[0])), r1 = c(vld1q_u8(rows[1])), r2 = c(vld1q_u8(rows[2])),
                     r3 = c(vld1q_u8(rows[3]));
    const uint16x8_t t0 = vreinterpretq_u16_u8(vzip1q_u8(r0, r1)), t1 = vreinterpretq_u16_u8(vzip2q_u8(r0, r1));
    const uint16x8_t t2 = vreinterpretq_u16_u8(vzip1q_u8(r2, r3)), t3 = vreinterpretq_u16_u8(vzip2q_u8(r2, r3));
    groups[0] = vreinterpretq_s32_u16(vzip1q_u16(t0, t2));
    groups[1] = vreinterpretq_s32_u16(vzip2q_u16(t0, t2));
    groups[2] = vreinterpretq_s32_u16(vzip1q_u16(t1, t3));
    groups[3] = vreinterpretq_s32_u16(vzip2q_u16(t1, t3));
  }
};

}  // namespace tessera::simd::neondot
