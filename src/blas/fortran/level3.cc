// Level 3, Fortran names.
#include "blas/level3/level3.h"

#include "blas/fortran/fortran.h"

using namespace tessera::blas;

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
inline void syrk_call(const char* name, const char* uplo, const char* trans, const blas_int* n, const blas_int* k,
                      const T* alpha, const T* a, const blas_int* lda, const T* beta, T* c, const blas_int* ldc) {
  const Uplo u = uplo_of(*uplo);
  const Trans t = trans_of(*trans);
  if (const int bad = check_syrk<T>(u, t, *n, *k, *lda, *ldc)) return report_fortran(name, bad);
  syrk(false, u, t, *n, *k, alpha, a, *lda, beta, c, *ldc);
}

}  // namespace

#define TESSERA_FORTRAN(p, P, T)                                                                                       \
  TESSERA_API void p##gemm_(const char* transa, const char* transb, const blas_int* m, const blas_int* n,              \
                            const blas_int* k, const T* alpha, const T* a, const blas_int* lda, const T* b,            \
                            const blas_int* ldb, const T* beta, T* c, const blas_int* ldc) {                           \
    gemm_call(P "GEMM ", transa, transb, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);                                \
  }                                                                                                                    \
  TESSERA_API void p##syrk_(const char* uplo, const char* trans, const blas_int* n, const blas_int* k, const T* alpha, \
                            const T* a, const blas_int* lda, const T* beta, T* c, const blas_int* ldc) {               \
    syrk_call(P "SYRK ", uplo, trans, n, k, alpha, a, lda, beta, c, ldc);                                              \
  }
TESSERA_FORTRAN(s, "S", float)
TESSERA_FORTRAN(d, "D", double)
TESSERA_FORTRAN(c, "C", c32)
TESSERA_FORTRAN(z, "Z", c64)
