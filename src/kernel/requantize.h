// The routines of requantize_contract.h, as loops that the compiler makes vectors of with the flags of each ISA. V is
// the ISA's wrapper and gives their symbols a name of their own.
//
// Rounding to the nearest integer, ties to even, is an addition: in [2^23, 2^24) floats are whole numbers, so 1.5 *
// 2^23 + x ends in the bits of round(x) for |x| <= 2^22. Whatever is rounded here has been clamped to a few hundred
// before.
#pragma once

#include <cstdint>
#include <cstring>

#include "kernel/int8_depthwise.h"
#include "kernel/requantize_contract.h"

namespace tessera::kernel {

template <class V>
struct Requantize {
  static constexpr float kRound = 12582912.0f;
  static constexpr std::int32_t kRoundBits = 0x4B400000;

  static std::int32_t round_even(float x) {
    const float shifted = x + kRound;
    std::int32_t bits;
    std::memcpy(&bits, &shifted, sizeof bits);
    return bits - kRoundBits;
  }
  static float clamp(float x, float low, float high) {
    x = x > low ? x : low;
    return x < high ? x : high;
  }
  static std::int32_t clamp(std::int32_t x, std::int32_t low, std::int32_t high) {
    x = x > low ? x : low;
    return x < high ? x : high;
  }
  static std::uint32_t word(std::int32_t x) { return static_cast<std::uint32_t>(x); }

  // Columns at a time: corrections and scales of a piece stay in L1.
  static constexpr index_t kPiece = 128;

  // The sums with everything added; `piece` is the array that they lie in, or a copy.
  static const std::int32_t* corrected(const RequantizeArgs& g, index_t first, index_t n, std::int32_t* copy) {
    const std::int32_t* sums = g.sums + first;
    if (g.bias == nullptr && g.column_terms == nullptr && g.right_factors == nullptr) return sums;
    if (g.bias != nullptr) {
      for (index_t j = 0; j < n; ++j) copy[j] = static_cast<std::int32_t>(word(sums[j]) + word(g.bias[first + j]));
      sums = copy;
    }
    if (g.column_terms != nullptr) {
      const std::uint32_t factor = word(g.left_factor);
      for (index_t j = 0; j < n; ++j)
        copy[j] = static_cast<std::int32_t>(word(sums[j]) + factor * word(g.column_terms[first + j]));
      sums = copy;
    }
    if (g.right_factors != nullptr) {
      const std::uint32_t row = word(g.row_sum);
      for (index_t j = 0; j < n; ++j)
        copy[j] = static_cast<std::int32_t>(word(sums[j]) + row * word(g.right_factors[first + j]));
    }
    return copy;
  }
  // float(s) * scale * row_scale
  static void scaled(const RequantizeArgs& g, const std::int32_t* sums, index_t first, index_t n, float* x) {
    if (g.scale_stride == 0) {
      const float scale = g.scale[0];
      for (index_t j = 0; j < n; ++j) x[j] = static_cast<float>(sums[j]) * scale;
    } else {
      for (index_t j = 0; j < n; ++j) x[j] = static_cast<float>(sums[j]) * g.scale[first + j];
    }
    if (g.row_scale != 1.0f)
      for (index_t j = 0; j < n; ++j) x[j] *= g.row_scale;
  }

  template <class Piece>
  static void by_pieces(const RequantizeArgs& g, const Piece& piece) {
    for (index_t first = 0; first < g.columns; first += kPiece)
      piece(first, g.columns - first < kPiece ? g.columns - first : kPiece);
  }

  static void to_s32(const RequantizeArgs& g) {
    by_pieces(g, [&](index_t first, index_t n) {
      std::int32_t copy[kPiece];
      const std::int32_t* sums = corrected(g, first, n, copy);
      std::memmove(static_cast<std::int32_t*>(g.out) + first, sums, static_cast<std::size_t>(n) * sizeof(std::int32_t));
    });
  }
  static void to_f32(const RequantizeArgs& g) {
    by_pieces(g, [&](index_t first, index_t n) {
      std::int32_t copy[kPiece];
      float x[kPiece];
      scaled(g, corrected(g, first, n, copy), first, n, x);
      if (g.float_bias != nullptr)
        for (index_t j = 0; j < n; ++j) x[j] += g.float_bias[first + j];
      float* out = static_cast<float*>(g.out) + first;
      const float low = g.float_low, high = g.float_high;
      for (index_t j = 0; j < n; ++j) out[j] = clamp(x[j], low, high);
    });
  }
  static void to_bytes(const RequantizeArgs& g) {
    by_pieces(g, [&](index_t first, index_t n) {
      std::int32_t copy[kPiece];
      float x[kPiece];
      scaled(g, corrected(g, first, n, copy), first, n, x);
      std::uint8_t* out = static_cast<std::uint8_t*>(g.out) + first;
      const std::int32_t zero = g.zero_point;
      const float low = static_cast<float>(g.low - zero), high = static_cast<float>(g.high - zero);
      for (index_t j = 0; j < n; ++j) out[j] = static_cast<std::uint8_t>(round_even(clamp(x[j], low, high)) + zero);
    });
  }

  // High half of 2 a b, rounded: gemmlowp's SaturatingRoundingDoublingHighMul.
  static std::int32_t high_product(std::int32_t a, std::int32_t b) {
    if (a == b && a == INT32_MIN) return INT32_MAX;
    const std::int64_t product = static_cast<std::int64_t>(a) * b;
    const std::int64_t nudge = product >= 0 ? std::int64_t{1} << 30 : 1 - (std::int64_t{1} << 30);
    return static_cast<std::int32_t>((product + nudge) / (std::int64_t{1} << 31));
  }
  // x / 2^exponent to the nearest, ties away from zero: gemmlowp's RoundingDivideByPOT.
  static std::int32_t divide_by_power(std::int32_t x, std::int32_t exponent) {
    const std::int32_t mask = static_cast<std::int32_t>((std::int64_t{1} << exponent) - 1);
    const std::int32_t rest = x & mask, half = (mask >> 1) + (x < 0 ? 1 : 0);
    return (x >> exponent) + (rest > half ? 1 : 0);
  }
  static void to_bytes_fixed(const RequantizeArgs& g) {
    by_pieces(g, [&](index_t first, index_t n) {
      std::int32_t copy[kPiece];
      const std::int32_t* sums = corrected(g, first, n, copy);
      std::uint8_t* out = static_cast<std::uint8_t*>(g.out) + first;
      for (index_t j = 0; j < n; ++j) {
        const index_t at = (first + j) * g.multiplier_stride;
        const std::int32_t shift = g.shift[at], left = shift > 0 ? shift : 0, right = shift > 0 ? 0 : -shift;
        const std::int32_t s = static_cast<std::int32_t>(word(sums[j]) << left);
        const std::int32_t y = divide_by_power(high_product(s, g.multiplier[at]), right);
        // Saturating: y may be near either end of its range.
        const std::int64_t sum = static_cast<std::int64_t>(y) + g.zero_point;
        out[j] = static_cast<std::uint8_t>(sum < g.low ? g.low : sum > g.high ? g.high : sum);
      }
    });
  }

  static void range(const float* x, index_t n, float& least, float& greatest) {
    constexpr int kLanes = 4 * V::kLanes;
    float low[kLanes] = {}, high[kLanes] = {};
    index_t i = 0;
    for (; i + kLanes <= n; i += kLanes) {
      for (int l = 0; l < kLanes; ++l) low[l] = x[i + l] < low[l] ? x[i + l] : low[l];
      for (int l = 0; l < kLanes; ++l) high[l] = x[i + l] > high[l] ? x[i + l] : high[l];
    }
    for (; i < n; ++i) {
      low[0] = x[i] < low[0] ? x[i] : low[0];
      high[0] = x[i] > high[0] ? x[i] : high[0];
    }
    least = low[0];
    greatest = high[0];
    for (int l = 1; l < kLanes; ++l) {
      least = low[l] < least ? low[l] : least;
      greatest = high[l] > greatest ? high[l] : greatest;
    }
  }
  static void quantize(const float* x, index_t n, float scale, std::int32_t zero, std::int32_t low_byte,
                       std::int32_t high_byte, std::uint8_t* y) {
    const float low = static_cast<float>(low_byte - zero), high = static_cast<float>(high_byte - zero);
    for (index_t i = 0; i < n; ++i) y[i] = static_cast<std::uint8_t>(round_even(clamp(x[i] / scale, low, high)) + zero);
  }
  static void dequantize(const std::uint8_t* x, bool is_signed, index_t n, float scale, std::int32_t zero, float* y) {
    // Inverting the upper bit of a signed byte adds 128 to it.
    const std::uint8_t flip = is_signed ? 0x80 : 0;
    const std::int32_t offset = is_signed ? zero + 128 : zero;
    for (index_t i = 0; i < n; ++i)
      y[i] = static_cast<float>(static_cast<std::int32_t>(static_cast<std::uint8_t>(x[i] ^ flip)) - offset) * scale;
  }
  static void add_bytes(const AddBytesArgs& g) {
    const std::uint8_t a_flip = g.a_signed ? 0x80 : 0, b_flip = g.b_signed ? 0x80 : 0;
    const std::int32_t a_zero = g.a_zero + a_flip, b_zero = g.b_zero + b_flip, zero = g.zero;
    const float a_scale = g.a_scale, b_scale = g.b_scale, scale = g.scale;
    const float low = static_cast<float>(g.low - zero), high = static_cast<float>(g.high - zero);
    const auto real = [](std::uint8_t x, std::uint8_t flip, std::int32_t z, float s) __attribute__((always_inline)) {
      return static_cast<float>(static_cast<std::int32_t>(static_cast<std::uint8_t>(x ^ flip)) - z) * s;
    };
    const std::uint8_t *const a = g.a, *const b = g.b;
    std::uint8_t* const y = g.y;
    const index_t n = g.n;  // for the compiler, bytes that are written may be the arguments
    for (index_t i = 0; i < n; ++i) {
      const float sum = real(a[i], a_flip, a_zero, a_scale) + real(b[i], b_flip, b_zero, b_scale);
      y[i] = static_cast<std::uint8_t>(round_even(clamp(sum / scale, low, high)) + zero);
    }
  }
  static void row_sums(const std::uint8_t* x, bool is_signed, index_t rows, index_t inc_w, index_t k, index_t inc_k,
                       std::int32_t* sums) {
    const std::uint8_t flip = is_signed ? 0x80 : 0;
    const std::uint32_t offset = is_signed ? static_cast<std::uint32_t>(k) * 128u : 0u;
    for (index_t i = 0; i < rows; ++i, x += inc_w) {
      std::uint32_t sum = 0;
      if (inc_k == 1) {
        for (index_t p = 0; p < k; ++p) sum += static_cast<std::uint8_t>(x[p] ^ flip);
      } else {
        for (index_t p = 0; p < k; ++p) sum += static_cast<std::uint8_t>(x[p * inc_k] ^ flip);
      }
      sums[i] = static_cast<std::int32_t>(sum - offset);
    }
  }

  // A block of channels: its sums stay in L1 while the taps pass.
  static constexpr index_t kBlock = 64;
  template <class Byte>
  static void add_tap(const std::uint8_t* x, const std::int16_t* w, index_t n, std::int32_t* sums) {
    for (index_t j = 0; j < n; ++j) {
      const std::int16_t value = static_cast<Byte>(x[j]);
      sums[j] = static_cast<std::int32_t>(word(sums[j]) + word(value * w[j]));
    }
  }
  template <class Byte>
  static void depthwise_of(const DepthwiseSumsArgs& g) {
    std::int32_t sums[kBlock];
    for (index_t c = 0; c < g.channels; c += kBlock) {
      const index_t n = kBlock < g.channels - c ? kBlock : g.channels - c;
      std::memcpy(sums, g.first + c, static_cast<std::size_t>(n) * sizeof *sums);
      // One loop for all widths: with a constant one g++ 12 unrolls it before it can make vectors of it.
      for (index_t t = 0; t < g.taps; ++t) add_tap<Byte>(g.x[t] + c, g.w + t * g.line + c, n, sums);
      std::memcpy(g.sums + c, sums, static_cast<std::size_t>(n) * sizeof *sums);
    }
  }
  static void depthwise_sums(const DepthwiseSumsArgs& g) {
    if (g.is_signed) {
      depthwise_of<std::int8_t>(g);
    } else {
      depthwise_of<std::uint8_t>(g);
    }
  }

  static constexpr RequantizeSet set(Isa isa) {
    return {isa,       &to_s32,     &to_f32,   &to_bytes,       &to_bytes_fixed, &range,
            &quantize, &dequantize, &row_sums, &depthwise_sums, &add_bytes,      depthwise_row_of<V>()};
  }
};

}  // namespace tessera::kernel
