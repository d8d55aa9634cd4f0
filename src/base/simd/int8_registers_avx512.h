// Integer registers of AVX-512 for the wrappers of 8-bit products (int8_*.h). `Tag` names the ISA that includes this,
// so that no symbol is shared between ISAs.
#pragma once

#include <immintrin.h>

#include <cstdint>

namespace tessera::simd {

// Registers of 16 sums. R is a vector extension: g++ 12 keeps accumulators of type __m512i in memory.
template <class Tag>
struct IntZmm {
  typedef int R __attribute__((vector_size(64)));
  using Tail = __mmask16;
  static constexpr int kLanes = 16;
  static constexpr int kRegisters = 32;

  static __m512i raw(R x) { return reinterpret_cast<__m512i>(x); }
  static R sums(__m512i x) { return reinterpret_cast<R>(x); }

  static R zero() { return R{}; }
  static R set1(int x) { return sums(_mm512_set1_epi32(x)); }
  static R load(const void* p) { return sums(_mm512_loadu_si512(p)); }
  // A value that the compiler knows nothing of.
  static R opaque(R x) {
    asm("" : "+v"(x));
    return x;
  }
  static void store(void* p, R x) { _mm512_storeu_si512(p, raw(x)); }
  static Tail tail(int n) { return static_cast<Tail>((1u << n) - 1u); }  // 0 <= n <= 16 sums
  static R load(const std::int32_t* p, Tail t) { return sums(_mm512_maskz_loadu_epi32(t, p)); }
  static void store(void* p, R x, Tail t) { _mm512_mask_storeu_epi32(p, t, raw(x)); }

  // What a kernel makes bytes with: 16 floats.
  typedef float F __attribute__((vector_size(64)));
  static __m512 raw(F x) { return reinterpret_cast<__m512>(x); }
  static F set1(float x) { return reinterpret_cast<F>(_mm512_set1_ps(x)); }
  static F load(const float* p) { return reinterpret_cast<F>(_mm512_loadu_ps(p)); }
  static F load(const float* p, Tail t) { return reinterpret_cast<F>(_mm512_maskz_loadu_ps(t, p)); }
  static F load_f16(const std::uint16_t* p) {
    return reinterpret_cast<F>(_mm512_cvtph_ps(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p))));
  }
  static F floats(R x) { return reinterpret_cast<F>(_mm512_cvtepi32_ps(raw(x))); }
  // Numbers that fit 32 bits to bytes: clamp(round(x), low, high) + zero, ties to even, low for NaN. In 16 bits, which
  // saturate, then clamped as bytes: 64 channels of 56 x 56 pixels to 256 take 267 us, 283 with floats bounded above
  // and words below, whose minima wait for the units that multiply (Zen 4).
  class Bytes {
   public:
    Bytes(float low, float high, int zero)
        // Signed bytes are made as unsigned ones.
        : offset_(static_cast<int>(low) + zero < 0 ? 128 : 0),
          zero_(_mm512_set1_epi16(static_cast<short>(zero + offset_))),
          low_(_mm512_set1_epi8(static_cast<char>(static_cast<int>(low) + zero + offset_))),
          high_(_mm512_set1_epi8(static_cast<char>(static_cast<int>(high) + zero + offset_))),
          flip_(_mm512_set1_epi8(static_cast<char>(offset_))) {}
    // kCount registers, the last one of `tail` numbers.
    template <int kCount>
    [[gnu::always_inline]] void store(char* p, const F* x, int tail) const {
      if constexpr (kCount > 4) {
        store<4>(p, x, kLanes);
        store<kCount - 4>(p + 4 * kLanes, x + 4, tail);
      } else {
        const __m512i first = words(x[0], x[kCount > 1 ? 1 : 0]);
        const __m512i second = kCount > 2 ? words(x[2 % kCount], x[kCount > 3 ? 3 % kCount : 2 % kCount]) : first;
        const __m512i order = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
        const __m512i z = _mm512_min_epu8(_mm512_max_epu8(_mm512_packus_epi16(first, second), low_), high_);
        const __m512i y = _mm512_permutexvar_epi32(order, _mm512_xor_si512(z, flip_));
        if (tail != kLanes) {
          _mm512_mask_storeu_epi8(p, (std::uint64_t{1} << ((kCount - 1) * kLanes + tail)) - 1, y);
        } else if constexpr (kCount == 4) {
          _mm512_storeu_si512(p, y);
        } else if constexpr (kCount == 2) {
          _mm256_storeu_si256(reinterpret_cast<__m256i*>(p), _mm512_castsi512_si256(y));
        } else {
          // Rows of 48 bytes: stores of 32 would cross lines of the cache.
          __m128i* const to = reinterpret_cast<__m128i*>(p);
          _mm_storeu_si128(to, _mm512_castsi512_si128(y));
          if constexpr (kCount == 3) {
            _mm_storeu_si128(to + 1, _mm512_extracti32x4_epi32(y, 1));
            _mm_storeu_si128(to + 2, _mm512_extracti32x4_epi32(y, 2));
          }
        }
      }
    }

   private:
    // 16 numbers of each, four of a register after four of the other.
    [[gnu::always_inline]] __m512i words(F a, F b) const {
      const __m512i w = _mm512_packs_epi32(_mm512_cvtps_epi32(raw(a)), _mm512_cvtps_epi32(raw(b)));
      return _mm512_adds_epi16(w, zero_);
    }
    int offset_;
    __m512i zero_, low_, high_, flip_;
  };

  // 16 x 16 groups of 32 bits.
  [[gnu::always_inline]] static void transpose(R (&r)[16]) {
    __m512i t[16], u[16];
#pragma GCC unroll 16
    for (int i = 0; i < 16; i += 2) {
      t[i] = _mm512_unpacklo_epi32(raw(r[i]), raw(r[i + 1]));
      t[i + 1] = _mm512_unpackhi_epi32(raw(r[i]), raw(r[i + 1]));
    }
#pragma GCC unroll 16
    for (int i = 0; i < 16; i += 4) {
      u[i] = _mm512_unpacklo_epi64(t[i], t[i + 2]);
      u[i + 1] = _mm512_unpackhi_epi64(t[i], t[i + 2]);
      u[i + 2] = _mm512_unpacklo_epi64(t[i + 1], t[i + 3]);
      u[i + 3] = _mm512_unpackhi_epi64(t[i + 1], t[i + 3]);
    }
#pragma GCC unroll 16
    for (int i = 0; i < 4; ++i) {
      t[i] = _mm512_shuffle_i32x4(u[i], u[i + 4], 0x88);
      t[i + 4] = _mm512_shuffle_i32x4(u[i], u[i + 4], 0xDD);
      t[i + 8] = _mm512_shuffle_i32x4(u[i + 8], u[i + 12], 0x88);
      t[i + 12] = _mm512_shuffle_i32x4(u[i + 8], u[i + 12], 0xDD);
    }
#pragma GCC unroll 16
    for (int i = 0; i < 8; ++i) {
      r[i] = sums(_mm512_shuffle_i32x4(t[i], t[i + 8], 0x88));
      r[i + 8] = sums(_mm512_shuffle_i32x4(t[i], t[i + 8], 0xDD));
    }
  }
};

// Panels of bytes, four steps of k to a group: u8 on the left, s8 on the right.
template <class Tag>
struct BytesZmm : IntZmm<Tag> {
  using Base = IntZmm<Tag>;
  using typename Base::R;
  using Element = std::uint8_t;
  static constexpr bool kReadsInPlace = true;   // rows of bytes along k are broadcast from where they lie
  static constexpr int kBlockByteOffset = 128;  // bytes of weights in blocks are taken as they are, without a sign
  static constexpr int kGroup = 4;

  // How a source becomes a panel: its bytes, or their upper bit inverted.
  struct Convert {
    __m512i flip;
    std::uint8_t bits;
    explicit Convert(bool change) : flip(_mm512_set1_epi8(change ? -128 : 0)), bits(change ? 0x80 : 0) {}
    std::uint8_t operator()(std::uint8_t x) const { return static_cast<std::uint8_t>(x ^ bits); }
  };
  // 16 groups along k of which the first `steps` steps exist; the others are zero.
  static R along_k(const std::uint8_t* p, int steps, const Convert& c) {
    if (steps >= 64) return Base::sums(_mm512_xor_si512(_mm512_loadu_si512(p), c.flip));
    const __mmask64 mask = (std::uint64_t{1} << steps) - 1;
    return Base::sums(_mm512_maskz_mov_epi8(mask, _mm512_xor_si512(_mm512_maskz_loadu_epi8(mask, p), c.flip)));
  }
  // One group of 16 columns from four rows of 16 bytes.
  static R across(const std::uint8_t* const* rows, const Convert& c) {
    const auto load = [&](int q) { return _mm_loadu_si128(reinterpret_cast<const __m128i*>(rows[q])); };
    const __m128i t0 = _mm_unpacklo_epi8(load(0), load(1)), t1 = _mm_unpackhi_epi8(load(0), load(1));
    const __m128i t2 = _mm_unpacklo_epi8(load(2), load(3)), t3 = _mm_unpackhi_epi8(load(2), load(3));
    __m512i x = _mm512_castsi128_si512(_mm_unpacklo_epi16(t0, t2));
    x = _mm512_inserti32x4(x, _mm_unpackhi_epi16(t0, t2), 1);
    x = _mm512_inserti32x4(x, _mm_unpacklo_epi16(t1, t3), 2);
    x = _mm512_inserti32x4(x, _mm_unpackhi_epi16(t1, t3), 3);
    return Base::sums(_mm512_xor_si512(x, c.flip));
  }
  // kWide such groups from rows of as many times 16 bytes: less work for each.
  static constexpr int kWide = 2;
  [[gnu::always_inline]] static void across_wide(const std::uint8_t* const* rows, const Convert& c, R* groups) {
    // Halves of a register are interleaved each for itself: four columns of every eight are moved to the other one
    // first.
    const __m256i order = _mm256_setr_epi32(0, 2, 4, 6, 1, 3, 5, 7);
    const auto load = [&](int q) __attribute__((always_inline)) {
      return _mm256_permutevar8x32_epi32(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(rows[q])), order);
    };
    const __m256i r0 = load(0), r1 = load(1), r2 = load(2), r3 = load(3);
    const __m256i t0 = _mm256_unpacklo_epi8(r0, r1), t1 = _mm256_unpackhi_epi8(r0, r1);
    const __m256i t2 = _mm256_unpacklo_epi8(r2, r3), t3 = _mm256_unpackhi_epi8(r2, r3);
    const __m512i x =
        _mm512_inserti64x4(_mm512_castsi256_si512(_mm256_unpacklo_epi16(t0, t2)), _mm256_unpackhi_epi16(t0, t2), 1);
    const __m512i y =
        _mm512_inserti64x4(_mm512_castsi256_si512(_mm256_unpacklo_epi16(t1, t3)), _mm256_unpackhi_epi16(t1, t3), 1);
    groups[0] = Base::sums(_mm512_xor_si512(x, c.flip));
    groups[1] = Base::sums(_mm512_xor_si512(y, c.flip));
  }
};

// Panels of 16-bit numbers, two steps of k to a group.
template <class Tag>
struct WideZmm : IntZmm<Tag> {
  using Base = IntZmm<Tag>;
  using typename Base::R;
  using Element = std::int16_t;
  static constexpr bool kReadsInPlace = false;
  static constexpr int kGroup = 2;

  // Extended by sign or by zero: signed numbers with their upper bit inverted, less 128, so that one path serves both.
  struct Convert {
    __m512i flip, less;
    bool is_signed;
    explicit Convert(bool s)
        : flip(_mm512_set1_epi16(s ? 0x80 : 0)), less(_mm512_set1_epi16(s ? 0x80 : 0)), is_signed(s) {}
    std::int16_t operator()(std::uint8_t x) const {
      return is_signed ? static_cast<std::int8_t>(x) : static_cast<std::int16_t>(x);
    }
    R operator()(__m256i x) const {
      return Base::sums(_mm512_sub_epi16(_mm512_xor_si512(_mm512_cvtepu8_epi16(x), flip), less));
    }
  };
  static R along_k(const std::uint8_t* p, int steps, const Convert& c) {
    if (steps >= 32) return c(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)));
    const __mmask32 mask = (std::uint32_t{1} << steps) - 1;
    return Base::sums(_mm512_maskz_mov_epi16(mask, Base::raw(c(_mm256_maskz_loadu_epi8(mask, p)))));
  }
  static R across(const std::uint8_t* const* rows, const Convert& c) {
    const auto load = [&](int q) { return _mm_loadu_si128(reinterpret_cast<const __m128i*>(rows[q])); };
    return c(_mm256_set_m128i(_mm_unpackhi_epi8(load(0), load(1)), _mm_unpacklo_epi8(load(0), load(1))));
  }
  static constexpr int kWide = 1;
  [[gnu::always_inline]] static void across_wide(const std::uint8_t* const* rows, const Convert& c, R* groups) {
    groups[0] = across(rows, c);
  }
  static R dot(R sum, R left, R right) {
    return sum + Base::sums(_mm512_madd_epi16(Base::raw(left), Base::raw(right)));
  }

  // Sums of a block of weights of kBits bits and rows within +-127 (kernel/block_q8_tile.h). vpmaddubsw does not
  // saturate here: 16 bits hold the 16 products of a pair of steps' 4-bit numbers, 16 * 15 * 127 < 2^15, and two
  // products of magnitudes up to 128 by 127.
  static constexpr int kBlockByteOffset = 0;
  template <int kBits>
  struct BlockSum {
    R sum, start;
    explicit BlockSum(R from) : sum(kBits == 4 ? Base::zero() : from), start(from) {}
    void add(R weights, R row) {
      const __m512i w = Base::raw(weights), a = Base::raw(row);
      if constexpr (kBits == 4) {
        sum = Base::sums(_mm512_add_epi16(Base::raw(sum), _mm512_maddubs_epi16(w, a)));
      } else {
        const __m512i signed_a = _mm512_mask_sub_epi8(a, _mm512_movepi8_mask(w), _mm512_setzero_si512(), a);
        sum = dot(sum, Base::sums(_mm512_maddubs_epi16(_mm512_abs_epi8(w), signed_a)), ones());
      }
    }
    R total() const { return kBits == 4 ? dot(start, sum, ones()) : sum; }
    static R ones() { return Base::set1(0x00010001); }
  };
};

}  // namespace tessera::simd
