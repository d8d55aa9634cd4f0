// The GEMM micro-kernel: one template for every ISA, type, tile and K-unroll. Contract: kernel/contract.h.
//
// V is a register wrapper (base/simd/). Everything here is a template over V, whose name carries the ISA: objects of
// different ISAs never define the same symbol. Accumulators are indexed by constants only (fold expressions): one
// run-time index, even in the epilogue, would put the whole tile in memory.
#pragma once

#include <type_traits>
#include <utility>

#include "kernel/contract.h"
#include "kernel/in_order.h"

namespace tessera::kernel {

#define TESSERA_INLINE [[gnu::always_inline]] inline

template <class V>
struct Tile {
  using T = typename V::T;
  using R = typename V::R;
  static constexpr int kLanes = V::kLanes;
  static constexpr int kBytes = kLanes * static_cast<int>(sizeof(T));
  static constexpr int kLine = 64;

  // Whether the ISA multiplies by one lane of a register.
  static constexpr bool kByLanes = requires(R x) { V::template fma_lane<0>(x, x, x); };

  template <int kN>
  struct Regs {
    R r[kN];
  };
  template <int kN>
  using Seq = std::make_integer_sequence<int, kN>;

  // What the last vector of a row holds: all of it, or a part.
  struct Whole {
    TESSERA_INLINE R load(const T* p) const { return V::load(p); }
    TESSERA_INLINE void store(T* p, R x) const { V::store(p, x); }
  };
  struct Partial {
    typename V::Tail tail;
    TESSERA_INLINE R load(const T* p) const { return V::load(p, tail); }
    TESSERA_INLINE void store(T* p, R x) const { V::store(p, x, tail); }
  };

  static const T* offset(const T* p, index_t bytes) {
    return reinterpret_cast<const T*>(reinterpret_cast<const char*>(p) + bytes);
  }
  static T* offset(T* p, index_t bytes) { return reinterpret_cast<T*>(reinterpret_cast<char*>(p) + bytes); }

  template <int kNv, class Last, int... kJ>
  TESSERA_INLINE static void load_row(const T* p, const Last& last, R* r, std::integer_sequence<int, kJ...>) {
    ((r[kJ] = kJ == kNv - 1 ? last.load(p + kJ * kLanes) : V::load(p + kJ * kLanes)), ...);
  }
  template <int kNv, class Last, int... kJ>
  TESSERA_INLINE static void store_row(T* p, const Last& last, const R* r, std::integer_sequence<int, kJ...>) {
    ((kJ == kNv - 1 ? last.store(p + kJ * kLanes, r[kJ]) : V::store(p + kJ * kLanes, r[kJ])), ...);
  }

  // ---- where the chains begin and end --------------------------------------------------------------------------

  template <int kMr, int kNv, class Last, int... kI>
  TESSERA_INLINE static void load_c(const GemmTileArgs& g, const Last& last, Regs<kMr * kNv>& acc,
                                    std::integer_sequence<int, kI...>) {
    const T* c = static_cast<const T*>(g.c);
    ((load_row<kNv>(c, last, acc.r + kI * kNv, Seq<kNv>{}), c = offset(c, g.c_row)), ...);
  }
  template <int kMr, int kNv, class Last, int... kI>
  TESSERA_INLINE static void store_c(const GemmTileArgs& g, const Last& last, const Regs<kMr * kNv>& acc,
                                     std::integer_sequence<int, kI...>) {
    T* c = static_cast<T*>(g.c);
    ((store_row<kNv>(c, last, acc.r + kI * kNv, Seq<kNv>{}), c = offset(c, g.c_row)), ...);
  }
  template <int kMr, int kNv, class Last, int... kE>
  TESSERA_INLINE static void start(const GemmTileArgs& g, const Last& last, Regs<kMr * kNv>& acc,
                                   std::integer_sequence<int, kE...>) {
    if (g.beta == nullptr) {
      ((acc.r[kE] = V::zero()), ...);
      return;
    }
    load_c<kMr, kNv>(g, last, acc, Seq<kMr>{});
    const T beta = *static_cast<const T*>(g.beta);
    if (beta != T(1)) {
      const R s = V::set1(beta);
      ((acc.r[kE] = V::mul(s, acc.r[kE])), ...);
    }
  }

  template <int kMr, int kNv, int... kI>
  TESSERA_INLINE static void prefetch_c(const GemmTileArgs& g, std::integer_sequence<int, kI...>) {
    const char* c = static_cast<const char*>(g.prefetch_c);
    if (c == nullptr) return;
    ((prefetch_row<kNv>(c + kI * g.c_row)), ...);
  }
  template <int kNv>
  TESSERA_INLINE static void prefetch_row(const char* c) {
    prefetch_lines<kNv * kBytes>(c);
  }
  // The lines of kSpan bytes from p; the last byte too, as p need not begin a line.
  template <int kSpan>
  TESSERA_INLINE static void prefetch_lines(const char* p) {
#pragma GCC unroll 16
    for (int i = 0; i < kSpan; i += kLine) __builtin_prefetch(p + i, 0, 3);
    __builtin_prefetch(p + kSpan - 1, 0, 3);
  }

  // The element at p in all lanes: by the ISA's load where compilers would go through a general register.
  TESSERA_INLINE static R broadcast(const T* p) {
    if constexpr (requires { V::broadcast(p); }) {
      return V::broadcast(p);
    } else {
      return V::set1(*p);
    }
  }

  // ---- packed operands ------------------------------------------------------------------------------------------

  // acc += A(:, p) * B(p, :) for one p; panels at a and b.
  template <int kMr, int kNv, int... kE>
  TESSERA_INLINE static void step_packed(const T* a, const T* b, Regs<kMr * kNv>& acc,
                                         std::integer_sequence<int, kE...>) {
    R bv[kNv];
    load_row<kNv>(b, Whole{}, bv, Seq<kNv>{});
    if constexpr (kByLanes) {
      // A register of A holds kLanes rows; a multiply takes one lane of it. Panels are readable past their end.
      constexpr int kVectors = (kMr + kLanes - 1) / kLanes;
      R av[kVectors];
      load_row<kVectors>(a, Whole{}, av, Seq<kVectors>{});
      ((acc.r[kE] = V::template fma_lane<(kE / kNv) % kLanes>(av[kE / kNv / kLanes], bv[kE % kNv], acc.r[kE])), ...);
    } else {
      ((acc.r[kE] = V::fma(broadcast(a + kE / kNv), bv[kE % kNv], acc.r[kE])), ...);
    }
  }

  template <int kMr, int kNv, int... kU>
  TESSERA_INLINE static void steps_packed(const T* a, const T* b, Regs<kMr * kNv>& acc,
                                          std::integer_sequence<int, kU...>) {
    ((step_packed<kMr, kNv>(a + kU * kMr, b + kU * kNv * kLanes, acc, Seq<kMr * kNv>{})), ...);
  }

  // Starts the chains, brings C near; returns whether the last vector is partial, for finish().
  template <int kMr, int kNv>
  TESSERA_INLINE static bool begin(const GemmTileArgs& g, Regs<kMr * kNv>& acc) {
    const bool partial = g.n_tail != kLanes;
    if (partial) {
      start<kMr, kNv>(g, Partial{V::tail(g.n_tail)}, acc, Seq<kMr * kNv>{});
    } else {
      start<kMr, kNv>(g, Whole{}, acc, Seq<kMr * kNv>{});
    }
    prefetch_c<kMr, kNv>(g, Seq<kMr>{});
    return partial;
  }

  template <int kMr, int kNv, int kKu>
  static void packed(const GemmTileArgs& g) {
    Regs<kMr * kNv> acc;
    const bool partial = begin<kMr, kNv>(g, acc);
    const T* a = static_cast<const T*>(g.a);
    const T* b = static_cast<const T*>(g.b);
    index_t k = g.k;
#pragma GCC unroll 1
    for (; k >= kKu; k -= kKu) {
      prefetch_span<kKu * kMr* static_cast<int>(sizeof(T))>(a, g.prefetch_a);
      prefetch_span<kKu * kNv * kBytes>(b, g.prefetch_b);
      steps_packed<kMr, kNv>(a, b, acc, Seq<kKu>{});
      a += kKu * kMr;
      b += kKu * kNv * kLanes;
    }
    if constexpr (kKu > 1) {
#pragma GCC unroll 1
      for (; k > 0; --k) {
        step_packed<kMr, kNv>(a, b, acc, Seq<kMr * kNv>{});
        a += kMr;
        b += kNv * kLanes;
      }
    }
    finish<kMr, kNv>(g, partial, acc);
  }

  // For cores that issue in order.
  template <int kMr, int kNv>
  static void packed_in_order(const GemmTileArgs& g) {
    Regs<kMr * kNv> acc;
    const bool partial = begin<kMr, kNv>(g, acc);
    if (g.k > 0) InOrderSteps<V, kMr, kNv>::run(g, g.k, acc.r);
    finish<kMr, kNv>(g, partial, acc);
  }

  template <int kSpan, int kLocality = 3>
  TESSERA_INLINE static void prefetch_span(const T* p, index_t distance) {
    const char* q = reinterpret_cast<const char*>(p) + distance;
#pragma GCC unroll 32
    for (int i = 0; i < kSpan; i += kLine) __builtin_prefetch(q + i, 0, kLocality);
  }

  template <int kMr, int kNv>
  TESSERA_INLINE static void finish(const GemmTileArgs& g, bool partial, const Regs<kMr * kNv>& acc) {
    if (partial) {
      store_c<kMr, kNv>(g, Partial{V::tail(g.n_tail)}, acc, Seq<kMr>{});
    } else {
      store_c<kMr, kNv>(g, Whole{}, acc, Seq<kMr>{});
    }
  }

  // ---- operands where they lie ----------------------------------------------------------------------------------

  // Pointers to every third row of A; rows between are reached with the addressing modes base, base + s, base + 2 s.
  template <int kMr>
  struct Rows {
    static constexpr int kBases = (kMr + 2) / 3;
    const char* base[kBases];
    index_t stride;
    template <int... kB>
    TESSERA_INLINE Rows(const void* a, index_t row, std::integer_sequence<int, kB...>)
        : base{(static_cast<const char*>(a) + 3 * kB * row)...}, stride(row) {}
    template <int kI>
    TESSERA_INLINE const T* at() const {
      return reinterpret_cast<const T*>(base[kI / 3] + (kI % 3) * stride);
    }
    template <int... kB>
    TESSERA_INLINE void advance(index_t bytes, std::integer_sequence<int, kB...>) {
      ((base[kB] += bytes), ...);
    }
  };

  template <int kMr, int kNv, int... kI>
  TESSERA_INLINE static void step_direct(const Rows<kMr>& a, const R* bv, Regs<kMr * kNv>& acc,
                                         std::integer_sequence<int, kI...>) {
    ((row_direct<kNv>(broadcast(a.template at<kI>()), bv, acc.r + kI * kNv, Seq<kNv>{})), ...);
  }
  template <int kNv, int... kJ>
  TESSERA_INLINE static void row_direct(R a, const R* bv, R* acc, std::integer_sequence<int, kJ...>) {
    ((acc[kJ] = V::fma(a, bv[kJ], acc[kJ])), ...);
  }
  template <int kNv, int... kJ>
  TESSERA_INLINE static void flip_row(R* bv, R sign, std::integer_sequence<int, kJ...>) {
    ((bv[kJ] = V::flip(bv[kJ], sign)), ...);
  }

  template <int kMr, int kNv, bool kPrefetch, class Last>
  TESSERA_INLINE static void direct_loop(const GemmTileArgs& g, const Last& last) {
    Regs<kMr * kNv> acc;
    start<kMr, kNv>(g, last, acc, Seq<kMr * kNv>{});
    if constexpr (kPrefetch) prefetch_c<kMr, kNv>(g, Seq<kMr>{});
    const R sign = V::set1(g.negate ? T(-0.0) : T(0.0));
    Rows<kMr> a(g.a, g.a_row, Seq<Rows<kMr>::kBases>{});
    const T* b = static_cast<const T*>(g.b);
#pragma GCC unroll 1
    for (index_t k = g.k; k > 0; --k) {
      if constexpr (kPrefetch) prefetch_span<kNv * kBytes, 2>(b, g.prefetch_b);
      R bv[kNv];
      load_row<kNv>(b, last, bv, Seq<kNv>{});
      flip_row<kNv>(bv, sign, Seq<kNv>{});
      step_direct<kMr, kNv>(a, bv, acc, Seq<kMr>{});
      a.advance(g.a_col, Seq<Rows<kMr>::kBases>{});
      b = offset(b, g.b_row);
    }
    if constexpr (std::is_same_v<Last, Whole>) {
      finish<kMr, kNv>(g, false, acc);
    } else {
      store_c<kMr, kNv>(g, last, acc, Seq<kMr>{});
    }
  }

  template <int kMr, int kNv, bool kPrefetch>
  static void direct_whole(const GemmTileArgs& g) {
    direct_loop<kMr, kNv, kPrefetch>(g, Whole{});
  }
  template <int kMr, int kNv>
  static void direct_partial(const GemmTileArgs& g) {
    direct_loop<kMr, kNv, false>(g, Partial{V::tail(g.n_tail)});
  }

  // ---- B contiguous along k -------------------------------------------------------------------------------------

  // Row p of B is r: one multiply-add per row of A.
  template <int kMr, int... kI>
  TESSERA_INLINE static void step_along_k(Rows<kMr>& a, index_t a_col, R b, Regs<kMr>& acc,
                                          std::integer_sequence<int, kI...>) {
    ((acc.r[kI] = V::fma(broadcast(a.template at<kI>()), b, acc.r[kI])), ...);
    a.advance(a_col, Seq<Rows<kMr>::kBases>{});
  }
  template <int kMr, int... kQ>
  TESSERA_INLINE static void square_along_k(Rows<kMr>& a, index_t a_col, R* r, R sign, int depth, T*& panel,
                                            Regs<kMr>& acc, std::integer_sequence<int, kQ...>) {
    ((r[kQ] = V::flip(r[kQ], sign)), ...);
    if (panel != nullptr) {
      (void)((kQ < depth && (V::store(panel + kQ * kLanes, r[kQ]), true)) && ...);
      panel += depth * kLanes;
    }
    (void)((kQ < depth && (step_along_k<kMr>(a, a_col, r[kQ], acc, Seq<kMr>{}), true)) && ...);
  }

  // Packing such a B and running a packed kernel reaches half of memory's speed: transposition, the chains of a low
  // tile and the loads of B then follow one another; here they overlap (sgemm, m = 1..16, n = k = 4096, Zen 4).
  // For m = 1 in cache shuffles bound it, at 55 GB/s: squares gathered by masked 16-byte broadcasts, which need half of
  // them, reach 53, two strips in turns 49.
  template <int kMr>
  static void along_k(const GemmTileArgs& g) {
    Regs<kMr> acc;
    const int columns = g.n_tail;
    const Partial last{V::tail(columns)};
    start<kMr, 1>(g, last, acc, Seq<kMr>{});
    const R sign = V::set1(g.negate ? T(-0.0) : T(0.0));
    Rows<kMr> a(g.a, g.a_row, Seq<Rows<kMr>::kBases>{});
    const T* b = static_cast<const T*>(g.b);
    T* panel = static_cast<T*>(g.b_panel);
    R r[kLanes];
    index_t k = g.k;
    if (columns == kLanes) {
#pragma GCC unroll 1
      for (; k >= kLanes; k -= kLanes, b += kLanes) {
#pragma GCC unroll 16
        for (int j = 0; j < kLanes; ++j) r[j] = V::load(offset(b, j * g.b_row));
        if (g.prefetch_b != 0) {
#pragma GCC unroll 16
          for (int j = 0; j < kLanes; ++j) __builtin_prefetch(offset(b, j * g.b_row + g.prefetch_b), 0, 2);
        }
        V::transpose(r);
        square_along_k<kMr>(a, g.a_col, r, sign, kLanes, panel, acc, Seq<kLanes>{});
      }
    }
#pragma GCC unroll 1
    for (; k > 0; k -= kLanes, b += kLanes) {
      const int depth = k < kLanes ? static_cast<int>(k) : kLanes;
      const auto tail = V::tail(depth);
#pragma GCC unroll 16
      for (int j = 0; j < kLanes; ++j) r[j] = j < columns ? V::load(offset(b, j * g.b_row), tail) : V::zero();
      V::transpose(r);
      square_along_k<kMr>(a, g.a_col, r, sign, depth, panel, acc, Seq<kLanes>{});
    }
    store_c<kMr, 1>(g, last, acc, Seq<kMr>{});
  }
};

// ---- from a list of shapes to tables of functions ---------------------------------------------------------------

// K-unroll of the tiles at C's edges, which no descriptor names.
inline constexpr int kEdgeUnroll = 2;
// Of those that need every register: unrolled, g++ 12 spills them (4 x 3 with 16 registers: 64 % of peak).
inline constexpr int kFullUnroll = 1;

// List (kernel/tiles_<isa>.h) offers kMaxHeight[width] and kShapes.
template <class V, class List>
struct Instantiate {
  template <int kMr, int kNv>
  static constexpr bool fits() {
    // Accumulators, one row of B, and one register for the broadcast element of A.
    return kMr * kNv + kNv + 1 <= V::kRegisters;
  }

  static constexpr int edge_unroll(int mr, int nv) {
    return mr * nv + nv + 1 == V::kRegisters ? kFullUnroll : kEdgeUnroll;
  }

  // Direct kernels hold the sign mask too.
  static constexpr int direct_height(int nv) {
    const int most = (V::kRegisters - 2) / nv - 1;
    return most < List::kMaxHeight[nv] ? most : List::kMaxHeight[nv];
  }

  template <int kNv, int... kI>
  static constexpr void fill_packed(TileSet& set, std::integer_sequence<int, kI...>) {
    static_assert((fits<kI + 1, kNv>() && ...),
                  "tile does not fit: height * width accumulators + width registers of B + 1 of A exceed the ISA's");
    ((set.packed[kNv][kI + 1] = &Tile<V>::template packed<kI + 1, kNv, edge_unroll(kI + 1, kNv)>), ...);
  }
  template <int kNv, int... kI>
  static constexpr void fill_direct(TileSet& set, std::integer_sequence<int, kI...>) {
    ((set.direct[kNv][kI + 1] = &Tile<V>::template direct_whole<kI + 1, kNv, false>,
      set.direct_tail[kNv][kI + 1] = &Tile<V>::template direct_partial<kI + 1, kNv>,
      set.stream[kNv][kI + 1] = &Tile<V>::template direct_whole<kI + 1, kNv, true>),
     ...);
  }
  template <int... kI>
  static constexpr void fill_along_k(TileSet& set, std::integer_sequence<int, kI...>) {
    ((set.along_k[kI + 1] = &Tile<V>::template along_k<kI + 1>), ...);
  }
  template <int... kN>
  static constexpr void fill(TileSet& set, std::integer_sequence<int, kN...>) {
    ((set.max_height[kN + 1] = List::kMaxHeight[kN + 1], set.max_height_direct[kN + 1] = direct_height(kN + 1),
      fill_packed<kN + 1>(set, std::make_integer_sequence<int, List::kMaxHeight[kN + 1]>{}),
      fill_direct<kN + 1>(set, std::make_integer_sequence<int, direct_height(kN + 1)>{})),
     ...);
  }
  static constexpr TileSet tile_set(Isa isa, DType type) {
    TileSet set{};
    set.isa = isa;
    set.type = type;
    constexpr int kSize = static_cast<int>(sizeof(typename V::T));
    set.left = set.right = {kSize, 1, 0};
    set.c_size = kSize;
    set.lanes = V::kLanes;
    while (1 << set.lanes_log2 < V::kLanes) ++set.lanes_log2;
    set.by_lanes = Tile<V>::kByLanes;
    set.max_width = List::kMaxWidth;
    fill(set, std::make_integer_sequence<int, List::kMaxWidth>{});
    fill_along_k(set, std::make_integer_sequence<int, kMaxTileHeight>{});
    return set;
  }

  template <int kIndex>
  static constexpr KernelDescriptor descriptor(const TileSet* set, Isa isa, DType type) {
    constexpr auto s = List::kShapes[kIndex];
    static_assert(s.nv <= List::kMaxWidth && s.mr <= List::kMaxHeight[s.nv], "shape is not among its list's tiles");
    return {type, type,       type, s.mr,        s.nv * V::kLanes,
            1,    s.k_unroll, isa,  s.test_only, kernel<s.mr, s.nv, s.k_unroll, s.in_order>(),
            set,  s.in_order};
  }
  template <int kMr, int kNv, int kUnroll, bool kInOrder>
  static constexpr GemmTileFn kernel() {
    if constexpr (kInOrder) {
      static_assert(kUnroll == 2, "kernels for in-order cores are unrolled by two");
      return &Tile<V>::template packed_in_order<kMr, kNv>;
    } else {
      return &Tile<V>::template packed<kMr, kNv, kUnroll>;
    }
  }
  struct Descriptors {
    static constexpr int kCount = static_cast<int>(sizeof(List::kShapes) / sizeof(List::kShapes[0]));
    KernelDescriptor d[kCount];
  };
  template <int... kI>
  static constexpr Descriptors descriptors(const TileSet* set, Isa isa, DType type, std::integer_sequence<int, kI...>) {
    return {{descriptor<kI>(set, isa, type)...}};
  }
  static constexpr Descriptors descriptors(const TileSet* set, Isa isa, DType type) {
    return descriptors(set, isa, type, std::make_integer_sequence<int, Descriptors::kCount>{});
  }
};

}  // namespace tessera::kernel
