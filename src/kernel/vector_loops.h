// The vector kernels: one template for every ISA and type. Contract: kernel/vector_contract.h.
//
// Arithmetic is xsimd's; partial vectors, which xsimd lacks, are the register wrapper's. A loop is given what it does
// to one register; whole registers come first, unrolled, then single ones, then a partial one.
#pragma once

#include <utility>

#include "kernel/vector_contract.h"
#include "kernel/xsimd_arch.h"

namespace tessera::kernel {

#define TESSERA_INLINE [[gnu::always_inline]] inline

// V: the ISA's register wrapper of T; V64: that of double; A: the ISA's name in xsimd.
template <class V, class V64, class A>
struct VectorLoops {
  using T = typename V::T;
  using B = xsimd::batch<T, A>;
  using Tail = decltype(V::tail(0));
  static constexpr int kLanes = V::kLanes;
  static_assert(static_cast<int>(B::size) == kLanes);

  TESSERA_INLINE static B load(const T* p) { return B::load_unaligned(p); }
  TESSERA_INLINE static B load(const T* p, Tail t) { return B(V::load(p, t)); }
  TESSERA_INLINE static void store(T* p, B x) { x.store_unaligned(p); }
  TESSERA_INLINE static void store(T* p, B x, Tail t) { V::store(p, x, t); }
  TESSERA_INLINE static Tail tail(index_t n) { return V::tail(static_cast<int>(n)); }
  TESSERA_INLINE static B swap_pairs(B x) { return B(V::swap_pairs(x)); }
  // (even, odd, even, odd ...)
  TESSERA_INLINE static B pairs(T even, T odd) {
    T v[kLanes];
    for (int i = 0; i < kLanes; i += 2) v[i] = even, v[i + 1] = odd;
    return load(v);
  }

  // ---- sums --------------------------------------------------------------------------------------------------------

  // A vector of the compiler's own, to halve: xsimd's sums have an order of their own.
  template <class E, int kN>
  struct Lanes {
    typedef E Type __attribute__((vector_size(kN * sizeof(E))));
  };

  // Lane l takes lane l + half, down to kLeft lanes, which are stored.
  template <int kLeft, class E, int kN>
  TESSERA_INLINE static void fold(typename Lanes<E, kN>::Type x, E* out) {
    if constexpr (kN == kLeft) {
      if constexpr (kN == 1) {
        out[0] = x[0];
      } else {
        out[0] = x[0], out[1] = x[1];
      }
    } else if constexpr (kN == 2) {
      out[0] = x[0] + x[1];
    } else {
      fold_halves<kLeft, E, kN>(x, out, std::make_integer_sequence<int, kN / 2>{});
    }
  }
  template <int kLeft, class E, int kN, int... kI>
  TESSERA_INLINE static void fold_halves(typename Lanes<E, kN>::Type x, E* out, std::integer_sequence<int, kI...>) {
    fold<kLeft, E, kN / 2>(__builtin_shufflevector(x, x, kI...) + __builtin_shufflevector(x, x, (kN / 2 + kI)...), out);
  }
  // The first kN lanes of a register.
  template <class E, int kN, class W, int... kI>
  TESSERA_INLINE static typename Lanes<E, kN>::Type first(W x, std::integer_sequence<int, kI...>) {
    return __builtin_shufflevector(x, x, kI...);
  }
  template <class W>
  TESSERA_INLINE static auto raw(typename W::R x) {
    return reinterpret_cast<typename Lanes<typename W::T, W::kLanes>::Type>(x);
  }

  // Folds the lanes of one register, of which those from `used` on are +0.
  template <int kLeft, class W>
  TESSERA_INLINE static void fold_register(typename W::R x, index_t used, typename W::T* out) {
    using E = typename W::T;
    constexpr int kFew = 16 / static_cast<int>(sizeof(E));
    if constexpr (W::kLanes > kFew) {
      if (used <= kFew)
        return fold<kLeft, E, kFew>(first<E, kFew>(raw<W>(x), std::make_integer_sequence<int, kFew>{}), out);
    }
    fold<kLeft, E, W::kLanes>(raw<W>(x), out);
  }

  // Sums term(i), the register of terms that begins at element i, over all n elements. kSets sums are made at once, of
  // kAcc registers each; term(sums, v, i, tail...) adds to register v of every set.
  template <int kSets, int kAcc>
  struct Sums {
    B r[kSets][kAcc];
    TESSERA_INLINE Sums() {
#pragma GCC unroll 16
      for (int s = 0; s < kSets; ++s)
#pragma GCC unroll 16
        for (int v = 0; v < kAcc; ++v) r[s][v] = B(T(0));
    }
    TESSERA_INLINE void fold_registers() {
#pragma GCC unroll 16
      for (int h = kAcc / 2; h >= 1; h /= 2)
#pragma GCC unroll 16
        for (int s = 0; s < kSets; ++s)
#pragma GCC unroll 16
          for (int v = 0; v < h; ++v) r[s][v] += r[s][v + h];
    }
  };
  template <int kLeft, int kSets, int kAcc, class Term>
  TESSERA_INLINE static void sum_terms(index_t n, T (&out)[kSets][kLeft], const Term& term) {
    if (n <= kLanes) {
      Sums<kSets, 1> sums;
      term(sums, 0, 0, tail(n));
#pragma GCC unroll 16
      for (int s = 0; s < kSets; ++s) fold_register<kLeft, V>(sums.r[s][0], n, out[s]);
      return;
    }
    Sums<kSets, kAcc> sums;
    index_t i = 0;
#pragma GCC unroll 1
    for (; i + kAcc * kLanes <= n; i += kAcc * kLanes) {
#pragma GCC unroll 16
      for (int v = 0; v < kAcc; ++v) term(sums, v, i + v * kLanes);
    }
#pragma GCC unroll 16
    for (int v = 0; v < kAcc; ++v) {
      if (i + kLanes <= n) {
        term(sums, v, i);
        i += kLanes;
      } else if (i < n) {
        term(sums, v, i, tail(n - i));
        i = n;
      }
    }
    sums.fold_registers();
#pragma GCC unroll 16
    for (int s = 0; s < kSets; ++s) fold_register<kLeft, V>(sums.r[s][0], kLanes, out[s]);
  }
  template <class Term>
  TESSERA_INLINE static T sum(index_t n, const Term& term) {
    constexpr int kAcc = kSumLanes<T> / kLanes;
    T out[1][1];
    sum_terms<1, 1, kAcc>(n, out, [&](auto& sums, int v, index_t i, auto... t) { sums.r[0][v] += term(i, t...); });
    return out[0][0];
  }

  static T dot(index_t n, const T* x, const T* y) {
    return sum(n, [=](index_t i, auto... t) { return load(x + i, t...) * load(y + i, t...); });
  }
  static T asum(index_t n, const T* x) {
    return sum(n, [=](index_t i, auto... t) { return xsimd::abs(load(x + i, t...)); });
  }
  static T plain_sum(index_t n, const T* x) {
    return sum(n, [=](index_t i, auto... t) { return load(x + i, t...); });
  }
  static ComplexSums<T> dot_complex(index_t n, const T* x, const T* y) {
    constexpr int kAcc = 2 * kComplexSumLanes<T> / kLanes;
    T out[2][2];
    sum_terms<2, 2, kAcc>(2 * n, out, [=](auto& sums, int v, index_t i, auto... t) {
      const B a = load(x + i, t...), b = load(y + i, t...);
      sums.r[0][v] += a * b;
      sums.r[1][v] += a * swap_pairs(b);
    });
    return {out[0][0], out[0][1], out[1][0], out[1][1]};
  }

  // ---- sums of floats in double ------------------------------------------------------------------------------------

  using R64 = typename V64::R;
  using Half = Lanes<float, V64::kLanes>;

  TESSERA_INLINE static R64 widen(typename Half::Type x) {
    return reinterpret_cast<R64>(__builtin_convertvector(x, typename Lanes<double, V64::kLanes>::Type));
  }
  TESSERA_INLINE static R64 widen(const float* p) {
    typename Half::Type x;
    __builtin_memcpy(&x, p, sizeof x);
    return widen(x);
  }
  template <int kFirst, int... kI>
  TESSERA_INLINE static typename Half::Type half(typename Lanes<float, 2 * V64::kLanes>::Type x,
                                                 std::integer_sequence<int, kI...>) {
    return __builtin_shufflevector(x, x, (kFirst + kI)...);
  }

  // Sum of the products of two vectors of floats. A product of two floats is exact in double, so fusing changes no
  // bit.
  TESSERA_INLINE static double wide_products(index_t n, const float* x, const float* y) {
    constexpr int kWide = V64::kLanes, kAcc = kWideSumLanes / kWide;
    using Seq = std::make_integer_sequence<int, kWide>;
    R64 acc[kAcc];
#pragma GCC unroll 16
    for (int v = 0; v < kAcc; ++v) acc[v] = V64::zero();
    index_t i = 0;
#pragma GCC unroll 1
    for (; i + kAcc * kWide <= n; i += kAcc * kWide) {
#pragma GCC unroll 16
      for (int v = 0; v < kAcc; ++v) acc[v] = V64::fma(widen(x + i + v * kWide), widen(y + i + v * kWide), acc[v]);
    }
#pragma GCC unroll 16
    for (int v = 0; v < kAcc; v += 2) {
      if (i < n) {
        const Tail t = tail(n - i < 2 * kWide ? n - i : 2 * kWide);
        const auto a = raw<V>(V::load(x + i, t)), b = raw<V>(V::load(y + i, t));
        acc[v] = V64::fma(widen(half<0>(a, Seq{})), widen(half<0>(b, Seq{})), acc[v]);
        acc[v + 1] = V64::fma(widen(half<kWide>(a, Seq{})), widen(half<kWide>(b, Seq{})), acc[v + 1]);
        i += 2 * kWide;
      }
    }
#pragma GCC unroll 16
    for (int h = kAcc / 2; h >= 1; h /= 2)
#pragma GCC unroll 16
      for (int v = 0; v < h; ++v) acc[v] = V64::add(acc[v], acc[v + h]);
    double out;
    fold_register<1, V64>(acc[0], n, &out);
    return out;
  }

  static double dot_wide(index_t n, const T* x, const T* y) {
    if constexpr (sizeof(T) == 4) {
      return wide_products(n, x, y);
    } else {
      return dot(n, x, y);
    }
  }
  static double sum_squares(index_t n, const T* x) {
    if constexpr (sizeof(T) == 4) {
      return wide_products(n, x, x);
    } else {
      return sum(n, [=](index_t i, auto... t) {
        const B a = load(x + i, t...);
        return a * a;
      });
    }
  }
  static double sum_squares_scaled(index_t n, const T* x, T first_factor, T second_factor) {
    const B f = B(first_factor), s = B(second_factor);
    return sum(n, [=](index_t i, auto... t) {
      const B a = load(x + i, t...) * f * s;
      return a * a;
    });
  }

  // ---- the largest and the smallest --------------------------------------------------------------------------------

  // b where either is NaN: x86's instructions do that, NEON's do not.
  template <bool kMax>
  TESSERA_INLINE static B better(B a, B b) {
    if constexpr (std::is_base_of_v<xsimd::neon, A>) {
      return xsimd::select(is_better<kMax>(a, b), a, b);
    } else {
      return kMax ? xsimd::max(a, b) : xsimd::min(a, b);
    }
  }
  template <bool kMax, class X>
  TESSERA_INLINE static auto is_better(X a, X b) {
    if constexpr (kMax) {
      return a > b;
    } else {
      return a < b;
    }
  }
  template <bool kMax>
  TESSERA_INLINE static T best_lane(B x) {
    T lane[kLanes];
    store(lane, x);
    T best = lane[0];
    for (int i = 1; i < kLanes; ++i) best = is_better<kMax>(lane[i], best) ? lane[i] : best;
    return best;
  }

  // Of one element, and of the register that begins at it: every part of a complex number gets its number's value.
  template <bool kComplex>
  TESSERA_INLINE static T magnitude(const T* p) {
    const T a = p[0] < 0 ? -p[0] : p[0];
    if constexpr (kComplex) {
      return a + (p[1] < 0 ? -p[1] : p[1]);
    } else {
      return a;
    }
  }
  template <bool kComplex>
  TESSERA_INLINE static B magnitudes(const T* p) {
    const B a = xsimd::abs(load(p));
    if constexpr (kComplex) {
      return a + swap_pairs(a);
    } else {
      return a;
    }
  }

  // Blocks of kBlock registers are compared as a whole with the best so far, and rarely hold a better one; at the end
  // the block that did is searched. Registers of positions beside the values would double the work of every step.
  template <bool kMax, bool kComplex>
  static index_t extreme(index_t n, const T* x) {
    constexpr int kBlock = 16, kAcc = 4, kParts = kComplex ? 2 : 1;
    T best = magnitude<kComplex>(x);
    if (best != best) return 0;
    const index_t parts = n * kParts;
    index_t i = 0, found = -1;
    // best is never NaN, so a register of it makes better() pass NaN over.
    const auto keep = [&](B all, index_t from) {
      if (xsimd::any(is_better<kMax>(all, B(best)))) {
        best = best_lane<kMax>(all);
        found = from;
      }
    };
#pragma GCC unroll 1
    for (; i + kBlock * kLanes <= parts; i += kBlock * kLanes) {
      B acc[kAcc];
#pragma GCC unroll 16
      for (int v = 0; v < kAcc; ++v) acc[v] = better<kMax>(magnitudes<kComplex>(x + i + v * kLanes), B(best));
#pragma GCC unroll 16
      for (int v = kAcc; v < kBlock; ++v)
        acc[v % kAcc] = better<kMax>(magnitudes<kComplex>(x + i + v * kLanes), acc[v % kAcc]);
      keep(better<kMax>(better<kMax>(acc[0], acc[1]), better<kMax>(acc[2], acc[3])), i);
    }
    if (i + 2 * kLanes <= parts) {
      B acc(best);
      const index_t from = i;
      for (; i + kLanes <= parts; i += kLanes) acc = better<kMax>(magnitudes<kComplex>(x + i), acc);
      keep(acc, from);
    }
    index_t at = 0;
    if (found >= 0) {
      at = found;
      while (magnitude<kComplex>(x + at) != best) at += kParts;
    }
    for (; i < parts; i += kParts) {
      const T value = magnitude<kComplex>(x + i);
      if (is_better<kMax>(value, best)) best = value, at = i;
    }
    return at / kParts;
  }

  // ---- element by element ------------------------------------------------------------------------------------------

  // Calls step(i, tail...) for every register of n elements.
  template <int kUnroll, class Step>
  TESSERA_INLINE static void for_registers(index_t n, const Step& step) {
    index_t i = 0;
#pragma GCC unroll 1
    for (; i + kUnroll * kLanes <= n; i += kUnroll * kLanes) {
#pragma GCC unroll 16
      for (int v = 0; v < kUnroll; ++v) step(i + v * kLanes);
    }
#pragma GCC unroll 1
    for (; i + kLanes <= n; i += kLanes) step(i);
    if (i < n) step(i, tail(n - i));
  }

  static void axpy(index_t n, T alpha, const T* x, T* y) {
    const B a(alpha);
    for_registers<4>(n, [=](index_t i, auto... t) { store(y + i, load(y + i, t...) + a * load(x + i, t...), t...); });
  }
  static void axpby(index_t n, T alpha, const T* x, T beta, T* y) {
    const B a(alpha), b(beta);
    for_registers<4>(n,
                     [=](index_t i, auto... t) { store(y + i, a * load(x + i, t...) + b * load(y + i, t...), t...); });
  }
  static void scal(index_t n, T alpha, T* x) {
    const B a(alpha);
    for_registers<4>(n, [=](index_t i, auto... t) { store(x + i, a * load(x + i, t...), t...); });
  }

  // alpha times a register of pairs.
  struct TimesComplex {
    B re, im;
    TESSERA_INLINE TimesComplex(T r, T i) : re(r), im(pairs(-i, i)) {}
    TESSERA_INLINE B operator()(B x) const { return re * x + im * swap_pairs(x); }
  };
  static void axpy_complex(index_t n, T re, T im, const T* x, T* y) {
    const TimesComplex alpha(re, im);
    for_registers<4>(2 * n,
                     [=](index_t i, auto... t) { store(y + i, load(y + i, t...) + alpha(load(x + i, t...)), t...); });
  }
  static void axpby_complex(index_t n, T re, T im, const T* x, T beta_re, T beta_im, T* y) {
    const TimesComplex alpha(re, im), beta(beta_re, beta_im);
    for_registers<4>(
        2 * n, [=](index_t i, auto... t) { store(y + i, alpha(load(x + i, t...)) + beta(load(y + i, t...)), t...); });
  }
  static void scal_complex(index_t n, T re, T im, T* x) {
    const TimesComplex alpha(re, im);
    for_registers<4>(2 * n, [=](index_t i, auto... t) { store(x + i, alpha(load(x + i, t...)), t...); });
  }

  static void copy(index_t n, const T* x, T* y) {
    for_registers<4>(n, [=](index_t i, auto... t) { store(y + i, load(x + i, t...), t...); });
  }
  static void swap(index_t n, T* x, T* y) {
    for_registers<4>(n, [=](index_t i, auto... t) {
      const B a = load(x + i, t...), b = load(y + i, t...);
      store(x + i, b, t...);
      store(y + i, a, t...);
    });
  }
  static void rotate(index_t n, T* x, T* y, T h11, T h12, T h21, T h22) {
    const B b11(h11), b12(h12), b21(h21), b22(h22);
    for_registers<4>(n, [=](index_t i, auto... t) {
      const B a = load(x + i, t...), b = load(y + i, t...);
      store(x + i, b11 * a + b12 * b, t...);
      store(y + i, b21 * a + b22 * b, t...);
    });
  }

  static constexpr VectorSet<T> set(Isa isa) {
    return {.isa = isa,
            .lanes = kLanes,
            .dot = &dot,
            .dot_wide = &dot_wide,
            .dot_complex = &dot_complex,
            .asum = &asum,
            .sum = &plain_sum,
            .sum_squares = &sum_squares,
            .sum_squares_scaled = &sum_squares_scaled,
            .iamax = &extreme<true, false>,
            .iamin = &extreme<false, false>,
            .iamax_complex = &extreme<true, true>,
            .iamin_complex = &extreme<false, true>,
            .axpy = &axpy,
            .axpy_complex = &axpy_complex,
            .axpby = &axpby,
            .axpby_complex = &axpby_complex,
            .scal = &scal,
            .scal_complex = &scal_complex,
            .copy = &copy,
            .swap = &swap,
            .rotate = &rotate};
  }
};

#undef TESSERA_INLINE

}  // namespace tessera::kernel
