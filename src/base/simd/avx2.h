// Register wrapper of AVX2 with FMA. Included only by objects compiled for that ISA. Interface: see avx512.h.
#pragma once

#include <immintrin.h>

#include <cstdint>

namespace tessera::simd::avx2 {

struct F32 {
  using T = float;
  using R = __m256;
  struct Tail {
    __m256i mask;
    int n;
  };
  static constexpr int kLanes = 8;
  static constexpr int kRegisters = 16;
  static constexpr bool kFused = true;
  static constexpr bool kMaskedLoadIsFree = false;

  static R zero() { return _mm256_setzero_ps(); }
  static R set1(T x) { return _mm256_set1_ps(x); }
  static R load(const T* p) { return _mm256_loadu_ps(p); }
  static void store(T* p, R x) { _mm256_storeu_ps(p, x); }
  static Tail tail(int n) {
    return {_mm256_cmpgt_epi32(_mm256_set1_epi32(n), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7)), n};
  }
  static R load(const T* p, Tail t) { return _mm256_maskload_ps(p, t.mask); }
  // In halves: vmaskmovps to memory takes twice as long on Zen 4.
  static void store(T* p, R x, Tail t) {
    if (t.n == 8) return store(p, x);
    __m128 h = _mm256_castps256_ps128(x);
    if (t.n & 4) {
      _mm_storeu_ps(p, h);
      h = _mm256_extractf128_ps(x, 1);
      p += 4;
    }
    if (t.n & 2) {
      _mm_storel_pi(reinterpret_cast<__m64*>(p), h);
      h = _mm_movehl_ps(h, h);
      p += 2;
    }
    if (t.n & 1) _mm_store_ss(p, h);
  }
  static R load_bf16(const std::uint16_t* p) {
    return widen_bf16(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p)));
  }
  static R load_bf16(const std::uint16_t* p, Tail t) { return widen_bf16(load_part(p, t.n)); }
  static R load_f16(const std::uint16_t* p) {
    return _mm256_cvtph_ps(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p)));
  }
  static R load_f16(const std::uint16_t* p, Tail t) { return _mm256_cvtph_ps(load_part(p, t.n)); }
  using Bits = __m256i;
  static Bits load_bits(const std::uint32_t* p) { return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)); }
  template <int kBit, int kBits>
  static R fraction(Bits x) {
    constexpr int kUp = 23 - kBits - kBit, kField = ((1 << kBits) - 1) << (23 - kBits);
    const Bits at = kUp >= 0 ? _mm256_slli_epi32(x, kUp >= 0 ? kUp : 0) : _mm256_srli_epi32(x, kUp >= 0 ? 0 : -kUp);
    return _mm256_castsi256_ps(
        _mm256_or_si256(_mm256_and_si256(at, _mm256_set1_epi32(kField)), _mm256_set1_epi32(0x3f800000)));
  }
  static R add(R a, R b) { return _mm256_add_ps(a, b); }
  static R mul(R a, R b) { return _mm256_mul_ps(a, b); }
  static R fma(R a, R b, R c) { return _mm256_fmadd_ps(a, b, c); }
  static R flip(R a, R sign) { return _mm256_xor_ps(a, sign); }
  static R div(R a, R b) { return _mm256_div_ps(a, b); }
  static R sqrt(R a) { return _mm256_sqrt_ps(a); }
  static R max(R a, R b) { return _mm256_max_ps(a, b); }
  static R min(R a, R b) { return _mm256_min_ps(a, b); }
  static R round(R a) { return _mm256_round_ps(a, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC); }
  static R pow2(R n) {
    return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_add_epi32(_mm256_cvtps_epi32(n), _mm256_set1_epi32(127)), 23));
  }
  static R blend_sign(R x, R positive, R negative) { return _mm256_blendv_ps(positive, negative, x); }
  static R mask_above(R x, R limit, R a) { return _mm256_andnot_ps(_mm256_cmp_ps(x, limit, _CMP_LT_OQ), a); }

  static void fold(R a, T* sums) {
    const __m128 q = _mm_add_ps(_mm256_castps256_ps128(a), _mm256_extractf128_ps(a, 1));
    _mm_storel_pi(reinterpret_cast<__m64*>(sums), _mm_add_ps(q, _mm_movehl_ps(q, q)));
  }

  static void fold_four(R a, R b, R c, R d, T* sums) {
    const R p = _mm256_add_ps(_mm256_permute2f128_ps(a, b, 0x20), _mm256_permute2f128_ps(a, b, 0x31));
    const R q = _mm256_add_ps(_mm256_permute2f128_ps(c, d, 0x20), _mm256_permute2f128_ps(c, d, 0x31));
    R r = _mm256_add_ps(_mm256_shuffle_ps(p, q, 0x44), _mm256_shuffle_ps(p, q, 0xEE));  // a a c c b b d d
    r = _mm256_add_ps(r, _mm256_permute_ps(r, 0xB1));
    const __m128 s = _mm_shuffle_ps(_mm256_castps256_ps128(r), _mm256_extractf128_ps(r, 1), 0x88);
    _mm_storeu_ps(sums, _mm_shuffle_ps(s, s, 0xD8));
  }

  using Mask = __m256i;
  static Mask lanes_from(int k) {
    return _mm256_cmpgt_epi32(_mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7), _mm256_set1_epi32(k - 1));
  }
  static R select(Mask m, R yes, R no) { return _mm256_blendv_ps(no, yes, _mm256_castsi256_ps(m)); }

  static R swap_pairs(R a) { return _mm256_permute_ps(a, 0xB1); }
  static R dup_even(R a) { return _mm256_moveldup_ps(a); }
  static R dup_odd(R a) { return _mm256_movehdup_ps(a); }
  static R push_front(R e, R x) {
    return _mm256_blend_ps(_mm256_permutevar8x32_ps(x, _mm256_setr_epi32(7, 0, 1, 2, 3, 4, 5, 6)), e, 0x01);
  }
  static R push_back(R x, R e) {
    return _mm256_blend_ps(_mm256_permutevar8x32_ps(x, _mm256_setr_epi32(1, 2, 3, 4, 5, 6, 7, 0)), e, 0x80);
  }
  static void deinterleave(R x, R y, R& re, R& im) {
    const R lo = _mm256_permute2f128_ps(x, y, 0x20), hi = _mm256_permute2f128_ps(x, y, 0x31);
    re = _mm256_shuffle_ps(lo, hi, 0x88);
    im = _mm256_shuffle_ps(lo, hi, 0xDD);
  }

  [[gnu::always_inline]] static void transpose(R (&r)[8]) {
    R t[8];
#pragma GCC unroll 16
    for (int i = 0; i < 8; i += 2) {
      t[i] = _mm256_unpacklo_ps(r[i], r[i + 1]);
      t[i + 1] = _mm256_unpackhi_ps(r[i], r[i + 1]);
    }
#pragma GCC unroll 16
    for (int i = 0; i < 8; i += 4) {
      r[i] = _mm256_shuffle_ps(t[i], t[i + 2], 0x44);
      r[i + 1] = _mm256_shuffle_ps(t[i], t[i + 2], 0xEE);
      r[i + 2] = _mm256_shuffle_ps(t[i + 1], t[i + 3], 0x44);
      r[i + 3] = _mm256_shuffle_ps(t[i + 1], t[i + 3], 0xEE);
    }
#pragma GCC unroll 16
    for (int i = 0; i < 4; ++i) {
      t[i] = _mm256_permute2f128_ps(r[i], r[i + 4], 0x20);
      t[i + 4] = _mm256_permute2f128_ps(r[i], r[i + 4], 0x31);
    }
#pragma GCC unroll 16
    for (int i = 0; i < 8; ++i) r[i] = t[i];
  }

 private:
  static R widen_bf16(__m128i x) { return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_cvtepu16_epi32(x), 16)); }
  // n numbers of 16 bits, put together from the last one.
  static __m128i load_part(const std::uint16_t* p, int n) {
    if (n == 8) return _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
    __m128i x = _mm_setzero_si128();
    if (n & 1) x = _mm_cvtsi32_si128(p[n - 1]);
    if (n & 2) {
      int pair;
      __builtin_memcpy(&pair, p + (n & 4), sizeof pair);
      x = _mm_unpacklo_epi32(_mm_cvtsi32_si128(pair), x);
    }
    if (n & 4) x = _mm_unpacklo_epi64(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(p)), x);
    return x;
  }
};

struct F64 {
  using T = double;
  using R = __m256d;
  struct Tail {
    __m256i mask;
    int n;
  };
  static constexpr int kLanes = 4;
  static constexpr int kRegisters = 16;
  static constexpr bool kFused = true;
  static constexpr bool kMaskedLoadIsFree = false;

  static R zero() { return _mm256_setzero_pd(); }
  static R set1(T x) { return _mm256_set1_pd(x); }
  static R load(const T* p) { return _mm256_loadu_pd(p); }
  static R load_widened(const float* p) { return _mm256_cvtps_pd(_mm_loadu_ps(p)); }
  static void store(T* p, R x) { _mm256_storeu_pd(p, x); }
  static Tail tail(int n) { return {_mm256_cmpgt_epi64(_mm256_set1_epi64x(n), _mm256_setr_epi64x(0, 1, 2, 3)), n}; }
  static R load(const T* p, Tail t) { return _mm256_maskload_pd(p, t.mask); }
  static void store(T* p, R x, Tail t) {
    if (t.n == 4) return store(p, x);
    __m128d h = _mm256_castpd256_pd128(x);
    if (t.n & 2) {
      _mm_storeu_pd(p, h);
      h = _mm256_extractf128_pd(x, 1);
      p += 2;
    }
    if (t.n & 1) _mm_store_sd(p, h);
  }
  static R add(R a, R b) { return _mm256_add_pd(a, b); }
  static R mul(R a, R b) { return _mm256_mul_pd(a, b); }
  static R fma(R a, R b, R c) { return _mm256_fmadd_pd(a, b, c); }
  static R flip(R a, R sign) { return _mm256_xor_pd(a, sign); }

  static void fold(R a, T* sums) {
    _mm_storeu_pd(sums, _mm_add_pd(_mm256_castpd256_pd128(a), _mm256_extractf128_pd(a, 1)));
  }

  static void fold_four(R a, R b, R c, R d, T* sums) {
    const R p = _mm256_add_pd(_mm256_permute2f128_pd(a, b, 0x20), _mm256_permute2f128_pd(a, b, 0x31));
    const R q = _mm256_add_pd(_mm256_permute2f128_pd(c, d, 0x20), _mm256_permute2f128_pd(c, d, 0x31));
    _mm256_storeu_pd(sums, _mm256_permute4x64_pd(_mm256_hadd_pd(p, q), 0xD8));
  }

  using Mask = __m256i;
  static Mask lanes_from(int k) {
    return _mm256_cmpgt_epi64(_mm256_setr_epi64x(0, 1, 2, 3), _mm256_set1_epi64x(k - 1));
  }
  static R select(Mask m, R yes, R no) { return _mm256_blendv_pd(no, yes, _mm256_castsi256_pd(m)); }

  static R swap_pairs(R a) { return _mm256_permute_pd(a, 0x5); }
  static R dup_even(R a) { return _mm256_permute_pd(a, 0x0); }
  static R dup_odd(R a) { return _mm256_permute_pd(a, 0xF); }
  static void deinterleave(R x, R y, R& re, R& im) {
    const R lo = _mm256_permute2f128_pd(x, y, 0x20), hi = _mm256_permute2f128_pd(x, y, 0x31);
    re = _mm256_unpacklo_pd(lo, hi);
    im = _mm256_unpackhi_pd(lo, hi);
  }

  [[gnu::always_inline]] static void transpose(R (&r)[4]) {
    const R t0 = _mm256_unpacklo_pd(r[0], r[1]), t1 = _mm256_unpackhi_pd(r[0], r[1]);
    const R t2 = _mm256_unpacklo_pd(r[2], r[3]), t3 = _mm256_unpackhi_pd(r[2], r[3]);
    r[0] = _mm256_permute2f128_pd(t0, t2, 0x20);
    r[1] = _mm256_permute2f128_pd(t1, t3, 0x20);
    r[2] = _mm256_permute2f128_pd(t0, t2, 0x31);
    r[3] = _mm256_permute2f128_pd(t1, t3, 0x31);
  }
};

}  // namespace tessera::simd::avx2
