// Triangular tiles and the panels they work on: one template for every ISA and type. Contract:
// kernel/triangle_contract.h.
#pragma once

#include <cstring>
#include <type_traits>
#include <utility>

#include "kernel/triangle_contract.h"

namespace tessera::kernel {

#define TESSERA_TRIANGLE_INLINE [[gnu::always_inline]] inline

// V: the registers of the type. W: registers of 8-byte elements, which transpose pairs of floats.
template <class V, class W>
struct Triangle {
  using T = typename V::T;
  using R = typename V::R;
  static constexpr int kLanes = V::kLanes;
  template <int kN>
  using Seq = std::make_integer_sequence<int, kN>;

  // (re, im) -> (-im, re) pair by pair: the factor i.
  struct Rotation {
    R sign;
    TESSERA_TRIANGLE_INLINE Rotation() {
      T v[kLanes];
      for (int i = 0; i < kLanes; ++i) v[i] = i % 2 ? T(0) : T(-0.0);
      sign = V::load(v);
    }
    TESSERA_TRIANGLE_INLINE R operator()(R x) const { return V::flip(V::swap_pairs(x), sign); }
  };

  template <int kParts, int kNv>
  static constexpr int kRow = kParts * kNv * kLanes;

  template <int kNv, int... kV>
  TESSERA_TRIANGLE_INLINE static void load_line(const T* p, R* r, std::integer_sequence<int, kV...>) {
    ((r[kV] = V::load(p + kV * kLanes)), ...);
  }
  template <int kNv, int... kV>
  TESSERA_TRIANGLE_INLINE static void store_line(T* p, const R* r, std::integer_sequence<int, kV...>) {
    ((V::store(p + kV * kLanes, r[kV])), ...);
  }
  template <int... kV>
  TESSERA_TRIANGLE_INLINE static void fma_line(R a, const R* x, R* acc, std::integer_sequence<int, kV...>) {
    ((acc[kV] = V::fma(a, x[kV], acc[kV])), ...);
  }
  template <int... kV>
  TESSERA_TRIANGLE_INLINE static void mul_line(R a, R* x, std::integer_sequence<int, kV...>) {
    ((x[kV] = V::mul(a, x[kV])), ...);
  }
  template <int... kV>
  TESSERA_TRIANGLE_INLINE static void rotate_line(const Rotation& rotate, const R* x, R* y,
                                                  std::integer_sequence<int, kV...>) {
    ((y[kV] = rotate(x[kV])), ...);
  }

  // ---- solve -----------------------------------------------------------------------------------------------------
  // Column by column, all rows in registers: a finished row is subtracted from all below it at once, so the chains of
  // different rows overlap.

  // Elements of the packed triangle before column j.
  static constexpr int before(int h, int j) { return j * h - j * (j - 1) / 2; }

  template <int kNv, int... kI>
  TESSERA_TRIANGLE_INLINE static void update([[maybe_unused]] const T* l, [[maybe_unused]] const R* x,
                                             [[maybe_unused]] R* below, std::integer_sequence<int, kI...>) {
    ((fma_line(V::set1(l[kI]), x, below + kI * kNv, Seq<kNv>{})), ...);
  }
  template <int kH, int kNv, int kJ>
  TESSERA_TRIANGLE_INLINE static void solve_column(const T* l, R* x, T* panel) {
    const T* column = l + before(kH, kJ);
    mul_line(V::set1(column[0]), x + kJ * kNv, Seq<kNv>{});
    store_line<kNv>(panel + kJ * kRow<1, kNv>, x + kJ * kNv, Seq<kNv>{});
    update<kNv>(column + 1, x + kJ * kNv, x + (kJ + 1) * kNv, Seq<kH - kJ - 1>{});
  }
  template <int kH, int kNv, int... kJ>
  TESSERA_TRIANGLE_INLINE static void solve_columns(const T* l, T* panel, std::integer_sequence<int, kJ...>) {
    R x[kH * kNv];
    ((load_line<kNv>(panel + kJ * kRow<1, kNv>, x + kJ * kNv, Seq<kNv>{})), ...);
    ((solve_column<kH, kNv, kJ>(l, x, panel)), ...);
  }
  template <int kH, int kNv>
  static void solve(const void* triangle, void* x) {
    solve_columns<kH, kNv>(static_cast<const T*>(triangle), static_cast<T*>(x), Seq<kH>{});
  }

  template <int kNv, int... kI>
  TESSERA_TRIANGLE_INLINE static void update_complex([[maybe_unused]] const T* l, [[maybe_unused]] const R* x,
                                                     [[maybe_unused]] const R* rotated, [[maybe_unused]] R* below,
                                                     std::integer_sequence<int, kI...>) {
    ((fma_line(V::set1(l[2 * kI]), x, below + kI * kNv, Seq<kNv>{}),
      fma_line(V::set1(l[2 * kI + 1]), rotated, below + kI * kNv, Seq<kNv>{})),
     ...);
  }
  template <int kH, int kNv, int kJ>
  TESSERA_TRIANGLE_INLINE static void solve_complex_column(const T* l, R* x, T* panel, const Rotation& rotate) {
    const T* column = l + 2 * before(kH, kJ);
    R* row = x + kJ * kNv;
    R rotated[kNv];
    rotate_line(rotate, row, rotated, Seq<kNv>{});
    mul_line(V::set1(column[0]), row, Seq<kNv>{});
    fma_line(V::set1(column[1]), rotated, row, Seq<kNv>{});
    rotate_line(rotate, row, rotated, Seq<kNv>{});
    store_line<kNv>(panel + kJ * kRow<2, kNv>, row, Seq<kNv>{});
    store_line<kNv>(panel + kJ * kRow<2, kNv> + kRow<1, kNv>, rotated, Seq<kNv>{});
    update_complex<kNv>(column + 2, row, rotated, row + kNv, Seq<kH - kJ - 1>{});
  }
  template <int kH, int kNv, int... kJ>
  TESSERA_TRIANGLE_INLINE static void solve_complex_columns(const T* l, T* panel, std::integer_sequence<int, kJ...>) {
    const Rotation rotate;
    R x[kH * kNv];
    ((load_line<kNv>(panel + kJ * kRow<2, kNv>, x + kJ * kNv, Seq<kNv>{})), ...);
    ((solve_complex_column<kH, kNv, kJ>(l, x, panel, rotate)), ...);
  }
  template <int kH, int kNv>
  static void solve_complex(const void* triangle, void* x) {
    solve_complex_columns<kH, kNv>(static_cast<const T*>(triangle), static_cast<T*>(x), Seq<kH>{});
  }

  // ---- multiply --------------------------------------------------------------------------------------------------
  // Row by row from the top; the rows below still hold what they came with.

  template <int kParts, int kNv, int... kJ>
  TESSERA_TRIANGLE_INLINE static void multiply_row(const T* u, T* panel, std::integer_sequence<int, kJ...>) {
    R acc[kNv];
    for (int v = 0; v < kNv; ++v) acc[v] = V::zero();
    ((multiply_line<kNv>(u[kJ], panel + kJ * kRow<1, kNv>, acc)), ...);
    store_line<kNv>(panel, acc, Seq<kNv>{});
  }
  template <int kNv>
  TESSERA_TRIANGLE_INLINE static void multiply_line(T u, const T* line, R* acc) {
    R x[kNv];
    load_line<kNv>(line, x, Seq<kNv>{});
    fma_line(V::set1(u), x, acc, Seq<kNv>{});
  }
  // Row i has kH - i elements; a complex one is as many lines again.
  template <int kParts, int kH, int kNv, int... kI>
  TESSERA_TRIANGLE_INLINE static void multiply_rows(const T* u, T* panel, std::integer_sequence<int, kI...>) {
    ((multiply_row<kParts, kNv>(u + kParts * before(kH, kI), panel + kI * kRow<kParts, kNv>, Seq<kParts*(kH - kI)>{})),
     ...);
  }
  template <int kParts, int kH, int kNv>
  static void multiply(const void* triangle, void* x) {
    multiply_rows<kParts, kH, kNv>(static_cast<const T*>(triangle), static_cast<T*>(x), Seq<kH>{});
  }

  // ---- strips ----------------------------------------------------------------------------------------------------

  static char* at(void* p, index_t bytes) { return static_cast<char*>(p) + bytes; }

  // n contiguous reals of a row; in a panel followed by zeros up to `filled`, a whole number of registers.
  static void copy_row(T* dst, const T* src, index_t n, index_t filled) {
    index_t i = 0;
    for (; i + kLanes <= n; i += kLanes) V::store(dst + i, V::load(src + i));
    if (i < n) {
      V::store(dst + i, V::load(src + i, V::tail(static_cast<int>(n - i))));
      i += kLanes;
    }
    for (; i < filled; i += kLanes) V::store(dst + i, V::zero());
  }
  static void copy_row_back(T* dst, const T* src, index_t n) {
    index_t i = 0;
    for (; i + kLanes <= n; i += kLanes) V::store(dst + i, V::load(src + i));
    if (i < n) V::store(dst + i, V::load(src + i), V::tail(static_cast<int>(n - i)));
  }

  // Columns of contiguous elements X::T, `filled` of them in the panel's lines: squares through registers.
  template <class X>
  static void transpose_in(const StripArgs& g, index_t filled) {
    using E = typename X::T;
    constexpr index_t kN = X::kLanes;
    const E* src = static_cast<const E*>(g.matrix);
    for (index_t i = 0; i < g.rows; i += kN) {
      const int depth = static_cast<int>(g.rows - i < kN ? g.rows - i : kN);
      const auto tail = X::tail(depth);
      for (index_t j = 0; j < filled; j += kN) {
        const int width = static_cast<int>(g.cols - j < kN ? g.cols - j : kN);
        const E* s = src + i + j * g.cs;
        typename X::R r[kN];
        if (width == kN && depth == kN) {
#pragma GCC unroll 16
          for (int q = 0; q < kN; ++q) r[q] = X::load(s + q * g.cs);
        } else {
#pragma GCC unroll 16
          for (int q = 0; q < kN; ++q) r[q] = q < width ? X::load(s + q * g.cs, tail) : X::zero();
        }
        X::transpose(r);
        char* d = at(g.panel, i * g.panel_row + j * static_cast<index_t>(sizeof(E)));
#pragma GCC unroll 16
        for (int q = 0; q < kN; ++q)
          if (q < depth) X::store(reinterpret_cast<E*>(d + q * g.panel_row), r[q]);
      }
    }
  }
  template <class X>
  static void transpose_out(const StripArgs& g) {
    using E = typename X::T;
    constexpr index_t kN = X::kLanes;
    E* dst = static_cast<E*>(g.matrix);
    for (index_t i = 0; i < g.rows; i += kN) {
      const int depth = static_cast<int>(g.rows - i < kN ? g.rows - i : kN);
      const auto tail = X::tail(depth);
      for (index_t j = 0; j < g.cols; j += kN) {
        const int width = static_cast<int>(g.cols - j < kN ? g.cols - j : kN);
        const char* s = at(g.panel, i * g.panel_row + j * static_cast<index_t>(sizeof(E)));
        typename X::R r[kN];
#pragma GCC unroll 16
        for (int q = 0; q < kN; ++q)
          r[q] = q < depth ? X::load(reinterpret_cast<const E*>(s + q * g.panel_row)) : X::zero();
        X::transpose(r);
        E* d = dst + i + j * g.cs;
        if (width == kN && depth == kN) {
#pragma GCC unroll 16
          for (int q = 0; q < kN; ++q) X::store(d + q * g.cs, r[q]);
        } else {
#pragma GCC unroll 16
          for (int q = 0; q < kN; ++q)
            if (q < width) X::store(d + q * g.cs, r[q], tail);
        }
      }
    }
  }
  // Pairs of doubles: a pair is a move of 16 bytes.
  template <bool kIn>
  static void move_pairs(const StripArgs& g, index_t filled) {
    struct Pair {
      T v[2];
    };
    Pair* matrix = static_cast<Pair*>(g.matrix);
    for (index_t j = 0; j < (kIn ? filled : g.cols); ++j) {
      for (index_t i = 0; i < g.rows; ++i) {
        char* p = at(g.panel, i * g.panel_row + j * static_cast<index_t>(sizeof(Pair)));
        if (!kIn) {
          std::memcpy(matrix + i + j * g.cs, p, sizeof(Pair));
        } else if (j < g.cols) {
          std::memcpy(p, matrix + i + j * g.cs, sizeof(Pair));
        } else {
          std::memset(p, 0, sizeof(Pair));
        }
      }
    }
  }

  template <int kParts>
  static void load(const StripArgs& g) {
    if (g.cs == 1) {
      const T* src = static_cast<const T*>(g.matrix);
      for (index_t i = 0; i < g.rows; ++i)
        copy_row(reinterpret_cast<T*>(at(g.panel, i * g.panel_row)), src + kParts * i * g.rs, kParts * g.cols,
                 g.panel_cols);
    } else if constexpr (kParts == 1) {
      transpose_in<V>(g, g.panel_cols);
    } else if constexpr (sizeof(T) == 4) {
      transpose_in<W>(g, g.panel_cols / 2);
    } else {
      move_pairs<true>(g, g.panel_cols / 2);
    }
  }
  template <int kParts>
  static void store(const StripArgs& g) {
    if (g.cs == 1) {
      T* dst = static_cast<T*>(g.matrix);
      for (index_t i = 0; i < g.rows; ++i)
        copy_row_back(dst + kParts * i * g.rs, reinterpret_cast<const T*>(at(g.panel, i * g.panel_row)),
                      kParts * g.cols);
    } else if constexpr (kParts == 1) {
      transpose_out<V>(g);
    } else if constexpr (sizeof(T) == 4) {
      transpose_out<W>(g);
    } else {
      move_pairs<false>(g, 0);
    }
  }

  static void scale_real(void* panel, index_t rows, index_t panel_cols, double alpha_re, double, bool) {
    T* p = static_cast<T*>(panel);
    const R alpha = V::set1(static_cast<T>(alpha_re));
    for (index_t i = 0; i < rows * panel_cols; i += kLanes) V::store(p + i, V::mul(alpha, V::load(p + i)));
  }
  // As the pack routines multiply: a real alpha multiplies both parts, another one adds the second products.
  static void scale_complex(void* panel, index_t rows, index_t panel_cols, double alpha_re, double alpha_im,
                            bool second_lines) {
    T* p = static_cast<T*>(panel);
    const Rotation rotate;
    const R re = V::set1(static_cast<T>(alpha_re)), im = V::set1(static_cast<T>(alpha_im));
    const bool plain = alpha_re == 1.0 && alpha_im == 0.0;
    for (index_t i = 0; i < rows; ++i, p += 2 * panel_cols) {
      for (index_t j = 0; j < panel_cols; j += kLanes) {
        R x = V::load(p + j);
        if (!plain) {
          const R y = V::mul(re, x);
          x = alpha_im == 0.0 ? y : V::add(y, V::mul(im, rotate(x)));
          V::store(p + j, x);
        }
        if (second_lines) V::store(p + panel_cols + j, rotate(x));
      }
    }
  }

  // ---- tables ----------------------------------------------------------------------------------------------------

  template <int kNv, int... kI>
  static constexpr void fill_heights(TriangleSet& s, std::integer_sequence<int, kI...>) {
    ((s.real.solve[kNv][kI + 1] = &solve<kI + 1, kNv>, s.real.multiply[kNv][kI + 1] = &multiply<1, kI + 1, kNv>,
      s.complex.solve[kNv][kI + 1] = &solve_complex<kI + 1, kNv>,
      s.complex.multiply[kNv][kI + 1] = &multiply<2, kI + 1, kNv>),
     ...);
  }
  template <int kMr, int... kN>
  static constexpr void fill(TriangleSet& s, std::integer_sequence<int, kN...>) {
    ((fill_heights<kN + 1>(s, Seq<kMr>{})), ...);
  }
  template <int kMr, int kNv>
  static constexpr TriangleSet set(Isa isa, DType type) {
    static_assert(kMr <= kMaxTriangleHeight && kNv <= kMaxTriangleWidth, "the tables are too small for this shape");
    TriangleSet s{};
    s.isa = isa;
    s.type = type;
    s.mr = kMr;
    s.nv = kNv;
    s.real.load = &load<1>;
    s.real.store = &store<1>;
    s.real.scale = &scale_real;
    s.complex.load = &load<2>;
    s.complex.store = &store<2>;
    s.complex.scale = &scale_complex;
    fill<kMr>(s, Seq<kNv>{});
    return s;
  }
};

}  // namespace tessera::kernel
