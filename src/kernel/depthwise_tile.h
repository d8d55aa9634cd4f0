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

  // The taps of a row from what its middle one sees of each phase of the stride: lanes move by one for each further
  // tap, and one(i) is what column `i` moves in.
  template <int kSize, int kStride, class One>
  [[gnu::always_inline]] static inline void move_lanes(const R (&phase)[kStride], index_t at, const One& one,
                                                       R (&tap)[kSize]) {
    constexpr int kHalf = kSize / 2;
#pragma GCC unroll 2
    for (int e = 0; e < kStride; ++e) {
      R x = phase[e];
      if (kHalf + e < kSize) tap[kHalf + e] = x;
#pragma GCC unroll 4
      for (int m = 1; kHalf + e - m * kStride >= 0; ++m)
        tap[kHalf + e - m * kStride] = x = V::push_front(one(at + e - m * kStride), x);
      x = phase[e];
#pragma GCC unroll 4
      for (int m = 1; kHalf + e + m * kStride < kSize; ++m)
        tap[kHalf + e + m * kStride] = x = V::push_back(x, one(at + e + (kLanes + m - 1) * kStride));
    }
  }

  // What the taps of a row see from column `at` on, in steps of kStride, of columns [low, high). `row`: where the
  // middle tap finds column 0.
  template <int kSize, int kStride>
  [[gnu::always_inline]] static inline void see_any(const float* row, index_t low, index_t high, index_t at,
                                                    R (&tap)[kSize]) {
    const auto load = [&](index_t i) {
      const index_t left = high - i;
      return V::load(row + i, V::tail(static_cast<int>(left < 0 ? 0 : left < kLanes ? left : kLanes)));
    };
    R phase[kStride];
    if constexpr (kStride == 1) {
      phase[0] = load(at);
    } else {
      V::deinterleave(load(at), load(at + kLanes), phase[0], phase[1]);
    }
    move_lanes<kSize, kStride>(
        phase, at, [&](index_t i) { return V::set1(i >= low && i < high ? row[i] : 0.0f); }, tap);
  }

  // The same from `row` on where what lies around it may be read. kBegins: the middle tap's first column is the image's
  // first. kEnds: the image has ended when the middle tap's lanes have, and before lane ends[e] of its phase e; with
  // stride 1 that is the last one, unless it begins there too.
  //
  // A load of 64 bytes from two cache lines takes four cycles on Zen 4, moving lanes takes one of a multiply-add.
  template <int kSize, int kStride, bool kBegins, bool kEnds>
  [[gnu::always_inline]] static inline void see(const float* row, const typename V::Mask* ends, R (&tap)[kSize]) {
    constexpr int kHalf = kSize / 2;
    R phase[kStride];
    if constexpr (kStride == 1) {
      phase[0] = V::load(row);
    } else {
      V::deinterleave(V::load(row), V::load(row + kLanes), phase[0], phase[1]);
    }
    if constexpr (kEnds && (kBegins || kStride > 1)) {
#pragma GCC unroll 2
      for (int e = 0; e < kStride; ++e) phase[e] = V::select(ends[e], V::zero(), phase[e]);
    }
    move_lanes<kSize, kStride>(
        phase, 0,
        [&](index_t i) { return (kBegins && i < 0) || (kEnds && i >= kLanes * kStride) ? V::zero() : V::set1(row[i]); },
        tap);
    if constexpr (kStride == 1) {
#pragma GCC unroll 4
      for (int s = 0; s < kHalf; ++s) {
        if constexpr (!kBegins) tap[s] = V::load(row + s - kHalf);
        if constexpr (!kEnds) tap[kHalf + 1 + s] = V::load(row + 1 + s);
      }
    }
  }

  // kRows output rows by one register of columns. Each row of x is loaded once for all of them. `room`:
  // elements from the first row of y on that may be written.
  template <int kSize, int kStride, int kRows, class See>
  [[gnu::always_inline]] static inline void strip(const DepthwisePlanesArgs& g, const Weights<kSize>& w,
                                                  const RowFinish& finish, const float* x, float* y, index_t row,
                                                  index_t j, index_t room, const See& see_row) {
    R acc[kRows];
#pragma GCC unroll 8
    for (int i = 0; i < kRows; ++i) acc[i] = V::zero();
    const index_t top = row * kStride - g.top, begin = -top, end = g.height - top;
    x += top * g.width + kSize / 2 - g.left;
#pragma GCC unroll 32
    for (int q = 0; q < (kRows - 1) * kStride + kSize; ++q, x += g.width) {
      R tap[kSize];
      // Branches, which are predicted: addresses chosen beforehand go through memory, 7 x 7 pixels take 120 cycles
      // instead of 88.
      if (q >= begin && q < end) {
        see_row(x, tap);
      } else {
#pragma GCC unroll 8
        for (int s = 0; s < kSize; ++s) tap[s] = V::zero();
      }
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
    for (int i = 0; i < kRows; ++i, y += g.columns, room -= g.columns) {
      if (room - j >= kLanes) {
        V::store(y, finish(acc[i]));
      } else {
        V::store(y, finish(acc[i]), V::tail(static_cast<int>(g.columns)));
      }
    }
  }
  template <int kSize, int kStride, int kRows, bool kBegins, bool kEnds>
  [[gnu::always_inline]] static inline void strip_of(const DepthwisePlanesArgs& g, const Weights<kSize>& w,
                                                     const RowFinish& finish, const float* x, float* y, index_t row,
                                                     index_t j, index_t room) {
    typename V::Mask ends[kStride];
    if constexpr (kEnds) {
#pragma GCC unroll 2
      for (int e = 0; e < kStride; ++e) {
        const index_t lanes = (g.width + kStride - 1 - (j * kStride + kSize / 2 - g.left) - e) / kStride;
        ends[e] = V::lanes_from(static_cast<int>(lanes < kLanes ? lanes : kLanes));
      }
    }
    strip<kSize, kStride, kRows>(g, w, finish, x, y, row, j, room, [&](const float* from, R(&tap)[kSize]) {
      see<kSize, kStride, kBegins, kEnds>(from + j * kStride, ends, tap);
    });
  }
  template <int kSize, int kStride, int kRows>
  static void strips(const DepthwisePlanesArgs& all) {
    const DepthwisePlanesArgs g = all;
    const float* bias = g.finish.bias;
    const float* weights = g.w;
    const float* x = g.x;
    float* y = g.y;
    // Rows shorter than a register are written with what follows them, which is written later.
    const bool narrow = g.columns < kLanes, joined = g.y_plane == g.rows * g.columns;
    // The last register of columns ends with the row, the last strip with the rows: what is computed twice has the same
    // bits.
    const index_t last_column = g.columns - kLanes, last_row = g.first + g.rows - kRows;
    for (index_t p = g.planes; p > 0; --p, x += g.x_plane, y += g.y_plane, weights += kSize * kSize) {
      const Weights<kSize> w(weights);
      const RowFinish finish({bias, g.finish.low, g.finish.high});
      for (index_t row = g.first;;) {
        const index_t room = (joined ? (p - 1) * g.y_plane : 0) + (g.first + g.rows - row) * g.columns;
        // Whether what the strip reads around its rows lies in the image too.
        const index_t top = row * kStride - g.top, bottom = top + (kRows - 1) * kStride + kSize;
        const index_t from = (top > 0 ? top : 0) * g.width - kSize;
        const index_t to =
            ((bottom < g.height ? bottom : g.height) - 1) * g.width + (narrow ? kLanes : g.columns) * kStride + kSize;
        const bool readable = x - g.readable + from >= 0 && g.readable_end - x >= to;
        for (index_t j = 0;;) {
          const index_t at = j * kStride - g.left, middle = at + kSize / 2;
          const index_t last = at + ((narrow ? g.columns : kLanes) - 1) * kStride + kSize - 1;
          const bool begins = at < 0, ends = last >= g.width;
          // What see() is made for; else rows one by one.
          const bool known = readable && (!begins || middle == 0) &&
                             (!ends || (middle + kLanes * kStride >= g.width && last - kSize / 2 < g.width &&
                                        (begins || kStride > 1 || !narrow)));
          if (!known) {
            for (int i = 0; i < kRows; ++i)
              strip<kSize, kStride, 1>(g, w, finish, x, y, row + i, j, room - i * g.columns,
                                       [&](const float* from_row, R(&tap)[kSize]) {
                                         see_any<kSize, kStride>(from_row, g.left - kSize / 2,
                                                                 g.width + g.left - kSize / 2, j * kStride, tap);
                                       });
          } else if (begins) {
            ends ? strip_of<kSize, kStride, kRows, true, true>(g, w, finish, x, y, row, j, room)
                 : strip_of<kSize, kStride, kRows, true, false>(g, w, finish, x, y, row, j, room);
          } else {
            ends ? strip_of<kSize, kStride, kRows, false, true>(g, w, finish, x, y, row, j, room)
                 : strip_of<kSize, kStride, kRows, false, false>(g, w, finish, x, y, row, j, room);
          }
          if (j >= last_column) break;
          j = j + kLanes < last_column ? j + kLanes : last_column;
        }
        if (row >= last_row) break;
        row = row + kRows < last_row ? row + kRows : last_row;
      }
      if (bias != nullptr) ++bias;
    }
  }
  template <int kSize, int kStride>
  static void planes(const DepthwisePlanesArgs& g) {
    if (kSize < 7 && g.rows % 7 == 0) {
      strips<kSize, kStride, 7>(g);
    } else if (g.rows >= 4) {
      strips<kSize, kStride, 4>(g);
    } else {
      strips<kSize, kStride, 1>(g);
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
