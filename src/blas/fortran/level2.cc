// Level 2, Fortran names.
#include "blas/level2/level2.h"

#include "blas/fortran/fortran.h"

using namespace tessera::blas;

namespace {

using Int = const blas_int*;

template <class T>
inline void gemv_call(const char* name, const char* trans, Int m, Int n, const T* alpha, const T* a, Int lda,
                      const T* x, Int incx, const T* beta, T* y, Int incy) {
  const Trans t = trans_of(*trans);
  if (const int bad = check_gemv(t, *m, *n, *lda, *incx, *incy)) return report_fortran(name, bad);
  gemv(full_columns(a, *m, *lda), *m, *n, t != Trans::none, t == Trans::conjugate, false, alpha, x, *incx, beta, y,
       *incy);
}

template <class T>
inline void gbmv_call(const char* name, const char* trans, Int m, Int n, Int kl, Int ku, const T* alpha, const T* a,
                      Int lda, const T* x, Int incx, const T* beta, T* y, Int incy) {
  const Trans t = trans_of(*trans);
  if (const int bad = check_gbmv(t, *m, *n, *kl, *ku, *lda, *incx, *incy)) return report_fortran(name, bad);
  gbmv(band_columns(a, *kl, *ku, *lda), *m, *n, t != Trans::none, t == Trans::conjugate, alpha, x, *incx, beta, y,
       *incy);
}

template <class T>
inline void symv_call(const char* name, const char* uplo, Int n, const T* alpha, const T* a, Int lda, const T* x,
                      Int incx, const T* beta, T* y, Int incy) {
  const Uplo u = uplo_of(*uplo);
  if (const int bad = check_symv(u, *n, *lda, *incx, *incy)) return report_fortran(name, bad);
  symv(triangle_columns(a, u, *n, *lda), u, *n, false, alpha, x, *incx, beta, y, *incy);
}
template <class T>
inline void sbmv_call(const char* name, const char* uplo, Int n, Int k, const T* alpha, const T* a, Int lda, const T* x,
                      Int incx, const T* beta, T* y, Int incy) {
  const Uplo u = uplo_of(*uplo);
  if (const int bad = check_sbmv(u, *n, *k, *lda, *incx, *incy)) return report_fortran(name, bad);
  symv(band_triangle_columns(a, u, *k, *lda), u, *n, false, alpha, x, *incx, beta, y, *incy);
}
template <class T>
inline void spmv_call(const char* name, const char* uplo, Int n, const T* alpha, const T* a, const T* x, Int incx,
                      const T* beta, T* y, Int incy) {
  const Uplo u = uplo_of(*uplo);
  if (const int bad = check_spmv(u, *n, *incx, *incy)) return report_fortran(name, bad);
  symv(packed_columns(a, u, *n), u, *n, false, alpha, x, *incx, beta, y, *incy);
}

template <class T>
inline void triangle_call(bool solve, const tessera::ColumnView& a, Uplo u, Trans t, Diag d, Int n, T* x, Int incx) {
  const TriangleOp op{u, t != Trans::none, t == Trans::conjugate, d == Diag::unit};
  solve ? trsv(a, op, *n, x, *incx) : trmv(a, op, *n, x, *incx);
}
template <class T>
inline void trmv_call(const char* name, bool solve, const char* uplo, const char* trans, const char* diag, Int n,
                      const T* a, Int lda, T* x, Int incx) {
  const Uplo u = uplo_of(*uplo);
  const Trans t = trans_of(*trans);
  const Diag d = diag_of(*diag);
  if (const int bad = check_trmv(u, t, d, *n, *lda, *incx)) return report_fortran(name, bad);
  triangle_call(solve, triangle_columns(a, u, *n, *lda), u, t, d, n, x, incx);
}
template <class T>
inline void tbmv_call(const char* name, bool solve, const char* uplo, const char* trans, const char* diag, Int n, Int k,
                      const T* a, Int lda, T* x, Int incx) {
  const Uplo u = uplo_of(*uplo);
  const Trans t = trans_of(*trans);
  const Diag d = diag_of(*diag);
  if (const int bad = check_tbmv(u, t, d, *n, *k, *lda, *incx)) return report_fortran(name, bad);
  triangle_call(solve, band_triangle_columns(a, u, *k, *lda), u, t, d, n, x, incx);
}
template <class T>
inline void tpmv_call(const char* name, bool solve, const char* uplo, const char* trans, const char* diag, Int n,
                      const T* a, T* x, Int incx) {
  const Uplo u = uplo_of(*uplo);
  const Trans t = trans_of(*trans);
  const Diag d = diag_of(*diag);
  if (const int bad = check_tpmv(u, t, d, *n, *incx)) return report_fortran(name, bad);
  triangle_call(solve, packed_columns(a, u, *n), u, t, d, n, x, incx);
}

template <class T>
inline void ger_call(const char* name, bool conjugate, Int m, Int n, const T* alpha, const T* x, Int incx, const T* y,
                     Int incy, T* a, Int lda) {
  if (const int bad = check_ger(*m, *n, *incx, *incy, *lda)) return report_fortran(name, bad);
  ger(full_columns(a, *m, *lda), *m, *n, alpha, x, *incx, false, y, *incy, conjugate);
}
template <class T>
inline void syr_call(const char* name, const char* uplo, Int n, const RealOf<T>* alpha, const T* x, Int incx, T* a,
                     Int lda) {
  const Uplo u = uplo_of(*uplo);
  if (const int bad = check_syr(u, *n, *incx, *lda)) return report_fortran(name, bad);
  syr(triangle_columns(a, u, *n, *lda), *n, false, *alpha, x, *incx);
}
template <class T>
inline void spr_call(const char* name, const char* uplo, Int n, const RealOf<T>* alpha, const T* x, Int incx, T* a) {
  const Uplo u = uplo_of(*uplo);
  if (const int bad = check_spr(u, *n, *incx)) return report_fortran(name, bad);
  syr(packed_columns(a, u, *n), *n, false, *alpha, x, *incx);
}
template <class T>
inline void syr2_call(const char* name, const char* uplo, Int n, const T* alpha, const T* x, Int incx, const T* y,
                      Int incy, T* a, Int lda) {
  const Uplo u = uplo_of(*uplo);
  if (const int bad = check_syr2(u, *n, *incx, *incy, *lda)) return report_fortran(name, bad);
  syr2(triangle_columns(a, u, *n, *lda), *n, false, alpha, x, *incx, y, *incy);
}
template <class T>
inline void spr2_call(const char* name, const char* uplo, Int n, const T* alpha, const T* x, Int incx, const T* y,
                      Int incy, T* a) {
  const Uplo u = uplo_of(*uplo);
  if (const int bad = check_spr2(u, *n, *incx, *incy)) return report_fortran(name, bad);
  syr2(packed_columns(a, u, *n), *n, false, alpha, x, *incx, y, *incy);
}

}  // namespace

#define TESSERA_FORTRAN(p, P, T)                                                                                  \
  TESSERA_API void p##gemv_(const char* trans, Int m, Int n, const T* alpha, const T* a, Int lda, const T* x,     \
                            Int incx, const T* beta, T* y, Int incy) {                                            \
    gemv_call(P "GEMV ", trans, m, n, alpha, a, lda, x, incx, beta, y, incy);                                     \
  }                                                                                                               \
  TESSERA_API void p##gbmv_(const char* trans, Int m, Int n, Int kl, Int ku, const T* alpha, const T* a, Int lda, \
                            const T* x, Int incx, const T* beta, T* y, Int incy) {                                \
    gbmv_call(P "GBMV ", trans, m, n, kl, ku, alpha, a, lda, x, incx, beta, y, incy);                             \
  }                                                                                                               \
  TESSERA_FORTRAN_TRIANGLE(p##trmv_, p##tbmv_, p##tpmv_, P "TRMV ", P "TBMV ", P "TPMV ", false, T)               \
  TESSERA_FORTRAN_TRIANGLE(p##trsv_, p##tbsv_, p##tpsv_, P "TRSV ", P "TBSV ", P "TPSV ", true, T)
#define TESSERA_FORTRAN_TRIANGLE(tr, tb, tp, TR, TB, TP, solve, T)                                                    \
  TESSERA_API void tr(const char* uplo, const char* trans, const char* diag, Int n, const T* a, Int lda, T* x,        \
                      Int incx) {                                                                                     \
    trmv_call(TR, solve, uplo, trans, diag, n, a, lda, x, incx);                                                      \
  }                                                                                                                   \
  TESSERA_API void tb(const char* uplo, const char* trans, const char* diag, Int n, Int k, const T* a, Int lda, T* x, \
                      Int incx) {                                                                                     \
    tbmv_call(TB, solve, uplo, trans, diag, n, k, a, lda, x, incx);                                                   \
  }                                                                                                                   \
  TESSERA_API void tp(const char* uplo, const char* trans, const char* diag, Int n, const T* a, T* x, Int incx) {     \
    tpmv_call(TP, solve, uplo, trans, diag, n, a, x, incx);                                                           \
  }
// Symmetric for real types, Hermitian for complex ones: sy, sb, sp or he, hb, hp.
#define TESSERA_FORTRAN_SYMMETRIC(p, P, h, H, b, B, T)                                                              \
  TESSERA_API void p##h##mv_(const char* uplo, Int n, const T* alpha, const T* a, Int lda, const T* x, Int incx,    \
                             const T* beta, T* y, Int incy) {                                                       \
    symv_call(P H "MV ", uplo, n, alpha, a, lda, x, incx, beta, y, incy);                                           \
  }                                                                                                                 \
  TESSERA_API void p##b##bmv_(const char* uplo, Int n, Int k, const T* alpha, const T* a, Int lda, const T* x,      \
                              Int incx, const T* beta, T* y, Int incy) {                                            \
    sbmv_call(P B "BMV ", uplo, n, k, alpha, a, lda, x, incx, beta, y, incy);                                       \
  }                                                                                                                 \
  TESSERA_API void p##b##pmv_(const char* uplo, Int n, const T* alpha, const T* a, const T* x, Int incx,            \
                              const T* beta, T* y, Int incy) {                                                      \
    spmv_call(P B "PMV ", uplo, n, alpha, a, x, incx, beta, y, incy);                                               \
  }                                                                                                                 \
  TESSERA_API void p##h##r_(const char* uplo, Int n, const RealOf<T>* alpha, const T* x, Int incx, T* a, Int lda) { \
    syr_call(P H "R  ", uplo, n, alpha, x, incx, a, lda);                                                           \
  }                                                                                                                 \
  TESSERA_API void p##b##pr_(const char* uplo, Int n, const RealOf<T>* alpha, const T* x, Int incx, T* a) {         \
    spr_call(P B "PR  ", uplo, n, alpha, x, incx, a);                                                               \
  }                                                                                                                 \
  TESSERA_API void p##h##r2_(const char* uplo, Int n, const T* alpha, const T* x, Int incx, const T* y, Int incy,   \
                             T* a, Int lda) {                                                                       \
    syr2_call(P H "R2 ", uplo, n, alpha, x, incx, y, incy, a, lda);                                                 \
  }                                                                                                                 \
  TESSERA_API void p##b##pr2_(const char* uplo, Int n, const T* alpha, const T* x, Int incx, const T* y, Int incy,  \
                              T* a) {                                                                               \
    spr2_call(P B "PR2 ", uplo, n, alpha, x, incx, y, incy, a);                                                     \
  }
#define TESSERA_FORTRAN_GER(name, NAME, conjugate, T)                                                              \
  TESSERA_API void name(Int m, Int n, const T* alpha, const T* x, Int incx, const T* y, Int incy, T* a, Int lda) { \
    ger_call(NAME, conjugate, m, n, alpha, x, incx, y, incy, a, lda);                                              \
  }
TESSERA_FORTRAN(s, "S", float)
TESSERA_FORTRAN(d, "D", double)
TESSERA_FORTRAN(c, "C", c32)
TESSERA_FORTRAN(z, "Z", c64)
TESSERA_FORTRAN_SYMMETRIC(s, "S", sy, "SY", s, "S", float)
TESSERA_FORTRAN_SYMMETRIC(d, "D", sy, "SY", s, "S", double)
TESSERA_FORTRAN_SYMMETRIC(c, "C", he, "HE", h, "H", c32)
TESSERA_FORTRAN_SYMMETRIC(z, "Z", he, "HE", h, "H", c64)
TESSERA_FORTRAN_GER(sger_, "SGER  ", false, float)
TESSERA_FORTRAN_GER(dger_, "DGER  ", false, double)
TESSERA_FORTRAN_GER(cgeru_, "CGERU ", false, c32)
TESSERA_FORTRAN_GER(cgerc_, "CGERC ", true, c32)
TESSERA_FORTRAN_GER(zgeru_, "ZGERU ", false, c64)
TESSERA_FORTRAN_GER(zgerc_, "ZGERC ", true, c64)
