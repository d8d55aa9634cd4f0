// Direct convolution of few input channels: one template for every ISA. Contract: kernel/conv_contract.h.
#pragma once

#include "kernel/conv_contract.h"
#include "kernel/gemm_tile.h"

namespace tessera::kernel {

template <class V>
struct Direct {
  using R = typename V::R;
  using T = Tile<V>;
  static constexpr int kLanes = V::kLanes;
  // Sums, a register of each vector and one for what is broadcast fill the registers.
  static constexpr bool kMany = V::kRegisters >= 32;

  // ---- channels are neighbours -------------------------------------------------------------------------------------

  // Pixels of a tile one or two registers of channels wide.
  template <int kVectors>
  static constexpr int kPixels = kMany           ? 14
                                 : kVectors == 1 ? 12
                                                 : 6;

  // Those of a network come from memory: 960 -> 320 at 7 x 7 takes 293 us instead of 312 then, 1024 -> 1024 1013 and
  // 1080.
  template <int kVectors>
  [[gnu::always_inline]] static inline void prefetch_weights(const float* w) {
    constexpr int kAhead = 1024, kLine = 16;
#pragma GCC unroll 2
    for (int i = 0; i < kVectors * kLanes; i += kLine) __builtin_prefetch(w + kAhead + i);
  }

  template <int kRows, int kVectors, class Last>
  static void tile(const DirectPixelsArgs& g, index_t at, const Last& last) {
    using Rows = typename T::template Rows<kRows>;
    constexpr typename T::template Seq<Rows::kBases> bases{};
    typename T::template Regs<kRows * kVectors> acc;
#pragma GCC unroll 32
    for (int e = 0; e < kRows * kVectors; ++e) acc.r[e] = V::zero();
    float* const y = g.y + at * g.y_pixel;
#pragma GCC unroll 16
    for (int i = 0; i < kRows; ++i) {
#pragma GCC unroll 2
      for (int j = 0; j < kVectors; ++j) __builtin_prefetch(y + i * g.y_pixel + j * kLanes, 1);
    }
    const float* w = g.w;
    for (index_t r = 0; r < g.kh; ++r) {
      Rows x(g.x[r] + at * g.x_pixel, g.x_pixel * index_t{sizeof(float)}, bases);
#pragma GCC unroll 1
      for (index_t p = g.steps; p > 0; --p, w += kVectors * kLanes) {
        R b[kVectors];
#pragma GCC unroll 2
        for (int j = 0; j < kVectors; ++j) b[j] = V::load(w + j * kLanes);
        prefetch_weights<kVectors>(w);
        T::template step_direct<kRows, kVectors>(x, b, acc, typename T::template Seq<kRows>{});
        x.advance(sizeof(float), bases);
      }
    }
    // Copies: stores might write to the arguments.
    const float* const bias = g.finish.bias;
    const R low = V::set1(g.finish.low), high = V::set1(g.finish.high);
    const index_t y_pixel = g.y_pixel;
#pragma GCC unroll 2
    for (int j = 0; j < kVectors; ++j) {
      const bool whole = j < kVectors - 1;
      if (bias != nullptr) {
        const R b = whole ? V::load(bias + j * kLanes) : last.load(bias + j * kLanes);
#pragma GCC unroll 16
        for (int i = 0; i < kRows; ++i) acc.r[i * kVectors + j] = V::add(acc.r[i * kVectors + j], b);
      }
#pragma GCC unroll 16
      for (int i = 0; i < kRows; ++i) {
        const R x = V::min(high, V::max(low, acc.r[i * kVectors + j]));
        whole ? V::store(y + i * y_pixel + j * kLanes, x) : last.store(y + i * y_pixel + j * kLanes, x);
      }
    }
  }
  // Pixels in tiles of kWide, half of that or one.
  template <int kWide, class Compute>
  [[gnu::always_inline]] static inline void cover(index_t pixels, const Compute& compute) {
    constexpr index_t kHalf = kWide / 2;
    const std::integral_constant<int, kWide> wide;
    const std::integral_constant<int, kWide / 2> half;
    index_t i = 0;
    for (; i + kWide <= pixels; i += kWide) compute(wide, i);
    if (pixels < kHalf) {
      for (; i < pixels; ++i) compute(std::integral_constant<int, 1>{}, i);
    } else if (pixels - i > kHalf && pixels >= kWide) {
      compute(wide, pixels - kWide);
    } else {
      for (; i < pixels; i += kHalf) compute(half, i + kHalf <= pixels ? i : pixels - kHalf);
    }
  }
  template <int kVectors, class Last>
  static void tiles(const DirectPixelsArgs& g, const Last& last) {
    cover<kPixels<kVectors>>(g.pixels,
                             [&](auto rows, index_t i) { tile<decltype(rows)::value, kVectors>(g, i, last); });
  }
  static void pixels(const DirectPixelsArgs& g) {
    const int rest = g.outputs > kLanes ? g.outputs - kLanes : g.outputs;
    const typename T::Partial part{V::tail(rest)};
    if (g.outputs > kLanes) {
      rest == kLanes ? tiles<2>(g, typename T::Whole{}) : tiles<2>(g, part);
    } else {
      rest == kLanes ? tiles<1>(g, typename T::Whole{}) : tiles<1>(g, part);
    }
  }

  // ---- pixels are neighbours ---------------------------------------------------------------------------------------

  static constexpr int kChannels = kMany ? 8 : 4;

  // One input channel of kRows neighbouring pixels.
  template <int kRows, int kVectors, int... kE>
  [[gnu::always_inline]] static inline void step_turned(const float* x, const float* w,
                                                        typename T::template Regs<kRows * kVectors>& acc,
                                                        std::integer_sequence<int, kE...>) {
    R b[kVectors];
#pragma GCC unroll 2
    for (int j = 0; j < kVectors; ++j) b[j] = V::load(w + j * kLanes);
    if constexpr (T::kByLanes && kRows >= kLanes) {
      // The last register of pixels ends with the tile.
      constexpr int kParts = (kRows + kLanes - 1) / kLanes;
      R a[kParts];
#pragma GCC unroll 4
      for (int i = 0; i < kParts; ++i) a[i] = V::load(x + begin_of<kRows>(i));
      ((acc.r[kE] = V::template fma_lane<kE / kVectors - begin_of<kRows>(kE / kVectors / kLanes)>(
            a[kE / kVectors / kLanes], b[kE % kVectors], acc.r[kE])),
       ...);
    } else {
      ((acc.r[kE] = V::fma(T::broadcast(x + kE / kVectors), b[kE % kVectors], acc.r[kE])), ...);
    }
  }
  template <int kRows>
  static constexpr int begin_of(int part) {
    return (part + 1) * kLanes <= kRows ? part * kLanes : kRows - kLanes;
  }

  // Sums of pixels by registers of channels, as above, turned when they are complete.
  template <int kRows, int kVectors>
  static void turned(const DirectChannelsArgs& g, index_t at) {
    typename T::template Regs<kRows * kVectors> acc;
#pragma GCC unroll 32
    for (int e = 0; e < kRows * kVectors; ++e) acc.r[e] = V::zero();
    const float* w = g.w;
    const float* x = g.x + at;
#pragma GCC unroll 1
    for (index_t c = g.channels; c > 0; --c, x += g.x_channel, w += kVectors * kLanes) {
      prefetch_weights<kVectors>(w);
      step_turned<kRows, kVectors>(x, w, acc, typename T::template Seq<kRows * kVectors>{});
    }
    // Copies: stores might write to the arguments.
    const float* const bias = g.finish.bias;
    const R low = V::set1(g.finish.low), high = V::set1(g.finish.high);
    const index_t y_channel = g.y_channel;
    float* y = g.y + at;
    const int outputs = g.outputs;
#pragma GCC unroll 2
    for (int j = 0; j < kVectors; ++j) {
      const int channels = outputs - j * kLanes;
      R b = V::zero();
      if (bias != nullptr)
        b = channels < kLanes ? V::load(bias + j * kLanes, V::tail(channels)) : V::load(bias + j * kLanes);
#pragma GCC unroll 16
      for (int first = 0; first < kRows; first += kLanes) {
        R r[kLanes];
#pragma GCC unroll 16
        for (int i = 0; i < kLanes; ++i) {
          r[i] = first + i < kRows ? acc.r[(first + i < kRows ? first + i : 0) * kVectors + j] : V::zero();
          if (bias != nullptr) r[i] = V::add(r[i], b);
          r[i] = V::min(high, V::max(low, r[i]));
        }
        V::transpose(r);
        const int pixels = kRows - first < kLanes ? kRows - first : kLanes;
        float* to = y + first;
#pragma GCC unroll 16
        for (int k = 0; k < kLanes; ++k, to += y_channel) {
          if (k >= channels) break;
          pixels == kLanes ? V::store(to, r[k]) : V::store(to, r[k], V::tail(pixels));
        }
      }
      y += kLanes * y_channel;
    }
  }
  template <int kVectors>
  static void turned_tiles(const DirectChannelsArgs& g) {
    cover<kPixels<kVectors>>(g.pixels, [&](auto rows, index_t i) { turned<decltype(rows)::value, kVectors>(g, i); });
  }
  static void channels(const DirectChannelsArgs& g) { g.outputs > kLanes ? turned_tiles<2>(g) : turned_tiles<1>(g); }

  template <int kVectors, class Last>
  static void strip(const DirectRowArgs& g, index_t at, const Last& last) {
    R acc[kChannels * kVectors];
#pragma GCC unroll 16
    for (int e = 0; e < kChannels * kVectors; ++e) acc[e] = V::zero();
    const float* w = g.w;
    const float* const* x = g.x;
    for (index_t r = 0; r < g.kh; ++r, x += g.channels) {
      for (index_t s = 0; s < g.kw; ++s) {
        const index_t tap = g.taps[s] + at;
#pragma GCC unroll 1
        for (index_t c = 0; c < g.channels; ++c, w += kChannels) {
          R b[kVectors];
#pragma GCC unroll 2
          for (int j = 0; j < kVectors; ++j) b[j] = V::load(x[c] + tap + j * kLanes);
#pragma GCC unroll 8
          for (int k = 0; k < kChannels; ++k) {
            const R a = V::set1(w[k]);
#pragma GCC unroll 2
            for (int j = 0; j < kVectors; ++j) acc[k * kVectors + j] = V::fma(a, b[j], acc[k * kVectors + j]);
          }
        }
      }
    }
    // Copies: stores might write to the arguments.
    const float* const bias = g.finish.bias;
    const R low = V::set1(g.finish.low), high = V::set1(g.finish.high);
    const index_t y_channel = g.y_channel;
    const int outputs = g.outputs;
    float* y = g.y + at;
#pragma GCC unroll 8
    for (int k = 0; k < kChannels; ++k, y += y_channel) {
      if (k >= outputs) break;
      const R b = V::set1(bias != nullptr ? bias[k] : 0.0f);
#pragma GCC unroll 2
      for (int j = 0; j < kVectors; ++j) {
        R sum = acc[k * kVectors + j];
        if (bias != nullptr) sum = V::add(sum, b);
        sum = V::min(high, V::max(low, sum));
        j < kVectors - 1 ? V::store(y + j * kLanes, sum) : last.store(y + j * kLanes, sum);
      }
    }
  }
  static void row(const DirectRowArgs& g) {
    constexpr index_t kWide = 2 * kLanes;
    const typename T::Whole whole{};
    index_t j = 0;
    for (; j + kWide <= g.columns; j += kWide) strip<2>(g, j, whole);
    const index_t rest = g.columns - j;
    if (rest == 0) return;
    if (g.columns < kLanes) return strip<1>(g, 0, typename T::Partial{V::tail(static_cast<int>(rest))});
    if (rest <= kLanes) return strip<1>(g, g.columns - kLanes, whole);
    if (g.columns >= kWide) return strip<2>(g, g.columns - kWide, whole);
    strip<1>(g, 0, whole);
    strip<1>(g, g.columns - kLanes, whole);
  }
};

}  // namespace tessera::kernel
