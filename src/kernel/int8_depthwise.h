// Depthwise convolution of bytes with the instructions of 8-bit products. Contract: DepthwiseRowArgs.
//
// A dot product adds kGroup taps of a channel: the rows of a column of taps, interleaved channel by channel. So columns
// of the image are interleaved first, each once for all taps that see it, a block of channels at a time; then a pixel
// is a dot product for each column of taps.
#pragma once

#include <cstring>

#include "kernel/byte_output.h"
#include "kernel/requantize_contract.h"

namespace tessera::kernel {

template <class V>
struct Int8Depthwise {
  using R = typename V::R;
  using F = typename V::F;
  using Convert = typename V::Convert;
  static constexpr int kLanes = V::kLanes, kGroup = V::kGroup;
  static constexpr int kRegister = static_cast<int>(sizeof(R));
  static constexpr int kBlock = V::kWide > 2 ? V::kWide : 2;  // registers of channels
  static constexpr int kPixels = 4;                           // at a time: they share the weights that are loaded

  // The sums of a pixel's block, as they leave.
  struct Whole {
    F load(const float* p) const { return V::load(p); }
    void store_bytes(char* p, R x) const { V::store_bytes(p, x); }
    void store(std::int32_t* p, R x) const { V::store(p, x); }
  };
  struct Partial {
    typename V::Tail tail;
    F load(const float* p) const { return V::load(p, tail); }
    void store_bytes(char* p, R x) const { V::store_bytes(p, x, tail); }
    void store(std::int32_t* p, R x) const { V::store(p, x, tail); }
  };

  // One group of kRegs registers of channels, from rows at p. The last one may have `tail` channels only.
  template <int kRegs>
  [[gnu::always_inline]] static void interleave(const std::uint8_t* const* p, const Convert& c, int tail, R* to) {
    const std::uint8_t* at[kGroup];
    if constexpr (kRegs > 1) {
#pragma GCC unroll 8
      for (int b = 0; b < kRegs; b += V::kWide) {
        for (int i = 0; i < kGroup; ++i) at[i] = p[i] + b * kLanes;
        V::across_wide(at, c, to + b);
      }
    } else if (tail == kLanes) {
      to[0] = V::across(p, c);
    } else {
      std::uint8_t copy[kGroup][kLanes] = {};
      for (int i = 0; i < kGroup; ++i) {
        std::memcpy(copy[i], p[i], static_cast<std::size_t>(tail));
        at[i] = copy[i];
      }
      to[0] = V::across(at, c);
    }
  }

  template <int kRegs>
  static void interleave_columns(const DepthwiseRowArgs& g, index_t channel, int tail) {
    const Convert c(V::kRight == DType::s16 ? g.is_signed : g.is_signed != (V::kLeft == DType::s8));
    const index_t groups = (g.kh + kGroup - 1) / kGroup;
    for (index_t group = 0; group < groups; ++group) {
      const std::uint8_t* p[kGroup];
      index_t step[kGroup];
      // Rows that do not exist have weights of zero: the last one stands in for them.
      for (int i = 0; i < kGroup; ++i) p[i] = g.padding + channel;
      R x[kRegs];
      char* to = g.scratch + group * kRegs * kRegister;
      const index_t line = groups * kRegs * kRegister;
      const auto put = [&](index_t column) {
        for (int b = 0; b < kRegs; ++b) V::store(to + column * line + b * kRegister, x[b]);
      };
      interleave<kRegs>(p, c, tail, x);
      for (index_t q = 0; q < g.begin; ++q) put(q);
      for (index_t q = g.end; q < g.columns; ++q) put(q);
      for (int i = 0; i < kGroup; ++i) {
        const index_t r = group * kGroup + i < g.kh ? group * kGroup + i : g.kh - 1;
        step[i] = g.steps[r];
        p[i] = g.rows[r] + g.begin * step[i] + channel;
      }
      for (index_t q = g.begin; q < g.end; ++q) {
        interleave<kRegs>(p, c, tail, x);
        put(q);
        for (int i = 0; i < kGroup; ++i) p[i] += step[i];
      }
    }
  }

  template <int kRegs, int kCount, class Last>
  [[gnu::always_inline]] static void pixels(const DepthwiseRowArgs& g, index_t pixel, index_t channel,
                                            const Last& last) {
    const index_t groups = (g.kh + kGroup - 1) / kGroup, line = groups * kRegs * kRegister;
    const char* w = static_cast<const char*>(g.w) + channel / kLanes * g.kw * groups * kRegister;
    R sum[kCount][kRegs];
    for (int b = 0; b < kRegs; ++b) {
      const R first = V::load(g.first + channel + b * kLanes);
      for (int i = 0; i < kCount; ++i) sum[i][b] = first;
    }
    for (index_t s = 0; s < g.kw; ++s) {
      const char* x = g.scratch + (pixel * g.sx + s * g.dx) * line;
      for (index_t group = 0; group < groups; ++group, x += kRegs * kRegister, w += kRegister) {
#pragma GCC unroll 8
        for (int b = 0; b < kRegs; ++b) {
          const R weights = V::load(w + b * g.kw * groups * kRegister);
#pragma GCC unroll 8
          for (int i = 0; i < kCount; ++i)
            sum[i][b] = V::dot(sum[i][b], V::load(x + i * g.sx * line + b * kRegister), weights);
        }
      }
    }
    char* out = g.out + pixel * g.out_pixel;
    if (g.bytes == nullptr) {
      for (int i = 0; i < kCount; ++i, out += g.out_pixel)
        for (int b = 0; b < kRegs; ++b)
          last.store(reinterpret_cast<std::int32_t*>(out) + channel + b * kLanes, sum[i][b]);
      return;
    }
    const F low = V::set1(g.bytes->low), high = V::set1(g.bytes->high);
    const R zero = V::set1(g.bytes->zero);
#pragma GCC unroll 8
    for (int b = 0; b < kRegs; ++b) {
      const index_t at = channel + b * kLanes;
      const F scale = g.bytes->scale_stride == 0 ? V::set1(g.bytes->scale[0]) : last.load(g.bytes->scale + at);
#pragma GCC unroll 8
      for (int i = 0; i < kCount; ++i)
        last.store_bytes(out + i * g.out_pixel + at, as_bytes<V>(sum[i][b], scale, low, high, zero));
    }
  }

  template <int kRegs, class Last>
  static void block(const DepthwiseRowArgs& g, index_t channel, int tail, const Last& last) {
    interleave_columns<kRegs>(g, channel, tail);
    index_t pixel = 0;
    for (; pixel + kPixels <= g.pixels; pixel += kPixels) pixels<kRegs, kPixels>(g, pixel, channel, last);
    for (; pixel < g.pixels; ++pixel) pixels<kRegs, 1>(g, pixel, channel, last);
  }

  static void run(const DepthwiseRowArgs& g) {
    index_t channel = 0;
    for (; channel + kBlock * kLanes <= g.channels; channel += kBlock * kLanes)
      block<kBlock>(g, channel, kLanes, Whole{});
    for (; channel + kLanes <= g.channels; channel += kLanes) block<1>(g, channel, kLanes, Whole{});
    if (const int tail = static_cast<int>(g.channels - channel); tail > 0)
      block<1>(g, channel, tail, Partial{V::tail(tail)});
  }
};

template <class V>
constexpr DepthwiseRow depthwise_row_of() {
  if constexpr (requires { V::kWide; }) {
    return {&Int8Depthwise<V>::run, Int8Depthwise<V>::kBlock * Int8Depthwise<V>::kRegister};
  } else {
    return {nullptr, 0};
  }
}

}  // namespace tessera::kernel
