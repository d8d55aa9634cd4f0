// Packing from an image: one template for every ISA and type. Contract: PixelGrid in pack/contract.h.
//
// Where neighbouring pixels are neighbours in memory (NCHW), a line of a panel is put together of runs of image rows,
// found once for each tap. Where channels are neighbours (NHWC), each pixel is a run along k and squares of runs are
// transposed; taps side by side are one run if nothing lies between them, so three channels pack as well as many.
#pragma once

#include "pack/contract.h"

namespace tessera::pack {

template <class V>
struct Gather {
  using T = typename V::T;
  using R = typename V::R;
  static constexpr int kLanes = V::kLanes;

  static index_t less(index_t a, index_t b) { return a < b ? a : b; }
  static index_t more(index_t a, index_t b) { return a > b ? a : b; }

  // A full store may overlap what is written later, never what lies past the end.
  [[gnu::always_inline]] static inline void put(T* p, R x, const T* end) {
    if (p + kLanes <= end) [[likely]] {
      V::store(p, x);
    } else {
      V::store(p, x, V::tail(static_cast<int>(end - p)));
    }
  }

  static void gather(const GatherArgs& g) {
    if (g.grid.inc_c == 1 && g.grid.channels > 1) return along_channels(g);
    along_pixels(g);
  }

  // ---- pixels are neighbours ---------------------------------------------------------------------------------------

  struct Run {
    index_t at, length;  // pixels of the line
    index_t source;      // element of the image; zeros when `zero`
    bool zero;
  };

  // n / pace, rounded up; the common paces without a division, which would take longer than a run.
  static index_t ceil_pace(index_t n, index_t pace) {
    return pace == 1 ? n : pace == 2 ? (n + 1) / 2 : (n + pace - 1) / pace;
  }

  // The runs that make up a line, from pixel (row, column) on, under tap (r, s). Returns their number.
  static int find_runs(const GatherArgs& g, index_t row, index_t column, index_t r, index_t s, Run* runs) {
    const PixelGrid& p = g.grid;
    const index_t pace = p.pixel_x * p.inc_x, left = p.x0 + s * p.tap_x;
    // Pixels of a row of the grid that fall into the image.
    const index_t begin = left >= 0 ? 0 : ceil_pace(-left, p.pixel_x);
    const index_t end = p.width > left ? ceil_pace(p.width - left, p.pixel_x) : 0;
    int n = 0;
    const auto add = [&](index_t at, index_t length, index_t source, bool zero) {
      if (length <= 0) return;
      if (n > 0 && runs[n - 1].zero == zero && (zero || runs[n - 1].source + runs[n - 1].length * pace == source)) {
        runs[n - 1].length += length;
        return;
      }
      runs[n++] = {at, length, source, zero};
    };
    for (index_t at = 0; at < g.width; ++row, column = 0) {
      const index_t length = less(p.columns - column, g.width - at), y = p.y0 + row * p.pixel_y + r * p.tap_y;
      if (y < 0 || y >= p.height) {
        add(at, length, 0, true);
      } else {
        const index_t from = less(more(begin - column, 0), length), to = more(less(end - column, length), from);
        add(at, from, 0, true);
        add(at + from, to - from, y * p.inc_y + (left + (column + from) * p.pixel_x) * p.inc_x, false);
        add(at + to, length - to, 0, true);
      }
      at += length;
    }
    add(g.width, g.panel - g.width, 0, true);
    return n;
  }

  static void along_pixels(const GatherArgs& g) {
    const PixelGrid& p = g.grid;
    T* line = static_cast<T*>(g.dst);
    const T* const end = line + g.steps * g.panel;
    Run runs[kMaxGatherWidth + 1];
    const index_t pace = p.pixel_x * p.inc_x, row = g.first / p.columns, column = g.first - row * p.columns;
    index_t c = g.step % p.channels, tap = g.step / p.channels, r = tap / p.taps_x, s = tap % p.taps_x;
    for (index_t step = g.step, last = g.step + g.steps; step < last; c = 0) {
      const index_t count = less(p.channels - c, last - step);
      const int n = find_runs(g, row, column, r, s, runs);
      if (++s == p.taps_x) s = 0, ++r;
      const T* image = static_cast<const T*>(g.image) + c * p.inc_c;
      for (index_t i = 0; i < count; ++i, line += g.panel, image += p.inc_c) {
        for (int j = 0; j < n; ++j) {
          const Run& run = runs[j];
          if (run.zero) {
            for (index_t e = 0; e < run.length; e += kLanes) put(line + run.at + e, V::zero(), end);
          } else if (pace == 1) {
            copy(line + run.at, image + run.source, run.length, end);
          } else if (pace == 2) {
            copy_even(line + run.at, image + run.source, run.length, end);
          } else {
            for (index_t e = 0; e < run.length; ++e) line[run.at + e] = image[run.source + e * pace];
          }
        }
      }
      step += count;
    }
  }
  [[gnu::always_inline]] static inline void copy(T* dst, const T* src, index_t n, const T* end) {
    index_t e = 0;
    for (; e + kLanes <= n; e += kLanes) put(dst + e, V::load(src + e), end);
    if (e < n) put(dst + e, V::load(src + e, V::tail(static_cast<int>(n - e))), end);
  }
  // Every second element; the one behind the last is not read.
  [[gnu::always_inline]] static inline void copy_even(T* dst, const T* src, index_t n, const T* end) {
    R even, odd;
    index_t e = 0;
    for (; e + kLanes < n; e += kLanes) {
      V::deinterleave(V::load(src + 2 * e), V::load(src + 2 * e + kLanes), even, odd);
      put(dst + e, even, end);
    }
    const int rest = static_cast<int>(2 * (n - e) - 1);
    const int low = rest < kLanes ? rest : kLanes;
    V::deinterleave(V::load(src + 2 * e, V::tail(low)), V::load(src + 2 * e + low, V::tail(rest - low)), even, odd);
    put(dst + e, even, end);
  }

  // ---- channels are neighbours -------------------------------------------------------------------------------------

  static constexpr index_t kChunk = 256 / static_cast<index_t>(sizeof(T));  // steps transposed at a time

  static void along_channels(const GatherArgs& g) {
    const PixelGrid& p = g.grid;
    const bool joined = p.tap_x * p.inc_x == p.channels;
    const index_t length = joined ? p.taps_x * p.channels : p.channels;  // of a run
    T* dst = static_cast<T*>(g.dst);
    const T* const end = dst + g.steps * g.panel;
    const T* sources[kMaxGatherWidth];
    alignas(64) T padded[kMaxGatherWidth * kChunk];
    for (index_t step = g.step, last = g.step + g.steps; step < last;) {
      const index_t run = step / length, from = step % length;
      const index_t count = less(less(length - from, last - step), kChunk);
      const index_t r = joined ? run : run / p.taps_x, s = joined ? 0 : run % p.taps_x;
      // Taps, from s on, that the chunk touches.
      const index_t first_tap = from / p.channels, last_tap = (from + count - 1) / p.channels;
      index_t row = g.first / p.columns, column = g.first % p.columns;
      for (index_t i = 0; i < g.width; ++i) {
        const index_t y = p.y0 + row * p.pixel_y + r * p.tap_y, x = p.x0 + column * p.pixel_x + s * p.tap_x;
        if (++column == p.columns) column = 0, ++row;
        const bool inside = y >= 0 && y < p.height;
        if (inside && x + first_tap >= 0 && x + last_tap < p.width) {
          sources[i] = static_cast<const T*>(g.image) + y * p.inc_y + x * p.inc_x + from;
          continue;
        }
        T* const own = padded + i * kChunk;
        sources[i] = own;
        for (index_t e = 0; e < count; ++e) own[e] = T(0);
        if (!inside) continue;
        // What of the chunk lies in the image.
        const index_t begin = more(-x * p.channels - from, 0), stop = less((p.width - x) * p.channels - from, count);
        const T* const image = static_cast<const T*>(g.image) + y * p.inc_y + x * p.inc_x + from;
        for (index_t e = begin; e < stop; ++e) own[e] = image[e];
      }
      transpose(dst, sources, g.width, g.panel, count, end);
      dst += count * g.panel;
      step += count;
    }
  }

  // Rows of k elements -> k lines. From the right: a full store at the right edge runs into the next line, which is
  // written after it; zeros beyond `width` likewise.
  static void transpose(T* dst, const T* const* sources, index_t width, index_t panel, index_t k, const T* end) {
    for (index_t p = 0; p < k; p += kLanes) {
      const int depth = static_cast<int>(less(kLanes, k - p));
      for (index_t i = (panel - 1) / kLanes * kLanes; i >= 0; i -= kLanes) {
        const int rows = static_cast<int>(more(less(kLanes, width - i), 0));
        R r[kLanes];
        if (rows == kLanes && depth == kLanes) {
#pragma GCC unroll 16
          for (int j = 0; j < kLanes; ++j) r[j] = V::load(sources[i + j] + p);
        } else {
          const auto tail = V::tail(depth);
#pragma GCC unroll 16
          for (int j = 0; j < kLanes; ++j) r[j] = j < rows ? V::load(sources[i + j] + p, tail) : V::zero();
        }
        V::transpose(r);
        T* d = dst + p * panel + i;
        if (depth == kLanes && d + (kLanes - 1) * panel + kLanes <= end) {
#pragma GCC unroll 16
          for (int j = 0; j < kLanes; ++j) V::store(d + j * panel, r[j]);
        } else {
#pragma GCC unroll 16
          for (int j = 0; j < kLanes; ++j)
            if (j < depth) put(d + j * panel, r[j], end);
        }
      }
    }
  }
};

}  // namespace tessera::pack
