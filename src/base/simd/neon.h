// Register wrapper of AArch64 NEON. Included only by objects compiled for that ISA. Interface: see avx512.h.
//
// clang's lane intrinsics are macros that want literal lanes, so each is wrapped in a function template.
#pragma once

#include <arm_neon.h>

#include <cstdint>

namespace tessera::simd::neon {

struct F32 {
  using T = float;
  using R = float32x4_t;
  using Tail = int;
  static constexpr int kLanes = 4;
  static constexpr int kRegisters = 32;
  static constexpr bool kFused = true;
  static constexpr bool kMaskedLoadIsFree = false;

  static R zero() { return vdupq_n_f32(0.0f); }
  static R set1(T x) { return vdupq_n_f32(x); }
  static R load(const T* p) { return vld1q_f32(p); }
  static void store(T* p, R x) { vst1q_f32(p, x); }
  static Tail tail(int n) { return n; }
  static R load(const T* p, Tail n) {
    if (n == 4) return load(p);
    R r = zero();
    if (n & 2) {
      r = vcombine_f32(vld1_f32(p), vdup_n_f32(0.0f));
      if (n & 1) r = vld1q_lane_f32(p + 2, r, 2);
    } else if (n & 1) {
      r = vld1q_lane_f32(p, r, 0);
    }
    return r;
  }
  static void store(T* p, R x, Tail n) {
    if (n == 4) return store(p, x);
    float32x2_t h = vget_low_f32(x);
    if (n & 2) {
      vst1_f32(p, h);
      h = vget_high_f32(x);
      p += 2;
    }
    if (n & 1) vst1_lane_f32(p, h, 0);
  }
  static R load_bf16(const std::uint16_t* p) { return widen_bf16(vld1_u16(p)); }
  static R load_bf16(const std::uint16_t* p, Tail n) { return widen_bf16(load_part(p, n)); }
  static R load_f16(const std::uint16_t* p) { return widen_f16(vld1_u16(p)); }
  static R load_f16(const std::uint16_t* p, Tail n) { return widen_f16(load_part(p, n)); }
  static R load_s8(const std::int8_t* p) {
    int four;
    __builtin_memcpy(&four, p, sizeof four);
    const int16x8_t x = vmovl_s8(vreinterpret_s8_s32(vdup_n_s32(four)));
    return vcvtq_f32_s32(vmovl_s16(vget_low_s16(x)));
  }
  using Bits = uint32x4_t;
  static Bits load_bits(const std::uint32_t* p) { return vld1q_u32(p); }
  template <int kBit>
  static R nibble(Bits x) {
    const Bits at = vshlq_u32(x, vdupq_n_s32(19 - kBit));
    return vreinterpretq_f32_u32(vorrq_u32(vandq_u32(at, vdupq_n_u32(0xfu << 19)), vdupq_n_u32(0x3f800000u)));
  }
  static R add(R a, R b) { return vaddq_f32(a, b); }
  static R mul(R a, R b) { return vmulq_f32(a, b); }
  static R fma(R a, R b, R c) { return vfmaq_f32(c, a, b); }
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
  static R flip(R a, R sign) {
    return vreinterpretq_f32_u32(veorq_u32(vreinterpretq_u32_f32(a), vreinterpretq_u32_f32(sign)));
  }

  static R div(R a, R b) { return vdivq_f32(a, b); }
  static R sqrt(R a) { return vsqrtq_f32(a); }
  static R max(R a, R b) { return vbslq_f32(vcgtq_f32(a, b), a, b); }
  static R min(R a, R b) { return vbslq_f32(vcltq_f32(a, b), a, b); }
  static R round(R a) { return vrndnq_f32(a); }
  static R pow2(R n) { return vreinterpretq_f32_s32(vshlq_n_s32(vaddq_s32(vcvtnq_s32_f32(n), vdupq_n_s32(127)), 23)); }
  static R blend_sign(R x, R positive, R negative) {
    const int32x4_t mask = vshrq_n_s32(vreinterpretq_s32_f32(x), 31);
    return vbslq_f32(vreinterpretq_u32_s32(mask), negative, positive);
  }
  static R mask_above(R x, R limit, R a) {
    return vreinterpretq_f32_u32(vbicq_u32(vreinterpretq_u32_f32(a), vcltq_f32(x, limit)));
  }
  static void fold(R a, T* sums) { vst1_f32(sums, vadd_f32(vget_low_f32(a), vget_high_f32(a))); }

  using Mask = uint32x4_t;
  static Mask lanes_from(int k) {
    const int32_t lanes[4] = {0, 1, 2, 3};
    return vcgeq_s32(vld1q_s32(lanes), vdupq_n_s32(k));
  }
  static R select(Mask m, R yes, R no) { return vbslq_f32(m, yes, no); }

  static R swap_pairs(R a) { return vrev64q_f32(a); }
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

 private:
  static R widen_bf16(uint16x4_t x) { return vreinterpretq_f32_u32(vshll_n_u16(x, 16)); }
  static R widen_f16(uint16x4_t x) { return vcvt_f32_f16(vreinterpret_f16_u16(x)); }
  static uint16x4_t load_part(const std::uint16_t* p, int n) {
    if (n == 4) return vld1_u16(p);
    uint16x4_t x = vdup_n_u16(0);
    if (n > 0) x = vld1_lane_u16(p, x, 0);
    if (n > 1) x = vld1_lane_u16(p + 1, x, 1);
    if (n > 2) x = vld1_lane_u16(p + 2, x, 2);
    return x;
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
