// Winograd's transforms: one template for every ISA and tile. Contract: kernel/conv_contract.h.
//
// A register holds the same pixel of several channels, so a transform is arithmetic on registers alone. Rows of B^T and
// A^T come in pairs +-p that share their even and their odd part.
#pragma once

#include "kernel/conv_contract.h"

namespace tessera::kernel {

template <class V>
struct Winograd {
  using R = typename V::R;
  static constexpr int kLanes = V::kLanes;

  template <int kM>
  struct Constants {
    using Points = WinogradPoints<kM>;
    static constexpr int kPairs = Points::kPairs;
    float all[kPairs + 1];        // Q
    float other[kPairs][kPairs];  // P of each pair
    float power[kPairs][kM];      // p^i
  };
  template <int kM>
  static constexpr Constants<kM> constants() {
    using Points = WinogradPoints<kM>;
    Constants<kM> k{};
    const auto q = Points::product(-1);
    for (int j = 0; j <= Points::kPairs; ++j) k.all[j] = static_cast<float>(q.c[j]);
    for (int i = 0; i < Points::kPairs; ++i) {
      const auto p = Points::product(i);
      for (int j = 0; j < Points::kPairs; ++j) k.other[i][j] = static_cast<float>(p.c[j]);
      double power = 1.0;
      for (int j = 0; j < kM; ++j, power *= Points::kPoint[i]) k.power[i][j] = static_cast<float>(power);
    }
    return k;
  }

  // out := B^T in, along one dimension.
  template <int kM>
  [[gnu::always_inline]] static inline void input_1d(const R (&d)[kM + 2], R (&out)[kM + 2]) {
    constexpr Constants<kM> k = constants<kM>();
    constexpr int kPairs = kM / 2;
    // Leading coefficients are 1.
    R even = d[kM], odd = d[kM + 1];
#pragma GCC unroll 4
    for (int j = kPairs - 1; j >= 0; --j) {
      even = V::fma(V::set1(k.all[j]), d[2 * j], even);
      odd = V::fma(V::set1(k.all[j]), d[2 * j + 1], odd);
    }
    out[0] = even;
    out[kM + 1] = odd;
#pragma GCC unroll 4
    for (int i = 0; i < kPairs; ++i) {
      R e = d[kM], o = d[kM - 1];
#pragma GCC unroll 4
      for (int j = kPairs - 2; j >= 0; --j) {
        e = V::fma(V::set1(k.other[i][j]), d[2 * j + 2], e);
        o = V::fma(V::set1(k.other[i][j]), d[2 * j + 1], o);
      }
      const R p = V::set1(k.power[i][1]);
      out[1 + 2 * i] = V::fma(p, o, e);
      out[2 + 2 * i] = V::fma(V::flip(p, V::set1(-0.0f)), o, e);
    }
  }

  // out := A^T in.
  template <int kM>
  [[gnu::always_inline]] static inline void output_1d(const R (&m)[kM + 2], R (&out)[kM]) {
    constexpr Constants<kM> k = constants<kM>();
    constexpr int kPairs = kM / 2;
    R sum[kPairs], difference[kPairs];
#pragma GCC unroll 4
    for (int i = 0; i < kPairs; ++i) {
      sum[i] = V::add(m[1 + 2 * i], m[2 + 2 * i]);
      difference[i] = V::add(m[1 + 2 * i], V::flip(m[2 + 2 * i], V::set1(-0.0f)));
    }
#pragma GCC unroll 8
    for (int j = 0; j < kM; ++j) {
      R x = j == 0 ? m[0] : j == kM - 1 ? m[kM + 1] : V::zero();
#pragma GCC unroll 4
      for (int i = 0; i < kPairs; ++i) {
        const R part = j % 2 == 0 ? sum[i] : difference[i];
        x = j == 0 ? V::add(x, part) : V::fma(V::set1(k.power[i][j]), part, x);
      }
      out[j] = x;
    }
  }

  template <int kM>
  static void input(const WinogradInputArgs& g) {
    constexpr int kPoints = kM + 2;
    for (index_t t = 0; t < g.tiles; ++t) {
      const float* const x = g.x + t * kM * kLanes;
      float* const v = g.v + t * g.v_tile;
      R half[kPoints][kPoints];
#pragma GCC unroll 8
      for (int j = 0; j < kPoints; ++j) {
        R d[kPoints], out[kPoints];
#pragma GCC unroll 8
        for (int i = 0; i < kPoints; ++i) d[i] = V::load(x + i * g.x_row + j * kLanes);
        input_1d<kM>(d, out);
#pragma GCC unroll 8
        for (int i = 0; i < kPoints; ++i) half[i][j] = out[i];
      }
#pragma GCC unroll 8
      for (int i = 0; i < kPoints; ++i) {
        R out[kPoints];
        input_1d<kM>(half[i], out);
#pragma GCC unroll 8
        for (int j = 0; j < kPoints; ++j) V::store(v + (i * kPoints + j) * g.v_point, out[j]);
      }
    }
  }

  template <int kM>
  static void output(const WinogradOutputArgs& g) {
    constexpr int kPoints = kM + 2;
    for (index_t t = 0; t < g.tiles; ++t) {
      const float* const m = g.m + t * g.m_tile;
      float* const y = g.y + t * kM * kLanes;
      R half[kM][kPoints];
#pragma GCC unroll 8
      for (int j = 0; j < kPoints; ++j) {
        R d[kPoints], out[kM];
#pragma GCC unroll 8
        for (int i = 0; i < kPoints; ++i) d[i] = V::load(m + (i * kPoints + j) * g.m_point);
        output_1d<kM>(d, out);
#pragma GCC unroll 8
        for (int i = 0; i < kM; ++i) half[i][j] = out[i];
      }
#pragma GCC unroll 8
      for (int i = 0; i < kM; ++i) {
        R out[kM];
        output_1d<kM>(half[i], out);
#pragma GCC unroll 8
        for (int j = 0; j < kM; ++j) V::store(y + i * g.y_row + j * kLanes, out[j]);
      }
    }
  }

  static void unstage(const UnstageArgs& g) {
    const auto tail = V::tail(static_cast<int>(g.channels));
    if (g.y_c == 1) {
      for (index_t i = 0; i < g.pixels; ++i) {
        float* const y = g.y + i * g.y_x;
        const R x = V::load(g.x + i * kLanes);
        if (g.channels == kLanes) {
          V::store(y, x);
        } else {
          V::store(y, x, tail);
        }
      }
      return;
    }
    for (index_t i = 0; i < g.pixels; i += kLanes) {
      const index_t left = g.pixels - i;
      R r[kLanes];
#pragma GCC unroll 16
      for (int j = 0; j < kLanes; ++j) r[j] = j < left ? V::load(g.x + (i + j) * kLanes) : V::zero();
      V::transpose(r);
      const auto part = V::tail(static_cast<int>(left < kLanes ? left : kLanes));
#pragma GCC unroll 16
      for (int j = 0; j < kLanes; ++j) {
        if (j >= g.channels) break;
        float* const y = g.y + j * g.y_c + i;
        if (left >= kLanes) {
          V::store(y, r[j]);
        } else {
          V::store(y, r[j], part);
        }
      }
    }
  }
};

}  // namespace tessera::kernel
