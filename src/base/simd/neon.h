// Register wrapper of AArch64 NEON. Included only by objects compiled for that ISA. Interface: see avx512.h.
//
// clang's lane intrinsics are macros that want literal lanes, so each is wrapped in a function template.
#pragma once

#include "base/simd/neon_floats.h"

namespace tessera::simd::neon {

struct F32 : NeonFloats<F32> {
  static constexpr int kRegisters = 32;

  template <int kLane>
  static R fma_lane(R a, R b, R c) {
    return vfmaq_laneq_f32(c, b, a, kLane);
  }

  // Instructions that stay in the order in which they are written, for cores that issue in order. Such a core starts
  // the load of half a register beside a multiply-add, and nothing beside that of a whole one, which a compiler makes
  // of two.
  struct Ordered {
    static R low(const T* p) {
      R r;
      asm volatile("ldr %d0, %1" : "=w"(r) : "m"(*reinterpret_cast<const T(*)[2]>(p)));
      return r;
    }
    static std::uint64_t high(const T* p) {
      std::uint64_t x;
      asm volatile("ldr %0, %1" : "=r"(x) : "m"(*reinterpret_cast<const T(*)[2]>(p + 2)));
      return x;
    }
    static void join(R& low, std::uint64_t high) { asm volatile("ins %0.d[1], %1" : "+w"(low) : "r"(high)); }
    template <int kLane>
    static void fma_lane(R a, R b, R& c) {
      asm volatile("fmla %0.4s, %1.4s, %2.s[%3]" : "+w"(c) : "w"(b), "w"(a), "i"(kLane));
    }
  };

  static R div(R a, R b) { return vdivq_f32(a, b); }
  static R sqrt(R a) { return vsqrtq_f32(a); }
  static R round(R a) { return vrndnq_f32(a); }
  static R pow2(R n) { return vreinterpretq_f32_s32(vshlq_n_s32(vaddq_s32(vcvtnq_s32_f32(n), vdupq_n_s32(127)), 23)); }
  static R widen_f16(uint16x4_t x) { return vcvt_f32_f16(vreinterpret_f16_u16(x)); }

  static R dup_even(R a) { return vtrn1q_f32(a, a); }
  static R dup_odd(R a) { return vtrn2q_f32(a, a); }
  static void deinterleave(R x, R y, R& re, R& im) {
    re = vuzp1q_f32(x, y);
    im = vuzp2q_f32(x, y);
  }
  static void transpose(R (&r)[4]) {
    const R t0 = vtrn1q_f32(r[0], r[1]), t1 = vtrn2q_f32(r[0], r[1]);
    const R t2 = vtrn1q_f32(r[2], r[3]), t3 = vtrn2q_f32(r[2], r[3]);
    r[0] = vcombine_f32(vget_low_f32(t0), vget_low_f32(t2));
    r[1] = vcombine_f32(vget_low_f32(t1), vget_low_f32(t3));
    r[2] = vcombine_f32(vget_high_f32(t0), vget_high_f32(t2));
    r[3] = vcombine_f32(vget_high_f32(t1), vget_high_f32(t3));
  }
};

struct F64 {
  using T = double;
  using R = float64x2_t;
  using Tail = int;
  static constexpr int kLanes = 2;
  static constexpr int kRegisters = 32;
  static constexpr bool kFused = true;
  static constexpr bool kMaskedLoadIsFree = false;

  static R zero() { return vdupq_n_f64(0.0); }
  static R set1(T x) { return vdupq_n_f64(x); }
  static R load(const T* p) { return vld1q_f64(p); }
  static R load_widened(const float* p) { return vcvt_f64_f32(vld1_f32(p)); }
  static void store(T* p, R x) { vst1q_f64(p, x); }
  static Tail tail(int n) { return n; }
  static R load(const T* p, Tail n) {
    if (n == 2) return load(p);
    return n ? vld1q_lane_f64(p, zero(), 0) : zero();
  }
  static void store(T* p, R x, Tail n) {
    if (n == 2) return store(p, x);
    if (n) vst1q_lane_f64(p, x, 0);
  }
  static R add(R a, R b) { return vaddq_f64(a, b); }
  static R mul(R a, R b) { return vmulq_f64(a, b); }
  static R fma(R a, R b, R c) { return vfmaq_f64(c, a, b); }
  template <int kLane>
  static R fma_lane(R a, R b, R c) {
    return vfmaq_laneq_f64(c, b, a, kLane);
  }
  static R flip(R a, R sign) {
    return vreinterpretq_f64_u64(veorq_u64(vreinterpretq_u64_f64(a), vreinterpretq_u64_f64(sign)));
  }

  static void fold(R a, T* sums) { vst1q_f64(sums, a); }

  using Mask = uint64x2_t;
  static Mask lanes_from(int k) {
    const int64_t lanes[2] = {0, 1};
    return vcgeq_s64(vld1q_s64(lanes), vdupq_n_s64(k));
  }
  static R select(Mask m, R yes, R no) { return vbslq_f64(m, yes, no); }

  static R swap_pairs(R a) { return vextq_f64(a, a, 1); }
  static R dup_even(R a) { return vtrn1q_f64(a, a); }
  static R dup_odd(R a) { return vtrn2q_f64(a, a); }
  static void deinterleave(R x, R y, R& re, R& im) {
    re = vuzp1q_f64(x, y);
    im = vuzp2q_f64(x, y);
  }
  static void transpose(R (&r)[2]) {
    const R t = vzip1q_f64(r[0], r[1]);
    r[1] = vzip2q_f64(r[0], r[1]);
    r[0] = t;
  }
};

}  // namespace tessera::simd::neon
