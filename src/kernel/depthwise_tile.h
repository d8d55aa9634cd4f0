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

  // What a register of columns meets at an end of its row: more of the image, its edge, or any number of columns more.
  enum class End { kImage, kEdge, kAny };

  // What the taps of a row see from column `at` on, in steps of kStride. `row`: where the middle tap finds column 0;
  // columns [low, high) of it are in the image.
  template <int kSize, int kStride, End kLeft, End kRight>
  [[gnu::always_inline]] static inline void see(const float* row, const float* zeros, index_t low, index_t high,
                                                index_t at, R (&tap)[kSize]) {
    constexpr int kHalf = kSize / 2;
    R phase[kStride];
    const auto load = [&](index_t i) {
      if constexpr (kRight == End::kImage) return V::load(row + i);
      const index_t left = high - i;
      return V::load(row + i, V::tail(static_cast<int>(left < 0 ? 0 : left < kLanes ? left : kLanes)));
    };
    if constexpr (kStride == 1) {
      phase[0] = load(at);
    } else {
      V::deinterleave(load(at), load(at + kLanes), phase[0], phase[1]);
    }
    const auto one = [&](End end, index_t i) {
      if (end == End::kEdge) return V::zero();
      return V::set1(*(end == End::kImage || (i >= low && i < high) ? row + i : zeros));
    };
#pragma GCC unroll 2
    for (int e = 0; e < kStride; ++e) {
      R x = phase[e];
      if (kHalf + e < kSize) tap[kHalf + e] = x;
#pragma GCC unroll 4
      for (int m = 1; kHalf + e - m * kStride >= 0; ++m)
        tap[kHalf + e - m * kStride] = x = V::push_front(one(kLeft, at + e - m * kStride), x);
      x = phase[e];
#pragma GCC unroll 4
      for (int m = 1; kHalf + e + m * kStride < kSize; ++m)
        tap[kHalf + e + m * kStride] = x = V::push_back(x, one(kRight, at + e + (kLanes + m - 1) * kStride));
    }
  }

  // kRows output rows by one register of columns. Each row of x is loaded once for all of them. `exact`: nothing is
  // written beyond the last of them.
  template <int kSize, int kStride, int kRows, End kLeft, End kRight>
  [[gnu::always_inline]] static inline void strip(const DepthwisePlanesArgs& g, const Weights<kSize>& w,
                                                  const RowFinish& finish, const float* x, float* y, index_t row,
                                                  index_t j, bool exact) {
    R acc[kRows];
#pragma GCC unroll 8
    for (int i = 0; i < kRows; ++i) acc[i] = V::zero();
    const index_t offset = kSize / 2 - g.left;
    index_t iy = row * kStride - g.top;
    const float* next = x + iy * g.width;
#pragma GCC unroll 32
    for (int q = 0; q < (kRows - 1) * kStride + kSize; ++q, ++iy, next += g.width) {
      const bool inside = static_cast<std::size_t>(iy) < static_cast<std::size_t>(g.height);
      R tap[kSize];
      see<kSize, kStride, kLeft, kRight>((inside ? next : g.zeros) + offset, g.zeros, -offset, g.width - offset,
                                         j * kStride, tap);
#pragma GCC unroll 8
      for (int s = 0; s < kSize; ++s) {
#pragma GCC unroll 8
        for (int i = 0; i < kRows; ++i) {
          const int r = q - i * kStride;
          if (r >= 0 && r < kSize) acc[i] = V::fma(w[r * kSize + s], tap[s], acc[i]);
        }
      }
    }
    y += row * g.columns + j;
#pragma GCC unroll 8
    for (int i = 0; i < kRows; ++i, y += g.columns) {
      if (i < kRows - 1 || !exact) {
        V::store(y, finish(acc[i]));
      } else {
        V::store(y, finish(acc[i]), V::tail(static_cast<int>(g.columns)));
      }
    }
  }
  template <int kSize, int kStride, int kRows>
  [[gnu::noinline]] static void strips(const DepthwisePlanesArgs& all, const float* weights, const float* x, float* y,
                                       const float* bias, index_t row, bool exact) {
    const DepthwisePlanesArgs g = all;
    const Weights<kSize> w(weights);
    const RowFinish finish({bias, g.finish.low, g.finish.high});
    // The last register of columns ends with the row.
    const index_t end = g.columns - kLanes;
    for (index_t j = 0;;) {
      const index_t first = j * kStride - g.left, last = (j + kLanes - 1) * kStride - g.left + kSize;
      const bool begins = first == -(kSize / 2), ends = first + kSize / 2 + kLanes * kStride >= g.width;
      if (first >= 0 && last <= g.width) {
        strip<kSize, kStride, kRows, End::kImage, End::kImage>(g, w, finish, x, y, row, j, false);
      } else if (begins && last <= g.width) {
        strip<kSize, kStride, kRows, End::kEdge, End::kImage>(g, w, finish, x, y, row, j, false);
      } else if (first >= 0 && ends) {
        strip<kSize, kStride, kRows, End::kImage, End::kEdge>(g, w, finish, x, y, row, j, exact);
      } else if (begins && ends) {
        strip<kSize, kStride, kRows, End::kEdge, End::kEdge>(g, w, finish, x, y, row, j, exact);
      } else {
        for (int i = 0; i < kRows; ++i)
          strip<kSize, kStride, 1, End::kAny, End::kAny>(g, w, finish, x, y, row + i, j, exact && i == kRows - 1);
      }
      if (j >= end) break;
      j = j + kLanes < end ? j + kLanes : end;
    }
  }
  template <int kSize, int kStride>
  static void planes(const DepthwisePlanesArgs& g) {
    const float* bias = g.finish.bias;
    // Rows shorter than a register are written with what follows them, which is written later.
    const bool narrow = g.columns < kLanes, joined = g.y_plane == g.rows * g.columns;
    for (index_t p = 0; p < g.planes; ++p) {
      const float* const x = g.x + p * g.x_plane;
      const float* const w = g.w + p * kSize * kSize;
      float* const y = g.y + p * g.y_plane;
      const index_t last = g.first + g.rows;
      const bool exact = narrow && (p == g.planes - 1 || !joined);
      index_t i = g.first;
      if (kSize < 7 && g.rows % 7 == 0) {
        for (; i < last; i += 7) strips<kSize, kStride, 7>(g, w, x, y, bias, i, exact && i + 7 == last);
      } else if (g.rows >= 4) {
        for (; i < last; i += 4) {
          if (i + 4 > last) i = last - 4;
          strips<kSize, kStride, 4>(g, w, x, y, bias, i, exact && i + 4 == last);
        }
      } else {
        for (; i < last; ++i) strips<kSize, kStride, 1>(g, w, x, y, bias, i, exact && i + 1 == last);
      }
      if (bias != nullptr) ++bias;
    }
  }

  // From staged rows: any kernel, stride and dilation.
  template <int kRows>
  static void staged(const DepthwiseRowsArgs& g, index_t row, const RowFinish& finish) {
    const float* const x = g.x + row * g.sy * g.x_row;
    float* const y = g.y + row * g.y_row;
    for (index_t j = 0; j < g.columns; j += kLanes) {
      R acc[kRows];
#pragma GCC unroll 4
      for (int i = 0; i < kRows; ++i) acc[i] = V::zero();
      for (index_t r = 0; r < g.kh; ++r) {
        for (index_t s = 0; s < g.kw; ++s) {
          const R w = V::set1(g.w[r * g.kw + s]);
          const float* const tap = x + r * g.dy * g.x_row + g.taps[s] + j;
#pragma GCC unroll 4
          for (int i = 0; i < kRows; ++i) acc[i] = V::fma(w, V::load(tap + i * g.sy * g.x_row), acc[i]);
        }
      }
#pragma GCC unroll 4
      for (int i = 0; i < kRows; ++i) {
        if (j + kLanes <= g.columns) {
          V::store(y + i * g.y_row + j, finish(acc[i]));
        } else {
          V::store(y + i * g.y_row + j, finish(acc[i]), V::tail(static_cast<int>(g.columns - j)));
        }
      }
    }
  }
  static void rows_any(const DepthwiseRowsArgs& all) {
    const DepthwiseRowsArgs g = all;
    const RowFinish finish(g.finish);
    index_t i = 0;
    for (; i + 4 <= g.rows; i += 4) staged<4>(g, i, finish);
    for (; i < g.rows; ++i) staged<1>(g, i, finish);
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
