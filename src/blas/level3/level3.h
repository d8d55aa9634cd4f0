// Level 3 and the matrix extensions, on general strides. Arguments have been checked. Matrices are touched in their
// stored part only.
#pragma once

#include "blas/arguments.h"
#include "gemm/gemm.h"
#include "gemm/narrow.h"

namespace tessera::blas {

// Strides of op(X) for a matrix with leading dimension ld, stored by columns or by rows.
struct Strides {
  index_t rs, cs;
};
constexpr Strides strides_of(bool row_major, Trans t, index_t ld) {
  return row_major == (t == Trans::none) ? Strides{ld, 1} : Strides{1, ld};
}

// A matrix on general strides: order and transposition are gone.
template <class T>
struct View {
  T* p;
  index_t rs, cs;
  View(T* first, index_t row_stride, index_t col_stride) : p(first), rs(row_stride), cs(col_stride) {}
  View(T* first, Strides s) : View(first, s.rs, s.cs) {}
  operator View<const T>() const { return {p, rs, cs}; }
  T* at(index_t i, index_t j) const { return p + i * rs + j * cs; }
  View from(index_t i, index_t j) const { return {at(i, j), rs, cs}; }
  View transposed() const { return {p, cs, rs}; }
};

// A real scalar of a Hermitian update as one of the matrix's type.
template <class T, class S>
constexpr T widened(S x) {
  if constexpr (sizeof(S) == sizeof(T)) {
    return x;
  } else {
    return {x, S(0)};
  }
}

// An operand of a product: the matrix, or its conjugate.
template <class T>
struct Operand {
  View<const T> x;
  bool conj = false;
  Operand from(index_t i, index_t j) const { return {x.from(i, j), conj}; }
};

// C := alpha * A * B + beta * C. threads 0: as many as the caller may have.
template <class T>
inline void product(index_t m, index_t n, index_t k, const T& alpha, const Operand<T>& a, const Operand<T>& b,
                    const T& beta, const View<T>& c, const GemmExtras* extras = nullptr, int threads = 0) {
  GemmSettings settings;
  settings.executor.threads = threads;
  tessera::gemm({.type = Scalar<T>::kType,
                 .conj_a = kIsComplex<T> && a.conj,
                 .conj_b = kIsComplex<T> && b.conj,
                 .m = m,
                 .n = n,
                 .k = k,
                 .alpha = &alpha,
                 .a = a.x.p,
                 .a_rs = a.x.rs,
                 .a_cs = a.x.cs,
                 .b = b.x.p,
                 .b_rs = b.x.rs,
                 .b_cs = b.x.cs,
                 .beta = &beta,
                 .c = c.p,
                 .c_rs = c.rs,
                 .c_cs = c.cs,
                 .extras = extras},
                settings);
}

template <class T>
inline void gemm(bool row_major, Trans ta, Trans tb, index_t m, index_t n, index_t k, const T* alpha, const T* a,
                 index_t lda, const T* b, index_t ldb, const T* beta, T* c, index_t ldc) {
  product<T>(m, n, k, *alpha, {{a, strides_of(row_major, ta, lda)}, ta == Trans::conjugate},
             {{b, strides_of(row_major, tb, ldb)}, tb == Trans::conjugate}, *beta,
             {c, strides_of(row_major, Trans::none, ldc)});
}

// Of bfloat16, summed in float.
inline void gemm(bool row_major, Trans ta, Trans tb, index_t m, index_t n, index_t k, const float* alpha,
                 const std::uint16_t* a, index_t lda, const std::uint16_t* b, index_t ldb, const float* beta, float* c,
                 index_t ldc) {
  const Strides sa = strides_of(row_major, ta, lda), sb = strides_of(row_major, tb, ldb);
  const Strides sc = strides_of(row_major, Trans::none, ldc);
  gemm_half({.type = DType::f32,
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
             .c_cs = sc.cs},
            Storage::bf16, {});
}

// C := alpha * op(A) * op(B) + beta * C in the triangle `uplo` of the n x n matrix C. Every element has the bits that
// gemm gives it.
template <class T>
void gemmt(bool row_major, Uplo uplo, Trans ta, Trans tb, index_t n, index_t k, const T* alpha, const T* a, index_t lda,
           const T* b, index_t ldb, const T* beta, T* c, index_t ldc);

// C := alpha * op(A) * op(A)^T + beta * C, or with op(A)^H and real alpha and beta; in the triangle `uplo`. The bits of
// gemm; the diagonal of a Hermitian C is real.
template <class T>
void syrk(bool row_major, bool hermitian, Uplo uplo, Trans t, index_t n, index_t k, const T* alpha, const T* a,
          index_t lda, const T* beta, T* c, index_t ldc);

// C := alpha * op(A) * op(B)^T + alpha * op(B) * op(A)^T + beta * C, or alpha * op(A) * op(B)^H + conj(alpha) * op(B) *
// op(A)^H + beta * C with a real beta. The bits of two gemm calls in this order.
template <class T>
void syr2k(bool row_major, bool hermitian, Uplo uplo, Trans t, index_t n, index_t k, const T* alpha, const T* a,
           index_t lda, const T* b, index_t ldb, const T* beta, T* c, index_t ldc);

// C := alpha * A * B + beta * C, or alpha * B * A + beta * C; A is symmetric or Hermitian and stored in `uplo`, C is m
// x n. The bits of gemm on the whole A; the imaginary parts of a Hermitian diagonal are not read.
template <class T>
void symm(bool row_major, bool hermitian, Side side, Uplo uplo, index_t m, index_t n, const T* alpha, const T* a,
          index_t lda, const T* b, index_t ldb, const T* beta, T* c, index_t ldc);

// B := alpha * op(A) * B or alpha * B * op(A); A is triangular, its other triangle and a unit diagonal are not read.
template <class T>
void trmm(bool row_major, Side side, Uplo uplo, Trans t, Diag diag, index_t m, index_t n, const T* alpha, const T* a,
          index_t lda, T* b, index_t ldb);

// B := alpha * op(A)^-1 * B or alpha * B * op(A)^-1. A zero on the diagonal is not looked for.
template <class T>
void trsm(bool row_major, Side side, Uplo uplo, Trans t, Diag diag, index_t m, index_t n, const T* alpha, const T* a,
          index_t lda, T* b, index_t ldb);

// `batch` products whose matrices lie stride_* elements apart.
template <class T>
void gemm_strided(bool row_major, Trans ta, Trans tb, index_t m, index_t n, index_t k, const T* alpha, const T* a,
                  index_t lda, index_t stride_a, const T* b, index_t ldb, index_t stride_b, const T* beta, T* c,
                  index_t ldc, index_t stride_c, index_t batch);

// One group of gemm_batch: `count` products of one shape on matrices given by their addresses.
template <class T>
void gemm_group(bool row_major, Trans ta, Trans tb, index_t m, index_t n, index_t k, const T* alpha, const T* const* a,
                index_t lda, const T* const* b, index_t ldb, const T* beta, T* const* c, index_t ldc, index_t count);

// B := alpha * op(A), A rows x cols. A and B must not overlap.
template <class T>
void omatcopy(bool row_major, CopyOp op, index_t rows, index_t cols, const T* alpha, const T* a, index_t lda, T* b,
              index_t ldb);

// A := alpha * op(A), with leading dimension lda before and ldb after.
template <class T>
void imatcopy(bool row_major, CopyOp op, index_t rows, index_t cols, const T* alpha, T* a, index_t lda, index_t ldb);

// C := alpha * A + beta * C. beta = 0: C is not read; alpha = 0: A is not.
template <class T>
void geadd(bool row_major, index_t m, index_t n, const T* alpha, const T* a, index_t lda, const T* beta, T* c,
           index_t ldc);

// Explicit instantiation of a function of level 3 for the four types: TESSERA_FOR_EACH_TYPE(X) with X(T).
#define TESSERA_FOR_EACH_TYPE(X) X(float) X(double) X(c32) X(c64)

}  // namespace tessera::blas
