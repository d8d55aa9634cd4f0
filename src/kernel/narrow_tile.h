// The kernels of kernel/narrow_contract.h, one template for every ISA, storage and tile. Accumulators as in
// gemm_tile.h.
#pragma once

#include "kernel/gemm_tile.h"
#include "kernel/narrow_contract.h"

namespace tessera::kernel {

template <class V>
struct NarrowTile {
  using Base = Tile<V>;
  using T = typename V::T;
  using R = typename V::R;
  using Whole = typename Base::Whole;
  using Partial = typename Base::Partial;
  static constexpr int kLanes = V::kLanes;
  template <int kN>
  using Regs = typename Base::template Regs<kN>;
  template <int kN>
  using Seq = typename Base::template Seq<kN>;

  struct Bf16 {
    static R load(const std::uint16_t* p, const Whole&) { return V::load_bf16(p); }
    static R load(const std::uint16_t* p, const Partial& last) { return V::load_bf16(p, last.tail); }
  };
  struct F16 {
    static R load(const std::uint16_t* p, const Whole&) { return V::load_f16(p); }
    static R load(const std::uint16_t* p, const Partial& last) { return V::load_f16(p, last.tail); }
  };

  template <int kNv, class From, class Last, int... kJ>
  TESSERA_INLINE static void load_row(const char* b, const Last& last, R* w, std::integer_sequence<int, kJ...>) {
    const std::uint16_t* p = reinterpret_cast<const std::uint16_t*>(b);
    ((w[kJ] = kJ == kNv - 1 ? From::load(p + kJ * kLanes, last) : From::load(p + kJ * kLanes, Whole{})), ...);
  }
  // acc(i, j) += a(i) * w(j)
  template <int kMr, int kNv, int... kE>
  TESSERA_INLINE static void step(const T* a, const R* w, Regs<kMr * kNv>& acc, std::integer_sequence<int, kE...>) {
    ((acc.r[kE] = V::fma(V::set1(a[kE / kNv]), w[kE % kNv], acc.r[kE])), ...);
  }

  template <int kMr, int kNv, class From, class Last>
  TESSERA_INLINE static void loop(const GemmTileArgs& g, const Last& last) {
    constexpr int kRow = kNv * kLanes * 2;
    Regs<kMr * kNv> acc;
    Base::template start<kMr, kNv>(g, last, acc, Seq<kMr * kNv>{});
    const T* a = static_cast<const T*>(g.a);
    const char* b = static_cast<const char*>(g.b);
#pragma GCC unroll 2
    for (index_t k = g.k; k > 0; --k, a += kMr, b += g.b_row) {
#pragma GCC unroll 4
      for (int i = 0; i < kRow; i += Base::kLine) __builtin_prefetch(b + i + g.prefetch_b, 0, 3);
      R w[kNv];
      load_row<kNv, From>(b, last, w, Seq<kNv>{});
      step<kMr, kNv>(a, w, acc, Seq<kMr * kNv>{});
    }
    Base::template store_c<kMr, kNv>(g, last, acc, Seq<kMr>{});
  }
  template <int kMr, int kNv, class From>
  static void tile(const GemmTileArgs& g) {
    if (g.n_tail == kLanes) {
      loop<kMr, kNv, From>(g, Whole{});
    } else {
      loop<kMr, kNv, From>(g, Partial{V::tail(g.n_tail)});
    }
  }

  // Accumulators, a row of B and one register for the broadcast element of A.
  static constexpr int max_height(int nv) {
    const int most = (V::kRegisters - 1) / nv - 1;
    return most < kMaxTileHeight ? most : kMaxTileHeight;
  }
  template <int kNv, class From, int... kI>
  static constexpr void fill(NarrowTileFn* tiles, std::integer_sequence<int, kI...>) {
    ((tiles[kI + 1] = &tile<kI + 1, kNv, From>), ...);
  }
  template <class From>
  static constexpr void fill(NarrowSet& set, Storage storage) {
    auto& tiles = set.tile[static_cast<int>(storage)];
    fill<1, From>(tiles[0], Seq<max_height(1)>{});
    fill<2, From>(tiles[1], Seq<max_height(2)>{});
    fill<4, From>(tiles[2], Seq<max_height(4)>{});
  }
  static constexpr NarrowSet set(Isa isa) {
    NarrowSet set{};
    set.isa = isa;
    set.lanes = kLanes;
    for (int w = 0; w < NarrowSet::kWidths; ++w) set.max_height[w] = max_height(1 << w);
    fill<Bf16>(set, Storage::bf16);
    fill<F16>(set, Storage::f16);
    return set;
  }
};

}  // namespace tessera::kernel
