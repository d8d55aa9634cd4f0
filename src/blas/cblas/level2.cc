// Level 2, C names. Rows in memory are the columns of the transpose: upper becomes lower, m and n and the vectors of an
// update change places, and a Hermitian matrix becomes its conjugate.
#include "blas/level2/level2.h"

#include "blas/cblas/cblas_arguments.h"

using namespace tessera::blas;
using tessera::ColumnView;

namespace {

// The first enumerator that does not exist, reported: true.
inline bool bad_layout(const char* name, CBLAS_LAYOUT layout) {
  if (is_layout(layout)) [[likely]]
    return false;
  report_cblas_enum(name, 1, "layout", layout, false);
  return true;
}
inline bool bad_uplo(const char* name, CBLAS_LAYOUT layout, CBLAS_UPLO uplo) {
  if (bad_layout(name, layout)) return true;
  if (uplo_of(uplo) != Uplo::bad) [[likely]]
    return false;
  report_cblas_enum(name, 2, "Uplo", uplo, layout == CblasRowMajor);
  return true;
}
inline bool bad_trans(const char* name, CBLAS_LAYOUT layout, CBLAS_TRANSPOSE trans, int position) {
  if (trans_of(trans) != Trans::bad) [[likely]]
    return false;
  report_cblas_enum(name, position, "TransA", trans, layout == CblasRowMajor);
  return true;
}

template <class T>
inline void gemv_call(const char* name, CBLAS_LAYOUT layout, CBLAS_TRANSPOSE trans, blas_int m, blas_int n,
                      const T* alpha, const T* a, blas_int lda, const T* x, blas_int incx, const T* beta, T* y,
                      blas_int incy) {
  if (bad_layout(name, layout) || bad_trans(name, layout, trans, 2)) return;
  const Trans t = trans_of(trans);
  const bool row = layout == CblasRowMajor;
  const int bad = row ? check_gemv(flipped(t), n, m, lda, incx, incy) : check_gemv(t, m, n, lda, incx, incy);
  if (bad != 0) [[unlikely]]
    return report_cblas(name, bad, row);
  const blas_int rows = row ? n : m, columns = row ? m : n;
  gemv(full_columns(a, rows, lda), rows, columns, row == (t == Trans::none), t == Trans::conjugate, row, alpha, x, incx,
       beta, y, incy);
}

template <class T>
inline void gbmv_call(const char* name, CBLAS_LAYOUT layout, CBLAS_TRANSPOSE trans, blas_int m, blas_int n, blas_int kl,
                      blas_int ku, const T* alpha, const T* a, blas_int lda, const T* x, blas_int incx, const T* beta,
                      T* y, blas_int incy) {
  if (bad_layout(name, layout) || bad_trans(name, layout, trans, 2)) return;
  const Trans t = trans_of(trans);
  const bool row = layout == CblasRowMajor;
  const int bad =
      row ? check_gbmv(flipped(t), n, m, ku, kl, lda, incx, incy) : check_gbmv(t, m, n, kl, ku, lda, incx, incy);
  if (bad != 0) [[unlikely]]
    return report_cblas(name, bad, row);
  gbmv(row ? band_columns(a, ku, kl, lda) : band_columns(a, kl, ku, lda), row ? n : m, row ? m : n,
       row == (t == Trans::none), t == Trans::conjugate, alpha, x, incx, beta, y, incy);
}

inline Uplo in_memory(CBLAS_LAYOUT layout, CBLAS_UPLO uplo) {
  return layout == CblasRowMajor ? flipped(uplo_of(uplo)) : uplo_of(uplo);
}

template <class T>
inline void symv_call(const char* name, CBLAS_LAYOUT layout, CBLAS_UPLO uplo, blas_int n, const T* alpha, const T* a,
                      blas_int lda, const T* x, blas_int incx, const T* beta, T* y, blas_int incy) {
  if (bad_uplo(name, layout, uplo)) return;
  const Uplo u = in_memory(layout, uplo);
  const bool row = layout == CblasRowMajor;
  if (const int bad = check_symv(u, n, lda, incx, incy)) return report_cblas(name, bad, row);
  symv(triangle_columns(a, u, n, lda), u, n, row, alpha, x, incx, beta, y, incy);
}
template <class T>
inline void sbmv_call(const char* name, CBLAS_LAYOUT layout, CBLAS_UPLO uplo, blas_int n, blas_int k, const T* alpha,
                      const T* a, blas_int lda, const T* x, blas_int incx, const T* beta, T* y, blas_int incy) {
  if (bad_uplo(name, layout, uplo)) return;
  const Uplo u = in_memory(layout, uplo);
  const bool row = layout == CblasRowMajor;
  if (const int bad = check_sbmv(u, n, k, lda, incx, incy)) return report_cblas(name, bad, row);
  symv(band_triangle_columns(a, u, k, lda), u, n, row, alpha, x, incx, beta, y, incy);
}
template <class T>
inline void spmv_call(const char* name, CBLAS_LAYOUT layout, CBLAS_UPLO uplo, blas_int n, const T* alpha, const T* a,
                      const T* x, blas_int incx, const T* beta, T* y, blas_int incy) {
  if (bad_uplo(name, layout, uplo)) return;
  const Uplo u = in_memory(layout, uplo);
  const bool row = layout == CblasRowMajor;
  if (const int bad = check_spmv(u, n, incx, incy)) return report_cblas(name, bad, row);
  symv(packed_columns(a, u, n), u, n, row, alpha, x, incx, beta, y, incy);
}

// What the six triangular routines share: enumerations, then the check of the rest.
struct TriangleCall {
  Uplo uplo = Uplo::bad;
  Trans trans = Trans::bad;
  Diag diag = Diag::bad;
  TriangleOp op{};
  bool row = false;
};
inline bool triangle_call(const char* name, CBLAS_LAYOUT layout, CBLAS_UPLO uplo, CBLAS_TRANSPOSE trans,
                          CBLAS_DIAG diag, TriangleCall& call) {
  if (bad_uplo(name, layout, uplo) || bad_trans(name, layout, trans, 3)) return false;
  call.row = layout == CblasRowMajor;
  call.diag = diag_of(diag);
  if (call.diag == Diag::bad) [[unlikely]] {
    report_cblas_enum(name, 4, "Diag", diag, call.row);
    return false;
  }
  call.uplo = in_memory(layout, uplo);
  call.trans = trans_of(trans);
  call.op = {call.uplo, call.row == (call.trans == Trans::none), call.trans == Trans::conjugate,
             call.diag == Diag::unit};
  return true;
}
template <class T>
inline void trmv_call(const char* name, bool solve, CBLAS_LAYOUT layout, CBLAS_UPLO uplo, CBLAS_TRANSPOSE trans,
                      CBLAS_DIAG diag, blas_int n, const T* a, blas_int lda, T* x, blas_int incx) {
  TriangleCall c;
  if (!triangle_call(name, layout, uplo, trans, diag, c)) return;
  if (const int bad = check_trmv(c.uplo, c.trans, c.diag, n, lda, incx)) return report_cblas(name, bad, c.row);
  const ColumnView view = triangle_columns(a, c.uplo, n, lda);
  solve ? trsv(view, c.op, n, x, incx) : trmv(view, c.op, n, x, incx);
}
template <class T>
inline void tbmv_call(const char* name, bool solve, CBLAS_LAYOUT layout, CBLAS_UPLO uplo, CBLAS_TRANSPOSE trans,
                      CBLAS_DIAG diag, blas_int n, blas_int k, const T* a, blas_int lda, T* x, blas_int incx) {
  TriangleCall c;
  if (!triangle_call(name, layout, uplo, trans, diag, c)) return;
  if (const int bad = check_tbmv(c.uplo, c.trans, c.diag, n, k, lda, incx)) return report_cblas(name, bad, c.row);
  const ColumnView view = band_triangle_columns(a, c.uplo, k, lda);
  solve ? trsv(view, c.op, n, x, incx) : trmv(view, c.op, n, x, incx);
}
template <class T>
inline void tpmv_call(const char* name, bool solve, CBLAS_LAYOUT layout, CBLAS_UPLO uplo, CBLAS_TRANSPOSE trans,
                      CBLAS_DIAG diag, blas_int n, const T* a, T* x, blas_int incx) {
  TriangleCall c;
  if (!triangle_call(name, layout, uplo, trans, diag, c)) return;
  if (const int bad = check_tpmv(c.uplo, c.trans, c.diag, n, incx)) return report_cblas(name, bad, c.row);
  const ColumnView view = packed_columns(a, c.uplo, n);
  solve ? trsv(view, c.op, n, x, incx) : trmv(view, c.op, n, x, incx);
}

template <class T>
inline void ger_call(const char* name, bool conjugate, CBLAS_LAYOUT layout, blas_int m, blas_int n, const T* alpha,
                     const T* x, blas_int incx, const T* y, blas_int incy, T* a, blas_int lda) {
  if (bad_layout(name, layout)) return;
  if (layout == CblasRowMajor) {
    if (const int bad = check_ger(n, m, incy, incx, lda)) return report_cblas(name, bad, true);
    return ger(full_columns(a, n, lda), n, m, alpha, y, incy, conjugate, x, incx, false);
  }
  if (const int bad = check_ger(m, n, incx, incy, lda)) return report_cblas(name, bad, false);
  ger(full_columns(a, m, lda), m, n, alpha, x, incx, false, y, incy, conjugate);
}
template <class T>
inline void syr_call(const char* name, CBLAS_LAYOUT layout, CBLAS_UPLO uplo, blas_int n, RealOf<T> alpha, const T* x,
                     blas_int incx, T* a, blas_int lda) {
  if (bad_uplo(name, layout, uplo)) return;
  const Uplo u = in_memory(layout, uplo);
  const bool row = layout == CblasRowMajor;
  if (const int bad = check_syr(u, n, incx, lda)) return report_cblas(name, bad, row);
  syr(triangle_columns(a, u, n, lda), n, row, alpha, x, incx);
}
template <class T>
inline void spr_call(const char* name, CBLAS_LAYOUT layout, CBLAS_UPLO uplo, blas_int n, RealOf<T> alpha, const T* x,
                     blas_int incx, T* a) {
  if (bad_uplo(name, layout, uplo)) return;
  const Uplo u = in_memory(layout, uplo);
  const bool row = layout == CblasRowMajor;
  if (const int bad = check_spr(u, n, incx)) return report_cblas(name, bad, row);
  syr(packed_columns(a, u, n), n, row, alpha, x, incx);
}
// The Fortran call behind a row-major her2 or hpr2 has its vectors exchanged, so a bad increment has the other's
// number.
template <class T>
inline int check_vectors(bool row, Uplo u, blas_int n, blas_int incx, blas_int incy, blas_int lda) {
  const bool exchanged = row && kIsComplex<T>;
  return check_syr2(u, n, exchanged ? incy : incx, exchanged ? incx : incy, lda);
}
template <class T>
inline void syr2_call(const char* name, CBLAS_LAYOUT layout, CBLAS_UPLO uplo, blas_int n, const T* alpha, const T* x,
                      blas_int incx, const T* y, blas_int incy, T* a, blas_int lda) {
  if (bad_uplo(name, layout, uplo)) return;
  const Uplo u = in_memory(layout, uplo);
  const bool row = layout == CblasRowMajor;
  if (const int bad = check_vectors<T>(row, u, n, incx, incy, lda)) return report_cblas(name, bad, row);
  syr2(triangle_columns(a, u, n, lda), n, row, alpha, x, incx, y, incy);
}
template <class T>
inline void spr2_call(const char* name, CBLAS_LAYOUT layout, CBLAS_UPLO uplo, blas_int n, const T* alpha, const T* x,
                      blas_int incx, const T* y, blas_int incy, T* a) {
  if (bad_uplo(name, layout, uplo)) return;
  const Uplo u = in_memory(layout, uplo);
  const bool row = layout == CblasRowMajor;
  if (const int bad = check_vectors<T>(row, u, n, incx, incy, n < 1 ? 1 : n)) return report_cblas(name, bad, row);
  syr2(packed_columns(a, u, n), n, row, alpha, x, incx, y, incy);
}

}  // namespace

// A is how a scalar is passed, V what a vector's elements are declared as; POINTER makes a pointer of a scalar.
#define TESSERA_CBLAS(p, T, A, V, POINTER)                                                                          \
  void cblas_##p##gemv(CBLAS_LAYOUT layout, CBLAS_TRANSPOSE trans, CBLAS_INT m, CBLAS_INT n, A alpha, const V* a,   \
                       CBLAS_INT lda, const V* x, CBLAS_INT incx, A beta, V* y, CBLAS_INT incy) {                   \
    gemv_call<T>("cblas_" #p "gemv", layout, trans, m, n, POINTER(T, alpha), as<T>(a), lda, as<T>(x), incx,         \
                 POINTER(T, beta), as<T>(y), incy);                                                                 \
  }                                                                                                                 \
  void cblas_##p##gbmv(CBLAS_LAYOUT layout, CBLAS_TRANSPOSE trans, CBLAS_INT m, CBLAS_INT n, CBLAS_INT kl,          \
                       CBLAS_INT ku, A alpha, const V* a, CBLAS_INT lda, const V* x, CBLAS_INT incx, A beta, V* y,  \
                       CBLAS_INT incy) {                                                                            \
    gbmv_call<T>("cblas_" #p "gbmv", layout, trans, m, n, kl, ku, POINTER(T, alpha), as<T>(a), lda, as<T>(x), incx, \
                 POINTER(T, beta), as<T>(y), incy);                                                                 \
  }                                                                                                                 \
  TESSERA_CBLAS_TRIANGLE(cblas_##p##trmv, cblas_##p##tbmv, cblas_##p##tpmv, "cblas_" #p "trmv", "cblas_" #p "tbmv", \
                         "cblas_" #p "tpmv", false, T, V)                                                           \
  TESSERA_CBLAS_TRIANGLE(cblas_##p##trsv, cblas_##p##tbsv, cblas_##p##tpsv, "cblas_" #p "trsv", "cblas_" #p "tbsv", \
                         "cblas_" #p "tpsv", true, T, V)
#define TESSERA_CBLAS_TRIANGLE(tr, tb, tp, TR, TB, TP, solve, T, V)                                                    \
  void tr(CBLAS_LAYOUT layout, CBLAS_UPLO uplo, CBLAS_TRANSPOSE trans, CBLAS_DIAG diag, CBLAS_INT n, const V* a,       \
          CBLAS_INT lda, V* x, CBLAS_INT incx) {                                                                       \
    trmv_call<T>(TR, solve, layout, uplo, trans, diag, n, as<T>(a), lda, as<T>(x), incx);                              \
  }                                                                                                                    \
  void tb(CBLAS_LAYOUT layout, CBLAS_UPLO uplo, CBLAS_TRANSPOSE trans, CBLAS_DIAG diag, CBLAS_INT n, CBLAS_INT k,      \
          const V* a, CBLAS_INT lda, V* x, CBLAS_INT incx) {                                                           \
    tbmv_call<T>(TB, solve, layout, uplo, trans, diag, n, k, as<T>(a), lda, as<T>(x), incx);                           \
  }                                                                                                                    \
  void tp(CBLAS_LAYOUT layout, CBLAS_UPLO uplo, CBLAS_TRANSPOSE trans, CBLAS_DIAG diag, CBLAS_INT n, const V* a, V* x, \
          CBLAS_INT incx) {                                                                                            \
    tpmv_call<T>(TP, solve, layout, uplo, trans, diag, n, as<T>(a), as<T>(x), incx);                                   \
  }
// Symmetric for real types, Hermitian for complex ones: sy, sb, sp or he, hb, hp.
#define TESSERA_CBLAS_SYMMETRIC(p, h, b, T, A, V, POINTER, R)                                                          \
  void cblas_##p##h##mv(CBLAS_LAYOUT layout, CBLAS_UPLO uplo, CBLAS_INT n, A alpha, const V* a, CBLAS_INT lda,         \
                        const V* x, CBLAS_INT incx, A beta, V* y, CBLAS_INT incy) {                                    \
    symv_call<T>("cblas_" #p #h "mv", layout, uplo, n, POINTER(T, alpha), as<T>(a), lda, as<T>(x), incx,               \
                 POINTER(T, beta), as<T>(y), incy);                                                                    \
  }                                                                                                                    \
  void cblas_##p##b##bmv(CBLAS_LAYOUT layout, CBLAS_UPLO uplo, CBLAS_INT n, CBLAS_INT k, A alpha, const V* a,          \
                         CBLAS_INT lda, const V* x, CBLAS_INT incx, A beta, V* y, CBLAS_INT incy) {                    \
    sbmv_call<T>("cblas_" #p #b "bmv", layout, uplo, n, k, POINTER(T, alpha), as<T>(a), lda, as<T>(x), incx,           \
                 POINTER(T, beta), as<T>(y), incy);                                                                    \
  }                                                                                                                    \
  void cblas_##p##b##pmv(CBLAS_LAYOUT layout, CBLAS_UPLO uplo, CBLAS_INT n, A alpha, const V* ap, const V* x,          \
                         CBLAS_INT incx, A beta, V* y, CBLAS_INT incy) {                                               \
    spmv_call<T>("cblas_" #p #b "pmv", layout, uplo, n, POINTER(T, alpha), as<T>(ap), as<T>(x), incx,                  \
                 POINTER(T, beta), as<T>(y), incy);                                                                    \
  }                                                                                                                    \
  void cblas_##p##h##r(CBLAS_LAYOUT layout, CBLAS_UPLO uplo, CBLAS_INT n, R alpha, const V* x, CBLAS_INT incx, V* a,   \
                       CBLAS_INT lda) {                                                                                \
    syr_call<T>("cblas_" #p #h "r", layout, uplo, n, alpha, as<T>(x), incx, as<T>(a), lda);                            \
  }                                                                                                                    \
  void cblas_##p##b##pr(CBLAS_LAYOUT layout, CBLAS_UPLO uplo, CBLAS_INT n, R alpha, const V* x, CBLAS_INT incx,        \
                        V* ap) {                                                                                       \
    spr_call<T>("cblas_" #p #b "pr", layout, uplo, n, alpha, as<T>(x), incx, as<T>(ap));                               \
  }                                                                                                                    \
  void cblas_##p##h##r2(CBLAS_LAYOUT layout, CBLAS_UPLO uplo, CBLAS_INT n, A alpha, const V* x, CBLAS_INT incx,        \
                        const V* y, CBLAS_INT incy, V* a, CBLAS_INT lda) {                                             \
    syr2_call<T>("cblas_" #p #h "r2", layout, uplo, n, POINTER(T, alpha), as<T>(x), incx, as<T>(y), incy, as<T>(a),    \
                 lda);                                                                                                 \
  }                                                                                                                    \
  void cblas_##p##b##pr2(CBLAS_LAYOUT layout, CBLAS_UPLO uplo, CBLAS_INT n, A alpha, const V* x, CBLAS_INT incx,       \
                         const V* y, CBLAS_INT incy, V* ap) {                                                          \
    spr2_call<T>("cblas_" #p #b "pr2", layout, uplo, n, POINTER(T, alpha), as<T>(x), incx, as<T>(y), incy, as<T>(ap)); \
  }
#define TESSERA_CBLAS_GER(name, conjugate, T, A, V, POINTER)                                                          \
  void cblas_##name(CBLAS_LAYOUT layout, CBLAS_INT m, CBLAS_INT n, A alpha, const V* x, CBLAS_INT incx, const V* y,   \
                    CBLAS_INT incy, V* a, CBLAS_INT lda) {                                                            \
    ger_call<T>("cblas_" #name, conjugate, layout, m, n, POINTER(T, alpha), as<T>(x), incx, as<T>(y), incy, as<T>(a), \
                lda);                                                                                                 \
  }
TESSERA_CBLAS(s, float, float, float, TESSERA_ADDRESS)
TESSERA_CBLAS(d, double, double, double, TESSERA_ADDRESS)
TESSERA_CBLAS(c, c32, const void*, void, TESSERA_POINTER)
TESSERA_CBLAS(z, c64, const void*, void, TESSERA_POINTER)
TESSERA_CBLAS_SYMMETRIC(s, sy, s, float, float, float, TESSERA_ADDRESS, float)
TESSERA_CBLAS_SYMMETRIC(d, sy, s, double, double, double, TESSERA_ADDRESS, double)
TESSERA_CBLAS_SYMMETRIC(c, he, h, c32, const void*, void, TESSERA_POINTER, float)
TESSERA_CBLAS_SYMMETRIC(z, he, h, c64, const void*, void, TESSERA_POINTER, double)
TESSERA_CBLAS_GER(sger, false, float, float, float, TESSERA_ADDRESS)
TESSERA_CBLAS_GER(dger, false, double, double, double, TESSERA_ADDRESS)
TESSERA_CBLAS_GER(cgeru, false, c32, const void*, void, TESSERA_POINTER)
TESSERA_CBLAS_GER(cgerc, true, c32, const void*, void, TESSERA_POINTER)
TESSERA_CBLAS_GER(zgeru, false, c64, const void*, void, TESSERA_POINTER)
TESSERA_CBLAS_GER(zgerc, true, c64, const void*, void, TESSERA_POINTER)
