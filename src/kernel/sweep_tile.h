// A product of few steps of k, swept along the rows of C: one template for every ISA, type and depth. Contract:
// kernel/contract.h (SweepArgs).
//
// Few steps write C more than they compute, and what bounds them is how C streams. A tile loads, computes and stores in
// turns, and its next one begins elsewhere; here the elements of A stay in registers, and loads of B, chains and stores
// of one column of registers overlap with the next one's (sgemm, k = 2, GFLOP/s by tiles and by sweeps: 57 and 82 for m
// = n = 200, 40 and 69 for 500, 42 and 75 for 1000, 34 and 54 for 2000; Zen 4).
#pragma once

#include "kernel/gemm_tile.h"

namespace tessera::kernel {

template <class V>
struct Sweep {
  using T = typename V::T;
  using R = typename V::R;
  static constexpr int kLanes = V::kLanes;

  // Rows of C at a time: each holds its elements of A and a chain; one register is for B. More than six do not stay in
  // an L1 of eight ways where rows of C are a power of two apart (sgemm, m = n = 1024, k = 2: 28 GFLOP/s for eight).
  static constexpr int rows(int depth) {
    const int most = (V::kRegisters - 1) / (depth + 1);
    return most < 1 ? 1 : most < 6 ? most : 6;
  }

  static const T* at(const void* p, index_t bytes) {
    return reinterpret_cast<const T*>(static_cast<const char*>(p) + bytes);
  }

  // Left to itself, g++ 12 loads B anew for every row: twice across two lines where B does not begin one (500 x 500, k
  // = 8: 73 GFLOP/s against 101).
  TESSERA_INLINE static R in_register(R x) {
#if defined(__AVX512F__)
    __asm__("" : "+v"(x));
#elif defined(__x86_64__)
    __asm__("" : "+x"(x));
#elif defined(__aarch64__)
    __asm__("" : "+w"(x));
#endif
    return x;
  }

  // kH rows of C, A and C from here.
  template <int kK, int kH>
  TESSERA_INLINE static void sweep_rows(const SweepArgs& g, const char* a, char* c) {
    R av[kH * kK];
    const T factor = g.factor != nullptr ? *static_cast<const T*>(g.factor) : T(1);
#pragma GCC unroll 128
    for (int e = 0; e < kH * kK; ++e) av[e] = V::set1(factor * *at(a, e / kK * g.a_row + e % kK * g.a_col));
    const bool reads = g.beta != nullptr;
    const R beta = V::set1(reads ? *static_cast<const T*>(g.beta) : T(1));
    const index_t b_row = g.b_row, c_row = g.c_row;
    const T* b = static_cast<const T*>(g.b);
    T* to = reinterpret_cast<T*>(c);
    const auto columns = [&](const auto& how) __attribute__((always_inline)) {
      R acc[kH];
#pragma GCC unroll 8
      for (int i = 0; i < kH; ++i) acc[i] = reads ? V::mul(beta, how.load(at(to, i * c_row))) : V::zero();
#pragma GCC unroll 16
      for (int p = 0; p < kK; ++p) {
        R bv = how.load(at(b, p * b_row));
        if constexpr (kH > 1) bv = in_register(bv);
#pragma GCC unroll 8
        for (int i = 0; i < kH; ++i) acc[i] = V::fma(av[i * kK + p], bv, acc[i]);
      }
#pragma GCC unroll 8
      for (int i = 0; i < kH; ++i) how.store(const_cast<T*>(at(to, i * c_row)), acc[i]);
      b += kLanes;
      to += kLanes;
    };
    index_t n = g.n;
#pragma GCC unroll 1
    for (; n >= kLanes; n -= kLanes) columns(typename Tile<V>::Whole{});
    if (n > 0) columns(typename Tile<V>::Partial{V::tail(static_cast<int>(n))});
  }

  template <int kK>
  static void sweep(const SweepArgs& g) {
    constexpr int kH = rows(kK);
    const char* a = static_cast<const char*>(g.a);
    char* c = static_cast<char*>(g.c);
    index_t m = g.m;
#pragma GCC unroll 1
    for (; m >= kH; m -= kH, a += kH * g.a_row, c += kH * g.c_row) sweep_rows<kK, kH>(g, a, c);
    if constexpr (kH > 1) {
#pragma GCC unroll 1
      for (; m > 0; --m, a += g.a_row, c += g.c_row) sweep_rows<kK, 1>(g, a, c);
    }
  }

  // Below three rows at a time loads of B are the bound.
  static constexpr int depth() {
    int k = kMaxSweepDepth;
    while (k > 1 && rows(k) < 3) --k;
    return k;
  }
  template <int... kK>
  static constexpr void fill(TileSet& set, std::integer_sequence<int, kK...>) {
    ((set.sweep[kK + 1] = &sweep<kK + 1>, set.sweep_rows[kK + 1] = rows(kK + 1)), ...);
    set.sweep_depth = depth();
  }
  static constexpr void fill(TileSet& set) { fill(set, std::make_integer_sequence<int, depth()>{}); }
};

}  // namespace tessera::kernel
