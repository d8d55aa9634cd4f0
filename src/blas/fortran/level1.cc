// Level 1, Fortran names.
#include "blas/level1/level1.h"

#include "blas/fortran/fortran.h"

using namespace tessera::blas;

#define TESSERA_FORTRAN(p, T)                                                                                  \
  TESSERA_API void p##axpy_(const blas_int* n, const T* alpha, const T* x, const blas_int* incx, T* y,         \
                            const blas_int* incy) {                                                            \
    axpy<T>(*n, *alpha, x, *incx, y, *incy);                                                                   \
  }                                                                                                            \
  TESSERA_API void p##scal_(const blas_int* n, const T* alpha, T* x, const blas_int* incx) {                   \
    scal<T>(*n, *alpha, x, *incx);                                                                             \
  }                                                                                                            \
  TESSERA_API void p##copy_(const blas_int* n, const T* x, const blas_int* incx, T* y, const blas_int* incy) { \
    copy<T>(*n, x, *incx, y, *incy);                                                                           \
  }                                                                                                            \
  TESSERA_API void p##swap_(const blas_int* n, T* x, const blas_int* incx, T* y, const blas_int* incy) {       \
    tessera::blas::swap<T>(*n, x, *incx, y, *incy);                                                            \
  }                                                                                                            \
  TESSERA_API blas_int i##p##amax_(const blas_int* n, const T* x, const blas_int* incx) {                      \
    return static_cast<blas_int>(iamax<T>(*n, x, *incx));                                                      \
  }
TESSERA_FORTRAN(s, float)
TESSERA_FORTRAN(d, double)
TESSERA_FORTRAN(c, c32)
TESSERA_FORTRAN(z, c64)

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
