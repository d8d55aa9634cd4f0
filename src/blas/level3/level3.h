// Level 3 on general strides. Arguments have been checked. C is touched in its stored part only.
#pragma once

#include "blas/arguments.h"
#include "gemm/gemm.h"

namespace tessera::blas {

// Strides of op(X) for a matrix with leading dimension ld, stored by columns or by rows.
struct Strides {
  index_t rs, cs;
};
constexpr Strides strides_of(bool row_major, Trans t, index_t ld) {
  return row_major == (t == Trans::none) ? Strides{ld, 1} : Strides{1, ld};
}

template <class T>
inline void gemm(bool row_major, Trans ta, Trans tb, index_t m, index_t n, index_t k, const T* alpha, const T* a,
                 index_t lda, const T* b, index_t ldb, const T* beta, T* c, index_t ldc) {
  const Strides sa = strides_of(row_major, ta, lda), sb = strides_of(row_major, tb, ldb),
                sc = strides_of(row_major, Trans::none, ldc);
  tessera::gemm({.type = Scalar<T>::kType,
                 .conj_a = kIsComplex<T> && ta == Trans::conjugate,
                 .conj_b = kIsComplex<T> && tb == Trans::conjugate,
                 .m = m,
                 .n = n,
                 .k = k,
                 .alpha = alpha,
                 .a = a,
                 .a_rs = sa.rs,
                 .a_cs = sa.cs,
                 .b = b,
                 .b_rs = sb.rs,
                 .b_cs = sb.cs,
                 .beta = beta,
                 .c = c,
                 .c_rs = sc.rs,
                 .c_cs = sc.cs});
}

// C := alpha * op(A) * op(A)^T + beta * C in the triangle `uplo` of the n x n matrix C. Every element has the bits that
// gemm gives it.
template <class T>
void syrk(bool row_major, Uplo uplo, Trans t, index_t n, index_t k, const T* alpha, const T* a, index_t lda,
          const T* beta, T* c, index_t ldc);

}  // namespace tessera::blas
