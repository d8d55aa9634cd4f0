// Level 2, C names.
#include "blas/level2/level2.h"

#include "blas/cblas/cblas_arguments.h"

using namespace tessera::blas;

namespace {

template <class T>
inline void gemv_call(const char* name, CBLAS_LAYOUT layout, CBLAS_TRANSPOSE trans, blas_int m, blas_int n,
                      const T* alpha, const T* a, blas_int lda, const T* x, blas_int incx, const T* beta, T* y,
                      blas_int incy) {
  const Trans t = trans_of(trans);
  const bool row = layout == CblasRowMajor;
  if (!is_layout(layout)) [[unlikely]]
    return report_cblas_enum(name, 1, "layout", layout, false);
  if (t == Trans::bad) [[unlikely]]
    return report_cblas_enum(name, 2, "TransA", trans, row);
  const int bad = row ? check_gemv(flipped(t), n, m, lda, incx, incy) : check_gemv(t, m, n, lda, incx, incy);
  if (bad != 0) [[unlikely]]
    return report_cblas(name, bad, row);
  gemv(row, t, m, n, alpha, a, lda, x, incx, beta, y, incy);
}

}  // namespace

// A is how a scalar is passed, V what a vector's elements are declared as; POINTER makes a pointer of a scalar.
#define TESSERA_CBLAS(p, T, A, V, POINTER)                                                                        \
  void cblas_##p##gemv(CBLAS_LAYOUT layout, CBLAS_TRANSPOSE trans, CBLAS_INT m, CBLAS_INT n, A alpha, const V* a, \
                       CBLAS_INT lda, const V* x, CBLAS_INT incx, A beta, V* y, CBLAS_INT incy) {                 \
    gemv_call<T>("cblas_" #p "gemv", layout, trans, m, n, POINTER(T, alpha), as<T>(a), lda, as<T>(x), incx,       \
                 POINTER(T, beta), as<T>(y), incy);                                                               \
  }
TESSERA_CBLAS(s, float, float, float, TESSERA_ADDRESS)
TESSERA_CBLAS(d, double, double, double, TESSERA_ADDRESS)
TESSERA_CBLAS(c, c32, const void*, void, TESSERA_POINTER)
TESSERA_CBLAS(z, c64, const void*, void, TESSERA_POINTER)
