// 8-bit products on any CPU: 16-bit panels, two products to a sum. x86-64 has an instruction for that from its first
// day. Interface: int8_registers_avx512.h.
#pragma once

#include <cstdint>
#include <cstring>

#include "base/dtype.h"
#include "base/simd/baseline.h"
#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace tessera::simd::baseline {

struct Int8 {
  typedef int R __attribute__((vector_size(16)));
  using Tail = int;
  using Element = std::int16_t;
  static constexpr bool kReadsInPlace = false;
  static constexpr DType kLeft = DType::s16, kRight = DType::s16;
  static constexpr int kLanes = 4;
  static constexpr int kRegisters = 16;
  static constexpr int kGroup = 2;

  static R zero() { return R{}; }
  static R set1(int x) { return R{x, x, x, x}; }
  static R load(const void* p) {
    R r;
    std::memcpy(&r, p, sizeof r);
    return r;
  }
  static void store(void* p, R x) { std::memcpy(p, &x, sizeof x); }
  static Tail tail(int n) { return n; }
  static R load(const std::int32_t* p, Tail n) {
    R r{};
#pragma GCC unroll 4
    for (int i = 0; i < kLanes; ++i)
      if (i < n) r[i] = p[i];
    return r;
  }
  static void store(void* to, R x, Tail n) {
    std::int32_t* p = static_cast<std::int32_t*>(to);
#pragma GCC unroll 4
    for (int i = 0; i < kLanes; ++i)
      if (i < n) p[i] = x[i];
  }
  static R dot(R sum, R left, R right) {
#ifdef __SSE2__
    return sum + reinterpret_cast<R>(_mm_madd_epi16(reinterpret_cast<__m128i>(left), reinterpret_cast<__m128i>(right)));
#else
    const R low = (left << 16 >> 16) * (right << 16 >> 16), high = (left >> 16) * (right >> 16);
    return sum + low + high;
#endif
  }

  // Sums of a block of weights, bytes without a sign, and rows of bytes with one (kernel/block_q8_tile.h).
  static constexpr int kBlockByteOffset = 128;
  template <int>
  struct BlockSum {
    typedef short H __attribute__((vector_size(16)));
    R sum;
    explicit BlockSum(R start) : sum(start) {}
    void add(R weights, R row) {
      const R low = set1(0x00ff00ff);
      const H a = reinterpret_cast<H>(row);
      sum = dot(sum, weights & low, reinterpret_cast<R>(a << 8 >> 8));
      sum = dot(sum, weights >> 8 & low, reinterpret_cast<R>(a >> 8));
    }
    R total() const { return sum; }
  };

  typedef float F __attribute__((vector_size(16)));
  static F load_f16(const std::uint16_t* p) { return F32::load_f16(p); }
  static F set1(float x) { return F{x, x, x, x}; }
  static F load(const float* p) { return load(p, kLanes); }
  static F load(const float* p, Tail n) {
    F x{};
    std::memcpy(&x, p, static_cast<std::size_t>(n) * sizeof *p);
    return x;
  }
  static F floats(R x) { return __builtin_convertvector(x, F); }
  static F clamp(F x, F low, F high) {
    x = x > low ? x : low;
    return x < high ? x : high;
  }
  // In [2^23, 2^24) floats are whole numbers: 1.5 * 2^23 + x ends in the bits of round(x) for |x| <= 2^22.
  static R round(F x) {
    const F shifted = x + 12582912.0f;
    R bits;
    std::memcpy(&bits, &shifted, sizeof bits);
    return bits - 0x4B400000;
  }
  static void store_bytes(void* p, R x) { store_bytes(p, x, kLanes); }
  static void store_bytes(void* p, R x, Tail n) {
    const std::uint8_t bytes[4] = {static_cast<std::uint8_t>(x[0]), static_cast<std::uint8_t>(x[1]),
                                   static_cast<std::uint8_t>(x[2]), static_cast<std::uint8_t>(x[3])};
    std::memcpy(p, bytes, static_cast<std::size_t>(n));
  }

  struct Convert {
    bool is_signed;
    explicit Convert(bool s) : is_signed(s) {}
    std::int16_t operator()(std::uint8_t x) const {
      return is_signed ? static_cast<std::int8_t>(x) : static_cast<std::int16_t>(x);
    }
  };
};

}  // namespace tessera::simd::baseline
