// The vector kernels: one template for every ISA and type. Contract: kernel/vector_contract.h.
//
// Whole registers are xsimd's, whose functions are found by their arguments. What is left of a vector is done in
// halves, quarters and so on down to an element, in the compiler's own vectors: a masked store of a few elements delays
// the next load of them (8 ns instead of 4 for daxpy with n = 4 on Zen 4). Only sums, which store nothing, read their
// last elements under a mask, with the register wrapper's load.
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
  using B = xsimd_arch::Batch<T, A>;
  static constexpr int kLanes = V::kLanes;
  static_assert(static_cast<int>(B::size) == kLanes);

  // One step of a loop over memory: 256 bytes, as many registers as a sum has.
  static constexpr int kStep = kSumLanes<T>;
  static constexpr int kRegisters = kStep / kLanes;

  // A vector of the compiler's own.
  template <class E, int kN>
  struct Lanes {
    typedef E Type __attribute__((vector_size(kN * sizeof(E))));
  };
  template <class E>
  struct Lanes<E, 1> {
    using Type = E;
  };
  template <int kN>
  using Part = std::conditional_t<kN == kLanes, B, typename Lanes<T, kN>::Type>;

  template <int kN = kLanes>
  TESSERA_INLINE static Part<kN> load(const T* p) {
    if constexpr (kN == kLanes) {
      return B::load_unaligned(p);
    } else {
      Part<kN> x;
      __builtin_memcpy(&x, p, sizeof x);
      return x;
    }
  }
  template <int kN = kLanes>
  TESSERA_INLINE static void store(T* p, Part<kN> x) {
    if constexpr (kN == kLanes) {
      x.store_unaligned(p);
    } else {
      __builtin_memcpy(p, &x, sizeof x);
    }
  }
  template <int kN = kLanes>
  TESSERA_INLINE static Part<kN> splat(T a) {
    if constexpr (kN == kLanes) {
      return B(a);
    } else {
      return a - Part<kN>{};
    }
  }
  // (even, odd, even, odd ...)
  template <int kN = kLanes>
  TESSERA_INLINE static Part<kN> pairs(T even, T odd) {
    T v[kN];
    for (int i = 0; i < kN; i += 2) v[i] = even, v[i + 1] = odd;
    return load<kN>(v);
  }
  template <int kN = kLanes>
  TESSERA_INLINE static Part<kN> swap_pairs(Part<kN> x) {
    if constexpr (kN == kLanes) {
      return B(V::swap_pairs(x));
    } else {
      return swap_lanes<kN>(x, std::make_integer_sequence<int, kN>{});
    }
  }
  template <int kN, int... kI>
  TESSERA_INLINE static Part<kN> swap_lanes(Part<kN> x, std::integer_sequence<int, kI...>) {
    return __builtin_shufflevector(x, x, (kI ^ 1)...);
  }

  using Tail = decltype(V::tail(0));
  TESSERA_INLINE static Tail tail(index_t n) { return V::tail(static_cast<int>(n)); }
  TESSERA_INLINE static B load(const T* p, Tail t) { return B(V::load(p, t)); }

  // Calls block(i) for the whole steps of n elements, and returns where they end. Vectors that come from memory are
  // walked in four quarters at once: one stream alone leaves the memory waiting at each page, where hardware stops to
  // prefetch (n = 10^7 on Zen 4: dasum 1.4 times as fast, daxpy 1.3; software prefetch is slower at every distance).
  template <bool kFar, class Block>
  TESSERA_INLINE static index_t for_steps(index_t n, const Block& block) {
    index_t i = 0;
    if constexpr (kFar) {
      const index_t quarter = n / (4 * kStep) * kStep;
#pragma GCC unroll 1
      for (index_t j = 0; j < quarter; j += kStep) {
#pragma GCC unroll 1
        for (index_t s = j; s < 4 * quarter; s += quarter) block(s);
      }
      i = 4 * quarter;
    }
#pragma GCC unroll 1
    for (; i + kStep <= n; i += kStep) block(i);
    return i;
  }

  // ---- sums --------------------------------------------------------------------------------------------------------

  // Lane l takes lane l + half, down to kLeft lanes, which are stored.
  // (xsimd's sums have an order of their own.)
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
  template <int kLeft, int kSets, int kAcc, bool kFar, class Term>
  TESSERA_INLINE static void sum_all(index_t n, T (&out)[kSets][kLeft], const Term& term) {
    Sums<kSets, kAcc> sums;
    index_t i = for_steps<kFar>(n, [&](index_t at) {
#pragma GCC unroll 16
      for (int v = 0; v < kRegisters; ++v) term(sums, v % kAcc, at + v * kLanes);
    });
#pragma GCC unroll 16
    for (int v = 0; v < kRegisters; ++v) {
      if (i + kLanes <= n) {
        term(sums, v % kAcc, i);
        i += kLanes;
      } else if (i < n) {
        term(sums, v % kAcc, i, tail(n - i));
        i = n;
      }
    }
    sums.fold_registers();
#pragma GCC unroll 16
    for (int s = 0; s < kSets; ++s) fold_register<kLeft, V>(sums.r[s][0], kLanes, out[s]);
  }
  // Few registers need no other lanes: those would stay +0.
  template <int kLeft, int kSets, int kAcc, class Term>
  TESSERA_INLINE static void sum_terms(index_t n, bool far, T (&out)[kSets][kLeft], const Term& term) {
    if (n <= kLanes) {
      Sums<kSets, 1> sums;
      term(sums, 0, 0, tail(n));
#pragma GCC unroll 16
      for (int s = 0; s < kSets; ++s) fold_register<kLeft, V>(sums.r[s][0], n, out[s]);
    } else if (n <= 2 * kLanes) {
      Sums<kSets, 2> sums;
      term(sums, 0, 0);
      term(sums, 1, kLanes, tail(n - kLanes));
      sums.fold_registers();
#pragma GCC unroll 16
      for (int s = 0; s < kSets; ++s) fold_register<kLeft, V>(sums.r[s][0], kLanes, out[s]);
    } else if (!far) {
      sum_all<kLeft, kSets, kAcc, false>(n, out, term);
    } else {
      sum_far<kLeft, kSets, kAcc>(n, out, term);
    }
  }
  // Apart, so that short vectors save no registers for it.
  template <int kLeft, int kSets, int kAcc, class Term>
  [[gnu::noinline]] static void sum_far(index_t n, T (&out)[kSets][kLeft], const Term& term) {
    sum_all<kLeft, kSets, kAcc, true>(n, out, term);
  }
  template <class Term>
  TESSERA_INLINE static T sum(index_t n, bool far, const Term& term) {
    T out[1][1];
    sum_terms<1, 1, kRegisters>(n, far, out,
                                [&](auto& sums, int v, index_t i, auto... t) { sums.r[0][v] += term(i, t...); });
    return out[0][0];
  }

  static T dot(index_t n, const T* x, const T* y, bool far) {
    return sum(n, far, [=](index_t i, auto... t) { return load(x + i, t...) * load(y + i, t...); });
  }
  static T asum(index_t n, const T* x, bool far) {
    return sum(n, far, [=](index_t i, auto... t) { return abs(load(x + i, t...)); });
  }
  static T plain_sum(index_t n, const T* x, bool far) {
    return sum(n, far, [=](index_t i, auto... t) { return load(x + i, t...); });
  }
  static ComplexSums<T> dot_complex(index_t n, const T* x, const T* y, bool far) {
    T out[2][2];
    sum_terms<2, 2, kRegisters / 2>(2 * n, far, out, [=](auto& sums, int v, index_t i, auto... t) {
      const B a = load(x + i, t...), b = load(y + i, t...);
      sums.r[0][v] += a * b;
      sums.r[1][v] += a * swap_pairs(b);
    });
    return {out[0][0], out[0][1], out[1][0], out[1][1]};
  }

  // ---- sums of floats in double ------------------------------------------------------------------------------------

  using R64 = typename V64::R;
  // Sum of the products of two vectors of floats; of the squares of x, which is read once. A product of two floats is
  // exact in double, so fusing changes no bit.
  template <bool kFar, bool kSquares>
  [[gnu::noinline]] static double wide_products(index_t n, const float* x, const float* y) {
    constexpr int kWide = V64::kLanes, kAcc = kWideSumLanes / kWide;
    const auto product = [](const float* a, const float* b, R64 sum) {
      const R64 wide = V64::load_widened(a);
      return V64::fma(wide, kSquares ? wide : V64::load_widened(b), sum);
    };
    if (n <= kWide) {  // other lanes would stay +0
      T few[kLanes];
      const Tail t = tail(n);
      store(few, load(x, t));
      const R64 wide = V64::load_widened(few);
      R64 other = wide;
      if constexpr (!kSquares) {
        store(few, load(y, t));
        other = V64::load_widened(few);
      }
      double sum;
      fold_register<1, V64>(V64::fma(wide, other, V64::zero()), n, &sum);
      return sum;
    }
    R64 acc[kAcc];
#pragma GCC unroll 16
    for (int v = 0; v < kAcc; ++v) acc[v] = V64::zero();
    index_t i = for_steps<kFar>(n, [&](index_t at) {
#pragma GCC unroll 32
      for (int v = 0; v < 2 * kAcc; ++v) acc[v % kAcc] = product(x + at + v * kWide, y + at + v * kWide, acc[v % kAcc]);
    });
#pragma GCC unroll 32
    for (int v = 0; v < 2 * kAcc; v += 2) {
      if (i < n) {
        const float *px = x + i, *py = y + i;
        T last_x[kLanes], last_y[kLanes];
        if (n - i < kLanes) {
          const Tail t = tail(n - i);
          store(last_x, load(px, t));
          px = last_x;
          if constexpr (!kSquares) {
            store(last_y, load(py, t));
            py = last_y;
          }
        }
        acc[v % kAcc] = product(px, py, acc[v % kAcc]);
        acc[(v + 1) % kAcc] = product(px + kWide, py + kWide, acc[(v + 1) % kAcc]);
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

  static double dot_wide(index_t n, const T* x, const T* y, bool far) {
    if constexpr (sizeof(T) == 4) {
      return far ? wide_products<true, false>(n, x, y) : wide_products<false, false>(n, x, y);
    } else {
      return dot(n, x, y, far);
    }
  }
  static double sum_squares(index_t n, const T* x, bool far) {
    if constexpr (sizeof(T) == 4) {
      return far ? wide_products<true, true>(n, x, x) : wide_products<false, true>(n, x, x);
    } else {
      return sum(n, far, [=](index_t i, auto... t) {
        const B a = load(x + i, t...);
        return a * a;
      });
    }
  }
  static double sum_squares_scaled(index_t n, const T* x, T first_factor, T second_factor, bool far) {
    const B f = B(first_factor), s = B(second_factor);
    return sum(n, far, [=](index_t i, auto... t) {
      const B a = load(x + i, t...) * f * s;
      return a * a;
    });
  }

  // ---- the largest and the smallest --------------------------------------------------------------------------------

  // b where either is NaN: x86's instructions do that, NEON's do not.
  template <bool kMax>
  TESSERA_INLINE static B better(B a, B b) {
    if constexpr (xsimd_arch::kKeepsNan<A>) {
      return select(is_better<kMax>(a, b), a, b);
    } else {
      return kMax ? max(a, b) : min(a, b);
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
  // The best lane of a register without NaN.
  template <bool kMax>
  TESSERA_INLINE static T best_lane(B x) {
    return best_of<kMax, kLanes>(raw<V>(x));
  }
  template <bool kMax, int kN>
  TESSERA_INLINE static T best_of(typename Lanes<T, kN>::Type x) {
    if constexpr (kN == 2) {
      return is_better<kMax>(x[0], x[1]) ? x[0] : x[1];
    } else {
      return best_of_halves<kMax, kN>(x, std::make_integer_sequence<int, kN / 2>{});
    }
  }
  template <bool kMax, int kN, int... kI>
  TESSERA_INLINE static T best_of_halves(typename Lanes<T, kN>::Type x, std::integer_sequence<int, kI...>) {
    const auto a = __builtin_shufflevector(x, x, kI...), b = __builtin_shufflevector(x, x, (kN / 2 + kI)...);
    return best_of<kMax, kN / 2>(is_better<kMax>(a, b) ? a : b);
  }
  // 0, 1, 2 ...
  TESSERA_INLINE static B count_up() {
    T v[kLanes];
    for (int i = 0; i < kLanes; ++i) v[i] = static_cast<T>(i);
    return load(v);
  }
  // The first lane that equals `best`; one does.
  TESSERA_INLINE static index_t first_equal(B x, B best) {
    return static_cast<index_t>(best_lane<false>(select(x == best, count_up(), B(T(kLanes)))));
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
  template <bool kComplex, class... T1>
  TESSERA_INLINE static B magnitudes(const T* p, T1... t) {
    const B a = abs(load(p, t...));
    if constexpr (kComplex) {
      return a + swap_pairs(a);
    } else {
      return a;
    }
  }

  // Steps are compared as a whole with the best so far, and rarely hold a better one; at the end the step that did is
  // searched. Registers of positions beside the values would double the work.
  template <bool kMax, bool kComplex>
  static index_t extreme(index_t n, const T* x, bool far) {
    constexpr int kParts = kComplex ? 2 : 1, kBlock = 4 * kStep;
    const T front = magnitude<kComplex>(x);
    if (front != front) return 0;
    const index_t parts = n * kParts;
    if (parts <= kLanes) {
      // Lanes past the end become copies of the first element, which never are better.
      const B copies(front),
          inside = select(count_up() < B(static_cast<T>(parts)), magnitudes<kComplex>(x, tail(parts)), copies);
      const B all = better<kMax>(inside, copies);
      return first_equal(all, B(best_lane<kMax>(all))) / kParts;
    }

    // The best of a range of x, and the registers where it was found.
    struct Best {
      T value;
      index_t at;
    };
    // No lane of `all` is NaN.
    const auto keep = [](Best& best, B all, index_t from) {
      if (any(is_better<kMax>(all, B(best.value)))) best = {best_lane<kMax>(all), from};
    };
    // better() passes NaN over, as the value to compare with is none.
    const auto block = [=](Best& best, index_t i) {
      constexpr int kAcc = kRegisters < 4 ? kRegisters : 4;
      B acc[kAcc];
#pragma GCC unroll 16
      for (int v = 0; v < kAcc; ++v) acc[v] = better<kMax>(magnitudes<kComplex>(x + i + v * kLanes), B(best.value));
#pragma GCC unroll 64
      for (int v = kAcc; v < 4 * kRegisters; ++v)
        acc[v % kAcc] = better<kMax>(magnitudes<kComplex>(x + i + v * kLanes), acc[v % kAcc]);
#pragma GCC unroll 16
      for (int h = kAcc / 2; h >= 1; h /= 2)
        for (int v = 0; v < h; ++v) acc[v] = better<kMax>(acc[v], acc[v + h]);
      return acc[0];
    };

    Best best{front, 0};
    index_t i = 0;
    if (far) {
      // Four quarters at once, as for_steps() has them; their answers meet in order.
      const index_t quarter = parts / (4 * kBlock) * kBlock;
      Best of[4] = {best, best, best, best};
#pragma GCC unroll 1
      for (index_t j = 0; j < quarter; j += kBlock) {
#pragma GCC unroll 4
        for (int s = 0; s < 4; ++s) keep(of[s], block(of[s], s * quarter + j), s * quarter + j);
      }
      for (const Best& b : of)
        if (is_better<kMax>(b.value, best.value)) best = b;
      i = 4 * quarter;
    }
#pragma GCC unroll 1
    for (; i + kBlock <= parts; i += kBlock) keep(best, block(best, i), i);
    if (i < parts) {
      B acc(best.value);
      const index_t from = i;
#pragma GCC unroll 1
      for (; i + kLanes <= parts; i += kLanes) acc = better<kMax>(magnitudes<kComplex>(x + i), acc);
      keep(best, acc, from);
      // The last register overlaps what has been seen, which cannot be better.
      keep(best, better<kMax>(magnitudes<kComplex>(x + parts - kLanes), B(best.value)), parts - kLanes);
    }
    B found = magnitudes<kComplex>(x + best.at);
    while (!any(found == B(best.value))) {
      best.at += kLanes;
      found = magnitudes<kComplex>(x + best.at);
    }
    return (best.at + first_equal(found, B(best.value))) / kParts;
  }

  // ---- element by element ------------------------------------------------------------------------------------------

  // Calls step(width, i) for pieces of n elements: whole registers, then less and less, down to kLeast elements.
  template <int kLeast, class Step>
  TESSERA_INLINE static void for_registers(index_t n, bool far, const Step& step) {
    constexpr std::integral_constant<int, kLanes> kWhole;
    const auto block = [=](index_t at) {
#pragma GCC unroll 16
      for (int v = 0; v < kRegisters; ++v) step(kWhole, at + v * kLanes);
    };
    index_t i = 0;
    if (n >= kLanes) {
      i = far ? far_steps(n, block) : for_steps<false>(n, block);
#pragma GCC unroll 1
      for (; i + kLanes <= n; i += kLanes) step(kWhole, i);
    }
    rest<kLanes / 2, kLeast>(n, i, step);
  }
  // Apart, so that short vectors save no registers for it.
  template <class Block>
  [[gnu::noinline]] static index_t far_steps(index_t n, const Block& block) {
    return for_steps<true>(n, block);
  }
  // i is a multiple of 2 kN.
  template <int kN, int kLeast, class Step>
  TESSERA_INLINE static void rest(index_t n, index_t i, const Step& step) {
    if constexpr (kN >= kLeast) {
      if (n & kN) {
        step(std::integral_constant<int, kN>{}, i);
        i += kN;
      }
      rest<kN / 2, kLeast>(n, i, step);
    }
  }

  static void axpy(index_t n, T alpha, const T* x, T* y, bool far) {
    for_registers<1>(n, far,
                     [=](auto w, index_t i) { store<w>(y + i, load<w>(y + i) + splat<w>(alpha) * load<w>(x + i)); });
  }
  static void axpby(index_t n, T alpha, const T* x, T beta, T* y, bool far) {
    for_registers<1>(n, far, [=](auto w, index_t i) {
      store<w>(y + i, splat<w>(alpha) * load<w>(x + i) + splat<w>(beta) * load<w>(y + i));
    });
  }
  static void scal(index_t n, T alpha, T* x, bool far) {
    for_registers<1>(n, far, [=](auto w, index_t i) { store<w>(x + i, splat<w>(alpha) * load<w>(x + i)); });
  }

  // (re, im) times pairs.
  template <int kN>
  TESSERA_INLINE static Part<kN> times(T re, T im, Part<kN> x) {
    return splat<kN>(re) * x + pairs<kN>(-im, im) * swap_pairs<kN>(x);
  }
  static void axpy_complex(index_t n, T re, T im, const T* x, T* y, bool far) {
    for_registers<2>(2 * n, far,
                     [=](auto w, index_t i) { store<w>(y + i, load<w>(y + i) + times<w>(re, im, load<w>(x + i))); });
  }
  static void axpby_complex(index_t n, T re, T im, const T* x, T beta_re, T beta_im, T* y, bool far) {
    for_registers<2>(2 * n, far, [=](auto w, index_t i) {
      store<w>(y + i, times<w>(re, im, load<w>(x + i)) + times<w>(beta_re, beta_im, load<w>(y + i)));
    });
  }
  static void scal_complex(index_t n, T re, T im, T* x, bool far) {
    for_registers<2>(2 * n, far, [=](auto w, index_t i) { store<w>(x + i, times<w>(re, im, load<w>(x + i))); });
  }

  static void copy(index_t n, const T* x, T* y, bool far) {
    for_registers<1>(n, far, [=](auto w, index_t i) { store<w>(y + i, load<w>(x + i)); });
  }
  static void swap(index_t n, T* x, T* y, bool far) {
    for_registers<1>(n, far, [=](auto w, index_t i) {
      const auto a = load<w>(x + i), b = load<w>(y + i);
      store<w>(x + i, b);
      store<w>(y + i, a);
    });
  }
  static void rotate(index_t n, T* x, T* y, T h11, T h12, T h21, T h22, bool far) {
    for_registers<1>(n, far, [=](auto w, index_t i) {
      const auto a = load<w>(x + i), b = load<w>(y + i);
      store<w>(x + i, splat<w>(h11) * a + splat<w>(h12) * b);
      store<w>(y + i, splat<w>(h21) * a + splat<w>(h22) * b);
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
