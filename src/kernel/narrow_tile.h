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
  TESSERA_INLINE static void loop(const NarrowTileArgs& g, const Last& last) {
    constexpr int kRow = kNv * kLanes * 2;
    Regs<kMr * kNv> acc;
    Base::template start<kMr, kNv>(g, last, acc, Seq<kMr * kNv>{});
    const T* a = static_cast<const T*>(g.a);
    const char* b = static_cast<const char*>(g.b) + 2 * g.column;
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
  static void tile(const NarrowTileArgs& g) {
    if (g.n_tail == kLanes) {
      loop<kMr, kNv, From>(g, Whole{});
    } else {
      loop<kMr, kNv, From>(g, Partial{V::tail(g.n_tail)});
    }
  }

  // ---- blocks ----------------------------------------------------------------------------------------------------

  // Constants, not calls: this object is one instruction set's.
  template <Storage kStorage>
  static constexpr index_t kScalesBytes = scales_bytes(kStorage);
  template <Storage kStorage>
  static constexpr index_t kBlockBytes = block_bytes(kStorage);
  template <Storage kStorage>
  static constexpr int kPerWord = steps_in_word(kStorage);

  // A register of columns of a block: what makes numbers of its bits.
  template <Storage kStorage>
  struct Block {
    static constexpr int kBits = bits_of(kStorage), kUnit = 1 << kBits, kZero = zero_of(kStorage);
    R scale, offset, minimum;
    TESSERA_INLINE explicit Block(const std::uint16_t* scales) {
      const R d = V::load_f16(scales);
      scale = V::mul(V::set1(T(kUnit)), d);
      offset = V::mul(V::set1(T(-kUnit - kZero)), d);
      if constexpr (kStorage == Storage::u4) minimum = V::load_f16(scales + kStoredColumns);
    }
    // Of step kStep in a word. (1 + q / unit) * unit d - (unit + zero) d: exact, and an exact 0 is +0.
    template <int kStep, class Bits>
    TESSERA_INLINE R numbers(Bits x) const {
      const R w = V::fma(V::template fraction<kBits * kStep, kBits>(x), scale, offset);
      if constexpr (kStorage == Storage::u4) return V::add(w, minimum);
      return w;
    }
  };
  template <int kN, Storage kStorage>
  struct Blocks {
    Block<kStorage> r[kN];
    template <int... kJ>
    TESSERA_INLINE Blocks(const std::uint16_t* scales, std::integer_sequence<int, kJ...>)
        : r{Block<kStorage>(scales + kJ * kLanes)...} {}
  };
  static const std::uint16_t* scales_at(const char* block, index_t column) {
    return reinterpret_cast<const std::uint16_t*>(block) + column;
  }
  template <Storage kStorage>
  static const std::uint32_t* words_at(const char* block, index_t step, index_t column) {
    return reinterpret_cast<const std::uint32_t*>(block + kScalesBytes<kStorage>) +
           step / kPerWord<kStorage> * kStoredColumns + column;
  }

  // One column's register j of one step: acc(i, j) += a(i) * w.
  template <int kMr, int kNv, int kJ, int... kI>
  TESSERA_INLINE static void multiply(const T* a, R w, Regs<kMr * kNv>& acc, std::integer_sequence<int, kI...>) {
    ((acc.r[kI * kNv + kJ] = V::fma(V::set1(a[kI]), w, acc.r[kI * kNv + kJ])), ...);
  }
  template <int kMr, int kNv, int kStep, Storage kStorage, class Bits, int... kJ>
  TESSERA_INLINE static void step_blocks(const T* a, const Bits* q, const Blocks<kNv, kStorage>& b,
                                         Regs<kMr * kNv>& acc, std::integer_sequence<int, kJ...>) {
    ((multiply<kMr, kNv, kJ>(a + kStep * kMr, b.r[kJ].template numbers<kStep>(q[kJ]), acc, Seq<kMr>{})), ...);
  }
  // Up to a word's steps.
  template <int kMr, int kNv, Storage kStorage, int... kJ, int... kStep>
  TESSERA_INLINE static void word_steps(const T* a, const std::uint32_t* q, index_t steps,
                                        const Blocks<kNv, kStorage>& b, Regs<kMr * kNv>& acc,
                                        std::integer_sequence<int, kJ...>, std::integer_sequence<int, kStep...>) {
    const decltype(V::load_bits(q)) x[] = {V::load_bits(q + kJ * kLanes)...};
    if (steps >= kPerWord<kStorage>) {
      ((step_blocks<kMr, kNv, kStep>(a, x, b, acc, Seq<kNv>{})), ...);
    } else {
      (void)((kStep < steps && (step_blocks<kMr, kNv, kStep>(a, x, b, acc, Seq<kNv>{}), true)) && ...);
    }
  }

  template <int kMr, int kNv, Storage kStorage>
  static void block_tile(const NarrowTileArgs& g) {
    Regs<kMr * kNv> acc;
    const bool partial = Base::template begin<kMr, kNv>(g, acc);
    const T* a = static_cast<const T*>(g.a);
    const char* block = static_cast<const char*>(g.b);
#pragma GCC unroll 1
    for (index_t k = g.k; k > 0; k -= kBlockSteps, block += g.b_row) {
      const Blocks<kNv, kStorage> b(scales_at(block, g.column), Seq<kNv>{});
      const index_t steps = k < kBlockSteps ? k : kBlockSteps;
#pragma GCC unroll 1
      for (index_t s = 0; s < steps; s += kPerWord<kStorage>, a += kPerWord<kStorage> * kMr) {
        const std::uint32_t* q = words_at<kStorage>(block, s, g.column);
#pragma GCC unroll 4
        for (int i = 0; i < kNv * kLanes * 4; i += Base::kLine)
          __builtin_prefetch(reinterpret_cast<const char*>(q) + i + g.prefetch_b, 0, 3);
        word_steps<kMr, kNv>(a, q, steps - s, b, acc, Seq<kNv>{}, Seq<kPerWord<kStorage>>{});
      }
    }
    Base::template finish<kMr, kNv>(g, partial, acc);
  }

  // A word's steps of a register of columns, kStoredColumns apart.
  template <Storage kStorage, int... kStep>
  TESSERA_INLINE static void widen_word(const Block<kStorage>& b, const std::uint32_t* q, T* out,
                                        std::integer_sequence<int, kStep...>) {
    const auto x = V::load_bits(q);
    ((V::store(out + kStep * kStoredColumns, b.template numbers<kStep>(x))), ...);
  }
  template <Storage kStorage>
  static void widen(const WidenArgs& g) {
    constexpr index_t kSteps = kPerWord<kStorage>;
    T lines[kSteps * kStoredColumns];
    const index_t first = g.column / kLanes * kLanes, end = g.column + g.width;
    T* dst = g.dst;
    for (index_t step = g.step, done; step < g.step + g.steps; step += done, dst += done * g.panel) {
      const index_t at = step % kSteps, rest = g.step + g.steps - step;
      done = rest < kSteps - at ? rest : kSteps - at;
      const char* block = g.b + step / kBlockSteps * kBlockBytes<kStorage>;
      for (index_t j = first; j < end; j += kLanes)
        widen_word(Block<kStorage>(scales_at(block, j)), words_at<kStorage>(block, step % kBlockSteps, j), lines + j,
                   Seq<kSteps>{});
      for (index_t i = 0; i < done; ++i) {
        const T* line = lines + (at + i) * kStoredColumns + g.column;
        for (index_t j = 0; j < g.width; ++j) dst[i * g.panel + j] = line[j];
        for (index_t j = g.width; j < g.line; ++j) dst[i * g.panel + j] = T(0);
      }
    }
  }

  // Accumulators, a row of B and one register for the broadcast element of A.
  static constexpr int max_height(int nv) {
    const int most = (V::kRegisters - 1) / nv - 1;
    return most < kMaxTileHeight ? most : kMaxTileHeight;
  }
  template <int kNv, Storage kStorage, int... kI>
  static constexpr void fill(NarrowTileFn* tiles, std::integer_sequence<int, kI...>) {
    if constexpr (in_blocks(kStorage)) {
      ((tiles[kI + 1] = &block_tile<kI + 1, kNv, kStorage>), ...);
    } else {
      using From = std::conditional_t<kStorage == Storage::bf16, Bf16, F16>;
      ((tiles[kI + 1] = &tile<kI + 1, kNv, From>), ...);
    }
  }
  template <Storage kStorage>
  static constexpr void fill(NarrowSet& set) {
    auto& tiles = set.tiles.tile[static_cast<int>(kStorage)];
    fill<1, kStorage>(tiles[0], Seq<max_height(1)>{});
    fill<2, kStorage>(tiles[1], Seq<max_height(2)>{});
    fill<4, kStorage>(tiles[2], Seq<max_height(4)>{});
    if constexpr (in_blocks(kStorage)) set.widen[static_cast<int>(kStorage)] = &widen<kStorage>;
  }
  static constexpr NarrowSet set(Isa isa) {
    NarrowSet set{};
    set.isa = isa;
    set.tiles.lanes = kLanes;
    for (int w = 0; w < NarrowTiles::kWidths; ++w) set.tiles.max_height[w] = max_height(1 << w);
    fill<Storage::bf16>(set);
    fill<Storage::f16>(set);
    fill<Storage::s8>(set);
    fill<Storage::s4>(set);
    fill<Storage::u4>(set);
    return set;
  }
};

}  // namespace tessera::kernel
