// Register wrapper of plain C++: 16-byte vector extensions, which every compiler maps on what the processor has. `Tag`
// names the ISA that includes this, so that no symbol is shared between ISAs. kFusedMultiply: fma rounds once, which
// wants an instruction; else a product is rounded before it is added. Interface: see avx512.h.
#pragma once

#include <cstdint>
#include <cstring>

namespace tessera::simd {

template <class Tag, class Scalar, class Bits, int kN, bool kFusedMultiply>
struct Plain {
  using T = Scalar;
  typedef Scalar R __attribute__((vector_size(16)));
  typedef Bits B __attribute__((vector_size(16)));
  using Tail = int;
  static constexpr int kLanes = kN;
  static constexpr int kRegisters = 16;
  static constexpr bool kFused = kFusedMultiply;
  static constexpr bool kMaskedLoadIsFree = false;

  static R zero() { return R{}; }
  static R set1(T x) { return x - R{}; }
  static R load(const T* p) {
    R r;
    std::memcpy(&r, p, sizeof r);
    return r;
  }
  // double: from floats.
  static R load_widened(const float* p) {
    R r{};
#pragma GCC unroll 16
    for (int i = 0; i < kN; ++i) r[i] = p[i];
    return r;
  }
  // Numbers of 16 bits, widened (float).
  static R load_bf16(const std::uint16_t* p, Tail n = kN) { return reinterpret_cast<R>(load_part(p, n) << 16); }
  static R load_f16(const std::uint16_t* p, Tail n = kN) {
    typedef int I __attribute__((vector_size(16)));
    const B h = load_part(p, n), exponent = h & 0x7c00u, fraction = h & 0x3ffu;
    // In units of 2^-24 a subnormal is its fraction.
    const B tiny = reinterpret_cast<B>(__builtin_convertvector(reinterpret_cast<I>(fraction), R) * 0x1p-24f);
    const B normal = ((h & 0x7fffu) << 13) + (112u << 23);
    const B special = 0x7f800000u | fraction << 13 | (fraction != 0u ? B{} + 0x400000u : B{});
    return reinterpret_cast<R>((h & 0x8000u) << 16 | (exponent == 0u ? tiny : exponent == 0x7c00u ? special : normal));
  }
  // Bits that hold numbers, and those numbers as fractions (float).
  static B load_bits(const std::uint32_t* p) {
    B r;
    std::memcpy(&r, p, sizeof r);
    return r;
  }
  template <int kBit, int kBits>
  static R fraction(B x) {
    constexpr int kUp = 23 - kBits - kBit;
    const B at = kUp >= 0 ? x << (kUp >= 0 ? kUp : 0) : x >> (kUp >= 0 ? 0 : -kUp);
    return reinterpret_cast<R>((at & (((1u << kBits) - 1) << (23 - kBits))) | 0x3f800000u);
  }
  static void store(T* p, R x) { std::memcpy(p, &x, sizeof x); }
  static Tail tail(int n) { return n; }
  static R load(const T* p, Tail n) {
    R r{};
#pragma GCC unroll 16
    for (int i = 0; i < kN; ++i)
      if (i < n) r[i] = p[i];
    return r;
  }
  static void store(T* p, R x, Tail n) {
#pragma GCC unroll 16
    for (int i = 0; i < kN; ++i)
      if (i < n) p[i] = x[i];
  }
  static R add(R a, R b) { return a + b; }
  static R mul(R a, R b) { return a * b; }
  static R fma(R a, R b, R c) {
    if constexpr (kFused) {
#pragma GCC unroll 16
      for (int i = 0; i < kN; ++i) c[i] = fma(a[i], b[i], c[i]);
      return c;
    } else {
      return a * b + c;
    }
  }
  static float fma(float a, float b, float c) { return __builtin_fmaf(a, b, c); }
  static double fma(double a, double b, double c) { return __builtin_fma(a, b, c); }
  static R flip(R a, R sign) { return reinterpret_cast<R>(reinterpret_cast<B>(a) ^ reinterpret_cast<B>(sign)); }
  static R div(R a, R b) { return a / b; }
  static R sqrt(R a) {
    static_assert(sizeof(T) == 4);
#pragma GCC unroll 16
    for (int i = 0; i < kN; ++i) a[i] = __builtin_sqrtf(a[i]);
    return a;
  }
  static R max(R a, R b) { return a > b ? a : b; }
  static R min(R a, R b) { return a < b ? a : b; }
  // Adding 1.5 * 2^23 leaves no bit for a fraction.
  static R round(R a) {
    static_assert(sizeof(T) == 4);
    return (a + set1(0x1.8p23f)) - set1(0x1.8p23f);
  }
  static R pow2(R n) {
    static_assert(sizeof(T) == 4);
    typedef int I __attribute__((vector_size(16)));
    return reinterpret_cast<R>((__builtin_convertvector(n, I) + 127) << 23);
  }
  static R blend_sign(R x, R positive, R negative) {
    return reinterpret_cast<B>(x) >> (8 * sizeof(T) - 1) != B{} ? negative : positive;
  }
  static R mask_above(R x, R limit, R a) { return x < limit ? zero() : a; }

  static void fold(R a, T* sums) {
    for (int i = 0; i < 2; ++i) sums[i] = kN == 4 ? a[i] + a[i + kN / 2] : a[i];
  }

  struct Mask {
    B lanes;
  };
  static Mask lanes_from(int k) {
    Mask m{};
#pragma GCC unroll 16
    for (int i = 0; i < kN; ++i) m.lanes[i] = i >= k ? ~Bits{} : Bits{};
    return m;
  }
  static R select(Mask m, R yes, R no) {
    return reinterpret_cast<R>((reinterpret_cast<B>(yes) & m.lanes) | (reinterpret_cast<B>(no) & ~m.lanes));
  }

  static R swap_pairs(R a) {
    R r{};
#pragma GCC unroll 16
    for (int i = 0; i < kN; ++i) r[i] = a[i ^ 1];
    return r;
  }
  static R dup_even(R a) {
    R r{};
#pragma GCC unroll 16
    for (int i = 0; i < kN; ++i) r[i] = a[i & ~1];
    return r;
  }
  static R dup_odd(R a) {
    R r{};
#pragma GCC unroll 16
    for (int i = 0; i < kN; ++i) r[i] = a[i | 1];
    return r;
  }
  static R push_front(R e, R x) {
    R r = e;
#pragma GCC unroll 16
    for (int i = 1; i < kN; ++i) r[i] = x[i - 1];
    return r;
  }
  static R push_back(R x, R e) {
    R r = e;
#pragma GCC unroll 16
    for (int i = 1; i < kN; ++i) r[i - 1] = x[i];
    return r;
  }
  static void deinterleave(R x, R y, R& re, R& im) {
    R a{}, b{};
#pragma GCC unroll 16
    for (int i = 0; i < kN / 2; ++i) {
      a[i] = x[2 * i];
      b[i] = x[2 * i + 1];
      a[kN / 2 + i] = y[2 * i];
      b[kN / 2 + i] = y[2 * i + 1];
    }
    re = a;
    im = b;
  }
  [[gnu::always_inline]] static void transpose(R (&r)[kN]) {
    R t[kN];
#pragma GCC unroll 16
    for (int i = 0; i < kN; ++i)
      for (int j = 0; j < kN; ++j) t[j][i] = r[i][j];
    for (int i = 0; i < kN; ++i) r[i] = t[i];
  }

 private:
  static B load_part(const std::uint16_t* p, int n) {
    static_assert(sizeof(T) == 4);
    B r{};
#pragma GCC unroll 16
    for (int i = 0; i < kN; ++i)
      if (i < n) r[i] = p[i];
    return r;
  }
};

}  // namespace tessera::simd
