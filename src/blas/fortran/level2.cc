// Level 2, Fortran names.
#include "blas/level2/level2.h"

#include "blas/fortran/fortran.h"

using namespace tessera::blas;

namespace {

template <class T>
inline void gemv_call(const char* name, const char* trans, const blas_int* m, const blas_int* n, const T* alpha,
                      const T* a, const blas_int* lda, const T* x, const blas_int* incx, const T* beta, T* y,
                      const blas_int* incy) {
  const Trans t = trans_of(*trans);
  if (const int bad = check_gemv(t, *m, *n, *lda, *incx, *incy)) return report_fortran(name, bad);
  gemv(false, t, *m, *n, alpha, a, *lda, x, *incx, beta, y, *incy);
}

}  // namespace

#define TESSERA_FORTRAN(p, P, T)                                                                                 \
  TESSERA_API void p##gemv_(const char* trans, const blas_int* m, const blas_int* n, const T* alpha, const T* a, \
                            const blas_int* lda, const T* x, const blas_int* incx, const T* beta, T* y,          \
                            const blas_int* incy) {                                                              \
    gemv_call(P "GEMV ", trans, m, n, alpha, a, lda, x, incx, beta, y, incy);                                    \
  }
TESSERA_FORTRAN(s, "S", float)
TESSERA_FORTRAN(d, "D", double)
TESSERA_FORTRAN(c, "C", c32)
TESSERA_FORTRAN(z, "Z", c64)
