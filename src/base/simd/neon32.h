// Register wrappers of 32-bit ARM with NEON and VFPv4: 16 registers of 4 floats. Included only by objects compiled for
// that ISA. Interface: see avx512.h.
//
// NEON there rounds to nearest, and takes and gives subnormal numbers as 0, whatever the calling thread has set. It has
// no doubles, divisions and square roots: those are VFP's, which does as the thread says. A multiply-add by one lane
// would round twice, so A is broadcast.
#pragma once

#include "base/simd/neon_floats.h"
#include "base/simd/plain.h"

namespace tessera::simd::neon32 {

struct F32 : NeonFloats<F32> {
  static constexpr int kRegisters = 16;

  static R broadcast(const T* p) { return vld1q_dup_f32(p); }

  static R div(R a, R b) {
    T x[kLanes], y[kLanes];
    store(x, a);
    store(y, b);
    for (int i = 0; i < kLanes; ++i) x[i] /= y[i];
    return load(x);
  }
  static R sqrt(R a) {
    T x[kLanes];
    store(x, a);
    for (int i = 0; i < kLanes; ++i) x[i] = __builtin_sqrtf(x[i]);
    return load(x);
  }
  // Adding 1.5 * 2^23 leaves no bit for a fraction.
  static R round(R a) { return vsubq_f32(vaddq_f32(a, set1(0x1.8p23f)), set1(0x1.8p23f)); }
  static R pow2(R n) { return vreinterpretq_f32_s32(vshlq_n_s32(vaddq_s32(vcvtq_s32_f32(n), vdupq_n_s32(127)), 23)); }
  // Exact, and also where the compiler has no type of 16 bits. In units of 2^-24 a subnormal is its fraction.
  static R widen_f16(uint16x4_t x) {
    const uint32x4_t h = vmovl_u16(x), exponent = vandq_u32(h, vdupq_n_u32(0x7c00)),
                     fraction = vandq_u32(h, vdupq_n_u32(0x3ff)),
                     sign = vshlq_n_u32(vandq_u32(h, vdupq_n_u32(0x8000)), 16);
    const uint32x4_t tiny = vreinterpretq_u32_f32(vmulq_n_f32(vcvtq_f32_u32(fraction), 0x1p-24f));
    const uint32x4_t normal = vaddq_u32(vshlq_n_u32(vandq_u32(h, vdupq_n_u32(0x7fff)), 13), vdupq_n_u32(112u << 23));
    const uint32x4_t quiet = vandq_u32(vtstq_u32(fraction, fraction), vdupq_n_u32(0x400000));
    const uint32x4_t special = vorrq_u32(vorrq_u32(vdupq_n_u32(0x7f800000), vshlq_n_u32(fraction, 13)), quiet);
    const uint32x4_t finite = vbslq_u32(vceqq_u32(exponent, vdupq_n_u32(0)), tiny, normal);
    return vreinterpretq_f32_u32(vorrq_u32(sign, vbslq_u32(vceqq_u32(exponent, vdupq_n_u32(0x7c00)), special, finite)));
  }

  static R dup_even(R a) { return vtrnq_f32(a, a).val[0]; }
  static R dup_odd(R a) { return vtrnq_f32(a, a).val[1]; }
  static void deinterleave(R x, R y, R& re, R& im) {
    const float32x4x2_t parts = vuzpq_f32(x, y);
    re = parts.val[0];
    im = parts.val[1];
  }
  static void transpose(R (&r)[4]) {
    const float32x4x2_t t = vtrnq_f32(r[0], r[1]), u = vtrnq_f32(r[2], r[3]);
    r[0] = vcombine_f32(vget_low_f32(t.val[0]), vget_low_f32(u.val[0]));
    r[1] = vcombine_f32(vget_low_f32(t.val[1]), vget_low_f32(u.val[1]));
    r[2] = vcombine_f32(vget_high_f32(t.val[0]), vget_high_f32(u.val[0]));
    r[3] = vcombine_f32(vget_high_f32(t.val[1]), vget_high_f32(u.val[1]));
  }
};

struct Vfp;
using F64 = Plain<Vfp, double, unsigned long long, 2, true>;

}  // namespace tessera::simd::neon32
