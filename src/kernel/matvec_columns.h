// The matrix-vector kernels: one template for every ISA and element type. Contract: kernel/matvec_contract.h.
//
// V is a register wrapper (base/simd/). A *line* is 64 bytes of a column, whatever the width of a register: so the
// virtual lanes of a sum are the same on every ISA. Lines, factors and accumulators are indexed by constants only
// (each()): a run-time index would put them in memory.
#pragma once

#include <type_traits>
#include <utility>

#include "kernel/matvec_contract.h"

namespace tessera::kernel {

#define TESSERA_INLINE [[gnu::always_inline]] inline
#define TESSERA_FLAT __attribute__((always_inline))  // of a lambda

template <class V, bool kComplex>
struct Columns {
  using T = typename V::T;
  using R = typename V::R;
  static constexpr int kPer = kComplex ? 2 : 1;  // reals in an element
  static constexpr int kLane = V::kLanes;
  static constexpr int kLineReals = 64 / static_cast<int>(sizeof(T));
  static constexpr int kRegs = kLineReals / kLane;
  static_assert(kRegs == 1 || kRegs == 2 || kRegs == 4);
  static constexpr index_t kRows = kLineReals / kPer;  // elements in a line
  static constexpr int kGroup = kMatvecGroup, kRagged = kMatvecRagged;

  // Columns that a loop works on at once: as many as registers hold of its accumulators and factors. Two lines of sums
  // hide the latency of one fused multiply-add for one column; eight columns do it alone.
  static constexpr int at_most(int registers_each, int cap) {
    int w = cap;
    while (w > 1 && w * registers_each + 4 > V::kRegisters) w /= 2;
    return w;
  }
  static constexpr int kAxpyWidth = at_most(kPer, kGroup);
  static constexpr int kDotWidth = at_most(kPer * kRegs, kGroup);
  static constexpr int kRankLines = at_most(kRegs, 4);
  static constexpr int kBothWidth = at_most(kPer * (kRegs + 1), kGroup);
  static constexpr int kBlockLines = at_most(kRegs, 8);
  // Up to 64 KiB are read from L1 and L2 as fast in any order.
  static constexpr index_t kBlockElements = 65536 / static_cast<index_t>(sizeof(T)) / kPer;

  template <int kI>
  struct Index {
    static constexpr int value = kI;
  };
  template <class F, int... kI>
  TESSERA_INLINE static void each_of(F&& f, std::integer_sequence<int, kI...>) {
    (f(Index<kI>{}), ...);
  }
  template <int kN, class F>
  TESSERA_INLINE static void each(F&& f) {
    each_of(f, std::make_integer_sequence<int, kN>{});
  }

  // ---- elements

  struct Pair {
    T re, im;
  };
  using E = std::conditional_t<kComplex, Pair, T>;

  TESSERA_INLINE static T fma(T a, T b, T c) {
    if constexpr (!V::kFused) {
      return a * b + c;
    } else if constexpr (sizeof(T) == 4) {
      return __builtin_fmaf(a, b, c);
    } else {
      return __builtin_fma(a, b, c);
    }
  }
  TESSERA_INLINE static E zero() { return E{}; }
  TESSERA_INLINE static bool is_zero(E x) {
    if constexpr (kComplex) {
      return x.re == 0 && x.im == 0;
    } else {
      return x == 0;
    }
  }
  TESSERA_INLINE static E negated(E x) {
    if constexpr (kComplex) {
      return {-x.re, -x.im};
    } else {
      return -x;
    }
  }
  TESSERA_INLINE static E conjugated(E x) {
    if constexpr (kComplex) {
      return {x.re, -x.im};
    } else {
      return x;
    }
  }
  TESSERA_INLINE static E conjugated(bool yes, E x) { return kComplex && yes ? conjugated(x) : x; }
  // c + a * t, in the order of the contract.
  TESSERA_INLINE static E fma(E a, E t, E c)
    requires kComplex
  {
    return {fma(a.im, -t.im, fma(a.re, t.re, c.re)), fma(a.re, t.im, fma(a.im, t.re, c.im))};
  }
  // Of complex numbers the second products are fused: g++ 12 would do so by itself in one part out of two, whatever
  // -ffp-contract says (vfmaddsub).
  TESSERA_INLINE static E product(E a, E t) {
    if constexpr (kComplex) {
      return {fma(a.im, -t.im, a.re * t.re), fma(a.re, t.im, a.im * t.re)};
    } else {
      return a * t;
    }
  }
  // The larger part of the divisor is divided by, so that no square overflows.
  TESSERA_INLINE static E quotient(E a, E b) {
    if constexpr (kComplex) {
      const T re = b.re < 0 ? -b.re : b.re, im = b.im < 0 ? -b.im : b.im;
      if (re >= im) {
        const T r = b.im / b.re, d = b.re + b.im * r;
        return {(a.re + a.im * r) / d, (a.im - a.re * r) / d};
      }
      const T r = b.re / b.im, d = b.im + b.re * r;
      return {(a.re * r + a.im) / d, (a.im * r - a.re) / d};
    } else {
      return a / b;
    }
  }

  // ---- lines

  struct Line {
    R r[kRegs];
  };
  TESSERA_INLINE static Line zero_line() {
    Line x;
    each<kRegs>([&](auto k) TESSERA_FLAT { x.r[k.value] = V::zero(); });
    return x;
  }
  struct Whole {
    TESSERA_INLINE Line load(const T* p) const {
      Line x;
      each<kRegs>([&](auto k) TESSERA_FLAT { x.r[k.value] = V::load(p + k.value * kLane); });
      return x;
    }
    TESSERA_INLINE void store(T* p, const Line& x) const {
      each<kRegs>([&](auto k) TESSERA_FLAT { V::store(p + k.value * kLane, x.r[k.value]); });
    }
  };
  // The first elements of a line; the others are 0 when loaded. Lines of many registers go through memory: as many
  // partial registers would be a multiple of the code.
  struct PartInRegisters {
    typename V::Tail tail[kRegs];
    TESSERA_INLINE explicit PartInRegisters(index_t elements) {
      const int n = static_cast<int>(elements) * kPer;
      each<kRegs>([&](auto k) TESSERA_FLAT {
        const int left = n - k.value * kLane;
        tail[k.value] = V::tail(left < 0 ? 0 : left < kLane ? left : kLane);
      });
    }
    TESSERA_INLINE Line load(const T* p) const {
      Line x;
      each<kRegs>([&](auto k) TESSERA_FLAT { x.r[k.value] = V::load(p + k.value * kLane, tail[k.value]); });
      return x;
    }
    TESSERA_INLINE void store(T* p, const Line& x) const {
      each<kRegs>([&](auto k) TESSERA_FLAT { V::store(p + k.value * kLane, x.r[k.value], tail[k.value]); });
    }
  };
  struct PartInMemory {
    index_t n;
    TESSERA_INLINE explicit PartInMemory(index_t elements) : n(elements * kPer) {}
    TESSERA_INLINE Line load(const T* p) const {
      T v[kLineReals] = {};
#pragma GCC unroll 1
      for (index_t i = 0; i < n; ++i) v[i] = p[i];
      return Whole{}.load(v);
    }
    TESSERA_INLINE void store(T* p, const Line& x) const {
      T v[kLineReals];
      Whole{}.store(v, x);
#pragma GCC unroll 1
      for (index_t i = 0; i < n; ++i) p[i] = v[i];
    }
  };
  using Part = std::conditional_t<(kRegs > 2), PartInMemory, PartInRegisters>;

  // An element in all places of a register, ready to be multiplied by.
  struct Factor {
    R re, im;  // im: (-im, im, -im, im ...), with by_rows_: re: (re, im ...), im: (-im, re ...)
  };
  TESSERA_INLINE static R pairs(T even, T odd) {
    T x[kLane];
    each<kLane>([&](auto k) TESSERA_FLAT { x[k.value] = k.value % 2 ? odd : even; });
    return V::load(x);
  }
  template <bool kByRows = false>
  TESSERA_INLINE static Factor factor(E t) {
    if constexpr (!kComplex) {
      return {V::set1(t), R{}};
    } else if constexpr (kByRows) {
      return {pairs(t.re, t.im), pairs(-t.im, t.re)};
    } else {
      return {V::set1(t.re), pairs(-t.im, t.im)};
    }
  }
  // c + a * t
  template <bool kByRows = false>
  TESSERA_INLINE static Line fma(const Line& a, const Factor& t, const Line& c) {
    Line x;
    each<kRegs>([&](auto k) TESSERA_FLAT {
      constexpr int i = k.value;
      if constexpr (!kComplex) {
        x.r[i] = V::fma(a.r[i], t.re, c.r[i]);
      } else if constexpr (kByRows) {
        x.r[i] = V::fma(V::dup_odd(a.r[i]), t.im, V::fma(V::dup_even(a.r[i]), t.re, c.r[i]));
      } else {
        x.r[i] = V::fma(V::swap_pairs(a.r[i]), t.im, V::fma(a.r[i], t.re, c.r[i]));
      }
    });
    return x;
  }
  // a * t, every product and sum rounded; a real t multiplies the parts.
  TESSERA_INLINE static Line scaled(const Line& a, const Factor& t, bool real) {
    Line x;
    each<kRegs>([&](auto k) TESSERA_FLAT {
      constexpr int i = k.value;
      x.r[i] = V::mul(a.r[i], t.re);
      if constexpr (kComplex) {
        if (!real) x.r[i] = V::add(x.r[i], V::mul(V::swap_pairs(a.r[i]), t.im));
      }
    });
    return x;
  }

  // The sums of products in progress: lanes, and for complex elements of the other two products.
  struct Sums {
    Line same, crossed;
  };
  TESSERA_INLINE static void start(Sums& s) {
    s.same = zero_line();
    if constexpr (kComplex) s.crossed = zero_line();
  }
  TESSERA_INLINE static void add(Sums& s, const Line& a, const Line& x) {
    each<kRegs>([&](auto k) TESSERA_FLAT {
      constexpr int i = k.value;
      s.same.r[i] = V::fma(a.r[i], x.r[i], s.same.r[i]);
      if constexpr (kComplex) s.crossed.r[i] = V::fma(V::swap_pairs(a.r[i]), x.r[i], s.crossed.r[i]);
    });
  }
  // Halves on halves, down to one element.
  TESSERA_INLINE static E fold(Line line) {
    if constexpr (kRegs == 4) {
      line.r[0] = V::add(line.r[0], line.r[2]);
      line.r[1] = V::add(line.r[1], line.r[3]);
    }
    if constexpr (kRegs > 1) line.r[0] = V::add(line.r[0], line.r[1]);
    T v[2];
    V::fold(line.r[0], v);
    if constexpr (kComplex) {
      return {v[0], v[1]};
    } else {
      return v[0] + v[1];
    }
  }
  // values of kW sums, four at once where the registers have instructions for it.
  template <int kW>
  TESSERA_INLINE static void values(const Sums (&s)[kW], bool conjugate, E* out) {
    if constexpr (!kComplex && kW % 4 == 0 && kRegs < 4 && requires(R r, T* p) { V::fold_four(r, r, r, r, p); }) {
      each<kW / 4>([&](auto k) TESSERA_FLAT {
        R r[4];
        each<4>([&](auto w) TESSERA_FLAT {
          const Line& line = s[4 * k.value + w.value].same;
          r[w.value] = line.r[0];
          if constexpr (kRegs == 2) r[w.value] = V::add(line.r[0], line.r[1]);
        });
        V::fold_four(r[0], r[1], r[2], r[3], out + 4 * k.value);
      });
    } else {
      each<kW>([&](auto w) TESSERA_FLAT { out[w.value] = value(s[w.value], conjugate); });
    }
  }
  TESSERA_INLINE static E value(const Sums& s, bool conjugate) {
    const E same = fold(s.same);
    if constexpr (kComplex) {
      const E crossed = fold(s.crossed);  // (ai xr, ar xi)
      if (conjugate) return {same.re + same.im, crossed.im - crossed.re};
      return {same.re - same.im, crossed.im + crossed.re};
    } else {
      return same;
    }
  }

  // ---- columns

  TESSERA_INLINE static index_t larger(index_t a, index_t b) { return a > b ? a : b; }
  TESSERA_INLINE static index_t smaller(index_t a, index_t b) { return a < b ? a : b; }

  // Neighbouring columns of a window. Numbers of which everything else is computed: tables of pointers and rows,
  // written element by element and read by registers, would stall every group.
  struct Group {
    T* p;                         // where the window's first row of column 0 would lie
    index_t stride, stride_step;  // in reals
    index_t lo, lo_step, lo_min;  // column w has the window's rows max(lo + w * lo_step, lo_min) and up,
    index_t hi, hi_step, hi_max;  // below min(hi + w * hi_step, hi_max)
    int width;
    bool ragged;  // columns of a view that do not all have the same rows

    TESSERA_INLINE T* column(int w) const { return p + (w * stride + w * (w - 1) / 2 * stride_step); }
    TESSERA_INLINE index_t first(int w) const { return larger(lo + w * lo_step, lo_min); }
    TESSERA_INLINE index_t last(int w) const { return larger(smaller(hi + w * hi_step, hi_max), first(w)); }
    TESSERA_INLINE index_t common_first() const { return first(width - 1); }
    TESSERA_INLINE index_t common_last() const { return larger(smaller(hi, hi_max), lo_min); }
    // Whole, as ragged as its view, and no window cuts its slanting ends.
    TESSERA_INLINE bool plain() const {
      return width == kRagged && common_first() <= common_last() && lo >= lo_min &&
             hi + (width - 1) * hi_step <= hi_max;
    }
    // Its rows above `to`, where its columns reach that far; those from `from` on, where they all have begun.
    TESSERA_INLINE Group above(index_t to) const {
      Group q = *this;
      q.hi = to;
      q.hi_step = 0;
      return q;
    }
    TESSERA_INLINE Group below(index_t from) const {
      Group q = *this;
      q.lo = from;
      q.lo_step = 0;
      return q;
    }
    // Column w alone.
    TESSERA_INLINE Group only(int w) const {
      Group q = *this;
      q.p = column(w);
      q.lo = first(w);
      q.hi = last(w);
      q.lo_step = q.hi_step = 0;
      q.width = 1;
      q.ragged = false;
      return q;
    }
  };
  TESSERA_INLINE static Group group(const MatvecArgs& g, index_t j, int width) {
    const ColumnView& v = *g.view;
    Group q;
    q.p = static_cast<T*>(v.a) + kPer * (j * v.stride + j * (j - 1) / 2 * v.stride_step + g.r0);
    q.stride = kPer * (v.stride + j * v.stride_step);
    q.stride_step = kPer * v.stride_step;
    q.lo = v.lo + j * v.lo_step - g.r0;
    q.lo_step = v.lo_step;
    q.lo_min = 0;
    q.hi = v.hi + j * v.hi_step - g.r0;
    q.hi_step = v.hi_step;
    q.hi_max = g.r1 - g.r0;
    q.width = width;
    q.ragged = v.lo_step || v.hi_step;
    return q;
  }
  TESSERA_INLINE static E* element(T* p, index_t i) { return reinterpret_cast<E*>(p + kPer * i); }
  TESSERA_INLINE static const E* element(const T* p, index_t i) { return reinterpret_cast<const E*>(p + kPer * i); }

  template <class F>
  TESSERA_INLINE static void for_groups(const MatvecArgs& g, F&& f) {
    const int most = g.view->lo_step || g.view->hi_step ? kRagged : kGroup;
    for (index_t j = g.j0; j < g.j1; j += most) {
      const Group q = group(g, j, static_cast<int>(smaller(most, g.j1 - j)));
      f(q, j - g.j0);
    }
  }

  // Applies an operation to a group: `lines` to whole lines that all columns have, at most kWidth columns at once, then
  // `rows` to what only some have. Lines of ragged groups lie at multiples of their length in the window: a line that
  // overlapped two of the group before would wait for both their stores to leave the core.
  template <int kWidth, class Op>
  TESSERA_INLINE static void apply(Op& op, const Group& q) {
    const index_t last = q.common_last();
    if (!q.ragged) return widths<kWidth>(op, q, 0, q.common_first(), larger(q.common_first(), last));
    const index_t first = (q.common_first() + kRows - 1) / kRows * kRows;
    const bool lines = last - first >= kRows;
    if (lines)
      widths<kWidth>(op, q, 0, first, last);
    else
      op.clear(q.width);
    const index_t singly = lines ? first : larger(q.common_first(), last);
    if (q.plain()) return slanted(op, q, singly);
    some_rows(op, q, q.first(0), singly);
    some_rows(op, q, larger(singly, last), q.last(q.width - 1));
  }
  // What is not in lines of a group that is plain: rows of which column after column is one, down to `end` rows that
  // all have, rows of which column after column ends.
  template <class Op>
  TESSERA_INLINE static void slanted(Op& op, const Group& q, index_t end) {
    typename Op::Rows r(op, q);
    if (q.lo_step) {
      each<kRagged - 1>([&](auto k) TESSERA_FLAT {
        r.begin(q.lo + k.value);
        each<k.value + 1>([&](auto w) TESSERA_FLAT { r.add(w, q.lo + k.value); });
        r.end(q.lo + k.value);
      });
    }
    for (index_t i = q.common_first(); i < end; ++i) {
      r.begin(i);
      each<kRagged>([&](auto w) TESSERA_FLAT { r.add(w, i); });
      r.end(i);
    }
    if (q.hi_step) {
      each<kRagged - 1>([&](auto k) TESSERA_FLAT {
        r.begin(q.hi + k.value);
        each<kRagged - 1 - k.value>([&](auto w)
                                        TESSERA_FLAT { r.add(Index<w.value + k.value + 1>{}, q.hi + k.value); });
        r.end(q.hi + k.value);
      });
    }
    r.finish(q);
  }
  // The elements that any group has in some of its rows.
  template <class Op>
  [[gnu::noinline]] static void some_rows(Op& op, const Group& q, index_t begin, index_t end) {
    end = smaller(end, q.hi_max);
    if (begin >= end) return;
    typename Op::Rows r(op, q);
    index_t first[kRagged], last[kRagged];
    each<kRagged>([&](auto w) TESSERA_FLAT {
      first[w.value] = q.first(w.value);
      last[w.value] = w.value < q.width ? q.last(w.value) : first[w.value];
    });
    for (index_t i = begin; i < end; ++i) {
      r.begin(i);
      each<kRagged>([&](auto w) TESSERA_FLAT {
        if (i >= first[w.value] && i < last[w.value]) r.add(w, i);
      });
      r.end(i);
    }
    r.finish(q);
  }
  template <int kWidth, class Op>
  TESSERA_INLINE static void widths(Op& op, const Group& q, int w, index_t lo, index_t hi) {
    for (; w + kWidth <= q.width; w += kWidth) op.template lines<kWidth>(q, w, lo, hi);
    if constexpr (kWidth > 1) widths<kWidth / 2>(op, q, w, lo, hi);
  }

  // Lines of rows lo..hi: step(whole or part, offset in reals).
  template <class F>
  TESSERA_INLINE static void for_lines(index_t lo, index_t hi, F&& step) {
    index_t i = lo;
    for (; i + kRows <= hi; i += kRows) step(Whole{}, kPer * i);
    if (i < hi) step(Part(hi - i), kPer * i);
  }

  // ---- narrow bands

  // Of so few rows no four columns have a line in common.
  TESSERA_INLINE static bool narrow(const ColumnView& v) {
    return v.lo_step && v.hi_step && v.hi - v.lo < kRows + kRagged - 1;
  }
  // Chains beat groups in products of triangles up to this height.
  static constexpr index_t kNarrowTriangle = 24;
  // Chains along a band: for k = 0 .. n - 1 put(k, value), the value being start(k) and then the terms
  // d = max(0, skipped - k) .. min(height, reach - k) - 1: a(k * next + d * step) * v((k + d) * kDir). Four at once,
  // none put before the last of them is complete.
  template <int kDir, class Start, class Put>
  TESSERA_INLINE static void chains(const E* a, index_t next, index_t step, const E* v, bool conjugate, index_t n,
                                    index_t height, index_t skipped, index_t reach, Start&& start, Put&& put) {
    index_t k = 0;
    while (k < n) {
      const E* const p = a + k * next;
      if (k >= skipped && k + 4 <= n && k + 3 + height <= reach) {
        E c[4];
        each<4>([&](auto r) TESSERA_FLAT { c[r.value] = start(k + r.value); });
        for (index_t d = 0; d < height; ++d) {
          each<4>([&](auto r) TESSERA_FLAT {
            c[r.value] =
                fma(conjugated(conjugate, p[r.value * next + d * step]), v[(k + r.value + d) * kDir], c[r.value]);
          });
        }
        each<4>([&](auto r) TESSERA_FLAT { put(k + r.value, c[r.value]); });
        k += 4;
      } else {
        E c = start(k);
        for (index_t d = larger(0, skipped - k); d < smaller(height, reach - k); ++d)
          c = fma(conjugated(conjugate, p[d * step]), v[(k + d) * kDir], c);
        put(k, c);
        ++k;
      }
    }
  }
  TESSERA_INLINE static const E* at(const ColumnView& v, index_t i, index_t j) {
    return static_cast<const E*>(v.a) + (j * v.stride + i);
  }
  // y += A t: a row's columns are i - hi + 1 .. i - lo.
  [[gnu::noinline]] static void add_narrow(const MatvecArgs& g, E* y, const E* t) {
    const ColumnView& v = *g.view;
    const index_t begin = larger(g.r0, v.lo + g.j0), end = smaller(g.r1, v.hi + g.j1 - 1), first = begin - v.hi + 1;
    E* const out = y + (begin - g.r0);
    chains<1>(
        at(v, begin, first), v.stride + 1, v.stride, t + (first - g.j0), false, end - begin, v.hi - v.lo, g.j0 - first,
        g.j1 - first, [&](index_t k) TESSERA_FLAT { return out[k]; }, [&](index_t k, E c) TESSERA_FLAT { out[k] = c; });
  }
  // put(j - j0, sum over i of a(i, j) x(i))
  template <class Put>
  TESSERA_INLINE static void sum_narrow(const MatvecArgs& g, Put&& put) {
    const ColumnView& v = *g.view;
    const index_t first = v.lo + g.j0;
    chains<1>(
        at(v, first, g.j0), v.stride + 1, 1, static_cast<const E*>(g.x) + (first - g.r0), g.conjugate, g.j1 - g.j0,
        v.hi - v.lo, g.r0 - first, g.r1 - first, [&](index_t) TESSERA_FLAT { return zero(); }, put);
  }
  // y := A y or A^T y of a diagonal block, from the row that nobody needs any more on.
  template <bool kUpper, bool kTransposed>
  [[gnu::noinline]] static void multiply_narrow(const MatvecArgs& g) {
    constexpr int kDir = kUpper != kTransposed ? 1 : -1;
    const ColumnView& v = *g.view;
    const index_t n = g.j1 - g.j0, first = kDir > 0 ? g.j0 : g.j1 - 1;
    E* const y = static_cast<E*>(g.y) + (first - g.j0);
    const E* const d = at(v, first, first);
    const index_t next = kDir * (v.stride + 1), step = kDir * (kTransposed ? 1 : v.stride);
    chains<kDir>(
        d + step, next, step, y + kDir, kTransposed && g.conjugate, n, v.hi - v.lo - 1, 0, n - 1,
        [&](index_t k) TESSERA_FLAT {
          const E x = y[k * kDir];
          return g.unit ? x : product(conjugated(kTransposed && g.conjugate, d[k * next]), x);
        },
        [&](index_t k, E c) TESSERA_FLAT { y[k * kDir] = c; });
  }

  // ---- operations

  template <bool kByRows, bool kScaled>
  struct Axpy {
    T* y;
    const E* t;  // of the group's first column
    const Factor* alpha;
    bool real_alpha;

    template <int kW>
    TESSERA_INLINE void lines(const Group& q, int w0, index_t lo, index_t hi) const {
      Factor f[kW];
      const T* p[kW];
      each<kW>([&](auto w) TESSERA_FLAT {
        f[w.value] = factor<kByRows>(t[w0 + w.value]);
        p[w.value] = q.column(w0 + w.value);
      });
      T* const out = y;
      Factor scale{};
      if constexpr (kScaled) scale = *alpha;
      const bool real = real_alpha;
      for_lines(lo, hi, [&](auto part, index_t at) TESSERA_FLAT {
        Line sum = part.load(out + at);
        each<kW>([&](auto w) TESSERA_FLAT {
          Line a = part.load(p[w.value] + at);
          if constexpr (kScaled) a = scaled(a, scale, real);
          sum = fma<kByRows>(a, f[w.value], sum);
        });
        part.store(out + at, sum);
      });
    }
    TESSERA_INLINE void clear(int) const {}
    struct Rows {
      const E* a[kRagged];
      E f[kRagged], sum;
      E* out;
      TESSERA_INLINE Rows(const Axpy& op, const Group& q) : out(element(op.y, 0)) {
        each<kRagged>([&](auto w) TESSERA_FLAT {
          const int i = w.value < q.width ? w.value : 0;
          a[w.value] = element(static_cast<const T*>(q.column(i)), 0);
          f[w.value] = op.t[i];
        });
      }
      TESSERA_INLINE void begin(index_t i) { sum = out[i]; }
      template <class W>
      TESSERA_INLINE void add(W, index_t i) {
        sum = fma(a[W::value][i], f[W::value], sum);
      }
      TESSERA_INLINE void end(index_t i) const { out[i] = sum; }
      TESSERA_INLINE void finish(const Group&) const {}
    };
  };

  template <bool kByRows, bool kScaled>
  TESSERA_INLINE static void axpy_group(Axpy<kByRows, kScaled>& op, const Group& q, bool skip_zeros) {
    if (skip_zeros) {
      bool any = false;
      for (int w = 0; w < q.width; ++w) any |= is_zero(op.t[w]);
      if (any) {
        const E* const t = op.t;
        for (int w = 0; w < q.width; ++w) {
          if (is_zero(t[w])) continue;
          op.t = t + w;
          apply<1>(op, q.only(w));
        }
        return;
      }
    }
    apply<kAxpyWidth>(op, q);
  }

  // y := beta * y
  static void scale(T* y, index_t rows, const E* beta) {
    if (is_zero(*beta)) {
      for_lines(0, rows, [&](auto part, index_t at) TESSERA_FLAT { part.store(y + at, zero_line()); });
      return;
    }
    const Factor f = factor(*beta);
    const bool real = real_only(*beta);
    for_lines(0, rows,
              [&](auto part, index_t at) TESSERA_FLAT { part.store(y + at, scaled(part.load(y + at), f, real)); });
  }
  TESSERA_INLINE static bool real_only(E x) {
    if constexpr (kComplex) {
      return x.im == 0;
    } else {
      return true;
    }
  }

  // What a matrix that stays in a cache is added with: some lines of y in registers while all columns pass.
  template <bool kByRows, bool kScaled>
  struct Block {
    const T* a;  // row 0 of column 0
    index_t stride, columns;
    const E* t;
    const E* beta;
    Factor alpha;
    bool real_alpha;

    // kL lines, the last of them as `last` says.
    template <int kL, class Last>
    TESSERA_INLINE void lines(T* y, index_t at, const Last& last) const {
      const auto load = [&](const T* p, auto k) TESSERA_FLAT {
        if constexpr (k.value + 1 == kL) {
          return last.load(p + k.value * kLineReals);
        } else {
          return Whole{}.load(p + k.value * kLineReals);
        }
      };
      Line sum[kL];
      if (beta == nullptr) {
        each<kL>([&](auto k) TESSERA_FLAT { sum[k.value] = load(y + at, k); });
      } else if (is_zero(*beta)) {
        each<kL>([&](auto k) TESSERA_FLAT { sum[k.value] = zero_line(); });
      } else {
        const Factor f = factor(*beta);
        const bool real = real_only(*beta);
        each<kL>([&](auto k) TESSERA_FLAT { sum[k.value] = scaled(load(y + at, k), f, real); });
      }
      const T* p = a + at;
      for (index_t j = 0; j < columns; ++j, p += stride) {
        const Factor f = factor<kByRows>(t[j]);
        each<kL>([&](auto k) TESSERA_FLAT {
          Line v = load(p, k);
          if constexpr (kScaled) v = scaled(v, alpha, real_alpha);
          sum[k.value] = fma<kByRows>(v, f, sum[k.value]);
        });
      }
      each<kL - 1>([&](auto k) TESSERA_FLAT { Whole{}.store(y + at + k.value * kLineReals, sum[k.value]); });
      last.store(y + at + (kL - 1) * kLineReals, sum[kL - 1]);
    }
    template <int kL>
    TESSERA_INLINE void rest(T* y, index_t at, index_t rows) const {
      if constexpr (kL > 1) {
        if (rows <= (kL - 1) * kRows) return rest<kL - 1>(y, at, rows);
      }
      const index_t left = rows - (kL - 1) * kRows;
      if constexpr (!V::kMaskedLoadIsFree) {
        if (left == kRows) return lines<kL>(y, at, Whole{});
      }
      lines<kL>(y, at, Part(left));
    }
    TESSERA_INLINE void run(T* y, index_t rows) const {
      index_t i = 0;
      for (; i + kBlockLines * kRows <= rows; i += kBlockLines * kRows) lines<kBlockLines>(y, kPer * i, Whole{});
      if (i < rows) rest<kBlockLines>(y, kPer * i, rows - i);
    }
  };

  template <bool kByRows, bool kScaled>
  static void axpy_loop(const MatvecArgs& g) {
    T* const y = static_cast<T*>(g.y);
    const E *const t = static_cast<const E*>(g.t), *const beta = static_cast<const E*>(g.beta);
    const index_t rows = g.r1 - g.r0, columns = g.j1 - g.j0;
    Factor alpha{};
    bool real_alpha = true;
    if constexpr (kScaled) {
      const E value = *static_cast<const E*>(g.alpha);
      alpha = factor(value);
      real_alpha = real_only(value);
    }
    const bool whole =
        !g.view->lo_step && !g.view->hi_step && !g.view->stride_step && g.view->lo <= g.r0 && g.view->hi >= g.r1;
    if (whole && rows * columns <= kBlockElements && !(g.skip_zeros && has_zero(t, columns))) {
      const Block<kByRows, kScaled> block{static_cast<const T*>(g.view->a) + kPer * (g.j0 * g.view->stride + g.r0),
                                          kPer * g.view->stride,
                                          columns,
                                          t,
                                          beta,
                                          alpha,
                                          real_alpha};
      return block.run(y, rows);
    }
    if (beta) scale(y, rows, beta);
    if constexpr (!kByRows && !kScaled) {
      if (narrow(*g.view) && !(g.skip_zeros && has_zero(t, columns))) return add_narrow(g, element(y, 0), t);
    }
    Axpy<kByRows, kScaled> op{y, nullptr, &alpha, real_alpha};
    for_groups(g, [&](const Group& q, index_t j) TESSERA_FLAT {
      op.t = t + j;
      axpy_group(op, q, g.skip_zeros);
    });
  }
  TESSERA_INLINE static bool has_zero(const E* t, index_t n) {
    bool any = false;
    for (index_t j = 0; j < n; ++j) any |= is_zero(t[j]);
    return any;
  }
  static void axpy(const MatvecArgs& g) {
    if constexpr (kComplex) {
      if (g.by_rows) return g.alpha ? axpy_loop<true, true>(g) : axpy_loop<true, false>(g);
    }
    return g.alpha ? axpy_loop<false, true>(g) : axpy_loop<false, false>(g);
  }

  struct Dot {
    const T* x;
    E* s;  // of the group's first column
    bool conjugate;

    template <int kW>
    TESSERA_INLINE void lines(const Group& q, int w0, index_t lo, index_t hi) const {
      Sums sums[kW];
      const T* p[kW];
      each<kW>([&](auto w) TESSERA_FLAT {
        start(sums[w.value]);
        p[w.value] = q.column(w0 + w.value);
      });
      const T* const in = x;
      for_lines(lo, hi, [&](auto part, index_t at) TESSERA_FLAT {
        const Line v = part.load(in + at);
        each<kW>([&](auto w) TESSERA_FLAT { add(sums[w.value], part.load(p[w.value] + at), v); });
      });
      values(sums, conjugate, s + w0);
    }
    TESSERA_INLINE void clear(int width) const {
      for (int w = 0; w < width; ++w) s[w] = zero();
    }
    struct Rows {
      const E* a[kRagged];
      E sums[kRagged];
      const E* in;
      E* s;
      bool conjugate;
      TESSERA_INLINE Rows(const Dot& op, const Group& q) : in(element(op.x, 0)), s(op.s), conjugate(op.conjugate) {
        each<kRagged>([&](auto w) TESSERA_FLAT {
          const int i = w.value < q.width ? w.value : 0;
          a[w.value] = element(static_cast<const T*>(q.column(i)), 0);
          sums[w.value] = s[i];
        });
      }
      TESSERA_INLINE void begin(index_t) const {}
      template <class W>
      TESSERA_INLINE void add(W, index_t i) {
        sums[W::value] = fma(conjugated(conjugate, a[W::value][i]), in[i], sums[W::value]);
      }
      TESSERA_INLINE void end(index_t) const {}
      TESSERA_INLINE void finish(const Group& q) const {
        each<kRagged>([&](auto w) TESSERA_FLAT {
          if (w.value < q.width) s[w.value] = sums[w.value];
        });
      }
    };
  };
  static void dot(const MatvecArgs& g) {
    Dot op{static_cast<const T*>(g.x), nullptr, g.conjugate};
    E* const s = static_cast<E*>(g.s);
    const E *const alpha = static_cast<const E*>(g.alpha), *const beta = static_cast<const E*>(g.beta);
    const auto put = [&](index_t j, E v) TESSERA_FLAT {
      s[j] = alpha ? fma(*alpha, v, beta && !is_zero(*beta) ? multiple(*beta, s[j]) : zero()) : v;
    };
    if (narrow(*g.view)) return sum_narrow(g, put);
    for_groups(g, [&](const Group& q, index_t j) TESSERA_FLAT {
      E sums[kGroup];
      op.s = alpha ? sums : s + j;
      apply<kDotWidth>(op, q);
      if (!alpha) return;
      for (int w = 0; w < q.width; ++w) put(j + w, sums[w]);
    });
  }
  // beta * s, parts by themselves where beta is real.
  TESSERA_INLINE static E multiple(E beta, E s) {
    if constexpr (kComplex) {
      if (beta.im == 0) return {beta.re * s.re, beta.re * s.im};
    }
    return product(beta, s);
  }

  struct Both {
    const T* x;
    T* y;
    const E* t;
    E* s;
    bool conjugate;

    template <int kW>
    TESSERA_INLINE void lines(const Group& q, int w0, index_t lo, index_t hi) const {
      Sums sums[kW];
      Factor f[kW];
      const T* p[kW];
      each<kW>([&](auto w) TESSERA_FLAT {
        start(sums[w.value]);
        f[w.value] = factor(t[w0 + w.value]);
        p[w.value] = q.column(w0 + w.value);
      });
      const T* const in = x;
      T* const out = y;
      for_lines(lo, hi, [&](auto part, index_t at) TESSERA_FLAT {
        const Line v = part.load(in + at);
        Line sum = part.load(out + at);
        each<kW>([&](auto w) TESSERA_FLAT {
          const Line a = part.load(p[w.value] + at);
          sum = fma(a, f[w.value], sum);
          add(sums[w.value], a, v);
        });
        part.store(out + at, sum);
      });
      values(sums, conjugate, s + w0);
    }
    TESSERA_INLINE void clear(int width) const {
      for (int w = 0; w < width; ++w) s[w] = zero();
    }
    struct Rows {
      const E* a[kRagged];
      E f[kRagged], sums[kRagged], sum;
      const E* in;
      E *out, *s;
      bool conjugate;
      TESSERA_INLINE Rows(const Both& op, const Group& q)
          : in(element(op.x, 0)), out(element(op.y, 0)), s(op.s), conjugate(op.conjugate) {
        each<kRagged>([&](auto w) TESSERA_FLAT {
          const int i = w.value < q.width ? w.value : 0;
          a[w.value] = element(static_cast<const T*>(q.column(i)), 0);
          f[w.value] = op.t[i];
          sums[w.value] = s[i];
        });
      }
      TESSERA_INLINE void begin(index_t i) { sum = out[i]; }
      template <class W>
      TESSERA_INLINE void add(W, index_t i) {
        const E value = a[W::value][i];
        sum = fma(value, f[W::value], sum);
        sums[W::value] = fma(conjugated(conjugate, value), in[i], sums[W::value]);
      }
      TESSERA_INLINE void end(index_t i) const { out[i] = sum; }
      TESSERA_INLINE void finish(const Group& q) const {
        each<kRagged>([&](auto w) TESSERA_FLAT {
          if (w.value < q.width) s[w.value] = sums[w.value];
        });
      }
    };
  };
  static void both(const MatvecArgs& g) {
    if (narrow(*g.view)) {
      add_narrow(g, static_cast<E*>(g.y), static_cast<const E*>(g.t));
      E* const s = static_cast<E*>(g.s);
      return sum_narrow(g, [&](index_t j, E v) TESSERA_FLAT { s[j] = v; });
    }
    Both op{static_cast<const T*>(g.x), static_cast<T*>(g.y), nullptr, nullptr, g.conjugate};
    for_groups(g, [&](const Group& q, index_t j) TESSERA_FLAT {
      op.t = static_cast<const E*>(g.t) + j;
      op.s = static_cast<E*>(g.s) + j;
      apply<kBothWidth>(op, q);
    });
  }

  // A column at a time: stores to several, a power of two apart, would hold up each other's loads (half the speed at
  // n = 1024, Zen 4).
  template <bool kTwo>
  static void rank(const MatvecArgs& g) {
    constexpr int kFew = 4 / kPer;
    const T *const x = static_cast<const T*>(g.x), *const y = static_cast<const T*>(g.y);
    const E *const t = static_cast<const E*>(g.t), *const t2 = static_cast<const E*>(g.t2),
                   *const by = kComplex ? nullptr : static_cast<const E*>(g.factor);
    const ColumnView& v = *g.view;
    const index_t rows = g.r1 - g.r0, columns = g.j1 - g.j0, lo_step = v.lo_step, hi_step = v.hi_step,
                  growth = kPer * v.stride_step;
    index_t lo = v.lo + g.j0 * lo_step - g.r0, hi = v.hi + g.j0 * hi_step - g.r0;
    index_t stride = kPer * (v.stride + g.j0 * v.stride_step);
    T* a = static_cast<T*>(v.a) + kPer * (g.j0 * v.stride + g.j0 * (g.j0 - 1) / 2 * v.stride_step + g.r0);
    const bool few = rows <= kFew;
    const auto one_by_one = [&](index_t i, E u, E u2) TESSERA_FLAT {
      E e = fma(*element(x, i), u, *element(static_cast<const T*>(a), i));
      if constexpr (kTwo) e = fma(*element(y, i), u2, e);
      *element(a, i) = e;
    };
    for (index_t j = 0; j < columns; ++j, a += stride, stride += growth, lo += lo_step, hi += hi_step) {
      E u = t[j], u2 = kTwo ? t2[j] : u;
      if (by) u = product(*by, u), u2 = product(*by, u2);
      if (is_zero(u) && (!kTwo || is_zero(u2))) continue;
      index_t i = larger(lo, 0);
      const index_t end = smaller(hi, rows);
      if (few) {
        each<kFew>([&](auto k) TESSERA_FLAT {
          if (k.value >= i && k.value < end) one_by_one(k.value, u, u2);
        });
        continue;
      }
      const Factor f = factor(u), f2 = kTwo ? factor(u2) : f;
      const auto updated = [&](auto part, index_t at) TESSERA_FLAT {
        Line sum = fma(part.load(x + at), f, part.load(a + at));
        if constexpr (kTwo) sum = fma(part.load(y + at), f2, sum);
        return sum;
      };
      // Several lines are loaded before the first is stored.
      for (; i + kRankLines * kRows <= end; i += kRankLines * kRows) {
        Line sums[kRankLines];
        each<kRankLines>([&](auto k)
                             TESSERA_FLAT { sums[k.value] = updated(Whole{}, kPer * i + k.value * kLineReals); });
        each<kRankLines>([&](auto k)
                             TESSERA_FLAT { Whole{}.store(a + kPer * i + k.value * kLineReals, sums[k.value]); });
      }
      for (; i + kRows <= end; i += kRows) Whole{}.store(a + kPer * i, updated(Whole{}, kPer * i));
      // A load waits for a masked store before it to reach the cache, and one by one is as fast for a few elements.
      const index_t left = end - i;
      if (left > kFew) {
        const Part part(left);
        part.store(a + kPer * i, updated(part, kPer * i));
        continue;
      }
      each<kFew>([&](auto k) TESSERA_FLAT {
        if (k.value < left) one_by_one(i + k.value, u, u2);
      });
    }
  }

  // ---- triangles

  // Groups of a diagonal block from its first or from its last column: f(group, its first column in the window, one
  // past its last).
  template <class F>
  TESSERA_INLINE static void for_diagonal(const MatvecArgs& g, bool forward, F&& f) {
    const index_t n = g.j1 - g.j0, groups = (n + kRagged - 1) / kRagged;
    for (index_t k = 0; k < groups; ++k) {
      const index_t begin = kRagged * (forward ? k : groups - 1 - k), end = smaller(begin + kRagged, n);
      f(group(g, g.j0 + begin, static_cast<int>(end - begin)), begin, end);
    }
  }
  // Groups beside a triangle, apart from the loops so that these do not hold the code again.
  [[gnu::noinline]] static void add_beside(T* y, const E* t, const Group& q) {
    Axpy<false, false> op{y, t, nullptr, true};
    axpy_group(op, q, true);
  }
  [[gnu::noinline]] static void sum_beside(const T* x, E* sums, bool conjugate, const Group& q) {
    Dot op{x, sums, conjugate};
    apply<kDotWidth>(op, q);
  }
  // The rows of a group's columns that lie outside of its own triangle.
  template <bool kUpper>
  TESSERA_INLINE static Group beside(const Group& q, index_t begin, index_t end) {
    return kUpper ? q.above(begin) : q.below(end);
  }
  // A group's own triangle: the elements of y that belong to it, in registers, and the matrix's.
  template <bool kUpper>
  struct Corner {
    const Group& q;
    index_t begin;
    E* y;
    E v[kRagged];

    TESSERA_INLINE Corner(const Group& group, index_t first, T* all) : q(group), begin(first), y(element(all, first)) {
      each<kRagged>([&](auto w) TESSERA_FLAT { v[w.value] = w.value < q.width ? y[w.value] : zero(); });
    }
    TESSERA_INLINE void store() const {
      each<kRagged>([&](auto w) TESSERA_FLAT {
        if (w.value < q.width) y[w.value] = v[w.value];
      });
    }
    TESSERA_INLINE E at(int i, int w) const { return *element(static_cast<const T*>(q.column(w)), begin + i); }
    // f(w) for its columns, from the first or from the last.
    template <bool kForward, class F>
    TESSERA_INLINE void columns(F&& f) const {
      each<kRagged>([&](auto k) TESSERA_FLAT {
        constexpr int w = kForward ? k.value : kRagged - 1 - k.value;
        if (w < q.width) f(Index<w>{});
      });
    }
    // f(i) for the rows of column kW beside the diagonal, in ascending order.
    template <int kW, class F>
    TESSERA_INLINE void rows(F&& f) const {
      each<(kUpper ? kW : kRagged - 1 - kW)>([&](auto k) TESSERA_FLAT {
        constexpr int i = kUpper ? k.value : kW + 1 + k.value;
        if (kUpper ? begin + i >= q.first(kW) : (i < q.width && begin + i < q.last(kW))) f(Index<i>{});
      });
    }
  };

  // ---- triangles in lines

  struct LineMask {
    typename V::Mask m[kRegs];
  };
  // Elements `from` and up of a line.
  TESSERA_INLINE static LineMask elements_from(index_t from) {
    LineMask x;
    each<kRegs>([&](auto k)
                    TESSERA_FLAT { x.m[k.value] = V::lanes_from(static_cast<int>(kPer * from) - k.value * kLane); });
    return x;
  }
  TESSERA_INLINE static Line select(const LineMask& m, const Line& yes, const Line& no) {
    Line x;
    each<kRegs>([&](auto k) TESSERA_FLAT { x.r[k.value] = V::select(m.m[k.value], yes.r[k.value], no.r[k.value]); });
    return x;
  }
  // Of a column whose diagonal is element `diagonal` of a line: `now` beside it in its triangle, else `before`.
  template <bool kUpper>
  TESSERA_INLINE static Line beside_diagonal(index_t diagonal, const Line& now, const Line& before) {
    if constexpr (kUpper) {
      return select(elements_from(diagonal), before, now);
    } else {
      return select(elements_from(diagonal + 1), now, before);
    }
  }
  TESSERA_INLINE static Line on_diagonal(index_t diagonal, const Line& now, const Line& before) {
    return select(elements_from(diagonal), select(elements_from(diagonal + 1), before, now), before);
  }
  struct Rectangle {};
  struct Diagonal {
    index_t first;  // of column 0 in the line
  };
  static constexpr int kTriangleWidth = kBothWidth < kRows ? kBothWidth : static_cast<int>(kRows);

  // step(whole or part, offset in reals, Rectangle or Diagonal) for the lines that columns `begin` and its neighbours
  // have in a block of n rows. All of the neighbours have their diagonals in one line.
  template <bool kUpper, class F>
  TESSERA_INLINE static void for_triangle(index_t begin, index_t n, F&& step) {
    const index_t own = begin / kRows * kRows;
    if constexpr (kUpper) {
      for (index_t i = 0; i < own; i += kRows) step(Whole{}, kPer * i, Rectangle{});
    }
    if (n - own >= kRows) {
      step(Whole{}, kPer * own, Diagonal{begin - own});
    } else {
      step(Part(n - own), kPer * own, Diagonal{begin - own});
    }
    if constexpr (!kUpper) {
      for_lines(own + kRows, n, [&](auto part, index_t i) TESSERA_FLAT { step(part, i, Rectangle{}); });
    }
  }
  // f(how many columns, first) for columns begin..n of a block, from the first or from the last.
  template <int kW, class F>
  TESSERA_INLINE static void for_columns(index_t begin, index_t n, bool forward, F&& f) {
    constexpr int kNext = kW > 4 ? kW / 2 : 1;
    const index_t groups = (n - begin) / kW, end = begin + groups * kW;
    if constexpr (kW > 1) {
      if (!forward) for_columns<kNext>(end, n, forward, f);
    }
    for (index_t k = 0; k < groups; ++k) f(Index<kW>{}, begin + kW * (forward ? k : groups - 1 - k));
    if constexpr (kW > 1) {
      if (forward) for_columns<kNext>(end, n, forward, f);
    }
  }
  // The row in the window where column 0 of a triangle and of the rows beside it has its diagonal.
  template <bool kUpper>
  TESSERA_INLINE static index_t diagonal_row(const MatvecArgs& g) {
    return kUpper ? (g.r1 - g.r0) - (g.j1 - g.j0) : 0;
  }
  // Column j of a block: where its row 0 would lie.
  TESSERA_INLINE static T* block_column(const MatvecArgs& g, index_t j) {
    const index_t c = g.j0 + j;
    return static_cast<T*>(g.view->a) + kPer * (c * g.view->stride + c * (c - 1) / 2 * g.view->stride_step + g.r0);
  }

  template <bool kUpper>
  static void symmetric(const MatvecArgs& g) {
    const index_t n = g.j1 - g.j0, rows = g.r1 - g.r0, first = diagonal_row<kUpper>(g);
    const T* const x = static_cast<const T*>(g.x);
    T* const y = static_cast<T*>(g.y);
    E* const s = static_cast<E*>(g.s);
    const E alpha = *static_cast<const E*>(g.alpha);
    for_columns<kTriangleWidth>(0, n, true, [&](auto width, index_t j) TESSERA_FLAT {
      constexpr int kW = width.value;
      E t[kW];
      Factor f[kW];
      Sums sums[kW];
      const T* p[kW];
      each<kW>([&](auto w) TESSERA_FLAT {
        t[w.value] = product(alpha, *element(x, first + j + w.value));
        f[w.value] = factor(t[w.value]);
        start(sums[w.value]);
        p[w.value] = block_column(g, j + w.value);
      });
      for_triangle<kUpper>(first + j, rows, [&](auto part, index_t at, auto where) TESSERA_FLAT {
        const Line v = part.load(x + at);
        Line sum = part.load(y + at);
        each<kW>([&](auto w) TESSERA_FLAT {
          const Line a = part.load(p[w.value] + at);
          if constexpr (std::is_same_v<decltype(where), Diagonal>) {
            const index_t d = where.first + w.value;
            sum = beside_diagonal<kUpper>(d, fma(a, f[w.value], sum), sum);
            Sums all = sums[w.value];
            add(all, a, v);
            sums[w.value].same = beside_diagonal<kUpper>(d, all.same, sums[w.value].same);
            if constexpr (kComplex) {
              sums[w.value].crossed = beside_diagonal<kUpper>(d, all.crossed, sums[w.value].crossed);
            }
          } else {
            sum = fma(a, f[w.value], sum);
            add(sums[w.value], a, v);
          }
        });
        part.store(y + at, sum);
      });
      E all[kW];
      values(sums, true, all);
      each<kW>([&](auto w) TESSERA_FLAT {
        const E d = *element(p[w.value], first + j + w.value);
        s[j + w.value] = fma(alpha, all[w.value], real_multiple(d, t[w.value]));
      });
    });
    const T* const add = static_cast<const T*>(g.s);
    T* const own = y + kPer * first;
    for_lines(0, n, [&](auto part, index_t at) TESSERA_FLAT {
      Line a = part.load(own + at);
      const Line b = part.load(add + at);
      each<kRegs>([&](auto k) TESSERA_FLAT { a.r[k.value] = V::add(a.r[k.value], b.r[k.value]); });
      part.store(own + at, a);
    });
  }
  // The real part of d times t.
  TESSERA_INLINE static E real_multiple(E d, E t) {
    if constexpr (kComplex) {
      return {d.re * t.re, d.re * t.im};
    } else {
      return d * t;
    }
  }

  template <bool kUpper>
  static void multiply_lines(const MatvecArgs& g) {
    const index_t n = g.j1 - g.j0, rows = g.r1 - g.r0, first = diagonal_row<kUpper>(g);
    T* const y = static_cast<T*>(g.y);
    const auto columns = [&](auto width, index_t j) TESSERA_FLAT {
      constexpr int kW = width.value;
      Factor f[kW];
      const T* p[kW];
      each<kW>([&](auto w) TESSERA_FLAT {
        f[w.value] = factor(*element(y, first + j + w.value));
        p[w.value] = block_column(g, j + w.value);
      });
      for_triangle<kUpper>(first + j, rows, [&](auto part, index_t at, auto where) TESSERA_FLAT {
        Line sum = part.load(y + at), a[kW];
        each<kW>([&](auto w) TESSERA_FLAT { a[w.value] = part.load(p[w.value] + at); });
        if constexpr (std::is_same_v<decltype(where), Diagonal>) {
          if (!g.unit) {
            each<kW>([&](auto w) TESSERA_FLAT {
              sum = on_diagonal(where.first + w.value, scaled(a[w.value], f[w.value], false), sum);
            });
          }
          each<kW>([&](auto k) TESSERA_FLAT {
            constexpr int w = kUpper ? k.value : kW - 1 - k.value;
            sum = beside_diagonal<kUpper>(where.first + w, fma(a[w], f[w], sum), sum);
          });
        } else {
          each<kW>([&](auto k) TESSERA_FLAT {
            constexpr int w = kUpper ? k.value : kW - 1 - k.value;
            sum = fma(a[w], f[w], sum);
          });
        }
        part.store(y + at, sum);
      });
    };
    for_columns<kTriangleWidth>(0, n, kUpper, [&](auto width, index_t j) TESSERA_FLAT {
      if (!has_zero(element(y, first + j), width.value)) return columns(width, j);
      for (int k = 0; k < width.value; ++k) {
        const index_t c = kUpper ? j + k : j + width.value - 1 - k;
        if (!is_zero(*element(y, first + c))) columns(Index<1>{}, c);
      }
    });
  }

  template <bool kUpper>
  static void multiply_transposed_lines(const MatvecArgs& g) {
    const index_t n = g.j1 - g.j0, rows = g.r1 - g.r0, first = diagonal_row<kUpper>(g);
    const T* const x = static_cast<const T*>(g.x);
    T* const y = static_cast<T*>(g.y) + kPer * first;
    E* const s = static_cast<E*>(g.s);
    for_columns<kTriangleWidth>(0, n, !kUpper, [&](auto width, index_t j) TESSERA_FLAT {
      constexpr int kW = width.value;
      Sums sums[kW];
      const T* p[kW];
      each<kW>([&](auto w) TESSERA_FLAT {
        start(sums[w.value]);
        p[w.value] = block_column(g, j + w.value);
      });
      for_triangle<kUpper>(first + j, rows, [&](auto part, index_t at, auto where) TESSERA_FLAT {
        const Line v = part.load(x + at);
        each<kW>([&](auto w) TESSERA_FLAT {
          const Line a = part.load(p[w.value] + at);
          if constexpr (std::is_same_v<decltype(where), Diagonal>) {
            const index_t d = where.first + w.value;
            Sums all = sums[w.value];
            add(all, a, v);
            sums[w.value].same = beside_diagonal<kUpper>(d, all.same, sums[w.value].same);
            if constexpr (kComplex) {
              sums[w.value].crossed = beside_diagonal<kUpper>(d, all.crossed, sums[w.value].crossed);
            }
          } else {
            add(sums[w.value], a, v);
          }
        });
      });
      E all[kW];
      values(sums, g.conjugate, all);
      each<kW>([&](auto w) TESSERA_FLAT {
        E t = *element(x, first + j + w.value);
        if (!g.unit) t = product(conjugated(g.conjugate, *element(p[w.value], first + j + w.value)), t);
        s[j + w.value] = sum(t, all[w.value]);
      });
    });
    const T* const from = static_cast<const T*>(g.s);
    for_lines(0, n, [&](auto part, index_t at) TESSERA_FLAT { part.store(y + at, part.load(from + at)); });
  }

  // ---- triangles by groups

  // x := A x. Columns are taken so that a column's own x is used before it changes.
  template <bool kUpper>
  static void multiply(const MatvecArgs& g) {
    if (!(g.view->lo_step && g.view->hi_step)) return multiply_lines<kUpper>(g);
    if (g.view->hi - g.view->lo <= kNarrowTriangle && !has_zero(static_cast<const E*>(g.y), g.j1 - g.j0))
      return multiply_narrow<kUpper, false>(g);
    T* const y = static_cast<T*>(g.y);
    for_diagonal(g, kUpper, [&](const Group& q, index_t begin, index_t end) TESSERA_FLAT {
      add_beside(y, element(static_cast<const T*>(y), begin), beside<kUpper>(q, begin, end));
      Corner<kUpper> c(q, begin, y);
      c.template columns<kUpper>([&](auto w) TESSERA_FLAT {
        const E t = c.v[w.value];
        if (is_zero(t)) return;
        c.template rows<w.value>([&](auto i)
                                     TESSERA_FLAT { c.v[i.value] = fma(c.at(i.value, w.value), t, c.v[i.value]); });
        if (!g.unit) c.v[w.value] = product(c.at(w.value, w.value), t);
      });
      c.store();
    });
  }
  // x := A^T x or A^H x.
  template <bool kUpper>
  static void multiply_transposed(const MatvecArgs& g) {
    if (!(g.view->lo_step && g.view->hi_step)) return multiply_transposed_lines<kUpper>(g);
    if (g.view->hi - g.view->lo <= kNarrowTriangle) return multiply_narrow<kUpper, true>(g);
    T* const y = static_cast<T*>(g.y);
    for_diagonal(g, !kUpper, [&](const Group& q, index_t begin, index_t end) TESSERA_FLAT {
      E sums[kGroup];
      sum_beside(y, sums, g.conjugate, beside<kUpper>(q, begin, end));
      Corner<kUpper> c(q, begin, y);
      c.template columns<!kUpper>([&](auto w) TESSERA_FLAT {
        E t = c.v[w.value];
        if (!g.unit) t = product(conjugated(g.conjugate, c.at(w.value, w.value)), t);
        c.template rows<w.value>(
            [&](auto i) TESSERA_FLAT { t = fma(conjugated(g.conjugate, c.at(i.value, w.value)), c.v[i.value], t); });
        c.v[w.value] = sum(t, sums[w.value]);
      });
      c.store();
    });
  }
  TESSERA_INLINE static E sum(E a, E b) {
    if constexpr (kComplex) {
      return {a.re + b.re, a.im + b.im};
    } else {
      return a + b;
    }
  }
  // A x = b: a group's own triangle first, then its columns leave the other rows.
  template <bool kUpper>
  static void solve(const MatvecArgs& g) {
    // The bits are the same either way: complex squares take 1.2 times as long at n = 8 to 64, real ones below 16.
    if constexpr (!kComplex) {
      if (!(g.view->lo_step && g.view->hi_step) && g.j1 - g.j0 >= 2 * kGroup) return solve_lines<kUpper>(g);
    }
    T* const y = static_cast<T*>(g.y);
    for_diagonal(g, !kUpper, [&](const Group& q, index_t begin, index_t end) TESSERA_FLAT {
      E t[kGroup];
      Corner<kUpper> c(q, begin, y);
      c.template columns<!kUpper>([&](auto w) TESSERA_FLAT {
        E v = c.v[w.value];
        t[w.value] = zero();
        if (is_zero(v)) return;
        if (!g.unit) v = quotient(v, c.at(w.value, w.value));
        c.v[w.value] = v;
        const E minus = negated(v);
        t[w.value] = minus;
        c.template rows<w.value>([&](auto i)
                                     TESSERA_FLAT { c.v[i.value] = fma(c.at(i.value, w.value), minus, c.v[i.value]); });
      });
      c.store();
      add_beside(y, t, beside<kUpper>(q, begin, end));
    });
  }
  // A^T x = b or A^H x = b.
  template <bool kUpper>
  static void solve_transposed(const MatvecArgs& g) {
    if (!(g.view->lo_step && g.view->hi_step)) return solve_transposed_lines<kUpper>(g);
    T* const y = static_cast<T*>(g.y);
    for_diagonal(g, kUpper, [&](const Group& q, index_t begin, index_t end) TESSERA_FLAT {
      E sums[kGroup];
      sum_beside(y, sums, g.conjugate, beside<kUpper>(q, begin, end));
      Corner<kUpper> c(q, begin, y);
      c.template columns<kUpper>([&](auto w) TESSERA_FLAT {
        E v = sum(c.v[w.value], negated(sums[w.value]));
        c.template rows<w.value>([&](auto i) TESSERA_FLAT {
          v = fma(negated(conjugated(g.conjugate, c.at(i.value, w.value))), c.v[i.value], v);
        });
        if (!g.unit) v = quotient(v, conjugated(g.conjugate, c.at(w.value, w.value)));
        c.v[w.value] = v;
      });
      c.store();
    });
  }

  // ---- triangles by squares

  // A diagonal block of a triangle that is no band, in squares of kGroup columns from its first or last one:
  // f(the rectangle of rows beside the square within the block, the square's first row, how many it has). Eight
  // columns, because a square waits for its divisions alone, and what is between two squares costs as much as four of
  // these.
  template <bool kUpper, class F>
  TESSERA_INLINE static void for_squares(const MatvecArgs& g, bool forward, F&& f) {
    const index_t n = g.j1 - g.j0, squares = (n + kGroup - 1) / kGroup;
    for (index_t k = 0; k < squares; ++k) {
      const index_t begin = kGroup * (forward ? k : squares - 1 - k), end = smaller(begin + kGroup, n);
      Group q = group(g, g.j0 + begin, static_cast<int>(end - begin));
      q.lo = kUpper ? 0 : end;
      q.hi = kUpper ? begin : n;
      q.lo_step = q.hi_step = 0;
      q.ragged = false;
      f(q, begin, static_cast<int>(end - begin));
    }
  }
  // f(w, k) for k = 0 .. width - 1, w being column k from the first or from the last: numbers that the compiler knows
  // in whole squares and halves, so that their elements stay in registers.
  template <class F>
  TESSERA_INLINE static void for_square(int width, bool forward, F&& f) {
    if (width == kGroup) {
      each<kGroup>([&](auto k) TESSERA_FLAT { f(forward ? k.value : kGroup - 1 - k.value, k.value); });
    } else if (width == kRagged) {
      each<kRagged>([&](auto k) TESSERA_FLAT { f(forward ? k.value : kRagged - 1 - k.value, k.value); });
    } else {
#pragma GCC unroll 1
      for (int k = 0; k < width; ++k) f(forward ? k : width - 1 - k, k);
    }
  }
  template <bool kUpper>
  static void solve_lines(const MatvecArgs& g) {
    T* const y = static_cast<T*>(g.y);
    for_squares<kUpper>(g, !kUpper, [&](const Group& q, index_t begin, int width) TESSERA_FLAT {
      E v[kGroup], t[kGroup];
      E* const own = element(y, begin);
      for (int i = 0; i < width; ++i) v[i] = own[i];
      for_square(width, !kUpper, [&](int w, int done) TESSERA_FLAT {
        t[w] = zero();
        if (is_zero(v[w])) return;
        const E* const a = element(static_cast<const T*>(q.column(w)), begin);
        if (!g.unit) v[w] = quotient(v[w], a[w]);
        t[w] = negated(v[w]);
        const int rest = width - 1 - done, first = kUpper ? 0 : w + 1;
        for (int i = first; i < first + rest; ++i) v[i] = fma(a[i], t[w], v[i]);
      });
      for (int i = 0; i < width; ++i) own[i] = v[i];
      if (q.lo < q.hi) add_beside(y, t, q);
    });
  }
  template <bool kUpper>
  static void solve_transposed_lines(const MatvecArgs& g) {
    T* const y = static_cast<T*>(g.y);
    for_squares<kUpper>(g, kUpper, [&](const Group& q, index_t begin, int width) TESSERA_FLAT {
      E v[kGroup], sums[kGroup] = {};
      if (q.lo < q.hi) sum_beside(y, sums, g.conjugate, q);
      E* const own = element(y, begin);
      for (int i = 0; i < width; ++i) v[i] = sum(own[i], negated(sums[i]));
      for_square(width, kUpper, [&](int w, int done) TESSERA_FLAT {
        const E* const a = element(static_cast<const T*>(q.column(w)), begin);
        // The oldest first: the newest has just been divided.
        for (int k = 0; k < done; ++k) {
          const int i = kUpper ? k : width - 1 - k;
          v[w] = fma(negated(conjugated(g.conjugate, a[i])), v[i], v[w]);
        }
        if (!g.unit) v[w] = quotient(v[w], conjugated(g.conjugate, a[w]));
      });
      for (int i = 0; i < width; ++i) own[i] = v[i];
    });
  }

  static constexpr MatvecKernels kernels() {
    return {&axpy,
            &dot,
            &both,
            &rank<false>,
            &rank<true>,
            {&symmetric<false>, &symmetric<true>},
            {&multiply<false>, &multiply<true>},
            {&multiply_transposed<false>, &multiply_transposed<true>},
            {&solve<false>, &solve<true>},
            {&solve_transposed<false>, &solve_transposed<true>}};
  }
};

#undef TESSERA_FLAT
#undef TESSERA_INLINE

}  // namespace tessera::kernel
