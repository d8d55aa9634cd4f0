// Level 1, C names: reference CBLAS's, then the extensions in use.
#include "blas/level1/level1.h"

#include "blas/cblas/cblas_arguments.h"

using namespace tessera::blas;
using tessera::index_t;

namespace {
// CBLAS counts from 0, and has no position for "none".
CBLAS_INDEX position(index_t at) { return static_cast<CBLAS_INDEX>(at == 0 ? 0 : at - 1); }
}  // namespace

// A is how a scalar is passed, V what a vector's elements are declared as; VALUE reads a scalar.
#define TESSERA_CBLAS(p, T, A, V, VALUE)                                                                            \
  void cblas_##p##axpy(CBLAS_INT n, A alpha, const V* x, CBLAS_INT incx, V* y, CBLAS_INT incy) {                    \
    axpy<T>(n, VALUE(T, alpha), as<T>(x), incx, as<T>(y), incy);                                                    \
  }                                                                                                                 \
  void cblas_##p##axpby(CBLAS_INT n, A alpha, const V* x, CBLAS_INT incx, A beta, V* y, CBLAS_INT incy) {           \
    axpby<T>(n, VALUE(T, alpha), as<T>(x), incx, VALUE(T, beta), as<T>(y), incy);                                   \
  }                                                                                                                 \
  void cblas_##p##scal(CBLAS_INT n, A alpha, V* x, CBLAS_INT incx) { scal<T>(n, VALUE(T, alpha), as<T>(x), incx); } \
  void cblas_##p##copy(CBLAS_INT n, const V* x, CBLAS_INT incx, V* y, CBLAS_INT incy) {                             \
    copy<T>(n, as<T>(x), incx, as<T>(y), incy);                                                                     \
  }                                                                                                                 \
  void cblas_##p##swap(CBLAS_INT n, V* x, CBLAS_INT incx, V* y, CBLAS_INT incy) {                                   \
    tessera::blas::swap<T>(n, as<T>(x), incx, as<T>(y), incy);                                                      \
  }                                                                                                                 \
  CBLAS_INDEX cblas_i##p##amax(CBLAS_INT n, const V* x, CBLAS_INT incx) {                                           \
    return position(iamax<T>(n, as<T>(x), incx));                                                                   \
  }                                                                                                                 \
  CBLAS_INDEX cblas_i##p##amin(CBLAS_INT n, const V* x, CBLAS_INT incx) {                                           \
    return position(iamin<T>(n, as<T>(x), incx));                                                                   \
  }
TESSERA_CBLAS(s, float, float, float, TESSERA_SAME)
TESSERA_CBLAS(d, double, double, double, TESSERA_SAME)
TESSERA_CBLAS(c, c32, const void*, void, TESSERA_VALUE)
TESSERA_CBLAS(z, c64, const void*, void, TESSERA_VALUE)

#define TESSERA_CBLAS_REAL(p, T)                                                                  \
  T cblas_##p##dot(CBLAS_INT n, const T* x, CBLAS_INT incx, const T* y, CBLAS_INT incy) {         \
    return dot<T>(n, x, incx, y, incy);                                                           \
  }                                                                                               \
  void cblas_##p##rot(CBLAS_INT n, T* x, CBLAS_INT incx, T* y, CBLAS_INT incy, T c, T s) {        \
    rot<T>(n, x, incx, y, incy, c, s);                                                            \
  }                                                                                               \
  void cblas_##p##rotm(CBLAS_INT n, T* x, CBLAS_INT incx, T* y, CBLAS_INT incy, const T* param) { \
    rotm<T>(n, x, incx, y, incy, param);                                                          \
  }                                                                                               \
  void cblas_##p##rotg(T* a, T* b, T* c, T* s) { rotg<T>(a, b, c, s); }                           \
  void cblas_##p##rotmg(T* d1, T* d2, T* x1, T y1, T* param) { rotmg<T>(d1, d2, x1, y1, param); }
TESSERA_CBLAS_REAL(s, float)
TESSERA_CBLAS_REAL(d, double)

#define TESSERA_CBLAS_COMPLEX(p, r, T, R)                                                                          \
  void cblas_##p##dotu_sub(CBLAS_INT n, const void* x, CBLAS_INT incx, const void* y, CBLAS_INT incy, void* out) { \
    *as<T>(out) = dot<T>(n, as<T>(x), incx, as<T>(y), incy, false);                                                \
  }                                                                                                                \
  void cblas_##p##dotc_sub(CBLAS_INT n, const void* x, CBLAS_INT incx, const void* y, CBLAS_INT incy, void* out) { \
    *as<T>(out) = dot<T>(n, as<T>(x), incx, as<T>(y), incy, true);                                                 \
  }                                                                                                                \
  void cblas_##p##r##scal(CBLAS_INT n, R alpha, void* x, CBLAS_INT incx) { scal<T>(n, alpha, as<T>(x), incx); }    \
  void cblas_##p##r##rot(CBLAS_INT n, void* x, CBLAS_INT incx, void* y, CBLAS_INT incy, R c, R s) {                \
    rot<T>(n, as<T>(x), incx, as<T>(y), incy, c, s);                                                               \
  }                                                                                                                \
  void cblas_##p##rotg(void* a, void* b, R* c, void* s) { rotg<R>(as<T>(a), as<T>(b), c, as<T>(s)); }              \
  R cblas_##r##cabs1(const void* z) { return magnitude(*as<T>(z)); }
TESSERA_CBLAS_COMPLEX(c, s, c32, float)
TESSERA_CBLAS_COMPLEX(z, d, c64, double)

#define TESSERA_CBLAS_NORM(name, call, T, V) \
  RealOf<T> cblas_##name(CBLAS_INT n, const V* x, CBLAS_INT incx) { return call<T>(n, as<T>(x), incx); }
#define TESSERA_CBLAS_NORMS(p, T, V)      \
  TESSERA_CBLAS_NORM(p##nrm2, nrm2, T, V) \
  TESSERA_CBLAS_NORM(p##asum, asum, T, V) \
  TESSERA_CBLAS_NORM(p##sum, sum, T, V)   \
  TESSERA_CBLAS_NORM(p##amax, amax, T, V) \
  TESSERA_CBLAS_NORM(p##amin, amin, T, V)
TESSERA_CBLAS_NORMS(s, float, float)
TESSERA_CBLAS_NORMS(d, double, double)
TESSERA_CBLAS_NORMS(sc, c32, void)
TESSERA_CBLAS_NORMS(dz, c64, void)

void cblas_sbstobf16(CBLAS_INT n, const float* x, CBLAS_INT incx, uint16_t* y, CBLAS_INT incy) {
  convert(n, x, incx, y, incy, &tessera::bf16_of_float);
}
void cblas_sbf16tos(CBLAS_INT n, const uint16_t* x, CBLAS_INT incx, float* y, CBLAS_INT incy) {
  convert(n, x, incx, y, incy, &tessera::float_of_bf16);
}

double cblas_dsdot(CBLAS_INT n, const float* x, CBLAS_INT incx, const float* y, CBLAS_INT incy) {
  return dsdot(n, x, incx, y, incy);
}
float cblas_sdsdot(CBLAS_INT n, float b, const float* x, CBLAS_INT incx, const float* y, CBLAS_INT incy) {
  return sdsdot(n, b, x, incx, y, incy);
}
