// Level 2. Arguments have been checked.
#pragma once

#include "blas/level3/level3.h"

namespace tessera::blas {

// y := alpha * op(A) * x + beta * y with A m x n. This is gemm with one column, so y has the bits that gemm gives a
// column computed beside others.
template <class T>
inline void gemv(bool row_major, Trans t, index_t m, index_t n, const T* alpha, const T* a, index_t lda, const T* x,
                 index_t incx, const T* beta, T* y, index_t incy) {
  if (m == 0 || n == 0) return;
  const index_t rows = t == Trans::none ? m : n, k = t == Trans::none ? n : m;
  const Strides sa = strides_of(row_major, t, lda);
  tessera::gemm({.type = Scalar<T>::kType,
                 .conj_a = kIsComplex<T> && t == Trans::conjugate,
                 .m = rows,
                 .n = 1,
                 .k = k,
                 .alpha = alpha,
                 .a = a,
                 .a_rs = sa.rs,
                 .a_cs = sa.cs,
                 .b = first_element(x, k, incx),
                 .b_rs = incx,
                 .b_cs = k,
                 .beta = beta,
                 .c = first_element(y, rows, incy),
                 .c_rs = incy,
                 // No second column exists; its stride says which way C would lie.
                 .c_cs = row_major ? 1 : rows * (incy < 0 ? -incy : incy)});
}

}  // namespace tessera::blas
