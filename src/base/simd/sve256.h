// Register wrapper of SVE with registers of 256 bits, a width that the object is compiled for (cmake/isa.cmake).
// Included only by objects compiled for that ISA. Interface: see avx512.h.
//
// Registers are the compiler's own vectors, which it maps on SVE's: they may be elements of arrays, which SVE's types
// of no fixed size may not, and have operators.
#pragma once

#include <arm_sve.h>

#include <cstdint>

namespace tessera::simd::sve256 {

typedef svbool_t Lanes __attribute__((arm_sve_vector_bits(256)));

struct F32 {
  using T = float;
  typedef float R __attribute__((vector_size(32)));
  typedef std::int32_t I __attribute__((vector_size(32)));
  using Tail = Lanes;
  static constexpr int kLanes = 8;
  static constexpr int kRegisters = 32;
  static constexpr bool kFused = true;
  static constexpr bool kMaskedLoadIsFree = true;

  static R zero() { return R{}; }
  static R set1(T x) { return svdup_f32(x); }
  static R load(const T* p) { return svld1_f32(svptrue_b32(), p); }
  static void store(T* p, R x) { svst1_f32(svptrue_b32(), p, x); }
  static Tail tail(int n) { return svwhilelt_b32(0, n); }
  static R load(const T* p, Tail t) { return svld1_f32(t, p); }
  static void store(T* p, R x, Tail t) { svst1_f32(t, p, x); }
  static R load_bf16(const std::uint16_t* p) { return load_bf16(p, svptrue_b32()); }
  static R load_bf16(const std::uint16_t* p, Tail t) { return reinterpret_cast<R>(load_halves(p, t) << 16); }
  static R load_f16(const std::uint16_t* p) { return load_f16(p, svptrue_b32()); }
  static R load_f16(const std::uint16_t* p, Tail t) {
    return svcvt_f32_f16_x(svptrue_b32(), svreinterpret_f16_u32(svld1uh_u32(t, p)));
  }
  typedef std::uint32_t Bits __attribute__((vector_size(32)));
  static Bits load_bits(const std::uint32_t* p) { return svld1_u32(svptrue_b32(), p); }
  template <int kBit, int kBits>
  static R fraction(Bits x) {
    constexpr int kUp = 23 - kBits - kBit;
    constexpr std::uint32_t kField = ((1u << kBits) - 1) << (23 - kBits);
    const Bits at = kUp >= 0 ? x << (kUp >= 0 ? kUp : 0) : x >> (kUp >= 0 ? 0 : -kUp);
    return reinterpret_cast<R>((at & kField) | 0x3f800000u);
  }
  static R add(R a, R b) { return a + b; }
  static R mul(R a, R b) { return a * b; }
  static R fma(R a, R b, R c) { return svmla_f32_x(svptrue_b32(), c, a, b); }
  static R flip(R a, R sign) { return reinterpret_cast<R>(reinterpret_cast<I>(a) ^ reinterpret_cast<I>(sign)); }
  static R div(R a, R b) { return a / b; }
  static R sqrt(R a) { return svsqrt_f32_x(svptrue_b32(), a); }
  static R max(R a, R b) { return a > b ? a : b; }
  static R min(R a, R b) { return a < b ? a : b; }
  static R round(R a) { return svrintn_f32_x(svptrue_b32(), a); }
  static R pow2(R n) { return reinterpret_cast<R>((__builtin_convertvector(n, I) + 127) << 23); }
  static R blend_sign(R x, R positive, R negative) { return reinterpret_cast<I>(x) < 0 ? negative : positive; }
  static R mask_above(R x, R limit, R a) { return x < limit ? zero() : a; }

  static void fold(R a, T* sums) {
    const R h = a + upper(a);
    svst1_f32(svptrue_pat_b32(SV_VL2), sums, h + R(svext_f32(h, h, 2)));
  }
  static void fold_four(R a, R b, R c, R d, T* sums) {
    const D p = reinterpret_cast<D>(halves(a, c)), q = reinterpret_cast<D>(halves(b, d));
    R r = reinterpret_cast<R>(D(svtrn1_f64(p, q))) + reinterpret_cast<R>(D(svtrn2_f64(p, q)));
    r += swap_pairs(r);
    svst1_f32(svptrue_pat_b32(SV_VL4), sums, svuzp1_f32(r, r));
  }

  using Mask = I;
  static Mask lanes_from(int k) { return Mask(svindex_s32(0, 1)) >= k; }
  static R select(Mask m, R yes, R no) { return m ? yes : no; }

  static R swap_pairs(R a) { return svreinterpret_f32_u64(svrevw_u64_x(svptrue_b64(), svreinterpret_u64_f32(a))); }
  static R push_front(R e, R x) { return svext_f32(e, x, 7); }
  static R push_back(R x, R e) { return svext_f32(x, e, 1); }
  static R dup_even(R a) { return svtrn1_f32(a, a); }
  static R dup_odd(R a) { return svtrn2_f32(a, a); }
  static void deinterleave(R x, R y, R& re, R& im) {
    re = svuzp1_f32(x, y);
    im = svuzp2_f32(x, y);
  }
  // Three perfect shuffles of all rows.
  [[gnu::always_inline]] static void transpose(R (&r)[8]) {
    R t[8];
#pragma GCC unroll 3
    for (int round = 0; round < 3; ++round) {
#pragma GCC unroll 8
      for (int i = 0; i < 8; ++i) t[i] = r[i];
#pragma GCC unroll 4
      for (int i = 0; i < 4; ++i) {
        r[2 * i] = svzip1_f32(t[i], t[i + 4]);
        r[2 * i + 1] = svzip2_f32(t[i], t[i + 4]);
      }
    }
  }

 private:
  typedef double D __attribute__((vector_size(32)));
  static Bits load_halves(const std::uint16_t* p, Tail t) { return svld1uh_u32(t, p); }
  static R upper(R a) { return svext_f32(a, a, 4); }
  // The sums of the halves of a and of b, side by side.
  static R halves(R a, R b) { return R(svsel_f32(svptrue_pat_b32(SV_VL4), a, b)) + R(svext_f32(a, b, 4)); }
};

struct F64 {
  using T = double;
  typedef double R __attribute__((vector_size(32)));
  typedef std::int64_t I __attribute__((vector_size(32)));
  using Tail = Lanes;
  static constexpr int kLanes = 4;
  static constexpr int kRegisters = 32;
  static constexpr bool kFused = true;
  static constexpr bool kMaskedLoadIsFree = true;

  static R zero() { return R{}; }
  static R set1(T x) { return svdup_f64(x); }
  static R load(const T* p) { return svld1_f64(svptrue_b64(), p); }
  static R load_widened(const float* p) {
    const auto* words = reinterpret_cast<const std::uint32_t*>(p);
    return svcvt_f64_f32_x(svptrue_b64(), svreinterpret_f32_u64(svld1uw_u64(svptrue_b64(), words)));
  }
  static void store(T* p, R x) { svst1_f64(svptrue_b64(), p, x); }
  static Tail tail(int n) { return svwhilelt_b64(0, n); }
  static R load(const T* p, Tail t) { return svld1_f64(t, p); }
  static void store(T* p, R x, Tail t) { svst1_f64(t, p, x); }
  static R add(R a, R b) { return a + b; }
  static R mul(R a, R b) { return a * b; }
  static R fma(R a, R b, R c) { return svmla_f64_x(svptrue_b64(), c, a, b); }
  static R flip(R a, R sign) { return reinterpret_cast<R>(reinterpret_cast<I>(a) ^ reinterpret_cast<I>(sign)); }

  static void fold(R a, T* sums) { svst1_f64(svptrue_pat_b64(SV_VL2), sums, a + R(svext_f64(a, a, 2))); }
  static void fold_four(R a, R b, R c, R d, T* sums) {
    const R p = halves(a, c), q = halves(b, d);
    store(sums, R(svtrn1_f64(p, q)) + R(svtrn2_f64(p, q)));
  }

  using Mask = I;
  static Mask lanes_from(int k) { return Mask(svindex_s64(0, 1)) >= k; }
  static R select(Mask m, R yes, R no) { return m ? yes : no; }

  static R swap_pairs(R a) { return svtbl_f64(a, sveor_n_u64_x(svptrue_b64(), svindex_u64(0, 1), 1)); }
  static R dup_even(R a) { return svtrn1_f64(a, a); }
  static R dup_odd(R a) { return svtrn2_f64(a, a); }
  static void deinterleave(R x, R y, R& re, R& im) {
    re = svuzp1_f64(x, y);
    im = svuzp2_f64(x, y);
  }
  [[gnu::always_inline]] static void transpose(R (&r)[4]) {
    const R t0 = svzip1_f64(r[0], r[2]), t1 = svzip2_f64(r[0], r[2]);
    const R t2 = svzip1_f64(r[1], r[3]), t3 = svzip2_f64(r[1], r[3]);
    r[0] = svzip1_f64(t0, t2);
    r[1] = svzip2_f64(t0, t2);
    r[2] = svzip1_f64(t1, t3);
    r[3] = svzip2_f64(t1, t3);
  }

 private:
  static R halves(R a, R b) { return R(svsel_f64(svptrue_pat_b64(SV_VL2), a, b)) + R(svext_f64(a, b, 2)); }
};

}  // namespace tessera::simd::sve256
