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

  // A register of columns of a block: what makes numbers of its bits.
  template <Storage kStorage>
  struct Block {
    R scale, offset, minimum;
    TESSERA_INLINE explicit Block(const std::uint16_t* scales) {
      scale = V::load_f16(scales);
      if constexpr (kStorage != Storage::s8) {
        offset = V::mul(V::set1(kStorage == Storage::s4 ? T(-24) : T(-16)), scale);
        scale = V::mul(V::set1(T(16)), scale);
      }
      if constexpr (kStorage == Storage::u4) minimum = V::load_f16(scales + kStoredColumns);
    }
    TESSERA_INLINE R bytes(const std::int8_t* p) const { return V::mul(V::load_s8(p), scale); }
    // (1 + q / 16) * 16 d - 24 d, or - 16 d: exact, and an exact 0 is +0.
    template <int kStep, class Bits>
    TESSERA_INLINE R nibbles(Bits x) const {
      const R w = V::fma(V::template nibble<4 * kStep>(x), scale, offset);
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
  static const std::int8_t* bytes_at(const char* block, index_t step, index_t column) {
    return reinterpret_cast<const std::int8_t*>(block + kScalesBytes<Storage::s8>) + step * kStoredColumns + column;
  }
  template <Storage kStorage>
  static const std::uint32_t* nibbles_at(const char* block, index_t step, index_t column) {
    return reinterpret_cast<const std::uint32_t*>(block + kScalesBytes<kStorage>) + step / 8 * kStoredColumns + column;
  }

  // One column's register j of one step: acc(i, j) += a(i) * w.
  template <int kMr, int kNv, int kJ, int... kI>
  TESSERA_INLINE static void multiply(const T* a, R w, Regs<kMr * kNv>& acc, std::integer_sequence<int, kI...>) {
    ((acc.r[kI * kNv + kJ] = V::fma(V::set1(a[kI]), w, acc.r[kI * kNv + kJ])), ...);
  }
  template <int kMr, int kNv, int... kJ>
  TESSERA_INLINE static void step_bytes(const T* a, const std::int8_t* q, const Blocks<kNv, Storage::s8>& b,
                                        Regs<kMr * kNv>& acc, std::integer_sequence<int, kJ...>) {
    ((multiply<kMr, kNv, kJ>(a, b.r[kJ].bytes(q + kJ * kLanes), acc, Seq<kMr>{})), ...);
  }
  template <int kMr, int kNv, int kStep, Storage kStorage, class Bits, int... kJ>
  TESSERA_INLINE static void step_nibbles(const T* a, const Bits* q, const Blocks<kNv, kStorage>& b,
                                          Regs<kMr * kNv>& acc, std::integer_sequence<int, kJ...>) {
    ((multiply<kMr, kNv, kJ>(a + kStep * kMr, b.r[kJ].template nibbles<kStep>(q[kJ]), acc, Seq<kMr>{})), ...);
  }
  // Up to eight steps.
  template <int kMr, int kNv, Storage kStorage, int... kJ, int... kStep>
  TESSERA_INLINE static void eight_steps(const T* a, const std::uint32_t* q, index_t steps,
                                         const Blocks<kNv, kStorage>& b, Regs<kMr * kNv>& acc,
                                         std::integer_sequence<int, kJ...>, std::integer_sequence<int, kStep...>) {
    const decltype(V::load_bits(q)) x[] = {V::load_bits(q + kJ * kLanes)...};
    if (steps >= 8) {
      ((step_nibbles<kMr, kNv, kStep>(a, x, b, acc, Seq<kNv>{})), ...);
    } else {
      (void)((kStep < steps && (step_nibbles<kMr, kNv, kStep>(a, x, b, acc, Seq<kNv>{}), true)) && ...);
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
      if constexpr (kStorage == Storage::s8) {
        const std::int8_t* q = bytes_at(block, 0, g.column);
#pragma GCC unroll 2
        for (index_t s = 0; s < steps; ++s, q += kStoredColumns, a += kMr) {
          __builtin_prefetch(q + g.prefetch_b, 0, 3);
          step_bytes<kMr, kNv>(a, q, b, acc, Seq<kNv>{});
        }
      } else {
#pragma GCC unroll 1
        for (index_t s = 0; s < steps; s += 8) {
          const std::uint32_t* q = nibbles_at<kStorage>(block, s, g.column);
#pragma GCC unroll 4
          for (int i = 0; i < kNv * kLanes * 4; i += Base::kLine)
            __builtin_prefetch(reinterpret_cast<const char*>(q) + i + g.prefetch_b, 0, 3);
          eight_steps<kMr, kNv>(a, q, steps - s, b, acc, Seq<kNv>{}, Seq<8>{});
          a += 8 * kMr;
        }
      }
    }
    Base::template finish<kMr, kNv>(g, partial, acc);
  }

  // Eight steps of a register of columns, kStoredColumns apart.
  template <Storage kStorage, int... kStep>
  TESSERA_INLINE static void widen_eight(const Block<kStorage>& b, const std::uint32_t* q, T* out,
                                         std::integer_sequence<int, kStep...>) {
    const auto x = V::load_bits(q);
    ((V::store(out + kStep * kStoredColumns, b.template nibbles<kStep>(x))), ...);
  }
  template <Storage kStorage>
  static void widen(const WidenArgs& g) {
    T lines[8 * kStoredColumns];
    const index_t first = g.column / kLanes * kLanes, end = g.column + g.width;
    T* dst = g.dst;
    for (index_t step = g.step, done; step < g.step + g.steps; step += done, dst += done * g.panel) {
      const index_t at = step % 8, rest = g.step + g.steps - step;
      done = rest < 8 - at ? rest : 8 - at;
      const char* block = g.b + step / kBlockSteps * kBlockBytes<kStorage>;
      for (index_t j = first; j < end; j += kLanes) {
        const Block<kStorage> b(scales_at(block, j));
        const index_t s = step % kBlockSteps - at;
        if constexpr (kStorage == Storage::s8) {
          for (index_t i = 0; i < 8; ++i) V::store(lines + i * kStoredColumns + j, b.bytes(bytes_at(block, s + i, j)));
        } else {
          widen_eight(b, nibbles_at<kStorage>(block, s, j), lines + j, Seq<8>{});
        }
      }
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
    auto& tiles = set.tile[static_cast<int>(kStorage)];
    fill<1, kStorage>(tiles[0], Seq<max_height(1)>{});
    fill<2, kStorage>(tiles[1], Seq<max_height(2)>{});
    fill<4, kStorage>(tiles[2], Seq<max_height(4)>{});
    if constexpr (in_blocks(kStorage)) set.widen[static_cast<int>(kStorage)] = &widen<kStorage>;
  }
  static constexpr NarrowSet set(Isa isa) {
    NarrowSet set{};
    set.isa = isa;
    set.lanes = kLanes;
    for (int w = 0; w < NarrowSet::kWidths; ++w) set.max_height[w] = max_height(1 << w);
    fill<Storage::bf16>(set);
    fill<Storage::f16>(set);
    fill<Storage::s8>(set);
    fill<Storage::s4>(set);
    fill<Storage::u4>(set);
    return set;
  }
};

}  // namespace tessera::kernel
