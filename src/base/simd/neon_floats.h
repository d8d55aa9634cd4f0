// What the register wrappers of NEON's floats have in common on AArch64 and on 32-bit ARM: 4 floats. Included only by
// objects compiled for such an ISA. Interface: see avx512.h.
//
// `Own` is the wrapper that derives from this: its name carries the ISA, so that no symbol is shared between ISAs. It
// adds widen_f16 and what the two have other instructions for.
#pragma once

#include <arm_neon.h>

#include <cstdint>

namespace tessera::simd {

template <class Own>
struct NeonFloats {
  using T = float;
  using R = float32x4_t;
  using Tail = int;
  static constexpr int kLanes = 4;
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
  static R load_f16(const std::uint16_t* p) { return Own::widen_f16(vld1_u16(p)); }
  static R load_f16(const std::uint16_t* p, Tail n) { return Own::widen_f16(load_part(p, n)); }
  using Bits = uint32x4_t;
  static Bits load_bits(const std::uint32_t* p) { return vld1q_u32(p); }
  template <int kBit, int kBits>
  static R fraction(Bits x) {
    constexpr std::uint32_t kField = ((1u << kBits) - 1) << (23 - kBits);
    const Bits at = vshlq_u32(x, vdupq_n_s32(23 - kBits - kBit));
    return vreinterpretq_f32_u32(vorrq_u32(vandq_u32(at, vdupq_n_u32(kField)), vdupq_n_u32(0x3f800000u)));
  }
  static R add(R a, R b) { return vaddq_f32(a, b); }
  static R mul(R a, R b) { return vmulq_f32(a, b); }
  static R fma(R a, R b, R c) { return vfmaq_f32(c, a, b); }
  static R flip(R a, R sign) {
    return vreinterpretq_f32_u32(veorq_u32(vreinterpretq_u32_f32(a), vreinterpretq_u32_f32(sign)));
  }
  static R max(R a, R b) { return vbslq_f32(vcgtq_f32(a, b), a, b); }
  static R min(R a, R b) { return vbslq_f32(vcltq_f32(a, b), a, b); }
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
    const std::int32_t lanes[4] = {0, 1, 2, 3};
    return vcgeq_s32(vld1q_s32(lanes), vdupq_n_s32(k));
  }
  static R select(Mask m, R yes, R no) { return vbslq_f32(m, yes, no); }

  static R swap_pairs(R a) { return vrev64q_f32(a); }
  static R push_front(R e, R x) { return vextq_f32(e, x, 3); }
  static R push_back(R x, R e) { return vextq_f32(x, e, 1); }

 private:
  static R widen_bf16(uint16x4_t x) { return vreinterpretq_f32_u32(vshll_n_u16(x, 16)); }
  static uint16x4_t load_part(const std::uint16_t* p, int n) {
    if (n == 4) return vld1_u16(p);
    uint16x4_t x = vdup_n_u16(0);
    if (n > 0) x = vld1_lane_u16(p, x, 0);
    if (n > 1) x = vld1_lane_u16(p + 1, x, 1);
    if (n > 2) x = vld1_lane_u16(p + 2, x, 2);
    return x;
  }
};

}  // namespace tessera::simd
