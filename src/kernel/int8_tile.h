// The micro-kernel of 8-bit products: one template for every ISA that multiplies a register of groups by one group,
// each group a few consecutive steps of k. Contract: kernel/contract.h, docs/kernel_contract.md.
//
// Built as gemm_tile.h is, and for the same reasons. Sums of integers may be taken in any order, so a tile with too few
// accumulators to hide the latency of a multiplication has several for each element, added at the end.
#pragma once

#include <cstdint>
#include <cstring>
#include <utility>

#include "kernel/byte_output.h"
#include "kernel/contract.h"
#include "kernel/shape.h"

namespace tessera::kernel {

#define TESSERA_INT8_INLINE [[gnu::always_inline]] inline

template <class V>
struct Int8Tile {
  using R = typename V::R;
  using F = typename V::F;
  static constexpr int kLanes = V::kLanes;
  static constexpr int kBytes = kLanes * 4;  // a register of sums
  static constexpr int kGroup = V::kGroup;
  static constexpr int kGroupBytes = kGroup * static_cast<int>(sizeof(typename V::Element));
  static constexpr int kVectorBytes = kLanes * kGroupBytes;  // a group of as many columns
  static constexpr int kLine = 64;

  template <int kN>
  struct Regs {
    R r[kN];
  };
  template <int kN>
  using Seq = std::make_integer_sequence<int, kN>;

  struct Whole {
    TESSERA_INT8_INLINE R load(const std::int32_t* p) const { return V::load(p); }
    TESSERA_INT8_INLINE void store(std::int32_t* p, R x) const { V::store(p, x); }
  };
  struct Partial {
    typename V::Tail tail;
    TESSERA_INT8_INLINE R load(const std::int32_t* p) const { return V::load(p, tail); }
    TESSERA_INT8_INLINE void store(std::int32_t* p, R x) const { V::store(p, x, tail); }
  };

  static std::int32_t read32(const void* p) {
    std::int32_t x;
    std::memcpy(&x, p, sizeof x);
    return x;
  }
  static index_t groups(index_t k) { return (k + kGroup - 1) / kGroup; }

  template <int kMr, int kNv>
  static constexpr bool fits() {
    return kMr * kNv + kNv + 1 <= V::kRegisters;
  }
  // Sums of one element: as many as keep kInFlight multiplications going, if they fit.
  static constexpr int kInFlight = 8;
  static constexpr int chains(int mr, int nv) {
    const int n = mr * nv * 2 >= 2 * kInFlight ? 1 : mr * nv * 4 > kInFlight ? 2 : 4;
    return n * mr * nv + nv + 2 <= V::kRegisters ? n : 1;
  }

  // ---- where sums begin and end ----------------------------------------------------------------------------------

  template <int kNv, int... kJ>
  TESSERA_INT8_INLINE static void load_row(const char* p, R* r, std::integer_sequence<int, kJ...>) {
    ((r[kJ] = V::load(p + kJ * kBytes)), ...);
  }
  template <int kNv, class Last, int... kJ>
  TESSERA_INT8_INLINE static void add_row(const std::int32_t* p, const Last& last, R* r,
                                          std::integer_sequence<int, kJ...>) {
    ((r[kJ] += kJ == kNv - 1 ? last.load(p + kJ * kLanes) : V::load(p + kJ * kLanes)), ...);
  }
  template <int kNv, class Last, int... kJ>
  TESSERA_INT8_INLINE static void store_row(std::int32_t* p, const Last& last, const R* r,
                                            std::integer_sequence<int, kJ...>) {
    ((kJ == kNv - 1 ? last.store(p + kJ * kLanes, r[kJ]) : V::store(p + kJ * kLanes, r[kJ])), ...);
  }
  static std::int32_t* next(std::int32_t* p, index_t bytes) {
    return reinterpret_cast<std::int32_t*>(reinterpret_cast<char*>(p) + bytes);
  }

  template <int kMr, int kNv, class Last, int... kI>
  TESSERA_INT8_INLINE static void add_c(const GemmTileArgs& g, const Last& last, R* sum,
                                        std::integer_sequence<int, kI...>) {
    std::int32_t* c = static_cast<std::int32_t*>(g.c);
    ((add_row<kNv>(c, last, sum + kI * kNv, Seq<kNv>{}), c = next(c, g.c_row)), ...);
  }
  template <int kMr, int kNv, class Last, int... kI>
  TESSERA_INT8_INLINE static void store_c(const GemmTileArgs& g, const Last& last, const R* sum,
                                          std::integer_sequence<int, kI...>) {
    std::int32_t* c = static_cast<std::int32_t*>(g.c);
    ((store_row<kNv>(c, last, sum + kI * kNv, Seq<kNv>{}), c = next(c, g.c_row)), ...);
  }

  // The terms behind the panels: those of columns times the factor, those of rows as they are.
  template <int kNv, int... kJ>
  TESSERA_INT8_INLINE static void column_terms(const GemmTileArgs& g, R* first, std::integer_sequence<int, kJ...>) {
    if (g.column_terms == nullptr) {
      ((first[kJ] = V::zero()), ...);
    } else {
      const char* terms = static_cast<const char*>(g.column_terms);
      const R factor = V::set1(g.column_factor);
      ((first[kJ] = factor * V::load(terms + kJ * kBytes)), ...);
    }
    if (g.bytes != nullptr && g.bytes->bias != nullptr)
      add_row<kNv>(g.bytes->bias, Partial{V::tail(g.n_tail)}, first, Seq<kNv>{});
  }
  template <int kMr, int kNv, int... kE>
  TESSERA_INT8_INLINE static void start(const R* first, R* sum, std::integer_sequence<int, kE...>) {
    ((sum[kE] = first[kE % kNv]), ...);
  }
  template <int kMr, int kNv, int... kE>
  TESSERA_INT8_INLINE static void add_row_terms(const char* terms, R* sum, std::integer_sequence<int, kE...>) {
    ((sum[kE] += V::set1(read32(terms + kE / kNv * 4))), ...);
  }

  template <int kMr, int... kI>
  TESSERA_INT8_INLINE static void find_out(const GemmTileArgs& g, index_t tile, char** out,
                                           std::integer_sequence<int, kI...>) {
    if (g.out_rows == nullptr) {
      char* const first = static_cast<char*>(g.out) + tile * kMr * g.out_row;
      ((out[kI] = first + kI * g.out_row), ...);
    } else {
      void* const* const rows = of_tile(g.out_rows, tile * g.next_tile);
      ((out[kI] = static_cast<char*>(rows[kI]) + g.out_column), ...);
    }
  }
  // The pointers that lie so many bytes behind the first tile's.
  template <class P>
  TESSERA_INT8_INLINE static P of_tile(P first, index_t bytes) {
    return reinterpret_cast<P>(reinterpret_cast<const char*>(first) + bytes);
  }
  template <int kMr, int kNv, int... kI>
  TESSERA_INT8_INLINE static void store_bytes(const GemmTileArgs& g, index_t tile, int tail, const R* sum,
                                              std::integer_sequence<int, kI...>) {
    const ByteRow<V> bytes(*g.bytes);
    F scales[kNv];
    load_scales<V, kNv>(*g.bytes, 0, tail, scales);
    char* out[kMr];
    find_out<kMr>(g, tile, out, Seq<kMr>{});
    (bytes.template store<kNv>(out[kI], sum + kI * kNv, scales, tail), ...);
  }

  template <int kMr, int kNv>
  TESSERA_INT8_INLINE static void finish(const GemmTileArgs& g, index_t tile, R* sum) {
    if (g.bytes != nullptr) {
      if (g.beta != nullptr) add_c<kMr, kNv>(g, Partial{V::tail(g.n_tail)}, sum, Seq<kMr>{});
      if (g.n_tail != kLanes) return store_bytes<kMr, kNv>(g, tile, g.n_tail, sum, Seq<kMr>{});
      return store_bytes<kMr, kNv>(g, tile, kLanes, sum, Seq<kMr>{});
    }
    if (g.n_tail != kLanes) {
      const Partial last{V::tail(g.n_tail)};
      if (g.beta != nullptr) add_c<kMr, kNv>(g, last, sum, Seq<kMr>{});
      store_c<kMr, kNv>(g, last, sum, Seq<kMr>{});
    } else {
      if (g.beta != nullptr) add_c<kMr, kNv>(g, Whole{}, sum, Seq<kMr>{});
      store_c<kMr, kNv>(g, Whole{}, sum, Seq<kMr>{});
    }
  }
  template <int kSpan>
  TESSERA_INT8_INLINE static void prefetch_span(const char* p) {
#pragma GCC unroll 32
    for (int i = 0; i < kSpan; i += kLine) __builtin_prefetch(p + i, 0, 3);
  }
  template <int kMr, int kNv, int... kI>
  TESSERA_INT8_INLINE static void prefetch_c(const GemmTileArgs& g, std::integer_sequence<int, kI...>) {
    const char* c = static_cast<const char*>(g.prefetch_c);
    if (c == nullptr) return;
    ((prefetch_span<kNv * kBytes>(c + kI * g.c_row)), ...);
  }

  // ---- both operands packed ----------------------------------------------------------------------------------------

  template <int kMr, int kNv, int... kE>
  TESSERA_INT8_INLINE static void step_packed(const char* a, const char* b, R* sum, std::integer_sequence<int, kE...>) {
    R bv[kNv];
    load_row<kNv>(b, bv, Seq<kNv>{});
    if constexpr (requires { V::template dot_lane<0>(bv[0], bv[0], bv[0]); }) {
      // A register of A holds kLanes rows; a multiplication takes one lane of it. Panels are readable past their end.
      constexpr int kVectors = (kMr + kLanes - 1) / kLanes;
      R av[kVectors];
      load_row<kVectors>(a, av, Seq<kVectors>{});
      ((sum[kE] = V::template dot_lane<(kE / kNv) % kLanes>(sum[kE], av[kE / kNv / kLanes], bv[kE % kNv])), ...);
    } else {
      ((sum[kE] = V::dot(sum[kE], V::set1(read32(a + kE / kNv * kGroupBytes)), bv[kE % kNv])), ...);
    }
  }
  template <int kMr, int kNv, int kChains, int... kU>
  TESSERA_INT8_INLINE static void steps_packed(const char* a, const char* b, R* sum,
                                               std::integer_sequence<int, kU...>) {
    ((step_packed<kMr, kNv>(a + kU * kMr * kGroupBytes, b + kU * kNv * kBytes, sum + kU % kChains * (kMr * kNv),
                            Seq<kMr * kNv>{})),
     ...);
  }
  template <int kElements, int kChains, int... kE>
  TESSERA_INT8_INLINE static void clear([[maybe_unused]] R* sum, std::integer_sequence<int, kE...>) {
    ((sum[kElements + kE] = V::zero()), ...);
  }
  template <int kElements, int kChains, int... kE>
  TESSERA_INT8_INLINE static void fold([[maybe_unused]] R* sum, std::integer_sequence<int, kE...>) {
    if constexpr (kChains == 4) {
      ((sum[kE] = (sum[kE] + sum[kElements + kE]) + (sum[2 * kElements + kE] + sum[3 * kElements + kE])), ...);
    } else if constexpr (kChains == 2) {
      ((sum[kE] += sum[kElements + kE]), ...);
    }
  }

  template <int kMr, int kNv, int kUnroll>
  static void packed(const GemmTileArgs& g) {
    constexpr int kElements = kMr * kNv, kChains = chains(kMr, kNv), kKu = kUnroll < kChains ? kChains : kUnroll;
    Regs<kElements * kChains> sum;
    R first[kNv];
    column_terms<kNv>(g, first, Seq<kNv>{});
    start<kMr, kNv>(first, sum.r, Seq<kElements>{});
    clear<kElements, kChains>(sum.r, Seq<kElements*(kChains - 1)>{});
    prefetch_c<kMr, kNv>(g, Seq<kMr>{});
    const char* a = static_cast<const char*>(g.a);
    const char* b = static_cast<const char*>(g.b);
    index_t left = groups(g.k);
#pragma GCC unroll 1
    for (; left >= kKu; left -= kKu) {
      prefetch_span<kKu * kMr * kGroupBytes>(a + g.prefetch_a);
      prefetch_span<kKu * kNv * kBytes>(b + g.prefetch_b);
      steps_packed<kMr, kNv, kChains>(a, b, sum.r, Seq<kKu>{});
      a += kKu * kMr * kGroupBytes;
      b += kKu * kNv * kBytes;
    }
    if constexpr (kKu > 1) {
#pragma GCC unroll 1
      for (; left > 0; --left) {
        step_packed<kMr, kNv>(a, b, sum.r, Seq<kElements>{});
        a += kMr * kGroupBytes;
        b += kNv * kBytes;
      }
    }
    fold<kElements, kChains>(sum.r, Seq<kElements>{});
    if (g.row_terms != nullptr) add_row_terms<kMr, kNv>(static_cast<const char*>(g.row_terms), sum.r, Seq<kElements>{});
    finish<kMr, kNv>(g, 0, sum.r);
  }

  // ---- A where it lies: rows of bytes along k
  // -------------------------------------------------------------------------

  template <int kMr>
  struct Rows {
    const char* p[kMr];
    template <int... kI>
    TESSERA_INT8_INLINE Rows(const GemmTileArgs& g, index_t tile, index_t run, std::integer_sequence<int, kI...>) {
      if (g.rows == nullptr) {
        const char* const first = static_cast<const char*>(g.a) + tile * kMr * g.a_row;
        ((p[kI] = first + kI * g.a_row), ...);
      } else {
        const void* const* const rows = of_tile(g.rows, tile * g.next_tile) + run * g.run_rows;
        const index_t offset = run * g.run_bytes;
        ((p[kI] = static_cast<const char*>(rows[kI]) + offset), ...);
      }
    }
  };
  // The first `steps` bytes of a group at the end of a row; zeros follow. A row of a group or more is read up to its
  // end and shifted: one load.
  static std::int32_t read_part(const char* p, int steps, bool whole_group) {
    if (whole_group) {
      const int missing = kGroup - steps;
      return static_cast<std::int32_t>(static_cast<std::uint32_t>(read32(p - missing)) >> (8 * missing));
    }
    std::uint32_t x = 0;
    for (int q = 0; q < steps; ++q) x |= static_cast<std::uint32_t>(static_cast<std::uint8_t>(p[q])) << (8 * q);
    return static_cast<std::int32_t>(x);
  }
  template <bool kFlip>
  TESSERA_INT8_INLINE static R flipped(R a, [[maybe_unused]] R flip) {
    if constexpr (kFlip) {
      return a ^ flip;
    } else {
      return a;
    }
  }
  template <bool kFlip, int kMr, int kNv, int... kI>
  TESSERA_INT8_INLINE static void step_in_place(const Rows<kMr>& a, index_t at, R flip, const char* b, R* sum,
                                                std::integer_sequence<int, kI...>) {
    R bv[kNv];
    load_row<kNv>(b, bv, Seq<kNv>{});
    ((row_in_place<kNv>(flipped<kFlip>(V::set1(read32(a.p[kI] + at)), flip), bv, sum + kI * kNv, Seq<kNv>{})), ...);
  }
  template <int kMr, int kNv, int... kI>
  TESSERA_INT8_INLINE static void part_in_place(const Rows<kMr>& a, index_t at, int steps, R flip, const char* b,
                                                R* sum, std::integer_sequence<int, kI...>) {
    R bv[kNv];
    load_row<kNv>(b, bv, Seq<kNv>{});
    ((row_in_place<kNv>(V::set1(read_part(a.p[kI] + at, steps, at > 0)) ^ flip, bv, sum + kI * kNv, Seq<kNv>{})), ...);
  }
  template <int kNv, int... kJ>
  TESSERA_INT8_INLINE static void row_in_place(R a, const R* bv, R* sum, std::integer_sequence<int, kJ...>) {
    ((sum[kJ] = V::dot(sum[kJ], a, bv[kJ])), ...);
  }
  template <bool kFlip, int kMr, int kNv, int kChains, int... kU>
  TESSERA_INT8_INLINE static void steps_in_place(const Rows<kMr>& a, index_t at, R flip, const char* b, R* sum,
                                                 std::integer_sequence<int, kU...>) {
    ((step_in_place<kFlip, kMr, kNv>(a, at + kU * kGroup, flip, b + kU * kNv * kBytes, sum + kU % kChains * (kMr * kNv),
                                     Seq<kMr>{})),
     ...);
  }

  template <bool kFlip, int kMr, int kNv, int kChains, int kKu>
  TESSERA_INT8_INLINE static void runs_in_place(const GemmTileArgs& g, index_t tile, R flip, R* sum) {
    const char* run_b = static_cast<const char*>(g.b);
    const index_t runs = g.rows == nullptr ? 1 : g.runs, whole = g.k / kGroup * kGroup;
#pragma GCC unroll 1
    for (index_t run = 0; run < runs; ++run, run_b += g.b_run) {
      const Rows<kMr> a(g, tile, run, Seq<kMr>{});
      const char* b = run_b;
      index_t at = 0;
#pragma GCC unroll 1
      for (; at + kKu * kGroup <= whole; at += kKu * kGroup) {
        prefetch_span<kKu * kNv * kBytes>(b + g.prefetch_b);
        steps_in_place<kFlip, kMr, kNv, kChains>(a, at, flip, b, sum, Seq<kKu>{});
        b += kKu * kNv * kBytes;
      }
      if constexpr (kKu > 1) {
#pragma GCC unroll 1
        for (; at < whole; at += kGroup) {
          step_in_place<kFlip, kMr, kNv>(a, at, flip, b, sum, Seq<kMr>{});
          b += kNv * kBytes;
        }
      }
      if (at < g.k) part_in_place<kMr, kNv>(a, at, static_cast<int>(g.k - at), flip, b, sum, Seq<kMr>{});
    }
  }

  template <int kMr, int kNv, int kUnroll>
  static void in_place(const GemmTileArgs& g) {
    constexpr int kElements = kMr * kNv, kChains = chains(kMr, kNv), kKu = kUnroll < kChains ? kChains : kUnroll;
    R first[kNv];
    column_terms<kNv>(g, first, Seq<kNv>{});
    prefetch_c<kMr, kNv>(g, Seq<kMr>{});
    // g++ 12 would combine two broadcasts into one of a scalar, which is not a load: two thirds of the speed, 16 x 16.
    const R flip = V::opaque(V::set1(g.flip_a ? static_cast<int>(0x80808080u) : 0));
#pragma GCC unroll 1
    for (index_t tile = 0; tile <= g.more_tiles; ++tile) {
      Regs<kElements * kChains> sum;
      start<kMr, kNv>(first, sum.r, Seq<kElements>{});
      clear<kElements, kChains>(sum.r, Seq<kElements*(kChains - 1)>{});
      // With one product for each of A's groups, not to flip them is 5 % faster; with more it makes no difference.
      if (kNv == 1 && !g.flip_a) {
        runs_in_place<kNv != 1, kMr, kNv, kChains, kKu>(g, tile, flip, sum.r);
      } else {
        runs_in_place<true, kMr, kNv, kChains, kKu>(g, tile, flip, sum.r);
      }
      fold<kElements, kChains>(sum.r, Seq<kElements>{});
      finish<kMr, kNv>(g, tile, sum.r);
    }
  }
};

// The same for an ISA whose instructions multiply a register of rows by a register of columns: blocks of C, or partial
// sums of one element, that become rows of C at the end. A register of a panel is 16 bytes: kBlockRows rows,
// respectively kBlockColumns columns, of one group. With an odd number of rows, the last register holds whatever comes
// behind them; panels are readable past their end.
template <class V>
struct Int8BlockTile : Int8Tile<V> {
  using Base = Int8Tile<V>;
  using typename Base::R;
  template <int kN>
  using Seq = std::make_integer_sequence<int, kN>;
  static constexpr int kRegisterBytes = 16;
  static constexpr int kPerVector = V::kLanes / V::kBlockColumns;  // accumulators for one vector of columns
  template <int kMr>
  static constexpr int kRowBlocks = (kMr + V::kBlockRows - 1) / V::kBlockRows;

  template <int kMr, int kNv>
  static constexpr bool fits() {
    // Accumulators, the rows of A, one register of B, and one for a product on its way.
    return kRowBlocks<kMr> * (kNv * kPerVector + 1) + 2 <= V::kRegisters;
  }

  template <int kRows, int... kI>
  TESSERA_INT8_INLINE static void load_blocks(const char* a, R* av, std::integer_sequence<int, kI...>) {
    ((av[kI] = V::load(a + kI * kRegisterBytes)), ...);
  }
  template <int kRows, int kColumns, int... kI>
  TESSERA_INT8_INLINE static void column(const R* av, R b, R* sum, std::integer_sequence<int, kI...>) {
    if constexpr (requires { typename V::Products; }) {
      // Multiplied for all rows before the first is added: cores that issue in order would wait for each product.
      typename V::Products p[kRows];
      ((p[kI] = V::low(av[kI], b)), ...);
      ((sum[kI * kColumns] = V::add(sum[kI * kColumns], p[kI])), ...);
      ((p[kI] = V::high(av[kI], b)), ...);
      ((sum[kI * kColumns] = V::add(sum[kI * kColumns], p[kI])), ...);
    } else {
      ((sum[kI * kColumns] = V::block(sum[kI * kColumns], av[kI], b)), ...);
    }
  }
  template <int kRows, int kColumns, int... kJ>
  TESSERA_INT8_INLINE static void step(const char* a, const char* b, R* sum, std::integer_sequence<int, kJ...>) {
    R av[kRows];
    load_blocks<kRows>(a, av, Seq<kRows>{});
    ((column<kRows, kColumns>(av, V::load(b + kJ * kRegisterBytes), sum + kJ, Seq<kRows>{})), ...);
  }
  template <int kColumns, int kNv, int... kE>
  TESSERA_INT8_INLINE static void rows(const R* sum, const R* first, R* result, std::integer_sequence<int, kE...>) {
    ((result[kE] = first[kE % kNv] + V::template row<kE / kNv % V::kBlockRows>(
                                         sum + kE / kNv / V::kBlockRows * kColumns + kE % kNv * kPerVector)),
     ...);
  }
  template <int... kE>
  TESSERA_INT8_INLINE static void clear(R* sum, std::integer_sequence<int, kE...>) {
    ((sum[kE] = V::zero()), ...);
  }

  template <int kMr, int kNv, int kUnroll>
  static void packed(const GemmTileArgs& g) {
    constexpr int kRows = kRowBlocks<kMr>, kColumns = kNv * kPerVector;
    R sum[kRows * kColumns];
    clear(sum, Seq<kRows * kColumns>{});
    Base::template prefetch_c<kMr, kNv>(g, Seq<kMr>{});
    const char* a = static_cast<const char*>(g.a);
    const char* b = static_cast<const char*>(g.b);
#pragma GCC unroll 1
    for (index_t left = Base::groups(g.k); left > 0; --left) {
      Base::template prefetch_span<kMr * Base::kGroupBytes>(a + g.prefetch_a);
      Base::template prefetch_span<kNv * Base::kVectorBytes>(b + g.prefetch_b);
      step<kRows, kColumns>(a, b, sum, Seq<kColumns>{});
      a += kMr * Base::kGroupBytes;
      b += kNv * Base::kVectorBytes;
    }
    R first[kNv], result[kMr * kNv];
    Base::template column_terms<kNv>(g, first, Seq<kNv>{});
    rows<kColumns, kNv>(sum, first, result, Seq<kMr * kNv>{});
    if (g.row_terms != nullptr)
      Base::template add_row_terms<kMr, kNv>(static_cast<const char*>(g.row_terms), result, Seq<kMr * kNv>{});
    Base::template finish<kMr, kNv>(g, 0, result);
  }
};

// The template that fits an ISA's wrapper.
template <class V>
struct Int8TileOf {
  using Type = Int8Tile<V>;
};
template <class V>
  requires(V::kBlockRows > 0)
struct Int8TileOf<V> {
  using Type = Int8BlockTile<V>;
};

// ---- from a list of shapes to tables of functions ---------------------------------------------------------------

inline constexpr int kInt8EdgeUnroll = 1;

// List (kernel/int8_tiles_<isa>.h) offers kMaxWidth, kMaxHeight[width], kShapes.
template <class V, class Tile, class List>
struct InstantiateInt8 {
  // Kernels that read A in place hold the bits to invert too.
  static constexpr int direct_height(int nv) {
    if (!V::kReadsInPlace) return 0;
    const int most = (V::kRegisters - 2) / nv - 1;
    return most < List::kMaxHeight[nv] ? most : List::kMaxHeight[nv];
  }

  template <int kNv, int... kI>
  static constexpr void fill_packed(TileSet& set, std::integer_sequence<int, kI...>) {
    static_assert((Tile::template fits<kI + 1, kNv>() && ...), "tile does not fit the ISA's registers");
    ((set.packed[kNv][kI + 1] = &Tile::template packed<kI + 1, kNv, kInt8EdgeUnroll>), ...);
  }
  template <int kNv, int... kI>
  static constexpr void fill_direct(TileSet& set, std::integer_sequence<int, kI...>) {
    ((set.direct[kNv][kI + 1] = set.direct_tail[kNv][kI + 1] = set.stream[kNv][kI + 1] =
          &Tile::template in_place<kI + 1, kNv, kInt8EdgeUnroll>),
     ...);
  }
  template <int... kN>
  static constexpr void fill(TileSet& set, std::integer_sequence<int, kN...>) {
    ((set.max_height[kN + 1] = List::kMaxHeight[kN + 1], set.max_height_direct[kN + 1] = direct_height(kN + 1),
      fill_packed<kN + 1>(set, std::make_integer_sequence<int, List::kMaxHeight[kN + 1]>{}),
      fill_direct<kN + 1>(set, std::make_integer_sequence<int, direct_height(kN + 1)>{})),
     ...);
  }
  static constexpr TileSet tile_set(Isa isa) {
    TileSet set{};
    set.isa = isa;
    set.type = DType::s32;
    set.left = {static_cast<int>(sizeof(typename V::Element)), V::kGroup, 4};
    set.right = {static_cast<int>(sizeof(typename V::Element)), V::kGroup, 4};
    set.c_size = 4;
    set.lanes = V::kLanes;
    while (1 << set.lanes_log2 < V::kLanes) ++set.lanes_log2;
    set.max_width = List::kMaxWidth;
    fill(set, std::make_integer_sequence<int, List::kMaxWidth>{});
    return set;
  }

  template <int kIndex>
  static constexpr KernelDescriptor descriptor(const TileSet* set, Isa isa) {
    constexpr auto s = List::kShapes[kIndex];
    static_assert(s.nv <= List::kMaxWidth && s.mr <= List::kMaxHeight[s.nv], "shape is not among its list's tiles");
    return {V::kLeft,  V::kRight,  DType::s32, s.mr,        s.nv * V::kLanes,
            V::kGroup, s.k_unroll, isa,        s.test_only, &Tile::template packed<s.mr, s.nv, s.k_unroll>,
            set};
  }
  struct Descriptors {
    static constexpr int kCount = static_cast<int>(sizeof(List::kShapes) / sizeof(List::kShapes[0]));
    KernelDescriptor d[kCount];
  };
  template <int... kI>
  static constexpr Descriptors descriptors(const TileSet* set, Isa isa, std::integer_sequence<int, kI...>) {
    return {{descriptor<kI>(set, isa)...}};
  }
  static constexpr Descriptors descriptors(const TileSet* set, Isa isa) {
    return descriptors(set, isa, std::make_integer_sequence<int, Descriptors::kCount>{});
  }
};

}  // namespace tessera::kernel
