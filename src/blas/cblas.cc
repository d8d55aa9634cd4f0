// The C names: layout, argument order and error numbers.
#include <cblas.h>

#include <type_traits>

#include "blas/level1/level1.h"
#include "blas/level2/level2.h"
#include "blas/level3/level3.h"
#include "blas/xerbla.h"
#include "runtime/num_threads.h"

using namespace tessera::blas;
using tessera::index_t;

namespace {

constexpr Trans trans_of(CBLAS_TRANSPOSE t) {
  switch (t) {
    case CblasNoTrans:
      return Trans::none;
    case CblasTrans:
      return Trans::transpose;
    case CblasConjTrans:
      return Trans::conjugate;
  }
  return Trans::bad;
}
constexpr Uplo uplo_of(CBLAS_UPLO u) {
  switch (u) {
    case CblasUpper:
      return Uplo::upper;
    case CblasLower:
      return Uplo::lower;
  }
  return Uplo::bad;
}
constexpr bool is_layout(CBLAS_LAYOUT layout) { return layout == CblasRowMajor || layout == CblasColMajor; }

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

// Complex arguments are void pointers in C.
template <class T, class P>
inline auto* as(P* p) {
  if constexpr (std::is_const_v<P>)
    return static_cast<const T*>(p);
  else
    return static_cast<T*>(p);
}

}  // namespace

// A is how a scalar is passed, V what a vector's elements are declared as; ALPHA makes a pointer of a scalar.
#define TESSERA_CBLAS(p, T, A, V, POINTER, VALUE)                                                                      \
  void cblas_##p##gemm(CBLAS_LAYOUT layout, CBLAS_TRANSPOSE transa, CBLAS_TRANSPOSE transb, CBLAS_INT m, CBLAS_INT n,  \
                       CBLAS_INT k, A alpha, const V* a, CBLAS_INT lda, const V* b, CBLAS_INT ldb, A beta, V* c,       \
                       CBLAS_INT ldc) {                                                                                \
    gemm_call<T>("cblas_" #p "gemm", layout, transa, transb, m, n, k, POINTER(T, alpha), as<T>(a), lda, as<T>(b), ldb, \
                 POINTER(T, beta), as<T>(c), ldc);                                                                     \
  }                                                                                                                    \
  void cblas_##p##gemv(CBLAS_LAYOUT layout, CBLAS_TRANSPOSE trans, CBLAS_INT m, CBLAS_INT n, A alpha, const V* a,      \
                       CBLAS_INT lda, const V* x, CBLAS_INT incx, A beta, V* y, CBLAS_INT incy) {                      \
    gemv_call<T>("cblas_" #p "gemv", layout, trans, m, n, POINTER(T, alpha), as<T>(a), lda, as<T>(x), incx,            \
                 POINTER(T, beta), as<T>(y), incy);                                                                    \
  }                                                                                                                    \
  void cblas_##p##syrk(CBLAS_LAYOUT layout, CBLAS_UPLO uplo, CBLAS_TRANSPOSE trans, CBLAS_INT n, CBLAS_INT k, A alpha, \
                       const V* a, CBLAS_INT lda, A beta, V* c, CBLAS_INT ldc) {                                       \
    syrk_call<T>("cblas_" #p "syrk", layout, uplo, trans, n, k, POINTER(T, alpha), as<T>(a), lda, POINTER(T, beta),    \
                 as<T>(c), ldc);                                                                                       \
  }                                                                                                                    \
  void cblas_##p##axpy(CBLAS_INT n, A alpha, const V* x, CBLAS_INT incx, V* y, CBLAS_INT incy) {                       \
    axpy<T>(n, VALUE(T, alpha), as<T>(x), incx, as<T>(y), incy);                                                       \
  }                                                                                                                    \
  void cblas_##p##scal(CBLAS_INT n, A alpha, V* x, CBLAS_INT incx) { scal<T>(n, VALUE(T, alpha), as<T>(x), incx); }    \
  void cblas_##p##copy(CBLAS_INT n, const V* x, CBLAS_INT incx, V* y, CBLAS_INT incy) {                                \
    copy<T>(n, as<T>(x), incx, as<T>(y), incy);                                                                        \
  }                                                                                                                    \
  void cblas_##p##swap(CBLAS_INT n, V* x, CBLAS_INT incx, V* y, CBLAS_INT incy) {                                      \
    tessera::blas::swap<T>(n, as<T>(x), incx, as<T>(y), incy);                                                         \
  }                                                                                                                    \
  CBLAS_INDEX cblas_i##p##amax(CBLAS_INT n, const V* x, CBLAS_INT incx) {                                              \
    const index_t at = iamax<T>(n, as<T>(x), incx);                                                                    \
    return static_cast<CBLAS_INDEX>(at == 0 ? 0 : at - 1);                                                             \
  }
#define TESSERA_ADDRESS(T, x) &x
#define TESSERA_SAME(T, x) x
#define TESSERA_POINTER(T, x) static_cast<const T*>(x)
#define TESSERA_VALUE(T, x) *static_cast<const T*>(x)
TESSERA_CBLAS(s, float, float, float, TESSERA_ADDRESS, TESSERA_SAME)
TESSERA_CBLAS(d, double, double, double, TESSERA_ADDRESS, TESSERA_SAME)
TESSERA_CBLAS(c, c32, const void*, void, TESSERA_POINTER, TESSERA_VALUE)
TESSERA_CBLAS(z, c64, const void*, void, TESSERA_POINTER, TESSERA_VALUE)

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

void blas_set_num_threads(int num_threads) { tessera::set_num_threads_global(num_threads < 0 ? 0 : num_threads); }
int blas_get_num_threads(void) { return tessera::num_threads(); }
