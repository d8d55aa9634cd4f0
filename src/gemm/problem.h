// A GEMM call in the form the plan and the loops work on.
//
// Kernels want rows of C contiguous. A call whose C has contiguous columns is the same problem transposed:
// C^T = B^T A^T. So row-major and column-major cost the same, and below this line only "left" (broadcast, m x k),
// "right" (vectors, k x n) and C remain. Alpha always scales the caller's A, whichever side that has become, so that an
// element's bits do not depend on the layout.
#pragma once

#include "base/int_math.h"
#include "gemm/gemm.h"
#include "kernel/contract.h"

namespace tessera {

// A matrix with strides in elements, or (p null, strides 0) one that packs itself or has been packed.
struct Operand {
  const char* p;
  index_t rs, cs;
  const PanelSource* source;
  const PackedPanels* packed;
  index_t size;  // bytes of an element
};

// A result of bytes that kernels write themselves: rows of neighbours, `row` bytes apart.
struct ByteMatrix {
  ByteOutput output;  // arrays from the first column on
  char* p;
  index_t row;
};

// What products of 8-bit operands (type s32) add from the terms behind their panels (docs/numerics.md), and how their
// kernels read a left operand that is not packed.
struct Int8Terms {
  std::int32_t column_factor = 0;  // 0: no column terms
  bool row_terms = false;
  bool flip_left = false;
  index_t right_row = 0;  // bytes from step to step of a right operand whose columns are neighbours; 0: another one
  const ByteMatrix* bytes = nullptr;  // null: sums go to C
};

struct GemmProblem {
  DType type;
  index_t m, n, k;  // in elements of `type`
  Operand left, right;
  char* c;  // null: tiles are made for the epilogue alone; beta = 0, and what was packed before is one K block
  index_t c_rs, c_cs;
  bool conj_left, conj_right;
  bool exchanged;  // the caller's A is the right operand
  double alpha_re, alpha_im;
  double beta_re, beta_im;
  Region region;
  const Epilogue* epilogue;
  // Where the problem lies in the whole of a call that has been cut: C's first element, the first step.
  index_t row, column, step;
  Int8Terms int8 = {};

  // The call's alpha scales this operand when it is packed, or by its sign alone.
  bool scales_left() const { return !exchanged; }
  bool scales_right() const { return exchanged; }
};

// The problem of a call, not exchanged.
GemmProblem make_problem(const GemmCall& call);

constexpr Region transposed(Region r) {
  return r == Region::lower ? Region::upper : r == Region::upper ? Region::lower : Region::all;
}
constexpr Operand transposed(const Operand& x) { return {x.p, x.cs, x.rs, x.source, x.packed, x.size}; }

// The same problem with the operands' roles exchanged.
constexpr GemmProblem transposed(const GemmProblem& g) {
  GemmProblem t = g;
  t.m = g.n;
  t.n = g.m;
  t.left = transposed(g.right);
  t.right = transposed(g.left);
  t.c_rs = g.c_cs;
  t.c_cs = g.c_rs;
  t.conj_left = g.conj_right;
  t.conj_right = g.conj_left;
  t.exchanged = !g.exchanged;
  t.region = transposed(g.region);
  t.row = g.column;
  t.column = g.row;
  return t;
}

// The problem restricted to rows [i, i + m) and columns [j, j + n) of C.
constexpr GemmProblem sub_problem(const GemmProblem& g, index_t i, index_t m, index_t j, index_t n) {
  GemmProblem s = g;
  s.m = m;
  s.n = n;
  s.left.p += i * g.left.rs * g.left.size;
  s.right.p += j * g.right.cs * g.right.size;
  if (g.c != nullptr) s.c += (i * g.c_rs + j * g.c_cs) * size_of(g.type);
  s.row += i;
  s.column += j;
  return s;
}

// How much of an h x w rectangle at (i, j) belongs to the region.
enum class Overlap : std::uint8_t { none, part, whole };
constexpr bool inside(Region region, index_t i, index_t j) {
  return region == Region::all || (region == Region::lower ? i >= j : i <= j);
}
constexpr Overlap overlap(Region region, index_t i, index_t h, index_t j, index_t w) {
  if (region == Region::all) return Overlap::whole;
  // The corner deepest inside the region, and the one farthest outside.
  const index_t bottom = i + h - 1, end = j + w - 1;
  const bool lower = region == Region::lower;
  if (!(lower ? inside(region, bottom, j) : inside(region, i, end))) return Overlap::none;
  return (lower ? inside(region, i, end) : inside(region, bottom, j)) ? Overlap::whole : Overlap::part;
}

}  // namespace tessera
