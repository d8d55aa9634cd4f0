// The Fortran names: argument order and error numbers. Everything comes by reference; hidden string lengths are not
// declared, so they are never read, and callers may leave them out. Complex functions return by value.
#include "blas/level1/level1.h"
#include "blas/level2/level2.h"
#include "blas/level3/level3.h"
#include "blas/xerbla.h"

using namespace tessera::blas;
using tessera::index_t;

namespace {

template <class T>
inline void gemm_call(const char* name, const char* transa, const char* transb, const blas_int* m, const blas_int* n,
                      const blas_int* k, const T* alpha, const T* a, const blas_int* lda, const T* b,
                      const blas_int* ldb, const T* beta, T* c, const blas_int* ldc) {
  const Trans ta = trans_of(*transa), tb = trans_of(*transb);
  if (const int bad = check_gemm(ta, tb, *m, *n, *k, *lda, *ldb, *ldc)) return report_fortran(name, bad);
  gemm(false, ta, tb, *m, *n, *k, alpha, a, *lda, b, *ldb, beta, c, *ldc);
}

template <class T>
inline void gemv_call(const char* name, const char* trans, const blas_int* m, const blas_int* n, const T* alpha,
                      const T* a, const blas_int* lda, const T* x, const blas_int* incx, const T* beta, T* y,
                      const blas_int* incy) {
  const Trans t = trans_of(*trans);
  if (const int bad = check_gemv(t, *m, *n, *lda, *incx, *incy)) return report_fortran(name, bad);
  gemv(false, t, *m, *n, alpha, a, *lda, x, *incx, beta, y, *incy);
}

template <class T>
inline void syrk_call(const char* name, const char* uplo, const char* trans, const blas_int* n, const blas_int* k,
                      const T* alpha, const T* a, const blas_int* lda, const T* beta, T* c, const blas_int* ldc) {
  const Uplo u = uplo_of(*uplo);
  const Trans t = trans_of(*trans);
  if (const int bad = check_syrk<T>(u, t, *n, *k, *lda, *ldc)) return report_fortran(name, bad);
  syrk(false, u, t, *n, *k, alpha, a, *lda, beta, c, *ldc);
}

}  // namespace

#define TESSERA_API extern "C" [[gnu::visibility("default")]]

#define TESSERA_FORTRAN(p, P, T)                                                                                       \
  TESSERA_API void p##gemm_(const char* transa, const char* transb, const blas_int* m, const blas_int* n,              \
                            const blas_int* k, const T* alpha, const T* a, const blas_int* lda, const T* b,            \
                            const blas_int* ldb, const T* beta, T* c, const blas_int* ldc) {                           \
    gemm_call(P "GEMM ", transa, transb, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);                                \
  }                                                                                                                    \
  TESSERA_API void p##gemv_(const char* trans, const blas_int* m, const blas_int* n, const T* alpha, const T* a,       \
                            const blas_int* lda, const T* x, const blas_int* incx, const T* beta, T* y,                \
                            const blas_int* incy) {                                                                    \
    gemv_call(P "GEMV ", trans, m, n, alpha, a, lda, x, incx, beta, y, incy);                                          \
  }                                                                                                                    \
  TESSERA_API void p##syrk_(const char* uplo, const char* trans, const blas_int* n, const blas_int* k, const T* alpha, \
                            const T* a, const blas_int* lda, const T* beta, T* c, const blas_int* ldc) {               \
    syrk_call(P "SYRK ", uplo, trans, n, k, alpha, a, lda, beta, c, ldc);                                              \
  }                                                                                                                    \
  TESSERA_API void p##axpy_(const blas_int* n, const T* alpha, const T* x, const blas_int* incx, T* y,                 \
                            const blas_int* incy) {                                                                    \
    axpy<T>(*n, *alpha, x, *incx, y, *incy);                                                                           \
  }                                                                                                                    \
  TESSERA_API void p##scal_(const blas_int* n, const T* alpha, T* x, const blas_int* incx) {                           \
    scal<T>(*n, *alpha, x, *incx);                                                                                     \
  }                                                                                                                    \
  TESSERA_API void p##copy_(const blas_int* n, const T* x, const blas_int* incx, T* y, const blas_int* incy) {         \
    copy<T>(*n, x, *incx, y, *incy);                                                                                   \
  }                                                                                                                    \
  TESSERA_API void p##swap_(const blas_int* n, T* x, const blas_int* incx, T* y, const blas_int* incy) {               \
    tessera::blas::swap<T>(*n, x, *incx, y, *incy);                                                                    \
  }                                                                                                                    \
  TESSERA_API blas_int i##p##amax_(const blas_int* n, const T* x, const blas_int* incx) {                              \
    return static_cast<blas_int>(iamax<T>(*n, x, *incx));                                                              \
  }
TESSERA_FORTRAN(s, "S", float)
TESSERA_FORTRAN(d, "D", double)
TESSERA_FORTRAN(c, "C", c32)
TESSERA_FORTRAN(z, "Z", c64)

#define TESSERA_FORTRAN_REAL(p, T)                                                                               \
  TESSERA_API T p##dot_(const blas_int* n, const T* x, const blas_int* incx, const T* y, const blas_int* incy) { \
    return dot<T>(*n, x, *incx, y, *incy);                                                                       \
  }
TESSERA_FORTRAN_REAL(s, float)
TESSERA_FORTRAN_REAL(d, double)

#define TESSERA_FORTRAN_COMPLEX(p, r, T, R)                                                                       \
  TESSERA_API T p##dotu_(const blas_int* n, const T* x, const blas_int* incx, const T* y, const blas_int* incy) { \
    return dot<T>(*n, x, *incx, y, *incy, false);                                                                 \
  }                                                                                                               \
  TESSERA_API T p##dotc_(const blas_int* n, const T* x, const blas_int* incx, const T* y, const blas_int* incy) { \
    return dot<T>(*n, x, *incx, y, *incy, true);                                                                  \
  }                                                                                                               \
  TESSERA_API void p##r##scal_(const blas_int* n, const R* alpha, T* x, const blas_int* incx) {                   \
    scal<T>(*n, *alpha, x, *incx);                                                                                \
  }
TESSERA_FORTRAN_COMPLEX(c, s, c32, float)
TESSERA_FORTRAN_COMPLEX(z, d, c64, double)

#define TESSERA_FORTRAN_NORMS(p, T)                                                     \
  TESSERA_API RealOf<T> p##nrm2_(const blas_int* n, const T* x, const blas_int* incx) { \
    return nrm2<T>(*n, x, *incx);                                                       \
  }                                                                                     \
  TESSERA_API RealOf<T> p##asum_(const blas_int* n, const T* x, const blas_int* incx) { return asum<T>(*n, x, *incx); }
TESSERA_FORTRAN_NORMS(s, float)
TESSERA_FORTRAN_NORMS(d, double)
TESSERA_FORTRAN_NORMS(sc, c32)
TESSERA_FORTRAN_NORMS(dz, c64)
