// What a matrix-vector kernel is: the inner loops of level 2.
//
// A kernel walks over columns of a matrix whose columns are contiguous, full, banded, triangular and packed alike: all
// of them are a ColumnView. It sees one window of rows, and combines each column with vectors that lie along the rows
// (x, y) and along the columns (t, s):
//
//                    columns j0 .. j1-1            axpy    y(i)   += a(i,j) * t(j)
//                  t [ ......................]     dot     s(j)    = sum over i of a(i,j) * x(i)
//         x  y       +----------------------+      both    axpy and dot in one reading of the matrix
//   row r0[.][.]     |   \   column view    |      rank1   a(i,j) += x(i) * t(j)
//        ..[.][.]    |     \  (its rows     |      rank2   a(i,j) += x(i) * t(j) + y(i) * t2(j)
//  r1 - 1 [.][.]     |       \   only)      |      chain   s(j)   += a(i,j) * x(i), one after the other
//                    +----------------------+
//
// Bits. Every product is added with one fused multiply-add (two roundings on the baseline). axpy, rank1 and rank2 are
// one chain per element, in the order of j. dot sums over 64-byte lines of virtual lanes from a column's first row in
// the window, and folds them in halves. Of columns that do not all have the same rows, kMatvecRagged are a group from
// j0 on: lines begin at the first multiple of a line's length, counted from the window's first row, from which on all
// of the group have rows, and end where the first of them ends; a column's rows above and below are added to its sum
// one by one, all rows where that is less than a line.
// So bits depend on the view, the window and the first column, and not on the instruction set.
//
// In triangles that are no bands, symmetric and multiply take lines at multiples of their length from the first row; of
// a line with a diagonal they use what is beside it, and read the rest. symmetric: y gets the columns alpha x(j) in the
// order of j, then alpha times a column's sum plus the diagonal's product. multiply: the diagonal's product first, then
// columns from the diagonal outwards.
// solve is one chain per element; solve_transposed sums squares of kMatvecGroup columns from the first or last one and
// the rectangles beside them.
// In bands so narrow that a group has no line (kRows + 2 rows, or less) every element is one chain.
//
// Complex numbers are interleaved pairs; a product is two steps, re: ar tr, then - ai ti; im: ai tr, then ar ti
// (by_rows: ar ti, then ai tr).
#pragma once

#include "base/dtype.h"
#include "base/isa.h"

namespace tessera {

inline constexpr int kMatvecGroup = 8;
inline constexpr int kMatvecRagged = 4;

// Columns of a matrix: element (i, j) lies i elements behind (0, j), and column j has the rows
// lo + j * lo_step <= i < hi + j * hi_step. The steps are 0 or 1: ends never move up.
struct ColumnView {
  void* a;                      // where (0, 0) would lie
  index_t stride, stride_step;  // from (0, j) to (0, j + 1): stride + j * stride_step elements
  index_t lo, lo_step, hi, hi_step;
};

// Pointers are aligned to the element and to nothing more; vectors are contiguous. What a kernel does not use needs no
// value: clearing it all took as long as a product of 4 x 4.
struct MatvecArgs {
  // Not a copy: one made of fields that have just been written would wait for them to leave the core.
  const ColumnView* view;
  index_t r0, r1;               // the window of rows
  index_t j0, j1;               // the columns
  const void* x;                // row r0
  void* y;                      // row r0
  const void* t;                // column j0
  const void* t2;               // column j0; rank2
  void* s;                      // column j0
  const void* alpha = nullptr;  // axpy of columns that all have the same rows: multiplies the matrix, rounded before
                                // anything else; dot: multiplies the sums; null: 1. symmetric: never null
  const void* beta =
      nullptr;  // axpy: y is multiplied by it first, by 0 unread, null: 1; dot with alpha: s(j) = beta * s(j) +
                // alpha * sum with one more fused step, beta * s(j) rounded, by 0 unread, null: by 0
  const void* factor = nullptr;  // rank1 and rank2 of real types: multiplies t and t2, rounded; null: 1
  bool conjugate = false;        // dot, both, multiply and solve by columns: of the matrix's elements in sums
  bool by_rows = false;  // axpy of columns that all have the same rows: the order of products in an imaginary part
  bool skip_zeros =
      false;          // axpy: a t(j) that is 0 adds nothing, whatever the column holds. rank1 and rank2: always so
  bool unit = false;  // multiply and solve: the diagonal is 1 and is not read
};

using MatvecFn = void (*)(const MatvecArgs&);

// symmetric, multiply and solve work on the diagonal block j0 = r0, j1 = r1 of a triangle. s has room for the columns'
// elements. Of triangles that are no bands, symmetric and multiply take the rows beside the block as well: r1 >= j1
// below a lower one, above an upper one r0 <= j0 with a whole number of lines between them.
struct MatvecKernels {
  MatvecFn axpy, dot, both, rank1, rank2;
  // [upper]: which triangle the view is, its diagonal included.
  // y += alpha A x, not of bands; rows beside: y's get the columns, x's theirs in the sums.
  MatvecFn symmetric[2];
  // y := A y in place; rows beside: their y += A y. y := A^T x for the columns' y, in place or not, x having all rows;
  // bands: in place on y.
  MatvecFn multiply[2], multiply_transposed[2];
  MatvecFn solve[2], solve_transposed[2];  // in place: y := A^-1 y, y := A^-T y
};

// The kernels of one ISA and real type, for real elements and for complex ones.
struct MatvecSet {
  MatvecKernels real, complex;
};

#define TESSERA_DECLARE_MATVEC(isa)        \
  extern const MatvecSet matvec_f32_##isa; \
  extern const MatvecSet matvec_f64_##isa;
#include "tessera_isa_list.h"
TESSERA_FOR_EACH_ISA(TESSERA_DECLARE_MATVEC)
#undef TESSERA_DECLARE_MATVEC

}  // namespace tessera
