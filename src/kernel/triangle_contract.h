// Triangular tiles: what triangular products and solves need beside the GEMM kernels. docs/kernel_contract.md says it
// in prose.
//
// Right-hand sides lie in a micro-panel: row after row of nv whole vectors. A tile is h of its rows and the triangle of
// A that they share; it is a lower one for `solve` and an upper one for `multiply`. Other shapes are these two in the
// order of rows from last to first, which whoever fills the panel arranges.
//
//   solve     x(i) := d(i) * (x(i) + sum over j < i of l(i, j) * x(j)), i = 0, 1, ...
//   multiply  x(i) := sum over j >= i of u(i, j) * x(j)
//
// The triangle comes packed: for solve by columns, d(j) then l(j + 1, j), l(j + 2, j) ...; for multiply by rows, u(i,
// i), u(i, i + 1) ...; d is an inverse and l is negated. One fused multiply-add per term, in the order of j from the
// diagonal block's beginning, so that a tile continues the chain of the GEMM kernel that ran before it (solve), or
// begins the chain of the one that runs after it (multiply).
//
// Complex panels are the 1m right-hand panels of pack/contract.h: row i is a line of pairs (re, im) and a line (-im,
// re). Elements of the triangle are pairs. `solve` reads the first lines and writes both, `multiply` reads both and
// writes the first.
#pragma once

#include "kernel/contract.h"

namespace tessera {

using TriangleTileFn = void (*)(const void* triangle, void* x);

// A strip of the right-hand sides on its way to a panel or back.
struct StripArgs {
  void* panel;         // row 0
  index_t panel_row;   // bytes from row to row, negative for the order from last to first
  index_t panel_cols;  // real elements of a line: whole registers. What the strip does not fill is set to zero
  void* matrix;
  index_t rs, cs;      // in elements; one of them is 1
  index_t rows, cols;  // in elements
};
using StripFn = void (*)(const StripArgs&);

inline constexpr int kMaxTriangleHeight = 8;
inline constexpr int kMaxTriangleWidth = 3;

// The routines of one ISA for one real type, and for pairs of it.
struct TriangleSet {
  struct Kind {
    TriangleTileFn solve[kMaxTriangleWidth + 1][kMaxTriangleHeight + 1];
    TriangleTileFn multiply[kMaxTriangleWidth + 1][kMaxTriangleHeight + 1];
    StripFn load, store;
    // Panel rows times alpha, and the second lines of a complex panel if wanted.
    void (*scale)(void* panel, index_t rows, index_t panel_cols, double alpha_re, double alpha_im, bool second_lines);
  };
  Isa isa;
  DType type;
  int mr, nv;  // the largest tile
  Kind real, complex;
};

#define TESSERA_DECLARE_TRIANGLES(isa)             \
  const TriangleSet& triangle_kernels_f32_##isa(); \
  const TriangleSet& triangle_kernels_f64_##isa();
#include "tessera_isa_list.h"
TESSERA_FOR_EACH_ISA(TESSERA_DECLARE_TRIANGLES)
#undef TESSERA_DECLARE_TRIANGLES

}  // namespace tessera
