// Level 1, C names.
#include "blas/level1/level1.h"

#include "blas/cblas/cblas_arguments.h"

using namespace tessera::blas;
using tessera::index_t;

// A is how a scalar is passed, V what a vector's elements are declared as; VALUE reads a scalar.
#define TESSERA_CBLAS(p, T, A, V, VALUE)                                                                            \
  void cblas_##p##axpy(CBLAS_INT n, A alpha, const V* x, CBLAS_INT incx, V* y, CBLAS_INT incy) {                    \
    axpy<T>(n, VALUE(T, alpha), as<T>(x), incx, as<T>(y), incy);                                                    \
  }                                                                                                                 \
  void cblas_##p##scal(CBLAS_INT n, A alpha, V* x, CBLAS_INT incx) { scal<T>(n, VALUE(T, alpha), as<T>(x), incx); } \
  void cblas_##p##copy(CBLAS_INT n, const V* x, CBLAS_INT incx, V* y, CBLAS_INT incy) {                             \
    copy<T>(n, as<T>(x), incx, as<T>(y), incy);                                                                     \
  }                                                                                                                 \
  void cblas_##p##swap(CBLAS_INT n, V* x, CBLAS_INT incx, V* y, CBLAS_INT incy) {                                   \
    tessera::blas::swap<T>(n, as<T>(x), incx, as<T>(y), incy);                                                      \
  }                                                                                                                 \
  CBLAS_INDEX cblas_i##p##amax(CBLAS_INT n, const V* x, CBLAS_INT incx) {                                           \
    const index_t at = iamax<T>(n, as<T>(x), incx);                                                                 \
    return static_cast<CBLAS_INDEX>(at == 0 ? 0 : at - 1);                                                          \
  }
TESSERA_CBLAS(s, float, float, float, TESSERA_SAME)
TESSERA_CBLAS(d, double, double, double, TESSERA_SAME)
TESSERA_CBLAS(c, c32, const void*, void, TESSERA_VALUE)
TESSERA_CBLAS(z, c64, const void*, void, TESSERA_VALUE)

#define TESSERA_CBLAS_REAL(p, T)                                                          \
  T cblas_##p##dot(CBLAS_INT n, const T* x, CBLAS_INT incx, const T* y, CBLAS_INT incy) { \
    return dot<T>(n, x, incx, y, incy);                                                   \
  }
TESSERA_CBLAS_REAL(s, float)
TESSERA_CBLAS_REAL(d, double)

#define TESSERA_CBLAS_COMPLEX(p, r, T, R)                                                                          \
  void cblas_##p##dotu_sub(CBLAS_INT n, const void* x, CBLAS_INT incx, const void* y, CBLAS_INT incy, void* out) { \
    *as<T>(out) = dot<T>(n, as<T>(x), incx, as<T>(y), incy, false);                                                \
  }                                                                                                                \
  void cblas_##p##dotc_sub(CBLAS_INT n, const void* x, CBLAS_INT incx, const void* y, CBLAS_INT incy, void* out) { \
    *as<T>(out) = dot<T>(n, as<T>(x), incx, as<T>(y), incy, true);                                                 \
  }                                                                                                                \
  void cblas_##p##r##scal(CBLAS_INT n, R alpha, void* x, CBLAS_INT incx) { scal<T>(n, alpha, as<T>(x), incx); }
TESSERA_CBLAS_COMPLEX(c, s, c32, float)
TESSERA_CBLAS_COMPLEX(z, d, c64, double)

#define TESSERA_CBLAS_NORMS(p, T, V)                                                                        \
  RealOf<T> cblas_##p##nrm2(CBLAS_INT n, const V* x, CBLAS_INT incx) { return nrm2<T>(n, as<T>(x), incx); } \
  RealOf<T> cblas_##p##asum(CBLAS_INT n, const V* x, CBLAS_INT incx) { return asum<T>(n, as<T>(x), incx); }
TESSERA_CBLAS_NORMS(s, float, float)
TESSERA_CBLAS_NORMS(d, double, double)
TESSERA_CBLAS_NORMS(sc, c32, void)
TESSERA_CBLAS_NORMS(dz, c64, void)
