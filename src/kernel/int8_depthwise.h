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

  // Whether bytes are changed on their way into panels (Convert).
  static bool converts(const DepthwiseRowArgs& g) {
    return V::kRight == DType::s16 ? g.is_signed : g.is_signed != (V::kLeft == DType::s8);
  }

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
    const Convert c(converts(g));
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

  // The weights of register b of channels under tap column s, for a group of tap rows.
  static const char* weights(const DepthwiseRowArgs& g, index_t channel) {
    return static_cast<const char*>(g.w) + channel / kLanes * g.kw * ((g.kh + kGroup - 1) / kGroup) * kRegister;
  }

  // Where sums of a block of channels go. kWhole: no register is partial.
  template <int kRegs, bool kWhole>
  class Out {
   public:
    Out(const DepthwiseRowArgs& g, index_t channel, int tail)
        : g_(g),
          channel_(channel),
          tail_(kWhole ? kLanes : tail),
          bytes_(g.bytes != nullptr ? *g.bytes : ByteOutput{}) {
      if (g.bytes != nullptr) load_scales<V, kRegs>(*g.bytes, channel, tail_, scales_);
    }
    [[gnu::always_inline]] void put(index_t pixel, const R* sums) const {
      char* const out = g_.out + pixel * g_.out_pixel;
      if (g_.bytes != nullptr)
        return bytes_.template store<kRegs>(out + channel_, sums, scales_, kWhole ? kLanes : tail_);
      std::int32_t* const to = reinterpret_cast<std::int32_t*>(out) + channel_;
#pragma GCC unroll 8
      for (int b = 0; b < kRegs; ++b) {
        if (kWhole || b < kRegs - 1) {
          V::store(to + b * kLanes, sums[b]);
        } else {
          V::store(to + b * kLanes, sums[b], V::tail(tail_));
        }
      }
    }

   private:
    const DepthwiseRowArgs& g_;
    index_t channel_;
    int tail_;
    ByteRow<V> bytes_;
    F scales_[kRegs];
  };

  template <int kRegs, int kCount, bool kWhole>
  [[gnu::always_inline]] static void pixels(const DepthwiseRowArgs& g, index_t pixel, index_t channel,
                                            const Out<kRegs, kWhole>& out) {
    const index_t groups = (g.kh + kGroup - 1) / kGroup, line = groups * kRegs * kRegister;
    const char* w = weights(g, channel);
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
#pragma GCC unroll 8
    for (int i = 0; i < kCount; ++i) out.put(pixel + i, sum[i]);
  }

  // Three neighbouring tap columns, whose rows are one group: a column is used for all its pixels while it is in
  // registers. Sums of two pixels are under way.
  template <int kRegs, int kStride, bool kWhole>
  static void three_columns(const DepthwiseRowArgs& g, index_t channel, int tail) {
    const Out<kRegs, kWhole> out(g, channel, tail);
    const Convert c(converts(g));
    R w[3][kRegs], first[kRegs], padding[kRegs], started[kRegs], older[kRegs], x[kRegs];
    const std::uint8_t* p[kGroup];
    index_t step[kGroup];
    for (int i = 0; i < kGroup; ++i) p[i] = g.padding + channel;
    interleave<kRegs>(p, c, tail, padding);
    for (int i = 0; i < kGroup; ++i) {
      const int r = i < g.kh ? i : static_cast<int>(g.kh) - 1;
      step[i] = g.steps[r];
      p[i] = g.rows[r] + g.begin * step[i] + channel;
    }
    for (int b = 0; b < kRegs; ++b) {
      for (int s = 0; s < 3; ++s) w[s][b] = V::load(weights(g, channel) + (b * 3 + s) * kRegister);
      first[b] = V::load(g.first + channel + b * kLanes);
      started[b] = older[b] = first[b];
    }
    const auto next = [&](index_t column) __attribute__((always_inline)) {
      if (column >= g.begin && column < g.end) [[likely]] {
        interleave<kRegs>(p, c, tail, x);
        for (int i = 0; i < kGroup; ++i) p[i] += step[i];
      } else {
        for (int b = 0; b < kRegs; ++b) x[b] = padding[b];
      }
    };
    const auto add = [&](R * to, const R* sums, int s) __attribute__((always_inline)) {
#pragma GCC unroll 8
      for (int b = 0; b < kRegs; ++b) to[b] = V::dot(sums[b], x[b], w[s][b]);
    };
    R done[kRegs];
    if constexpr (kStride == 1) {
      for (index_t column = 0; column < g.columns; ++column) {
        next(column);
        add(done, older, 2);
        add(older, started, 1);
        add(started, first, 0);
        if (column >= 2) out.put(column - 2, done);
      }
    } else {
      next(0);
      add(started, first, 0);
      for (index_t pixel = 0; pixel < g.pixels; ++pixel) {
        next(2 * pixel + 1);
        add(older, started, 1);
        next(2 * pixel + 2);
        add(done, older, 2);
        add(started, first, 0);
        out.put(pixel, done);
      }
    }
  }

  template <int kRegs, bool kWhole>
  static void block(const DepthwiseRowArgs& g, index_t channel, int tail) {
    if (g.kw == 3 && g.dx == 1 && g.kh <= kGroup && g.sx == 1) return three_columns<kRegs, 1, kWhole>(g, channel, tail);
    if (g.kw == 3 && g.dx == 1 && g.kh <= kGroup && g.sx == 2) return three_columns<kRegs, 2, kWhole>(g, channel, tail);
    interleave_columns<kRegs>(g, channel, tail);
    const Out<kRegs, kWhole> out(g, channel, tail);
    index_t pixel = 0;
    for (; pixel + kPixels <= g.pixels; pixel += kPixels) pixels<kRegs, kPixels>(g, pixel, channel, out);
    for (; pixel < g.pixels; ++pixel) pixels<kRegs, 1>(g, pixel, channel, out);
  }

  static void run(const DepthwiseRowArgs& g) {
    index_t channel = 0;
    for (; channel + kBlock * kLanes <= g.channels; channel += kBlock * kLanes) block<kBlock, true>(g, channel, kLanes);
    for (; channel + kLanes <= g.channels; channel += kLanes) block<1, true>(g, channel, kLanes);
    if (const int tail = static_cast<int>(g.channels - channel); tail > 0) block<1, false>(g, channel, tail);
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
