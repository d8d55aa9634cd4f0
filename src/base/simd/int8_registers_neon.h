// Integer registers of NEON for the wrappers of 8-bit products. Interface: int8_registers_avx512.h.
#pragma once

#include <arm_neon.h>

#include <cstdint>
#include <cstring>
#include <type_traits>

#include "base/dtype.h"

namespace tessera::simd {

// Registers of 4 sums; panels of s8 on both sides.
template <class Tag>
struct IntNeon {
  using R = int32x4_t;
  using Tail = int;
  using Element = std::uint8_t;
  static constexpr DType kLeft = DType::s8, kRight = DType::s8;
  static constexpr int kLanes = 4;
  static constexpr int kRegisters = 32;
  static constexpr bool kReadsInPlace = false;
  static constexpr int kBlockByteOffset = 0;  // bytes of weights in blocks become signed ones

  static int8x16_t bytes(R x) { return vreinterpretq_s8_s32(x); }

  static R zero() { return vdupq_n_s32(0); }
  static R set1(int x) { return vdupq_n_s32(x); }
  static R load(const void* p) { return vreinterpretq_s32_u8(vld1q_u8(static_cast<const std::uint8_t*>(p))); }
  static void store(void* p, R x) { vst1q_u8(static_cast<std::uint8_t*>(p), vreinterpretq_u8_s32(x)); }
  static Tail tail(int n) { return n; }
  static R load(const std::int32_t* p, Tail n) {
    if (n == 4) return load(p);
    R r = zero();
    if (n & 2) {
      r = vcombine_s32(vld1_s32(p), vdup_n_s32(0));
      if (n & 1) r = vld1q_lane_s32(p + 2, r, 2);
    } else if (n & 1) {
      r = vld1q_lane_s32(p, r, 0);
    }
    return r;
  }
  static void store(void* to, R x, Tail n) {
    std::int32_t* p = static_cast<std::int32_t*>(to);
    if (n == 4) return store(p, x);
    int32x2_t h = vget_low_s32(x);
    if (n & 2) {
      vst1_s32(p, h);
      h = vget_high_s32(x);
      p += 2;
    }
    if (n & 1) vst1_lane_s32(p, h, 0);
  }

  using F = float32x4_t;
  static F set1(float x) { return vdupq_n_f32(x); }
  static F load(const float* p) { return vld1q_f32(p); }
  static F load(const float* p, Tail n) {
    float x[4] = {};
    std::memcpy(x, p, static_cast<std::size_t>(n) * sizeof *x);
    return vld1q_f32(x);
  }
  static F floats(R x) { return vcvtq_f32_s32(x); }
#if defined(__aarch64__)
  static F load_f16(const std::uint16_t* p) { return vcvt_f32_f16(vreinterpret_f16_u16(vld1_u16(p))); }
#endif
  static F clamp(F x, F low, F high) {
    x = vbslq_f32(vcgtq_f32(x, low), x, low);
    return vbslq_f32(vcltq_f32(x, high), x, high);
  }
#if defined(__aarch64__)
  static R round(F x) { return vcvtnq_s32_f32(x); }
#else  // Adding 1.5 * 2^23 leaves no bit for a fraction.
  static R round(F x) {
    const F shift = vdupq_n_f32(0x1.8p23f);
    return vcvtq_s32_f32(vsubq_f32(vaddq_f32(x, shift), shift));
  }
#endif
  static void store_bytes(void* p, R x) { store_bytes(p, x, kLanes); }
  static void store_bytes(void* p, R x, Tail n) {
    const int16x4_t h = vmovn_s32(x);
    const int8x8_t bytes = vmovn_s16(vcombine_s16(h, h));
    const std::int32_t four = vget_lane_s32(vreinterpret_s32_s8(bytes), 0);
    std::memcpy(p, &four, static_cast<std::size_t>(n));
  }

  // How a source becomes a panel: its bytes, or their upper bit inverted.
  struct Convert {
    std::uint8_t bits;
    explicit Convert(bool change) : bits(change ? 0x80 : 0) {}
    std::uint8_t operator()(std::uint8_t x) const { return static_cast<std::uint8_t>(x ^ bits); }
    uint8x16_t operator()(uint8x16_t x) const { return veorq_u8(x, vdupq_n_u8(bits)); }
  };
};

// Sums of a block of weights of kBits bits (kernel/block_q8_tile.h) without dot products. 16 bits hold the sum of a
// block's eight products of 4-bit numbers, and one product of bytes. V::pairs(x, y): sums of neighbours.
template <class V, int kBits>
struct NeonBlockSum {
  using R = typename V::R;
  using Half = std::conditional_t<kBits == 4, int16x8_t, R>;
  Half low, high;  // of the first two columns, of the last two
  R start;
  explicit NeonBlockSum(R from) : low{}, high{}, start(from) {}
  void add(R weights, R row) {
    const int8x16_t w = V::bytes(weights), a = V::bytes(row);
    if constexpr (kBits == 4) {
      low = vmlal_s8(low, vget_low_s8(w), vget_low_s8(a));
      high = vmlal_s8(high, vget_high_s8(w), vget_high_s8(a));
    } else {
      low = vpadalq_s16(low, vmull_s8(vget_low_s8(w), vget_low_s8(a)));
      high = vpadalq_s16(high, vmull_s8(vget_high_s8(w), vget_high_s8(a)));
    }
  }
  R total() const {
    if constexpr (kBits == 4) {
      return vaddq_s32(start, V::pairs(vpaddlq_s16(low), vpaddlq_s16(high)));
    } else {
      return vaddq_s32(start, V::pairs(low, high));
    }
  }
};

}  // namespace tessera::simd
