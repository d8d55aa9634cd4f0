// Level 2. Arguments have been checked; a row-major matrix is the transpose of the columns that lie in memory.
//
// Matrices come as columns in memory (ColumnView), so that full, band, triangular and packed storage share everything.
// Vectors are read and written in windows of rows: a window whose increment is not 1, or that has to be conjugated,
// goes through a buffer on the stack. No routine needs memory of its own.
#pragma once

#include "blas/arguments.h"
#include "kernel/matvec_contract.h"

namespace tessera::blas {

// ---- how matrices lie
// ------------------------------------------------------------------------------------------------

template <class T>
constexpr ColumnView full_columns(const T* a, index_t m, index_t ld) {
  return {const_cast<T*>(a), ld, 0, 0, 0, m, 0};
}
// kl diagonals below the main one and ku above; a column of the array holds them from the uppermost down.
template <class T>
constexpr ColumnView band_columns(const T* a, index_t kl, index_t ku, index_t ld) {
  return {const_cast<T*>(a) + ku, ld - 1, 0, -ku, 1, kl + 1, 1};
}
template <class T>
constexpr ColumnView triangle_columns(const T* a, Uplo uplo, index_t n, index_t ld) {
  if (uplo == Uplo::upper) return {const_cast<T*>(a), ld, 0, 0, 0, 1, 1};
  return {const_cast<T*>(a), ld, 0, 0, 1, n, 0};
}
template <class T>
constexpr ColumnView band_triangle_columns(const T* a, Uplo uplo, index_t k, index_t ld) {
  return uplo == Uplo::upper ? band_columns(a, 0, k, ld) : band_columns(a, k, 0, ld);
}
template <class T>
constexpr ColumnView packed_columns(const T* a, Uplo uplo, index_t n) {
  if (uplo == Uplo::upper) return {const_cast<T*>(a), 1, 1, 0, 0, 1, 1};
  return {const_cast<T*>(a), n - 1, -1, 0, 1, n, 0};
}

// ---- what is computed
// --------------------------------------------------------------------------------------------------

// y := alpha * op(A) * x + beta * y for the m x n columns `a`. Where columns are added, gemv's y has the bits of a gemm
// with one column (by_rows: of one whose C lies by rows); where they are summed, those of docs/numerics.md.
template <class T>
void gemv(const ColumnView& a, index_t m, index_t n, bool transposed, bool conjugated, bool by_rows, const T* alpha,
          const T* x, index_t incx, const T* beta, T* y, index_t incy);
template <class T>
void gbmv(const ColumnView& a, index_t m, index_t n, bool transposed, bool conjugated, const T* alpha, const T* x,
          index_t incx, const T* beta, T* y, index_t incy);

// y := alpha * A * x + beta * y for the symmetric matrix (complex: Hermitian, or its conjugate) whose triangle is `a`.
// Imaginary parts of the diagonal are taken for 0.
template <class T>
void symv(const ColumnView& a, Uplo uplo, index_t n, bool conjugated, const T* alpha, const T* x, index_t incx,
          const T* beta, T* y, index_t incy);

struct TriangleOp {
  Uplo uplo;
  bool transposed, conjugated, unit;
};
// x := op(A) * x, x := op(A)^-1 * x
template <class T>
void trmv(const ColumnView& a, TriangleOp op, index_t n, T* x, index_t incx);
template <class T>
void trsv(const ColumnView& a, TriangleOp op, index_t n, T* x, index_t incx);

// A := A + alpha * x * y^T with x along the rows of the m x n columns, either vector conjugated first if asked.
template <class T>
void ger(const ColumnView& a, index_t m, index_t n, const T* alpha, const T* x, index_t incx, bool conjugate_x,
         const T* y, index_t incy, bool conjugate_y);
// A := A + alpha * x * x^T, complex: x * x^H (`conjugated`: its conjugate); imaginary parts of the diagonal become 0.
template <class T>
void syr(const ColumnView& a, index_t n, bool conjugated, RealOf<T> alpha, const T* x, index_t incx);
// A := A + alpha * x * y^T + alpha * y * x^T, complex: alpha * x * y^H + conj(alpha) * y * x^H.
template <class T>
void syr2(const ColumnView& a, index_t n, bool conjugated, const T* alpha, const T* x, index_t incx, const T* y,
          index_t incy);

}  // namespace tessera::blas
