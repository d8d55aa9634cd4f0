// Integer registers of AVX2 for the wrappers of 8-bit products. Interface: int8_registers_avx512.h.
#pragma once

#include <immintrin.h>

#include <cstdint>
#include <cstring>

namespace tessera::simd {

// Registers of 8 sums.
template <class Tag>
struct IntYmm {
  typedef int R __attribute__((vector_size(32)));
  struct Tail {
    __m256i mask;
    int n;
  };
  static constexpr int kLanes = 8;
  static constexpr int kRegisters = 16;

  static __m256i raw(R x) { return reinterpret_cast<__m256i>(x); }
  static R sums(__m256i x) { return reinterpret_cast<R>(x); }

  static R zero() { return R{}; }
  static R set1(int x) { return sums(_mm256_set1_epi32(x)); }
  static R load(const void* p) { return sums(_mm256_loadu_si256(static_cast<const __m256i*>(p))); }
  // A value that the compiler knows nothing of.
  static R opaque(R x) {
    asm("" : "+x"(x));
    return x;
  }
  static void store(void* p, R x) { _mm256_storeu_si256(static_cast<__m256i*>(p), raw(x)); }
  static Tail tail(int n) {
    return {_mm256_cmpgt_epi32(_mm256_set1_epi32(n), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7)), n};
  }
  static R load(const std::int32_t* p, const Tail& t) { return sums(_mm256_maskload_epi32(p, t.mask)); }
  // In halves: a masked store takes twice as long on Zen 4.
  static void store(void* to, R x, const Tail& t) {
    std::int32_t* p = static_cast<std::int32_t*>(to);
    if (t.n == 8) return store(p, x);
    __m128i h = _mm256_castsi256_si128(raw(x));
    if (t.n & 4) {
      _mm_storeu_si128(reinterpret_cast<__m128i*>(p), h);
      h = _mm256_extracti128_si256(raw(x), 1);
      p += 4;
    }
    if (t.n & 2) {
      _mm_storel_epi64(reinterpret_cast<__m128i*>(p), h);
      h = _mm_unpackhi_epi64(h, h);
      p += 2;
    }
    if (t.n & 1) {
      const int last = _mm_cvtsi128_si32(h);
      std::memcpy(p, &last, sizeof last);
    }
  }

  typedef float F __attribute__((vector_size(32)));
  static __m256 raw(F x) { return reinterpret_cast<__m256>(x); }
  static F set1(float x) { return reinterpret_cast<F>(_mm256_set1_ps(x)); }
  static F load(const float* p) { return reinterpret_cast<F>(_mm256_loadu_ps(p)); }
  static F load(const float* p, const Tail& t) { return reinterpret_cast<F>(_mm256_maskload_ps(p, t.mask)); }
  static F load_f16(const std::uint16_t* p) {
    return reinterpret_cast<F>(_mm256_cvtph_ps(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p))));
  }
  static F floats(R x) { return reinterpret_cast<F>(_mm256_cvtepi32_ps(raw(x))); }
  static F clamp(F x, F low, F high) {
    return reinterpret_cast<F>(_mm256_min_ps(_mm256_max_ps(raw(x), raw(low)), raw(high)));
  }
  static R round(F x) { return sums(_mm256_cvtps_epi32(raw(x))); }
  static __m128i low_bytes(R x) {
    const __m256i y = _mm256_and_si256(raw(x), _mm256_set1_epi32(0xFF));
    const __m128i z = _mm_packus_epi32(_mm256_castsi256_si128(y), _mm256_extracti128_si256(y, 1));
    return _mm_packus_epi16(z, z);
  }
  static void store_bytes(void* p, R x) { _mm_storel_epi64(static_cast<__m128i*>(p), low_bytes(x)); }
  static void store_bytes(void* p, R x, const Tail& t) {
    const long long bytes = _mm_cvtsi128_si64(low_bytes(x));
    std::memcpy(p, &bytes, static_cast<std::size_t>(t.n));
  }

  // 8 x 8 groups of 32 bits.
  [[gnu::always_inline]] static void transpose(R (&r)[8]) {
    __m256i t[8], u[8];
#pragma GCC unroll 16
    for (int i = 0; i < 8; i += 2) {
      t[i] = _mm256_unpacklo_epi32(raw(r[i]), raw(r[i + 1]));
      t[i + 1] = _mm256_unpackhi_epi32(raw(r[i]), raw(r[i + 1]));
    }
#pragma GCC unroll 16
    for (int i = 0; i < 8; i += 4) {
      u[i] = _mm256_unpacklo_epi64(t[i], t[i + 2]);
      u[i + 1] = _mm256_unpackhi_epi64(t[i], t[i + 2]);
      u[i + 2] = _mm256_unpacklo_epi64(t[i + 1], t[i + 3]);
      u[i + 3] = _mm256_unpackhi_epi64(t[i + 1], t[i + 3]);
    }
#pragma GCC unroll 16
    for (int i = 0; i < 4; ++i) {
      r[i] = sums(_mm256_permute2x128_si256(u[i], u[i + 4], 0x20));
      r[i + 4] = sums(_mm256_permute2x128_si256(u[i], u[i + 4], 0x31));
    }
  }
};

template <class Tag>
struct BytesYmm : IntYmm<Tag> {
  using Base = IntYmm<Tag>;
  using typename Base::R;
  using Element = std::uint8_t;
  static constexpr bool kReadsInPlace = true;
  static constexpr int kBlockByteOffset = 128;
  static constexpr int kGroup = 4;

  struct Convert {
    __m256i flip;
    std::uint8_t bits;
    explicit Convert(bool change) : flip(_mm256_set1_epi8(change ? -128 : 0)), bits(change ? 0x80 : 0) {}
    std::uint8_t operator()(std::uint8_t x) const { return static_cast<std::uint8_t>(x ^ bits); }
  };
  static R along_k(const std::uint8_t* p, int steps, const Convert& c) {
    if (steps >= 32)
      return Base::sums(_mm256_xor_si256(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)), c.flip));
    alignas(32) std::uint8_t row[32] = {};
    for (int i = 0; i < steps; ++i) row[i] = c(p[i]);
    return Base::load(row);
  }
  static R across(const std::uint8_t* const* rows, const Convert& c) {
    const auto load = [&](int q) { return _mm_loadl_epi64(reinterpret_cast<const __m128i*>(rows[q])); };
    const __m128i t0 = _mm_unpacklo_epi8(load(0), load(1)), t1 = _mm_unpacklo_epi8(load(2), load(3));
    return Base::sums(
        _mm256_xor_si256(_mm256_set_m128i(_mm_unpackhi_epi16(t0, t1), _mm_unpacklo_epi16(t0, t1)), c.flip));
  }
  static constexpr int kWide = 4;
  [[gnu::always_inline]] static void across_wide(const std::uint8_t* const* rows, const Convert& c, R* groups) {
    const __m256i order = _mm256_setr_epi32(0, 2, 4, 6, 1, 3, 5, 7);
    const auto load = [&](int q) __attribute__((always_inline)) {
      return _mm256_permutevar8x32_epi32(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(rows[q])), order);
    };
    const __m256i r0 = load(0), r1 = load(1), r2 = load(2), r3 = load(3);
    const __m256i t0 = _mm256_unpacklo_epi8(r0, r1), t1 = _mm256_unpackhi_epi8(r0, r1);
    const __m256i t2 = _mm256_unpacklo_epi8(r2, r3), t3 = _mm256_unpackhi_epi8(r2, r3);
    groups[0] = Base::sums(_mm256_xor_si256(_mm256_unpacklo_epi16(t0, t2), c.flip));
    groups[1] = Base::sums(_mm256_xor_si256(_mm256_unpackhi_epi16(t0, t2), c.flip));
    groups[2] = Base::sums(_mm256_xor_si256(_mm256_unpacklo_epi16(t1, t3), c.flip));
    groups[3] = Base::sums(_mm256_xor_si256(_mm256_unpackhi_epi16(t1, t3), c.flip));
  }
};

template <class Tag>
struct WideYmm : IntYmm<Tag> {
  using Base = IntYmm<Tag>;
  using typename Base::R;
  using Element = std::int16_t;
  static constexpr bool kReadsInPlace = false;
  static constexpr int kGroup = 2;

  struct Convert {
    __m256i flip, less;
    bool is_signed;
    explicit Convert(bool s)
        : flip(_mm256_set1_epi16(s ? 0x80 : 0)), less(_mm256_set1_epi16(s ? 0x80 : 0)), is_signed(s) {}
    std::int16_t operator()(std::uint8_t x) const {
      return is_signed ? static_cast<std::int8_t>(x) : static_cast<std::int16_t>(x);
    }
    R operator()(__m128i x) const {
      return Base::sums(_mm256_sub_epi16(_mm256_xor_si256(_mm256_cvtepu8_epi16(x), flip), less));
    }
  };
  static R along_k(const std::uint8_t* p, int steps, const Convert& c) {
    if (steps >= 16) return c(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p)));
    alignas(32) std::int16_t row[16] = {};
    for (int i = 0; i < steps; ++i) row[i] = c(p[i]);
    return Base::load(row);
  }
  static R across(const std::uint8_t* const* rows, const Convert& c) {
    const auto load = [&](int q) { return _mm_loadl_epi64(reinterpret_cast<const __m128i*>(rows[q])); };
    return c(_mm_unpacklo_epi8(load(0), load(1)));
  }
  static constexpr int kWide = 1;
  [[gnu::always_inline]] static void across_wide(const std::uint8_t* const* rows, const Convert& c, R* groups) {
    groups[0] = across(rows, c);
  }
  static R dot(R sum, R left, R right) {
    return sum + Base::sums(_mm256_madd_epi16(Base::raw(left), Base::raw(right)));
  }

  // As AVX-512's.
  static constexpr int kBlockByteOffset = 0;
  template <int kBits>
  struct BlockSum {
    R sum, start;
    explicit BlockSum(R from) : sum(kBits == 4 ? Base::zero() : from), start(from) {}
    void add(R weights, R row) {
      const __m256i w = Base::raw(weights), a = Base::raw(row);
      if constexpr (kBits == 4) {
        sum = Base::sums(_mm256_add_epi16(Base::raw(sum), _mm256_maddubs_epi16(w, a)));
      } else {
        sum = dot(sum, Base::sums(_mm256_maddubs_epi16(_mm256_abs_epi8(w), _mm256_sign_epi8(a, w))), ones());
      }
    }
    R total() const { return kBits == 4 ? dot(start, sum, ones()) : sum; }
    static R ones() { return Base::set1(0x00010001); }
  };
};

}  // namespace tessera::simd
