// Level 3, C names.
#include "blas/level3/level3.h"

#include "blas/cblas/cblas_arguments.h"

using namespace tessera::blas;

namespace {

template <class T>
inline void gemm_call(const char* name, CBLAS_LAYOUT layout, CBLAS_TRANSPOSE transa, CBLAS_TRANSPOSE transb, blas_int m,
                      blas_int n, blas_int k, const T* alpha, const T* a, blas_int lda, const T* b, blas_int ldb,
                      const T* beta, T* c, blas_int ldc) {
  const Trans ta = trans_of(transa), tb = trans_of(transb);
  const bool row = layout == CblasRowMajor;
  const int bad = row ? check_gemm(tb, ta, n, m, k, ldb, lda, ldc) : check_gemm(ta, tb, m, n, k, lda, ldb, ldc);
  if (!is_layout(layout) || bad != 0) [[unlikely]] {
    if (!is_layout(layout)) return report_cblas_enum(name, 1, "layout", layout, false);
    if (ta == Trans::bad) return report_cblas_enum(name, 2, "TransA", transa, row);
    if (tb == Trans::bad) return report_cblas_enum(name, 3, "TransB", transb, row);
    return report_cblas(name, bad, row);
  }
  gemm(row, ta, tb, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
}

template <class T>
inline void syrk_call(const char* name, CBLAS_LAYOUT layout, CBLAS_UPLO uplo, CBLAS_TRANSPOSE trans, blas_int n,
                      blas_int k, const T* alpha, const T* a, blas_int lda, const T* beta, T* c, blas_int ldc) {
  const Uplo u = uplo_of(uplo);
  const Trans t = trans_of(trans);
  const bool row = layout == CblasRowMajor;
  if (!is_layout(layout)) [[unlikely]]
    return report_cblas_enum(name, 1, "layout", layout, false);
  if (u == Uplo::bad) [[unlikely]]
    return report_cblas_enum(name, 2, "Uplo", uplo, row);
  if (t == Trans::bad || (kIsComplex<T> && t == Trans::conjugate)) [[unlikely]]
    return report_cblas_enum(name, 3, "Trans", trans, row);
  const int bad = row ? check_syrk<T>(flipped(u), flipped(t), n, k, lda, ldc) : check_syrk<T>(u, t, n, k, lda, ldc);
  if (bad != 0) [[unlikely]]
    return report_cblas(name, bad, row);
  syrk(row, u, t, n, k, alpha, a, lda, beta, c, ldc);
}

}  // namespace

// A is how a scalar is passed, V what a vector's elements are declared as; POINTER makes a pointer of a scalar.
#define TESSERA_CBLAS(p, T, A, V, POINTER)                                                                             \
  void cblas_##p##gemm(CBLAS_LAYOUT layout, CBLAS_TRANSPOSE transa, CBLAS_TRANSPOSE transb, CBLAS_INT m, CBLAS_INT n,  \
                       CBLAS_INT k, A alpha, const V* a, CBLAS_INT lda, const V* b, CBLAS_INT ldb, A beta, V* c,       \
                       CBLAS_INT ldc) {                                                                                \
    gemm_call<T>("cblas_" #p "gemm", layout, transa, transb, m, n, k, POINTER(T, alpha), as<T>(a), lda, as<T>(b), ldb, \
                 POINTER(T, beta), as<T>(c), ldc);                                                                     \
  }                                                                                                                    \
  void cblas_##p##syrk(CBLAS_LAYOUT layout, CBLAS_UPLO uplo, CBLAS_TRANSPOSE trans, CBLAS_INT n, CBLAS_INT k, A alpha, \
                       const V* a, CBLAS_INT lda, A beta, V* c, CBLAS_INT ldc) {                                       \
    syrk_call<T>("cblas_" #p "syrk", layout, uplo, trans, n, k, POINTER(T, alpha), as<T>(a), lda, POINTER(T, beta),    \
                 as<T>(c), ldc);                                                                                       \
  }
TESSERA_CBLAS(s, float, float, float, TESSERA_ADDRESS)
TESSERA_CBLAS(d, double, double, double, TESSERA_ADDRESS)
TESSERA_CBLAS(c, c32, const void*, void, TESSERA_POINTER)
TESSERA_CBLAS(z, c64, const void*, void, TESSERA_POINTER)
