// Register wrapper of AVX-512 (F, DQ, BW, VL). Included only by objects compiled for that ISA.
//
// What a wrapper offers (see any of them): a register R of kLanes elements of T, whole and partial loads and stores, a
// broadcast, fma with one operand broadcast from memory, sign flip by mask, transposition of a square of registers, and
// a few shuffles of interleaved complex numbers, and a choice between registers lane by lane.
#pragma once

#include <immintrin.h>

#include <cstdint>

namespace tessera::simd::avx512 {

struct F32 {
  using T = float;
  using R = __m512;
  using Tail = __mmask16;
  static constexpr int kLanes = 16;
  static constexpr int kRegisters = 32;
  static constexpr bool kFused = true;             // fma rounds once
  static constexpr bool kMaskedLoadIsFree = true;  // masks cost nothing: no separate kernel for partial vectors

  static R zero() { return _mm512_setzero_ps(); }
  static R set1(T x) { return _mm512_set1_ps(x); }
  static R load(const T* p) { return _mm512_loadu_ps(p); }
  static void store(T* p, R x) { _mm512_storeu_ps(p, x); }
  static Tail tail(int n) { return static_cast<Tail>((1u << n) - 1u); }  // 0 <= n <= 16
  static R load(const T* p, Tail t) { return _mm512_maskz_loadu_ps(t, p); }
  static void store(T* p, R x, Tail t) { _mm512_mask_storeu_ps(p, t, x); }
  // Numbers of 16 bits, widened.
  static R load_bf16(const std::uint16_t* p) {
    return widen_bf16(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)));
  }
  static R load_bf16(const std::uint16_t* p, Tail t) { return widen_bf16(_mm256_maskz_loadu_epi16(t, p)); }
  static R load_f16(const std::uint16_t* p) {
    return _mm512_cvtph_ps(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)));
  }
  static R load_f16(const std::uint16_t* p, Tail t) { return _mm512_cvtph_ps(_mm256_maskz_loadu_epi16(t, p)); }
  // A lane's 32 bits; 1 + q / 2^kBits for the number q of kBits bits of each lane at kBit.
  using Bits = __m512i;
  static Bits load_bits(const std::uint32_t* p) { return _mm512_loadu_si512(p); }
  template <int kBit, int kBits>
  static R fraction(Bits x) {
    constexpr int kUp = 23 - kBits - kBit, kField = ((1 << kBits) - 1) << (23 - kBits);
    const Bits at = kUp >= 0 ? _mm512_slli_epi32(x, kUp >= 0 ? kUp : 0) : _mm512_srli_epi32(x, kUp >= 0 ? 0 : -kUp);
    // (at & field) | one
    return _mm512_castsi512_ps(
        _mm512_ternarylogic_epi32(at, _mm512_set1_epi32(kField), _mm512_set1_epi32(0x3f800000), 0xea));
  }
  static R add(R a, R b) { return _mm512_add_ps(a, b); }
  static R mul(R a, R b) { return _mm512_mul_ps(a, b); }
  static R fma(R a, R b, R c) { return _mm512_fmadd_ps(a, b, c); }
  static R flip(R a, R sign) { return _mm512_xor_ps(a, sign); }
  static R div(R a, R b) { return _mm512_div_ps(a, b); }
  // b where one of them is NaN.
  static R sqrt(R a) { return _mm512_sqrt_ps(a); }
  static R max(R a, R b) { return _mm512_max_ps(a, b); }
  static R min(R a, R b) { return _mm512_min_ps(a, b); }
  // To the nearest integer, |a| < 2^22.
  static R round(R a) { return _mm512_roundscale_ps(a, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC); }
  // 2^n for integers -126..127.
  static R pow2(R n) {
    return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_add_epi32(_mm512_cvtps_epi32(n), _mm512_set1_epi32(127)), 23));
  }
  // Chosen by the sign bit of x.
  static R blend_sign(R x, R positive, R negative) {
    return _mm512_mask_mov_ps(positive, _mm512_movepi32_mask(_mm512_castps_si512(x)), negative);
  }
  // a, or 0 where x < limit.
  static R mask_above(R x, R limit, R a) { return _mm512_maskz_mov_ps(_mm512_cmp_ps_mask(x, limit, _CMP_NLT_UQ), a); }

  // Sums of the even and of the odd lanes, halves added to halves: lane i to lane i + kLanes / 2, and so on.
  static void fold(R a, T* sums) {
    const __m256 h = _mm256_add_ps(_mm512_castps512_ps256(a), _mm512_extractf32x8_ps(a, 1));
    const __m128 q = _mm_add_ps(_mm256_castps256_ps128(h), _mm256_extractf128_ps(h, 1));
    _mm_storel_pi(reinterpret_cast<__m64*>(sums), _mm_add_ps(q, _mm_movehl_ps(q, q)));
  }

  // Sums of all lanes of four registers, in the order of fold() and then the two halves of what that leaves.
  static void fold_four(R a, R b, R c, R d, T* sums) {
    const R p = _mm512_add_ps(_mm512_shuffle_f32x4(a, b, 0x44), _mm512_shuffle_f32x4(a, b, 0xEE));
    const R q = _mm512_add_ps(_mm512_shuffle_f32x4(c, d, 0x44), _mm512_shuffle_f32x4(c, d, 0xEE));
    R r = _mm512_add_ps(_mm512_shuffle_f32x4(p, q, 0x88), _mm512_shuffle_f32x4(p, q, 0xDD));
    r = _mm512_add_ps(r, _mm512_permute_ps(r, 0x4E));
    r = _mm512_add_ps(r, _mm512_permute_ps(r, 0xB1));
    const __m512i first = _mm512_setr_epi32(0, 4, 8, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
    _mm_storeu_ps(sums, _mm512_castps512_ps128(_mm512_permutexvar_ps(first, r)));
  }

  // Lanes k and up, whatever k is.
  using Mask = __mmask16;
  static Mask lanes_from(int k) { return static_cast<Mask>(k >= 16 ? 0u : 0xFFFFu << (k < 0 ? 0 : k)); }
  static R select(Mask m, R yes, R no) { return _mm512_mask_mov_ps(no, m, yes); }

  // (r0, i0, r1, i1 ...) -> (i0, r0, i1, r1 ...)
  static R swap_pairs(R a) { return _mm512_permute_ps(a, 0xB1); }
  // (r0, i0, r1, i1 ...) -> (r0, r0, r1, r1 ...) and (i0, i0, i1, i1 ...)
  static R dup_even(R a) { return _mm512_moveldup_ps(a); }
  static R dup_odd(R a) { return _mm512_movehdup_ps(a); }
  // Lanes moved by one; what moves in is e, the same in all lanes.
  static R push_front(R e, R x) {
    return _mm512_castsi512_ps(_mm512_alignr_epi32(_mm512_castps_si512(x), _mm512_castps_si512(e), 15));
  }
  static R push_back(R x, R e) {
    return _mm512_castsi512_ps(_mm512_alignr_epi32(_mm512_castps_si512(e), _mm512_castps_si512(x), 1));
  }
  // Two registers of interleaved pairs -> all first, all second elements.
  static void deinterleave(R x, R y, R& re, R& im) {
    const __m512i even = _mm512_setr_epi32(0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
    const __m512i odd = _mm512_setr_epi32(1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31);
    re = _mm512_permutex2var_ps(x, even, y);
    im = _mm512_permutex2var_ps(x, odd, y);
  }

  [[gnu::always_inline]] static void transpose(R (&r)[16]) {
    R t[16];
#pragma GCC unroll 16
    for (int i = 0; i < 16; i += 2) {
      t[i] = _mm512_unpacklo_ps(r[i], r[i + 1]);
      t[i + 1] = _mm512_unpackhi_ps(r[i], r[i + 1]);
    }
#pragma GCC unroll 16
    for (int i = 0; i < 16; i += 4) {
      r[i] = pair_lo(t[i], t[i + 2]);
      r[i + 1] = pair_hi(t[i], t[i + 2]);
      r[i + 2] = pair_lo(t[i + 1], t[i + 3]);
      r[i + 3] = pair_hi(t[i + 1], t[i + 3]);
    }
#pragma GCC unroll 16
    for (int i = 0; i < 4; ++i) {
      t[i] = _mm512_shuffle_f32x4(r[i], r[i + 4], 0x88);
      t[i + 4] = _mm512_shuffle_f32x4(r[i], r[i + 4], 0xDD);
      t[i + 8] = _mm512_shuffle_f32x4(r[i + 8], r[i + 12], 0x88);
      t[i + 12] = _mm512_shuffle_f32x4(r[i + 8], r[i + 12], 0xDD);
    }
#pragma GCC unroll 16
    for (int i = 0; i < 8; ++i) {
      r[i] = _mm512_shuffle_f32x4(t[i], t[i + 8], 0x88);
      r[i + 8] = _mm512_shuffle_f32x4(t[i], t[i + 8], 0xDD);
    }
  }

 private:
  static R widen_bf16(__m256i x) { return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(x), 16)); }
  static R pair_lo(R a, R b) { return _mm512_castpd_ps(_mm512_unpacklo_pd(_mm512_castps_pd(a), _mm512_castps_pd(b))); }
  static R pair_hi(R a, R b) { return _mm512_castpd_ps(_mm512_unpackhi_pd(_mm512_castps_pd(a), _mm512_castps_pd(b))); }
};

struct F64 {
  using T = double;
  using R = __m512d;
  using Tail = __mmask8;
  static constexpr int kLanes = 8;
  static constexpr int kRegisters = 32;
  static constexpr bool kFused = true;
  static constexpr bool kMaskedLoadIsFree = true;

  static R zero() { return _mm512_setzero_pd(); }
  static R set1(T x) { return _mm512_set1_pd(x); }
  static R load(const T* p) { return _mm512_loadu_pd(p); }
  static R load_widened(const float* p) { return _mm512_cvtps_pd(_mm256_loadu_ps(p)); }
  static void store(T* p, R x) { _mm512_storeu_pd(p, x); }
  static Tail tail(int n) { return static_cast<Tail>((1u << n) - 1u); }
  static R load(const T* p, Tail t) { return _mm512_maskz_loadu_pd(t, p); }
  static void store(T* p, R x, Tail t) { _mm512_mask_storeu_pd(p, t, x); }
  static R add(R a, R b) { return _mm512_add_pd(a, b); }
  static R mul(R a, R b) { return _mm512_mul_pd(a, b); }
  static R fma(R a, R b, R c) { return _mm512_fmadd_pd(a, b, c); }
  static R flip(R a, R sign) { return _mm512_xor_pd(a, sign); }

  static void fold(R a, T* sums) {
    const __m256d h = _mm256_add_pd(_mm512_castpd512_pd256(a), _mm512_extractf64x4_pd(a, 1));
    _mm_storeu_pd(sums, _mm_add_pd(_mm256_castpd256_pd128(h), _mm256_extractf128_pd(h, 1)));
  }

  static void fold_four(R a, R b, R c, R d, T* sums) {
    const R p = _mm512_add_pd(_mm512_shuffle_f64x2(a, b, 0x44), _mm512_shuffle_f64x2(a, b, 0xEE));
    const R q = _mm512_add_pd(_mm512_shuffle_f64x2(c, d, 0x44), _mm512_shuffle_f64x2(c, d, 0xEE));
    const R r = _mm512_add_pd(_mm512_shuffle_f64x2(p, q, 0x88), _mm512_shuffle_f64x2(p, q, 0xDD));
    const __m256d s = _mm256_hadd_pd(_mm512_castpd512_pd256(r), _mm512_extractf64x4_pd(r, 1));
    _mm256_storeu_pd(sums, _mm256_permute4x64_pd(s, 0xD8));
  }

  using Mask = __mmask8;
  static Mask lanes_from(int k) { return static_cast<Mask>(k >= 8 ? 0u : 0xFFu << (k < 0 ? 0 : k)); }
  static R select(Mask m, R yes, R no) { return _mm512_mask_mov_pd(no, m, yes); }

  static R swap_pairs(R a) { return _mm512_permute_pd(a, 0x55); }
  static R dup_even(R a) { return _mm512_permute_pd(a, 0x00); }
  static R dup_odd(R a) { return _mm512_permute_pd(a, 0xFF); }
  static void deinterleave(R x, R y, R& re, R& im) {
    const __m512i even = _mm512_setr_epi64(0, 2, 4, 6, 8, 10, 12, 14);
    const __m512i odd = _mm512_setr_epi64(1, 3, 5, 7, 9, 11, 13, 15);
    re = _mm512_permutex2var_pd(x, even, y);
    im = _mm512_permutex2var_pd(x, odd, y);
  }

  [[gnu::always_inline]] static void transpose(R (&r)[8]) {
    R t[8];
#pragma GCC unroll 16
    for (int i = 0; i < 8; i += 2) {
      t[i] = _mm512_unpacklo_pd(r[i], r[i + 1]);
      t[i + 1] = _mm512_unpackhi_pd(r[i], r[i + 1]);
    }
#pragma GCC unroll 16
    for (int i = 0; i < 2; ++i) {
      r[i] = _mm512_shuffle_f64x2(t[i], t[i + 2], 0x88);
      r[i + 2] = _mm512_shuffle_f64x2(t[i], t[i + 2], 0xDD);
      r[i + 4] = _mm512_shuffle_f64x2(t[i + 4], t[i + 6], 0x88);
      r[i + 6] = _mm512_shuffle_f64x2(t[i + 4], t[i + 6], 0xDD);
    }
#pragma GCC unroll 16
    for (int i = 0; i < 4; ++i) {
      t[i] = _mm512_shuffle_f64x2(r[i], r[i + 4], 0x88);
      t[i + 4] = _mm512_shuffle_f64x2(r[i], r[i + 4], 0xDD);
    }
#pragma GCC unroll 16
    for (int i = 0; i < 8; ++i) r[i] = t[i];
  }
};

}  // namespace tessera::simd::avx512
