// Level 1, Fortran names: reference BLAS 3.11's, then the extensions in use.
#include "blas/level1/level1.h"

#include "blas/fortran/fortran.h"

using namespace tessera::blas;

#define TESSERA_FORTRAN(p, T)                                                                                          \
  TESSERA_API void p##axpy_(const blas_int* n, const T* alpha, const T* x, const blas_int* incx, T* y,                 \
                            const blas_int* incy) {                                                                    \
    axpy<T>(*n, *alpha, x, *incx, y, *incy);                                                                           \
  }                                                                                                                    \
  TESSERA_API void p##axpby_(const blas_int* n, const T* alpha, const T* x, const blas_int* incx, const T* beta, T* y, \
                             const blas_int* incy) {                                                                   \
    axpby<T>(*n, *alpha, x, *incx, *beta, y, *incy);                                                                   \
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
  }                                                                                                                    \
  TESSERA_API void i##p##amaxsub_(const blas_int* n, const T* x, const blas_int* incx, blas_int* out) {                \
    *out = static_cast<blas_int>(iamax<T>(*n, x, *incx));                                                              \
  }                                                                                                                    \
  TESSERA_API blas_int i##p##amin_(const blas_int* n, const T* x, const blas_int* incx) {                              \
    return static_cast<blas_int>(iamin<T>(*n, x, *incx));                                                              \
  }
TESSERA_FORTRAN(s, float)
TESSERA_FORTRAN(d, double)
TESSERA_FORTRAN(c, c32)
TESSERA_FORTRAN(z, c64)

#define TESSERA_FORTRAN_REAL(p, T)                                                                                   \
  TESSERA_API T p##dot_(const blas_int* n, const T* x, const blas_int* incx, const T* y, const blas_int* incy) {     \
    return dot<T>(*n, x, *incx, y, *incy);                                                                           \
  }                                                                                                                  \
  TESSERA_API void p##dotsub_(const blas_int* n, const T* x, const blas_int* incx, const T* y, const blas_int* incy, \
                              T* out) {                                                                              \
    *out = dot<T>(*n, x, *incx, y, *incy);                                                                           \
  }                                                                                                                  \
  TESSERA_API void p##rot_(const blas_int* n, T* x, const blas_int* incx, T* y, const blas_int* incy, const T* c,    \
                           const T* s) {                                                                             \
    rot<T>(*n, x, *incx, y, *incy, *c, *s);                                                                          \
  }                                                                                                                  \
  TESSERA_API void p##rotm_(const blas_int* n, T* x, const blas_int* incx, T* y, const blas_int* incy,               \
                            const T* param) {                                                                        \
    rotm<T>(*n, x, *incx, y, *incy, param);                                                                          \
  }                                                                                                                  \
  TESSERA_API void p##rotg_(T* a, T* b, T* c, T* s) { rotg<T>(a, b, c, s); }                                         \
  TESSERA_API void p##rotmg_(T* d1, T* d2, T* x1, const T* y1, T* param) { rotmg<T>(d1, d2, x1, *y1, param); }
TESSERA_FORTRAN_REAL(s, float)
TESSERA_FORTRAN_REAL(d, double)

#define TESSERA_FORTRAN_COMPLEX(p, r, T, R)                                                                           \
  TESSERA_API T p##dotu_(const blas_int* n, const T* x, const blas_int* incx, const T* y, const blas_int* incy) {     \
    return dot<T>(*n, x, *incx, y, *incy, false);                                                                     \
  }                                                                                                                   \
  TESSERA_API T p##dotc_(const blas_int* n, const T* x, const blas_int* incx, const T* y, const blas_int* incy) {     \
    return dot<T>(*n, x, *incx, y, *incy, true);                                                                      \
  }                                                                                                                   \
  TESSERA_API void p##dotusub_(const blas_int* n, const T* x, const blas_int* incx, const T* y, const blas_int* incy, \
                               T* out) {                                                                              \
    *out = dot<T>(*n, x, *incx, y, *incy, false);                                                                     \
  }                                                                                                                   \
  TESSERA_API void p##dotcsub_(const blas_int* n, const T* x, const blas_int* incx, const T* y, const blas_int* incy, \
                               T* out) {                                                                              \
    *out = dot<T>(*n, x, *incx, y, *incy, true);                                                                      \
  }                                                                                                                   \
  TESSERA_API void p##r##scal_(const blas_int* n, const R* alpha, T* x, const blas_int* incx) {                       \
    scal<T>(*n, *alpha, x, *incx);                                                                                    \
  }                                                                                                                   \
  TESSERA_API void p##r##rot_(const blas_int* n, T* x, const blas_int* incx, T* y, const blas_int* incy, const R* c,  \
                              const R* s) {                                                                           \
    rot<T>(*n, x, *incx, y, *incy, *c, *s);                                                                           \
  }                                                                                                                   \
  TESSERA_API void p##rotg_(T* a, const T* b, R* c, T* s) { rotg<R>(a, b, c, s); }                                    \
  TESSERA_API R r##cabs1_(const T* z) { return magnitude(*z); }                                                       \
  TESSERA_API void r##cabs1sub_(const T* z, R* out) { *out = magnitude(*z); }
TESSERA_FORTRAN_COMPLEX(c, s, c32, float)
TESSERA_FORTRAN_COMPLEX(z, d, c64, double)

// Functions of a vector with a real value.
#define TESSERA_FORTRAN_NORM(name, call, T) \
  TESSERA_API RealOf<T> name##_(const blas_int* n, const T* x, const blas_int* incx) { return call<T>(*n, x, *incx); }
#define TESSERA_FORTRAN_NORM_SUB(name, call, T)                                                      \
  TESSERA_API void name##sub_(const blas_int* n, const T* x, const blas_int* incx, RealOf<T>* out) { \
    *out = call<T>(*n, x, *incx);                                                                    \
  }
#define TESSERA_FORTRAN_NORMS(p, T)          \
  TESSERA_FORTRAN_NORM(p##nrm2, nrm2, T)     \
  TESSERA_FORTRAN_NORM_SUB(p##nrm2, nrm2, T) \
  TESSERA_FORTRAN_NORM(p##asum, asum, T)     \
  TESSERA_FORTRAN_NORM_SUB(p##asum, asum, T) \
  TESSERA_FORTRAN_NORM(p##sum, sum, T)       \
  TESSERA_FORTRAN_NORM(p##amax, amax, T)     \
  TESSERA_FORTRAN_NORM(p##amin, amin, T)
TESSERA_FORTRAN_NORMS(s, float)
TESSERA_FORTRAN_NORMS(d, double)
TESSERA_FORTRAN_NORMS(sc, c32)
TESSERA_FORTRAN_NORMS(dz, c64)

TESSERA_API double dsdot_(const blas_int* n, const float* x, const blas_int* incx, const float* y,
                          const blas_int* incy) {
  return dsdot(*n, x, *incx, y, *incy);
}
TESSERA_API void dsdotsub_(const blas_int* n, const float* x, const blas_int* incx, const float* y,
                           const blas_int* incy, double* out) {
  *out = dsdot(*n, x, *incx, y, *incy);
}
TESSERA_API float sdsdot_(const blas_int* n, const float* b, const float* x, const blas_int* incx, const float* y,
                          const blas_int* incy) {
  return sdsdot(*n, *b, x, *incx, y, *incy);
}
TESSERA_API void sdsdotsub_(const blas_int* n, const float* b, const float* x, const blas_int* incx, const float* y,
                            const blas_int* incy, float* out) {
  *out = sdsdot(*n, *b, x, *incx, y, *incy);
}

TESSERA_API void sbstobf16_(const blas_int* n, const float* x, const blas_int* incx, std::uint16_t* y,
                            const blas_int* incy) {
  convert(*n, x, *incx, y, *incy, &tessera::bf16_of_float);
}
TESSERA_API void sbf16tos_(const blas_int* n, const std::uint16_t* x, const blas_int* incx, float* y,
                           const blas_int* incy) {
  convert(*n, x, *incx, y, *incy, &tessera::float_of_bf16);
}
