// Direct depthwise convolution: one template for every ISA. Contract: kernel/conv_contract.h.
#pragma once

#include "kernel/conv_contract.h"

namespace tessera::kernel {

template <class V>
struct Depthwise {
  using R = typename V::R;
  static constexpr int kLanes = V::kLanes;

  // ---- pixels are neighbours ---------------------------------------------------------------------------------------

  static void stage_row(const StageRowArgs& g) {
    index_t e = 0;
    if (g.planes == 1) {
      float* const dst = g.dst + g.at;
      for (; e + kLanes <= g.length; e += kLanes) V::store(dst + e, V::load(g.src + e));
      if (e < g.length) V::store(dst + e, V::load(g.src + e, V::tail(static_cast<int>(g.length - e))));
    } else if (g.planes == 2) {
      float* first = g.dst + g.at % 2 * g.plane + g.at / 2;
      float* second = g.dst + (g.at + 1) % 2 * g.plane + (g.at + 1) / 2;
      R even, odd;
      for (; e + 2 * kLanes <= g.length; e += 2 * kLanes, first += kLanes, second += kLanes) {
        V::deinterleave(V::load(g.src + e), V::load(g.src + e + kLanes), even, odd);
        V::store(first, even);
        V::store(second, odd);
      }
      if (e < g.length) {
        const int left = static_cast<int>(g.length - e), low = left < kLanes ? left : kLanes;
        V::deinterleave(V::load(g.src + e, V::tail(low)), V::load(g.src + e + low, V::tail(left - low)), even, odd);
        V::store(first, even);
        V::store(second, odd);
      }
    } else {
      index_t plane = g.at % g.planes, place = g.at / g.planes;
      for (; e < g.length; ++e) {
        g.dst[plane * g.plane + place] = g.src[e];
        if (++plane == g.planes) plane = 0, ++place;
      }
    }
  }

  [[gnu::always_inline]] static inline R clamp(const DirectFinish& f, R x) {
    return V::min(V::set1(f.high), V::max(V::set1(f.low), x));
  }
  // Of one channel in all lanes. In registers: stores might write to the arguments.
  struct RowFinish {
    bool biased;
    R bias, low, high;
    [[gnu::always_inline]] explicit RowFinish(const DirectFinish& f)
        : biased(f.bias != nullptr),
          bias(V::set1(biased ? *f.bias : 0.0f)),
          low(V::set1(f.low)),
          high(V::set1(f.high)) {}
    [[gnu::always_inline]] R operator()(R x) const { return V::min(high, V::max(low, biased ? V::add(x, bias) : x)); }
  };

  // The weights in registers where they fit beside the sums, else a copy: y might overlap the caller's.
  template <int kSize>
  struct Weights {
    static constexpr bool kFit = kSize * kSize + 6 <= V::kRegisters;
    R w[kFit ? kSize * kSize : 1];
    float scalar[kFit ? 1 : kSize * kSize];
    [[gnu::always_inline]] explicit Weights(const float* from) {
#pragma GCC unroll 49
      for (int i = 0; i < kSize * kSize; ++i) {
        if constexpr (kFit) {
          w[i] = V::set1(from[i]);
        } else {
          scalar[i] = from[i];
        }
      }
    }
    [[gnu::always_inline]] R operator[](int i) const {
      if constexpr (kFit) {
        return w[i];
      } else {
        return V::set1(scalar[i]);
      }
    }
  };

  // A strip of kRows output rows by one register of columns. Each row of x is loaded once for all of them.
  template <int kSize, int kStride, int kRows, class Store>
  [[gnu::always_inline]] static inline void strip(const DepthwiseRowsArgs& g, const Weights<kSize>& w,
                                                  const RowFinish& finish, const float* x, float* y,
                                                  const Store& store) {
    R acc[kRows];
#pragma GCC unroll 8
    for (int i = 0; i < kRows; ++i) acc[i] = V::zero();
#pragma GCC unroll 16
    for (int q = 0; q < (kRows - 1) * kStride + kSize; ++q) {
#pragma GCC unroll 8
      for (int s = 0; s < kSize; ++s) {
        const R v = V::load(x + q * g.x_row + g.taps[s]);
#pragma GCC unroll 8
        for (int i = 0; i < kRows; ++i) {
          const int r = q - i * kStride;
          if (r >= 0 && r < kSize) acc[i] = V::fma(w[r * kSize + s], v, acc[i]);
        }
      }
    }
#pragma GCC unroll 8
    for (int i = 0; i < kRows; ++i) store(y + i * g.y_row, finish(acc[i]));
  }
  template <int kSize, int kStride, int kRows>
  static void strips(const DepthwiseRowsArgs& all, index_t row) {
    const DepthwiseRowsArgs g = all;
    const RowFinish finish(g.finish);
    const float* const x = g.x + row * kStride * g.x_row;
    float* const y = g.y + row * g.y_row;
    const Weights<kSize> w(g.w);
    index_t j = 0;
    for (; j + kLanes <= g.columns; j += kLanes)
      strip<kSize, kStride, kRows>(g, w, finish, x + j, y + j, [](float* p, R v) { V::store(p, v); });
    if (j < g.columns) {
      const auto tail = V::tail(static_cast<int>(g.columns - j));
      strip<kSize, kStride, kRows>(g, w, finish, x + j, y + j, [&](float* p, R v) { V::store(p, v, tail); });
    }
  }
  template <int kSize, int kStride>
  static void rows(const DepthwiseRowsArgs& g) {
    index_t i = 0;
    for (; i + 4 <= g.rows; i += 4) strips<kSize, kStride, 4>(g, i);
    for (; i < g.rows; ++i) strips<kSize, kStride, 1>(g, i);
  }

  static void rows_any(const DepthwiseRowsArgs& g) {
    const RowFinish finish(g.finish);
    for (index_t i = 0; i < g.rows; ++i) {
      for (index_t j = 0; j < g.columns; j += kLanes) {
        R acc = V::zero();
        for (index_t r = 0; r < g.kh; ++r) {
          const float* const x = g.x + (i * g.sy + r * g.dy) * g.x_row + j;
          for (index_t s = 0; s < g.kw; ++s) acc = V::fma(V::set1(g.w[r * g.kw + s]), V::load(x + g.taps[s]), acc);
        }
        acc = finish(acc);
        float* const y = g.y + i * g.y_row + j;
        if (j + kLanes <= g.columns) {
          V::store(y, acc);
        } else {
          V::store(y, acc, V::tail(static_cast<int>(g.columns - j)));
        }
      }
    }
  }

  // ---- channels are neighbours -------------------------------------------------------------------------------------

  struct Whole {
    [[gnu::always_inline]] R load(const float* p) const { return V::load(p); }
    [[gnu::always_inline]] void store(float* p, R x) const { V::store(p, x); }
  };
  struct Part {
    typename V::Tail tail;
    [[gnu::always_inline]] R load(const float* p) const { return V::load(p, tail); }
    [[gnu::always_inline]] void store(float* p, R x) const { V::store(p, x, tail); }
  };

  template <class Mask>
  [[gnu::always_inline]] static inline R finish_pixel(const DirectFinish& f, index_t c, R x, const Mask& mask) {
    return clamp(f, f.bias != nullptr ? V::add(x, mask.load(f.bias + c)) : x);
  }

  // One register of channels of kPixels outputs: an input pixel is loaded once for all that see it.
  template <int kSize, int kStride, int kPixels, class Mask>
  [[gnu::always_inline]] static inline void block(const DepthwisePixelsArgs& g, const float* const* x, float* y,
                                                  index_t c, const Mask& mask) {
    R acc[kPixels];
#pragma GCC unroll 8
    for (int i = 0; i < kPixels; ++i) acc[i] = V::zero();
    const float* w = g.w + c;
#pragma GCC unroll 3
    for (index_t r = 0; r < kSize; ++r, x += g.x_row, w += kSize * g.w_tap) {
      R tap[kSize];
#pragma GCC unroll 8
      for (int s = 0; s < kSize; ++s) tap[s] = V::load(w + s * g.w_tap);
#pragma GCC unroll 24
      for (int q = 0; q < (kPixels - 1) * kStride + kSize; ++q) {
        const R v = mask.load(x[q] + c);
#pragma GCC unroll 8
        for (int i = 0; i < kPixels; ++i) {
          const int s = q - i * kStride;
          if (s >= 0 && s < kSize) acc[i] = V::fma(tap[s], v, acc[i]);
        }
      }
    }
    // Copies: stores might write to the arguments.
    const float* const bias = g.finish.bias;
    const R low = V::set1(g.finish.low), high = V::set1(g.finish.high);
    const index_t y_pixel = g.y_pixel;
    if (bias != nullptr) {
      const R b = mask.load(bias + c);
#pragma GCC unroll 8
      for (int i = 0; i < kPixels; ++i) acc[i] = V::add(acc[i], b);
    }
#pragma GCC unroll 8
    for (int i = 0; i < kPixels; ++i) mask.store(y + i * y_pixel + c, V::min(high, V::max(low, acc[i])));
  }
  template <int kSize, int kStride, int kPixels>
  static void blocks(const DepthwisePixelsArgs& g, index_t i) {
    const float* const* const x = g.x + i * kStride;
    float* const y = g.y + i * g.y_pixel;
    index_t c = g.first;
    for (; c + kLanes <= g.last; c += kLanes) block<kSize, kStride, kPixels>(g, x, y, c, Whole{});
    if (c < g.last) block<kSize, kStride, kPixels>(g, x, y, c, Part{V::tail(static_cast<int>(g.last - c))});
  }
  template <int kSize, int kStride>
  static void pixels(const DepthwisePixelsArgs& g) {
    index_t i = 0;
    // More sums than registers for them would spill: 4 of 16. Rows of 7, 14 and 28 pixels are cut in sevens.
    if constexpr (V::kRegisters >= 32) {
      if (g.pixels % 7 == 0)
        for (; i < g.pixels; i += 7) blocks<kSize, kStride, 7>(g, i);
      for (; i + 8 <= g.pixels; i += 8) blocks<kSize, kStride, 8>(g, i);
    }
    for (; i + 4 <= g.pixels; i += 4) blocks<kSize, kStride, 4>(g, i);
    for (; i < g.pixels; ++i) blocks<kSize, kStride, 1>(g, i);
  }

  template <class Mask>
  [[gnu::always_inline]] static inline void block_any(const DepthwisePixelsArgs& g, index_t i, index_t c,
                                                      const Mask& mask) {
    R acc = V::zero();
    for (index_t r = 0; r < g.kh; ++r)
      for (index_t s = 0; s < g.kw; ++s)
        acc = V::fma(V::load(g.w + (r * g.kw + s) * g.w_tap + c), mask.load(g.x[r * g.x_row + i * g.sx + s * g.dx] + c),
                     acc);
    mask.store(g.y + i * g.y_pixel + c, finish_pixel(g.finish, c, acc, mask));
  }
  static void pixels_any(const DepthwisePixelsArgs& g) {
    for (index_t i = 0; i < g.pixels; ++i) {
      index_t c = g.first;
      for (; c + kLanes <= g.last; c += kLanes) block_any(g, i, c, Whole{});
      if (c < g.last) block_any(g, i, c, Part{V::tail(static_cast<int>(g.last - c))});
    }
  }
};

}  // namespace tessera::kernel
